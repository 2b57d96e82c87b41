//! What was really done, in order, with addresses. Plain data; written by `apply`, read by `report`.

use serde::Serialize;

use crate::domain::git::Sha;
use crate::github::{Error, Pull};
use crate::plan::{Plan, Step};

/// The record of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Journal {
    /// The plan's id.
    pub plan: String,
    /// `execute` or `finish`.
    pub stage: String,
    /// The rollback commit.
    pub commit: Option<Sha>,
    /// The tree it really has, where that is not the approved one, and why.
    pub rebuilt: Option<String>,
    /// Commits that reached the default branch between plan and execute.
    pub came_between: Vec<String>,
    /// Step by step.
    pub entries: Vec<Entry>,
    /// The pull request.
    #[serde(skip)]
    pub pull: Option<Pull>,
}

/// One step and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The step in words.
    pub what: String,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// Done in this run.
    Done {
        /// Where to see it.
        url: Option<String>,
    },
    /// Found done: by an earlier run, by a person, or by GitHub in the wake of an earlier step.
    Already,
    /// Nothing to do, and why.
    NoOp {
        /// Why.
        why: String,
    },
    /// A person must do it.
    Manual {
        /// What exactly.
        task: String,
    },
    /// It did not work.
    Failed {
        /// Why.
        why: String,
        /// What helps.
        hint: Option<String>,
    },
}

impl Outcome {
    /// Returns the failure an error is.
    pub fn failed(error: &Error) -> Self {
        Self::Failed { why: error.to_string(), hint: error.hint() }
    }
}

impl Entry {
    /// Returns the entry of a planned step.
    pub fn of(step: &Step, outcome: Outcome) -> Self {
        Self { what: step.to_string(), outcome }
    }

    /// Returns the entry of something that is no step of its own.
    pub fn new(what: impl Into<String>, outcome: Outcome) -> Self {
        Self { what: what.into(), outcome }
    }
}

impl Journal {
    /// Returns an empty record.
    pub fn new(plan: &Plan, stage: &str) -> Self {
        Self {
            plan: plan.id().as_str().to_owned(),
            stage: stage.to_owned(),
            commit: None,
            rebuilt: None,
            came_between: Vec::new(),
            entries: Vec::new(),
            pull: None,
        }
    }

    /// Tells whether something failed.
    pub fn has_failures(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.outcome, Outcome::Failed { .. }))
    }

    /// Tells whether a person has something to do.
    pub fn has_manual_tasks(&self) -> bool {
        self.entries.iter().any(|entry| matches!(entry.outcome, Outcome::Manual { .. }))
    }
}
