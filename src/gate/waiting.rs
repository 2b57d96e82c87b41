//! Who is being waited for, since when, and when it is time to say so again.

use chrono::{DateTime, TimeDelta, Utc};

use super::evidence::is_gate_of;
use super::{Evidence, comments};
use crate::domain::gate::{Ask, Gate, Holder, Stage};
use crate::github::Job;
use crate::plan::Plan;

/// One approval that is missing and can be given now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its name: the environment's, or the one that a comment names.
    pub name: String,
    /// The environment of the approval in the plan.
    pub environment: String,
    /// What waits for it.
    pub stage: Stage,
    /// The gate's question.
    pub question: String,
    /// Roles any one of whose people may answer.
    pub roles: Vec<String>,
    /// Since when; `None` where GitHub does not say.
    pub since: Option<DateTime<Utc>>,
}

/// Returns the approvals of a stage that are waited for: jobs that wait for their reviewer, or comments not yet written.
pub fn waiting(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Waiting> {
    match plan.rules.by {
        Holder::Environments => {
            let gates = plan.gates.iter().filter(|gate| gate.stage == stage);
            let found = waiting_jobs(gates, &evidence.jobs).into_iter();
            found.filter(|(id, _)| id == plan.id().short()).map(|(_, waiting)| waiting).collect()
        }
        Holder::Comments => comments::waiting(plan, stage, evidence),
    }
}

/// Returns the approvals that the jobs of a run wait for, each with the id of the plan its job names.
pub fn waiting_jobs<'g>(gates: impl IntoIterator<Item = &'g Gate>, jobs: &[Job]) -> Vec<(String, Waiting)> {
    let mut found = Vec::new();
    for (gate, ask) in gates.into_iter().flat_map(Gate::asks) {
        let start = format!("gate {} (plan ", ask.environment);
        let waits = jobs.iter().find(|job| job.status == "waiting" && is_gate_of(job, &start));
        let id = |job: &Job| job.name.rsplit_once("(plan ").map(|(_, id)| id.trim_end_matches(')').to_owned());
        found.extend(waits.and_then(|job| Some((id(job)?, of(gate, ask, &ask.environment, job.started_at)))));
    }
    found
}

pub(super) fn of(gate: &Gate, ask: &Ask, name: &str, since: Option<DateTime<Utc>>) -> Waiting {
    Waiting {
        name: name.to_owned(),
        environment: ask.environment.clone(),
        stage: gate.stage,
        question: gate.question.clone(),
        roles: ask.roles.clone(),
        since,
    }
}

/// Returns how often people should have been reminded by now: once for each time that has passed, and no more than once
/// for themselves and once for each who decides after them.
pub fn reminders_due(waiting: &[Waiting], now: DateTime<Utc>, after_hours: u32, authority: usize) -> usize {
    let Some(since) = waiting.iter().filter_map(|waiting| waiting.since).min() else { return 0 };
    let times = (now - since).max(TimeDelta::zero()).num_minutes() / (i64::from(after_hours.max(1)) * 60);
    usize::try_from(times).unwrap_or(0).min(1 + authority)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_reminded_once_each_time_and_not_for_ever() {
        let now = DateTime::from_timestamp(1_718_000_000, 0).unwrap();
        let waiting = |minutes: i64| Waiting {
            name: "a".into(),
            environment: "a".into(),
            stage: Stage::Execute,
            question: "A".into(),
            roles: Vec::new(),
            since: Some(now - TimeDelta::minutes(minutes)),
        };
        let due = |minutes: i64| reminders_due(&[waiting(minutes), waiting(-60)], now, 2, 2);
        assert_eq!([-5, 0, 119, 120, 239, 240, 360, 480, 100_000].map(due), [0, 0, 0, 1, 1, 2, 3, 3, 3]);
        assert_eq!(reminders_due(&[], now, 2, 2), 0);
        assert_eq!(reminders_due(&[Waiting { since: None, ..waiting(0) }], now, 2, 2), 0);
    }
}
