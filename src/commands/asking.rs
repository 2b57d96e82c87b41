//! What the incident's page asks people in comments, once each.

use chrono::{DateTime, Utc};

use super::course::is_same_rollback;
use super::once::once;
use crate::domain::gate::Stage;
use crate::gate::{Approval, asked, asks, is_question, keeps};
use crate::github::{Comment, Error, IssueWriter, Reader, Thread};
use crate::plan::Plan;
use crate::report;

/// The stages whose gates are asked once the plan is carried out.
const LATER: [Stage; 3] = [Stage::Finish, Stage::Close, Stage::ReRelease];

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
    /// Asks for the answers before `execute`, once for a plan, and returns the comments. Where a later run has asked for
    /// another plan, this one stays behind.
    pub(super) async fn ask(&self, plan: &Plan) -> Result<Option<Thread>, Error> {
        let thread = self.thread().await?;
        let text = report::asking_comment(plan, self.run, Stage::Execute, self.now);
        let said = once(self.writer, self.reader, &thread, &text, |comment| asks(comment, plan)).await?;
        Ok(Some(said.unwrap_or(thread)))
    }

    /// Asks for what comes after the merge, unless that plan is the one asked now. Whose run asked first asked for it all:
    /// who started that one may not answer, and who merged or commented since may.
    pub(super) async fn ask_late(&self, plan: &Plan) -> Result<Option<Thread>, Error> {
        if LATER.iter().all(|stage| plan.gates_of(*stage).next().is_none()) {
            return Ok(None);
        }
        let thread = self.thread().await?;
        let last = asked(&thread).ok().filter(|asked| is_same_rollback(&asked.plan, plan));
        let run = last.map_or(self.run, |asked| asked.run);
        // What was asked before another plan was is asked no more.
        let is_other = |comment: &&Comment| comment.ours && is_question(comment) && !asks(comment, plan);
        let other = thread.comments.iter().filter(is_other).map(|comment| comment.id).max();
        let says = |comment: &Comment| asks(comment, plan) && other.is_none_or(|other| comment.id > other);
        let text = report::asking_comment(plan, run, Stage::Finish, self.now);
        let said = once(self.writer, self.reader, &thread, &text, says).await?;
        Ok(Some(said.unwrap_or(thread)))
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
