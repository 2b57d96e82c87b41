//! Branches and tags as the repository's pages list them.

use serde_json::{Value, json};

use super::{pages, shape};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{Rule, Target, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["branches"]) => branches(world, call),
        // The classic protection is the administrator's alone; rulesets and `protected` are for everybody.
        ("GET", ["branches", .., "protection"]) => world.require_admin(call, Level::Read).and_then(|()| classic(world, call, &tail)),
        ("GET", ["branches", name @ ..]) => branch(world, call, &name.join("/")),
        ("GET", ["tags"]) => tags(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn branches(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let api = shape::api(world, call);
    let mut found: Vec<(&str, &str, bool)> = world.git.branches().map(|(name, oid)| (name, oid, is_protected(world, name))).collect();
    if let Some(wanted) = call.param("protected") {
        found.retain(|(.., protected)| protected.to_string() == wanted);
    }
    Ok(pages::list(
        call,
        &found,
        |(name, oid, protected)| json!({"name": name, "commit": {"sha": oid, "url": format!("{api}/commits/{oid}")}, "protected": protected}),
    ))
}

fn branch(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let commit = world.git.branch(name).and_then(|oid| world.git.commit(oid));
    let Some(commit) = commit else {
        return Err(Reply::error(404, "Branch not found"));
    };
    let (api, html) = (shape::api(world, call), shape::html(world));
    let protected = is_protected(world, name);
    let checks = required_checks(world, name);
    Ok(Reply::ok(json!({
        "name": name,
        "commit": shape::commit(world, call, &commit),
        "_links": {"self": format!("{api}/branches/{name}"), "html": format!("{html}/tree/{name}")},
        "protected": protected,
        "protection": {
            "enabled": protected,
            "required_status_checks": {
                "enforcement_level": if checks.is_empty() { "off" } else { "non_admins" },
                "contexts": checks,
                "checks": [],
            },
        },
        "protection_url": format!("{api}/branches/{name}/protection"),
    })))
}

/// The classic protection: that there is one is all that is played of it.
fn classic(world: &World, call: &Call, tail: &[&str]) -> Result<Reply, Reply> {
    let name = tail.get(1..tail.len().saturating_sub(1)).unwrap_or_default().join("/");
    match world.protected_branches.contains(&name) {
        true => Ok(Reply::ok(json!({"url": format!("{}/branches/{name}/protection", shape::api(world, call))}))),
        false => Err(Reply::error(404, "Branch not protected")),
    }
}

/// Tells whether a branch counts as protected: the classic way, or by any rule.
pub(crate) fn is_protected(world: &World, branch: &str) -> bool {
    world.protected_branches.contains(branch) || super::rulesets::rules_on(world, Target::Branch, branch).next().is_some()
}

fn required_checks(world: &World, branch: &str) -> Vec<String> {
    super::rulesets::rules_on(world, Target::Branch, branch)
        .flat_map(|(_, rule)| match rule {
            Rule::RequiredStatusChecks(names) => names.clone(),
            _ => Vec::new(),
        })
        .collect()
}

fn tags(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let api = shape::api(world, call);
    let mut found: Vec<(&str, &str)> = world.git.tags().collect();
    found.reverse();
    Ok(pages::list(call, &found, |(name, oid)| {
        let sha = world.git.peel(oid).unwrap_or_else(|| (*oid).to_owned());
        json!({
            "name": name,
            "commit": {"sha": sha, "url": format!("{api}/commits/{sha}")},
            "zipball_url": format!("{api}/zipball/refs/tags/{name}"),
            "tarball_url": format!("{api}/tarball/refs/tags/{name}"),
            "node_id": Value::from(shape::node_id("REF", name)),
        })
    }))
}
