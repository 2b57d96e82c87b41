//! `answer`: in the run that a comment on the incident started: what the comment means for the plan asked there, and
//! whether all gates are answered now. Reads everything anew; it is told two numbers and nothing else.

use super::evidence::by_comments;
use super::execute::run_of;
use super::once::once;
use super::{Connection, Ended, Exit, Problem, problems_of};
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Decision, Evidence, Heard, asked, decide, heard, rejected_line};
use crate::github::{Error, Reader};
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
    let evidence = match by_comments(&reader, &plan, &run).await {
        Ok(evidence) => evidence,
        Err(error) => return Ended::of_error(&error),
    };
    if let Some(answers) = evidence.answers.as_ref().filter(|answers| answers.thread.number != arguments.issue) {
        return refused(format!("the incident of {} is #{}; comment there", plan.bad.tag, answers.thread.number));
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
    let decision = decide(&plan, Stage::Execute, &evidence);
    let mut ended = told(&plan, &heard, &decision);
    if let Err(error) = replied(connection, &reader, &plan, &evidence, arguments.comment, (&heard, &decision)).await {
        ended.problems.push(Problem::new(format!("the reply was not written: {error}"), error.hint()));
    }
    ended.outputs.extend([
        ("incident", arguments.issue.to_string()),
        ("plan", plan.to_document()),
        ("plan-id", plan.id().short().to_owned()),
    ]);
    ended
}

fn refused(why: String) -> Ended {
    Ended { outputs: vec![("approved", "false".into())], ..Ended::problems(Exit::Gates, vec![Problem::new(why, None)]) }
}

/// Only a comment that counts lets the plan go on: one that does not starts nothing, even where nothing is missing.
fn told(plan: &Plan, heard: &Heard, decision: &Decision) -> Ended {
    let counted = !heard.approved.is_empty() && heard.refused.is_empty();
    let (exit, text, said, approved) = match decision {
        Decision::Rejected(reasons) => (Exit::Gates, format!("plan {} was rejected\n", plan.id().short()), problems_of(reasons), false),
        _ if !counted => (Exit::Gates, "the comment does not count as it is\n".to_owned(), problems_of(&heard.refused), false),
        Decision::Approved(_) => (Exit::Done, format!("plan {} has every approval\n", plan.id().short()), Vec::new(), true),
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
    let summary =
        report::answer_markdown(plan, &heard.approved, &said.iter().map(|problem| problem.error.clone()).collect::<Vec<_>>(), decision);
    Ended { problems: said, summary, outputs: vec![("approved", approved.to_string())], ..Ended::new(exit, text) }
}

/// A no is put on record, since the comment that said it can be edited or deleted; and a collaborator whose comment does
/// not count is told why, once. Strangers are not answered.
async fn replied(
    connection: &Connection,
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
        once(connection, reader, thread, &text, |comment| comment.body.starts_with(&on_record)).await?;
    }
    let line = report::answered_line(comment);
    match &heard.collaborator {
        Some(login) if !heard.refused.is_empty() => {
            let text = report::refused_comment(&line, login, &heard.refused);
            once(connection, reader, thread, &text, |comment| comment.body.starts_with(&line)).await.map(drop)
        }
        Some(_) | None => Ok(()),
    }
}
