//! `incident`: one issue per rollback that always shows where we are. A projection of what is on GitHub: refreshed after
//! every stage, never posted twice, with what people ticked kept.

use std::collections::BTreeMap;
use std::path::PathBuf;

use futures_util::future::{join3, try_join};

use super::asking::{Page, Question};
use super::course::{Course, released};
use super::evidence::{by_comments, evidence_of};
use super::execute::{RunOfWorkflow, load_plan, run_of};
use super::only_one::{oldest, only_one};
use super::{Connection, Ended, Exit, Problem};
use crate::apply::{Standing, Tip};
use crate::domain::gate::{Holder, Stage};
use crate::gate::{Answers, Approval, Decision, Evidence, Reason, Waiting, asks, decide, recorded, rejected, waiting};
use crate::github::{Error, Issue, IssueWriter, Reader, Why};
use crate::journal::{Entry, Outcome};
use crate::plan::{Plan, is_marked_bad};
use crate::report::{self, IncidentView, Seen};
use crate::runner::Environment;

/// The stages whose gates are on the page.
const SHOWN: [Stage; 4] = [Stage::Execute, Stage::Finish, Stage::Close, Stage::ReRelease];

/// The arguments of `incident`.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Incident {
    /// The plan document [default: the variable `ROLLBACK_PLAN`]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// The words with which this run goes past missing approvals: nobody is asked then
    #[arg(long, value_name = "WORDS")]
    pub break_glass: Option<String>,
}

/// Opens or refreshes the incident.
pub async fn incident(arguments: &Incident, connection: &Connection, environment: &Environment) -> Ended {
    let plan = match load_plan(arguments.plan.as_ref(), connection, environment) {
        Ok(plan) => plan,
        Err(ended) => return *ended,
    };
    let run = run_of(environment).ok();
    let reader = connection.reader();
    let label = report::incident_label(&plan);
    let on_record = on_record(&reader, &plan, run.as_ref());
    let (standing, (evidence, issues), released) = match join3(Standing::read(&reader, &plan), on_record, released(&plan, &reader)).await {
        (Ok(standing), Ok(on_record), Ok(released)) => (standing, on_record, released),
        (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => return Ended::of_error(&error),
    };
    let course = match Course::of(&plan, &standing, released.as_ref(), &reader).await {
        Ok(course) => course,
        Err(ended) => return *ended,
    };
    // The policy may have other gates by now than those that were asked for.
    let evidence = match course.in_force.id() == plan.id() {
        true => Ok(evidence),
        false => self::on_record(&reader, &course.in_force, run.as_ref()).await.map(|(evidence, _)| evidence),
    };
    let evidence = match evidence {
        Ok(evidence) => evidence,
        Err(error) => return Ended::of_error(&error),
    };
    let plan = &course.own;
    // A gate that could not be read must not be shown as one that nobody approved.
    let unread = evidence.as_ref().and_then(Evidence::unread);
    if let Some(why) = unread {
        let error = format!("what the gates rest on could not be read: {why}");
        return Ended::problems(Exit::Failed, vec![Problem::new(error, Some("the incident is left as it was; run this again".into()))]);
    }
    let found = oldest(plan, &issues);
    let now = standing.now.unwrap_or_else(chrono::Utc::now);
    let evidence = evidence.map(|evidence| Evidence { now, ..evidence });
    let is_quiet = arguments.break_glass.as_deref().is_some_and(|words| !words.trim().is_empty());
    // A branch of this name is another plan's where this one makes none.
    let tip = standing.branch.as_ref().filter(|_| !plan.retag);
    let without_commit = || evidence.as_ref().filter(|_| is_quiet).and_then(|evidence| broken_without_commit(&course, evidence));
    let broken = broken_by(tip, found).or_else(without_commit);
    let question = match (&evidence, &run) {
        (Some(evidence), Some(run)) if !is_quiet || broken.is_some() => Question::of(&course, evidence, run.id, broken.is_some()),
        _ => None,
    };
    let is_anew = question.as_ref().is_some_and(|question| question.anew.is_some());
    let gates = match &evidence {
        Some(evidence) if !is_anew => Gates::of(&course, evidence),
        _ => Gates::default(),
    };
    let run_page = run.as_ref().map(|run| format!("{}/actions/runs/{}", plan.url, run.id));
    let entries = after_the_fact(plan, broken.as_deref());
    let view = IncidentView {
        plan,
        in_force: &course.in_force,
        open: course.stage,
        approvals: &gates.approvals,
        rejected: &gates.rejected,
        waiting: &gates.waiting,
        run: run_page.as_deref(),
        branch: seen(tip.map(|tip: &Tip| {
            tip.plan_id().as_deref() == Some(plan.id().as_str()) || standing.pulls.iter().any(|pull| pull.head == plan.branch.as_str())
        })),
        pull: standing.pulls.first().filter(|_| !plan.retag),
        banner: seen(standing.bad_releases.get(&plan.bad.tag).map(is_marked_bad)),
        latest: standing.latest.as_ref().map(|release| &release.tag),
        released: released.as_ref().map(|release| release.url.as_str()),
        broken_glass: broken.as_deref(),
        entries: &entries,
        now,
        previous_body: found.map(|issue| issue.body.as_str()),
    };
    let body = report::incident_body(&view);
    let writer = connection.issue_writer();
    let issue = match keep(plan, found, &body, label, &writer, &reader).await {
        Ok(issue) => issue,
        Err(error) => return Ended::of_error(&error),
    };
    let page_is = format!("incident #{}: {}\n", issue.number, issue.url);
    let kept = async {
        // After opening, the list is read again: it may have lagged behind, or somebody opened one at the same moment.
        let all = match found {
            Some(_) => issues.clone(),
            None => reader.issues_labelled(label).await.unwrap_or_default(),
        };
        let mut issue = only_one(plan, issue, &all, &writer).await?;
        let page = run.as_ref().map(|run| Page { incident: issue.number, run: run.id, now, writer: &writer, reader: &reader });
        let asked = match (&page, &question) {
            (Some(page), Some(question)) => Some(page.ask(question).await?),
            _ => None,
        };
        let was_asked = |answers: &Answers| answers.thread.comments.iter().any(|comment| comment.ours && asks(comment, &course.in_force));
        if let (Some(thread), Some(evidence)) = (asked, evidence)
            && (is_anew || !evidence.answers.as_ref().is_some_and(was_asked))
        {
            // Only since then does anybody wait for answers, and the page says since when.
            let answers = Answers { thread, asked_in: Err("it asked just now".into()), people: BTreeMap::new() };
            let gates = Gates::of(&course, &Evidence { answers: Some(answers), ..evidence });
            let asked = report::incident_body(&IncidentView { waiting: &gates.waiting, previous_body: Some(&body), ..view });
            if asked != body && !was_closed(&issue) {
                issue = writer.describe(issue.number, &asked).await?;
            }
        }
        if let Some(page) = &page
            && course.own.is_direct()
            && course.stage.is_some_and(|stage| stage > Stage::Execute)
        {
            page.keep_plan(&course.own).await?;
        }
        // Comments are there already.
        if let (Some(page), Holder::Environments) = (&page, course.in_force.rules.by) {
            page.copy(&course.in_force, &gates.again).await?;
        }
        if let (Some(page), true, Some(Stage::Close)) = (&page, plan.retag, course.stage) {
            page.keep(plan).await?;
        }
        Ok(issue)
    };
    match kept.await {
        // GitHub has no condition on this write, so what `close` wrote in that moment is gone.
        Ok(issue) if found.is_some_and(|found| found.open && found.number == issue.number) && !issue.open => {
            let error = format!("incident #{} was closed while its page was written, and the page does not say how", issue.number);
            let hint = "run `close` again, which writes it there; closed by hand, it can stay as it is";
            Ended::problems(Exit::Incomplete, vec![Problem::new(error, Some(hint.into()))])
        }
        Ok(issue) => told(plan, &issue, &gates.rejected, now),
        // The page is there all the same.
        Err(error) => Ended { text: page_is, ..Ended::of_error(&error) },
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

/// Reads how the gates stand, and the issues of which one is the incident.
async fn on_record(reader: &Reader, plan: &Plan, run: Option<&RunOfWorkflow>) -> Result<(Option<Evidence>, Vec<Issue>), Error> {
    let issues = reader.issues_labelled(report::incident_label(plan));
    match run {
        Some(run) if plan.rules.by == Holder::Comments => {
            by_comments(reader, plan, run).await.map(|(evidence, issues)| (Some(evidence), issues))
        }
        Some(run) => {
            let environments = SHOWN.map(|stage| plan.environments(stage)).concat();
            try_join(evidence_of(reader, &environments, run), issues).await.map(|(evidence, issues)| (Some(evidence), issues))
        }
        None => Ok((None, issues.await?)),
    }
}

/// How the gates stand.
#[derive(Default)]
struct Gates {
    approvals: Vec<Approval>,
    rejected: Vec<Reason>,
    waiting: Vec<Waiting>,
    /// Who approved that the work is released again, once all did whom the policy asks.
    again: Vec<Approval>,
}

impl Gates {
    fn of(course: &Course, evidence: &Evidence) -> Self {
        let plan = |stage: Stage| if stage == Stage::Execute { &course.own } else { &course.in_force };
        // A run in which a re-release is approved comes when it comes, and nobody waits for it before.
        let open: &[Stage] = match (course.stage, course.in_force.rules.by) {
            (Some(Stage::Close | Stage::ReRelease), Holder::Environments) => &[Stage::Close, Stage::ReRelease],
            (Some(Stage::Close | Stage::ReRelease), Holder::Comments) => &[Stage::Close],
            (Some(Stage::Finish), _) => &[Stage::Finish],
            (Some(Stage::Execute) | None, _) => &[Stage::Execute],
        };
        let of = |found: &dyn Fn(&Plan, Stage) -> Vec<Waiting>| open.iter().flat_map(|stage| found(plan(*stage), *stage)).collect();
        Self {
            approvals: SHOWN.map(|stage| recorded(plan(stage), stage, evidence)).concat(),
            rejected: open.iter().flat_map(|stage| rejected(plan(*stage), *stage, evidence)).collect(),
            waiting: of(&|plan, stage| waiting(plan, stage, evidence)),
            again: match decide(&course.in_force, Stage::ReRelease, evidence) {
                Decision::Approved(approved) if course.stage == Some(Stage::Close) => approved.approvals().to_vec(),
                Decision::Approved(_) | Decision::Waiting(_) | Decision::Rejected(_) => Vec::new(),
            },
        }
    }
}

/// The rollback commit says so when somebody went past missing approvals, and the page goes on saying it.
fn broken_by(tip: Option<&Tip>, found: Option<&Issue>) -> Option<String> {
    tip.and_then(|tip| report::broken_glass_in(&tip.message)).or_else(|| report::broken_glass_on(&found?.body))
}

/// A plan that publishes nothing new has no commit to say so. What this run was told and what was done without approval do.
fn broken_without_commit(course: &Course, evidence: &Evidence) -> Option<String> {
    let is_done = course.own.retag && course.stage == Some(Stage::Close);
    let is_approved = matches!(decide(&course.own, Stage::Execute, evidence), Decision::Approved(_));
    evidence.run.triggering_actor.as_ref().filter(|_| is_done && !is_approved).map(ToString::to_string)
}

/// It stays on the page as something to do.
fn after_the_fact(plan: &Plan, by: Option<&str>) -> Vec<Entry> {
    let place = if plan.retag { "the summary of its run" } else { "the pull request" };
    let task = |by: &str| format!("have the missing approvals reviewed after the fact: {by} went past them; {place} has the reason");
    by.map(|by| Entry::new("break glass", Outcome::Manual { task: task(by) })).into_iter().collect()
}

fn seen(is: Option<bool>) -> Seen {
    match is {
        Some(true) => Seen::There,
        Some(false) | None => Seen::Absent,
    }
}

async fn keep(plan: &Plan, found: Option<&Issue>, body: &str, label: &str, writer: &IssueWriter, reader: &Reader) -> Result<Issue, Error> {
    if let Some(issue) = found {
        return match was_closed(issue) || issue.body == body {
            true => Ok(issue.clone()),
            false => writer.describe(issue.number, body).await,
        };
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

/// What was closed by command stays as it was closed.
fn was_closed(issue: &Issue) -> bool {
    !issue.open && issue.body.contains(report::CLOSED_MARKER)
}
