//! Everything people read. Pure: facts in, text out. Text from outside is escaped here, where it is placed.

use chrono::{DateTime, Utc};

use crate::gate::ApprovedPlan;
use crate::journal::Journal;
use crate::plan::{BANNER_END, BANNER_START, Plan};

/// Returns the rollback commit's message.
pub fn commit_message(approved: &ApprovedPlan) -> String {
    let plan = approved.plan();
    format!("Roll back {} to the content of {}, as {}\n\nRollback-Plan: {}\n", plan.bad.tag, plan.good.reference, plan.version, plan.id())
}

/// Returns the pull request's description.
pub fn pull_body(approved: &ApprovedPlan, _came_between: &[String], _rebuilt: Option<&str>) -> String {
    format!("plan {}\n", approved.plan().id())
}

/// Returns release notes with the warning banner at the top, in place of an earlier one.
pub fn with_banner(body: &str, plan: &Plan) -> String {
    format!("{BANNER_START}\n> [!CAUTION]\n> {} was rolled back\n{BANNER_END}\n\n{body}", plan.bad.tag)
}

/// Returns the page where a person can open the pull request.
pub fn compare_link(plan: &Plan) -> String {
    format!("{}/compare/{}...{}?expand=1", plan.url, plan.basis.default_branch, plan.branch)
}

/// Returns the title of the rollback's release.
pub fn release_name(plan: &Plan) -> String {
    format!("{} (rollback of {})", plan.tag, plan.bad.tag)
}

/// Returns the notes of the rollback's release.
pub fn release_notes(plan: &Plan) -> String {
    format!("content of {}\n", plan.good.reference)
}

/// Returns the plan on one screen of a terminal.
pub fn plan_text(plan: &Plan, _now: DateTime<Utc>) -> String {
    format!("Rollback of {} to the content of {}, as {}\n", plan.bad.tag, plan.good.reference, plan.version)
}

/// Returns the plan for the job summary.
pub fn plan_markdown(plan: &Plan, now: DateTime<Utc>) -> String {
    plan_text(plan, now)
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

/// Reads the plan document out of a pull request's description.
pub fn plan_in(body: &str) -> Option<String> {
    (!body.is_empty()).then(|| body.to_owned())
}
