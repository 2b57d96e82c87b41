//! The life of a run: it starts, its jobs end, it ends, it runs again.

use chrono::Duration;
use serde_json::Value;

use super::{Attempt, Conclusion, Job, JobStatus, Refused, Run};
use crate::world::World;

/// A run can be run again for this long: <https://docs.github.com/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs>.
const DAYS_TO_RERUN: i64 = 30;
const MOST_RERUNS: usize = 50;

/// Which jobs run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rerun {
    /// All of them.
    All,
    /// Those that did not succeed; the success of the others is carried over, that of gates too.
    Failed,
}

impl World {
    /// Starts a run of a workflow, named by its file or its name, on a branch or tag, as `workflow_dispatch` does.
    ///
    /// # Errors
    /// When there is no such workflow or ref.
    pub fn start_run(&mut self, workflow: &str, reference: &str, actor: &str, inputs: Value) -> Result<u64, Refused> {
        self.start_run_of(workflow, "workflow_dispatch", reference, actor, inputs)
    }

    /// Starts a run by any event.
    ///
    /// # Errors
    /// When there is no such workflow or ref.
    pub fn start_run_of(&mut self, workflow: &str, event: &str, reference: &str, actor: &str, inputs: Value) -> Result<u64, Refused> {
        let workflow = self.workflow(workflow).ok_or_else(Refused::not_found)?;
        let reference = self.full_ref(reference).ok_or_else(|| Refused::new(422, format!("No ref found for: {reference}")))?;
        let commit = self.git.reference(&reference).and_then(|oid| self.git.peel(oid));
        let sha = commit.ok_or_else(|| Refused::new(422, format!("No ref found for: {reference}")))?;
        let (id, now) = (self.next_id(), self.now());
        let number = self.runs.runs.values().filter(|run| run.workflow == workflow.path).count() as u64 + 1;
        let first = Attempt { number: 1, triggering_actor: actor.to_owned(), started_at: now, conclusion: None, jobs: Vec::new() };
        let run = Run {
            id,
            number,
            workflow: workflow.path,
            name: workflow.name,
            event: event.to_owned(),
            reference,
            head: None,
            sha,
            actor: actor.to_owned(),
            inputs,
            created_at: now,
            updated_at: now,
            attempts: vec![first],
            approvals: Vec::new(),
            rulings: Vec::new(),
        };
        self.runs.runs.insert(id, run);
        Ok(id)
    }

    /// Starts a run by the merge of a pull request: it runs on the branch that was merged into.
    ///
    /// # Errors
    /// When there is no such workflow or pull request.
    pub fn start_run_of_merge(&mut self, workflow: &str, pull: u64, actor: &str) -> Result<u64, Refused> {
        let found = self.pulls.get(&pull).ok_or_else(Refused::not_found)?;
        let (head, base) = (found.head.clone(), found.base.clone());
        let id = self.start_run_of(workflow, "pull_request", &base, actor, Value::Null)?;
        if let Some(run) = self.runs.runs.get_mut(&id) {
            run.head = Some(head);
        }
        Ok(id)
    }

    /// Ends a job, in whatever attempt it is.
    ///
    /// # Errors
    /// When there is no such job, or it has ended, or it still waits for a review.
    pub fn finish_job(&mut self, job: u64, conclusion: Conclusion) -> Result<(), Refused> {
        let (run, _, found) = self.job(job)?;
        let run = run.id;
        match found.status {
            JobStatus::Completed => return Err(Refused::new(409, "the job has ended already")),
            JobStatus::Waiting => {
                return Err(Refused::new(409, "the job still waits for its environment"));
            }
            JobStatus::Queued | JobStatus::InProgress => {}
        }
        self.end_job(run, job, conclusion)
    }

    /// Ends a job without asking where it is, and with it those that fall with it.
    pub(super) fn end_job(&mut self, run: u64, job: u64, conclusion: Conclusion) -> Result<(), Refused> {
        let now = self.now();
        let fail_fast = self.runs.behaviour.fail_fast && conclusion == Conclusion::Failure;
        let run = self.run_mut(run)?;
        run.updated_at = now;
        let mut deployments = Vec::new();
        for attempt in &mut run.attempts {
            if !attempt.jobs.iter().any(|found| found.id == job) {
                continue;
            }
            for found in &mut attempt.jobs {
                let open = found.status != JobStatus::Completed;
                if open && (found.id == job || fail_fast) {
                    let conclusion = if found.id == job { conclusion } else { Conclusion::Cancelled };
                    found.status = JobStatus::Completed;
                    found.conclusion = Some(conclusion);
                    found.completed_at = Some(now);
                    deployments.extend(found.deployment.map(|id| (id, conclusion)));
                }
            }
        }
        for (deployment, conclusion) in deployments {
            let state = if conclusion == Conclusion::Success { "success" } else { "failure" };
            self.note_deployment(deployment, state);
        }
        Ok(())
    }

    /// Ends the latest attempt of a run: jobs still open are cancelled, and the worst of its jobs gives its conclusion.
    ///
    /// # Errors
    /// When there is no such run, or it has ended.
    pub fn finish_run(&mut self, run: u64) -> Result<Conclusion, Refused> {
        self.settle();
        let found = self.run(run)?;
        if found.attempt().conclusion.is_some() {
            return Err(Refused::new(409, "the run has ended already"));
        }
        let open: Vec<u64> = found.attempt().jobs.iter().filter(|job| job.status != JobStatus::Completed).map(|job| job.id).collect();
        for job in open {
            self.end_job(run, job, Conclusion::Cancelled)?;
        }
        let now = self.now();
        let run = self.run_mut(run)?;
        let conclusion = verdict(&run.attempt().jobs);
        run.attempt_mut().conclusion = Some(conclusion);
        run.updated_at = now;
        Ok(conclusion)
    }

    /// Stops a run.
    ///
    /// # Errors
    /// When there is no such run, or it has ended.
    pub fn cancel_run(&mut self, run: u64) -> Result<(), Refused> {
        if self.run(run)?.attempt().conclusion.is_some() {
            return Err(Refused::new(409, "Cannot cancel a workflow run that is completed."));
        }
        self.finish_run(run)?;
        self.run_mut(run)?.attempt_mut().conclusion = Some(Conclusion::Cancelled);
        Ok(())
    }

    /// Runs a run again, as a new attempt on the same commit with the privileges of whoever started it first.
    ///
    /// # Errors
    /// When there is no such run, it has not ended, or it is too old or was run again too often.
    pub fn rerun(&mut self, run: u64, which: Rerun, actor: &str) -> Result<u64, Refused> {
        self.settle();
        let now = self.now();
        let found = self.run(run)?;
        if found.attempt().conclusion.is_none() {
            return Err(Refused::new(403, "This workflow is already running"));
        }
        if now - found.created_at > Duration::days(DAYS_TO_RERUN) {
            return Err(Refused::new(403, "Unable to retry this workflow run because it was created over a month ago"));
        }
        if found.attempts.len() > MOST_RERUNS {
            return Err(Refused::new(403, "Unable to retry this workflow run because it was retried too often"));
        }
        if which == Rerun::Failed && found.attempt().conclusion == Some(Conclusion::Success) {
            return Err(Refused::new(403, "This workflow run cannot be retried: it has no failed jobs"));
        }
        let before = found.attempt().jobs.clone();
        let number = found.attempts.len() as u64 + 1;
        let next = Attempt { number, triggering_actor: actor.to_owned(), started_at: now, conclusion: None, jobs: Vec::new() };
        let run_id = run;
        let run = self.run_mut(run_id)?;
        run.attempts.push(next);
        run.updated_at = now;
        for job in before {
            let carried = which == Rerun::Failed && job.conclusion == Some(Conclusion::Success);
            if carried {
                let id = self.next_id();
                self.run_mut(run_id)?.attempt_mut().jobs.push(Job { id, ..job });
            } else {
                self.queue_job(run_id, &job.name, job.environment.as_deref())?;
            }
        }
        Ok(number)
    }

    /// Fails jobs that waited too long, and releases those whose wait is over.
    pub(crate) fn settle(&mut self) {
        let runs: Vec<u64> = self.runs.runs.iter().filter(|(_, run)| run.attempt().conclusion.is_none()).map(|(id, _)| *id).collect();
        for run in runs {
            self.settle_gates(run);
        }
    }
}

fn verdict(jobs: &[Job]) -> Conclusion {
    let any = |conclusion: Conclusion| jobs.iter().any(|job| job.conclusion == Some(conclusion));
    if any(Conclusion::Failure) || any(Conclusion::TimedOut) {
        Conclusion::Failure
    } else if any(Conclusion::Cancelled) {
        Conclusion::Cancelled
    } else {
        Conclusion::Success
    }
}
