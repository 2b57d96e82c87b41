//! Dispatching a workflow: what GitHub checks of it.
//!
//! <https://docs.github.com/rest/actions/workflows#create-a-workflow-dispatch-event>

use serde_json::{Map, Value, json};

use super::{Workflow, WorkflowState};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::runs;
use crate::world::World;

/// GitHub's limits.
const MOST_INPUTS: usize = 25;
const LONGEST_INPUTS: usize = 65_535;

/// Answers a dispatch.
pub(super) fn dispatch(world: &mut World, call: &Call, named: &str) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Write)?;
    let workflow = world.workflow(named).ok_or_else(Reply::not_found)?;
    let Some(reference) = call.text("ref") else {
        return Err(Reply::error(
            422,
            "Invalid request.\n\n\"ref\" wasn't supplied.",
        ));
    };
    let full = world
        .full_ref(reference)
        .ok_or_else(|| Reply::error(422, &format!("No ref found for: {reference}")))?;
    if workflow.state != WorkflowState::Active {
        return Err(Reply::error(
            422,
            "Cannot trigger a 'workflow_dispatch' on a disabled workflow",
        ));
    }
    let inputs = inputs(world, &workflow, &full, &call.body["inputs"])?;
    let actor = call.login().unwrap_or_default();
    let run = world.start_run(&workflow.path, &full, &actor, inputs)?;
    match call.flag("return_run_details") {
        Some(true) => Ok(Reply::ok(runs::details(world, call, run))),
        Some(false) | None => Ok(Reply::nothing()),
    }
}

fn inputs(
    world: &World,
    workflow: &Workflow,
    reference: &str,
    sent: &Value,
) -> Result<Value, Reply> {
    let refuse = |message: String| Reply::error(422, &message);
    let empty = Map::new();
    let sent = match sent {
        Value::Null => &empty,
        Value::Object(sent) => sent,
        other => {
            return Err(refuse(format!(
                "Invalid request.\n\nFor 'properties/inputs', {other} is not an object."
            )));
        }
    };
    let Some(dispatchable) = world.dispatchable(workflow, reference) else {
        return Err(refuse(
            "Workflow does not have 'workflow_dispatch' trigger".to_owned(),
        ));
    };
    if sent.len() > MOST_INPUTS {
        return Err(refuse(format!(
            "Invalid request.\n\nNo more than {MOST_INPUTS} properties are allowed; {} were supplied.",
            sent.len()
        )));
    }
    if json!(sent).to_string().chars().count() > LONGEST_INPUTS {
        return Err(refuse(format!(
            "inputs are too large. (maximum is {LONGEST_INPUTS} characters)"
        )));
    }
    let unexpected: Vec<&String> = sent
        .keys()
        .filter(|name| !dispatchable.inputs.contains_key(*name))
        .collect();
    if !unexpected.is_empty() {
        return Err(refuse(format!(
            "Unexpected inputs provided: {}",
            json!(unexpected)
        )));
    }
    for (name, input) in &dispatchable.inputs {
        match sent.get(name) {
            None if input.required && !input.has_default => {
                return Err(refuse(format!("Required input '{name}' not provided")));
            }
            Some(Value::String(value))
                if !input.options.is_empty() && !input.options.contains(value) =>
            {
                return Err(refuse(format!(
                    "Provided value '{value}' for input '{name}' not in the list of allowed values"
                )));
            }
            Some(_) | None => {}
        }
    }
    Ok(json!(sent))
}
