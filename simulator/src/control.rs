//! Routes that are not GitHub's own, for steering the world from outside.
//!
//! They play GitHub's runner, the people and the passing of time for drivers that are other processes; a test in the
//! same process calls the methods of [`World`] instead. They need no token.

mod faults;
mod push;
mod runs;
mod state;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use crate::call::{Call, Identity, Permissions};
use crate::clock::{Clock, stamp};
use crate::gather::Gather as _;
use crate::reply::Reply;
use crate::world::{LogEntry, Role, World};

pub use state::Detail;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let ["_simulator", tail @ ..] = segments.as_slice() else {
        return None;
    };
    let answer = match (call.method.as_str(), tail) {
        ("POST", ["tokens"]) => token(world, call),
        ("POST", ["people"]) => person(world, call),
        ("POST", ["gates"]) => gates(world, call),
        ("GET", ["state"]) => Ok(Reply::ok(world.state(detail(call)))),
        ("GET", ["clock"]) => Ok(Reply::ok(json!({"now": stamp(world.now())}))),
        ("POST", ["clock"]) => clock(world, call),
        ("GET", ["log"]) => Ok(Reply::ok(world.log.iter().map(LogEntry::shown).collect())),
        ("POST", ["default-branch", "commit"]) => commit(world, call),
        (method, ["faults"]) => faults::route(world, call, method)?,
        (method, ["runs", rest @ ..]) => runs::route(world, call, method, rest)?,
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn detail(call: &Call) -> Detail {
    if call.param("content_only") == Some("true") { Detail::ContentOnly } else { Detail::Everything }
}

fn token(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let permissions = permissions(&call.body["permissions"]);
    let login = call.text("login");
    let (prefix, identity) = match (call.text("kind"), login) {
        (Some("actions"), _) => ("ghs", Identity::Actions(permissions)),
        (Some("app"), login) => ("ghs", Identity::App(login.unwrap_or("rollback-app").to_owned(), permissions)),
        (Some("user"), Some(login)) => ("ghp", Identity::User(login.to_owned())),
        (Some("user"), None) => return Err(lacks("login")),
        _ => {
            return Err(Reply::error(422, "simulator: `kind` is `actions`, `app` or `user`"));
        }
    };
    let token = match call.text("token") {
        Some(token) => token.to_owned(),
        None => format!("{prefix}_simulator{}", world.next_id()),
    };
    match identity {
        Identity::App(slug, permissions) => {
            let grants: Vec<(&str, &str)> = permissions.iter().map(|(name, level)| (name.as_str(), level.as_str())).collect();
            world.add_app_token(&token, &slug, &grants);
        }
        Identity::User(login) => {
            if !world.people.contains_key(&login) {
                world.add_person(&login, Role::Write);
            }
            world.add_user_token(&token, &login);
        }
        Identity::Actions(_) | Identity::Anonymous => {
            world.tokens.insert(token.clone(), identity);
        }
    }
    Ok(Reply::created(json!({"token": token})))
}

fn permissions(granted: &Value) -> Permissions {
    let granted = granted.as_object().into_iter().flatten();
    granted.filter_map(|(name, level)| Some((name.clone(), level.as_str()?.to_owned()))).gather()
}

fn person(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let login = call.text("login").ok_or_else(|| lacks("login"))?;
    let role = match call.text("role") {
        Some("admin") => Role::Admin,
        Some("read") => Role::Read,
        Some("none") => Role::None,
        Some("write") | None => Role::Write,
        Some(_) => {
            return Err(Reply::error(422, "simulator: `role` is `admin`, `write`, `read` or `none`"));
        }
    };
    let id = match world.people.get_mut(login) {
        Some(account) => {
            account.role = role;
            account.id
        }
        None => world.add_person(login, role),
    };
    Ok(Reply::created(json!({"login": login, "id": id})))
}

fn gates(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let list = |field: &str| -> Vec<String> {
        let listed = call.body[field].as_array().into_iter().flatten();
        listed.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    let (environments, reviewers) = (list("environments"), list("reviewers"));
    let names: Vec<&str> = environments.iter().map(String::as_str).collect();
    let logins: Vec<&str> = reviewers.iter().map(String::as_str).collect();
    world.set_up_gates(&names, &logins);
    Ok(Reply::created(json!({"environments": environments})))
}

fn clock(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    if let Some(seconds) = call.body["advance_seconds"].as_i64() {
        world.clock.advance(Duration::seconds(seconds));
    } else if let Some(time) = call.text("set") {
        let time: DateTime<Utc> = time.parse().map_err(|_| Reply::error(422, "simulator: `set` is no time"))?;
        world.clock = if call.flag("frozen") == Some(true) { Clock::Frozen(time) } else { Clock::running_from(time) };
    } else {
        return Err(lacks("advance_seconds` or `set"));
    }
    world.settle();
    Ok(Reply::ok(json!({"now": stamp(world.now())})))
}

fn commit(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let path = call.text("path").ok_or_else(|| lacks("path"))?;
    let content = call.text("content").ok_or_else(|| lacks("content"))?;
    let sha = world.push_file(path, content, call.text("message").unwrap_or("Change a file"))?;
    Ok(Reply::created(json!({"sha": sha})))
}

/// Returns the refusal of a body without this field.
fn lacks(field: &str) -> Reply {
    Reply::error(422, &format!("simulator: `{field}` is missing in the body"))
}
