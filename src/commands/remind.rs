//! `remind`: says on each open incident who is being waited for, once each time the policy's hours have passed, and each
//! time to one more of those who decide. A schedule runs it; without anything to say it writes nothing.

use futures_util::future::join3;

use super::course::{Course, released};
use super::evidence::{by_comments, policy};
use super::execute::{RunOfWorkflow, run_of};
use super::once::{once, only_once};
use super::{Connection, Ended, Exit, Problem};
use crate::apply::Standing;
use crate::config::Policy;
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Waiting, asked, rejected, reminders_due, waiting, waiting_jobs};
use crate::github::{Error, Issue, Reader, Thread};
use crate::plan::Plan;
use crate::report::{self, Reminder};
use crate::runner::Environment;
use crate::words::count;

/// The arguments of `remind`.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Remind {}

/// What an incident waits for.
struct Waits {
    plan: String,
    by: Holder,
    run: Option<u64>,
    waiting: Vec<Waiting>,
}

/// Reminds whoever is waited for.
pub async fn remind(_: &Remind, connection: &Connection, environment: &Environment) -> Ended {
    let run = match run_of(environment) {
        Ok(run) => run,
        Err(ended) => return *ended,
    };
    let reader = connection.reader();
    let policy = match policy(&reader).await {
        (_, Ok(policy)) => policy,
        (None, Err(why)) => {
            let error = format!("the policy could not be read: {why}");
            return Ended::problems(
                Exit::Failed,
                vec![Problem::new(error, Some("nobody is reminded by this run; the next one does".into()))],
            );
        }
        (Some(_), Err(why)) => {
            let hint = "correct it on the default branch; nobody is reminded until then";
            return Ended::problems(Exit::Policy, vec![Problem::new(why, Some(hint.into()))]);
        }
    };
    let issues = match reader.issues_labelled(report::label_of(&policy.labels)).await {
        Ok(issues) => issues,
        Err(error) => return Ended::of_error(&error),
    };
    let mut ended = Ended::new(Exit::Done, "");
    let mut reminded = 0_u64;
    for issue in issues.iter().filter(|issue| issue.open && report::incident_of(&issue.body).is_some()) {
        match on_incident(connection, &reader, &policy, issue, &run).await {
            Ok(Some(said)) => {
                reminded += 1;
                ended.text.push_str(&said);
            }
            Ok(None) => {}
            // One incident that cannot be read keeps nobody from being reminded of another.
            Err(error) => {
                ended.exit = Exit::Failed;
                ended.problems.push(Problem::new(format!("incident #{}: {error}", issue.number), error.hint()));
            }
        }
    }
    ended.text.extend([count(reminded, "reminder"), " written\n".to_owned()]);
    ended
}

async fn on_incident(
    connection: &Connection,
    reader: &Reader,
    policy: &Policy,
    issue: &Issue,
    run: &RunOfWorkflow,
) -> Result<Option<String>, Error> {
    let (Some(of), Some(thread)) = (report::incident_of(&issue.body), reader.thread_of(issue).await?) else { return Ok(None) };
    let by_comments = asked(&thread).ok().map(|asked| asked.plan).filter(|plan| plan.rules.by == Holder::Comments);
    let waits = match by_comments {
        Some(plan) => comments(reader, &plan, run).await?,
        None => jobs(reader, policy, of.run).await?,
    };
    let Some(waits) = waits.filter(|waits| !waits.waiting.is_empty()) else { return Ok(None) };
    let release = reader.release_of(&of.bad).await?;
    let published = release.and_then(|release| release.published_at);
    let now = thread.now.unwrap_or_else(chrono::Utc::now);
    let authority = published.map_or(0, |published| policy.window.authority(published, now).len());
    let number = reminders_due(&waits.waiting, now, policy.reminders.after_hours, authority);
    let stage = waits.waiting.first().map_or(Stage::Execute, |waiting| waiting.stage);
    if number == 0 {
        return Ok(None);
    }
    let line = report::reminder_line(&waits.plan, stage, number);
    if is_reminded(&thread, &waits.plan, stage, number) {
        only_once(&connection.issue_writer(), &thread, |comment| comment.body.starts_with(&line)).await?;
        return Ok(None);
    }
    let page = waits.run.map(|run| format!("{}/actions/runs/{run}", issue.url.split("/issues/").next().unwrap_or_default()));
    let body = report::reminder(&Reminder {
        plan: &waits.plan,
        number,
        waiting: &waits.waiting,
        by: waits.by,
        run: page.as_deref(),
        roles: &policy.roles,
        owner: reader.repository_name().owner(),
        window: published.map(|published| (&policy.window, published)),
        now,
    });
    once(&connection.issue_writer(), reader, &thread, &body, |comment| comment.body.starts_with(&line)).await?;
    Ok(Some(format!("incident #{}: {} waited for, reminder {number}\n", issue.number, count(waits.waiting.len() as u64, "approval"))))
}

/// A later reminder covers those before it: after a schedule that did not run, one is enough.
fn is_reminded(thread: &Thread, plan: &str, stage: Stage, number: usize) -> bool {
    // The window's phases are at most a hundred.
    let lines: Vec<String> = (number..=number + 100).map(|number| report::reminder_line(plan, stage, number)).collect();
    thread.comments.iter().any(|comment| comment.ours && lines.iter().any(|line| comment.body.starts_with(line)))
}

async fn comments(reader: &Reader, plan: &Plan, run: &RunOfWorkflow) -> Result<Option<Waits>, Error> {
    let reads = join3(Standing::read(reader, plan), by_comments(reader, plan, run), released(plan, reader)).await;
    let (standing, (evidence, _), released) = (reads.0?, reads.1?, reads.2?);
    let (stage, since) = Course::stage(plan, &standing, released.as_ref());
    // While the pull request is people's, nobody is waited for by a gate.
    let Some(stage) = stage.filter(|stage| rejected(plan, *stage, &evidence).is_empty()) else { return Ok(None) };
    let late = |waiting: Waiting| Waiting { since: waiting.since.max(since), ..waiting };
    let waiting = waiting(plan, stage, &evidence).into_iter().map(late).collect();
    Ok(Some(Waits { plan: plan.id().short().to_owned(), by: Holder::Comments, run: None, waiting }))
}

async fn jobs(reader: &Reader, policy: &Policy, run: Option<u64>) -> Result<Option<Waits>, Error> {
    let Some(run) = run else { return Ok(None) };
    let found = match reader.jobs(run).await {
        // Runs are deleted after a while; nothing waits in one that is gone.
        Err(error) if error.is_not_found() => return Ok(None),
        jobs => waiting_jobs(&policy.gates, &jobs?),
    };
    let Some(plan) = found.first().map(|(plan, _)| plan.clone()) else { return Ok(None) };
    let waiting = found.into_iter().filter(|(of, _)| *of == plan).map(|(_, waiting)| waiting).collect();
    Ok(Some(Waits { plan, by: Holder::Environments, run: Some(run), waiting }))
}
