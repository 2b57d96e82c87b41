//! The repository itself.

use serde_json::{Map, Value, json};

use super::shape;
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Role, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", []) => Ok(Reply::ok(repository(world, call))),
        ("PATCH", []) => update(world, call),
        ("GET", ["topics"]) => Ok(Reply::ok(json!({"names": []}))),
        ("GET", ["languages"]) => Ok(Reply::ok(json!({}))),
        ("GET", ["immutable-releases"]) => world
            .require_admin(call, Level::Read)
            .map(|()| Reply::ok(json!({"enabled": world.repository.immutable_releases, "enforced_by_owner": false}))),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns the repository with every field any of GitHub's shapes of it requires.
pub(crate) fn repository(world: &World, call: &Call) -> Value {
    let settings = &world.repository;
    let (api, html) = (shape::api(world, call), shape::html(world));
    let open_issues = world.issues.values().filter(|issue| issue.open).count();
    let role = match &call.identity {
        Identity::User(login) => world.role(login),
        Identity::Actions(_) | Identity::App(..) if world.can_push(call) => Role::Write,
        Identity::Anonymous | Identity::Actions(_) | Identity::App(..) => Role::Read,
    };
    let pushed = world.default_head().and_then(|head| world.git.commit(&head)).map(|commit| commit.committer.date);
    let pushed = stamp(pushed.unwrap_or(settings.created_at));
    let mut shown = json!({
        "id": settings.id,
        "node_id": shape::node_id("R", settings.id),
        "name": settings.name,
        "full_name": settings.full_name(),
        "private": settings.private,
        "visibility": if settings.private { "private" } else { "public" },
        "owner": shape::user(world, call, &settings.owner),
        "html_url": html,
        "description": settings.description,
        "fork": false,
        "url": api,
        "git_url": format!("git://github.com/{}.git", settings.full_name()),
        "ssh_url": format!("git@github.com:{}.git", settings.full_name()),
        "clone_url": format!("{html}.git"),
        "svn_url": html,
        "size": 1,
        "default_branch": settings.default_branch,
        "open_issues_count": open_issues,
        "open_issues": open_issues,
        "is_template": false,
        "topics": [],
        "has_issues": settings.has_issues,
        "has_projects": true,
        "has_wiki": true,
        "has_pages": false,
        "has_downloads": true,
        "has_discussions": false,
        "archived": settings.archived,
        "disabled": false,
        "allow_forking": true,
        "web_commit_signoff_required": false,
        "pushed_at": pushed,
        "created_at": stamp(settings.created_at),
        "updated_at": pushed,
        "permissions": {
            "admin": role >= Role::Admin,
            "maintain": role >= Role::Admin,
            "push": role >= Role::Write,
            "triage": role >= Role::Write,
            "pull": role >= Role::Read,
        },
    });
    if let Some(fields) = shown.as_object_mut() {
        add_links(fields, &api);
        for name in ["mirror_url", "homepage", "language", "license"] {
            fields.insert(name.to_owned(), Value::Null);
        }
        for name in ["forks_count", "forks", "stargazers_count", "watchers_count", "watchers", "subscribers_count", "network_count"] {
            fields.insert(name.to_owned(), json!(0));
        }
        // Shown to those who can push: https://docs.github.com/rest/repos/repos#get-a-repository.
        if role >= Role::Write {
            add_merge_settings(fields, world);
        }
        if settings.owner_is_organization {
            fields.insert("organization".to_owned(), shape::user(world, call, &settings.owner));
        }
    }
    shown
}

/// Returns the repository as a pull request shows it: without what only the repository's own page has.
pub(crate) fn inside(world: &World, call: &Call) -> Value {
    without(repository(world, call), &["subscribers_count", "network_count", "organization"])
}

/// Returns the repository as runs and commit states show it: without the merge settings too.
pub(crate) fn minimal(world: &World, call: &Call) -> Value {
    let settings = ["allow_merge_commit", "allow_squash_merge", "allow_rebase_merge", "allow_auto_merge", "allow_update_branch"];
    without(inside(world, call), &settings)
}

fn without(mut shown: Value, names: &[&str]) -> Value {
    if let Some(fields) = shown.as_object_mut() {
        fields.retain(|name, _| !names.contains(&name.as_str()));
    }
    shown
}

fn add_merge_settings(fields: &mut Map<String, Value>, world: &World) {
    let settings = &world.repository;
    for (name, value) in [
        ("allow_merge_commit", settings.allow_merge_commit),
        ("allow_squash_merge", settings.allow_squash_merge),
        ("allow_rebase_merge", settings.allow_rebase_merge),
        ("allow_auto_merge", settings.allow_auto_merge),
        ("delete_branch_on_merge", settings.delete_branch_on_merge),
        ("allow_update_branch", false),
    ] {
        fields.insert(name.to_owned(), Value::Bool(value));
    }
}

fn add_links(fields: &mut Map<String, Value>, api: &str) {
    for (name, path) in [
        ("archive_url", "/{archive_format}{/ref}"),
        ("assignees_url", "/assignees{/user}"),
        ("blobs_url", "/git/blobs{/sha}"),
        ("branches_url", "/branches{/branch}"),
        ("collaborators_url", "/collaborators{/collaborator}"),
        ("comments_url", "/comments{/number}"),
        ("commits_url", "/commits{/sha}"),
        ("compare_url", "/compare/{base}...{head}"),
        ("contents_url", "/contents/{+path}"),
        ("contributors_url", "/contributors"),
        ("deployments_url", "/deployments"),
        ("downloads_url", "/downloads"),
        ("events_url", "/events"),
        ("forks_url", "/forks"),
        ("git_commits_url", "/git/commits{/sha}"),
        ("git_refs_url", "/git/refs{/sha}"),
        ("git_tags_url", "/git/tags{/sha}"),
        ("hooks_url", "/hooks"),
        ("issue_comment_url", "/issues/comments{/number}"),
        ("issue_events_url", "/issues/events{/number}"),
        ("issues_url", "/issues{/number}"),
        ("keys_url", "/keys{/key_id}"),
        ("labels_url", "/labels{/name}"),
        ("languages_url", "/languages"),
        ("merges_url", "/merges"),
        ("milestones_url", "/milestones{/number}"),
        ("notifications_url", "/notifications{?since,all,participating}"),
        ("pulls_url", "/pulls{/number}"),
        ("releases_url", "/releases{/id}"),
        ("stargazers_url", "/stargazers"),
        ("statuses_url", "/statuses/{sha}"),
        ("subscribers_url", "/subscribers"),
        ("subscription_url", "/subscription"),
        ("tags_url", "/tags"),
        ("teams_url", "/teams"),
        ("trees_url", "/git/trees{/sha}"),
    ] {
        fields.insert(name.to_owned(), Value::from(format!("{api}{path}")));
    }
}

fn update(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require_admin(call, Level::Write)?;
    if let Some(branch) = call.text("default_branch") {
        if world.git.branch(branch).is_none() {
            return Err(Reply::refused("Repository", "The branch does not exist"));
        }
        world.repository.default_branch = branch.to_owned();
    }
    let settings = &mut world.repository;
    for (name, setting) in [
        ("archived", &mut settings.archived),
        ("private", &mut settings.private),
        ("has_issues", &mut settings.has_issues),
        ("allow_merge_commit", &mut settings.allow_merge_commit),
        ("allow_squash_merge", &mut settings.allow_squash_merge),
        ("allow_rebase_merge", &mut settings.allow_rebase_merge),
        ("allow_auto_merge", &mut settings.allow_auto_merge),
        ("delete_branch_on_merge", &mut settings.delete_branch_on_merge),
    ] {
        if let Some(value) = call.flag(name) {
            *setting = value;
        }
    }
    if let Some(description) = call.text("description") {
        settings.description = Some(description.to_owned());
    }
    Ok(Reply::ok(repository(world, call)))
}
