//! Workflow runs: their attempts, jobs and reviews.
//!
//! Nothing runs by itself. Who plays the runner starts and finishes jobs; a job in front of a closed environment waits
//! until its review, as on GitHub.

mod attempt;
mod gate;
mod review;
mod routes;
mod ruling;
mod view;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::reply::Reply;
use crate::workflows::WorkflowState;
use crate::world::World;

pub use attempt::Rerun;
pub use review::{Approval, Verdict};
pub(crate) use routes::route;
pub use ruling::Ruling;
pub(crate) use view::details;

/// What the world holds of them.
#[derive(Debug, Clone)]
pub struct Runs {
    /// By id, oldest first.
    pub runs: BTreeMap<u64, Run>,
    /// Workflows that are not active, by path.
    pub states: BTreeMap<String, WorkflowState>,
    /// Where GitHub's behaviour is not known, which one to show.
    pub behaviour: Behaviour,
    /// What a `GITHUB_TOKEN` may do where a workflow does not say: `read` or `write`.
    pub default_permissions: &'static str,
}

impl Default for Runs {
    fn default() -> Self {
        Self { runs: BTreeMap::new(), states: BTreeMap::new(), behaviour: Behaviour::default(), default_permissions: "read" }
    }
}

/// Behaviour of runs that GitHub does not document: the likelier outcome is the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behaviour {
    /// Reviews are listed newest first.
    pub newest_review_first: bool,
    /// An administrator's bypass leaves an entry among the reviews.
    pub bypass_leaves_review: bool,
    /// A job that fails cancels the jobs of its attempt that wait or run, as a matrix does by default.
    pub fail_fast: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self { newest_review_first: true, bypass_leaves_review: false, fail_fast: false }
    }
}

/// One workflow run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The id.
    pub id: u64,
    /// Its number among the runs of its workflow.
    pub number: u64,
    /// The workflow's path.
    pub workflow: String,
    /// The workflow's name.
    pub name: String,
    /// What started it, such as `workflow_dispatch`.
    pub event: String,
    /// The full name of the ref it runs on.
    pub reference: String,
    /// The branch of the pull request that started it: GitHub has the run on record for that one.
    pub head: Option<String>,
    /// The commit it runs on.
    pub sha: String,
    /// Who started it; stays the same when it is run again.
    pub actor: String,
    /// The inputs it was dispatched with.
    pub inputs: Value,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When anything about it changed.
    pub updated_at: DateTime<Utc>,
    /// Each time it ran, the first one first; never empty.
    pub attempts: Vec<Attempt>,
    /// The reviews of all attempts, oldest first: GitHub keeps no time and no attempt with them.
    pub approvals: Vec<Approval>,
    /// What Apps said for their custom protection rules, oldest first; the review history does not show it.
    pub rulings: Vec<Ruling>,
}

impl Run {
    /// Returns the latest attempt.
    pub fn attempt(&self) -> &Attempt {
        self.attempts.last().expect("a run begins with an attempt and none is taken away")
    }

    pub(crate) fn attempt_mut(&mut self) -> &mut Attempt {
        self.attempts.last_mut().expect("a run begins with an attempt and none is taken away")
    }

    /// Returns the branch it is on record for: a pull request's own, also where it runs on another.
    ///
    /// <https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request>
    pub fn recorded_branch(&self) -> &str {
        self.head.as_deref().unwrap_or_else(|| self.short_ref())
    }

    /// Returns the branch or tag without its prefix.
    pub fn short_ref(&self) -> &str {
        let reference = self.reference.as_str();
        reference.strip_prefix("refs/heads/").or_else(|| reference.strip_prefix("refs/tags/")).unwrap_or(reference)
    }
}

/// One time a run ran.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// From 1.
    pub number: u64,
    /// Who asked for this attempt.
    pub triggering_actor: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// Its jobs, in the order they came.
    pub jobs: Vec<Job>,
}

impl Attempt {
    /// Returns GitHub's word for where it is.
    pub fn status(&self) -> &'static str {
        let any = |status: JobStatus| self.jobs.iter().any(|job| job.status == status);
        if self.conclusion.is_some() {
            "completed"
        } else if self.jobs.is_empty() {
            "queued"
        } else if any(JobStatus::Waiting) && !any(JobStatus::InProgress) {
            "waiting"
        } else {
            "in_progress"
        }
    }
}

/// One job.
#[derive(Debug, Clone)]
pub struct Job {
    /// The id.
    pub id: u64,
    /// The name, with a matrix leg's values.
    pub name: String,
    /// The environment it refers to, as the workflow writes it.
    pub environment: Option<String>,
    /// The deployment that was made for it.
    pub deployment: Option<u64>,
    /// Where it is.
    pub status: JobStatus,
    /// How it ended.
    pub conclusion: Option<Conclusion>,
    /// When it came.
    pub created_at: DateTime<Utc>,
    /// When a runner took it, or when it began to wait.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
}

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// It will start when a runner takes it.
    Queued,
    /// It waits for its environment.
    Waiting,
    /// A runner has it.
    InProgress,
    /// It ended.
    Completed,
}

impl JobStatus {
    /// Returns GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Waiting => "waiting",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }
}

/// How a job or an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Well.
    Success,
    /// Badly.
    Failure,
    /// Somebody stopped it.
    Cancelled,
    /// It did not have to run.
    Skipped,
    /// It took too long.
    TimedOut,
}

impl Conclusion {
    /// Returns GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Cancelled => "cancelled",
            Self::Skipped => "skipped",
            Self::TimedOut => "timed_out",
        }
    }

    /// Returns the conclusion of this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Success, Self::Failure, Self::Cancelled, Self::Skipped, Self::TimedOut]
            .into_iter()
            .find(|conclusion| conclusion.name() == word)
    }
}

/// Why GitHub would not do something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// GitHub's sentence.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into() }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "Not Found")
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status, self.message)
    }
}

impl std::error::Error for Refused {}

impl From<Refused> for Reply {
    fn from(refused: Refused) -> Self {
        Self::error(refused.status, &refused.message)
    }
}

impl World {
    /// Returns a run.
    ///
    /// # Errors
    /// When there is none of this id.
    pub fn run(&self, id: u64) -> Result<&Run, Refused> {
        self.runs.runs.get(&id).ok_or_else(Refused::not_found)
    }

    pub(crate) fn run_mut(&mut self, id: u64) -> Result<&mut Run, Refused> {
        self.runs.runs.get_mut(&id).ok_or_else(Refused::not_found)
    }

    /// Returns a job of any attempt, with its run and the number of its attempt.
    ///
    /// # Errors
    /// When there is none of this id.
    pub fn job(&self, id: u64) -> Result<(&Run, u64, &Job), Refused> {
        let attempts = self.runs.runs.values().flat_map(|run| run.attempts.iter().map(move |attempt| (run, attempt)));
        let mut jobs = attempts.flat_map(|(run, attempt)| attempt.jobs.iter().map(move |job| (run, attempt.number, job)));
        jobs.find(|(.., job)| job.id == id).ok_or_else(Refused::not_found)
    }
}
