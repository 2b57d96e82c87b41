//! `execute`: takes the plan that was approved, proves every gate, looks whether the world still fits, and performs it.

use std::path::PathBuf;

use futures_util::future::try_join4;

use super::evidence::evidence;
use super::only_one::opened;
use super::{Connection, Ended, Exit, Problem};
use crate::apply::{self, Standing, draft_with_a_number, stale};
use crate::domain::gate::{Holder, Stage};
use crate::gate::{BreakGlass, break_glass, decide};
use crate::github::Reader;
use crate::journal::Journal;
use crate::plan::Plan;
use crate::report;
use crate::runner::Environment;
use crate::words::count;

/// The arguments of `execute`.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(skip)]
pub struct Execute {
    /// The plan document [default: the variable `ROLLBACK_PLAN`]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Also writes the journal to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
    /// Goes past missing approvals, where the policy lets whoever started this run: `roll back` and the bad release's tag
    #[arg(long, value_name = "CONFIRMATION")]
    pub break_glass: Option<String>,
    /// Why this cannot wait for the approvals; everybody will read it
    #[arg(long, value_name = "TEXT")]
    pub break_glass_reason: Option<String>,
}

/// The run of a workflow whose gates are proved.
#[derive(Debug, Clone)]
pub(super) struct RunOfWorkflow {
    /// GitHub's number of the run.
    pub(super) id: u64,
    /// The ref it is on.
    pub(super) reference: String,
}

/// Performs the plan.
pub async fn execute(arguments: &Execute, connection: &Connection, environment: &Environment) -> Ended {
    performed(arguments, connection, environment).await.unwrap_or_else(|ended| ended.unwritten())
}

async fn performed(arguments: &Execute, connection: &Connection, environment: &Environment) -> Result<Ended, Box<Ended>> {
    let mut plan = load_plan(arguments.plan.as_ref(), connection, environment)?;
    let run = run_of(environment)?;
    let reader = connection.reader();
    let gates = evidence(&reader, &plan, Stage::Execute, &run);
    // Where comments answer the gates, they are read off the incident.
    let incident = async {
        match plan.rules.by {
            Holder::Environments => opened(&plan, &reader).await,
            Holder::Comments => Ok(None),
        }
    };
    let (reads, drafts) = (Standing::read(&reader, &plan), draft_with_a_number(&reader, &plan));
    let (standing, mut evidence, incident, draft) = try_join4(reads, gates, incident, drafts).await?;
    plan.opened_incident = incident.or(evidence.answers.as_ref().map(|answers| answers.thread.number));
    evidence.now = standing.now.unwrap_or(evidence.now);
    if let Some(stale) = stale(&plan, &standing) {
        let hint = "it was changed after planning; start a new run, which makes a new plan";
        return Err(Box::new(Ended::problems(Exit::Stale, vec![Problem::new(stale.why, Some(hint.into()))])));
    }
    // Once the branch is there the number is the rollback's own, and a draft with it may be its release's.
    if let (Some(draft), None) = (draft, &standing.branch) {
        let why = format!("the draft release `{draft}` has taken a number of this plan, whose token was not shown drafts");
        let hint = "start a new run that names another with `rollback-version`, or delete the draft and run this job again";
        return Err(Box::new(Ended::problems(Exit::Stale, vec![Problem::new(why, Some(hint.into()))])));
    }
    if !plan.retag {
        unless_rewritten(&reader, &plan, &standing).await?;
    }
    let decision = match glass(arguments) {
        Some(asked) => break_glass(&plan, Stage::Execute, &evidence, &asked),
        None => decide(&plan, Stage::Execute, &evidence),
    };
    let approved = decision.passed()?;
    let journal = apply::execute(&approved, &standing, &reader, &connection.writer()).await;
    let mut ended = written(&plan, &journal, evidence.now, arguments.journal.as_ref());
    // It went as asked, and is said as loudly as what did not.
    ended.problems.extend(approved.broken_glass().map(|glass| {
        let error =
            format!("{} broke the glass: {} went ahead without {}", glass.by, plan.bad.tag, count(glass.missing.len() as u64, "approval"));
        let place = if plan.retag { "this summary" } else { "the pull request" };
        Problem::new(error, Some(format!("have them reviewed after the fact; {place} has the reason")))
    }));
    Ok(ended)
}

/// An input that was left empty is one that was not given.
fn glass(arguments: &Execute) -> Option<BreakGlass> {
    let confirmation = arguments.break_glass.clone().filter(|text| !text.trim().is_empty())?;
    Some(BreakGlass { confirmation, reason: arguments.break_glass_reason.clone().unwrap_or_default() })
}

/// A branch on a commit that was taken off the default branch would bring that commit back with the merge.
async fn unless_rewritten(reader: &Reader, plan: &Plan, standing: &Standing) -> Result<(), Box<Ended>> {
    let (planned, now) = (&plan.basis.head, &standing.head);
    if planned == now || standing.branch.is_some() || !standing.pulls.is_empty() {
        return Ok(());
    }
    match reader.is_ancestor(planned.as_str(), now).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let why = format!(
                "`{}` was rewritten: it is at {}, and {}, which the plan was made on, is no longer part of it",
                standing.default_branch,
                now.short(),
                planned.short()
            );
            Err(Box::new(Ended::problems(Exit::Stale, vec![Problem::new(why, Some("start a new run, which makes a new plan".into()))])))
        }
        Err(error) => Err(Box::new(Ended::of_error(&error))),
    }
}

/// Says how a stage ended.
pub(super) fn written(plan: &Plan, journal: &Journal, now: chrono::DateTime<chrono::Utc>, to: Option<&PathBuf>) -> Ended {
    let exit = match journal.has_failures() || journal.has_manual_tasks() {
        true => Exit::Incomplete,
        false => Exit::Done,
    };
    let mut ended =
        Ended { summary: report::journal_markdown(plan, journal, now), ..Ended::new(exit, report::journal_text(plan, journal)) };
    ended.outputs.extend((!plan.retag).then(|| ("branch", plan.branch.to_string())));
    ended.outputs.extend(journal.commit.iter().map(|sha| ("commit", sha.to_string())));
    if let Some(pull) = &journal.pull {
        ended.outputs.extend([("pull-request", pull.number.to_string()), ("pull-request-url", pull.url.clone())]);
    }
    if let Some(path) = to
        && let Err(error) = std::fs::write(path, serde_json::to_string_pretty(journal).unwrap_or_default() + "\n")
    {
        ended.exit = Exit::Incomplete;
        ended.problems.push(Problem::new(format!("cannot write the journal to `{}`: {error}", path.display()), None));
    }
    ended
}

/// Reads the plan document, from a file or the environment, and checks that it is whole and of this repository.
pub(super) fn load_plan(path: Option<&PathBuf>, connection: &Connection, environment: &Environment) -> Result<Plan, Box<Ended>> {
    let usage = |error: String, hint: &str| Box::new(Ended::problems(Exit::Usage, vec![Problem::new(error, Some(hint.to_owned()))]));
    let text = match (path, environment.get("ROLLBACK_PLAN")) {
        (Some(path), _) => std::fs::read_to_string(path)
            .map_err(|error| usage(format!("cannot read the plan `{}`: {error}", path.display()), "see `--plan`"))?,
        (None, Some(text)) => text.to_owned(),
        (None, None) => {
            return Err(usage("no plan was given".into(), "give `--plan FILE`, or set `ROLLBACK_PLAN` to the plan job's output"));
        }
    };
    let stale = |error: String, hint: &str| Box::new(Ended::problems(Exit::Stale, vec![Problem::new(error, Some(hint.to_owned()))]));
    let plan = Plan::from_document(&text).map_err(|error| {
        stale(error.to_string(), "use the plan as `plan` wrote it; to change it, change what was asked for and plan again")
    })?;
    let reader = connection.reader();
    match plan.repository == *reader.repository_name() {
        true => Ok(plan),
        false => Err(stale(format!("the plan is for `{}`, this is `{}`", plan.repository, reader.repository_name()), "plan again here")),
    }
}

/// Gates are environments of a workflow run; without one nothing was approved.
pub(super) fn run_of(environment: &Environment) -> Result<RunOfWorkflow, Box<Ended>> {
    let id = environment.get("GITHUB_RUN_ID").and_then(|id| id.parse().ok());
    match (id, environment.get("GITHUB_REF")) {
        (Some(id), Some(reference)) => Ok(RunOfWorkflow { id, reference: reference.to_owned() }),
        _ => {
            let hint = "start the rollback workflow on GitHub; `plan` alone may be run anywhere";
            Err(Box::new(Ended::problems(
                Exit::Gates,
                vec![Problem::new("this is not a workflow run, so no gate can have been approved", Some(hint.into()))],
            )))
        }
    }
}
