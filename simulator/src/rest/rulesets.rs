//! Rulesets: showing them, and refusing what they forbid.

use serde_json::{Value, json};

use super::{checks, pages, shape};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Rule, Ruleset, Target, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["rules", "branches", name @ ..]) => on_branch(world, call, &name.join("/")),
        ("GET", ["rulesets"]) => list(world, call),
        ("GET", ["rulesets", id]) => one(world, call, id),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns every rule that holds for a branch or a tag, with its ruleset.
pub(crate) fn rules_on<'a>(world: &'a World, target: Target, name: &'a str) -> impl Iterator<Item = (&'a Ruleset, &'a Rule)> {
    world
        .rulesets
        .iter()
        .filter(move |ruleset| ruleset.target == target && includes(world, ruleset, name))
        .flat_map(|ruleset| ruleset.rules.iter().map(move |rule| (ruleset, rule)))
}

fn includes(world: &World, ruleset: &Ruleset, name: &str) -> bool {
    ruleset.include.iter().any(|pattern| match pattern.as_str() {
        "~ALL" => true,
        "~DEFAULT_BRANCH" => name == world.repository.default_branch,
        pattern => {
            let short = pattern.strip_prefix("refs/heads/").or_else(|| pattern.strip_prefix("refs/tags/")).unwrap_or(pattern);
            matches(short.as_bytes(), name.as_bytes())
        }
    })
}

/// Matches a pattern in which `*` stands for any text.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| matches(rest, name.get(skipped..).unwrap_or_default())),
        Some((first, rest)) => name.split_first().is_some_and(|(start, more)| start == first && matches(rest, more)),
    }
}

/// What is about to happen to a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change<'a> {
    /// A new ref at this commit.
    Create(&'a str),
    /// From the first commit to the second.
    Update(&'a str, &'a str),
    /// No more ref.
    Delete,
    /// A pull request with this head is merged; the commit that makes is not known yet.
    Merge(&'a str),
}

/// Returns what the rules say against a change, in GitHub's words.
pub(crate) fn violations(world: &World, call: &Call, ref_name: &str, change: Change<'_>) -> Vec<String> {
    let (target, name) = match (ref_name.strip_prefix("refs/heads/"), ref_name.strip_prefix("refs/tags/")) {
        (Some(branch), _) => (Target::Branch, branch),
        (_, Some(tag)) => (Target::Tag, tag),
        _ => return Vec::new(),
    };
    let login = call.login().unwrap_or_default();
    rules_on(world, target, name)
        .filter(|(ruleset, _)| !ruleset.bypass.contains(&login))
        .filter_map(|(_, rule)| violation(world, rule, change))
        .collect()
}

fn violation(world: &World, rule: &Rule, change: Change<'_>) -> Option<String> {
    let verified = |sha: &str| world.git.commit(sha).is_some_and(|commit| commit.signature.is_some());
    let said = match (rule, change) {
        (Rule::Creation, Change::Create(_)) => "Cannot create ref due to creations being restricted.".to_owned(),
        (Rule::Update, Change::Update(..)) => "Cannot update this protected ref.".to_owned(),
        (Rule::Deletion, Change::Delete) => "Cannot delete this protected ref.".to_owned(),
        (Rule::NonFastForward, Change::Update(old, new)) if !world.git.is_ancestor(old, new) => {
            "Cannot force-push to this branch".to_owned()
        }
        (Rule::RequiredSignatures, Change::Create(new) | Change::Update(_, new)) if !verified(new) => {
            "Commits must have verified signatures.".to_owned()
        }
        (Rule::PullRequest { .. }, Change::Update(..)) => "Changes must be made through a pull request.".to_owned(),
        (Rule::RequiredStatusChecks(names), Change::Update(_, sha) | Change::Merge(sha)) => {
            let missing: Vec<&String> = names.iter().filter(|name| !checks::has_passed(world, sha, name)).collect();
            match missing.as_slice() {
                [] => return None,
                [name] => format!("Required status check \"{name}\" is expected."),
                missing => format!("{} of {} required status checks are expected.", missing.len(), names.len()),
            }
        }
        (Rule::MergeQueue, Change::Update(..) | Change::Merge(_)) => "Changes must be made through the merge queue".to_owned(),
        _ => return None,
    };
    Some(said)
}

/// Refuses a change that a rule forbids, with this status.
pub(crate) fn enforce(world: &World, call: &Call, ref_name: &str, change: Change<'_>, status: u16) -> Result<(), Reply> {
    let violations = violations(world, call, ref_name, change);
    if violations.is_empty() {
        return Ok(());
    }
    let message = format!("Repository rule violations found\n\n{}\n\n", violations.join("\n\n"));
    Err(Reply::error(status, &message))
}

fn parameters(rule: &Rule) -> Option<Value> {
    match rule {
        Rule::PullRequest { approvals } => Some(json!({
            "required_approving_review_count": approvals,
            "dismiss_stale_reviews_on_push": false,
            "require_code_owner_review": false,
            "require_last_push_approval": false,
            "required_review_thread_resolution": false,
            "allowed_merge_methods": ["merge", "squash", "rebase"],
        })),
        Rule::RequiredStatusChecks(names) => Some(json!({
            "strict_required_status_checks_policy": false,
            "do_not_enforce_on_create": false,
            "required_status_checks": names.iter().map(|name| json!({"context": name})).collect::<Vec<_>>(),
        })),
        Rule::MergeQueue => Some(json!({
            "merge_method": "MERGE",
            "max_entries_to_build": 5,
            "min_entries_to_merge": 1,
            "max_entries_to_merge": 5,
            "min_entries_to_merge_wait_minutes": 5,
            "check_response_timeout_minutes": 60,
            "grouping_strategy": "ALLGREEN",
        })),
        Rule::Update => Some(json!({"update_allows_fetch_and_merge": false})),
        Rule::Other(_, parameters) => Some(parameters.clone()),
        Rule::Creation | Rule::Deletion | Rule::NonFastForward | Rule::RequiredSignatures => None,
    }
}

fn shown(rule: &Rule) -> Value {
    let mut shown = json!({"type": rule.name()});
    if let Some(parameters) = parameters(rule) {
        shown["parameters"] = parameters;
    }
    shown
}

fn on_branch(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "metadata", Level::Read)?;
    let found: Vec<_> = rules_on(world, Target::Branch, name).collect();
    Ok(pages::list(call, &found, |(ruleset, rule)| {
        let mut shown = shown(rule);
        shown["ruleset_source_type"] = json!("Repository");
        shown["ruleset_source"] = json!(world.repository.full_name());
        shown["ruleset_id"] = json!(ruleset.id);
        shown
    }))
}

fn brief(world: &World, call: &Call, ruleset: &Ruleset) -> Value {
    json!({
        "id": ruleset.id,
        "name": ruleset.name,
        "target": match ruleset.target {
            Target::Branch => "branch",
            Target::Tag => "tag",
        },
        "source_type": "Repository",
        "source": world.repository.full_name(),
        "enforcement": "active",
        "node_id": shape::node_id("RRS", ruleset.id),
        "_links": {
            "self": {"href": format!("{}/rulesets/{}", shape::api(world, call), ruleset.id)},
            "html": {"href": format!("{}/rules/{}", shape::html(world), ruleset.id)},
        },
        "created_at": stamp(world.repository.created_at),
        "updated_at": stamp(world.repository.created_at),
    })
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "metadata", Level::Read)?;
    Ok(pages::list(call, &world.rulesets, |ruleset| brief(world, call, ruleset)))
}

fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "metadata", Level::Read)?;
    let ruleset = world.rulesets.iter().find(|ruleset| ruleset.id.to_string() == id).ok_or_else(Reply::not_found)?;
    let mut found = brief(world, call, ruleset);
    found["conditions"] = json!({"ref_name": {"include": ruleset.include, "exclude": []}});
    found["rules"] = ruleset.rules.iter().map(shown).collect();
    Ok(Reply::ok(found))
}
