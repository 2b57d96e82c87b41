//! Rulesets and protection: whether the rollback branch, its merge and its tag are allowed.

use super::facts::{Drill, Facts, Known, Line};
use super::finding::{Check, Finding, or_ok};
use super::remedy::{quoted, segment};
use crate::config::{Delivery, Policy};
use crate::github::{Rule, RuleInForce, TagRuleset};
use crate::words::{count, list};

/// Looks at the rules on branch, merge and tag.
pub(super) fn rules(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let lines = facts.lines.iter().flat_map(|line| [free(facts, line), tag(facts, line)].concat());
    lines.chain([branch(facts), merge(facts, policy)].concat()).collect()
}

/// The name of the branch that is looked at.
fn branch_name(line: Option<&Line>) -> String {
    line.map_or_else(|| "rollback/v0.0.0".into(), |line| format!("rollback/{}", line.newest.tag))
}

/// git keeps a branch as a file, so `rollback` and `rollback/v1` cannot both be.
fn free(facts: &Facts, line: &Line) -> Vec<Finding> {
    let name = branch_name(Some(line));
    let branches = match &facts.rollback_branches {
        Ok(branches) => branches,
        Err(unread) => {
            return vec![Finding::unknown(Check::BranchFree, format!("the branches cannot be read ({})", unread.why), &unread.remedy)];
        }
    };
    let delete = |branch: &str| format!("gh api -X DELETE repos/{}/git/refs/heads/{}", facts.repository, quoted(branch));
    let below = format!("{name}/");
    let in_the_way = branches.iter().filter(|branch| *branch == "rollback" || branch.starts_with(&below));
    let mut found: Vec<Finding> = in_the_way
        .map(|branch| {
            let sentence = format!("there is a branch `{branch}`, so git cannot make the branch `{name}`");
            Finding::fails(Check::BranchFree, sentence, "rename or delete it").with([delete(branch)])
        })
        .collect();
    let open = matches!(line.drill, Drill::Planned { open: Some(_), .. });
    if branches.contains(&name) && !open {
        let sentence =
            format!("the branch `{name}` is left over, with no pull request open from it; `execute` never overwrites it and would stop");
        found.push(Finding::fails(Check::BranchFree, sentence, "delete it, when nobody needs what is on it").with([delete(&name)]));
    }
    or_ok(found, Check::BranchFree, format!("nothing is in the way of the branch `{name}`"))
}

fn branch(facts: &Facts) -> Vec<Finding> {
    let name = branch_name(facts.lines.first());
    let rules = match &facts.rollback_rules {
        Ok(rules) => rules,
        Err(unread) => {
            return vec![Finding::unknown(
                Check::BranchRules,
                format!("the rules on `{name}` cannot be read ({})", unread.why),
                &unread.remedy,
            )];
        }
    };
    let mut found = Vec::new();
    for RuleInForce { rule, ruleset } in rules {
        let fails = |why: &str| {
            Finding::fails(
                Check::BranchRules,
                format!("a ruleset {why}, so the branch `{name}` cannot be made"),
                "exclude `rollback/**` from the ruleset, or let the app whose token runs the rollback bypass it",
            )
            .with([show(facts, *ruleset)])
        };
        match rule {
            Rule::Creation => found.push(fails("restricts who may create branches")),
            Rule::Checks { names, on_creation: true } => {
                found.push(fails(&format!("asks for {} before a branch is made", list(names, "and"))));
            }
            Rule::NamePattern { operator, pattern, negate } => match fits(operator, pattern, &name) {
                Some(fits) if fits == *negate => found.push(fails(&asks_for(operator, pattern, *negate))),
                Some(_) => {}
                None => found.push(
                    Finding::unknown(
                        Check::BranchRules,
                        format!("a ruleset {}; whether `{name}` is one is not tried here", asks_for(operator, pattern, *negate)),
                        "try it by making a branch of that name, or exclude `rollback/**` from the ruleset",
                    )
                    .with([show(facts, *ruleset)]),
                ),
            },
            Rule::Signatures => found.push(Finding::note(
                Check::BranchRules,
                "commits must be signed: GitHub signs the rollback commit for the Actions token and for apps, not for a person's token",
            )),
            Rule::Other(kind) => found.extend(
                untried(Check::BranchRules, kind, &format!("the branch `{name}`")).map(|finding| finding.with([show(facts, *ruleset)])),
            ),
            Rule::Update | Rule::PullRequest { .. } | Rule::Checks { on_creation: false, .. } | Rule::MergeQueue => {}
        }
    }
    or_ok(found, Check::BranchRules, format!("no ruleset stops the branch `{name}`"))
}

fn asks_for(operator: &str, pattern: &str, negate: bool) -> String {
    format!("asks for names that {}fit `{pattern}` ({operator})", if negate { "do not " } else { "" })
}

/// GitHub's regular expressions are RE2's, which is not spoken here.
fn fits(operator: &str, pattern: &str, name: &str) -> Option<bool> {
    match operator {
        "starts_with" => Some(name.starts_with(pattern)),
        "ends_with" => Some(name.ends_with(pattern)),
        "contains" => Some(name.contains(pattern)),
        _ => None,
    }
}

/// Rules that take whatever a rollback does: it deletes nothing, forces nothing and makes no merge commit.
const HARMLESS: [&str; 4] = ["deletion", "non_fast_forward", "required_linear_history", "copilot_code_review"];

/// A rule that is not spoken here may refuse, or not.
fn untried(check: Check, kind: &str, what: &str) -> Option<Finding> {
    (!HARMLESS.contains(&kind)).then(|| {
        Finding::unknown(
            check,
            format!("a ruleset has the rule `{kind}`, which is not tried here; whether it takes {what} is not known"),
            "look at what it asks for, or let the app whose token runs the rollback bypass the ruleset",
        )
    })
}

fn merge(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let branch = &facts.settings.default_branch;
    let rules = match &facts.default_rules {
        Ok(rules) => rules,
        Err(unread) => {
            return vec![Finding::unknown(
                Check::MergeRules,
                format!("the rules on `{branch}` cannot be read ({})", unread.why),
                &unread.remedy,
            )];
        }
    };
    let mut found = Vec::new();
    for RuleInForce { rule, ruleset } in rules {
        found.extend(
            match policy.delivery {
                Delivery::PullRequest => by_pull(rule, branch.as_str()),
                Delivery::Direct => directly(rule, branch.as_str()),
            }
            .map(|finding| finding.with([show(facts, *ruleset)])),
        );
    }
    // A branch on which a ruleset holds counts as protected too; whether it is both is not said.
    if rules.is_empty() && facts.default_is_protected == Ok(true) {
        let (may, remedy) = match policy.delivery {
            Delivery::PullRequest => ("it may ask for reviews and checks before the merge", "know who may merge a pull request into it"),
            Delivery::Direct => {
                ("`delivery: direct` may be refused", "deliver by pull request, or let the app whose token runs the rollback push")
            }
        };
        let sentence = format!("`{branch}` is protected the classic way, which is not read here; {may}");
        let command = format!("gh api repos/{}/branches/{}/protection", facts.repository, segment(branch.as_str()));
        found.push(Finding::unknown(Check::MergeRules, sentence, remedy).with([command]));
    }
    or_ok(found, Check::MergeRules, format!("no rule keeps the rollback from `{branch}`"))
}

fn by_pull(rule: &Rule, branch: &str) -> Option<Finding> {
    match rule {
        Rule::Update => Some(Finding::fails(
            Check::MergeRules,
            format!("a ruleset lets nobody but its bypass list update `{branch}`, so the pull request cannot be merged by others"),
            "know who of the bypass list merges, or take the rule away",
        )),
        Rule::PullRequest { approvals: 0 } => None,
        Rule::PullRequest { approvals } => Some(Finding::note(
            Check::MergeRules,
            format!("the pull request takes {} before it is merged, beside the gates", count(*approvals, "approving review")),
        )),
        Rule::Checks { names, .. } => Some(
            Finding::note(
                Check::MergeRules,
                format!("{} must pass before the merge; on a pull request of the Actions token they wait for somebody's `Approve workflows to run`", list(names, "and")),
            )
            .mended_by("run the rollback with a GitHub App's token, for which checks start by themselves"),
        ),
        Rule::MergeQueue => Some(Finding::note(Check::MergeRules, format!("the pull request goes through the merge queue of `{branch}`"))),
        Rule::Other(kind) => untried(Check::MergeRules, kind, "the merge of the pull request"),
        Rule::Signatures | Rule::Creation | Rule::NamePattern { .. } => None,
    }
}

fn directly(rule: &Rule, branch: &str) -> Option<Finding> {
    let fails = |why: String| {
        Finding::fails(
            Check::MergeRules,
            format!("{why}, so `delivery: direct` is refused"),
            "use `delivery: pull-request`, or let the app whose token runs the rollback bypass the ruleset",
        )
    };
    match rule {
        Rule::Update => Some(fails(format!("a ruleset restricts who may update `{branch}`"))),
        Rule::PullRequest { .. } => Some(fails(format!("`{branch}` takes changes by pull request only"))),
        Rule::MergeQueue => Some(fails(format!("`{branch}` takes changes through the merge queue only"))),
        Rule::Checks { names, .. } => Some(fails(format!("`{branch}` takes commits on which {} passed", list(names, "and")))),
        Rule::Other(kind) => untried(Check::MergeRules, kind, "the rollback's commit"),
        Rule::Signatures | Rule::Creation | Rule::NamePattern { .. } => None,
    }
}

fn tag(facts: &Facts, line: &Line) -> Vec<Finding> {
    let tag = line.drill.plan().filter(|plan| !plan.retag).map_or_else(|| line.newest.tag.to_string(), |plan| plan.tag.to_string());
    let rulesets: &Known<Vec<TagRuleset>> = &facts.tag_rulesets;
    let rulesets = match rulesets {
        Ok(rulesets) => rulesets,
        Err(unread) => {
            return vec![Finding::unknown(Check::TagRules, format!("the rules on tags cannot be read ({})", unread.why), &unread.remedy)];
        }
    };
    let mut found = Vec::new();
    for ruleset in rulesets.iter().filter(|ruleset| holds_for(ruleset, &tag) && ruleset.may_bypass != Some(true)) {
        for rule in &ruleset.rules {
            let why = match rule {
                Rule::Creation => Some("restricts who may create such tags".to_owned()),
                Rule::NamePattern { operator, pattern, negate } => match fits(operator, pattern, &tag) {
                    Some(fits) => (fits == *negate).then(|| asks_for(operator, pattern, *negate)),
                    None => {
                        let sentence = format!(
                            "the ruleset `{}` {}; whether `{tag}` is one is not tried here",
                            ruleset.name,
                            asks_for(operator, pattern, *negate)
                        );
                        let remedy = "look whether the tag fits, or let the app whose token runs `finish` bypass the ruleset";
                        found.push(Finding::unknown(Check::TagRules, sentence, remedy).with([show(facts, ruleset.id)]));
                        None
                    }
                },
                Rule::Checks { names, .. } => Some(format!("asks for {} on the tagged commit", list(names, "and"))),
                Rule::Other(kind) => {
                    let untried = untried(Check::TagRules, kind, &format!("the tag `{tag}`"));
                    found.extend(untried.map(|finding| finding.with([show(facts, ruleset.id)])));
                    None
                }
                Rule::Update | Rule::Signatures | Rule::PullRequest { .. } | Rule::MergeQueue => None,
            };
            found.extend(why.map(|why| {
                Finding::fails(
                    Check::TagRules,
                    format!("the ruleset `{}` {why}, so the tag `{tag}` cannot be made after the merge", ruleset.name),
                    "let the app whose token runs `finish` bypass the ruleset",
                )
                .with([show(facts, ruleset.id)])
            }));
        }
    }
    or_ok(found, Check::TagRules, format!("no ruleset stops a tag such as `{tag}`"))
}

fn show(facts: &Facts, ruleset: u64) -> String {
    format!("gh api repos/{}/rulesets/{ruleset}", facts.repository)
}

fn holds_for(ruleset: &TagRuleset, tag: &str) -> bool {
    let full = format!("refs/tags/{tag}");
    let any = |patterns: &[String]| {
        patterns.iter().any(|pattern| match pattern.as_str() {
            "~ALL" => true,
            pattern if pattern.starts_with("refs/") => matches(pattern.as_bytes(), full.as_bytes()),
            pattern => matches(pattern.as_bytes(), tag.as_bytes()),
        })
    };
    any(&ruleset.include) && !any(&ruleset.exclude)
}

/// A `*` stands for anything but `/`, `**` for anything, `?` for one character: GitHub's fnmatch.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=name.len()).any(|skip| matches(rest, name.get(skip..).unwrap_or_default())),
        [b'*', rest @ ..] => {
            let reach = name.iter().position(|byte| *byte == b'/').unwrap_or(name.len());
            (0..=reach).any(|skip| matches(rest, name.get(skip..).unwrap_or_default()))
        }
        [b'?', rest @ ..] => name.split_first().is_some_and(|(first, more)| *first != b'/' && matches(rest, more)),
        [one, rest @ ..] => name.split_first().is_some_and(|(first, more)| first == one && matches(rest, more)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruleset_holds_for_what_its_patterns_take_and_do_not_exclude() {
        let check = |include: &[&str], exclude: &[&str], tag: &str| {
            let own = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
            let ruleset =
                TagRuleset { id: 1, name: "r".into(), include: own(include), exclude: own(exclude), rules: Vec::new(), may_bypass: None };
            holds_for(&ruleset, tag)
        };
        assert!(check(&["~ALL"], &[], "v1.0.0"));
        assert!(check(&["refs/tags/v*"], &[], "v1.0.0"));
        assert!(!check(&["refs/tags/v*"], &[], "release/v1.0.0"));
        assert!(check(&["refs/tags/**"], &[], "release/v1.0.0"));
        assert!(!check(&["refs/tags/**"], &["refs/tags/release/*"], "release/v1.0.0"));
        assert!(check(&["v?.0.0"], &[], "v1.0.0"));
        assert!(!check(&[], &[], "v1.0.0"));
    }
}
