//! Break glass: a person whom the policy names goes past missing approvals, out loud. Never past a rejection, another
//! branch, another policy, or a gate that is not closed: where one was opened, it may be no emergency that did it.

use super::{ApprovedPlan, Decision, Evidence, Reason, open_gates_of, weigh};
use crate::config::Policy;
use crate::domain::gate::{Holder, Stage};
use crate::domain::person::Login;
use crate::plan::Plan;
use crate::words::list;

/// The longest reason, in bytes.
const LONGEST_REASON: usize = 2000;

/// What somebody typed to go past missing approvals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakGlass {
    /// The confirmation, see [`confirmation`].
    pub confirmation: String,
    /// Why.
    pub reason: String,
}

/// Who went past which approvals, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenGlass {
    /// Who.
    pub by: Login,
    /// Why, in their words.
    pub reason: String,
    /// What was missing.
    pub missing: Vec<Reason>,
}

/// Returns the words to be typed.
pub fn confirmation(plan: &Plan) -> String {
    format!("roll back {}", plan.bad.tag)
}

/// Decides whether the person who started this attempt may go past what is missing. Where nothing is missing no glass
/// is broken.
pub fn break_glass(plan: &Plan, stage: Stage, evidence: &Evidence, asked: &BreakGlass) -> Decision {
    let weighed = weigh(plan, stage, evidence);
    if !weighed.rejected.is_empty() {
        return Decision::Rejected(weighed.rejected);
    }
    let mut refused = weighed.unsound;
    if plan.rules.by == Holder::Environments {
        refused.extend(open_gates_of(plan, &[stage], evidence.environments.as_deref().map_err(String::as_str)));
    }
    let by = match allowed(plan, evidence, asked) {
        Ok(by) => Some(by),
        Err(why) => {
            refused.push(Reason::of_all(format!("the glass stays whole: {why}")));
            None
        }
    };
    let (Some(by), true) = (by, refused.is_empty()) else {
        let missing: Vec<Reason> = weighed.missing.into_iter().filter(|reason| !refused.contains(reason)).collect();
        return Decision::Waiting(refused.into_iter().chain(missing).collect());
    };
    let broken = BrokenGlass { by: by.clone(), reason: asked.reason.trim().to_owned(), missing: weighed.missing };
    Decision::Approved(Box::new(ApprovedPlan {
        plan: plan.clone(),
        approvals: weighed.approvals,
        broken_glass: (!broken.missing.is_empty()).then_some(broken),
    }))
}

fn allowed<'e>(plan: &Plan, evidence: &'e Evidence, asked: &BreakGlass) -> Result<&'e Login, String> {
    let by = evidence.run.triggering_actor.as_ref().ok_or("GitHub does not say who started this run; start a new one")?;
    let policy = evidence.policy.as_ref().map_err(|why| format!("the policy could not be read ({why}); run this again"))?;
    let roles = match &policy.break_glass {
        Some(glass) => &glass.roles,
        None => return Err("the policy names nobody who may break it; have the gates reviewed".into()),
    };
    if by.is_bot() {
        return Err(format!("`{by}` is an app; a person of {} must start the run", list(roles, "or")));
    }
    if !holds(policy, roles, by) {
        return Err(format!(
            "`{by}` is not among the `users` of {}, and this token cannot see who is in a team; have the gates reviewed",
            list(roles, "or")
        ));
    }
    let words = confirmation(plan);
    if asked.confirmation.trim() != words {
        return Err(format!("the confirmation is not `{words}`; type exactly that"));
    }
    match asked.reason.trim().len() {
        0 => Err("no reason was given; say in a sentence why this cannot wait for the approvals".into()),
        LONGEST_REASON.. => Err(format!("the reason is longer than {LONGEST_REASON} bytes; keep it below, and link the rest")),
        _ => Ok(by),
    }
}

fn holds(policy: &Policy, roles: &[String], by: &Login) -> bool {
    roles.iter().filter_map(|role| policy.roles.get(role)).any(|role| role.users.contains(by))
}
