//! `(Plan, evidence) → Decision`. Knows nothing of GitHub's calls; asks nobody; waits for nothing. Unknown is never
//! approved. The only maker of [`ApprovedPlan`].

mod asked;
mod closed;
mod command;
mod comments;
mod evidence;
mod glass;
mod heard;
mod late;
mod merged;
mod passed;
mod people;
mod sound;
mod waiting;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};

pub use asked::{Asked, Asking, asked, asks, is_question, keeps, kept, kept_line, rejected_line};
pub use closed::{open_gates, open_gates_of, protection_problem};
pub use comments::{answers_missing, to_ask_anew};
pub use evidence::{Answers, Evidence, Found, RunFacts, gate_job_name};
pub use glass::{BreakGlass, BrokenGlass, break_glass, confirmation};
pub use heard::{Heard, heard};
pub use late::as_in_force;
pub use merged::{RollbackCommit, approved_by_delivery, approved_by_merge};
pub use waiting::{Waiting, reminders_due, waiting, waiting_jobs};

use crate::domain::gate::{Gate, Holder, Stage};
use crate::domain::person::Login;
use crate::plan::Plan;

/// A plan that may be performed. Its fields are private: only this module can say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedPlan {
    plan: Plan,
    approvals: Vec<Approval>,
    broken_glass: Option<BrokenGlass>,
}

impl ApprovedPlan {
    /// Returns the plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Returns who approved what.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// Returns who went past missing approvals, where somebody did.
    pub fn broken_glass(&self) -> Option<&BrokenGlass> {
        self.broken_glass.as_ref()
    }
}

/// One approval as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// The gate's id.
    pub gate: String,
    /// The environment that held it.
    pub environment: String,
    /// Who approved; `None` for an administrator's bypass that the policy lets count.
    pub by: Option<Login>,
    /// What they wrote.
    pub comment: String,
    /// The comment's time; for an environment the start of the gate's job, which is after the approval: GitHub keeps no
    /// time of the approval itself.
    pub before: Option<DateTime<Utc>>,
}

/// Whether a plan may be performed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Every gate was passed for this plan.
    Approved(Box<ApprovedPlan>),
    /// Something is missing; each reason names the gate and the remedy.
    Waiting(Vec<Reason>),
    /// Somebody said no.
    Rejected(Vec<Reason>),
}

impl Decision {
    fn approved(plan: &Plan, approvals: Vec<Approval>) -> Self {
        Self::Approved(Box::new(ApprovedPlan { plan: plan.clone(), approvals, broken_glass: None }))
    }

    /// Returns the approved plan.
    ///
    /// # Errors
    /// The reasons where something is missing or somebody said no.
    pub fn passed(self) -> Result<Box<ApprovedPlan>, Vec<Reason>> {
        match self {
            Self::Approved(approved) => Ok(approved),
            Self::Waiting(reasons) | Self::Rejected(reasons) => Err(reasons),
        }
    }
}

/// Why a gate is not passed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The environment, or empty for what concerns all gates.
    pub environment: String,
    /// What is wrong and what to do, one sentence.
    pub text: String,
}

impl Reason {
    pub(super) fn of(environment: &str, text: impl Into<String>) -> Self {
        Self { environment: environment.to_owned(), text: text.into() }
    }

    pub(super) fn of_all(text: impl Into<String>) -> Self {
        Self::of("", text)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.environment.as_str() {
            "" => f.write_str(&self.text),
            environment => write!(f, "gate `{environment}`: {}", self.text),
        }
    }
}

/// What the evidence says of a stage's gates.
struct Weighed {
    /// What nobody can go past: another branch, another policy.
    unsound: Vec<Reason>,
    /// Who said no.
    rejected: Vec<Reason>,
    /// What is missing of the approvals.
    missing: Vec<Reason>,
    /// Who approved what.
    approvals: Vec<Approval>,
}

/// Decides whether the gates before a stage were passed for this plan.
pub fn decide(plan: &Plan, stage: Stage, evidence: &Evidence) -> Decision {
    let weighed = weigh(plan, stage, evidence);
    if !weighed.rejected.is_empty() {
        return Decision::Rejected(weighed.rejected);
    }
    let waiting: Vec<Reason> = weighed.unsound.into_iter().chain(weighed.missing).collect();
    match waiting.is_empty() {
        true => Decision::approved(plan, weighed.approvals),
        false => Decision::Waiting(waiting),
    }
}

/// Decides on one gate in its own job, which still runs: everything but that job's success.
pub fn decide_in_job(plan: &Plan, environment: &str, evidence: &Evidence) -> Decision {
    let Some((gate, ask)) = plan.gates.iter().flat_map(Gate::asks).find(|(_, ask)| ask.environment.eq_ignore_ascii_case(environment))
    else {
        return Decision::Waiting(vec![Reason::of(environment, "the plan has no such gate; name one of its gates' environments")]);
    };
    if plan.rules.by == Holder::Comments {
        let why = "the plan's gates are answered by comments on the incident, not by a job; comment there";
        return Decision::Waiting(vec![Reason::of(environment, why)]);
    }
    let rejected = passed::rejections(&[&ask.environment], evidence);
    if !rejected.is_empty() {
        return Decision::Rejected(rejected);
    }
    let mut waiting = sound::problems(plan, gate.stage, evidence);
    waiting.extend(passed::before_its_turn(plan, gate, ask, evidence));
    match passed::reviewed(plan, gate, ask, None, evidence) {
        Ok(approvals) if waiting.is_empty() => Decision::approved(plan, approvals),
        Ok(_) => Decision::Waiting(waiting),
        Err(text) => {
            waiting.push(Reason::of(&ask.environment, text));
            Decision::Waiting(waiting)
        }
    }
}

/// Returns the approvals on record that count, for a page that shows them before all are there.
pub fn recorded(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Approval> {
    if plan.rules.by == Holder::Comments {
        return comments::recorded(plan, stage, evidence);
    }
    plan.asks(stage).filter_map(|(gate, ask)| passed::passed(plan, gate, ask, evidence).ok()).flatten().collect()
}

/// Returns who said no, of all gates that a plan has before a stage.
pub fn rejected(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Reason> {
    weigh(plan, stage, evidence).rejected
}

fn weigh(plan: &Plan, stage: Stage, evidence: &Evidence) -> Weighed {
    match plan.rules.by {
        Holder::Environments => weigh_reviews(plan, stage, evidence),
        Holder::Comments => comments::weigh(plan, stage, evidence),
    }
}

fn weigh_reviews(plan: &Plan, stage: Stage, evidence: &Evidence) -> Weighed {
    let mut missing = Vec::new();
    let mut groups = Vec::new();
    for gate in plan.gates_of(stage) {
        let mut answers = Vec::new();
        for ask in &gate.approvals {
            match passed::passed(plan, gate, ask, evidence) {
                Ok(found) => answers.push(found),
                Err(text) => missing.push(Reason::of(&ask.environment, text)),
            }
        }
        missing.extend(people::same_person_twice(plan, gate, &answers));
        groups.push(answers);
    }
    missing.extend(passed::out_of_order(plan, &groups));
    let answers: Vec<&Vec<Approval>> = groups.iter().flatten().collect();
    // Whoever is missing may yet make the number up.
    if missing.is_empty() && stage == Stage::Execute {
        missing.extend(people::too_few(plan, &answers));
    }
    Weighed {
        unsound: sound::problems(plan, stage, evidence),
        rejected: passed::rejections(&plan.environments(stage), evidence),
        missing,
        approvals: groups.into_iter().flatten().flatten().collect(),
    }
}

/// Groups approvals by gate for people: gate id → `environment`s and who.
pub fn by_gate(approvals: &[Approval]) -> BTreeMap<&str, Vec<&Approval>> {
    let mut grouped: BTreeMap<&str, Vec<&Approval>> = BTreeMap::new();
    for approval in approvals {
        grouped.entry(&approval.gate).or_default().push(approval);
    }
    grouped
}

/// The people of some approvals.
fn people_in(approvals: &[Approval]) -> BTreeSet<&Login> {
    approvals.iter().filter_map(|approval| approval.by.as_ref()).collect()
}
