//! Whether one approval is there: the environment closed, the job of this plan passed, the review on record.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::evidence::is_gate_of;
use super::people::{allowed, deleted};
use super::{Approval, Evidence, Reason, gate_job_name, protection_problem};
use crate::config::Order;
use crate::domain::gate::{Ask, Gate};
use crate::github::{Job, ReviewState};
use crate::plan::Plan;
use crate::words::count;

/// How far GitHub's own clocks may be apart.
pub(super) const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Returns the approvals of one environment, or what is missing. More than one only where a later attempt of the run
/// asked again: the history does not say which of them was the last.
pub(super) fn passed(plan: &Plan, gate: &Gate, ask: &Ask, evidence: &Evidence) -> Result<Vec<Approval>, String> {
    let default = plan.basis.default_branch.as_str();
    if let Some(problem) = protection_problem(default, &plan.rules, &ask.environment, &evidence.environment(&ask.environment)) {
        return Err(problem);
    }
    let job = job(plan, ask, evidence)?;
    fresh(plan, job.started_at, evidence.now)?;
    reviewed(plan, gate, ask, job.started_at, evidence)
}

/// Returns who approved an environment, or why that does not count.
pub(super) fn reviewed(
    plan: &Plan,
    gate: &Gate,
    ask: &Ask,
    before: Option<DateTime<Utc>>,
    evidence: &Evidence,
) -> Result<Vec<Approval>, String> {
    let default = plan.basis.default_branch.as_str();
    let environment = evidence.environment(&ask.environment);
    if let Some(problem) = protection_problem(default, &plan.rules, &ask.environment, &environment) {
        return Err(problem);
    }
    let approval = |by, comment: &str| Approval {
        gate: gate.id.clone(),
        environment: ask.environment.clone(),
        by,
        comment: comment.to_owned(),
        before,
    };
    let reviews = evidence.reviews_of(&ask.environment, ReviewState::Approved);
    let mut by_person = BTreeMap::new();
    for review in &reviews {
        let user = review.user.as_ref().filter(|user| !deleted(user));
        let user = user.ok_or("it was approved by an account that no longer exists; start a new run and have it reviewed again")?;
        allowed(plan, ask, user, &environment, evidence)?;
        by_person.insert(user.clone(), approval(Some(user.clone()), &review.comment));
    }
    // Each time a gate's job came up to its environment it took one review. With fewer on record, one of them was passed
    // without, and nothing says which.
    let entered = evidence.times_entered(&ask.environment).max(1);
    match (reviews.len() >= entered, plan.rules.administrators_may_bypass) {
        (true, _) => Ok(by_person.into_values().collect()),
        (false, true) => Ok(vec![approval(None, "no review on record (administrator bypass)")]),
        (false, false) => Err(unreviewed(reviews.len(), entered)),
    }
}

fn unreviewed(reviews: usize, entered: usize) -> String {
    let remedy = "this policy does not let that count; start a new run and have it reviewed";
    match reviews {
        0 => format!("it was passed with no review on record (administrator bypass?); {remedy}"),
        _ => format!(
            "its job came up {entered} times in this run, and {} on record (administrator bypass?); {remedy}",
            match reviews {
                1 => "1 review is".to_owned(),
                _ => format!("{} are", count(reviews as u64, "review")),
            }
        ),
    }
}

/// Returns everybody's no. One stands for the whole run: GitHub keeps no times, so nothing can show that a later
/// approval was not asked of somebody else because of it.
pub(super) fn rejections(environments: &[&str], evidence: &Evidence) -> Vec<Reason> {
    let who = |review: &crate::github::Review| {
        format!("rejected by {}{}", review.user.as_ref().map_or("a deleted account", |user| user.as_str()), said(&review.comment))
    };
    let remedy = "a no stands for the whole run; settle it with them, then start a new run";
    let mut reasons = Vec::new();
    for name in environments {
        let rejected = evidence.reviews_of(name, ReviewState::Rejected);
        reasons.extend(rejected.iter().map(|review| Reason::of(name, format!("{}; {remedy}", who(review)))));
    }
    // The history names an environment by what it is now: one that was deleted meanwhile has no name any more.
    let nameless = evidence.reviews.iter().filter(|review| review.state == ReviewState::Rejected && review.environments.is_empty());
    reasons
        .extend(nameless.map(|review| Reason::of_all(format!("a gate whose environment was deleted since was {}; {remedy}", who(review)))));
    reasons
}

/// The job's name carries environment and plan, so that an approval of another plan has another name.
fn job<'e>(plan: &Plan, ask: &Ask, evidence: &'e Evidence) -> Result<&'e Job, String> {
    let wanted = gate_job_name(&ask.environment, plan.id().short());
    let named: Vec<&Job> = evidence.jobs.iter().filter(|job| job.name == wanted || job.name.ends_with(&format!(" / {wanted}"))).collect();
    match named.as_slice() {
        [] if evidence.jobs.iter().any(|job| is_gate_of(job, &format!("gate {} (plan ", ask.environment))) => {
            Err(format!("it was asked for another plan than {}; start a new run and have this one reviewed", plan.id().short()))
        }
        [] => Err("no job of this run held it; every gate of the plan must be a job of the same run, so start a new one".into()),
        [job] => match job.conclusion.as_deref() {
            Some("success") => Ok(job),
            Some("skipped") => Err("its job was skipped, so nobody was asked; start a new run".into()),
            Some("cancelled") => Err("its job was cancelled; run the failed jobs again, or start a new run".into()),
            Some(_) => Err("its job failed, or nobody answered for 30 days; its log has the reason, and a new run asks again".into()),
            None => Err("it is still waiting for its reviewer; approve it on the run's page".into()),
        },
        [_, _, ..] => {
            Err("several jobs of this run claim to be it; restore the workflow on the default branch, then start a new run".into())
        }
    }
}

fn fresh(plan: &Plan, before: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<(), String> {
    let hours = i64::from(plan.rules.valid_hours);
    match before {
        Some(at) if at - now > SKEW => Err("its job starts in the future, so the approval's age is unknown; start a new run".into()),
        Some(at) if now - at <= TimeDelta::hours(hours) => Ok(()),
        Some(_) => Err(format!("its approval is older than {hours} h, which is how long this policy lets one count; start a new run")),
        None => Err("its job has no start time, so the approval's age is unknown; start a new run".into()),
    }
}

/// With `order: in-order`, returns why a gate's own job came too early: those before it are not passed for this plan.
pub(super) fn before_its_turn(plan: &Plan, gate: &Gate, ask: &Ask, evidence: &Evidence) -> Option<Reason> {
    match plan.rules.order {
        Order::AllAtOnce => return None,
        Order::InOrder => {}
    }
    let earlier = plan.gates.iter().filter(|other| other.stage == gate.stage).take_while(|other| other.id != gate.id);
    let open = earlier.flat_map(|other| &other.approvals).find(|ask| job(plan, ask, evidence).is_err())?;
    Some(Reason::of(
        &ask.environment,
        format!(
            "it came before `{}`, which is not passed yet, and the policy asks its gates in order; once that is passed, run the failed jobs again",
            open.environment
        ),
    ))
}

/// With `order: in-order` a gate may start only when those before it have.
pub(super) fn out_of_order(plan: &Plan, groups: &[Vec<Vec<Approval>>]) -> Vec<Reason> {
    match plan.rules.order {
        Order::AllAtOnce => return Vec::new(),
        Order::InOrder => {}
    }
    let mut reasons = Vec::new();
    let mut latest: Option<(DateTime<Utc>, &str)> = None;
    for group in groups {
        let starts = || group.iter().flatten().filter_map(|approval| Some((approval.before?, approval.environment.as_str())));
        if let Some((after, earlier)) = latest {
            let mut early: Vec<&str> = starts().filter(|(at, _)| *at < after).map(|(_, name)| name).collect();
            early.dedup();
            reasons.extend(early.into_iter().map(|name| {
                Reason::of(name, format!("it was passed before `{earlier}`, and the policy asks its gates in order; start a new run"))
            }));
        }
        latest = starts().chain(latest).max();
    }
    reasons
}

fn said(comment: &str) -> String {
    match comment.trim() {
        "" => String::new(),
        comment => format!(" (`{}`)", comment.escape_debug().take(200).collect::<String>()),
    }
}
