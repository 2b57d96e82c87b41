//! Who may approve what, and whether they are enough different people.

use std::collections::BTreeSet;

use super::{Approval, Evidence, Found, Reason, people_in};
use crate::domain::gate::{Ask, Gate};
use crate::domain::person::Login;
use crate::gather::Gather as _;
use crate::github::Run;
use crate::plan::Plan;
use crate::words::list;

/// Tells whether a login stands for an account that is gone; GitHub shows its own `ghost` in its place.
pub(super) fn deleted(user: &Login) -> bool {
    user.as_str().eq_ignore_ascii_case("ghost")
}

/// Tells whether a person may approve an environment, or why not. Whoever was taken out of the role since the plan may
/// not, and whoever was put in since was not yet in the plan that people read.
pub(super) fn allowed(plan: &Plan, ask: &Ask, user: &Login, environment: &Found<'_>, evidence: &Evidence) -> Result<(), String> {
    if user.is_bot() {
        return Err(format!("`{user}` is an app, and only people may approve; start a new run and have a person review it"));
    }
    if !plan.rules.requester_may_approve {
        let started = plan.requester.iter().chain(evidence.run.started_by()).any(|login| login == user);
        if started {
            return Err(format!(
                "`{user}` asked for the rollback and may not approve it; start a new run and have somebody else of {} review it",
                list(&ask.roles, "or")
            ));
        }
    }
    if named(plan, ask, user) {
        return match now_named(ask, user, evidence) {
            true => Ok(()),
            false => {
                Err(format!("`{user}` is not in {} any more; start a new run and have somebody review it who is", list(&ask.roles, "or")))
            }
        };
    }
    by_team(plan, ask, user, environment, evidence)
}

/// Tells whether a person may answer by a comment, or why not. Only people whom the policy names: no Actions token is
/// shown who is in a team.
pub(super) fn may_comment(plan: &Plan, ask: &Ask, user: &Login, asked_in: &Run, evidence: &Evidence) -> Result<(), String> {
    let roles = list(&ask.roles, "or");
    if user.is_bot() {
        return Err(format!("`{user}` is an app, and only people may approve; have a person of {roles} comment"));
    }
    let mut asked = plan.requester.iter().chain(&asked_in.actor).chain(&asked_in.triggering_actor);
    if !plan.rules.requester_may_approve && asked.any(|login| login == user) {
        return Err(format!("`{user}` asked for the rollback and may not approve it; have somebody else of {roles} comment"));
    }
    match (named(plan, ask, user), now_named(ask, user, evidence)) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("`{user}` is not in {roles} any more; have somebody comment who is")),
        (false, _) => Err(format!(
            "`{user}` is not among the `users` of {roles}, and members of a team are not shown to this token; have one of them comment"
        )),
    }
}

fn named(plan: &Plan, ask: &Ask, user: &Login) -> bool {
    ask.roles.iter().filter_map(|role| plan.roles.get(role)).any(|role| role.users.contains(user))
}

fn now_named(ask: &Ask, user: &Login, evidence: &Evidence) -> bool {
    let Ok(policy) = &evidence.policy else { return false };
    ask.roles.iter().filter_map(|role| policy.roles.get(role)).any(|role| role.users.contains(user))
}

/// GitHub does not show team members to the Actions token, but it let this person approve: they are one of the
/// environment's users, or in one of its teams. Only teams of the role may be the explanation, and a bypass may not.
fn by_team(plan: &Plan, ask: &Ask, user: &Login, environment: &Found<'_>, evidence: &Evidence) -> Result<(), String> {
    let outside = format!(
        "`{user}` is not in {}; the policy's `roles` say who may answer, so start a new run and ask one of them",
        list(&ask.roles, "or")
    );
    let Some(found) = environment.environment() else { return Err(outside) };
    let Some(rule) = &found.protection.reviewers else { return Err(outside) };
    let policy = evidence.policy.as_ref().ok();
    let of_role = |team: &&String| {
        let in_plan = ask.roles.iter().filter_map(|role| plan.roles.get(role)).any(|role| role.teams.contains(*team));
        let mut now = ask.roles.iter().filter_map(|role| policy?.roles.get(role));
        in_plan && now.any(|role| role.teams.contains(*team))
    };
    if rule.users.contains(user) || rule.teams.is_empty() || !rule.teams.iter().all(|team| of_role(&team)) {
        return Err(outside);
    }
    match found.protection.administrators_may_bypass {
        Some(false) => Ok(()),
        Some(true) | None => Err(format!(
            "`{user}` may be in a team of {}, or an administrator who went past the gate: GitHub does not say which; switch the bypass off in the environment `{}`, or name them under `users`",
            list(&ask.roles, "or"),
            ask.environment
        )),
    }
}

/// The approvals of one gate are meant for different people. Where a run asked again, none may be in both: nothing says
/// which of the reviews was the last.
pub(super) fn same_person_twice(plan: &Plan, gate: &Gate, answers: &[Vec<Approval>]) -> Vec<Reason> {
    if plan.rules.minimum_people < 2 {
        return Vec::new();
    }
    let mut reasons = Vec::new();
    let mut seen: BTreeSet<&Login> = BTreeSet::new();
    for answer in answers {
        let people = people_in(answer);
        for twice in people.intersection(&seen) {
            let environment = answer.first().map_or("", |approval| approval.environment.as_str());
            let text = format!(
                "`{twice}` approved the other part of `{}` too, which is meant for different people; start a new run and have somebody else of its role review it",
                gate.id
            );
            reasons.push(Reason::of(environment, text));
        }
        seen.extend(people);
    }
    reasons
}

/// Returns why the approvals are of too few different people, counting the fewest they may have been.
pub(super) fn too_few(plan: &Plan, answers: &[&Vec<Approval>]) -> Option<Reason> {
    let sets: Vec<BTreeSet<&Login>> = answers.iter().map(|answer| people_in(answer)).filter(|people| !people.is_empty()).collect();
    let wanted = plan.rules.minimum_people as usize;
    let fewest = (0..wanted).find(|number| suffice(&sets, &BTreeSet::new(), *number))?;
    let everybody: BTreeSet<&Login> = sets.iter().flatten().copied().gather();
    let who = list(&everybody.iter().map(ToString::to_string).collect::<Vec<_>>(), "and");
    let who = if everybody.is_empty() { "nobody".to_owned() } else { format!("{fewest} ({who})") };
    Some(Reason::of_all(format!(
        "all gates together were approved by {who}; the policy asks for at least {wanted} different people, so start a new run and have others review it"
    )))
}

/// Tells whether this many more people may explain all approvals.
fn suffice<'p>(sets: &[BTreeSet<&'p Login>], chosen: &BTreeSet<&'p Login>, more: usize) -> bool {
    let Some(open) = sets.iter().find(|set| set.is_disjoint(chosen)) else { return true };
    more > 0
        && open.iter().any(|person| {
            let mut chosen = chosen.clone();
            chosen.insert(person);
            suffice(sets, &chosen, more - 1)
        })
}
