//! Check runs: <https://docs.github.com/rest/checks/runs>.

use serde_json::{Value, json};

use super::refs::supplied;
use super::{commits, pages, shape};
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Check, World};

/// The most characters of an output's summary or text.
const MOST_CHARACTERS: usize = 65_535;

/// The most annotations in one request.
const MOST_ANNOTATIONS: usize = 50;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("POST", ["check-runs"]) => create(world, call),
        ("GET", ["check-runs", id]) => one(world, call, id),
        ("PATCH", ["check-runs", id]) => update(world, call, id),
        ("GET", ["commits", name @ .., "check-runs"]) => of_commit(world, call, &name.join("/")),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Tells whether a commit's newest check run or status of this name has passed.
pub(crate) fn has_passed(world: &World, sha: &str, name: &str) -> bool {
    let check = world.checks.values().rev().find(|check| check.sha == sha && check.name == name);
    if let Some(check) = check {
        return check.conclusion.as_deref().is_some_and(|ended| matches!(ended, "success" | "neutral" | "skipped"));
    }
    let status = world.statuses.values().rev().find(|status| status.sha == sha && status.context == name);
    status.is_some_and(|status| status.state == "success")
}

fn shown(world: &World, call: &Call, check: &Check) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let url = format!("{api}/check-runs/{}", check.id);
    json!({
        "id": check.id,
        "node_id": shape::node_id("CR", check.id),
        "head_sha": check.sha,
        "external_id": "",
        "url": url,
        "html_url": format!("{html}/runs/{}", check.id),
        "details_url": check.details_url,
        "status": check.status,
        "conclusion": check.conclusion,
        "started_at": stamp(check.started_at),
        "completed_at": check.completed_at.map(stamp),
        "output": {
            "title": check.title,
            "summary": check.summary,
            "text": null,
            "annotations_count": 0,
            "annotations_url": format!("{url}/annotations"),
        },
        "name": check.name,
        "check_suite": {"id": check.id},
        "app": {
            "id": 15368,
            "slug": check.app,
            "node_id": shape::node_id("A", &check.app),
            "owner": shape::user(world, call, &world.repository.owner),
            "name": check.app,
            "description": null,
            "external_url": world.server,
            "html_url": format!("{}/apps/{}", world.server, check.app),
            "created_at": stamp(world.repository.created_at),
            "updated_at": stamp(world.repository.created_at),
            "permissions": {"checks": "write", "metadata": "read"},
            "events": [],
        },
        "pull_requests": [],
    })
}

fn of_commit(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "checks", Level::Read)?;
    let Some(sha) = commits::resolve(world, name) else {
        return Err(Reply::error(422, &format!("No commit found for SHA: {name}")));
    };
    let is = |parameter: &str, value: &str| call.param(parameter).is_none_or(|wanted| wanted == value);
    let all = call.param("filter") == Some("all");
    let mut found: Vec<&Check> = Vec::new();
    for check in world.checks.values().rev().filter(|check| check.sha == sha) {
        let is_newest = all || !found.iter().any(|newer| newer.name == check.name);
        if is_newest && is("check_name", &check.name) && is("status", &check.status) {
            found.push(check);
        }
    }
    Ok(pages::counted(call, "check_runs", &found, |check| shown(world, call, check)))
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Check, Reply> {
    id.parse().ok().and_then(|id: u64| world.checks.get(&id)).ok_or_else(Reply::not_found)
}

fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "checks", Level::Read)?;
    Ok(Reply::ok(shown(world, call, find(world, id)?)))
}

/// Only Apps write check runs; a `GITHUB_TOKEN` is one.
fn may_write(world: &World, call: &Call) -> Result<String, Reply> {
    world.require(call, "checks", Level::Write)?;
    match &call.identity {
        Identity::Actions(_) => Ok("github-actions".to_owned()),
        Identity::App(slug, _) => Ok(slug.clone()),
        Identity::Anonymous | Identity::User(_) => Err(Reply::error(403, "You must authenticate via a GitHub App.")),
    }
}

fn fill(world: &World, call: &Call, check: &mut Check) -> Result<(), Reply> {
    if let Some(output) = call.body.get("output") {
        let text = |field: &str| output.get(field).and_then(Value::as_str);
        let too_long = ["summary", "text"].into_iter().any(|field| text(field).is_some_and(|text| text.chars().count() > MOST_CHARACTERS));
        let annotations = output.get("annotations").and_then(Value::as_array).map_or(0, Vec::len);
        if too_long || annotations > MOST_ANNOTATIONS {
            return Err(Reply::error(422, "Invalid request.\n\nThe output is larger than allowed."));
        }
        check.title = text("title").map(str::to_owned);
        check.summary = text("summary").map(str::to_owned);
    }
    for (field, value) in [("name", &mut check.name), ("status", &mut check.status)] {
        if let Some(text) = call.text(field) {
            text.clone_into(value);
        }
    }
    if let Some(url) = call.text("details_url") {
        check.details_url = Some(url.to_owned());
    }
    if let Some(conclusion) = call.text("conclusion") {
        check.conclusion = Some(conclusion.to_owned());
        "completed".clone_into(&mut check.status);
        check.completed_at = Some(world.now());
    }
    if check.status == "completed" && check.conclusion.is_none() {
        return Err(Reply::error(422, "Invalid request.\n\n\"conclusion\" wasn't supplied."));
    }
    Ok(())
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let app = may_write(world, call)?;
    let (name, sha) = (supplied(call, "name")?, supplied(call, "head_sha")?);
    if world.git.commit(sha).is_none() {
        return Err(Reply::error(422, &format!("No commit found for SHA: {sha}")));
    }
    let mut check = Check {
        id: world.next_id(),
        sha: sha.to_owned(),
        name: name.to_owned(),
        status: "queued".to_owned(),
        conclusion: None,
        details_url: None,
        app,
        title: None,
        summary: None,
        started_at: world.now(),
        completed_at: None,
    };
    fill(world, call, &mut check)?;
    let answer = shown(world, call, &check);
    world.checks.insert(check.id, check);
    Ok(Reply::created(answer))
}

fn update(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let app = may_write(world, call)?;
    let mut check = find(world, id)?.clone();
    if check.app != app {
        return Err(Reply::error(403, "Invalid app_id `15368` - check run can only be modified by the GitHub App that created it."));
    }
    fill(world, call, &mut check)?;
    let answer = shown(world, call, &check);
    world.checks.insert(check.id, check);
    Ok(Reply::ok(answer))
}
