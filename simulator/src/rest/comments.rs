//! Comments on issues and pull requests: <https://docs.github.com/rest/issues/comments>.

use serde_json::{Value, json};

use super::refs::supplied;
use super::{issues, pages, shape};
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Comment, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["issues", "comments"]) => all(world, call),
        ("GET", ["issues", "comments", id]) => one(world, call, id),
        ("PATCH", ["issues", "comments", id]) => update(world, call, id),
        ("DELETE", ["issues", "comments", id]) => delete(world, call, id),
        ("GET", ["issues", number, "comments"]) => list(world, call, number),
        ("POST", ["issues", number, "comments"]) => create(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, comment: &Comment) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let kind = if world.pulls.contains_key(&comment.number) { "pull" } else { "issues" };
    json!({
        "id": comment.id,
        "node_id": shape::node_id("IC", comment.id),
        "url": format!("{api}/issues/comments/{}", comment.id),
        "html_url": format!("{html}/{kind}/{}#issuecomment-{}", comment.number, comment.id),
        "issue_url": format!("{api}/issues/{}", comment.number),
        "body": comment.body,
        "user": shape::user(world, call, &comment.author),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "author_association": issues::association(world, &comment.author),
        "performed_via_github_app": null,
    })
}

fn all(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    let found: Vec<&Comment> = world.comments.values().collect();
    Ok(pages::list(call, &found, |comment| shown(world, call, comment)))
}

fn list(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let issue = issues::find(world, number)?;
    world.require_any(call, issues::permissions(world, issue.number), Level::Read)?;
    let since = call.param("since").and_then(|since| chrono::DateTime::parse_from_rfc3339(since).ok());
    let found: Vec<&Comment> = world
        .comments
        .values()
        .filter(|comment| comment.number == issue.number)
        .filter(|comment| since.is_none_or(|since| comment.updated_at >= since))
        .collect();
    Ok(pages::list(call, &found, |comment| shown(world, call, comment)))
}

fn find<'a>(world: &'a World, id: &str) -> Result<&'a Comment, Reply> {
    id.parse().ok().and_then(|id: u64| world.comments.get(&id)).ok_or_else(Reply::not_found)
}

fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    Ok(Reply::ok(shown(world, call, find(world, id)?)))
}

fn create(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let number = issues::find(world, number)?.number;
    if call.identity == Identity::Anonymous {
        return Err(Reply::error(401, "Requires authentication"));
    }
    let needed = if call.is_bot() { Level::Write } else { Level::Read };
    world.require_any(call, issues::permissions(world, number), needed)?;
    let body = supplied(call, "body")?;
    if body.trim().is_empty() {
        return Err(Reply::refused("IssueComment", "Body cannot be blank"));
    }
    issues::check_body(call)?;
    let body = body.to_owned();
    let id = world.comment(number, &call.login().unwrap_or_default(), &body);
    let answer = shown(world, call, world.comments.get(&id).ok_or_else(Reply::not_found)?);
    let url = answer["url"].as_str().unwrap_or_default().to_owned();
    Ok(Reply::created(answer).header("location", url))
}

/// Authors may change what they wrote; others need to be able to push.
fn changeable<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Comment, Reply> {
    let comment = find(world, id)?;
    if call.is_bot() || call.login().as_deref() != Some(comment.author.as_str()) {
        world.require_any(call, issues::permissions(world, comment.number), Level::Write)?;
    }
    Ok(comment)
}

fn update(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let id = changeable(world, call, id)?.id;
    issues::check_body(call)?;
    world.edit_comment(id, supplied(call, "body")?);
    Ok(Reply::ok(shown(world, call, world.comments.get(&id).ok_or_else(Reply::not_found)?)))
}

fn delete(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let id = changeable(world, call, id)?.id;
    world.delete_comment(id, &call.login().unwrap_or_default());
    Ok(Reply::nothing())
}
