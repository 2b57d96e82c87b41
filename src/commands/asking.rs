//! What the incident's page asks people in comments, once each.

use chrono::{DateTime, Utc};

use super::course::{Course, is_same_rollback};
use super::once::once;
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Approval, Asking, Evidence, asked, asks, is_question, keeps, to_ask_anew};
use crate::github::{Comment, Error, IssueWriter, Reader, Thread};
use crate::plan::{Plan, plan_in};
use crate::report;

/// The page of an incident, as a run writes on it.
pub(super) struct Page<'c> {
    /// The incident's number.
    pub(super) incident: u64,
    /// The run that asks.
    pub(super) run: u64,
    /// GitHub's clock.
    pub(super) now: DateTime<Utc>,
    pub(super) writer: &'c IssueWriter,
    pub(super) reader: &'c Reader,
}

impl Page<'_> {
    /// Asks once for a plan, and once more after a no, and returns the comments. Before the merge, where a later run has
    /// asked for another plan, this one stays behind; after it, what was asked before another plan was is asked no more.
    /// There, whose run asked first asked for it all: who started that one may not answer, and who merged or commented
    /// since may.
    pub(super) async fn ask(&self, question: &Question<'_>) -> Result<Thread, Error> {
        let plan = question.plan;
        let thread = self.thread().await?;
        let last = asked(&thread).ok().filter(|asked| is_same_rollback(&asked.plan, plan));
        let (run, other) = match question.from {
            Stage::Execute => (self.run, None),
            Stage::Finish | Stage::Close | Stage::ReRelease => {
                let is_other = |comment: &&Comment| comment.ours && is_question(comment) && !asks(comment, plan);
                let other = thread.comments.iter().filter(is_other).map(|comment| comment.id).max();
                (last.as_ref().map_or(self.run, |last| last.asking.run), other)
            }
        };
        let after = question.anew.or_else(|| Some(last.filter(|last| last.plan.id() == plan.id())?.asking.after)).unwrap_or(0);
        let since = other.unwrap_or(0).max(after);
        let says = |comment: &Comment| asks(comment, plan) && comment.id > since;
        let line = Asking { run, by: self.run, after }.line();
        let text = report::asking_comment(plan, &line, question.from, self.now);
        let said = once(self.writer, self.reader, &thread, &text, says).await?;
        Ok(said.unwrap_or(thread))
    }

    /// Keeps the plan of a direct delivery, which no pull request holds; where comments answered its gates, one does already.
    pub(super) async fn keep_plan(&self, plan: &Plan) -> Result<(), Error> {
        let document = plan.to_document();
        let holds = |comment: &Comment| plan_in(&comment.body).is_some_and(|kept| kept == document);
        let thread = self.thread().await?;
        once(self.writer, self.reader, &thread, &report::plan_comment(plan), holds).await.map(drop)
    }

    /// Copies the approvals of a re-release into the incident, since runs expire and a closed page stays as it is.
    pub(super) async fn copy(&self, plan: &Plan, again: &[Approval]) -> Result<(), Error> {
        if again.is_empty() {
            return Ok(());
        }
        let line = report::again_line(plan, self.run);
        let thread = self.thread().await?;
        let text = report::again_comment(plan, self.run, again);
        once(self.writer, self.reader, &thread, &text, |comment| comment.body.starts_with(&line)).await.map(drop)
    }

    /// Keeps a plan that publishes nothing new, once it is carried out.
    pub(super) async fn keep(&self, plan: &Plan) -> Result<(), Error> {
        let thread = self.thread().await?;
        once(self.writer, self.reader, &thread, &report::kept_comment(plan), |comment| keeps(comment, plan)).await.map(drop)
    }

    async fn thread(&self) -> Result<Thread, Error> {
        Ok(self.reader.thread(self.incident).await?.unwrap_or_else(|| Thread { number: self.incident, ..Thread::default() }))
    }
}

/// What a run asks for by comments.
pub(super) struct Question<'q> {
    plan: &'q Plan,
    /// The first stage whose gates are asked.
    from: Stage,
    /// The comment whose question was answered with a no before this run.
    pub(super) anew: Option<u64>,
}

impl<'q> Question<'q> {
    /// Returns what there is to ask. Nobody is asked before the glass is broken; what comes after is asked all the same.
    pub(super) fn of(course: &'q Course, evidence: &Evidence, run: u64, glass_is_broken: bool) -> Option<Self> {
        let plan = &course.in_force;
        let from = match (plan.rules.by, course.stage) {
            (Holder::Comments, Some(Stage::Execute)) => Stage::Execute,
            (Holder::Comments, Some(Stage::Finish | Stage::Close)) => Stage::Finish,
            (Holder::Comments, None) if glass_is_broken => Stage::Finish,
            (Holder::Comments | Holder::Environments, _) => return None,
        };
        let anew = to_ask_anew(plan, evidence, run);
        plan.gates_from(from).next().map(|_| Self { plan, from, anew })
    }
}
