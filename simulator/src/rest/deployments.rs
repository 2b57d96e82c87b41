//! Deployments: <https://docs.github.com/rest/deployments/deployments>.

use serde_json::{Value, json};

use super::refs::supplied;
use super::{commits, pages, shape};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Deployment, World};

/// The states a deployment can be in.
const STATES: &[&str] = &["error", "failure", "inactive", "in_progress", "queued", "pending", "success"];

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["deployments"]) => list(world, call),
        ("POST", ["deployments"]) => create(world, call),
        ("GET", ["deployments", id]) => one(world, call, id),
        ("GET", ["deployments", id, "statuses"]) => statuses(world, call, id),
        ("POST", ["deployments", id, "statuses"]) => add_status(world, call, id),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, deployment: &Deployment) -> Value {
    let api = shape::api(world, call);
    let url = format!("{api}/deployments/{}", deployment.id);
    let updated = deployment.statuses.last().map_or(deployment.created_at, |(.., time)| *time);
    json!({
        "url": url,
        "id": deployment.id,
        "node_id": shape::node_id("DE", deployment.id),
        "sha": deployment.sha,
        "ref": deployment.ref_name,
        "task": deployment.task,
        "payload": deployment.payload,
        "environment": deployment.environment,
        "original_environment": deployment.environment,
        "description": deployment.description,
        "creator": shape::user(world, call, &deployment.creator),
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(updated),
        "statuses_url": format!("{url}/statuses"),
        "repository_url": api,
        "transient_environment": false,
        "production_environment": true,
        "performed_via_github_app": null,
    })
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "deployments", Level::Read)?;
    let is = |name: &str, value: &str| call.param(name).is_none_or(|wanted| wanted == value);
    let found: Vec<&Deployment> = world
        .deployments
        .values()
        .rev()
        .filter(|deployment| is("environment", &deployment.environment) && is("ref", &deployment.ref_name))
        .filter(|deployment| is("sha", &deployment.sha) && is("task", &deployment.task))
        .collect();
    Ok(pages::list(call, &found, |deployment| shown(world, call, deployment)))
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Deployment, Reply> {
    id.parse().ok().and_then(|id: u64| world.deployments.get(&id)).ok_or_else(Reply::not_found)
}

fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "deployments", Level::Read)?;
    Ok(Reply::ok(shown(world, call, find(world, id)?)))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "deployments", Level::Write)?;
    let name = supplied(call, "ref")?;
    let Some(sha) = commits::resolve(world, name) else {
        return Err(Reply::error(422, &format!("No ref found for: {name}")));
    };
    // By default the default branch is merged into the ref first, which is never wanted in an incident; pass
    // `auto_merge: false`.
    if call.flag("auto_merge").unwrap_or(true)
        && world.git.branch(name).is_some()
        && world.default_head().is_some_and(|head| !world.git.is_ancestor(&head, &sha))
    {
        let message = format!("Auto-merged {} into {name} on deployment.", world.repository.default_branch);
        return Ok(Reply::new(202, json!({"message": message})));
    }
    // A deployment to an environment that does not exist makes it, without protection.
    world.ensure_environment(call.text("environment").unwrap_or("production"));
    let deployment = Deployment {
        id: world.next_id(),
        sha,
        ref_name: name.to_owned(),
        task: call.text("task").unwrap_or("deploy").to_owned(),
        environment: call.text("environment").unwrap_or("production").to_owned(),
        description: call.text("description").map(str::to_owned),
        payload: call.body.get("payload").cloned().unwrap_or_else(|| json!({})),
        creator: call.login().unwrap_or_default(),
        created_at: world.now(),
        statuses: Vec::new(),
    };
    let answer = shown(world, call, &deployment);
    world.deployments.insert(deployment.id, deployment);
    Ok(Reply::created(answer))
}

fn status(world: &World, call: &Call, deployment: &Deployment, index: usize) -> Value {
    let url = format!("{}/deployments/{}", shape::api(world, call), deployment.id);
    let Some((id, state, description, time)) = deployment.statuses.get(index) else {
        return Value::Null;
    };
    json!({
        "url": format!("{url}/statuses/{id}"),
        "id": id,
        "node_id": shape::node_id("DES", id),
        "state": state,
        "creator": shape::user(world, call, &deployment.creator),
        "description": description,
        "environment": deployment.environment,
        "target_url": "",
        "created_at": stamp(*time),
        "updated_at": stamp(*time),
        "deployment_url": url,
        "repository_url": shape::api(world, call),
        "environment_url": "",
        "log_url": "",
        "performed_via_github_app": null,
    })
}

fn statuses(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "deployments", Level::Read)?;
    let deployment = find(world, id)?;
    let newest_first: Vec<usize> = (0..deployment.statuses.len()).rev().collect();
    Ok(pages::list(call, &newest_first, |index| status(world, call, deployment, *index)))
}

fn add_status(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "deployments", Level::Write)?;
    let state = supplied(call, "state")?;
    if !STATES.contains(&state) {
        return Err(Reply::invalid("DeploymentStatus", "state", "invalid"));
    }
    let description = call.text("description").unwrap_or_default();
    if description.chars().count() > 140 {
        return Err(Reply::refused("DeploymentStatus", "description is too long (maximum is 140 characters)"));
    }
    let id = find(world, id)?.id;
    let (status_id, now) = (world.next_id(), world.now());
    let deployment = world.deployments.get_mut(&id).ok_or_else(Reply::not_found)?;
    deployment.statuses.push((status_id, state.to_owned(), description.to_owned(), now));
    let deployment = find(world, &id.to_string())?;
    Ok(Reply::created(status(world, call, deployment, deployment.statuses.len() - 1)))
}
