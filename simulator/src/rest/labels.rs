//! Labels: <https://docs.github.com/rest/issues/labels>.

use serde_json::{Value, json};

use super::files::encoded;
use super::refs::supplied;
use super::{issues, pages, shape};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{Label, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["labels"]) => list(world, call),
        ("POST", ["labels"]) => create(world, call),
        ("GET", ["labels", name]) => one(world, call, name),
        ("GET", ["issues", number, "labels"]) => of_issue(world, call, number),
        ("POST", ["issues", number, "labels"]) => put_on(world, call, number),
        ("DELETE", ["issues", number, "labels", name]) => take_off(world, call, number, name),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns a label by its name.
pub(crate) fn by_name(world: &World, call: &Call, name: &str) -> Value {
    let nameless = Label { id: 0, name: name.to_owned(), color: "ededed".to_owned(), description: None };
    let label = world.labels.values().find(|label| label.name.eq_ignore_ascii_case(name)).unwrap_or(&nameless);
    json!({
        "id": label.id,
        "node_id": shape::node_id("LA", label.id),
        "url": format!("{}/labels/{}", shape::api(world, call), encoded(&label.name)),
        "name": label.name,
        "color": label.color,
        "default": false,
        "description": label.description,
    })
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    let names: Vec<&String> = world.labels.keys().collect();
    Ok(pages::list(call, &names, |name| by_name(world, call, name)))
}

fn known<'a>(world: &'a World, name: &str) -> Option<&'a str> {
    world.labels.keys().find(|known| known.eq_ignore_ascii_case(name)).map(String::as_str)
}

fn one(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    known(world, name).map(|name| Reply::ok(by_name(world, call, name))).ok_or_else(Reply::not_found)
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Write)?;
    let name = supplied(call, "name")?;
    if known(world, name).is_some() {
        return Err(Reply::invalid("Label", "name", "already_exists"));
    }
    let color = call.text("color").unwrap_or("ededed");
    if color.len() != 6 || !color.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Reply::invalid("Label", "color", "invalid"));
    }
    let label = Label {
        id: world.next_id(),
        name: name.to_owned(),
        color: color.to_owned(),
        description: call.text("description").map(str::to_owned),
    };
    world.labels.insert(label.name.clone(), label);
    Ok(Reply::created(by_name(world, call, name)))
}

/// Returns the labels that a request names, as strings or as objects with a name, and makes those that do not exist.
pub(crate) fn named(world: &mut World, call: &Call, field: &str) -> Result<Vec<String>, Reply> {
    let listed = match &call.body {
        Value::Array(listed) => listed.clone(),
        body => body.get(field).and_then(Value::as_array).cloned().unwrap_or_default(),
    };
    let mut names = Vec::new();
    for label in &listed {
        let name = label.as_str().or_else(|| label.get("name").and_then(Value::as_str));
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| Reply::invalid("Label", "name", "invalid"))?;
        let name = match known(world, name) {
            Some(known) => known.to_owned(),
            None if world.quirks.labels_are_made => {
                let id = world.next_id();
                let label = Label { id, name: name.to_owned(), color: "ededed".to_owned(), description: None };
                world.labels.insert(name.to_owned(), label);
                name.to_owned()
            }
            None => return Err(Reply::invalid("Label", "name", "invalid")),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn answer(world: &World, call: &Call, number: u64) -> Value {
    let names = world.issues.get(&number).map(|issue| issue.labels.clone()).unwrap_or_default();
    names.iter().map(|name| by_name(world, call, name)).collect()
}

fn of_issue(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let number = issues::find(world, number)?.number;
    world.require_any(call, issues::permissions(world, number), Level::Read)?;
    Ok(Reply::ok(answer(world, call, number)))
}

fn put_on(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let number = issues::find(world, number)?.number;
    world.require_any(call, issues::permissions(world, number), Level::Write)?;
    let names = named(world, call, "labels")?;
    let now = world.now();
    if let Some(issue) = world.issues.get_mut(&number) {
        for name in names {
            if !issue.labels.contains(&name) {
                issue.labels.push(name);
            }
        }
        issue.updated_at = now;
    }
    Ok(Reply::ok(answer(world, call, number)))
}

fn take_off(world: &mut World, call: &Call, number: &str, name: &str) -> Result<Reply, Reply> {
    let number = issues::find(world, number)?.number;
    world.require_any(call, issues::permissions(world, number), Level::Write)?;
    let issue = world.issues.get_mut(&number).ok_or_else(Reply::not_found)?;
    let before = issue.labels.len();
    issue.labels.retain(|label| !label.eq_ignore_ascii_case(name));
    if issue.labels.len() == before {
        return Err(Reply::error(404, "Label does not exist"));
    }
    Ok(Reply::ok(answer(world, call, number)))
}
