//! What is on record about the gates, as it was read.

use chrono::{DateTime, Utc};

use crate::github::{Environment, Job, Review, ReviewState, ReviewerRule};

/// Everything a decision rests on.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// GitHub's clock.
    pub now: DateTime<Utc>,
    /// The ref the run is on, `refs/heads/main`.
    pub run_ref: String,
    /// The environments, or why they could not be read.
    pub environments: Result<Vec<Environment>, String>,
    /// The run's review history.
    pub reviews: Vec<Review>,
    /// The run's jobs, as they stand in its newest attempt.
    pub jobs: Vec<Job>,
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
        match self {
            Self::There(environment) => environment.protection.reviewers.as_ref(),
            Self::Unreadable(_) | Self::Missing => None,
        }
    }
}

impl Evidence {
    pub(super) fn environment(&self, name: &str) -> Found<'_> {
        Found::of(self.environments.as_deref().map_err(String::as_str), name)
    }

    pub(super) fn reviews_of(&self, name: &str, state: ReviewState) -> Vec<&Review> {
        let covers =
            |review: &&Review| review.state == state && review.environments.iter().any(|covered| covered.eq_ignore_ascii_case(name));
        self.reviews.iter().filter(covers).collect()
    }
}

/// Returns the name of the job that holds a gate for a plan. The workflow gives it; the decision looks for it.
pub fn gate_job_name(environment: &str, plan_id: &str) -> String {
    format!("gate {environment} (plan {plan_id})")
}
