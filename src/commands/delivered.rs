//! A rollback that reached the default branch without a pull request. The plan is then nowhere on GitHub, so it
//! comes from its run; the default branch has to hold the plan's own commit.

use std::path::PathBuf;

use chrono::Utc;
use futures_util::future::join;

use super::evidence::policy;
use super::execute::load_plan;
use super::merged::{Merged, unread};
use super::{Connection, Ended, Exit, Problem};
use crate::apply;
use crate::domain::git::Branch;
use crate::gate::{Decision, RollbackCommit, approved_by_delivery};
use crate::plan::Step;
use crate::runner::Environment;

/// Finds the delivered rollback of a bad release, of which there is no pull request.
pub(super) async fn delivered(
    branch: &Branch,
    plan: Option<&PathBuf>,
    connection: &Connection,
    environment: &Environment,
) -> Result<Merged, Box<Ended>> {
    let refused = |error: String, hint: &str| Box::new(Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.to_owned()))]));
    let none = || refused(format!("there is no pull request from `{branch}`"), "run the rollback workflow first");
    if plan.is_none() && environment.get("ROLLBACK_PLAN").is_none() {
        let hint = "run the rollback workflow first; with `delivery: direct`, give the plan of its run with `--plan FILE`";
        return Err(refused(format!("there is no pull request from `{branch}`"), hint));
    }
    let plan = load_plan(plan, connection, environment)?;
    let direct = plan.steps.iter().any(|step| matches!(step, Step::Forward { .. }));
    if !direct || plan.branch != *branch {
        return Err(none());
    }
    let failed = |error| Box::new(Ended::of_error(&error));
    let reader = connection.reader();
    let (found, (_, policy)) = join(apply::delivered_commit(&plan, &reader), policy(&reader)).await;
    let (facts, tip) = found.map_err(failed)?;
    let commit = tip.map(|tip| RollbackCommit { plan_id: tip.plan_id(), sha: tip.sha, tree: tip.tree, parents: tip.parents });
    let on_default = match &commit {
        Some(commit) => reader.is_ancestor(commit.sha.as_str(), &facts.head).await.map_err(failed)?,
        None => false,
    };
    match (approved_by_delivery(&plan, commit.as_ref().filter(|_| on_default)), commit) {
        (Decision::Approved(approved), Some(commit)) => {
            let policy = policy.map_err(|why| unread(&why))?;
            Ok(Merged { approved, commit: Some(commit.sha.clone()), rollback: commit.sha, policy, now: facts.now.unwrap_or_else(Utc::now) })
        }
        (Decision::Approved(_), None) => Err(none()),
        (Decision::Waiting(reasons) | Decision::Rejected(reasons), _) => Err(Box::new(Ended::of_reasons(&reasons))),
    }
}
