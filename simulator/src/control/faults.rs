//! Scheduling faults from outside.

use std::time::Duration;

use serde_json::json;

use super::lacks;
use crate::call::Call;
use crate::faults::{Distortion, Effect, Fault, When};
use crate::reply::Reply;
use crate::world::World;

/// Answers `faults`.
pub(super) fn route(world: &mut World, call: &Call, method: &str) -> Option<Result<Reply, Reply>> {
    match method {
        "POST" => return Some(schedule(world, call)),
        "DELETE" => world.faults.clear(),
        "GET" => {}
        _ => return None,
    }
    Some(Ok(pending(world)))
}

fn schedule(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let number = |field: &str| call.body[field].as_u64();
    let mut when = match (call.text("method"), call.text("path")) {
        (Some(method), path) => When::matching(method, path.unwrap_or("/")),
        (None, Some(path)) => When::path(path),
        (None, None) => When::request(1),
    };
    when = when.nth(number("nth").unwrap_or(1)).times(number("times").unwrap_or(1));
    let effect = effect(call)?;
    world.schedule(when, effect);
    Ok(pending(world))
}

fn effect(call: &Call) -> Result<Effect, Reply> {
    let number = |field: &str| call.body[field].as_u64().ok_or_else(|| lacks(field));
    let fault = match call.text("kind") {
        Some("status") => status(call, number("status")?),
        Some("page") => Fault::Page {
            status: u16::try_from(number("status")?).unwrap_or(502),
            html: call.text("html").unwrap_or("<html><body>Bad Gateway</body></html>").to_owned(),
        },
        Some("delay") => Fault::Delay(Duration::from_millis(number("milliseconds")?)),
        Some("close_before") => Fault::CloseBefore,
        Some("close_after") => Fault::CloseAfter,
        Some("truncate") => Fault::Truncate(usize::try_from(number("bytes")?).unwrap_or(usize::MAX)),
        Some("stall") => Fault::Stall(call.body["bytes"].as_u64().and_then(|bytes| usize::try_from(bytes).ok())),
        Some("twice") => Fault::Distort(Distortion::Twice),
        Some("backwards") => Fault::Distort(Distortion::Backwards),
        Some("more_fields") => Fault::Distort(Distortion::MoreFields),
        Some("fewer_fields") => Fault::Distort(Distortion::FewerFields(0)),
        Some("stale_read") => return Ok(Effect::StaleRead),
        Some("move_default_branch") => return Ok(Effect::MoveDefaultBranch),
        _ => return Err(Reply::error(422, "simulator: `kind` names no fault")),
    };
    Ok(fault.into())
}

fn status(call: &Call, status: u64) -> Fault {
    let status = u16::try_from(status).unwrap_or(500);
    let mut fault = Fault::status(status, call.text("message").unwrap_or("Server Error"));
    if let Fault::Status { body, .. } = &mut fault
        && let Some(raw) = call.body.get("body")
    {
        body.clone_from(raw);
    }
    let headers = call.body["headers"].as_object().into_iter().flatten();
    headers.fold(fault, |fault, (name, value)| fault.header(name, value.as_str().unwrap_or_default()))
}

fn pending(world: &World) -> Reply {
    Reply::ok(json!({"pending": world.faults.pending()}))
}
