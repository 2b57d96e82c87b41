//! The JSON of things that many routes show: accounts, the repository, commits.
//!
//! The fields are the ones GitHub's published OpenAPI description requires.

use serde_json::{Value, json};

use super::files::encoded;
use crate::call::Call;
use crate::clock::stamp;
use crate::git::{Commit, Person};
use crate::world::{AccountKind, Team, World};

/// Returns a stable `node_id`, in the look of GitHub's.
pub(crate) fn node_id(prefix: &str, id: impl std::fmt::Display) -> String {
    format!("{prefix}_sim{id}")
}

/// Returns the repository's address in the API.
pub(crate) fn api(world: &World, call: &Call) -> String {
    format!("{}/repos/{}", call.base, world.repository.full_name())
}

/// Returns the repository's address for people.
pub(crate) fn html(world: &World) -> String {
    format!("{}/{}", world.server, world.repository.full_name())
}

/// Returns an account by login; one that nobody knows is GitHub's `ghost`.
pub(crate) fn user(world: &World, call: &Call, login: &str) -> Value {
    let (login, id, kind) = match world.people.get(login) {
        Some(account) => (account.login.as_str(), account.id, account.kind),
        None if login.eq_ignore_ascii_case(&world.repository.owner) => {
            (world.repository.owner.as_str(), world.repository.owner_id, AccountKind::User)
        }
        None => ("ghost", 10137, AccountKind::User),
    };
    let is_owner = login == world.repository.owner && world.repository.owner_is_organization;
    let word = match kind {
        AccountKind::Bot => "Bot",
        AccountKind::User if is_owner => "Organization",
        AccountKind::User => "User",
    };
    let login_in_url = encoded(login);
    let api = format!("{}/users/{login_in_url}", call.base);
    let page = match kind {
        AccountKind::Bot => format!("{}/apps/{}", world.server, encoded(login.trim_end_matches("[bot]"))),
        AccountKind::User => format!("{}/{login_in_url}", world.server),
    };
    json!({
        "login": login,
        "id": id,
        "node_id": node_id(if word == "Bot" { "BOT" } else { "U" }, id),
        "avatar_url": format!("https://avatars.githubusercontent.com/u/{id}?v=4"),
        "gravatar_id": "",
        "url": api,
        "html_url": page,
        "followers_url": format!("{api}/followers"),
        "following_url": format!("{api}/following{{/other_user}}"),
        "gists_url": format!("{api}/gists{{/gist_id}}"),
        "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
        "subscriptions_url": format!("{api}/subscriptions"),
        "organizations_url": format!("{api}/orgs"),
        "repos_url": format!("{api}/repos"),
        "events_url": format!("{api}/events{{/privacy}}"),
        "received_events_url": format!("{api}/received_events"),
        "type": word,
        "user_view_type": "public",
        "site_admin": false,
    })
}

/// Returns a team.
pub(crate) fn team(world: &World, call: &Call, team: &Team) -> Value {
    let api = format!("{}/organizations/{}/team/{}", call.base, world.repository.owner_id, team.id);
    json!({
        "id": team.id,
        "node_id": node_id("T", team.id),
        "name": team.name,
        "slug": team.slug,
        "description": "",
        "privacy": "closed",
        "notification_setting": "notifications_enabled",
        "type": "organization",
        "organization_id": world.repository.owner_id,
        "permission": crate::rest::people::permission_word(team.role),
        "url": api,
        "html_url": format!("{}/orgs/{}/teams/{}", world.server, world.repository.owner, team.slug),
        "members_url": format!("{api}/members{{/member}}"),
        "repositories_url": format!("{api}/repos"),
        "parent": null,
    })
}

/// Returns a commit as `P/commits/{ref}` shows it, without files.
pub(crate) fn commit(world: &World, call: &Call, commit: &Commit) -> Value {
    let (api, html) = (api(world, call), html(world));
    let sha = &commit.oid;
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| json!({"sha": parent, "url": format!("{api}/commits/{parent}"), "html_url": format!("{html}/commit/{parent}")}))
        .collect();
    json!({
        "sha": sha,
        "node_id": node_id("C", sha),
        "commit": {
            "author": person(&commit.author),
            "committer": person(&commit.committer),
            "message": message(commit),
            "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
            "url": format!("{api}/git/commits/{sha}"),
            "comment_count": 0,
            "verification": verification(world, commit),
        },
        "url": format!("{api}/commits/{sha}"),
        "html_url": format!("{html}/commit/{sha}"),
        "comments_url": format!("{api}/commits/{sha}/comments"),
        "author": account_of(world, call, &commit.author),
        "committer": account_of(world, call, &commit.committer),
        "parents": parents,
    })
}

/// Returns a commit as `P/git/commits/{sha}` shows it.
pub(crate) fn git_commit(world: &World, call: &Call, commit: &Commit) -> Value {
    let (api, html) = (api(world, call), html(world));
    let sha = &commit.oid;
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|parent| json!({"sha": parent, "url": format!("{api}/git/commits/{parent}"), "html_url": format!("{html}/commit/{parent}")}))
        .collect();
    json!({
        "sha": sha,
        "node_id": node_id("C", sha),
        "url": format!("{api}/git/commits/{sha}"),
        "html_url": format!("{html}/commit/{sha}"),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "message": message(commit),
        "tree": {"sha": commit.tree, "url": format!("{api}/git/trees/{}", commit.tree)},
        "parents": parents,
        "verification": verification(world, commit),
    })
}

/// Returns a name, an address and a time.
pub(crate) fn person(person: &Person) -> Value {
    json!({"name": person.name, "email": person.email, "date": stamp(person.date)})
}

/// Returns whether a commit's signature is good, in GitHub's form.
pub(crate) fn verification(world: &World, commit: &Commit) -> Value {
    let verified = commit.signature.is_some() && world.quirks.trust_signatures;
    json!({
        "verified": verified,
        "reason": match (&commit.signature, verified) {
            (None, _) => "unsigned",
            (Some(_), true) => "valid",
            (Some(_), false) => "unknown_key",
        },
        "signature": commit.signature,
        "payload": commit.signature.as_ref().map(|_| format!("tree {}\n", commit.tree)),
        "verified_at": verified.then(|| stamp(commit.committer.date)),
    })
}

/// GitHub shows messages without the newline that git puts at their end.
fn message(commit: &Commit) -> &str {
    commit.message.trim_end_matches('\n')
}

/// Finds an account by the noreply address that GitHub gives everybody.
fn account_of(world: &World, call: &Call, person: &Person) -> Value {
    if person.email == "noreply@github.com" {
        return user(world, call, "web-flow");
    }
    let Some(local) = person.email.strip_suffix("@users.noreply.github.com") else {
        return Value::Null;
    };
    let login = local.split_once('+').map_or(local, |(_, login)| login);
    if world.people.contains_key(login) { user(world, call, login) } else { Value::Null }
}
