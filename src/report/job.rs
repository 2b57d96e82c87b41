//! What a job says in its summary beside its own result: the rollback it belongs to, and what comes next.

use chrono::{DateTime, Utc};

use super::escape::{cell, code, link, text};
use super::table::{document, folded};
use super::{facts, parts, timeline};
use crate::plan::Plan;

/// The rollback in a table: why, how much time is left, what is in it, which number it gets.
pub(super) fn facts_table(plan: &Plan, now: DateTime<Utc>) -> String {
    let mut rows = vec![("why", cell(&facts::why(plan), 1000))];
    if let Some((number, page)) = facts::incident(plan) {
        rows.push(("incident", link(&format!("#{number}"), &page)));
    }
    rows.extend([
        ("window", cell(&facts::window(plan, now), 400)),
        ("content", cell(&facts::content(plan), 1000)),
        ("removes", cell(&facts::removes(plan), 200)),
        ("stays", facts::stays(plan).iter().take(20).map(|line| cell(line, 400)).collect::<Vec<_>>().join("<br>")),
        ("version", format!("{}: {}", cell(&facts::new_names(plan), 300), cell(&plan.version_why, 400))),
    ]);
    super::table::facts(&rows)
}

/// The gates of a plan, folded.
pub(super) fn gates(plan: &Plan) -> String {
    folded(&format!("Gates: {}", facts::gates(plan)), &parts::gates(plan))
}

/// Returns the summary of a gate's job.
pub fn gate_markdown(plan: &Plan, question: &str, environment: &str, who: &str, now: DateTime<Utc>) -> String {
    document(&[
        format!("## {}", text(question, 300)),
        format!("Approved by {} in {} for plan {}.", text(who, 300), code(environment, 255), code(plan.id().short(), 64)),
        "**Next:** when every gate of the plan is passed, the job `execute` carries it out.".to_owned(),
        facts_table(plan, now),
        timeline::timeline(plan, now),
        gates(plan),
    ])
}

/// Returns the summary of a job that opened or refreshed the incident.
pub fn incident_markdown(plan: &Plan, number: u64, page: &str, now: DateTime<Utc>) -> String {
    document(&[
        format!("## Incident {}", link(&format!("#{number}"), page)),
        "**Next:** the incident has the whole checklist, who is waited for, and what is left to people.".to_owned(),
        facts_table(plan, now),
        timeline::timeline(plan, now),
        gates(plan),
    ])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::hostile::{self, check_markdown, hostile_plan, some_cases};
    use super::*;
    use crate::plan::example::{example_plan, hours_after_release};

    #[test]
    fn every_job_says_why_until_when_what_next_and_which_gates() {
        let (plan, now) = (example_plan(), hours_after_release(14));
        let page = "https://github.example/acme/entity-core/issues/87";
        let gate = gate_markdown(&plan, "Team assembled", "rollback-team", "lead-login", now);
        let incident = incident_markdown(&plan, 87, page, now);
        for said in [&gate, &incident] {
            for words in [
                "14 % of users",
                "14 h 20 min after release",
                "0.0.13",
                "```mermaid",
                "**Next:**",
                page,
                "rollback-team-assembled",
                "technical-lead",
            ] {
                assert!(said.contains(words), "`{words}` is missing:\n{said}");
            }
        }
        assert!(gate.starts_with("## Team assembled\n") && gate.contains("Approved by lead-login in `rollback-team` for plan"), "{gate}");
        assert!(incident.starts_with("## Incident [#87]"), "{incident}");
    }

    proptest! {
        #![proptest_config(some_cases())]
        #[test]
        fn no_text_leaves_its_place(plan in hostile_plan(), said in hostile::text()) {
            check_markdown(&gate_markdown(&plan, &said, &said, &said, hours_after_release(13)))?;
            check_markdown(&incident_markdown(&plan, 7, "https://github.example/acme/entity-core/issues/7", hours_after_release(13)))?;
        }
    }
}
