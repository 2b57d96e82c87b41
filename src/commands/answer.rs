//! `answer`: in the run that a comment on the incident started: what the comment means for the plan asked there, and
//! whether every gate of the stage that is open is answered now. Reads everything anew; it is told two numbers and nothing
//! else.

use futures_util::future::join3;

use super::course::{Course, released};
use super::evidence::by_comments;
use super::execute::run_of;
use super::once::once;
use super::only_one::oldest;
use super::{Connection, Ended, Exit, Problem, problems_of};
use crate::apply::Standing;
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Answers, Decision, Evidence, Heard, asked, decide, heard, rejected_line};
use crate::github::{Comment, Error, IssueWriter, Reader};
use crate::plan::Plan;
use crate::report;
use crate::runner::Environment;

/// The arguments of `answer`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Answer {
    /// The number of the issue that was commented on
    #[arg(long, value_name = "NUMBER")]
    pub issue: u64,
    /// GitHub's number of the comment
    #[arg(long, value_name = "NUMBER")]
    pub comment: u64,
}

/// Weighs one comment, and says whether the plan may be carried out now.
pub async fn answer(arguments: &Answer, connection: &Connection, environment: &Environment) -> Ended {
    let run = match run_of(environment) {
        Ok(run) => run,
        Err(ended) => return *ended,
    };
    let reader = connection.reader();
    let thread = match reader.thread(arguments.issue).await {
        Ok(Some(thread)) => thread,
        Ok(None) => return refused(format!("#{} is no issue of this repository; comment on the incident itself", arguments.issue)),
        Err(error) => return Ended::of_error(&error),
    };
    let plan = match asked(&thread) {
        Ok(asked) => asked.plan,
        Err(why) => return refused(why),
    };
    if plan.repository != *reader.repository_name() {
        return refused(format!("the plan on issue #{} is for `{}`; start a new run here", arguments.issue, plan.repository));
    }
    if plan.rules.by != Holder::Comments {
        return refused(format!("the gates of plan {} are environments; approve them on the run's page", plan.id().short()));
    }
    let reads = join3(by_comments(&reader, &plan, &run), Standing::read(&reader, &plan), released(&plan, &reader));
    let ((evidence, issues), standing, released) = match reads.await {
        (Ok(evidence), Ok(standing), Ok(released)) => (evidence, standing, released),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return Ended::of_error(&error),
    };
    // What could not be read says nothing of anybody's comment, and a run that ends well is not started again.
    let author = evidence.answers.as_ref().and_then(|answers| standing_of_author(answers, arguments.comment));
    if let Some(why) = evidence.unread().or(author.and_then(|found| found.as_ref().err())) {
        let error = format!("what the gates rest on could not be read: {why}");
        return Ended::problems(Exit::Failed, vec![Problem::new(error, Some("the comment is not weighed yet; run this again".into()))]);
    }
    let course = match Course::of(&plan, &standing, released.as_ref(), &reader).await {
        Ok(course) => course,
        Err(ended) => return *ended,
    };
    if let Some(answers) = evidence.answers.as_ref().filter(|answers| answers.thread.number != arguments.issue) {
        return refused(format!("the incident of {} is #{}; comment there", plan.bad.tag, answers.thread.number));
    }
    if course.in_force.rules.by == Holder::Environments {
        let mut ended = refused(format!(
            "since plan {} was asked the policy has environments hold its gates; start the workflow of the stage that comes next, and \
             approve on its run's page",
            plan.id().short()
        ));
        ended.outputs.extend(told_of(&course.in_force, arguments.issue));
        return ended;
    }
    if course.in_force.id() != plan.id() {
        let (asked, now) = (plan.id(), course.in_force.id());
        let why = format!(
            "the policy's gates, people or rules were changed since plan {} was asked; plan {} is asked on issue #{} now: answer that one",
            asked.short(),
            now.short(),
            arguments.issue
        );
        // The run goes on to refresh the incident with it, which asks there.
        let mut ended = refused(why);
        ended.outputs.extend(told_of(&course.in_force, arguments.issue));
        return ended;
    }
    let heard = match heard(&plan, &evidence, arguments.comment) {
        Ok(Some(heard)) => heard,
        Ok(None) => {
            let error = format!("comment {} is not among those of issue #{}", arguments.comment, arguments.issue);
            return Ended::problems(
                Exit::Failed,
                vec![Problem::new(error, Some("it was deleted, or GitHub does not list it yet: run this again".into()))],
            );
        }
        Err(why) => return refused(why),
    };
    let is_open = oldest(&plan, &issues).is_some_and(|issue| issue.open);
    let stage = meant(&plan, &heard, course.stage);
    let decision = decide(&plan, stage, &evidence);
    let mut ended = told(&plan, arguments.issue, stage, goes_on(stage, course.stage, is_open), &heard, &decision);
    if let Err(error) = replied(&connection.issue_writer(), &reader, &plan, &evidence, arguments.comment, (&heard, &decision)).await {
        ended.problems.push(Problem::new(format!("the reply was not written: {error}"), error.hint()));
    }
    ended.outputs.extend(told_of(&plan, arguments.issue));
    ended
}

/// Returns what is known of whoever wrote a comment, where that matters.
fn standing_of_author(answers: &Answers, comment: u64) -> Option<&Result<Option<u64>, String>> {
    let author = answers.thread.comments.iter().find(|found| found.id == comment)?.author.as_ref()?;
    answers.people.get(&author.login)
}

fn told_of(plan: &Plan, incident: u64) -> [(&'static str, String); 4] {
    let (id, bad) = (plan.id().short().to_owned(), plan.bad.tag.to_string());
    [("incident", incident.to_string()), ("plan", plan.to_document()), ("plan-id", id), ("bad", bad)]
}

/// Returns the stage that a comment is about: the open one, where any of its lines is.
fn meant(plan: &Plan, heard: &Heard, open: Option<Stage>) -> Stage {
    let names = |name: &String| heard.approved.contains(name) || heard.rejected.contains(name);
    let of = plan.gates.iter().filter(|gate| names(&gate.id) || gate.asks().any(|(gate, ask)| names(&gate.answer_name(ask))));
    let stages: Vec<Stage> = of.map(|gate| gate.stage).collect();
    let first = stages.first().copied();
    open.filter(|open| stages.contains(open)).or(first).or(open).unwrap_or(Stage::Execute)
}

/// What becomes of a stage once all its gates are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum GoesOn {
    /// This run starts it.
    Now,
    /// It was carried out before.
    Done,
    /// Something else starts it, when it is time.
    Later,
}

/// An incident that people closed by hand goes on by none of its comments; a re-release goes on by itself.
fn goes_on(stage: Stage, open: Option<Stage>, is_open: bool) -> GoesOn {
    match (stage, open) {
        (Stage::ReRelease, _) => GoesOn::Later,
        (Stage::Execute, None | Some(Stage::Finish | Stage::Close | Stage::ReRelease)) => GoesOn::Done,
        (Stage::Finish, Some(Stage::Close | Stage::ReRelease)) => GoesOn::Done,
        (stage, Some(open)) if stage == open && is_open => GoesOn::Now,
        (Stage::Execute | Stage::Finish | Stage::Close, _) => GoesOn::Later,
    }
}

/// Returns what a stage is called in a workflow.
fn named(stage: Stage) -> &'static str {
    match stage {
        Stage::Execute => "execute",
        Stage::Finish => "finish",
        Stage::Close => "close",
        Stage::ReRelease => "re-release",
    }
}

fn refused(why: String) -> Ended {
    Ended { outputs: vec![("approved", "false".into())], ..Ended::problems(Exit::Gates, vec![Problem::new(why, None)]) }
}

/// Only a comment that counts lets the plan go on: one that does not starts nothing, even where nothing is missing.
fn told(plan: &Plan, number: u64, stage: Stage, goes_on: GoesOn, heard: &Heard, decision: &Decision) -> Ended {
    let counted = !heard.approved.is_empty() && heard.refused.is_empty();
    let (id, what) = (plan.id(), named(stage));
    let (exit, text, said, approved) = match decision {
        Decision::Rejected(reasons) => {
            (Exit::Gates, format!("plan {} was rejected on issue #{number}\n", id.short()), problems_of(reasons), false)
        }
        _ if !counted => {
            (Exit::Gates, format!("the comment on issue #{number} does not count as it is\n"), problems_of(&heard.refused), false)
        }
        _ if goes_on == GoesOn::Done => {
            (Exit::Done, format!("`{what}` of plan {} was carried out before\n", id.short()), Vec::new(), false)
        }
        Decision::Approved(_) => {
            let later = if goes_on == GoesOn::Now { "" } else { "; this comment starts nothing" };
            (Exit::Done, format!("plan {} has every approval before `{what}`{later}\n", id.short()), Vec::new(), goes_on == GoesOn::Now)
        }
        Decision::Waiting(reasons) => {
            let lines: String = reasons.iter().map(|reason| format!("  {reason}\n")).collect();
            (
                Exit::Done,
                format!("{} counts for plan {}; still missing:\n{lines}", heard.approved.join(", "), plan.id().short()),
                Vec::new(),
                false,
            )
        }
    };
    let markdown =
        report::answer_markdown(plan, &heard.approved, &said.iter().map(|problem| problem.error.clone()).collect::<Vec<_>>(), decision);
    let was_done = counted && goes_on == GoesOn::Done && !matches!(decision, Decision::Rejected(_));
    let summary = if was_done { report::inline(&text) } else { markdown };
    let outputs = vec![("approved", approved.to_string()), ("stage", what.to_owned())];
    Ended { problems: said, summary, outputs, ..Ended::new(exit, text) }
}

/// A no is put on record, since the comment that said it can be edited or deleted; and a collaborator whose comment does
/// not count is told why, once; a reply that holds no more is taken away. Strangers are not answered.
async fn replied(
    writer: &IssueWriter,
    reader: &Reader,
    plan: &Plan,
    evidence: &Evidence,
    comment: u64,
    (heard, decision): (&Heard, &Decision),
) -> Result<(), Error> {
    let Some(thread) = evidence.answers.as_ref().map(|answers| &answers.thread) else { return Ok(()) };
    let on_record = rejected_line(plan);
    if let (false, Decision::Rejected(reasons)) = (heard.rejected.is_empty(), decision) {
        let text = report::rejected_comment(plan, &on_record, reasons);
        once(writer, reader, thread, &text, |comment| comment.body.starts_with(&on_record)).await?;
    }
    let line = report::answered_line(comment);
    let told = heard.collaborator.as_ref().filter(|_| !heard.refused.is_empty());
    let reply = told.map(|login| report::refused_comment(&line, login, &heard.refused));
    let says = |comment: &Comment| reply.as_ref().is_some_and(|reply| comment.body.trim_end() == reply.trim_end());
    if let Some(text) = &reply {
        once(writer, reader, thread, text, says).await?;
    }
    // An earlier run, which could not read everything, may have found other reasons.
    let is_over = |comment: &&Comment| comment.ours && comment.body.starts_with(&line) && !says(comment);
    if reply.is_some() || heard.refused.is_empty() {
        for over in thread.comments.iter().filter(is_over) {
            writer.remove_comment(over.id).await?;
        }
    }
    Ok(())
}
