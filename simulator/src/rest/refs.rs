//! Refs: reading them, and the few ways in which they may change.

use serde_json::{Value, json};

use super::rulesets::{self, Change};
use super::{files, shape, workflow_rule};
use crate::access::Level;
use crate::call::Call;
use crate::git::{Kind, is_oid};
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["git", "ref", name @ ..]) => one(world, call, &name.join("/")),
        ("GET", ["git", "matching-refs", prefix @ ..]) => matching(world, call, &prefix.join("/")),
        ("POST", ["git", "refs"]) => create(world, call),
        ("PATCH", ["git", "refs", name @ ..]) => update(world, call, &format!("refs/{}", name.join("/"))),
        ("DELETE", ["git", "refs", name @ ..]) => delete(world, call, &format!("refs/{}", name.join("/"))),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, name: &str, oid: &str) -> Value {
    let kind = world.git.kind(oid).map_or(Kind::Commit, |(kind, _)| kind);
    shown_as(world, call, name, oid, kind)
}

fn shown_as(world: &World, call: &Call, name: &str, oid: &str, kind: Kind) -> Value {
    let api = shape::api(world, call);
    let kind = kind.name();
    json!({
        "ref": name,
        "node_id": shape::node_id("REF", name),
        "url": format!("{api}/git/{}", files::encoded(name)),
        "object": {"sha": oid, "type": kind, "url": format!("{api}/git/{kind}s/{oid}")},
    })
}

fn one(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let name = format!("refs/{name}");
    let oid = world.git.reference(&name).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(shown(world, call, &name, oid)))
}

fn matching(world: &World, call: &Call, prefix: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let prefix = format!("refs/{prefix}");
    let found = world.git.refs.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
    let found: Vec<(&str, &str)> = found.map(|(name, oid)| (name.as_str(), oid.as_str())).collect();
    let oids: Vec<&str> = found.iter().map(|(_, oid)| *oid).collect();
    let kinds = world.git.kinds(&oids).into_iter().map(|kind| kind.map_or(Kind::Commit, |(kind, _)| kind));
    Ok(Reply::ok(found.iter().zip(kinds).map(|((name, oid), kind)| shown_as(world, call, name, oid, kind)).collect()))
}

/// Returns a field that the request must have, or GitHub's complaint.
pub(crate) fn supplied<'a>(call: &'a Call, field: &str) -> Result<&'a str, Reply> {
    call.text(field).ok_or_else(|| Reply::error(422, &format!("Invalid request.\n\n\"{field}\" wasn't supplied.")))
}

fn target(world: &World, call: &Call, name: &str) -> Result<String, Reply> {
    let sha = supplied(call, "sha")?;
    if !is_oid(sha) {
        return Err(Reply::error(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."));
    }
    match world.git.kind(sha) {
        None => Err(Reply::error(422, "Object does not exist")),
        // A branch is always a commit.
        Some((kind, _)) if kind != Kind::Commit && name.starts_with("refs/heads/") => Err(Reply::error(422, "Reference update failed")),
        Some(_) => Ok(sha.to_owned()),
    }
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let name = supplied(call, "ref")?;
    if world.git.refs.is_empty() {
        return Err(Reply::error(409, "Git Repository is empty."));
    }
    if !name.starts_with("refs/") || name.matches('/').count() < 2 {
        return Err(Reply::error(422, "Reference name must start with 'refs/' and have at least two slashes."));
    }
    let sha = target(world, call, name)?;
    create_ref(world, call, name, &sha)?;
    Ok(Reply::created(shown(world, call, name, &sha)).header("location", format!("{}/git/{name}", shape::api(world, call))))
}

/// Makes a ref under all rules; releases come here too, when they make their tag.
pub(crate) fn create_ref(world: &mut World, call: &Call, name: &str, sha: &str) -> Result<(), Reply> {
    if world.git.run(&["check-ref-format", name]).is_err() {
        return Err(Reply::error(422, &format!("{name} is not a valid ref name.")));
    }
    if world.git.reference(name).is_some() {
        return Err(Reply::error(422, "Reference already exists"));
    }
    rulesets::enforce(world, call, name, Change::Create(sha), 422)?;
    if let Some(commit) = world.git.peel(sha) {
        workflow_rule::check(world, call, &commit)?;
    }
    // `refs/heads/a` and `refs/heads/a/b` cannot both be.
    world.git.set_ref(name, Some(sha)).map_err(|_| Reply::error(422, "Reference update failed"))
}

fn update(world: &mut World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let Some(old) = world.git.reference(name).map(str::to_owned) else {
        return Err(Reply::error(422, "Reference does not exist"));
    };
    let sha = target(world, call, name)?;
    let force = call.flag("force").unwrap_or(false);
    // Without `force` a ref only moves forward, the one compare-and-swap that this route has.
    if !force && !world.git.is_ancestor(&old, &sha) {
        return Err(Reply::error(422, "Update is not a fast forward"));
    }
    rulesets::enforce(world, call, name, Change::Update(&old, &sha), 422)?;
    if let Some(commit) = world.git.peel(&sha) {
        workflow_rule::check(world, call, &commit)?;
    }
    world.git.set_ref(name, Some(&sha))?;
    super::pulls::follow(world, name);
    Ok(Reply::ok(shown(world, call, name, &sha)))
}

fn delete(world: &mut World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    if world.git.reference(name).is_none() {
        return Err(Reply::error(422, "Reference does not exist"));
    }
    if name == world.repository.default_ref() {
        return Err(Reply::error(422, "Cannot delete the default branch"));
    }
    let tag = name.strip_prefix("refs/tags/");
    if world.releases.values().any(|release| release.immutable && Some(release.tag_name.as_str()) == tag) {
        return Err(Reply::error(422, "Cannot delete a tag that is used by an immutable release"));
    }
    rulesets::enforce(world, call, name, Change::Delete, 422)?;
    world.git.set_ref(name, None)?;
    super::pulls::follow(world, name);
    Ok(Reply::nothing())
}
