//! `close`: closes the incident, when what must be true is true: the rollback is released or needs no release, the bad releases
//! are marked and withdrawn, every task by hand is done, and the gates before closing are passed.

use futures_util::future::join4;

use super::course::released;
use super::merged::{Merged, merged, passed};
use super::only_one::oldest;
use super::{Connection, Ended, Exit, Problem};
use crate::apply::Standing;
use crate::domain::gate::Stage;
use crate::gate::Approval;
use crate::github::Issue;
use crate::plan::{Bad, is_marked_bad};
use crate::report;
use crate::runner::Environment;

/// The arguments of `close`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Close {
    /// The bad release's tag
    #[arg(long, value_name = "TAG")]
    pub bad: String,
    /// Why tasks by hand stay undone, or the bad version stays where it is; everybody will read it
    #[arg(long, value_name = "TEXT")]
    pub left: Option<String>,
}

/// Closes the incident of a finished rollback.
pub async fn close(arguments: &Close, connection: &Connection, environment: &Environment) -> Ended {
    let reader = connection.reader();
    let merged = match merged(&arguments.bad, None, &reader).await {
        Ok(merged) => merged,
        Err(ended) => return *ended,
    };
    let plan = merged.plan();
    let label = report::incident_label(plan);
    let reads = join4(
        Standing::read(&reader, plan),
        released(plan, &reader),
        reader.issues_labelled(label),
        passed(&merged, Stage::Close, &reader, environment),
    );
    let (standing, released, issues, gates) = match reads.await {
        (Ok(standing), Ok(released), Ok(issues), gates) => (standing, released, issues, gates),
        (Err(error), ..) | (_, Err(error), ..) | (_, _, Err(error), _) => return Ended::of_error(&error),
    };
    let Some(issue) = oldest(plan, &issues) else {
        let error = format!("there is no incident of {} labelled `{label}`", plan.bad.tag);
        return Ended::problems(Exit::Refused, vec![Problem::new(error, Some("make one with `incident`, and look through it".into()))]);
    };
    // Closed by hand, or its page written at the same moment: how it was closed is not on it yet.
    if !issue.open && issue.body.contains(report::CLOSED_MARKER) {
        return told(issue, "is closed already");
    }
    let left = report::open_tasks(&issue.body);
    let why = arguments.left.as_deref().map(str::trim).filter(|why| !why.is_empty());
    let mut problems = undone(&merged, &standing, released.is_some());
    problems.extend(left.iter().filter(|_| why.is_none()).map(|task| {
        let hint = format!("do it and tick it in the incident {}, or say with `--left` why it stays undone", issue.url);
        Problem::new(format!("a task by hand is open: {task}"), Some(hint))
    }));
    match (gates, problems.is_empty()) {
        (Ok(approvals), true) => closed(connection, environment, issue, &approvals, &left, why).await,
        (Ok(_), false) => Ended::problems(Exit::Refused, problems),
        (Err(mut gates), _) => {
            problems.append(&mut gates.problems);
            Ended::problems(gates.exit, problems)
        }
    }
}

/// What no reason makes good for.
fn undone(merged: &Merged, standing: &Standing, released: bool) -> Vec<Problem> {
    let plan = merged.plan();
    let mut problems = Vec::new();
    if !released && !plan.retag {
        problems.push(Problem::new(format!("{} is not released", plan.tag), Some("run the workflow that finishes the rollback".into())));
    }
    let is_latest = |bad: &&Bad| standing.latest.as_ref().is_some_and(|latest| latest.tag == bad.tag);
    problems.extend(plan.all_bad().filter(is_latest).filter(|_| plan.retag).map(|bad| {
        let hint = "run the failed job of the rollback's run again, or make a good release Latest";
        Problem::new(format!("{} is Latest again", bad.tag), Some(hint.into()))
    }));
    let unmarked = plan.all_bad().filter(|bad| standing.bad_releases.get(&bad.tag).is_some_and(|release| !is_marked_bad(release)));
    problems.extend(unmarked.map(|bad| {
        let hint = "run the failed job of the rollback's run again, which puts it there";
        Problem::new(format!("the notes of {} do not carry the warning any more", bad.tag), Some(hint.into()))
    }));
    problems
}

async fn closed(
    connection: &Connection,
    environment: &Environment,
    issue: &Issue,
    approvals: &[Approval],
    left: &[String],
    why: Option<&str>,
) -> Ended {
    let by = environment.get("GITHUB_TRIGGERING_ACTOR").or(environment.get("GITHUB_ACTOR"));
    let page = report::closed_page(&issue.body, by, approvals, left, why);
    match connection.issue_writer().close(issue.number, &page).await {
        Ok(()) => told(issue, "is closed"),
        Err(error) => Ended::of_error(&error),
    }
}

fn told(issue: &Issue, what: &str) -> Ended {
    Ended {
        outputs: vec![("incident", issue.number.to_string())],
        summary: format!("The incident [#{}]({}) {what}.\n", issue.number, issue.url),
        ..Ended::new(Exit::Done, format!("incident #{} {what}: {}\n", issue.number, issue.url))
    }
}
