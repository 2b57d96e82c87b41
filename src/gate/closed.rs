//! Whether an environment holds a gate at all. GitHub creates a missing environment open, so this is asked before a
//! gate is used, inside its job, and again before anything is written.

use super::evidence::Found;
use crate::domain::gate::Stage;
use crate::github::Environment;
use crate::plan::Plan;

/// Returns what is wrong with the environment of a gate, or `None` when it is closed.
pub fn protection_problem(default_branch: &str, name: &str, found: &Found<'_>) -> Option<String> {
    let environment = match found {
        Found::Unreadable(why) => return Some(format!("it could not be read ({why}), so it counts as open")),
        Found::Missing => return Some(format!("the environment `{name}` does not exist; GitHub would create it open. {}", remedy(name))),
        Found::There(environment) => environment,
    };
    let protection = &environment.protection;
    match &protection.reviewers {
        None => return Some(format!("the environment `{name}` has no required reviewers, so anybody passes it. {}", remedy(name))),
        Some(rule) if rule.users.is_empty() && rule.teams.is_empty() => {
            return Some(format!("the environment `{name}` requires reviewers but names none. {}", remedy(name)));
        }
        Some(_) => {}
    }
    let other = |pattern: &&String| pattern.as_str() != default_branch;
    match &protection.branches {
        Some(patterns) if patterns.is_empty() => {
            Some(format!("the environment `{name}` takes no branch at all; let it take `{default_branch}`"))
        }
        Some(patterns) => patterns.iter().find(other).map(|pattern| {
            format!(
                "the environment `{name}` takes `{pattern}` too, where the workflow could be changed; let it take only `{default_branch}`"
            )
        }),
        None if protection.protected_branches_only => None,
        None => Some(format!(
            "the environment `{name}` takes every branch, where the workflow could be changed; let it take only `{default_branch}`"
        )),
    }
}

fn remedy(name: &str) -> String {
    format!("create it with required reviewers under Settings → Environments → `{name}`")
}

/// Returns, for each gate of a plan, what is wrong with its environment; empty when all are closed.
pub fn open_gates(plan: &Plan, environments: Result<&[Environment], &str>) -> Vec<super::Reason> {
    let stages = [Stage::Execute, Stage::Finish, Stage::Close];
    let names = stages.iter().flat_map(|stage| plan.environments(*stage));
    let problem = |name: &str| protection_problem(plan.basis.default_branch.as_str(), name, &Found::of(environments, name));
    names.filter_map(|name| Some(super::Reason { environment: name.to_owned(), text: problem(name)? })).collect()
}
