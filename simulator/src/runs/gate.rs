//! Jobs in front of environments: they wait, start, or fail at once.

use chrono::Duration;
use serde_json::json;

use super::{Conclusion, Job, JobStatus, Refused};
use crate::world::{Deployment, World};

/// A job that nobody reviews fails after this long.
const DAYS_TO_REVIEW: i64 = 30;

impl World {
    /// Adds a job to the latest attempt of a run, and starts it where its environment lets it.
    ///
    /// A job of the same name that is queued is taken instead, since a new attempt queues the jobs that run again. An
    /// environment that does not exist is made, open.
    ///
    /// # Errors
    /// When there is no such run, or it has ended.
    pub fn start_job(&mut self, run: u64, name: &str, environment: Option<&str>) -> Result<u64, Refused> {
        let queued = self.run(run)?.attempt().jobs.iter().find(|job| job.name == name && job.status != JobStatus::Completed);
        let id = match queued.map(|job| (job.id, job.status)) {
            Some((id, JobStatus::Queued)) => id,
            Some((id, JobStatus::Waiting | JobStatus::InProgress | JobStatus::Completed)) => {
                return Ok(id);
            }
            None => self.queue_job(run, name, environment)?,
        };
        let now = self.now();
        if let Some(job) = self.open_job(run, id)
            && job.status == JobStatus::Queued
        {
            job.status = JobStatus::InProgress;
            job.started_at = now;
        }
        Ok(id)
    }

    /// Adds a job to the latest attempt of a run; it waits where its environment is closed, and is queued elsewhere.
    pub(super) fn queue_job(&mut self, run: u64, name: &str, environment: Option<&str>) -> Result<u64, Refused> {
        if self.run(run)?.attempt().conclusion.is_some() {
            return Err(Refused::new(409, "the run has ended already"));
        }
        let (id, now) = (self.next_id(), self.now());
        let job = Job {
            id,
            name: name.to_owned(),
            environment: environment.map(str::to_owned),
            deployment: None,
            status: JobStatus::Queued,
            conclusion: None,
            created_at: now,
            started_at: now,
            completed_at: None,
        };
        let run_now = self.run_mut(run)?;
        run_now.updated_at = now;
        run_now.attempt_mut().jobs.push(job);
        if let Some(environment) = environment {
            self.face_environment(run, id, environment)?;
        }
        Ok(id)
    }

    fn face_environment(&mut self, run: u64, job: u64, name: &str) -> Result<(), Refused> {
        self.ensure_environment(name);
        let (reference, sha, actor) = {
            let run = self.run(run)?;
            (run.reference.clone(), run.sha.clone(), run.actor.clone())
        };
        let environment = self.environments.get(name).ok_or_else(Refused::not_found)?;
        // Which refs may deploy: https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments.
        if !self.may_deploy(environment, &reference) {
            return self.end_job(run, job, Conclusion::Failure);
        }
        let closed = !environment.reviewers.is_empty() || environment.wait_timer > 0 || !environment.custom_rules.is_empty();
        let called = environment.name.clone();
        let deployment = self.begin_deployment(&sha, &reference, &called, &actor);
        if let Some(job) = self.open_job(run, job) {
            job.deployment = Some(deployment);
            if closed {
                job.status = JobStatus::Waiting;
            }
        }
        self.note_deployment(deployment, if closed { "pending" } else { "in_progress" });
        Ok(())
    }

    /// Lets a waiting job go.
    pub(super) fn release(&mut self, run: u64, job: u64) {
        let now = self.now();
        let Some(job) = self.open_job(run, job) else {
            return;
        };
        job.status = JobStatus::InProgress;
        job.started_at = now;
        if let Some(deployment) = job.deployment {
            self.note_deployment(deployment, "in_progress");
        }
    }

    pub(super) fn settle_gates(&mut self, run: u64) {
        let now = self.now();
        for (job, name, since) in self.waiting_jobs(run) {
            let Some(environment) = self.environments.get(&name) else {
                // Somebody deleted the environment while the job waited: nothing is left to wait for.
                self.release(run, job);
                continue;
            };
            let wait_is_over = since + Duration::minutes(i64::try_from(environment.wait_timer).unwrap_or(i64::MAX)) <= now;
            let reviewed = environment.reviewers.is_empty() || self.is_reviewed(run, job);
            if reviewed && wait_is_over && self.is_ruled(run, job, &name) {
                self.release(run, job);
            } else if now - since > Duration::days(DAYS_TO_REVIEW) {
                // The run exists, since its waiting jobs were just listed.
                let _ = self.end_job(run, job, Conclusion::Failure);
            }
        }
    }

    /// Returns the jobs that wait, with their environment and since when.
    pub(super) fn waiting_jobs(&self, run: u64) -> Vec<(u64, String, chrono::DateTime<chrono::Utc>)> {
        let jobs = self.run(run).map(|run| run.attempt().jobs.as_slice()).unwrap_or_default();
        jobs.iter()
            .filter(|job| job.status == JobStatus::Waiting)
            .filter_map(|job| Some((job.id, job.environment.clone()?, job.created_at)))
            .collect()
    }

    pub(super) fn open_job(&mut self, run: u64, job: u64) -> Option<&mut Job> {
        let jobs = &mut self.runs.runs.get_mut(&run)?.attempt_mut().jobs;
        jobs.iter_mut().find(|found| found.id == job && found.status != JobStatus::Completed)
    }

    fn begin_deployment(&mut self, sha: &str, reference: &str, environment: &str, creator: &str) -> u64 {
        let (id, now) = (self.next_id(), self.now());
        let short = reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/tags/"));
        let deployment = Deployment {
            id,
            sha: sha.to_owned(),
            ref_name: short.unwrap_or(reference).to_owned(),
            task: "deploy".to_owned(),
            environment: environment.to_owned(),
            description: None,
            payload: json!({}),
            creator: creator.to_owned(),
            created_at: now,
            statuses: Vec::new(),
        };
        self.deployments.insert(id, deployment);
        id
    }

    pub(super) fn note_deployment(&mut self, deployment: u64, state: &str) {
        let (id, now) = (self.next_id(), self.now());
        if let Some(deployment) = self.deployments.get_mut(&deployment) {
            deployment.statuses.push((id, state.to_owned(), String::new(), now));
        }
    }
}
