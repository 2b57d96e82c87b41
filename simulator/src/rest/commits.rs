//! Commits as the repository's pages show them.

use serde_json::{Value, json};

use super::pages::Page;
use super::{files, shape};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// What can follow a ref in the path, and is not part of its name.
const BELOW: &[&str] = &["status", "statuses", "check-runs", "check-suites", "comments", "pulls", "branches-where-head"];

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["commits"]) => list(world, call),
        ("GET", ["commits", sha, "branches-where-head"]) => heads(world, call, sha),
        ("GET", ["commits", .., last]) if BELOW.contains(last) => return None,
        ("GET", ["commits", name @ ..]) => one(world, call, &name.join("/")),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns the commit a name stands for; `HEAD` is the default branch.
pub(crate) fn resolve(world: &World, name: &str) -> Option<String> {
    if name == "HEAD" { world.default_head() } else { world.git.resolve(name) }
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let name = call.param("sha").unwrap_or(&world.repository.default_branch);
    let Some(head) = resolve(world, name) else {
        return Err(Reply::not_found());
    };
    let page = Page::of(call);
    // One more than is shown tells whether there is a next page; counting all of them would be slow.
    let mut found = world.git.history(&head, None, call.param("path"), page.skip(), page.size() + 1)?;
    let total = page.skip() + found.len();
    found.truncate(page.size());
    let shown = found.iter().filter_map(|oid| world.git.commit(oid)).map(|commit| shape::commit(world, call, &commit));
    let reply = Reply::ok(shown.collect());
    Ok(page.links_without_last(call, total, reply))
}

fn one(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let commit = resolve(world, name).and_then(|oid| world.git.commit(&oid));
    let Some(commit) = commit else {
        return Err(Reply::error(422, &format!("No commit found for SHA: {name}")));
    };
    if call.header("accept").is_some_and(|accept| accept.contains("vnd.github.sha") || accept.contains("v3.sha")) {
        return Ok(Reply::raw("application/vnd.github.sha; charset=utf-8", commit.oid.into_bytes()));
    }
    let before = commit.parents.first().cloned().unwrap_or_else(|| EMPTY_TREE.to_owned());
    if commit.parents.is_empty() {
        world.git.write_tree(&[])?;
    }
    let changes = world.git.changes(&before, &commit.oid)?;
    let (additions, deletions) =
        changes.iter().fold((0, 0), |(added, deleted), change| (added + change.additions, deleted + change.deletions));
    let mut shown = shape::commit(world, call, &commit);
    shown["stats"] = json!({"additions": additions, "deletions": deletions, "total": additions + deletions});
    let page = Page::of(call);
    let size = if call.param("per_page").is_some() { page.size() } else { 300 };
    shown["files"] = changes
        .iter()
        .skip((page.skip() / page.size()) * size)
        .take(size)
        .map(|change| files::changed(world, call, change, &commit.oid))
        .collect::<Vec<Value>>()
        .into();
    Ok(Reply::ok(shown))
}

/// The tree without entries, which git knows without having it.
const EMPTY_TREE: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

fn heads(world: &World, call: &Call, sha: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let api = shape::api(world, call);
    let found = world.git.branches().filter(|(_, oid)| *oid == sha).map(|(name, oid)| {
        json!({
            "name": name,
            "commit": {"sha": oid, "url": format!("{api}/commits/{oid}")},
            "protected": super::branches::is_protected(world, name),
        })
    });
    Ok(Reply::ok(found.collect()))
}
