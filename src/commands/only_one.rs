//! Two runs at once, or a list that lags behind our own writes, can open a second incident: GitHub has no way to open an
//! issue only where there is none. The oldest stays, and every run closes what came after it.

use crate::github::{Error, Issue, IssueWriter, Reader, Why};
use crate::plan::Plan;
use crate::report;

/// Returns the oldest incident of the plan's bad release.
pub(super) fn oldest<'i>(plan: &Plan, issues: &'i [Issue]) -> Option<&'i Issue> {
    let marker = report::incident_marker(plan);
    issues.iter().filter(|issue| issue.body.contains(&marker)).min_by_key(|issue| issue.number)
}

/// Returns the number of the incident that was opened for a plan; none where the token may not read issues.
pub(super) async fn opened(plan: &Plan, reader: &Reader) -> Result<Option<u64>, Error> {
    match reader.issues_labelled(report::incident_label(plan)).await {
        Ok(issues) => Ok(oldest(plan, &issues).map(|issue| issue.number)),
        Err(error) if matches!(error.why(), Some(Why::NotFound | Why::MissingPermission(_))) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Closes the later incidents among these issues, `kept` being one of them or just opened, and returns the one that stays.
pub(super) async fn only_one(plan: &Plan, kept: Issue, issues: &[Issue], writer: &IssueWriter) -> Result<Issue, Error> {
    let oldest = oldest(plan, issues).filter(|oldest| oldest.number < kept.number).unwrap_or(&kept).clone();
    let opened = std::iter::once(&kept).filter(|kept| issues.iter().all(|issue| issue.number != kept.number));
    for later in issues.iter().chain(opened).filter(|issue| is_later(plan, issue, &oldest)) {
        writer.close_as_duplicate(later.number, &report::duplicate_incident(oldest.number, &later.body)).await?;
    }
    Ok(oldest)
}

/// What people opened themselves, or opened again, is theirs.
fn is_later(plan: &Plan, issue: &Issue, oldest: &Issue) -> bool {
    let ours = issue.author.is_some() && issue.author == oldest.author && issue.body.contains(&report::incident_marker(plan));
    issue.number > oldest.number && issue.open && ours && !report::is_duplicate_incident(&issue.body)
}
