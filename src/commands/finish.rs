//! `finish`: after the merge: tag, release, `Latest`, and the release workflow.

use std::path::PathBuf;

use futures_util::future::join;

use super::evidence::evidence;
use super::execute::{run_of, written};
use super::{Connection, Ended, Exit, Problem};
use crate::apply;
use crate::domain::gate::Stage;
use crate::domain::git::{Branch, Tag};
use crate::gate::{Decision, RollbackCommit, approved_by_merge, decide};
use crate::github::{Pull, PullState, Reader};
use crate::plan::{Plan, plan_id_in};
use crate::report;
use crate::runner::Environment;

/// The arguments of `finish`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Finish {
    /// The bad release's tag, of several any one
    #[arg(long, value_name = "TAG")]
    pub bad: String,
    /// The plan document [default: the one in the pull request]
    #[arg(long, value_name = "FILE")]
    pub plan: Option<PathBuf>,
    /// Also writes the journal to a file, as JSON
    #[arg(long, value_name = "FILE")]
    pub journal: Option<PathBuf>,
}

/// Finishes a merged rollback.
pub async fn finish(arguments: &Finish, connection: &Connection, environment: &Environment) -> Ended {
    let refused = |error: String, hint: &str| Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.to_owned()))]);
    let named = arguments.bad.split(',').map(|bad| bad.trim().parse::<Tag>().and_then(|bad| format!("rollback/{bad}").parse::<Branch>()));
    let branches = match named.collect::<Result<Vec<Branch>, _>>() {
        Ok(branches) => branches,
        Err(error) => return Ended::problems(Exit::Usage, vec![Problem::new(error.to_string(), Some("see `--bad`".into()))]),
    };
    let reader = connection.reader();
    let (branch, pulls) = match of_first(&reader, branches).await {
        Ok(found) => found,
        Err(error) => return Ended::of_error(&error),
    };
    let merged = pulls.iter().find(|pull| matches!(pull.state, PullState::Merged(..))).or_else(|| pulls.first());
    let Some(pull) = merged else {
        return refused(format!("there is no pull request from `{branch}`"), "run the rollback workflow first");
    };
    let plan = match plan_of(arguments, pull) {
        Ok(plan) => plan,
        Err(problem) => return Ended::problems(Exit::Stale, vec![problem]),
    };
    if plan.repository != *reader.repository_name() || plan.branch != branch {
        return refused(
            format!("the plan is for {} of `{}`", plan.bad.tag, plan.repository),
            "name the bad release with `--bad` as it was planned",
        );
    }
    let (commits, now) = join(rollback_commits(&reader, pull), reader.objects(&[])).await;
    let (commits, facts) = match (commits, now) {
        (Ok(commits), Ok((facts, _))) => (commits, facts),
        (Err(error), _) | (_, Err(error)) => return Ended::of_error(&error),
    };
    let approved = match approved_by_merge(&plan, pull, &commits) {
        Decision::Approved(approved) => approved,
        Decision::Waiting(reasons) | Decision::Rejected(reasons) => return Ended::of_reasons(&reasons),
    };
    if let Err(ended) = gates(&reader, &plan, environment).await {
        return *ended;
    }
    let PullState::Merged(Some(merge), _) = &pull.state else {
        return refused(format!("GitHub does not say which commit pull request #{} became", pull.number), "run `finish` again in a minute");
    };
    let Some(rollback) = commits.iter().find(|commit| commit.plan_id.is_some()) else {
        return refused(format!("pull request #{} brought no rollback commit", pull.number), "run the rollback workflow again");
    };
    let merged = apply::Merged { merge: merge.clone(), rollback: rollback.sha.clone() };
    let journal = apply::finish(&approved, &merged, &reader, &connection.writer()).await;
    let mut ended = written(&plan, &journal, facts.now.unwrap_or_else(chrono::Utc::now), arguments.journal.as_ref());
    ended.outputs = vec![
        ("tag", plan.tag.to_string()),
        ("release-url", format!("{}/releases/tag/{}", plan.url, plan.tag)),
        ("plan", plan.to_document()),
    ];
    ended
}

/// The pull requests of the first branch that has any: a rollback of several releases is named after one of them.
async fn of_first(reader: &Reader, branches: Vec<Branch>) -> Result<(Branch, Vec<Pull>), crate::github::Error> {
    let mut first = None;
    for branch in branches {
        let pulls = reader.pulls_from(&branch).await?;
        if !pulls.is_empty() {
            return Ok((branch, pulls));
        }
        first.get_or_insert((branch, pulls));
    }
    Ok(first.expect("splitting a text gives one part at least"))
}

fn plan_of(arguments: &Finish, pull: &Pull) -> Result<Plan, Problem> {
    let hint = || Some("give the plan of the run that opened the pull request with `--plan FILE`".to_owned());
    let text = match &arguments.plan {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Problem::new(format!("cannot read the plan `{}`: {error}", path.display()), None))?,
        None => report::plan_in(&pull.body)
            .ok_or_else(|| Problem::new(format!("pull request #{} does not hold its plan any more", pull.number), hint()))?,
    };
    Plan::from_document(&text).map_err(|error| Problem::new(error.to_string(), hint()))
}

/// The gates that the policy puts before this stage, held by jobs of this run.
async fn gates(reader: &Reader, plan: &Plan, environment: &Environment) -> Result<(), Box<Ended>> {
    if plan.environments(Stage::Finish).is_empty() {
        return Ok(());
    }
    let run = run_of(environment)?;
    let evidence = evidence(reader, plan, Stage::Finish, &run).await.map_err(|error| Box::new(Ended::of_error(&error)))?;
    match decide(plan, Stage::Finish, &evidence) {
        Decision::Approved(_) => Ok(()),
        Decision::Waiting(reasons) | Decision::Rejected(reasons) => Err(Box::new(Ended::of_reasons(&reasons))),
    }
}

/// The commits the pull request brought: the one this tool made, and what people may have pushed on top of it.
async fn rollback_commits(reader: &Reader, pull: &Pull) -> Result<Vec<RollbackCommit>, crate::github::Error> {
    let commits = reader.pull_commits(pull.number).await?.into_iter();
    Ok(commits
        .map(|commit| RollbackCommit { plan_id: plan_id_in(&commit.message), sha: commit.sha, tree: commit.tree, parents: commit.parents })
        .collect())
}
