//! One story per command. Each returns what is to be said, written and exited with; `main` does that.

mod answer;
mod asking;
mod close;
mod connect;
mod course;
mod doctor;
mod evidence;
mod execute;
mod finish;
mod gate;
mod gates;
mod guard;
mod incident;
mod init;
mod merged;
mod once;
mod only_one;
mod plan;
mod rehearse;
mod remind;
mod simulator;
mod versions;

use std::fmt;

pub use answer::{Answer, answer};
pub use close::{Close, close};
pub use connect::{Connection, Place};
pub use doctor::{Doctor, doctor};
pub use execute::{Execute, execute};
pub use finish::{Finish, finish};
pub use gate::{Gate, gate};
pub use gates::{Gates, LateStage, gates};
pub use guard::{Guard, guard};
pub use incident::{Incident, incident};
pub use init::{HeldBy, Init, init};
pub use plan::{Format, PlanArguments, plan};
pub use rehearse::{Made, NotStaged, REQUESTER, Rehearse, Stage, StageOptions, example, person_token, rehearse};
pub use remind::{Remind, remind};
pub use simulator::{Simulate, TokenKind, simulate};
pub use versions::{Versions, versions};

use crate::observe::NotObserved;
use crate::plan::Refused;

/// How a command ended. The numbers are public: changing one is a breaking change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything that was asked for is done.
    Done = 0,
    /// Something could not be known or done, e.g. GitHub could not be reached.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The policy has problems.
    Policy = 3,
    /// The rollback is refused, with reasons.
    Refused = 4,
    /// There is nothing to do.
    Nothing = 5,
    /// A gate is open, missing, not approved or rejected.
    Gates = 6,
    /// The world moved since the plan.
    Stale = 7,
    /// Some of it is done; the rest failed or is left to people.
    Incomplete = 8,
}

/// One problem and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub error: String,
    /// What to do.
    pub hint: Option<String>,
}

/// What a command has to say.
#[derive(Debug, Clone)]
pub struct Ended {
    /// How it ended.
    pub exit: Exit,
    /// For standard output.
    pub text: String,
    /// For standard error, and as annotations in a job.
    pub problems: Vec<Problem>,
    /// For the job summary.
    pub summary: String,
    /// Outputs of the step.
    pub outputs: Vec<(&'static str, String)>,
}

impl Problem {
    /// Returns a problem.
    pub fn new(error: impl Into<String>, hint: Option<String>) -> Self {
        Self { error: error.into(), hint: hint.filter(|hint| !hint.is_empty()) }
    }
}

impl Problem {
    /// Returns the text without the word `error`, for where it is shown as one already.
    pub fn unprefixed(&self) -> String {
        let hint = self.hint.iter().map(|hint| format!("\n{hint}"));
        std::iter::once(self.error.clone()).chain(hint).collect()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.error)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

impl Ended {
    /// Returns an end with text for people.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into(), problems: Vec::new(), summary: String::new(), outputs: Vec::new() }
    }

    /// Returns an end with problems only; they are the summary too.
    pub fn problems(exit: Exit, problems: Vec<Problem>) -> Self {
        let summary = crate::report::problems_markdown(problems.iter().map(|problem| (problem.error.as_str(), problem.hint.as_deref())));
        Self { problems, summary, ..Self::new(exit, "") }
    }

    /// Returns the end for a failure of GitHub.
    pub fn of_error(error: &crate::github::Error) -> Self {
        Self::problems(Exit::Failed, vec![Problem::new(error.to_string(), error.hint())])
    }

    /// Returns the end of a stage that stopped before its first write, which there is no journal of.
    fn unwritten(self) -> Self {
        let summary = format!("{}\nNothing was written.\n", self.summary);
        Self { text: format!("{}nothing was written\n", self.text), summary, ..self }
    }

    fn of_refusals(refused: &[Refused]) -> Self {
        Self::problems(Exit::Refused, refused.iter().map(|one| Problem::new(&one.why, Some(one.hint.clone()))).collect())
    }

    fn of_reasons(reasons: &[crate::gate::Reason]) -> Self {
        Self::problems(Exit::Gates, problems_of(reasons))
    }
}

fn problems_of(reasons: &[crate::gate::Reason]) -> Vec<Problem> {
    reasons.iter().map(|reason| Problem::new(reason.to_string(), None)).collect()
}

impl From<crate::github::Error> for Box<Ended> {
    fn from(error: crate::github::Error) -> Self {
        Self::new(Ended::of_error(&error))
    }
}

impl From<Vec<crate::gate::Reason>> for Box<Ended> {
    fn from(reasons: Vec<crate::gate::Reason>) -> Self {
        Self::new(Ended::of_reasons(&reasons))
    }
}

impl From<NotObserved> for Ended {
    fn from(not: NotObserved) -> Self {
        match not {
            NotObserved::Github(error) => Self::of_error(&error),
            NotObserved::Policy(problems) => Self::problems(Exit::Policy, vec![Problem::new(problems.to_string(), None)]),
            NotObserved::Refused(refused) => Self::of_refusals(&refused),
            NotObserved::Unknown(unknown) => Self { exit: Exit::Usage, ..Self::of_refusals(&unknown) },
        }
    }
}
