//! The gates: whether each environment holds, and whether enough people can answer them all.

use std::collections::{BTreeMap, BTreeSet};

use super::answers;
use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::remedy::environment_commands;
use crate::config::Policy;
use crate::domain::gate::{Ask, Holder, Stage};
use crate::domain::person::{Login, Role};
use crate::gate::{Found, protection_problem};
use crate::gather::Gather as _;
use crate::github::{Environment, ReviewerRule, Standing};
use crate::plan::Rules;
use crate::words::{count, list};

/// GitHub's limit of reviewers of one environment.
const MOST_REVIEWERS: usize = 6;

/// Returns the people who may answer an approval: those of all its roles.
pub fn people_of(policy: &Policy, ask: &Ask) -> Role {
    let roles = || ask.roles.iter().filter_map(|role| policy.roles.get(role));
    let users: BTreeSet<&Login> = roles().flat_map(|role| &role.users).gather();
    let teams: BTreeSet<&String> = roles().flat_map(|role| &role.teams).gather();
    Role { users: users.into_iter().cloned().collect(), teams: teams.into_iter().cloned().collect() }
}

/// Looks at every gate.
pub(super) fn gates(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    if answers::held_by(facts, policy) == Holder::Comments {
        return [answers::people(facts, policy), minimum_people(facts, policy, &[])].concat();
    }
    let asks: Vec<&Ask> = policy.gates.iter().flat_map(|gate| &gate.approvals).collect();
    let environments = match &facts.environments {
        Ok(environments) => environments,
        Err(unread) => {
            let sentence = format!("the environments of the gates cannot be read ({})", unread.why);
            return vec![Finding::unknown(Check::GateExists, sentence, &unread.remedy)];
        }
    };
    let mut found = Findings::default();
    for ask in &asks {
        let people = people_of(policy, ask);
        let commands =
            || environment_commands(&facts.repository, &facts.settings.default_branch, &ask.environment, &people, &policy.approvals);
        match Found::of(Ok(environments), &ask.environment) {
            there @ Found::There(environment) => {
                let before = found.holes();
                one(&mut found, facts, policy, ask, environment, &people, &commands);
                // What the gate itself would refuse is never let pass here.
                let branch = facts.settings.default_branch.as_str();
                let refused = protection_problem(branch, &Rules::of(policy), &ask.environment, &there);
                found.closed.extend(
                    refused
                        .filter(|_| found.holes() == before)
                        .map(|why| Finding::fails(Check::GateClosed, why, create_remedy(facts)).with(commands())),
                );
            }
            Found::Missing | Found::Unreadable(_) => found.exists.push(
                Finding::fails(
                    Check::GateExists,
                    format!("the environment `{}` does not exist; GitHub would create it open", ask.environment),
                    create_remedy(facts),
                )
                .with(commands()),
            ),
        }
    }
    let environments = count(asks.len() as u64, "environment");
    [
        or_ok(found.exists, Check::GateExists, format!("{environments} of {} exist", count(policy.gates.len() as u64, "gate"))),
        or_ok(found.closed, Check::GateClosed, format!("{environments} require reviewers")),
        or_ok(found.branches, Check::GateBranches, format!("{environments} take only `{}`", facts.settings.default_branch)),
        or_ok(
            found.self_review,
            Check::GateSelfReview,
            match policy.approvals.requester_may_approve {
                true => "the policy lets people approve a run they started",
                false => "nobody can approve a run they started",
            },
        ),
        or_ok(
            found.bypass,
            Check::GateBypass,
            match policy.approvals.administrators_may_bypass {
                true => "the policy lets administrators go past a gate",
                false => "administrators cannot go past a gate",
            },
        ),
        or_ok(found.reviewers, Check::GateReviewers, "the reviewers of each gate are the people of its roles"),
        minimum_people(facts, policy, environments_of(facts)),
    ]
    .concat()
}

fn environments_of(facts: &Facts) -> &[Environment] {
    facts.environments.as_deref().unwrap_or_default()
}

fn create_remedy(facts: &Facts) -> String {
    let plans = "; on a private repository GitHub has required reviewers with Enterprise only";
    format!(
        "an administrator creates it closed, or `rollback-action init --environments` does{}",
        if facts.settings.private { plans } else { "" }
    )
}

#[derive(Default)]
struct Findings {
    exists: Vec<Finding>,
    closed: Vec<Finding>,
    branches: Vec<Finding>,
    self_review: Vec<Finding>,
    bypass: Vec<Finding>,
    reviewers: Vec<Finding>,
}

impl Findings {
    /// How much was found that the gate looks at, too.
    fn holes(&self) -> usize {
        self.closed.len() + self.branches.len() + self.self_review.len() + self.bypass.len()
    }
}

fn one(
    found: &mut Findings,
    facts: &Facts,
    policy: &Policy,
    ask: &Ask,
    environment: &Environment,
    people: &Role,
    commands: &dyn Fn() -> Vec<String>,
) {
    let name = &ask.environment;
    found.branches.extend(branches(facts, environment, commands));
    let closed = environment.protection.reviewers.as_ref().filter(|rule| !(rule.users.is_empty() && rule.teams.is_empty()));
    let Some(rule) = closed else {
        let sentence = format!("the environment `{name}` has no required reviewers, so anybody passes it");
        found.closed.push(Finding::fails(Check::GateClosed, sentence, create_remedy(facts)).with(commands()));
        return;
    };
    if rule.prevent_self_review && policy.approvals.requester_may_approve {
        let sentence = format!("the policy lets whoever asks approve, and the environment `{name}` does not");
        let remedy = "switch `Prevent self-review` off, or take `requester-may-approve` out of the policy";
        found.self_review.push(Finding::note(Check::GateSelfReview, sentence).mended_by(remedy).with(commands()));
    }
    if !rule.prevent_self_review && !policy.approvals.requester_may_approve {
        let sentence = format!(
            "the environment `{name}` lets people approve what they started; the policy does not count that, and the run would stop late"
        );
        found.self_review.push(Finding::fails(Check::GateSelfReview, sentence, "switch `Prevent self-review` on").with(commands()));
    }
    match environment.protection.administrators_may_bypass {
        Some(true) if !policy.approvals.administrators_may_bypass => {
            let sentence = format!(
                "administrators may go past `{name}` without a review; the policy does not count that, and the run would stop late"
            );
            let remedy = "switch `Allow administrators to bypass configured protection rules` off";
            found.bypass.push(Finding::fails(Check::GateBypass, sentence, remedy).with(commands()));
        }
        None => found.bypass.push(Finding::unknown(
            Check::GateBypass,
            format!("GitHub does not say whether administrators may go past `{name}`"),
            "look under Settings → Environments",
        )),
        Some(_) => {}
    }
    found.reviewers.extend(reviewers(facts, ask, rule, people, commands));
}

fn branches(facts: &Facts, environment: &Environment, commands: &dyn Fn() -> Vec<String>) -> Vec<Finding> {
    let (name, branch) = (&environment.name, facts.settings.default_branch.as_str());
    let fails = |sentence: String| {
        let remedy = format!("let it take only `{branch}`, where a changed workflow has been reviewed");
        vec![Finding::fails(Check::GateBranches, sentence, remedy).with(commands())]
    };
    match (&environment.protection.branches, environment.protection.protected_branches_only) {
        (Some(patterns), _) if patterns.is_empty() => fails(format!("the environment `{name}` takes no branch at all")),
        (Some(patterns), _) if !patterns.iter().any(|pattern| pattern == branch) => {
            fails(format!("the environment `{name}` does not take `{branch}`, only {}", list(patterns, "and")))
        }
        (Some(patterns), _) => {
            let others: Vec<&String> = patterns.iter().filter(|pattern| *pattern != branch).collect();
            match others.is_empty() {
                true => Vec::new(),
                false => fails(format!("the environment `{name}` takes {} too, where the workflow could be changed", list(&others, "and"))),
            }
        }
        (None, false) => fails(format!("the environment `{name}` takes every branch, where the workflow could be changed")),
        (None, true) => match &facts.default_is_protected {
            Ok(true) => Vec::new(),
            Ok(false) => fails(format!(
                "the environment `{name}` takes protected branches only, and `{branch}` is not protected; with none protected GitHub takes every branch"
            )),
            Err(unread) => {
                let sentence = format!("whether `{branch}` is protected, as `{name}` asks, cannot be read ({})", unread.why);
                vec![Finding::unknown(Check::GateBranches, sentence, &unread.remedy)]
            }
        },
    }
}

fn reviewers(facts: &Facts, ask: &Ask, rule: &ReviewerRule, people: &Role, commands: &dyn Fn() -> Vec<String>) -> Vec<Finding> {
    let (name, roles) = (&ask.environment, list(&ask.roles, "or"));
    let mut found = Vec::new();
    let fails = |sentence: String, remedy: &str| Finding::fails(Check::GateReviewers, sentence, remedy).with(commands());
    let wanted = people.users.len() + people.teams.len();
    if wanted > MOST_REVIEWERS {
        let sentence =
            format!("{roles} together are {wanted} people and teams; GitHub takes at most {MOST_REVIEWERS} reviewers for `{name}`");
        found.push(Finding::fails(Check::GateReviewers, sentence, "name fewer people in the policy, or a team in their place"));
    }
    let (named, unnamed): (Vec<&Login>, Vec<&Login>) = rule.users.iter().partition(|user| people.users.contains(user));
    for user in unnamed {
        match in_a_team(facts, user, people) {
            Some(true) => {}
            Some(false) => found.push(fails(
                format!("`{user}` reviews `{name}` and is not in {roles}; their approval would not count"),
                "make the reviewers the people of the policy's roles, or add them there",
            )),
            None => found.push(Finding::unknown(
                Check::GateReviewers,
                format!("`{user}` reviews `{name}`; whether they are in a team of {roles} cannot be read with this token"),
                "name the team itself as the reviewer",
            )),
        }
    }
    for team in rule.teams.iter().filter(|team| !people.teams.contains(team)) {
        let sentence = format!("the team `{team}` reviews `{name}` and is not in {roles}; its approvals would not count");
        found.push(fails(sentence, "make the reviewers the people of the policy's roles, or add the team there"));
    }
    if named.is_empty() && !rule.teams.iter().any(|team| people.teams.contains(team)) {
        found.push(fails(format!("nobody of {roles} reviews `{name}`"), "make the reviewers the people of the policy's roles"));
    } else if wanted <= MOST_REVIEWERS {
        let users = people.users.iter().filter(|user| !rule.users.contains(user)).map(ToString::to_string);
        let absent: Vec<String> = users.chain(people.teams.iter().filter(|team| !rule.teams.contains(team)).cloned()).collect();
        if !absent.is_empty() {
            let sentence = format!("{} of {roles} cannot answer `{name}`, since GitHub does not ask them", list(&absent, "and"));
            found.push(Finding::note(Check::GateReviewers, sentence).mended_by("add them as reviewers").with(commands()));
        }
    }
    found
}

/// Tells whether somebody is in a team of the roles; `None` where its members are not shown.
fn in_a_team(facts: &Facts, user: &Login, people: &Role) -> Option<bool> {
    let members = people.teams.iter().map(|team| facts.teams.get(team).and_then(|members| members.as_ref().ok()));
    let known: Vec<Option<&Vec<Login>>> = members.collect();
    if known.iter().flatten().any(|members| members.contains(user)) {
        return Some(true);
    }
    known.iter().all(Option::is_some).then_some(false)
}

/// Each approval is given by one person; how many different ones can there be at most?
fn minimum_people(facts: &Facts, policy: &Policy, environments: &[Environment]) -> Vec<Finding> {
    let asks = policy.gates.iter().filter(|gate| gate.stage == Stage::Execute).flat_map(|gate| &gate.approvals);
    let able: Vec<(String, Able)> = asks.map(|ask| (ask.environment.clone(), able(facts, policy, ask, environments))).collect();
    let (most, wanted) = (most_different(&able), policy.approvals.minimum_people as usize);
    let hidden = able.iter().any(|(_, able)| able.hidden);
    if most < wanted {
        let known = format!(
            "{} can answer the gates, the policy asks for {wanted}",
            count(most as u64, "different person").replace("persons", "people")
        );
        return match hidden {
            true => vec![Finding::unknown(
                Check::MinimumPeople,
                format!("{known}; who is in the teams is not shown to this token"),
                "run it with a token that may read the organization's members, or name people in the policy",
            )],
            false => vec![Finding::fails(
                Check::MinimumPeople,
                known,
                "name more people in the policy's roles and as reviewers, or lower `approvals: minimum-people`",
            )],
        };
    }
    let alone: BTreeSet<&Login> =
        able.iter().filter(|(_, able)| !able.hidden && able.people.len() == 1).flat_map(|(_, able)| &able.people).gather();
    let mut sentence = format!("the gates can be answered by {most} different people, the policy asks for {wanted}");
    if !alone.is_empty() && !policy.approvals.requester_may_approve {
        let names: Vec<&str> = alone.iter().map(|login| login.as_str()).collect();
        sentence.extend(["; only ", &list(&names, "and"), " can answer some, so somebody else must start the rollback"]);
    }
    vec![Finding::ok(Check::MinimumPeople, sentence)]
}

/// Who can answer one approval.
#[derive(Debug, Default)]
struct Able {
    people: BTreeSet<Login>,
    /// Whether a team whose members are not shown can, too.
    hidden: bool,
}

fn able(facts: &Facts, policy: &Policy, ask: &Ask, environments: &[Environment]) -> Able {
    let role = people_of(policy, ask);
    let found = Found::of(Ok(environments), &ask.environment);
    let asked = found.reviewers();
    let gone = |user: &&Login| matches!(facts.people.get(*user), Some(Ok(Standing::NoAccount | Standing::NoAccess | Standing::Outsider)));
    // A gate without reviewers is reported for itself; here the policy's people count.
    let reviews = |user: &&Login| asked.is_none_or(|rule| rule.users.contains(user));
    let mut able =
        Able { people: role.users.iter().filter(|user| !gone(user) && !user.is_bot()).filter(reviews).cloned().collect(), hidden: false };
    // Who is in a team is not known where a comment is weighed.
    let teams = if answers::held_by(facts, policy) == Holder::Comments { &[] } else { role.teams.as_slice() };
    for team in teams.iter().filter(|team| asked.is_none_or(|rule| rule.teams.contains(team))) {
        match facts.teams.get(team) {
            Some(Ok(members)) => able.people.extend(members.iter().cloned()),
            Some(Err(_)) | None => able.hidden = true,
        }
    }
    able
}

/// The largest number of approvals that can each have a person of its own: a matching, grown one path at a time.
fn most_different(able: &[(String, Able)]) -> usize {
    let mut answers: BTreeMap<&Login, usize> = BTreeMap::new();
    (0..able.len()).filter(|ask| finds(able, *ask, &mut answers, &mut BTreeSet::new())).count()
}

fn finds<'a>(able: &'a [(String, Able)], ask: usize, answers: &mut BTreeMap<&'a Login, usize>, seen: &mut BTreeSet<&'a Login>) -> bool {
    let Some((_, people)) = able.get(ask) else { return false };
    for person in &people.people {
        if !seen.insert(person) {
            continue;
        }
        let free = answers.get(person).copied().is_none_or(|other| finds(able, other, answers, seen));
        if free {
            answers.insert(person, ask);
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(gates: &[&[&str]], wanted: usize) {
        let able = |people: &&[&str]| Able { people: people.iter().map(|login| login.parse().unwrap()).collect(), hidden: false };
        let gates: Vec<(String, Able)> = gates.iter().map(|people| (String::new(), able(people))).collect();
        assert_eq!(most_different(&gates), wanted);
    }

    #[test]
    fn the_most_different_people_are_counted_with_each_answering_one_gate() {
        check(&[], 0);
        check(&[&[]], 0);
        check(&[&["a"], &["a"], &["a"]], 1);
        check(&[&["a", "b"], &["a"]], 2);
        check(&[&["a", "b"], &["a", "b"], &["a", "b"]], 2);
        check(&[&["a"], &["a", "b"], &["b", "c"], &["A"]], 3);
    }
}
