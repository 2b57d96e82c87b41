//! Everything people read. Pure: facts in, text out. Text from outside is escaped here, where it is placed.

mod banner;
mod break_glass;
mod commit_message;
mod embedded;
pub mod escape;
mod facts;
#[cfg(test)]
mod hostile;
mod parts;
mod plan_markdown;
mod plan_text;
mod pull_body;
mod table;
mod terminal;
mod timeline;

pub use banner::{banner_fits, with_banner};
pub use break_glass::{alert as break_glass_alert, task as break_glass_task};
pub use commit_message::commit_message;
pub use embedded::plan_in;
pub use plan_markdown::plan_markdown;
pub use plan_text::plan_text;
pub use pull_body::{pull_body, pull_marker};
pub use terminal::terminal;

use chrono::{DateTime, Utc};

use crate::journal::Journal;
use crate::plan::Plan;

/// Returns the page where a person can open the pull request.
pub fn compare_link(plan: &Plan) -> String {
    let (base, branch) = (facts::segment(plan.basis.default_branch.as_str()), facts::segment(plan.branch.as_str()));
    format!("{}/compare/{base}...{branch}?expand=1", plan.url)
}

/// Returns the title of the rollback's release.
pub fn release_name(plan: &Plan) -> String {
    format!("{} (rollback of {})", plan.tag, plan.bad.tag)
}

/// Returns the notes of the rollback's release.
pub fn release_notes(plan: &Plan) -> String {
    format!("content of {}\n", plan.good.reference)
}

/// Returns the journal for a terminal.
pub fn journal_text(plan: &Plan, journal: &Journal) -> String {
    format!("{} {}\n", plan.bad.tag, journal.stage)
}

/// Returns the journal for the job summary.
pub fn journal_markdown(plan: &Plan, journal: &Journal, _now: DateTime<Utc>) -> String {
    journal_text(plan, journal)
}

/// Returns outside text as Markdown that is only text.
pub fn inline(text: &str) -> String {
    text.to_owned()
}

/// Returns problems for the job summary.
pub fn problems_markdown<'p>(problems: impl Iterator<Item = (&'p str, Option<&'p str>)>) -> String {
    problems.map(|(error, hint)| format!("- **{error}** {}\n", hint.unwrap_or_default())).collect()
}

/// Returns what a gate's job says in its summary.
pub fn gate_markdown(question: &str, environment: &str, who: &str, plan: &str) -> String {
    format!("{question}: {environment} approved by {who} for plan {plan}\n")
}
