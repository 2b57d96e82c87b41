//! `incident`: one issue per rollback that always shows where we are. A projection of what is on GitHub: refreshed after
//! every stage, never posted twice, with what people ticked kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::join4;

use super::evidence::{by_comments, evidence_of};
use super::execute::{load_plan, run_of};
use super::once::once;
use super::only_one::{oldest, only_one};
use super::{Connection, Ended, Exit, Problem};
use crate::apply::{Standing, Tip};
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Answers, Approval, Evidence, Reason, Waiting, asks, recorded, rejected, waiting};
use crate::github::{Error, Issue, Reader, Thread, Why};
use crate::journal::{Entry, Outcome};
use crate::plan::{Plan, is_marked_bad};
use crate::report::{self, IncidentView, Seen};
use crate::runner::Environment;

/// The stages whose gates are on the page.
const SHOWN: [Stage; 3] = [Stage::Execute, Stage::Finish, Stage::Close];

/// The arguments of `incident`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Incident {
    /// The plan document [default: the variable `ROLLBACK_PLAN`]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
}

/// Opens or refreshes the incident.
pub async fn incident(arguments: &Incident, connection: &Connection, environment: &Environment) -> Ended {
    let plan = match load_plan(arguments.plan.as_ref(), connection, environment) {
        Ok(plan) => plan,
        Err(ended) => return *ended,
    };
    let run = run_of(environment).ok();
    let reader = connection.reader();
    let on_record = async {
        match &run {
            Some(run) if plan.rules.by == Holder::Comments => by_comments(&reader, &plan, run).await.map(Some),
            Some(run) => evidence_of(&reader, &SHOWN.map(|stage| plan.environments(stage)).concat(), run).await.map(Some),
            None => Ok(None),
        }
    };
    let label = report::incident_label(&plan);
    let reads = join4(Standing::read(&reader, &plan), on_record, reader.release_of(&plan.tag), reader.issues_labelled(label)).await;
    let (standing, evidence, released, issues) = match reads {
        (Ok(standing), Ok(evidence), Ok(released), Ok(issues)) => (standing, evidence, released, issues),
        (Err(error), ..) | (_, Err(error), ..) | (_, _, Err(error), _) | (.., Err(error)) => return Ended::of_error(&error),
    };
    // A gate that could not be read must not be shown as one that nobody approved.
    let unread = evidence.as_ref().and_then(|evidence| evidence.environments.as_ref().err().or(evidence.policy.as_ref().err()));
    if let Some(why) = unread {
        let error = format!("what the gates rest on could not be read: {why}");
        return Ended::problems(Exit::Failed, vec![Problem::new(error, Some("the incident is left as it was; run this again".into()))]);
    }
    let found = oldest(&plan, &issues);
    let now = standing.now.unwrap_or_else(chrono::Utc::now);
    let evidence = evidence.map(|evidence| Evidence { now, ..evidence });
    let gates = evidence.as_ref().map(|evidence| Gates::of(&plan, evidence)).unwrap_or_default();
    let broken = broken_by(standing.branch.as_ref(), found);
    let page = run.as_ref().map(|run| format!("{}/actions/runs/{}", plan.url, run.id));
    let entries = after_the_fact(broken.as_deref());
    let view = IncidentView {
        plan: &plan,
        approvals: &gates.approvals,
        rejected: &gates.rejected,
        waiting: &gates.waiting,
        run: page.as_deref(),
        branch: seen(standing.branch.as_ref().map(|tip: &Tip| {
            tip.plan_id().as_deref() == Some(plan.id().as_str()) || standing.pulls.iter().any(|pull| pull.head == plan.branch.as_str())
        })),
        pull: standing.pulls.first(),
        banner: seen(standing.bad_releases.get(&plan.bad.tag).map(is_marked_bad)),
        latest: standing.latest.as_ref().map(|release| &release.tag),
        released: released.as_ref().map(|release| release.url.as_str()),
        broken_glass: broken.as_deref(),
        entries: &entries,
        now,
        previous_body: found.map(|issue| issue.body.as_str()),
    };
    let body = report::incident_body(&view);
    let acted = standing.branch.is_some() || !standing.pulls.is_empty();
    let kept = async {
        let issue = keep(&plan, found, &body, label, connection, &reader).await?;
        // After opening, the list is read again: it may have lagged behind, or somebody opened one at the same moment.
        let all = match found {
            Some(_) => issues.clone(),
            None => reader.issues_labelled(label).await.unwrap_or_default(),
        };
        let issue = only_one(&plan, issue, &all, &connection.issue_writer()).await?;
        if let (Holder::Comments, false, Some(run), Some(evidence)) = (plan.rules.by, acted, &run, evidence)
            && let Some(thread) = ask(&plan, issue.number, run.id, now, connection, &reader).await?
        {
            // Only now does anybody wait for answers, and the page says since when.
            let answers = Answers { thread, asked_in: Err("it asked just now".into()), people: BTreeMap::new() };
            let gates = Gates::of(&plan, &Evidence { answers: Some(answers), ..evidence });
            let asked = report::incident_body(&IncidentView { waiting: &gates.waiting, previous_body: Some(&body), ..view });
            if asked != body {
                connection.issue_writer().describe(issue.number, &asked).await?;
            }
        }
        Ok(issue)
    };
    match kept.await {
        Ok(issue) => told(&plan, &issue, &gates.rejected, now),
        Err(error) => Ended::of_error(&error),
    }
}

/// The page is written all the same; the run says besides who said no, since GitHub starts no job of a rejected gate.
fn told(plan: &Plan, issue: &Issue, rejected: &[Reason], now: chrono::DateTime<chrono::Utc>) -> Ended {
    let ended = match rejected {
        [] => Ended::new(Exit::Done, ""),
        rejected => Ended::of_reasons(rejected),
    };
    Ended {
        outputs: vec![("incident", issue.number.to_string())],
        summary: format!("{}\n{}", report::incident_markdown(plan, issue.number, &issue.url, now), ended.summary),
        text: format!("incident #{}: {}\n", issue.number, issue.url),
        ..ended
    }
}

/// How the gates stand.
#[derive(Default)]
struct Gates {
    approvals: Vec<Approval>,
    rejected: Vec<Reason>,
    waiting: Vec<Waiting>,
}

impl Gates {
    fn of(plan: &Plan, evidence: &Evidence) -> Self {
        let stage = Stage::Execute;
        Self {
            approvals: SHOWN.map(|stage| recorded(plan, stage, evidence)).concat(),
            rejected: rejected(plan, stage, evidence),
            waiting: waiting(plan, stage, evidence),
        }
    }
}

/// Asks for answers by comments, once for a plan, and returns the comments where it did just now. Where a later run has
/// asked for another one, this one stays behind.
async fn ask(
    plan: &Plan,
    incident: u64,
    run: u64,
    now: chrono::DateTime<chrono::Utc>,
    connection: &Connection,
    reader: &Reader,
) -> Result<Option<Thread>, Error> {
    let thread = reader.thread(incident).await?.unwrap_or_else(|| Thread { number: incident, ..Thread::default() });
    once(connection, reader, &thread, &report::asking_comment(plan, run, now), |comment| asks(comment, plan)).await
}

/// The rollback commit says so when somebody went past missing approvals, and the page goes on saying it.
fn broken_by(tip: Option<&Tip>, found: Option<&Issue>) -> Option<String> {
    tip.and_then(|tip| report::broken_glass_in(&tip.message)).or_else(|| report::broken_glass_on(&found?.body))
}

/// It stays on the page as something to do.
fn after_the_fact(by: Option<&str>) -> Vec<Entry> {
    let task =
        |by: &str| format!("have the missing approvals reviewed after the fact: {by} went past them; the pull request has the reason");
    by.map(|by| Entry::new("break glass", Outcome::Manual { task: task(by) })).into_iter().collect()
}

fn seen(is: Option<bool>) -> Seen {
    match is {
        Some(true) => Seen::There,
        Some(false) | None => Seen::Absent,
    }
}

async fn keep(
    plan: &Plan,
    found: Option<&Issue>,
    body: &str,
    label: &str,
    connection: &Connection,
    reader: &Reader,
) -> Result<Issue, Error> {
    let writer = connection.issue_writer();
    if let Some(issue) = found {
        // What was closed by command stays as it was closed.
        let closed = !issue.open && issue.body.contains(report::CLOSED_MARKER);
        if !closed && issue.body != body {
            writer.describe(issue.number, body).await?;
        }
        return Ok(issue.clone());
    }
    let labels = if plan.labels.is_empty() { vec![label.to_owned()] } else { plan.labels.clone() };
    match writer.open(&report::incident_title(plan), body, &labels).await {
        Ok(issue) => Ok(issue),
        // The answer was lost: it is looked for rather than opened a second time.
        Err(error) if matches!(error, Error::OutcomeUnknown { .. }) || error.why() == Some(&Why::Conflict) => {
            let issues = reader.issues_labelled(label).await?;
            oldest(plan, &issues).cloned().ok_or(error)
        }
        Err(error) => Err(error),
    }
}
