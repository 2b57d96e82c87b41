//! Reviews of waiting jobs.

use super::{Conclusion, Refused};
use crate::world::{Role, World};

/// One entry of a run's review history. GitHub keeps neither its time nor its attempt:
/// <https://docs.github.com/rest/actions/workflow-runs#get-the-review-history-for-a-workflow-run>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Ids of the environments it covers.
    pub environments: Vec<u64>,
    /// What was decided.
    pub verdict: Verdict,
    /// Who decided.
    pub login: String,
    /// What they said.
    pub comment: String,
    /// The jobs it let go or stopped; GitHub does not show them.
    pub jobs: Vec<u64>,
}

/// What a reviewer decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The jobs may go.
    Approved,
    /// The jobs fail.
    Rejected,
}

impl Verdict {
    /// Returns GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

impl World {
    /// Approves the jobs of a run that wait for an environment.
    ///
    /// # Errors
    /// When nothing waits there, or this person may not approve.
    pub fn approve(
        &mut self,
        run: u64,
        environment: &str,
        login: &str,
        comment: &str,
    ) -> Result<(), Refused> {
        let id = self
            .environments
            .get(environment)
            .ok_or_else(Refused::not_found)?
            .id;
        self.review(run, &[id], login, Verdict::Approved, comment)
            .map(|_| ())
    }

    /// Rejects the jobs of a run that wait for an environment.
    ///
    /// # Errors
    /// When nothing waits there, or this person may not decide.
    pub fn reject(
        &mut self,
        run: u64,
        environment: &str,
        login: &str,
        comment: &str,
    ) -> Result<(), Refused> {
        let id = self
            .environments
            .get(environment)
            .ok_or_else(Refused::not_found)?
            .id;
        self.review(run, &[id], login, Verdict::Rejected, comment)
            .map(|_| ())
    }

    /// Decides on all jobs of a run that wait for these environments, and returns their deployments.
    ///
    /// One review is enough for an environment, however many reviewers it has.
    ///
    /// # Errors
    /// When nothing waits for one of them, or this person may not decide.
    pub fn review(
        &mut self,
        run: u64,
        environments: &[u64],
        login: &str,
        verdict: Verdict,
        comment: &str,
    ) -> Result<Vec<u64>, Refused> {
        self.settle();
        self.run(run)?;
        let mut jobs = Vec::new();
        for id in environments {
            let waiting = self.jobs_before(run, *id);
            if waiting.is_empty() {
                return Err(Refused::new(
                    422,
                    "There are no pending deployment requests to approve or reject",
                ));
            }
            if !self.can_review(run, *id, login) {
                return Err(Refused::new(
                    422,
                    format!("`{login}` cannot approve or reject this deployment"),
                ));
            }
            jobs.extend(waiting);
        }
        let deployments = self.deployments_of(run, &jobs);
        let approval = Approval {
            environments: environments.to_vec(),
            verdict,
            login: login.to_owned(),
            comment: comment.to_owned(),
            jobs: jobs.clone(),
        };
        self.run_mut(run)?.approvals.push(approval);
        match verdict {
            // Those with a wait timer wait on.
            Verdict::Approved => self.settle_gates(run),
            Verdict::Rejected => {
                for job in jobs {
                    self.end_job(run, job, Conclusion::Failure)?;
                }
            }
        }
        Ok(deployments)
    }

    /// Starts the jobs that wait for an environment without a review, as an administrator can on the web page.
    ///
    /// # Errors
    /// When nothing waits there, this person is no administrator, or the environment does not allow it.
    pub fn bypass(&mut self, run: u64, environment: &str, login: &str) -> Result<(), Refused> {
        self.settle();
        let found = self
            .environments
            .get(environment)
            .ok_or_else(Refused::not_found)?;
        let (id, allowed) = (found.id, found.can_admins_bypass);
        if self.role(login) != Role::Admin || !allowed {
            return Err(Refused::new(
                403,
                format!("`{login}` cannot bypass the rules of `{environment}`"),
            ));
        }
        let jobs = self.jobs_before(run, id);
        if jobs.is_empty() {
            return Err(Refused::new(
                422,
                "There are no pending deployment requests to approve or reject",
            ));
        }
        if self.runs.behaviour.bypass_leaves_review {
            let approval = Approval {
                environments: vec![id],
                verdict: Verdict::Approved,
                login: login.to_owned(),
                comment: String::new(),
                jobs: jobs.clone(),
            };
            self.run_mut(run)?.approvals.push(approval);
        }
        for job in jobs {
            self.release(run, job);
        }
        Ok(())
    }

    /// Tells whether a person may decide on an environment for a run. Being an administrator does not make a reviewer.
    pub(crate) fn can_review(&self, run: u64, environment: u64, login: &str) -> bool {
        let (Ok(run), Some(environment)) = (self.run(run), self.environments.by_id(environment))
        else {
            return false;
        };
        let started = run.actor == login || run.attempt().triggering_actor == login;
        self.is_reviewer(environment, login) && !(environment.prevent_self_review && started)
    }

    /// Tells whether a waiting job has its review and waits for time to pass.
    pub(super) fn is_reviewed(&self, run: u64, job: u64) -> bool {
        self.run(run).is_ok_and(|run| {
            run.approvals.iter().any(|approval| {
                approval.verdict == Verdict::Approved && approval.jobs.contains(&job)
            })
        })
    }

    /// Returns the jobs of a run that wait for an environment and still want a review.
    pub(super) fn jobs_before(&self, run: u64, environment: u64) -> Vec<u64> {
        let Some(environment) = self.environments.by_id(environment) else {
            return Vec::new();
        };
        let waiting = self.waiting_jobs(run).into_iter();
        waiting
            .filter(|(job, name, _)| {
                name.eq_ignore_ascii_case(&environment.name) && !self.is_reviewed(run, *job)
            })
            .map(|(job, ..)| job)
            .collect()
    }

    fn deployments_of(&self, run: u64, jobs: &[u64]) -> Vec<u64> {
        let all = self
            .run(run)
            .map(|run| run.attempt().jobs.as_slice())
            .unwrap_or_default();
        all.iter()
            .filter(|job| jobs.contains(&job.id))
            .filter_map(|job| job.deployment)
            .collect()
    }
}
