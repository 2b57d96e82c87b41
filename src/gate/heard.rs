//! What one comment on the incident brings about, for its author and for the run it started.

use super::command::{Command, Verb, commands};
use super::comments::Page;
use super::{Evidence, Reason};
use crate::domain::person::Login;
use crate::plan::Plan;
use crate::words::list;

/// What one comment brought about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heard {
    /// The gates it approved.
    pub approved: Vec<String>,
    /// The gates it rejected.
    pub rejected: Vec<String>,
    /// What in it does not count, and why.
    pub refused: Vec<Reason>,
    /// Who wrote it, where they are a collaborator: others are not answered.
    pub collaborator: Option<Login>,
}

/// Returns what a comment of the incident brings about, or `None` where it is not there.
///
/// # Errors
/// When no comment counts there for this plan, in a sentence.
pub fn heard(plan: &Plan, evidence: &Evidence, comment: u64) -> Result<Option<Heard>, String> {
    let page = Page::of(plan, evidence)?;
    let mut comments = page.answers.thread.comments.iter().enumerate();
    let Some((place, comment)) = comments.find(|(_, found)| found.id == comment) else { return Ok(None) };
    let login = comment.author.as_ref().map(|author| author.login.clone());
    let is_collaborator = |login: &Login| matches!(page.answers.people.get(login), Some(Ok(Some(_))));
    let mut heard = Heard { collaborator: login.filter(is_collaborator), ..Heard::default() };
    let said = commands(&comment.body);
    heard.refused.extend(said.problem.clone().map(Reason::of_all));
    if said.commands.is_empty() && said.problem.is_none() {
        heard.refused.push(Reason::of_all("the comment commands nothing; `/approve GATE PLAN` must be its first line, unquoted"));
    }
    for command in &said.commands {
        let found = page.asks().filter(|(gate, ask)| page.is_meant(gate, ask, command)).collect::<Vec<_>>();
        match (command.verb, found.as_slice()) {
            (_, []) => heard.refused.push(no_such_gate(&page, command)),
            (Verb::Approve, [(gate, ask), ..]) => match page.counts(gate, ask, place, comment, command) {
                Ok(_) if said.problem.is_none() => heard.approved.push(gate.answer_name(ask)),
                Ok(_) => {}
                Err(why) => heard.refused.push(Reason::of(&gate.answer_name(ask), why)),
            },
            (Verb::Reject, all) => match all.iter().find(|(_, ask)| page.rejects(ask, place, comment, command)) {
                Some((gate, _)) => heard.rejected.push(gate.id.clone()),
                None => heard.refused.push(Reason::of_all(format!(
                    "the rejection of `{}` does not count: it is not by somebody who may answer the gate, or of another plan than {}",
                    command.gate.escape_debug(),
                    plan.id().short()
                ))),
            },
        }
    }
    Ok(Some(heard))
}

fn no_such_gate(page: &Page<'_>, command: &Command) -> Reason {
    let names: Vec<String> = page.asks().map(|(gate, ask)| gate.answer_name(ask)).collect();
    let parts: Vec<&String> = names.iter().filter(|name| name.starts_with(&format!("{}/", command.gate))).collect();
    Reason::of_all(match parts.is_empty() {
        true => format!("the plan has no gate `{}`; its gates are {}", command.gate.escape_debug(), list(&names, "and")),
        false => {
            format!("`{}` takes {} approvals, one of each role; name the one you give: {}", command.gate, parts.len(), list(&parts, "or"))
        }
    })
}
