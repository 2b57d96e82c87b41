//! How an incident is found again: its label, and the hidden line that names the bad release.

use super::escape::in_comment;
use crate::domain::git::Tag;
use crate::plan::Plan;

/// The label by which incidents are found, where the policy names none.
const LABEL: &str = "rollback";
const MARKER: &str = "<!-- rollback-action:incident:";

/// Returns the hidden line by which the incident of a bad release is found.
pub fn incident_marker(plan: &Plan) -> String {
    format!("{MARKER}{} -->", in_comment(plan.bad.tag.as_str()))
}

/// What an incident's page says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentOf {
    /// The bad release's tag.
    pub bad: Tag,
    /// The run it names.
    pub run: Option<u64>,
}

/// Returns which rollback a page is the incident of.
pub fn incident_of(body: &str) -> Option<IncidentOf> {
    let (_, rest) = body.rsplit_once(MARKER)?;
    let tag = percent_encoding::percent_decode_str(rest.split_once(" -->")?.0).decode_utf8().ok()?;
    let run = body.rsplit_once("/actions/runs/").and_then(|(_, rest)| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
    Some(IncidentOf { bad: tag.parse().ok()?, run })
}

/// Returns the label by which the incident is found.
pub fn incident_label(plan: &Plan) -> &str {
    label_of(&plan.labels)
}

/// Returns the one of a policy's labels by which incidents are found.
pub fn label_of(labels: &[String]) -> &str {
    labels.first().map_or(LABEL, String::as_str)
}
