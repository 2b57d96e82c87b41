//! What is on record about the gates, as it was read.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::config::Policy;
use crate::domain::person::Login;
use crate::gather::Gather as _;
use crate::github::{Environment, Job, Review, ReviewState, ReviewerRule, Run, Thread};

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// GitHub's clock.
    pub now: DateTime<Utc>,
    /// The run.
    pub run: RunFacts,
    /// The policy as it stands on the default branch now, or why it could not be read.
    pub policy: Result<Policy, String>,
    /// The environments, or why they could not be read.
    pub environments: Result<Vec<Environment>, String>,
    /// The run's review history: all attempts, without time and attempt.
    pub reviews: Vec<Review>,
    /// The run's jobs, as they stand in its newest attempt, kept successes included.
    pub jobs: Vec<Job>,
    /// The run's jobs of all attempts.
    pub all_jobs: Vec<Job>,
    /// Whether the repository is private.
    pub private: bool,
    /// The incident, where comments answer the gates and there is one.
    pub answers: Option<Answers>,
}

/// What the incident holds, where comments answer the gates.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Its comments.
    pub thread: Thread,
    /// The run that asked, or why it could not be read.
    pub asked_in: Result<Run, String>,
    /// The numbers of the collaborators' accounts among those who commented; `None` for who is none, or why it could not
    /// be read.
    pub people: BTreeMap<Login, Result<Option<u64>, String>>,
}

/// What is known of the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// The ref the run is on, `refs/heads/main`.
    pub reference: String,
    /// What started it, such as `workflow_dispatch`.
    pub event: String,
    /// The branch GitHub has on record for it.
    pub branch: Option<String>,
    /// Who started it first; stays the same in later attempts.
    pub actor: Option<Login>,
    /// Who started the newest attempt.
    pub triggering_actor: Option<Login>,
}

/// One environment as it was found.
#[derive(Debug, Clone)]
pub enum Found<'e> {
    /// It could not be read.
    Unreadable(&'e str),
    /// It does not exist.
    Missing,
    /// It exists.
    There(&'e Environment),
}

impl<'e> Found<'e> {
    /// Looks an environment up by name, without case, as GitHub does.
    pub fn of(environments: Result<&'e [Environment], &'e str>, name: &str) -> Self {
        match environments {
            Err(why) => Self::Unreadable(why),
            Ok(all) => all.iter().find(|environment| environment.name.eq_ignore_ascii_case(name)).map_or(Self::Missing, Self::There),
        }
    }

    /// Returns its required reviewers, where it has any.
    pub fn reviewers(&self) -> Option<&ReviewerRule> {
        self.environment().and_then(|environment| environment.protection.reviewers.as_ref())
    }

    pub(super) fn environment(&self) -> Option<&'e Environment> {
        match self {
            Self::There(environment) => Some(environment),
            Self::Unreadable(_) | Self::Missing => None,
        }
    }
}

impl Evidence {
    /// Returns why what every gate rests on could not be read, where it could not.
    pub fn unread(&self) -> Option<&String> {
        self.environments.as_ref().err().or(self.policy.as_ref().err())
    }

    pub(super) fn environment(&self, name: &str) -> Found<'_> {
        Found::of(self.environments.as_deref().map_err(String::as_str), name)
    }

    pub(super) fn reviews_of(&self, name: &str, state: ReviewState) -> Vec<&Review> {
        let covers =
            |review: &&Review| review.state == state && review.environments.iter().any(|covered| covered.eq_ignore_ascii_case(name));
        self.reviews.iter().filter(covers).collect()
    }

    /// Returns how often the job of a gate came up to its environment, for whatever plan. A success that a later attempt
    /// carried over is one: GitHub lists it again with the time it started.
    pub(super) fn times_entered(&self, environment: &str) -> usize {
        let entered = |job: &&Job| is_gate_of(job, &format!("gate {environment} (plan ")) && job.conclusion.as_deref() != Some("skipped");
        self.all_jobs.iter().chain(&self.jobs).filter(entered).map(|job| (&job.name, job.started_at)).distinct().len()
    }
}

impl RunFacts {
    /// Returns whoever started the run or an attempt of it.
    pub(super) fn started_by(&self) -> impl Iterator<Item = &Login> {
        self.actor.iter().chain(&self.triggering_actor)
    }
}

/// Tells whether a job's name begins like this, with or without the calling job's name before it.
pub(super) fn is_gate_of(job: &Job, start: &str) -> bool {
    job.name.starts_with(start) || job.name.contains(&format!(" / {start}"))
}

/// Returns the name of the job that holds a gate for a plan. The workflow gives it; the decision looks for it.
pub fn gate_job_name(environment: &str, plan_id: &str) -> String {
    format!("gate {environment} (plan {plan_id})")
}
