//! `finish`: after the merge: tag, release, `Latest`, and the release workflow.

use std::path::PathBuf;

use futures_util::future::join;

use super::execute::written;
use super::{Connection, Ended, Exit, Problem};
use crate::apply;
use crate::domain::git::{Branch, Tag};
use crate::gate::{Decision, RollbackCommit, approved_by_merge};
use crate::github::{Ask, Object, Pull, PullState, Reader};
use crate::plan::Plan;
use crate::report;

/// The arguments of `finish`.
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub struct Finish {
    /// The bad release's tag
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
pub async fn finish(arguments: &Finish, connection: &Connection) -> Ended {
    let refused = |error: String, hint: &str| Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.to_owned()))]);
    let branch = match arguments.bad.trim().parse::<Tag>().and_then(|bad| format!("rollback/{bad}").parse::<Branch>()) {
        Ok(branch) => branch,
        Err(error) => return Ended::problems(Exit::Usage, vec![Problem::new(error.to_string(), Some("see `--bad`".into()))]),
    };
    let reader = connection.reader();
    let pulls = match reader.pulls_from(&branch).await {
        Ok(pulls) => pulls,
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
    let (commit, now) = join(rollback_commit(&reader, pull), reader.objects(&[])).await;
    let (commit, facts) = match (commit, now) {
        (Ok(commit), Ok((facts, _))) => (commit, facts),
        (Err(error), _) | (_, Err(error)) => return Ended::of_error(&error),
    };
    let Some(commit) = commit else {
        return refused(format!("the head of pull request #{} is gone", pull.number), "restore the branch on the pull request's page");
    };
    let approved = match approved_by_merge(&plan, pull, &commit) {
        Decision::Approved(approved) => approved,
        Decision::Waiting(reasons) | Decision::Rejected(reasons) => return Ended::of_reasons(&reasons),
    };
    let PullState::Merged(Some(merge), _) = &pull.state else {
        return refused(format!("GitHub does not say which commit pull request #{} became", pull.number), "run `finish` again in a minute");
    };
    let journal = apply::finish(&approved, merge, &reader, &connection.writer()).await;
    let mut ended = written(&plan, &journal, facts.now.unwrap_or_else(chrono::Utc::now), arguments.journal.as_ref());
    ended.outputs = vec![("tag", plan.tag.to_string()), ("release-url", format!("{}/releases/tag/{}", plan.url, plan.tag))];
    ended
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

/// The commit this tool made on the branch, below what people may have pushed on top of it.
async fn rollback_commit(reader: &Reader, pull: &Pull) -> Result<Option<RollbackCommit>, crate::github::Error> {
    let mut next = Some(pull.head_sha.clone());
    for _ in 0..20 {
        let Some(sha) = next.take() else { break };
        let (_, mut objects) = reader.objects(&[Ask::Commit(format!("{sha}^{{commit}}"))]).await?;
        let Some(Object::Commit { sha, message, parents, .. }) = objects.pop() else { break };
        let plan_id = crate::plan::plan_id_in(&message);
        if plan_id.is_some() {
            return Ok(Some(RollbackCommit { sha, plan_id }));
        }
        next = parents.first().map(ToString::to_string);
    }
    Ok(None)
}
