//! What happens next, who makes it happen, and what the next run does.

use super::facts;
use crate::github::PullState;
use crate::journal::{Entry, Journal, Outcome};
use crate::plan::Plan;
use crate::words::count;

/// Returns the next step as a sentence that begins with who takes it.
pub(super) fn after_run(plan: &Plan, journal: &Journal) -> String {
    if let Some(mend) = after_failure(&journal.entries) {
        return mend;
    }
    let by_hand = journal.entries.iter().find_map(|entry| match &entry.outcome {
        Outcome::Manual { task } => Some(task),
        Outcome::Done { .. } | Outcome::Already | Outcome::NoOp { .. } | Outcome::Failed { .. } => None,
    });
    if let Some(task) = by_hand {
        return format!("a maintainer: {task}");
    }
    match journal.stage.as_str() {
        _ if plan.retag => after_finish(plan),
        "finish" => after_finish(plan),
        _ => after_execute(plan, journal),
    }
}

/// Returns the next step where something failed.
pub(super) fn after_failure(entries: &[Entry]) -> Option<String> {
    entries.iter().find_map(|entry| match &entry.outcome {
        Outcome::Failed { why, hint } => {
            let help = hint.as_ref().unwrap_or(why);
            Some(format!("a maintainer mends what stopped \"{}\" ({help}), then runs the failed job again", entry.what))
        }
        Outcome::Done { .. } | Outcome::Already | Outcome::NoOp { .. } | Outcome::Manual { .. } => None,
    })
}

fn after_execute(plan: &Plan, journal: &Journal) -> String {
    let tags = facts::new_tags(plan);
    let it = if plan.new_tags().len() == 1 { "releases it" } else { "releases them" };
    match &journal.pull {
        Some(pull) if matches!(pull.state, PullState::Merged(..)) => {
            format!("pull request #{} is merged; `finish` tags it {tags} and {it}", pull.number)
        }
        Some(pull) => {
            format!("{} reviews and merges pull request #{}; then `finish` tags it {tags} and {it}", facts::mergers(plan), pull.number)
        }
        None => facts::starts_finish(plan),
    }
}

fn after_finish(plan: &Plan) -> String {
    match plan.manual.as_slice() {
        [] => format!("{} checks what users get now, and tells them", facts::mergers(plan)),
        [task] => format!("{} does by hand: {task}", facts::mergers(plan)),
        [task, ..] => format!("{} does {} by hand, first: {task}", facts::mergers(plan), count(plan.manual.len() as u64, "task")),
    }
}

/// What a run that is started again does.
pub(super) const AGAIN: &str = "running it again is safe at any time: it finds what is done, leaves it, and tries the rest";
