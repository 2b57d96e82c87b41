//! A rollback that was moved onto the default branch without a pull request. Its plan is kept by a comment on its incident,
//! and shown to be the one that was carried out by the commit, which names its digest.

use std::path::PathBuf;

use chrono::Utc;
use futures_util::future::join;

use super::evidence::policy;
use super::merged::{Arrival, Merged, Own, is_unseen, on_incident, plan_in_file, refused, unreadable};
use super::{Ended, Exit};
use crate::apply;
use crate::domain::git::Branch;
use crate::gate::{RollbackCommit, approved_by_delivery};
use crate::github::{Error, Reader};
use crate::plan::Plan;
use crate::report;

/// Finds the rollback of a branch: by the plan in a file, or by those that its incident keeps.
pub(super) async fn delivered(branch: &Branch, path: Option<&PathBuf>, reader: &Reader) -> Result<Merged, Box<Ended>> {
    let plans = match path {
        Some(path) => {
            let hint = "give the plan of the run that delivered the rollback with `--plan FILE`";
            vec![plan_in_file(path, hint).map_err(|problem| Box::new(Ended::problems(Exit::Stale, vec![problem])))?]
        }
        None => kept(branch, reader).await?,
    };
    let none =
        "run the rollback workflow first; after `delivery: direct`, its run keeps the plan on the incident, or give it with `--plan FILE`";
    let mut ended = refused(format!("there is no pull request from `{branch}`"), none);
    let fits = |plan: &Plan| plan.is_direct() && plan.branch == *branch && plan.repository == *reader.repository_name();
    for plan in plans.into_iter().filter(fits) {
        match carried_out(plan, reader).await {
            Err(not) if not.exit == Exit::Gates => ended = not,
            settled => return settled,
        }
    }
    Err(ended)
}

/// Shows that a plan was carried out: the default branch holds the commit that names it.
pub(super) async fn carried_out(plan: Plan, reader: &Reader) -> Result<Merged, Box<Ended>> {
    let (found, (now, policy)) = join(apply::delivered_commit(&plan, reader), policy(reader)).await;
    let (facts, tip) = found?;
    let commit = tip.map(|tip| RollbackCommit { plan_id: tip.plan_id(), sha: tip.sha, tree: tip.tree, parents: tip.parents });
    let on_default = match &commit {
        Some(commit) => reader.is_ancestor(commit.sha.as_str(), &facts.head).await?,
        None => false,
    };
    let approved = approved_by_delivery(&plan, commit.as_ref().filter(|_| on_default)).passed()?;
    let rollback = commit.ok_or_else(|| refused("the plan's commit is gone".into(), "run the rollback workflow first"))?.sha;
    let now = now.and_then(|now| now.now).or(facts.now).unwrap_or_else(Utc::now);
    Ok(Merged { plan, arrival: Arrival::Direct(Own { approved, rollback }), policy: policy.map_err(unreadable)?, now })
}

/// The plans on the incident of a rollback's branch, the newest first; none where the token may not read issues.
async fn kept(branch: &Branch, reader: &Reader) -> Result<Vec<Plan>, Error> {
    let found = match on_incident(|bad| format!("rollback/{bad}") == branch.as_str(), reader).await {
        Err(error) if is_unseen(&error) => None,
        found => found?,
    };
    let comments = found.map(|found| found.thread.comments).unwrap_or_default();
    // Whose comment it is settles nothing: the digest must be the one in the commit's message.
    let plans = comments.iter().rev().filter_map(|comment| Plan::from_document(&report::plan_in(&comment.body)?).ok());
    Ok(plans.collect())
}
