//! The gates of a stage after the merge, for those who answer them, and the incident's last words.

use super::escape::{code, text};
use super::facts;
use super::terminal::terminal;
use crate::domain::gate::{Gate, Stage};
use crate::gate::Approval;
use crate::plan::Plan;
use crate::words::join;

/// Stands on the page of an incident that was closed by command.
pub const CLOSED_MARKER: &str = "<!-- rollback-action:closed -->";
/// How many gates are listed.
const GATES: usize = 40;

/// Returns what a stage is called where people read of it.
fn called(stage: Stage) -> &'static str {
    match stage {
        Stage::Execute => "the rollback is carried out",
        Stage::Finish => "the rollback is tagged and released",
        Stage::Close => "the incident is closed",
        Stage::ReRelease => "the work is released again",
    }
}

/// Returns the gates of a stage for a terminal.
pub fn gates_text(plan: &Plan, stage: Stage) -> String {
    let (id, what) = (plan.id(), called(stage));
    let line = |gate: &&Gate| {
        let asks: Vec<String> = gate.approvals.iter().map(|ask| format!("{} in {}", join(&ask.roles, "or"), ask.environment)).collect();
        format!("  {}: {}\n", terminal(&gate.question, 200), terminal(&join(&asks, "and"), 300))
    };
    match facts::gates_of(plan, stage).as_slice() {
        [] => format!("the policy asks for no approval before {what}; plan {}\n", id.short()),
        gates => format!("before {what}, for plan {}:\n{}", id.short(), gates.iter().take(GATES).map(line).collect::<String>()),
    }
}

/// Returns the gates of a stage for the job summary.
pub fn gates_markdown(plan: &Plan, stage: Stage) -> String {
    let (id, what) = (plan.id(), called(stage));
    let line = |gate: &&Gate| {
        let evidence = if gate.evidence.is_empty() { String::new() } else { format!(" (look at: {})", text(&gate.evidence, 300)) };
        let asks: Vec<String> =
            gate.approvals.iter().map(|ask| format!("{} in {}", text(&join(&ask.roles, "or"), 200), code(&ask.environment, 255))).collect();
        format!("- {}{evidence}: {}\n", text(&gate.question, 300), join(&asks, "and"))
    };
    let of = format!("the rollback of {}, plan {}", code(plan.bad.tag.as_str(), 255), code(id.short(), 12));
    match facts::gates_of(plan, stage).as_slice() {
        [] => format!("The policy asks for no approval before {what} ({of}).\n"),
        gates => format!("**Before {what}** ({of})\n\n{}", gates.iter().take(GATES).map(line).collect::<String>()),
    }
}

/// Returns the page of an incident that is closed: who closed and approved it, what was left and why, then the page as it
/// was.
pub fn closed_page(page: &str, by: Option<&str>, approvals: &[Approval], left: &[String], why: Option<&str>) -> String {
    let by = by.map(|by| format!(" by {}", code(by, 60))).unwrap_or_default();
    let mut people: Vec<String> = approvals.iter().filter_map(|approval| Some(approval.by.as_ref()?.to_string())).collect();
    people.sort_unstable();
    people.dedup();
    let approved = if people.is_empty() { String::new() } else { format!(" Approved by {}.", text(&join(&people, "and"), 150)) };
    let left = match why {
        Some(why) if !left.is_empty() => format!(" Left undone: {}, because {}.", left.len(), text(why, 150)),
        Some(_) | None => String::new(),
    };
    format!("{CLOSED_MARKER}\n**Closed{by}.**{approved}{left}\n\n{}", page.trim_start())
}
