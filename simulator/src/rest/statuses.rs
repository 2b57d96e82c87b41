//! Statuses of commits: <https://docs.github.com/rest/commits/statuses>.

use serde_json::{Value, json};

use super::refs::supplied;
use super::{commits, pages, repository, shape};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Status, World};

/// The most statuses of one context on one commit.
const MOST_STATUSES: usize = 1000;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("POST", ["statuses", sha]) => create(world, call, sha),
        ("GET", ["commits", name @ .., "status"]) => combined(world, call, &name.join("/")),
        ("GET", ["commits", name @ .., "statuses"]) => list(world, call, &name.join("/")),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, status: &Status) -> Value {
    json!({
        "url": format!("{}/statuses/{}", shape::api(world, call), status.sha),
        "avatar_url": null,
        "id": status.id,
        "node_id": shape::node_id("SC", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
        "creator": shape::user(world, call, &status.creator),
    })
}

/// Returns a commit's statuses, newest first.
fn of_commit<'a>(world: &'a World, call: &Call, name: &str) -> Result<(String, Vec<&'a Status>), Reply> {
    world.require(call, "statuses", Level::Read)?;
    let sha = commits::resolve(world, name).ok_or_else(Reply::not_found)?;
    let found = world.statuses.values().rev().filter(|status| status.sha == sha).collect();
    Ok((sha, found))
}

fn list(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    let (_, found) = of_commit(world, call, name)?;
    Ok(pages::list(call, &found, |status| shown(world, call, status)))
}

/// The combined status does not say who set its parts.
fn without_creator(mut status: Value) -> Value {
    status.as_object_mut().and_then(|status| status.remove("creator"));
    status
}

fn combined(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    let (sha, found) = of_commit(world, call, name)?;
    let mut newest: Vec<&Status> = Vec::new();
    for status in found {
        // Contexts ignore case.
        if !newest.iter().any(|newer| newer.context.eq_ignore_ascii_case(&status.context)) {
            newest.push(status);
        }
    }
    let has = |states: &[&str]| newest.iter().any(|status| states.contains(&status.state.as_str()));
    let state = match () {
        () if has(&["error", "failure"]) => "failure",
        () if newest.is_empty() || has(&["pending"]) => "pending",
        () => "success",
    };
    let api = shape::api(world, call);
    Ok(Reply::ok(json!({
        "state": state,
        "statuses": newest.iter().map(|status| without_creator(shown(world, call, status))).collect::<Vec<_>>(),
        "sha": sha,
        "total_count": newest.len(),
        "repository": repository::minimal(world, call),
        "commit_url": format!("{api}/commits/{sha}"),
        "url": format!("{api}/commits/{sha}/status"),
    })))
}

fn create(world: &mut World, call: &Call, sha: &str) -> Result<Reply, Reply> {
    world.require(call, "statuses", Level::Write)?;
    let state = supplied(call, "state")?;
    if !["error", "failure", "pending", "success"].contains(&state) {
        return Err(Reply::invalid("Status", "state", "invalid"));
    }
    if world.git.commit(sha).is_none() {
        return Err(Reply::error(422, &format!("No commit found for SHA: {sha}")));
    }
    let context = call.text("context").unwrap_or("default");
    let before = world.statuses.values().filter(|status| status.sha == sha && status.context.eq_ignore_ascii_case(context));
    if before.count() >= MOST_STATUSES {
        return Err(Reply::refused("Status", "This SHA and context has reached the maximum number of statuses."));
    }
    if call.text("description").is_some_and(|text| text.chars().count() > 140) {
        return Err(Reply::refused("Status", "description is too long (maximum is 140 characters)"));
    }
    let status = Status {
        id: world.next_id(),
        sha: sha.to_owned(),
        context: context.to_owned(),
        state: state.to_owned(),
        description: call.text("description").map(str::to_owned),
        target_url: call.text("target_url").map(str::to_owned),
        creator: call.login().unwrap_or_default(),
        created_at: world.now(),
    };
    let answer = shown(world, call, &status);
    world.statuses.insert(status.id, status);
    Ok(Reply::created(answer))
}
