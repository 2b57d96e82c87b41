//! The routes of workflows.

use serde_json::{Value, json};

use super::{Workflow, WorkflowState, dispatch};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::rest::{pages, shape};
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["actions", "workflows"]) => list(world, call),
        ("GET", ["actions", "workflows", named]) => get(world, call, named),
        ("PUT", ["actions", "workflows", named, "enable"]) => {
            switch(world, call, named, WorkflowState::Active)
        }
        ("PUT", ["actions", "workflows", named, "disable"]) => {
            switch(world, call, named, WorkflowState::DisabledManually)
        }
        ("POST", ["actions", "workflows", named, "dispatches"]) => {
            dispatch::dispatch(world, call, named)
        }
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Read)?;
    Ok(pages::counted(
        call,
        "workflows",
        &world.workflows(),
        |workflow| shown(world, call, workflow),
    ))
}

fn get(world: &World, call: &Call, named: &str) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Read)?;
    let workflow = world.workflow(named).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(shown(world, call, &workflow)))
}

fn switch(
    world: &mut World,
    call: &Call,
    named: &str,
    state: WorkflowState,
) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Write)?;
    let workflow = world.workflow(named).ok_or_else(Reply::not_found)?;
    match state {
        WorkflowState::Active => world.runs.states.remove(&workflow.path),
        WorkflowState::DisabledManually | WorkflowState::DisabledInactivity => {
            world.runs.states.insert(workflow.path, state)
        }
    };
    Ok(Reply::nothing())
}

fn shown(world: &World, call: &Call, workflow: &Workflow) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let file = workflow.path.rsplit('/').next().unwrap_or_default();
    let made = stamp(world.repository.created_at);
    json!({
        "id": workflow.id,
        "node_id": shape::node_id("W", workflow.id),
        "name": workflow.name,
        "path": workflow.path,
        "state": workflow.state.name(),
        "created_at": made,
        "updated_at": made,
        "url": format!("{api}/actions/workflows/{}", workflow.id),
        "html_url": format!("{html}/blob/{}/{}", world.repository.default_branch, workflow.path),
        "badge_url": format!("{html}/workflows/{file}/badge.svg"),
    })
}
