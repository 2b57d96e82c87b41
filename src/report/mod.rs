//! Everything people read. Pure: facts in, text out. Text from outside is escaped here, where it is placed.

mod answers;
mod banner;
mod break_glass;
mod checklist;
mod commit_message;
pub mod escape;
mod facts;
#[cfg(test)]
mod hostile;
mod incident;
mod incident_gates;
mod incident_name;
mod job;
mod journal;
mod late_gates;
mod next;
mod parts;
mod pins;
mod plan_markdown;
mod plan_text;
mod previous;
mod problems;
mod pull_body;
mod release_notes;
mod reminder;
mod table;
mod terminal;
mod timeline;

pub use answers::{
    again_comment, again_line, answer_markdown, answered_line, asking_comment, kept_comment, plan_comment, refused_comment,
    rejected_comment,
};
pub use banner::{banner_fits, with_banner};
pub use break_glass::{broken_glass_in, task as break_glass_task};
pub use commit_message::{commit_message, second_message};
pub use incident::{IncidentView, Seen, duplicate_incident, incident_body, incident_title, is_duplicate_incident};
pub use incident_name::{IncidentOf, incident_label, incident_marker, incident_of, label_of};
pub use job::{gate_markdown, incident_markdown};
pub use journal::{journal_markdown, journal_text};
pub use late_gates::{CLOSED_MARKER, closed_page, gates_markdown, gates_text, missing_markdown, missing_text};
pub use plan_markdown::plan_markdown;
pub use plan_text::plan_text;
pub use previous::{broken_glass_on, open_tasks};
pub use problems::{inline, problems_markdown};
pub use pull_body::{pull_body, pull_marker};
pub use release_notes::{release_name, release_notes};
pub use reminder::{Reminder, reminder, reminder_line};
pub use terminal::terminal;

use crate::plan::Plan;
pub use crate::plan::plan_in;

/// Returns the page where a person can open the pull request.
pub fn compare_link(plan: &Plan) -> String {
    let (base, branch) = (facts::segment(plan.basis.default_branch.as_str()), facts::segment(plan.branch.as_str()));
    format!("{}/compare/{base}...{branch}?expand=1", plan.url)
}
