//! Annotated tags as git objects.

use serde_json::{Value, json};

use super::git_commits::caller;
use super::refs::supplied;
use super::shape;
use crate::access::Level;
use crate::call::Call;
use crate::git::{Person, TagObject};
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["git", "tags", sha]) => get(world, call, sha),
        ("POST", ["git", "tags"]) => create(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, tag: &TagObject) -> Value {
    let api = shape::api(world, call);
    let kind = tag.target_kind.name();
    let nobody = || Person { name: "unknown".to_owned(), email: "unknown".to_owned(), date: chrono::DateTime::UNIX_EPOCH };
    json!({
        "node_id": shape::node_id("TA", &tag.oid),
        "sha": tag.oid,
        "url": format!("{api}/git/tags/{}", tag.oid),
        "tag": tag.name,
        "message": tag.message,
        "tagger": shape::person(&tag.tagger.clone().unwrap_or_else(nobody)),
        "object": {"sha": tag.target, "type": kind, "url": format!("{api}/git/{kind}s/{}", tag.target)},
        "verification": {"verified": false, "reason": "unsigned", "signature": null, "payload": null, "verified_at": null},
    })
}

fn get(world: &World, call: &Call, sha: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let tag = world.git.tag(sha).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(shown(world, call, &tag)))
}

/// Makes the object alone; the ref is another call: <https://docs.github.com/rest/git/tags#create-a-tag-object>.
fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let (name, message) = (supplied(call, "tag")?, supplied(call, "message")?);
    let (target, kind) = (supplied(call, "object")?, supplied(call, "type")?);
    let Some((found, _)) = world.git.kind(target).filter(|(found, _)| found.name() == kind) else {
        return Err(Reply::error(422, "Could not find object for the given sha and type"));
    };
    let given = call.body.get("tagger").filter(|given| !given.is_null());
    let mut tagger = caller(world, call);
    if let Some(given) = given {
        let text = |field: &str| given.get(field).and_then(Value::as_str);
        let (Some(name), Some(email)) = (text("name"), text("email")) else {
            return Err(Reply::error(422, "Invalid request.\n\n\"name\", \"email\" weren't supplied for tagger."));
        };
        (tagger.name, tagger.email) = (name.to_owned(), email.to_owned());
        if let Some(date) = text("date").and_then(|date| chrono::DateTime::parse_from_rfc3339(date).ok()) {
            tagger.date = date.to_utc();
        }
    }
    let oid = world
        .git
        .write_tag(name, target, found, &tagger, message)
        .map_err(|_| Reply::error(422, &format!("{name} is not a valid tag name.")))?;
    let tag = world.git.tag(&oid).ok_or_else(Reply::not_found)?;
    Ok(Reply::created(shown(world, call, &tag)))
}
