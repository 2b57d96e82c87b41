//! What a run asked on the incident: the comment that holds its plan, and the other comments this tool writes there.

use chrono::{DateTime, Utc};

use crate::github::{Comment, Thread};
use crate::plan::{Plan, plan_in};

const ASKED: &str = "<!-- rollback-action:asked:";
const REJECTED: &str = "<!-- rollback-action:rejected:";
const KEPT: &str = "<!-- rollback-action:kept:";
const END: &str = " -->";

/// A plan that people are asked to answer by comments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The plan, whose digest was checked.
    pub plan: Plan,
    /// Who asked.
    pub asking: Asking,
    /// The number of the comment.
    pub comment: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// The place of the comment in the thread; what counts comes after it.
    pub(super) place: usize,
}

/// Who asks, as the question's first line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// GitHub's number of the run in whose name it is asked: after the merge the one that asked first.
    pub run: u64,
    /// The run that asked like this.
    pub by: u64,
    /// The comment whose question was answered with a no before; 0 where none was.
    pub after: u64,
}

impl Asking {
    /// Returns a run that asks for the first time.
    pub fn first(run: u64) -> Self {
        Self { run, by: run, after: 0 }
    }

    /// Returns the first line of the comment with which it asks.
    pub fn line(&self) -> String {
        let Self { run, by, after } = self;
        match *self == Self::first(*run) {
            true => format!("{ASKED}{run}{END}"),
            false => format!("{ASKED}{run}:{by}:{after}{END}"),
        }
    }

    fn read(body: &str) -> Option<Self> {
        let mut numbers = body.strip_prefix(ASKED)?.split_once(END)?.0.split(':').map(str::parse);
        let run = numbers.next()?.ok()?;
        let Some(by) = numbers.next() else { return Some(Self::first(run)) };
        Some(Self { run, by: by.ok()?, after: numbers.next()?.ok()? })
    }
}

/// Returns the first line of the comment that keeps a rejection on record, whatever becomes of the one that said no.
pub fn rejected_line(plan: &Plan) -> String {
    format!("{REJECTED}{}{END}", plan.id())
}

/// Returns the plan that is asked now: the newest that this tool's own account posted, where it is still as it was
/// written. The incident's description is no place for it, since people tick boxes there.
///
/// # Errors
/// When there is none, or none that can be trusted, in a sentence.
pub fn asked(thread: &Thread) -> Result<Asked, String> {
    let number = thread.number;
    if thread.moved {
        return Err(format!("issue #{number} came from another repository, where others may write; start a new run, and close this issue"));
    }
    let posted = |comment: &&Comment| comment.ours && comment.body.starts_with(ASKED);
    let newest = thread.comments.iter().rfind(posted);
    let newest = newest.ok_or_else(|| format!("no run asked anything on issue #{number}; start the rollback workflow, which does"))?;
    let (plan, asking) = read(newest)?;
    // A run that lost GitHub's answer may have posted the same plan twice.
    let same =
        |comment: &Comment| posted(&comment) && read(comment).is_ok_and(|other| other.1.after == asking.after && other.0.id() == plan.id());
    let place = thread.comments.iter().position(same).unwrap_or(0);
    let at = thread.comments.get(place).map_or(newest.created_at, |comment| comment.created_at);
    Ok(Asked { plan, asking, comment: newest.id, at, place })
}

/// Returns the first line of the comment that keeps a plan which publishes nothing new: no pull request has it.
pub fn kept_line(plan: &Plan) -> String {
    format!("{KEPT}{}{END}", plan.id())
}

/// Tells whether a comment keeps this plan, as it was written.
pub fn keeps(comment: &Comment, plan: &Plan) -> bool {
    comment.body.starts_with(&kept_line(plan)) && !comment.edited
}

/// Returns the newest plan that publishes nothing new and was carried out, as this tool's own account kept it.
pub fn kept(thread: &Thread) -> Option<Plan> {
    let of_ours = |comment: &&Comment| comment.ours && !comment.edited && !thread.moved && comment.body.starts_with(KEPT);
    let read = |comment: &Comment| Plan::from_document(&plan_in(&comment.body)?).ok().filter(|plan| plan.retag);
    thread.comments.iter().rev().filter(of_ours).find_map(read)
}

/// Tells whether a comment of the tool's own asks for a plan, whichever.
pub fn is_question(comment: &Comment) -> bool {
    comment.body.starts_with(ASKED)
}

/// Tells whether a comment asks for this plan, as it was written.
pub fn asks(comment: &Comment, plan: &Plan) -> bool {
    comment.body.starts_with(ASKED) && read(comment).is_ok_and(|asked| asked.0.id() == plan.id())
}

fn read(comment: &Comment) -> Result<(Plan, Asking), String> {
    if comment.edited {
        return Err("the comment that holds the plan was edited, so nothing shows what people read; start a new run".into());
    }
    let asking = Asking::read(&comment.body).ok_or("the comment that holds the plan does not say which run asked; start a new run")?;
    let document = plan_in(&comment.body).ok_or("the comment that should hold the plan has none; start a new run")?;
    let plan = Plan::from_document(&document).map_err(|error| format!("{error}; start a new run"))?;
    Ok((plan, asking))
}

/// Tells whether this tool put a rejection on record since a plan was asked.
pub(super) fn is_no_on_record(thread: &Thread, asked: &Asked) -> bool {
    let line = rejected_line(&asked.plan);
    thread.comments.iter().skip(asked.place).any(|comment| comment.ours && comment.body.starts_with(&line))
}
