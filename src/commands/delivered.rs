//! `finish` where the rollback reached the default branch without a pull request. The plan is then nowhere on GitHub, so it
//! comes from its run; the default branch has to hold the plan's own commit.

use chrono::{DateTime, Utc};

use super::execute::load_plan;
use super::finish::Finish;
use super::{Connection, Ended, Exit, Problem};
use crate::apply;
use crate::domain::git::{Branch, Sha};
use crate::gate::{ApprovedPlan, Decision, RollbackCommit, approved_by_delivery};
use crate::plan::Step;
use crate::runner::Environment;

/// A rollback that was moved onto the default branch.
pub(super) struct Delivered {
    pub(super) approved: Box<ApprovedPlan>,
    /// The plan's commit.
    pub(super) commit: Sha,
    /// GitHub's clock.
    pub(super) now: Option<DateTime<Utc>>,
}

/// Finds the delivered rollback of a bad release, of which there is no pull request.
pub(super) async fn delivered(
    arguments: &Finish,
    branch: &Branch,
    connection: &Connection,
    environment: &Environment,
) -> Result<Delivered, Box<Ended>> {
    let refused = |error: String, hint: &str| Box::new(Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.to_owned()))]));
    let none = || refused(format!("there is no pull request from `{branch}`"), "run the rollback workflow first");
    if arguments.plan.is_none() && environment.get("ROLLBACK_PLAN").is_none() {
        let hint = "run the rollback workflow first; with `delivery: direct`, give the plan of its run with `--plan FILE`";
        return Err(refused(format!("there is no pull request from `{branch}`"), hint));
    }
    let plan = load_plan(arguments.plan.as_ref(), connection, environment)?;
    let direct = plan.steps.iter().any(|step| matches!(step, Step::Forward { .. }));
    if !direct || plan.branch != *branch {
        return Err(none());
    }
    let failed = |error| Box::new(Ended::of_error(&error));
    let reader = connection.reader();
    let (facts, tip) = apply::delivered_commit(&plan, &reader).await.map_err(failed)?;
    let commit = tip.map(|tip| RollbackCommit { plan_id: tip.plan_id(), sha: tip.sha, tree: tip.tree, parents: tip.parents });
    let on_default = match &commit {
        Some(commit) => reader.is_ancestor(commit.sha.as_str(), &facts.head).await.map_err(failed)?,
        None => false,
    };
    match (approved_by_delivery(&plan, commit.as_ref().filter(|_| on_default)), commit) {
        (Decision::Approved(approved), Some(commit)) => Ok(Delivered { approved, commit: commit.sha, now: facts.now }),
        (Decision::Approved(_), None) => Err(none()),
        (Decision::Waiting(reasons) | Decision::Rejected(reasons), _) => Err(Box::new(Ended::of_reasons(&reasons))),
    }
}
