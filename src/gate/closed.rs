//! Whether an environment holds a gate at all. GitHub creates a missing environment open, so this is asked before a
//! gate is used, inside its job, and again before anything is written.

use super::evidence::Found;
use crate::domain::gate::{Ask, Holder, Stage};
use crate::github::{Environment, Protection, ReviewerRule};
use crate::plan::{Plan, Rules};

/// Returns what is wrong with the environment of a gate, or `None` when it is closed.
pub fn protection_problem(default_branch: &str, rules: &Rules, name: &str, found: &Found<'_>) -> Option<String> {
    let protection = match found {
        Found::Unreadable(why) => {
            return Some(format!("it could not be read ({why}), so it counts as open; give the job `actions: read`, and run it again"));
        }
        Found::Missing => return Some(format!("the environment `{name}` does not exist; GitHub would create it open; {}", remedy(name))),
        Found::There(environment) => &environment.protection,
    };
    no_reviewers(name, protection.reviewers.as_ref())
        .or_else(|| self_review(name, rules, protection))
        .or_else(|| bypass(name, rules, protection))
        .or_else(|| branches(default_branch, name, protection))
}

fn no_reviewers(name: &str, rule: Option<&ReviewerRule>) -> Option<String> {
    match rule {
        None => Some(format!("the environment `{name}` has no required reviewers, so anybody passes it; {}", remedy(name))),
        Some(rule) if rule.users.is_empty() && rule.teams.is_empty() => {
            Some(format!("the environment `{name}` requires reviewers but names none; {}", remedy(name)))
        }
        Some(_) => None,
    }
}

fn self_review(name: &str, rules: &Rules, protection: &Protection) -> Option<String> {
    let prevented = protection.reviewers.as_ref().is_some_and(|rule| rule.prevent_self_review);
    (!prevented && !rules.requester_may_approve).then(|| {
        format!("the environment `{name}` lets whoever starts the run approve it; switch on `Prevent self-review` under Settings → Environments → `{name}`")
    })
}

/// GitHub does not always say; what it does not say is a note, since a bypass without a review is refused afterwards.
fn bypass(name: &str, rules: &Rules, protection: &Protection) -> Option<String> {
    let open = protection.administrators_may_bypass == Some(true) && !rules.administrators_may_bypass;
    open.then(|| {
        format!("the environment `{name}` lets administrators go past it, and this policy does not; switch off `Allow administrators to bypass` under Settings → Environments → `{name}`")
    })
}

fn branches(default_branch: &str, name: &str, protection: &Protection) -> Option<String> {
    let remedy = format!("let it take only `{default_branch}`, under Settings → Environments → `{name}`");
    let other = |pattern: &&String| pattern.as_str() != default_branch;
    match &protection.branches {
        Some(patterns) if patterns.is_empty() => Some(format!("the environment `{name}` takes no branch at all; {remedy}")),
        Some(patterns) => patterns.iter().find(other).map(|pattern| {
            format!("the environment `{name}` takes `{}` too, where the workflow could be changed; {remedy}", pattern.escape_debug())
        }),
        // With no protected branch "protected branches only" means every branch:
        // https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments
        None if protection.protected_branches_only => match protection.default_branch_protected {
            Some(true) => None,
            Some(false) => Some(format!(
                "the environment `{name}` takes protected branches only, and `{default_branch}` is not protected; where none is, GitHub takes them all; protect `{default_branch}`, or {remedy}"
            )),
            None => Some(format!(
                "the environment `{name}` takes protected branches only, and whether `{default_branch}` is protected could not be read; {remedy}"
            )),
        },
        None => Some(format!("the environment `{name}` takes every branch, where the workflow could be changed; {remedy}")),
    }
}

/// Who is in a team is not shown to the Actions token, so only people whom the policy names can answer by a comment.
fn unanswerable(plan: &Plan) -> Vec<super::Reason> {
    let nobody = |ask: &Ask| !ask.roles.iter().filter_map(|role| plan.roles.get(role)).any(|role| !role.users.is_empty());
    let found = plan.asks(Stage::Execute).filter(|(_, ask)| nobody(ask)).map(|(gate, ask)| {
        let text = format!(
            "nobody could answer it by a comment: members of a team are not shown to the Actions token; name people under `users` of {}",
            crate::words::list(&ask.roles, "or")
        );
        super::Reason::of(&gate.answer_name(ask), text)
    });
    found.collect()
}

fn remedy(name: &str) -> String {
    format!("create it with required reviewers under Settings → Environments → `{name}`")
}

/// Returns, for each gate before `execute`, what is wrong with what holds it; empty when all are closed. Those of later
/// stages are looked at before they are asked: a rollback does not wait for what closes its incident.
pub fn open_gates(plan: &Plan, environments: Result<&[Environment], &str>) -> Vec<super::Reason> {
    if plan.rules.by == Holder::Comments {
        return unanswerable(plan);
    }
    open_gates_of(plan, &[Stage::Execute], environments)
}

/// Returns the same for the environments of the gates before some stages.
pub fn open_gates_of(plan: &Plan, stages: &[Stage], environments: Result<&[Environment], &str>) -> Vec<super::Reason> {
    let names = stages.iter().flat_map(|stage| plan.environments(*stage));
    let problem = |name: &str| protection_problem(plan.basis.default_branch.as_str(), &plan.rules, name, &Found::of(environments, name));
    names.filter_map(|name| Some(super::Reason::of(name, problem(name)?))).collect()
}
