//! Generated release notes: <https://docs.github.com/rest/releases/releases#generate-release-notes-content-for-a-release>.

use std::collections::BTreeSet;

use serde_json::json;

use super::refs::supplied;
use super::{commits, shape};
use crate::access::Level;
use crate::call::Call;
use crate::gather::Gather as _;
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    match (call.method.as_str(), tail.as_slice()) {
        ("POST", ["releases", "generate-notes"]) => Some(answer(world, call).unwrap_or_else(|refusal| refusal)),
        _ => None,
    }
}

fn answer(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let tag = supplied(call, "tag_name")?;
    let target = call.text("target_commitish").unwrap_or(&world.repository.default_branch);
    let commit = world.git.reference(&format!("refs/tags/{tag}")).and_then(|oid| world.git.peel(oid));
    let commit =
        commit.or_else(|| commits::resolve(world, target)).ok_or_else(|| Reply::invalid("Release", "target_commitish", "invalid"))?;
    let body = generate(world, tag, &commit, call.text("previous_tag_name"))?;
    Ok(Reply::ok(json!({"name": tag, "body": body})))
}

/// Returns notes that list the pull requests merged since the previous release.
pub(crate) fn generate(world: &World, tag: &str, commit: &str, previous: Option<&str>) -> Result<String, Reply> {
    let previous = match previous {
        Some(named) => Some(named.to_owned()),
        None => super::latest::latest(world).map(|release| release.tag_name.clone()).filter(|found| found != tag),
    };
    let html = shape::html(world);
    let Some(previous) = previous else {
        return Ok(format!("**Full Changelog**: {html}/commits/{tag}"));
    };
    let since = world.git.reference(&format!("refs/tags/{previous}")).and_then(|oid| world.git.peel(oid));
    let since = since.ok_or_else(|| Reply::invalid("Release", "previous_tag_name", "invalid"))?;
    let new: BTreeSet<String> = world.git.history(commit, Some(&since), None, 0, 10_000)?.into_iter().gather();
    let mut notes = String::new();
    for pull in world.pulls.values().filter(|pull| pull.merge_commit.as_ref().is_some_and(|oid| new.contains(oid))) {
        if let Some(issue) = world.issues.get(&pull.number) {
            let line = format!("* {} by @{} in {html}/pull/{}\n", issue.title, issue.author, pull.number);
            notes.push_str(&line);
        }
    }
    if !notes.is_empty() {
        notes = format!("## What's Changed\n{notes}\n\n");
    }
    Ok(format!("{notes}**Full Changelog**: {html}/compare/{previous}...{tag}"))
}
