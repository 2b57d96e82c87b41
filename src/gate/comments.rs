//! Gates that are answered by comments: the same decision from other evidence. Each approval has its author and its
//! time, so nothing has to be read the worst way but what may have been taken away: a no.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::asked::{Asked, asked, is_no_on_record};
use super::command::{Command, Verb, commands};
use super::passed::SKEW;
use super::people::{deleted, may_comment};
use super::waiting::of;
use super::{Answers, Approval, Evidence, Reason, Waiting, Weighed, sound};
use crate::config::Order;
use crate::domain::gate::{Ask, Gate, Holder, Stage};
use crate::domain::person::Login;
use crate::gather::Gather as _;
use crate::github::{Account, Comment};
use crate::plan::Plan;
use crate::words::list;

/// Returns the approvals that count, for a page that shows them before all are there.
pub(super) fn recorded(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Approval> {
    let Ok(page) = Page::of(plan, evidence) else { return Vec::new() };
    plan.asks(stage).filter_map(|(gate, ask)| page.answered(gate, ask, None).ok()).flatten().collect()
}

/// Returns the approvals that nobody has given yet, all waited for since the plan was asked.
pub(super) fn waiting(plan: &Plan, stage: Stage, evidence: &Evidence) -> Vec<Waiting> {
    let Ok(page) = Page::of(plan, evidence) else { return Vec::new() };
    let open = plan.asks(stage).filter(|(gate, ask)| page.answered(gate, ask, None).is_err());
    open.map(|(gate, ask)| of(gate, ask, &gate.answer_name(ask), Some(page.asked.at))).collect()
}

pub(super) fn weigh(plan: &Plan, stage: Stage, evidence: &Evidence) -> Weighed {
    let mut weighed =
        Weighed { unsound: sound::problems(plan, stage, evidence), rejected: Vec::new(), missing: Vec::new(), approvals: Vec::new() };
    let page = match Page::of(plan, evidence) {
        Ok(page) => page,
        Err(why) => {
            weighed.missing.push(Reason::of_all(why));
            return weighed;
        }
    };
    weighed.unsound.extend(page.problems(stage));
    weighed.rejected = page.rejections(stage);
    let mut answers: Vec<Vec<Approval>> = Vec::new();
    // With `order: in-order`, what was answered before the gates in front of it were is asked again.
    let mut since: Option<DateTime<Utc>> = None;
    for gate in plan.gates.iter().filter(|gate| gate.stage == stage) {
        let mut parts = Vec::new();
        for ask in &gate.approvals {
            match page.answered(gate, ask, since) {
                Ok(found) => parts.push(found),
                Err(why) => weighed.missing.push(Reason::of(&gate.answer_name(ask), why)),
            }
        }
        if plan.rules.order == Order::InOrder {
            let complete = |part: &Vec<Approval>| part.iter().filter_map(|approval| approval.before).min();
            since = parts.iter().filter_map(complete).chain(since).max();
        }
        weighed.missing.extend(same_person(plan, gate, &parts));
        answers.extend(parts);
    }
    if weighed.missing.is_empty() && stage == Stage::Execute {
        weighed.missing.extend(too_few(plan, &answers));
    }
    weighed.approvals = answers.into_iter().flatten().collect();
    weighed
}

/// Returns what a stage waits for, where answers by comments are all that is missing: the last of them starts it. Nothing
/// where something else holds it, or nothing does.
pub fn answers_missing(plan: &Plan, stage: Stage, evidence: &Evidence, run: u64) -> Vec<Reason> {
    let is_lost = evidence.answers.as_ref().is_some_and(|answers| answers.thread.moved);
    if !sound::problems(plan, stage, evidence).is_empty() || is_lost || plan.rules.by == Holder::Environments {
        return Vec::new();
    }
    // What this run asks for now, nobody answered yet.
    if Page::of(plan, evidence).is_err() || to_ask_anew(plan, evidence, run).is_some() {
        let line = |(gate, ask): (&Gate, &Ask)| {
            let (name, roles) = (gate.answer_name(ask), list(&ask.roles, "or"));
            Reason::of(&name, format!("it waits for {roles}, who comment `/approve {name} {}` on the incident", plan.id().short()))
        };
        return plan.asks(stage).map(line).collect();
    }
    let weighed = weigh(plan, stage, evidence);
    match weighed.rejected.is_empty() && weighed.unsound.is_empty() {
        true => weighed.missing,
        false => Vec::new(),
    }
}

/// Returns the comment whose question was answered with a no, where a person started another run since: as every new run
/// asks its own gates, that one asks everybody anew.
pub fn to_ask_anew(plan: &Plan, evidence: &Evidence, run: u64) -> Option<u64> {
    let page = Page::of(plan, evidence).ok()?;
    let is_by_hand = evidence.run.event == "workflow_dispatch";
    (is_by_hand && page.asked.asking.by != run && !page.all_rejections().is_empty()).then_some(page.asked.comment)
}

/// The incident, with the plan that is asked on it.
pub(super) struct Page<'e> {
    plan: &'e Plan,
    evidence: &'e Evidence,
    pub(super) answers: &'e Answers,
    asked: Asked,
}

impl<'e> Page<'e> {
    pub(super) fn of(plan: &'e Plan, evidence: &'e Evidence) -> Result<Self, String> {
        let answers = evidence.answers.as_ref();
        let answers =
            answers.ok_or("no incident of this rollback was found, so nobody was asked; run `incident` first, which asks there")?;
        let asked = asked(&answers.thread)?;
        if asked.plan.id() != plan.id() {
            return Err(format!(
                "issue #{} asks for plan {} now, not for {}; answer that one, or start a new run",
                answers.thread.number,
                asked.plan.id().short(),
                plan.id().short()
            ));
        }
        Ok(Self { plan, evidence, answers, asked })
    }

    pub(super) fn asks(&self) -> impl Iterator<Item = (&'e Gate, &'e Ask)> {
        self.plan.gates.iter().flat_map(Gate::asks)
    }

    /// What nobody can go past.
    fn problems(&self, stage: Stage) -> Vec<Reason> {
        let mut problems = Vec::new();
        let default = self.plan.basis.default_branch.as_str();
        let run = self.asked.asking.run;
        match &self.answers.asked_in {
            Ok(found) if found.branch.as_deref() == Some(default) => {}
            // A run that a merge started is on record for the branch that was merged.
            Ok(found)
                if stage != Stage::Execute
                    && found.event == "pull_request"
                    && found.branch.as_deref() == Some(self.plan.branch.as_str()) => {}
            Ok(_) => {
                problems.push(format!("run {run}, which asked, was not on `{default}`, where the workflow was reviewed; start one there"))
            }
            Err(why) => {
                problems.push(format!("run {run}, which asked, could not be read ({why}), so who started it is unknown; start a new run"))
            }
        }
        // It may have been a no. GitHub records only some deletions, so a no is put on record besides.
        let may_answer = |login: &Login| self.asks().any(|(_, ask)| self.is_named(ask, login));
        let deleted = self.answers.thread.deletions.iter().filter(|deletion| deletion.at >= self.asked.at);
        problems.extend(deleted.filter(|deletion| deletion.author.as_ref().is_none_or(|login| login.is_bot() || may_answer(login))).map(
            |deletion| {
                let who = deletion.author.as_ref().map_or("a deleted account".into(), |login| format!("`{login}`"));
                format!(
                    "a comment of {who} was deleted on issue #{} after the plan was asked, and it may have been a no; start a new run",
                    self.answers.thread.number
                )
            },
        ));
        problems.into_iter().map(Reason::of_all).collect()
    }

    /// Everybody's no that stops a stage. Releasing the work again waits for nobody, so a no to it stops nothing else.
    fn rejections(&self, stage: Stage) -> Vec<Reason> {
        let stops = |of: &Option<Stage>| of.is_none_or(|of| of != Stage::ReRelease || of == stage);
        self.all_rejections().into_iter().filter(|(of, _)| stops(of)).map(|(_, reason)| reason).collect()
    }

    /// Everybody's no, each with its gate's stage where that is known, also where the comment was edited, hidden or deleted
    /// since.
    fn all_rejections(&self) -> Vec<(Option<Stage>, Reason)> {
        let remedy = "a no stands; settle it with them, then start the workflow again, which asks everybody anew";
        let mut reasons = Vec::new();
        for (place, comment) in self.answers.thread.comments.iter().enumerate() {
            for command in commands(&comment.body).commands.iter().filter(|command| command.verb == Verb::Reject) {
                let rejected =
                    self.asks().find(|(gate, ask)| self.is_meant(gate, ask, command) && self.rejects(ask, place, comment, command));
                reasons.extend(rejected.map(|(gate, ask)| {
                    let who = comment.author.as_ref().map_or("a deleted account".into(), |author| author.login.to_string());
                    let text = format!("rejected by {who}{}; {remedy}", said(command, &comment.body));
                    (Some(gate.stage), Reason::of(&gate.answer_name(ask), text))
                }));
            }
        }
        if reasons.is_empty() && is_no_on_record(&self.answers.thread, &self.asked) {
            reasons.push((None, Reason::of_all(format!("the plan was rejected by a comment that was changed or deleted since; {remedy}"))));
        }
        reasons
    }

    /// Tells whether a command is about this part of a gate; a rejection may name the gate as a whole.
    pub(super) fn is_meant(&self, gate: &Gate, ask: &Ask, command: &Command) -> bool {
        gate.answer_name(ask) == command.gate || (command.verb == Verb::Reject && gate.id == command.gate)
    }

    /// Tells whether a command's digits are this plan's; `None` where it has none.
    fn names_plan(&self, command: &Command) -> Option<bool> {
        command.plan.as_ref().map(|digits| self.plan.id().as_str().starts_with(digits.as_str()))
    }

    pub(super) fn rejects(&self, ask: &Ask, place: usize, comment: &Comment, command: &Command) -> bool {
        let names_it = self.names_plan(command).unwrap_or(true);
        let by = comment.author.as_ref().filter(|author| !author.login.is_bot() && self.is_named(ask, &author.login));
        place > self.asked.place && names_it && by.is_some()
    }

    /// In the role by the plan or by the policy as it is now.
    fn is_named(&self, ask: &Ask, login: &Login) -> bool {
        let policy = self.evidence.policy.as_ref().ok();
        let now = ask.roles.iter().filter_map(|role| policy?.roles.get(role));
        ask.roles.iter().filter_map(|role| self.plan.roles.get(role)).chain(now).any(|role| role.users.contains(login))
    }

    /// Who approved one part of a gate, or why it waits. One comment that does not count takes nothing from another.
    fn answered(&self, gate: &Gate, ask: &Ask, since: Option<DateTime<Utc>>) -> Result<Vec<Approval>, String> {
        let (mut found, mut last) = (Vec::new(), None);
        for (place, comment) in self.answers.thread.comments.iter().enumerate() {
            let said = commands(&comment.body);
            let mut approvals = said.commands.iter().filter(|command| command.verb == Verb::Approve && self.is_meant(gate, ask, command));
            let Some(command) = approvals.next() else { continue };
            let counts = match &said.problem {
                Some(problem) => Err(problem.clone()),
                None => self.counts(gate, ask, place, comment, command),
            };
            match counts {
                Ok(approval) if since.is_some_and(|since| approval.before < Some(since)) => {
                    last = Some(format!(
                        "it was answered before the gates in front of it, and the policy asks its gates in order; comment `{}` again",
                        self.line(gate, ask)
                    ));
                }
                Ok(approval) => found.push(approval),
                Err(why) => last = Some(why),
            }
        }
        match (found.is_empty(), last) {
            (false, _) => Ok(found),
            (true, Some(why)) => Err(why),
            (true, None) => Err(format!(
                "it waits for {}, who comment `{}` on issue #{}",
                list(&ask.roles, "or"),
                self.line(gate, ask),
                self.answers.thread.number
            )),
        }
    }

    fn line(&self, gate: &Gate, ask: &Ask) -> String {
        format!("/approve {} {}", gate.answer_name(ask), self.plan.id().short())
    }

    pub(super) fn counts(&self, gate: &Gate, ask: &Ask, place: usize, comment: &Comment, command: &Command) -> Result<Approval, String> {
        let line = self.line(gate, ask);
        if self.names_plan(command) != Some(true) {
            return Err(format!("it was approved for another plan than {}; read this one, then comment `{line}`", self.plan.id().short()));
        }
        if place <= self.asked.place || comment.created_at < self.asked.at {
            return Err(format!("it was approved before the plan was asked here; comment `{line}` again"));
        }
        let author = comment.author.as_ref().filter(|author| !deleted(&author.login));
        let author = author.ok_or("it was approved by an account that no longer exists; have somebody else comment")?;
        let login = &author.login;
        if comment.edited {
            return Err(format!("`{login}` edited the comment, so nothing shows what it said before; comment `{line}` anew"));
        }
        if comment.minimized {
            return Err(format!("the comment of `{login}` was hidden by somebody; comment `{line}` anew"));
        }
        self.fresh(comment.created_at, &line)?;
        let asked_in =
            self.answers.asked_in.as_ref().map_err(|why| format!("who started the run that asked is unknown ({why}); start a new run"))?;
        may_comment(self.plan, ask, login, asked_in, self.evidence)?;
        self.is_collaborator(author)?;
        Ok(Approval {
            gate: gate.id.clone(),
            environment: ask.environment.clone(),
            by: Some(login.clone()),
            comment: said_besides(&comment.body),
            before: Some(comment.created_at),
        })
    }

    fn fresh(&self, at: DateTime<Utc>, line: &str) -> Result<(), String> {
        let (now, hours) = (self.evidence.now, i64::from(self.plan.rules.valid_hours));
        match at {
            at if at - now > SKEW => Err(format!("the comment is from the future, so its age is unknown; comment `{line}` again")),
            at if now - at <= TimeDelta::hours(hours) => Ok(()),
            _ => Err(format!("its approval is older than {hours} h, which is how long this policy lets one count; comment `{line}` again")),
        }
    }

    /// The account by its number: a login that changed hands since the comment is somebody else's.
    fn is_collaborator(&self, author: &Account) -> Result<(), String> {
        let login = &author.login;
        match self.answers.people.get(login) {
            Some(Ok(Some(id))) if Some(*id) == author.id => Ok(()),
            Some(Ok(Some(_))) => {
                Err(format!("the account that commented as `{login}` is not the one of that name now; have its owner comment"))
            }
            Some(Ok(None)) => {
                Err(format!("`{login}` is no collaborator of the repository any more; have somebody else of the role comment"))
            }
            Some(Err(why)) => Err(format!("whether `{login}` is a collaborator could not be read ({why}); run this again")),
            None => Err(format!("whether `{login}` is a collaborator was not read; run this again")),
        }
    }
}

/// The approvals of one gate are meant for different people: there must be a way to choose one for each.
fn same_person(plan: &Plan, gate: &Gate, parts: &[Vec<Approval>]) -> Option<Reason> {
    if plan.rules.minimum_people < 2 || parts.len() < gate.approvals.len() {
        return None;
    }
    let people: Vec<BTreeSet<&Login>> = parts.iter().map(|part| super::people_in(part)).collect();
    (!has_different(&people, &BTreeSet::new())).then(|| {
        let everybody: BTreeSet<&Login> = people.iter().flatten().copied().gather();
        let who = list(&everybody.iter().map(ToString::to_string).collect::<Vec<_>>(), "and");
        let text = format!(
            "`{}` takes {} different people, and was approved by {who} alone; have somebody else of its roles comment",
            gate.id,
            parts.len()
        );
        Reason::of_all(text)
    })
}

fn has_different<'p>(parts: &[BTreeSet<&'p Login>], taken: &BTreeSet<&'p Login>) -> bool {
    let Some((first, rest)) = parts.split_first() else { return true };
    first.difference(taken).any(|person| {
        let mut taken = taken.clone();
        taken.insert(person);
        has_different(rest, &taken)
    })
}

fn too_few(plan: &Plan, answers: &[Vec<Approval>]) -> Option<Reason> {
    let everybody: BTreeSet<&Login> = answers.iter().flat_map(|answer| super::people_in(answer)).gather();
    let wanted = plan.rules.minimum_people as usize;
    (everybody.len() < wanted).then(|| {
        let who = list(&everybody.iter().map(ToString::to_string).collect::<Vec<_>>(), "and");
        Reason::of_all(format!(
            "all gates together were approved by {} ({who}); the policy asks for at least {wanted} different people, so have others comment too",
            everybody.len()
        ))
    })
}

/// The first words of what a comment says beside its commands.
fn said_besides(body: &str) -> String {
    let besides = body.lines().filter(|line| !line.starts_with("/approve") && !line.starts_with("/reject"));
    besides.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").chars().take(500).collect()
}

fn said(command: &Command, body: &str) -> String {
    let text = format!("{} {}", command.said, said_besides(body));
    match text.trim() {
        "" => String::new(),
        text => format!(" (`{}`)", text.escape_debug().take(200).collect::<String>()),
    }
}
