//! The routes of environments.

use serde_json::{Value, json};

use super::edit::Wanted;
use super::{BranchPolicy, Environment, RefPattern, view};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::rest::pages;
use crate::world::{Plan, World};

/// GitHub's limit of a name's length.
const LONGEST_NAME: usize = 255;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["environments"]) => list(world, call),
        ("GET", ["environments", name]) => get(world, call, name),
        ("PUT", ["environments", name]) => put(world, call, name),
        ("DELETE", ["environments", name]) => delete(world, call, name),
        ("GET", ["environments", name, "deployment-branch-policies"]) => patterns(world, call, name),
        ("POST", ["environments", name, "deployment-branch-policies"]) => add_pattern(world, call, name),
        ("GET", ["environments", name, "deployment_protection_rules"]) => custom_rules(world, call, name),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Read)?;
    // https://github.com/google/go-github/pull/2611
    if world.repository.private && world.repository.plan == Plan::Free {
        return Err(Reply::not_found());
    }
    let all: Vec<&Environment> = world.environments.iter().collect();
    Ok(pages::counted(call, "environments", &all, |environment| view::environment(world, call, environment)))
}

fn get(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    let environment = readable(world, call, name)?;
    Ok(Reply::ok(view::environment(world, call, environment)))
}

fn put(world: &mut World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require_admin(call, Level::Write)?;
    if name.len() > LONGEST_NAME {
        return Err(Reply::error(422, "Name is too long (maximum is 255 characters)"));
    }
    let wanted = Wanted::read(world, &call.body)?;
    wanted.affordable(world)?;
    world.ensure_environment(name);
    let now = world.now();
    if let Some(environment) = world.environments.get_mut(name) {
        wanted.apply(environment);
        environment.updated_at = now;
    }
    let environment = world.environments.get(name).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(view::environment(world, call, environment)))
}

fn delete(world: &mut World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require_admin(call, Level::Write)?;
    if world.environments.remove(name) { Ok(Reply::nothing()) } else { Err(Reply::not_found()) }
}

fn patterns(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    let environment = readable(world, call, name)?;
    let BranchPolicy::Custom(patterns) = &environment.branch_policy else {
        return Err(Reply::not_found());
    };
    Ok(pages::counted(call, "branch_policies", patterns, view::pattern))
}

fn add_pattern(world: &mut World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require_admin(call, Level::Write)?;
    let Some(pattern) = call.text("name") else {
        return Err(Reply::error(422, "Invalid request.\n\n\"name\" wasn't supplied."));
    };
    let kind = if call.text("type") == Some("tag") { "tag" } else { "branch" };
    let id = world.next_id();
    let environment = world.environments.get_mut(name).ok_or_else(Reply::not_found)?;
    let BranchPolicy::Custom(patterns) = &mut environment.branch_policy else {
        return Err(Reply::not_found());
    };
    if patterns.iter().any(|known| known.pattern == pattern && known.kind == kind) {
        return Ok(Reply::new(303, Value::Null));
    }
    let added = RefPattern { id, pattern: pattern.to_owned(), kind };
    let shown = view::pattern(&added);
    patterns.push(added);
    Ok(Reply::ok(shown))
}

fn custom_rules(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    let environment = readable(world, call, name)?;
    let rules: Vec<Value> = environment.custom_rules.iter().map(view::custom_rule).collect();
    Ok(Reply::ok(json!({"total_count": rules.len(), "custom_deployment_protection_rules": rules})))
}

/// Returns an environment, for those who may read it; a private repository of the free plan has none.
fn readable<'world>(world: &'world World, call: &Call, name: &str) -> Result<&'world Environment, Reply> {
    world.require(call, "actions", Level::Read)?;
    if world.repository.private && world.repository.plan == Plan::Free {
        return Err(Reply::not_found());
    }
    world.environments.get(name).ok_or_else(Reply::not_found)
}
