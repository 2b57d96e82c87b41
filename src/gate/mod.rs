//! `(Plan, evidence) → Decision`. Knows nothing of GitHub's calls; asks nobody; waits for nothing. Unknown is never
//! approved. The only maker of [`ApprovedPlan`].

mod closed;
mod evidence;
mod merged;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};

pub use closed::{open_gates, protection_problem};
pub use evidence::{Evidence, Found, gate_job_name};
pub use merged::{RollbackCommit, approved_by_merge};

use crate::domain::gate::{Ask, Gate, Stage};
use crate::domain::person::Login;
use crate::github::{Job, ReviewState};
use crate::plan::Plan;
use crate::words::list;

/// A plan that may be performed. Its field is private: only this module can say so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedPlan {
    plan: Plan,
    approvals: Vec<Approval>,
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
    /// The start of the gate's job, which is after the approval: GitHub keeps no time of the approval itself.
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

/// Why a gate is not passed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// The environment, or empty for what concerns all gates.
    pub environment: String,
    /// What is wrong and what to do, one sentence.
    pub text: String,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.environment.as_str() {
            "" => f.write_str(&self.text),
            environment => write!(f, "gate `{environment}`: {}", self.text),
        }
    }
}

/// How one approval fell short.
enum Short {
    Waiting(String),
    Rejected(String),
}

/// Decides whether the gates before a stage were passed for this plan.
pub fn decide(plan: &Plan, stage: Stage, evidence: &Evidence) -> Decision {
    let mut waiting: Vec<Reason> = run_problems(plan, evidence);
    let mut rejected = Vec::new();
    let mut approvals = Vec::new();
    for gate in plan.gates.iter().filter(|gate| gate.stage == stage) {
        for ask in &gate.approvals {
            match approval(plan, gate, ask, evidence) {
                Ok(found) => approvals.push(found),
                Err(Short::Waiting(text)) => waiting.push(Reason { environment: ask.environment.clone(), text }),
                Err(Short::Rejected(text)) => rejected.push(Reason { environment: ask.environment.clone(), text }),
            }
        }
    }
    if waiting.is_empty() && rejected.is_empty() {
        waiting.extend(too_few_people(plan, &approvals));
    }
    if !rejected.is_empty() {
        return Decision::Rejected(rejected);
    }
    match waiting.is_empty() {
        true => Decision::Approved(Box::new(ApprovedPlan { plan: plan.clone(), approvals })),
        false => Decision::Waiting(waiting),
    }
}

/// Returns the approvals on record that count, for a page that shows them before all are there.
pub fn recorded(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Approval> {
    let gates = plan.gates.iter().filter(|gate| gate.stage == stage);
    let asked = gates.flat_map(|gate| gate.approvals.iter().map(move |ask| (gate, ask)));
    asked.filter_map(|(gate, ask)| approval(plan, gate, ask, evidence).ok()).collect()
}

/// A run on another branch may run another workflow and another policy.
fn run_problems(plan: &Plan, evidence: &Evidence) -> Vec<Reason> {
    let wanted = format!("refs/heads/{}", plan.basis.default_branch);
    let mut problems = Vec::new();
    if evidence.run_ref != wanted {
        let text = format!("this run is on `{}`; start it on the default branch `{}`", evidence.run_ref, plan.basis.default_branch);
        problems.push(Reason { environment: String::new(), text });
    }
    let gates = plan.gates.iter().filter(|gate| gate.stage == Stage::Execute).count();
    if gates == 0 {
        problems.push(Reason { environment: String::new(), text: "the policy has no gate before execute; keep at least one".into() });
    }
    problems
}

fn approval(plan: &Plan, gate: &Gate, ask: &Ask, evidence: &Evidence) -> Result<Approval, Short> {
    let environment = evidence.environment(&ask.environment);
    if let Some(problem) = protection_problem(plan.basis.default_branch.as_str(), &ask.environment, &environment) {
        return Err(Short::Waiting(problem));
    }
    let by = evidence.reviews_of(&ask.environment, ReviewState::Approved);
    let job = passed_job(plan, ask, evidence)?;
    let before = job.started_at;
    fresh(plan, before, evidence.now)?;
    let approval = |by, comment| Approval { gate: gate.id.clone(), environment: ask.environment.clone(), by, comment, before };
    if by.is_empty() {
        return match plan.rules.administrators_may_bypass {
            true => Ok(approval(None, "no review on record (administrator bypass)".into())),
            false => Err(Short::Waiting("it was passed with no review on record (an administrator's bypass?); this policy does not let that count. Start a new run and have it reviewed".into())),
        };
    }
    let mut last = None;
    for review in by {
        let Some(user) = &review.user else {
            return Err(Short::Waiting("it was approved by an account that no longer exists; start a new run".into()));
        };
        allowed(plan, ask, user, &environment)?;
        last = Some(approval(Some(user.clone()), review.comment.clone()));
    }
    last.ok_or_else(|| Short::Waiting("no review was found".into()))
}

/// The job's name carries environment and plan, so that an approval of another plan has another name.
fn passed_job<'e>(plan: &Plan, ask: &Ask, evidence: &'e Evidence) -> Result<&'e Job, Short> {
    let wanted = gate_job_name(&ask.environment, plan.id().short());
    let named: Vec<&Job> = evidence.jobs.iter().filter(|job| job.name == wanted || job.name.ends_with(&format!(" / {wanted}"))).collect();
    let reject = || match evidence.reviews_of(&ask.environment, ReviewState::Rejected).first() {
        Some(review) => Short::Rejected(format!(
            "rejected by {}{}",
            review.user.as_ref().map_or("a deleted account", Login::as_str),
            said(&review.comment)
        )),
        None => Short::Waiting("its job failed; open the run for the reason".into()),
    };
    match named.as_slice() {
        [] if evidence.jobs.iter().any(|job| job.name.contains(&format!("gate {} (plan ", ask.environment))) => {
            Err(Short::Waiting("it was approved for another plan; start a new run".into()))
        }
        [] => Err(Short::Waiting("no job of this run held it; every gate of the plan must be a job of the same run".into())),
        [job] => match job.conclusion.as_deref() {
            Some("success") => Ok(job),
            Some(_) => Err(reject()),
            None => Err(Short::Waiting("it is still waiting for its reviewer".into())),
        },
        [_, _, ..] => Err(Short::Waiting("several jobs of this run claim to be it; the workflow was changed".into())),
    }
}

fn said(comment: &str) -> String {
    match comment.trim() {
        "" => String::new(),
        comment => format!(": {}", comment.escape_debug().take(200).collect::<String>()),
    }
}

fn fresh(plan: &Plan, before: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), Short> {
    let hours = i64::from(plan.rules.valid_hours);
    match before {
        Some(at) if now - at <= TimeDelta::hours(hours) => Ok(()),
        Some(_) => Err(Short::Waiting(format!("its approval is older than {hours} h; start a new run"))),
        None => Err(Short::Waiting("its job has no start time, so the approval's age is unknown".into())),
    }
}

fn allowed(plan: &Plan, ask: &Ask, user: &Login, environment: &Found<'_>) -> Result<(), Short> {
    let no = |text: String| Err(Short::Waiting(text));
    if user.is_bot() {
        return no(format!("`{user}` is an app; a person must approve"));
    }
    if !plan.rules.requester_may_approve && plan.requester.as_ref() == Some(user) {
        return no(format!("`{user}` asked for the rollback and may not approve it; somebody else of {} must", list(&ask.roles, "or")));
    }
    let roles: Vec<_> = ask.roles.iter().filter_map(|role| plan.roles.get(role)).collect();
    if roles.iter().any(|role| role.users.contains(user)) {
        return Ok(());
    }
    // GitHub does not show team members to the Actions token, but it let this person approve: they are one of the
    // environment's users, or in one of its teams. Only teams of the role may be the explanation.
    let rule = environment.reviewers();
    let named = rule.is_some_and(|rule| rule.users.contains(user));
    let teams: Vec<&String> = rule.map(|rule| rule.teams.iter().collect()).unwrap_or_default();
    let of_role = |team: &&String| roles.iter().any(|role| role.teams.contains(*team));
    match !named && !teams.is_empty() && teams.iter().all(of_role) {
        true => Ok(()),
        false => no(format!("`{user}` is not in {}; the policy's `roles` say who may answer", list(&ask.roles, "or"))),
    }
}

fn too_few_people(plan: &Plan, approvals: &[Approval]) -> Option<Reason> {
    let people: BTreeSet<&Login> = approvals.iter().filter_map(|approval| approval.by.as_ref()).collect();
    let wanted = plan.rules.minimum_people as usize;
    (people.len() < wanted).then(|| {
        let who = list(&people.iter().map(ToString::to_string).collect::<Vec<_>>(), "and");
        let text =
            format!("all gates together were approved by {} ({who}); the policy asks for at least {wanted} different people", people.len());
        Reason { environment: String::new(), text }
    })
}

/// Groups approvals by gate for people: gate id → `environment`s and who.
pub fn by_gate(approvals: &[Approval]) -> BTreeMap<&str, Vec<&Approval>> {
    let mut grouped: BTreeMap<&str, Vec<&Approval>> = BTreeMap::new();
    for approval in approvals {
        grouped.entry(&approval.gate).or_default().push(approval);
    }
    grouped
}
