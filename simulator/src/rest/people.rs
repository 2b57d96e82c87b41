//! Users, collaborators and teams.

use serde_json::{Value, json};

use super::{pages, shape};
use crate::access::{Level, integration_refused};
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Role, Team, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    let tail = call.tail().unwrap_or_default();
    let answer = match (call.method.as_str(), segments.as_slice(), tail.as_slice()) {
        ("GET", ["user"], _) => current(world, call),
        ("GET", ["users", login], _) => public(world, call, login),
        ("GET", ["orgs", org, "teams"], _) => org_teams(world, call, org),
        ("GET", ["orgs", org, "teams", slug], _) => org_team(world, call, org, slug),
        ("GET", ["orgs", org, "teams", slug, "members"], _) => members(world, call, org, slug),
        ("GET", _, ["collaborators"]) => collaborators(world, call),
        ("GET", _, ["collaborators", login]) => is_collaborator(world, call, login),
        ("GET", _, ["collaborators", login, "permission"]) => permission(world, call, login),
        ("GET", _, ["teams"]) => teams(world, call),
        ("GET", _, ["assignees", login]) => assignee(world, login),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns the word for a role in a team's or an account's `permission`: `push` for writing.
pub(crate) fn permission_word(role: Role) -> &'static str {
    match role {
        Role::None => "none",
        Role::Read => "pull",
        Role::Write => "push",
        Role::Admin => "admin",
    }
}

fn current(world: &World, call: &Call) -> Result<Reply, Reply> {
    match &call.identity {
        Identity::Anonymous => Err(Reply::error(401, "Requires authentication")),
        // Installation tokens have no user: https://docs.github.com/rest/users/users#get-the-authenticated-user.
        Identity::Actions(_) | Identity::App(..) => Err(integration_refused("metadata=read")),
        Identity::User(login) => {
            let mut shown = profile(world, call, login);
            for field in ["private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators"] {
                shown[field] = json!(0);
            }
            shown["two_factor_authentication"] = json!(true);
            Ok(Reply::ok(shown))
        }
    }
}

fn public(world: &World, call: &Call, login: &str) -> Result<Reply, Reply> {
    let known = world.people.keys().find(|known| known.eq_ignore_ascii_case(login));
    let is_owner = login.eq_ignore_ascii_case(&world.repository.owner);
    match known {
        Some(known) => Ok(Reply::ok(profile(world, call, known))),
        None if is_owner => Ok(Reply::ok(profile(world, call, &world.repository.owner))),
        None => Err(Reply::not_found()),
    }
}

fn profile(world: &World, call: &Call, login: &str) -> Value {
    let mut shown = shape::user(world, call, login);
    for field in ["name", "company", "blog", "location", "email", "hireable", "bio"] {
        shown[field] = Value::Null;
    }
    for field in ["public_repos", "public_gists", "followers", "following"] {
        shown[field] = json!(0);
    }
    shown["created_at"] = json!(stamp(world.repository.created_at));
    shown["updated_at"] = json!(stamp(world.repository.created_at));
    shown
}

/// Teams are behind the organisation's `members` permission, which no `GITHUB_TOKEN` can have.
fn see_teams(world: &World, call: &Call, org: &str) -> Result<(), Reply> {
    if !org.eq_ignore_ascii_case(&world.repository.owner) || !world.repository.owner_is_organization {
        return Err(Reply::not_found());
    }
    match &call.identity {
        Identity::Anonymous => Err(Reply::error(401, "Requires authentication")),
        Identity::User(_) => Ok(()),
        Identity::Actions(_) => Err(integration_refused("members=read")),
        Identity::App(..) if call.is_granted("members", Level::Read) => Ok(()),
        Identity::App(..) => Err(integration_refused("members=read")),
    }
}

fn org_teams(world: &World, call: &Call, org: &str) -> Result<Reply, Reply> {
    see_teams(world, call, org)?;
    let teams: Vec<&Team> = world.teams.values().collect();
    Ok(pages::list(call, &teams, |team| shape::team(world, call, team)))
}

fn org_team(world: &World, call: &Call, org: &str, slug: &str) -> Result<Reply, Reply> {
    see_teams(world, call, org)?;
    let team = world.teams.get(slug).ok_or_else(Reply::not_found)?;
    let mut shown = shape::team(world, call, team);
    let made = stamp(world.repository.created_at);
    shown["members_count"] = json!(team.members.len());
    shown["repos_count"] = json!(1);
    shown["created_at"] = json!(made);
    shown["updated_at"] = json!(made);
    shown["organization"] = organization(world, call);
    Ok(Reply::ok(shown))
}

fn organization(world: &World, call: &Call) -> Value {
    let owner = &world.repository.owner;
    let (shown, made) = (shape::user(world, call, owner), stamp(world.repository.created_at));
    let api = format!("{}/orgs/{owner}", call.base);
    json!({
        "login": shown["login"], "id": shown["id"], "node_id": shown["node_id"], "type": shown["type"],
        "avatar_url": shown["avatar_url"], "html_url": shown["html_url"],
        "url": api,
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events"),
        "hooks_url": format!("{api}/hooks"),
        "issues_url": format!("{api}/issues"),
        "members_url": format!("{api}/members{{/member}}"),
        "public_members_url": format!("{api}/public_members{{/member}}"),
        "description": null,
        "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0,
        "has_organization_projects": true,
        "has_repository_projects": true,
        "created_at": made,
        "updated_at": made,
        "archived_at": null,
    })
}

fn members(world: &World, call: &Call, org: &str, slug: &str) -> Result<Reply, Reply> {
    see_teams(world, call, org)?;
    let team = world.teams.get(slug).ok_or_else(Reply::not_found)?;
    Ok(pages::list(call, &team.members, |login| shape::user(world, call, login)))
}

fn collaborator(world: &World, call: &Call, login: &str) -> Value {
    let role = world.role(login);
    let mut shown = shape::user(world, call, login);
    shown["permissions"] = json!({
        "admin": role >= Role::Admin,
        "maintain": role >= Role::Admin,
        "push": role >= Role::Write,
        "triage": role >= Role::Write,
        "pull": role >= Role::Read,
    });
    shown["role_name"] = json!(role.name());
    shown
}

fn collaborators(world: &World, call: &Call) -> Result<Reply, Reply> {
    // People need push access to see the list: https://docs.github.com/rest/collaborators/collaborators.
    match &call.identity {
        Identity::User(login) if world.role(login) < Role::Write => {
            return Err(Reply::error(403, "Must have push access to view repository collaborators."));
        }
        Identity::Anonymous => return Err(Reply::error(401, "Requires authentication")),
        Identity::User(_) | Identity::Actions(_) | Identity::App(..) => {}
    }
    let logins: Vec<&String> = world.people.keys().filter(|login| is_member(world, login)).collect();
    Ok(pages::list(call, &logins, |login| collaborator(world, call, login)))
}

/// Tells whether somebody was given a role, which on a public repository is more than being able to read it.
pub(crate) fn is_member(world: &World, login: &str) -> bool {
    world.people.get(login).is_some_and(|account| account.role > Role::None)
        || world.teams.values().any(|team| team.role > Role::None && team.members.iter().any(|member| member == login))
}

fn is_collaborator(world: &World, call: &Call, login: &str) -> Result<Reply, Reply> {
    if call.identity == Identity::Anonymous {
        return Err(Reply::error(401, "Requires authentication"));
    }
    if is_member(world, login) { Ok(Reply::nothing()) } else { Err(Reply::not_found()) }
}

fn permission(world: &World, call: &Call, login: &str) -> Result<Reply, Reply> {
    if call.identity == Identity::Anonymous {
        return Err(Reply::error(401, "Requires authentication"));
    }
    let Some(login) = world.people.keys().find(|known| known.eq_ignore_ascii_case(login)) else {
        return Err(Reply::error(404, &format!("{login} is not a user")));
    };
    let role = world.role(login);
    Ok(Reply::ok(json!({
        "permission": role.name(),
        "role_name": role.name(),
        "user": collaborator(world, call, login),
    })))
}

fn teams(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require_admin(call, Level::Read)?;
    let teams: Vec<&Team> = world.teams.values().filter(|team| team.role > Role::None).collect();
    Ok(pages::list(call, &teams, |team| shape::team(world, call, team)))
}

fn assignee(world: &World, login: &str) -> Result<Reply, Reply> {
    if is_member(world, login) { Ok(Reply::nothing()) } else { Err(Reply::not_found()) }
}
