//! A rollback that people merged: its plan, read out of the pull request, and the gates of what comes after.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use futures_util::future::join3;

use super::delivered::delivered;
use super::evidence::{evidence, policy};
use super::execute::{RunOfWorkflow, run_of};
use super::only_one::opened;
use super::{Ended, Exit, Problem};
use crate::config::Policy;
use crate::domain::gate::Stage;
use crate::domain::git::{Branch, Sha, Tag};
use crate::gate::{Approval, ApprovedPlan, RollbackCommit, approved_by_merge, as_in_force, decide, kept};
use crate::github::{Error, Issue, Pull, PullState, Reader, RepositoryFacts, Thread, Why};
use crate::plan::{Plan, plan_id_in};
use crate::report;
use crate::runner::Environment;

/// A rollback that was carried out.
pub(super) struct Merged {
    pub(super) plan: Plan,
    /// How it came there.
    pub(super) arrival: Arrival,
    /// The policy as it stands on the default branch now.
    pub(super) policy: Policy,
    /// GitHub's clock.
    pub(super) now: DateTime<Utc>,
}

/// How a rollback came onto the default branch.
pub(super) enum Arrival {
    /// People merged its pull request.
    Pull(Box<Pull>, Own),
    /// It was moved there.
    Direct(Own),
    /// Not at all: it publishes nothing new.
    Retag,
}

/// What the default branch holds of a rollback.
pub(super) struct Own {
    /// The plan, approved by the gates of its run and by the merge.
    pub(super) approved: Box<ApprovedPlan>,
    /// The plan's own commit.
    pub(super) rollback: Sha,
}

impl Merged {
    pub(super) fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The plan with the gates that hold what comes after the merge.
    pub(super) fn in_force(&self) -> Plan {
        as_in_force(self.plan(), &self.policy)
    }
}

/// Returns the branch of a rollback.
pub(super) fn branch_of(bad: &str) -> Result<Branch, Box<Ended>> {
    let branch = bad.trim().parse::<Tag>().and_then(|bad| format!("rollback/{bad}").parse::<Branch>());
    branch.map_err(|error| Box::new(Ended::problems(Exit::Usage, vec![Problem::new(error.to_string(), Some("see `--bad`".into()))])))
}

/// Finds the rollback of a bad release, of several in any order split by commas: merged, or else one that publishes nothing
/// new, or delivered directly.
pub(super) async fn merged(bad: &str, plan: Option<&PathBuf>, reader: &Reader) -> Result<Merged, Box<Ended>> {
    let branches = bad.split(',').map(branch_of).collect::<Result<Vec<Branch>, _>>()?;
    let mut closed = None;
    // A rollback of several releases is named after one of them.
    for branch in &branches {
        let pulls = reader.pulls_from(branch).await?;
        let merged = pulls.iter().find(|pull| matches!(pull.state, PullState::Merged(..))).or_else(|| pulls.first());
        match merged {
            Some(pull) if pull.state == PullState::Closed => closed = closed.or(Some((pull.clone(), branch))),
            Some(pull) => return read(pull.clone(), branch, plan, reader).await,
            None => {}
        }
    }
    // A plan that was given is looked for where it was delivered.
    let kept = if plan.is_none() { retagged(bad, reader).await } else { Ok(None) };
    match kept {
        Ok(Some(retagged)) => return Ok(retagged),
        // Without a look at the issues there is only what the branches say.
        Err(error) if !is_unseen(&error) => return Err(error.into()),
        Ok(None) | Err(_) => {}
    }
    if let Some((pull, branch)) = closed {
        return read(pull, branch, plan, reader).await;
    }
    let [branch, ..] = branches.as_slice() else { return Err(refused("no bad release is named".into(), "see `--bad`")) };
    delivered(branch, plan, reader).await
}

/// Finds a rollback that published nothing new, by the plan that its incident keeps.
pub(super) async fn retagged(bad: &str, reader: &Reader) -> Result<Option<Merged>, Error> {
    let found = on_incident(|of| bad.split(',').any(|bad| bad.trim() == of.as_str()), reader).await?;
    let Some(OnIncident { facts, policy, thread }) = found else { return Ok(None) };
    let plan = kept(&thread).filter(|plan| plan.repository == *reader.repository_name());
    let now = facts.and_then(|facts| facts.now).unwrap_or_else(Utc::now);
    Ok(plan.map(|plan| Merged { plan: Plan { opened_incident: Some(thread.number), ..plan }, arrival: Arrival::Retag, policy, now }))
}

/// What stands on a rollback's incident, found by what it says of itself.
pub(super) struct OnIncident {
    facts: Option<RepositoryFacts>,
    policy: Policy,
    pub(super) thread: Thread,
}

/// Reads the comments on the oldest incident of a bad release; `None` where there is none, or no policy to know it by.
pub(super) async fn on_incident(is_of: impl Fn(&Tag) -> bool, reader: &Reader) -> Result<Option<OnIncident>, Error> {
    let (facts, Ok(policy)) = policy(reader).await else { return Ok(None) };
    let is_it = |issue: &&Issue| report::incident_of(&issue.body).is_some_and(|of| is_of(&of.bad));
    let issues = reader.issues_labelled(report::label_of(&policy.labels)).await?;
    let Some(incident) = issues.iter().filter(is_it).min_by_key(|issue| issue.number) else { return Ok(None) };
    Ok(reader.thread(incident.number).await?.map(|thread| OnIncident { facts, policy, thread }))
}

/// Tells whether the token may not look at issues.
pub(super) fn is_unseen(error: &Error) -> bool {
    matches!(error.why(), Some(Why::NotFound | Why::MissingPermission(_)))
}

/// Reads the rollback that a pull request brought.
pub(super) async fn read(pull: Pull, branch: &Branch, plan: Option<&PathBuf>, reader: &Reader) -> Result<Merged, Box<Ended>> {
    let mut plan = plan_of(plan, &pull).map_err(|problem| Box::new(Ended::problems(Exit::Stale, vec![problem])))?;
    if plan.repository != *reader.repository_name() || plan.branch != *branch {
        return Err(refused(
            format!("the plan is for {} of `{}`", plan.bad.tag, plan.repository),
            "name the bad release with `--bad` as it was planned",
        ));
    }
    let (commits, (facts, policy), incident) = join3(rollback_commits(reader, &pull), policy(reader), opened(&plan, reader)).await;
    let commits = commits?;
    plan.opened_incident = incident?;
    let approved = approved_by_merge(&plan, &pull, &commits).passed()?;
    let Some(rollback) = commits.into_iter().find(|commit| commit.plan_id.is_some()).map(|commit| commit.sha) else {
        return Err(refused(format!("pull request #{} brought no rollback commit", pull.number), "run the rollback workflow again"));
    };
    Ok(Merged {
        plan,
        arrival: Arrival::Pull(Box::new(pull), Own { approved, rollback }),
        policy: policy.map_err(unreadable)?,
        now: facts.and_then(|facts| facts.now).unwrap_or_else(Utc::now),
    })
}

pub(super) fn unreadable(why: String) -> Box<Ended> {
    let error = format!("the policy could not be read ({why}), so which gates come next is unknown");
    let hint = "mend it on the default branch, and run this again";
    Box::new(Ended::problems(Exit::Gates, vec![Problem::new(error, Some(hint.into()))]))
}

pub(super) fn refused(error: String, hint: &str) -> Box<Ended> {
    Box::new(Ended::problems(Exit::Refused, vec![Problem::new(error, Some(hint.to_owned()))]))
}

fn plan_of(path: Option<&PathBuf>, pull: &Pull) -> Result<Plan, Problem> {
    let hint = "give the plan of the run that opened the pull request with `--plan FILE`";
    if let Some(path) = path {
        return plan_in_file(path, hint);
    }
    let problem = |error: String| Problem::new(error, Some(hint.to_owned()));
    let text =
        report::plan_in(&pull.body).ok_or_else(|| problem(format!("pull request #{} does not hold its plan any more", pull.number)))?;
    Plan::from_document(&text).map_err(|error| problem(error.to_string()))
}

pub(super) fn plan_in_file(path: &Path, hint: &str) -> Result<Plan, Problem> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::new(format!("cannot read the plan `{}`: {error}", path.display()), Some(hint.to_owned())))?;
    Plan::from_document(&text).map_err(|error| Problem::new(error.to_string(), Some(hint.to_owned())))
}

/// The gates that the policy puts before a stage, held by jobs of this run. Returns who approved them.
pub(super) async fn passed(merged: &Merged, stage: Stage, reader: &Reader, environment: &Environment) -> Result<Vec<Approval>, Box<Ended>> {
    if merged.in_force().environments(stage).is_empty() {
        return Ok(Vec::new());
    }
    passed_in(merged, stage, reader, &run_of(environment)?).await
}

/// The same, held by jobs of a run.
pub(super) async fn passed_in(merged: &Merged, stage: Stage, reader: &Reader, run: &RunOfWorkflow) -> Result<Vec<Approval>, Box<Ended>> {
    let plan = merged.in_force();
    let evidence = evidence(reader, &plan, stage, run).await?;
    Ok(decide(&plan, stage, &evidence).passed()?.approvals().to_vec())
}

/// The commits the pull request brought: the one this tool made, and what people may have pushed on top of it.
async fn rollback_commits(reader: &Reader, pull: &Pull) -> Result<Vec<RollbackCommit>, Error> {
    let commits = reader.pull_commits(pull.number).await?.into_iter();
    Ok(commits
        .map(|commit| RollbackCommit { plan_id: plan_id_in(&commit.message), sha: commit.sha, tree: commit.tree, parents: commit.parents })
        .collect())
}
