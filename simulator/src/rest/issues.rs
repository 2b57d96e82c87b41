//! Issues, pull requests among them: <https://docs.github.com/rest/issues/issues>.

use chrono::DateTime;
use serde_json::{Value, json};

use super::{labels, pages, people, shape};
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{AccountKind, Issue, Role, World};

/// The most characters of an issue's, a pull request's or a comment's text.
const MOST_CHARACTERS: usize = 65_536;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["issues"]) => list(world, call),
        ("POST", ["issues"]) => create(world, call),
        ("GET", ["issues", number]) => one(world, call, number),
        ("PATCH", ["issues", number]) => update(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Refuses a text that is too long.
pub(crate) fn check_body(call: &Call) -> Result<(), Reply> {
    if call.text("body").is_some_and(|body| body.chars().count() > MOST_CHARACTERS) {
        return Err(Reply::failed(vec![json!({
            "resource": "Issue",
            "code": "custom",
            "field": "body",
            "message": format!("body is too long (maximum is {MOST_CHARACTERS} characters)"),
        })]));
    }
    Ok(())
}

/// Returns how somebody relates to the repository.
pub(crate) fn association(world: &World, login: &str) -> &'static str {
    match world.people.get(login) {
        Some(account) if account.kind == AccountKind::Bot => "NONE",
        Some(_) if world.role(login) == Role::Admin => "MEMBER",
        Some(_) if people::is_member(world, login) => "COLLABORATOR",
        _ => "NONE",
    }
}

/// Returns an issue by its number.
pub(crate) fn find<'a>(world: &'a World, number: &str) -> Result<&'a Issue, Reply> {
    number.parse().ok().and_then(|number: u64| world.issues.get(&number)).ok_or_else(Reply::not_found)
}

/// Returns the permissions of which one is enough for an issue: a pull request has two.
pub(crate) fn permissions(world: &World, number: u64) -> &'static [&'static str] {
    if world.pulls.contains_key(&number) { &["issues", "pull-requests"] } else { &["issues"] }
}

/// Returns a new issue of the caller's, which is not in the world yet.
pub(crate) fn open(world: &mut World, call: &Call, title: &str) -> Issue {
    let now = world.now();
    Issue {
        id: world.next_id(),
        number: world.next_number(),
        title: title.to_owned(),
        body: call.text("body").map(str::to_owned),
        author: call.login().unwrap_or_default(),
        open: true,
        state_reason: None,
        labels: Vec::new(),
        assignees: Vec::new(),
        created_at: now,
        updated_at: now,
        closed_at: None,
    }
}

/// Returns an issue.
pub(crate) fn shown(world: &World, call: &Call, issue: &Issue) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let url = format!("{api}/issues/{}", issue.number);
    let pull = world.pulls.get(&issue.number);
    let page = format!("{html}/{}/{}", if pull.is_some() { "pull" } else { "issues" }, issue.number);
    let mut shown = json!({
        "id": issue.id,
        "node_id": shape::node_id(if pull.is_some() { "PR" } else { "I" }, issue.id),
        "url": url,
        "repository_url": api,
        "labels_url": format!("{url}/labels{{/name}}"),
        "comments_url": format!("{url}/comments"),
        "events_url": format!("{url}/events"),
        "timeline_url": format!("{url}/timeline"),
        "html_url": page,
        "number": issue.number,
        "state": if issue.open { "open" } else { "closed" },
        "state_reason": issue.state_reason,
        "title": issue.title,
        "body": issue.body,
        "user": shape::user(world, call, &issue.author),
        "labels": issue.labels.iter().map(|name| labels::by_name(world, call, name)).collect::<Vec<_>>(),
        "assignee": issue.assignees.first().map(|login| shape::user(world, call, login)),
        "assignees": issue.assignees.iter().map(|login| shape::user(world, call, login)).collect::<Vec<_>>(),
        "milestone": null,
        "locked": false,
        "active_lock_reason": null,
        "comments": world.comments.values().filter(|comment| comment.number == issue.number).count(),
        "closed_at": issue.closed_at.map(stamp),
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "author_association": association(world, &issue.author),
        "performed_via_github_app": null,
        "closed_by": null,
    });
    if let Some(pull) = pull {
        shown["draft"] = json!(pull.draft);
        shown["pull_request"] = json!({
            "url": format!("{api}/pulls/{}", issue.number),
            "html_url": page,
            "diff_url": format!("{page}.diff"),
            "patch_url": format!("{page}.patch"),
            "merged_at": pull.merged_at.map(stamp),
        });
    }
    shown
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    let state = call.param("state").unwrap_or("open");
    let wanted: Vec<&str> = call.param("labels").map(|names| names.split(',').map(str::trim).collect()).unwrap_or_default();
    let since = match call.param("since").map(DateTime::parse_from_rfc3339) {
        None => None,
        Some(Ok(since)) => Some(since.to_utc()),
        Some(Err(_)) => {
            return Err(Reply::error(422, "Invalid request.\n\nsince is not a valid date-time."));
        }
    };
    let has = |issue: &Issue, name: &str| issue.labels.iter().any(|label| label.eq_ignore_ascii_case(name));
    let mut found: Vec<&Issue> = world
        .issues
        .values()
        .filter(|issue| state == "all" || (state == "open") == issue.open)
        .filter(|issue| wanted.iter().all(|name| name.is_empty() || has(issue, name)))
        .filter(|issue| call.param("creator").is_none_or(|login| issue.author.eq_ignore_ascii_case(login)))
        .filter(|issue| match call.param("assignee") {
            None | Some("*") => true,
            Some("none") => issue.assignees.is_empty(),
            Some(login) => issue.assignees.iter().any(|assignee| assignee == login),
        })
        .filter(|issue| since.is_none_or(|since| issue.updated_at >= since))
        .collect();
    let sort = call.param("sort").unwrap_or("created");
    found.sort_unstable_by_key(|issue| (if sort == "updated" { issue.updated_at } else { issue.created_at }, issue.number));
    if call.param("direction").unwrap_or("desc") == "desc" {
        found.reverse();
    }
    Ok(pages::list(call, &found, |issue| shown(world, call, issue)))
}

fn one(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require_any(call, &["issues", "pull-requests"], Level::Read)?;
    Ok(Reply::ok(shown(world, call, find(world, number)?)))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    if call.identity == Identity::Anonymous {
        return Err(Reply::error(401, "Requires authentication"));
    }
    // Whoever can read may open an issue; a bot needs its permission.
    world.require(call, "issues", if call.is_bot() { Level::Write } else { Level::Read })?;
    if !world.repository.has_issues {
        return Err(Reply::error(410, "Issues has been disabled in this repository."));
    }
    let title = match call.body.get("title") {
        Some(Value::String(title)) if !title.trim().is_empty() => title.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return Err(Reply::invalid("Issue", "title", "missing_field")),
    };
    check_body(call)?;
    let mut issue = open(world, call, &title);
    // Without push access labels and assignees are dropped without a word:
    // https://docs.github.com/rest/issues/issues#create-an-issue
    if world.require(call, "issues", Level::Write).is_ok() {
        issue.labels = labels::named(world, call, "labels")?;
        issue.assignees = assignees(world, call)?;
    }
    let answer = shown(world, call, &issue);
    world.issues.insert(issue.number, issue);
    let url = answer["url"].as_str().unwrap_or_default().to_owned();
    Ok(Reply::created(answer).header("location", url))
}

fn assignees(world: &World, call: &Call) -> Result<Vec<String>, Reply> {
    let named = call.body.get("assignees").and_then(Value::as_array);
    let named: Vec<String> = named.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    if let Some(stranger) = named.iter().find(|login| !people::is_member(world, login)) {
        return Err(Reply::failed(vec![json!({"resource": "Issue", "field": "assignees", "code": "invalid", "value": stranger})]));
    }
    Ok(named)
}

fn update(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let mut issue = find(world, number)?.clone();
    if call.login().as_deref() != Some(issue.author.as_str()) || call.is_bot() {
        world.require_any(call, permissions(world, issue.number), Level::Write)?;
    }
    check_body(call)?;
    let now = world.now();
    if let Some(title) = call.text("title") {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = call.body.get("body") {
        issue.body = body.as_str().map(str::to_owned);
    }
    match call.text("state") {
        Some("closed") if issue.open => {
            (issue.open, issue.closed_at) = (false, Some(now));
            issue.state_reason = Some(call.text("state_reason").unwrap_or("completed").to_owned());
        }
        Some("open") if !issue.open => {
            if world.pulls.get(&issue.number).is_some_and(|pull| pull.merged_at.is_some()) {
                return Err(Reply::refused("Issue", "state cannot be changed."));
            }
            (issue.open, issue.closed_at) = (true, None);
            issue.state_reason = Some("reopened".to_owned());
        }
        Some("open" | "closed") | None => {}
        Some(_) => return Err(Reply::invalid("Issue", "state", "invalid")),
    }
    if call.body.get("labels").is_some() {
        issue.labels = labels::named(world, call, "labels")?;
    }
    if call.body.get("assignees").is_some() {
        issue.assignees = assignees(world, call)?;
    }
    issue.updated_at = now;
    let answer = shown(world, call, &issue);
    world.issues.insert(issue.number, issue);
    Ok(Reply::ok(answer))
}
