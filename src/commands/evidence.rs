//! Reads what a gate decision rests on, in one round trip, and a second where a run was run again.

use futures_util::future::join5;

use super::execute::RunOfWorkflow;
use crate::config::{self, Policy};
use crate::domain::gate::Stage;
use crate::gate::{Evidence, RunFacts};
use crate::github::{Ask, Error, Object, Reader, read_environments};
use crate::observe::POLICY_PATH;
use crate::plan::Plan;

/// Reads the evidence of a stage's gates.
pub(super) async fn evidence(reader: &Reader, plan: &Plan, stage: Stage, run: &RunOfWorkflow) -> Result<Evidence, Error> {
    evidence_of(reader, &plan.environments(stage), run).await
}

/// Reads the evidence of some environments.
pub(super) async fn evidence_of(reader: &Reader, names: &[&str], run: &RunOfWorkflow) -> Result<Evidence, Error> {
    let read = join5(read_environments(reader, names), reader.reviews(run.id), reader.jobs(run.id), reader.run(run.id), policy(reader));
    let (environments, reviews, jobs, facts, (now, policy)) = read.await;
    let (reviews, jobs, facts) = (reviews?, jobs?, facts?);
    let all_jobs = match facts.attempt {
        0 | 1 => jobs.clone(),
        _ => reader.jobs_of_all_attempts(run.id).await?,
    };
    Ok(Evidence {
        now: now.unwrap_or_else(chrono::Utc::now),
        run: RunFacts {
            reference: run.reference.clone(),
            event: facts.event,
            branch: facts.branch,
            actor: facts.actor,
            triggering_actor: facts.triggering_actor,
        },
        policy,
        environments: environments.map_err(|error| error.with_hint()),
        reviews,
        jobs,
        all_jobs,
    })
}

/// Reads the policy as it stands on the default branch now, and GitHub's clock.
pub(super) async fn policy(reader: &Reader) -> (Option<chrono::DateTime<chrono::Utc>>, Result<Policy, String>) {
    match reader.objects(&[Ask::Blob(format!("HEAD:{POLICY_PATH}"))]).await {
        Err(error) => (None, Err(error.with_hint())),
        Ok((facts, mut objects)) => {
            let policy = match objects.pop() {
                Some(Object::Blob { text: Some(text), .. }) => config::parse(&text, POLICY_PATH).map_err(|problems| problems.to_string()),
                Some(_) | None => Err(format!("`{POLICY_PATH}` is not on the default branch any more")),
            };
            (facts.now, policy)
        }
    }
}
