//! Runs as GitHub shows them.

use serde_json::{Map, Value, json};

use super::{Approval, Attempt, Job, JobStatus, Run};
use crate::call::Call;
use crate::clock::stamp;
use crate::environments;
use crate::rest::{repository, shape};
use crate::workflows;
use crate::world::{Deployment, World};

/// Returns one attempt of a run.
pub(super) fn run(world: &World, call: &Call, run: &Run, attempt: &Attempt) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let id = run.id;
    let url = format!("{api}/actions/runs/{id}");
    let workflow = workflows::id(&run.workflow);
    let repository = repository::minimal(world, call);
    let earlier = (attempt.number > 1).then(|| format!("{url}/attempts/{}", attempt.number - 1));
    json!({
        "id": id,
        "name": run.name,
        "node_id": shape::node_id("WFR", id),
        "check_suite_id": suite(run),
        "check_suite_node_id": shape::node_id("CS", suite(run)),
        "head_branch": run.recorded_branch(),
        "head_sha": run.sha,
        "head_commit": head_commit(world, &run.sha),
        "path": run.workflow,
        "display_title": run.name,
        "run_number": run.number,
        "run_attempt": attempt.number,
        "event": run.event,
        "status": attempt.status(),
        "conclusion": attempt.conclusion.map(super::Conclusion::name),
        "workflow_id": workflow,
        "url": url,
        "html_url": format!("{html}/actions/runs/{id}"),
        "pull_requests": [],
        "created_at": stamp(run.created_at),
        "updated_at": stamp(run.updated_at),
        "run_started_at": stamp(attempt.started_at),
        "actor": shape::user(world, call, &run.actor),
        "triggering_actor": shape::user(world, call, &attempt.triggering_actor),
        "referenced_workflows": [],
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": format!("{api}/check-suites/{}", suite(run)),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": earlier,
        "workflow_url": format!("{api}/actions/workflows/{workflow}"),
        "repository": repository,
        "head_repository": repository,
    })
}

/// Returns what a dispatch answers when it is asked for the run.
pub(crate) fn details(world: &World, call: &Call, run: u64) -> Value {
    json!({
        "workflow_run_id": run,
        "run_url": format!("{}/actions/runs/{run}", shape::api(world, call)),
        "html_url": format!("{}/actions/runs/{run}", shape::html(world)),
    })
}

/// Returns a job.
pub(super) fn job(world: &World, call: &Call, run: &Run, attempt: u64, job: &Job) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let id = job.id;
    let has_runner = matches!(job.status, JobStatus::InProgress | JobStatus::Completed);
    json!({
        "id": id,
        "run_id": run.id,
        "workflow_name": run.name,
        "head_branch": run.recorded_branch(),
        "run_url": format!("{api}/actions/runs/{}", run.id),
        "run_attempt": attempt,
        "node_id": shape::node_id("CR", id),
        "head_sha": run.sha,
        "url": format!("{api}/actions/jobs/{id}"),
        "html_url": format!("{html}/actions/runs/{}/job/{id}", run.id),
        "status": job.status.name(),
        "conclusion": job.conclusion.map(super::Conclusion::name),
        "created_at": stamp(job.created_at),
        "started_at": stamp(job.started_at),
        "completed_at": job.completed_at.map(stamp),
        "name": job.name,
        "steps": [],
        "check_run_url": format!("{api}/check-runs/{id}"),
        "labels": ["ubuntu-latest"],
        "runner_id": has_runner.then_some(1),
        "runner_name": has_runner.then_some("GitHub Actions 1"),
        "runner_group_id": has_runner.then_some(0),
        "runner_group_name": has_runner.then_some("GitHub Actions"),
    })
}

/// Returns one entry of the review history: no time, no attempt.
pub(super) fn approval(world: &World, call: &Call, approval: &Approval) -> Value {
    let known = approval.environments.iter().filter_map(|id| world.environments.by_id(*id));
    let environments: Vec<Map<String, Value>> = known
        .map(|environment| {
            let mut shown = environments::summary(world, call, environment);
            shown.insert("created_at".to_owned(), json!(stamp(environment.created_at)));
            shown.insert("updated_at".to_owned(), json!(stamp(environment.updated_at)));
            shown
        })
        .collect();
    json!({
        "environments": environments,
        "state": approval.verdict.name(),
        "user": shape::user(world, call, &approval.login),
        "comment": approval.comment,
    })
}

/// Returns what waits in a run, one entry for each environment.
pub(super) fn pending(world: &World, call: &Call, run: &Run) -> Value {
    let mut entries = Vec::new();
    for environment in world.environments.iter() {
        let waiting = world.waiting_jobs(run.id);
        let Some((_, _, since)) = waiting.iter().find(|(_, name, _)| name.eq_ignore_ascii_case(&environment.name)) else {
            continue;
        };
        let can_approve = call.login().is_some_and(|login| !call.is_bot() && world.can_review(run.id, environment.id, &login));
        entries.push(json!({
            "environment": environments::summary(world, call, environment),
            "wait_timer": environment.wait_timer,
            "wait_timer_started_at": (environment.wait_timer > 0).then(|| stamp(*since)),
            "current_user_can_approve": can_approve,
            "reviewers": environments::reviewers_view(world, call, environment),
        }));
    }
    json!(entries)
}

/// Returns the deployment of a reviewed job.
pub(super) fn deployment(world: &World, call: &Call, deployment: &Deployment) -> Value {
    let api = shape::api(world, call);
    let url = format!("{api}/deployments/{}", deployment.id);
    let last = deployment.statuses.last().map_or(deployment.created_at, |(.., time)| *time);
    json!({
        "url": url,
        "id": deployment.id,
        "node_id": shape::node_id("DE", deployment.id),
        "sha": deployment.sha,
        "ref": deployment.ref_name,
        "task": deployment.task,
        "payload": deployment.payload,
        "original_environment": deployment.environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "creator": shape::user(world, call, &deployment.creator),
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(last),
        "statuses_url": format!("{url}/statuses"),
        "repository_url": api,
        "transient_environment": false,
        "production_environment": false,
    })
}

fn head_commit(world: &World, sha: &str) -> Value {
    let Some(commit) = world.git.commit(sha) else {
        return Value::Null;
    };
    json!({
        "id": commit.oid,
        "tree_id": commit.tree,
        "message": commit.message.trim_end(),
        "timestamp": stamp(commit.committer.date),
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    })
}

fn suite(run: &Run) -> u64 {
    run.id * 10
}
