//! Gates that comments answer: whether a comment starts anything, and whether the people who are asked can answer.

use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::ours::Ours;
use crate::config::Policy;
use crate::domain::gate::{Gate, Holder};
use crate::plan::{holder, settled};
use crate::words::{count, list};

/// Returns what holds the gates, as far as is known.
pub(super) fn held_by(facts: &Facts, policy: &Policy) -> Holder {
    holder(policy.approvals.by, facts.settings.private, facts.environments.as_deref().map_err(|unread| unread.why.as_str()))
}

/// Looks whether somebody could answer each approval: people whom the policy names, since no Actions token is shown who
/// is in a team.
pub(super) fn people(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let asks = || policy.gates.iter().flat_map(Gate::asks);
    let named = |role: &String| policy.roles.get(role).is_some_and(|role| !role.users.is_empty());
    let found = asks().filter(|(_, ask)| !ask.roles.iter().any(named)).map(|(gate, ask)| {
        let sentence = format!(
            "nobody can answer `{}` by a comment: {} has teams only, whose members no Actions token is shown",
            gate.answer_name(ask),
            list(&ask.roles, "or")
        );
        Finding::fails(Check::GateAnswers, sentence, "name people under `users` of the role in the policy")
    });
    let all = count(asks().count() as u64, "approval");
    let found = found.chain(guessed(facts, policy));
    or_ok(found.collect(), Check::GateAnswers, format!("{all} can be given by comments, from people whom the policy names"))
}

/// A private repository has required reviewers or not by its owner's plan, which shows only in making an environment.
fn guessed(facts: &Facts, policy: &Policy) -> Option<Finding> {
    let environments = facts.environments.as_deref().map_err(|unread| unread.why.as_str());
    (!settled(policy.approvals.by, facts.settings.private, environments)).then(|| {
        Finding::unknown(
            Check::GateAnswers,
            "whether this private repository can have required reviewers is not known; no environment has them, so comments answer the gates",
            "write `approvals: { by: comments }` or `{ by: environments }` into the policy; `rollback-action init --environments` finds out with an administrator's token",
        )
    })
}

/// Looks whether a comment starts anything.
pub(super) fn workflow(facts: &Facts, policy: &Policy, ours: &[Ours<'_>]) -> Option<Finding> {
    if held_by(facts, policy) == Holder::Environments {
        return None;
    }
    let remedy = "write it with `rollback-action init --approvals comments`, and merge it into the default branch";
    let fails = |sentence: String| {
        Some(Finding::fails(Check::AnswerWorkflow, sentence, remedy).with(["rollback-action init --approvals comments".into()]))
    };
    match ours.iter().find(|ours| ours.answers()) {
        None => fails(format!("the gates are answered by comments, and no workflow on `{}` starts on one", facts.settings.default_branch)),
        Some(found) if !found.starts_on("issue_comment") => fails(format!("`{}` does not start on `issue_comment`", found.file.path)),
        Some(found) => Some(Finding::ok(Check::AnswerWorkflow, format!("`{}` starts on comments", found.file.path))),
    }
}
