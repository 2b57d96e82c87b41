//! Reading pull requests: <https://docs.github.com/rest/pulls/pulls>.

use serde_json::{Map, Value, json};

use super::pages::Page;
use super::{commits, files, issues, labels, merge, pages, repository, shape};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Issue, Pull, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["pulls"]) => list(world, call),
        ("GET", ["pulls", number]) => one(world, call, number),
        ("GET", ["pulls", number, "files"]) => changed_files(world, call, number),
        ("GET", ["pulls", number, "commits"]) => own_commits(world, call, number),
        ("GET", ["commits", sha, "pulls"]) => of_commit(world, call, sha),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns a pull request and its issue.
pub(crate) fn find<'a>(world: &'a World, number: &str) -> Result<(&'a Pull, &'a Issue), Reply> {
    let number: u64 = number.parse().map_err(|_| Reply::not_found())?;
    match (world.pulls.get(&number), world.issues.get(&number)) {
        (Some(pull), Some(issue)) => Ok((pull, issue)),
        _ => Err(Reply::not_found()),
    }
}

/// Lets open pull requests follow a branch that has moved, and closes those whose branch is gone.
pub(crate) fn follow(world: &mut World, ref_name: &str) {
    let Some(branch) = ref_name.strip_prefix("refs/heads/") else {
        return;
    };
    let sha = world.git.branch(branch).map(str::to_owned);
    let now = world.now();
    for pull in world.pulls.values_mut() {
        let Some(issue) = world.issues.get_mut(&pull.number).filter(|issue| issue.open) else {
            continue;
        };
        match &sha {
            Some(sha) if pull.head == branch => {
                pull.head_sha.clone_from(sha);
                issue.updated_at = now;
            }
            Some(sha) if pull.base == branch => pull.base_sha.clone_from(sha),
            None if pull.head == branch || pull.base == branch => {
                issue.open = false;
                issue.closed_at = Some(now);
                issue.updated_at = now;
            }
            _ => {}
        }
    }
}

/// Returns a pull request as lists show it.
pub(crate) fn brief(world: &World, call: &Call, pull: &Pull, issue: &Issue) -> Value {
    let (api, html, number) = (shape::api(world, call), shape::html(world), pull.number);
    let (url, page) = (format!("{api}/pulls/{number}"), format!("{html}/pull/{number}"));
    let issue_url = format!("{api}/issues/{number}");
    let statuses = format!("{api}/statuses/{}", pull.head_sha);
    let owner = &world.repository.owner;
    let repo = repository::inside(world, call);
    let side = |name: &str, sha: &str| {
        json!({
            "label": format!("{owner}:{name}"),
            "ref": name,
            "sha": sha,
            "user": shape::user(world, call, owner),
            "repo": repo,
        })
    };
    let link = |href: String| json!({"href": href});
    let users = |logins: &[String]| logins.iter().map(|login| shape::user(world, call, login)).collect::<Vec<_>>();
    json!({
        "url": url,
        "id": pull.id,
        "node_id": shape::node_id("PR", pull.id),
        "html_url": page,
        "diff_url": format!("{page}.diff"),
        "patch_url": format!("{page}.patch"),
        "issue_url": issue_url,
        "commits_url": format!("{url}/commits"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
        "comments_url": format!("{issue_url}/comments"),
        "statuses_url": statuses,
        "number": number,
        "state": if issue.open { "open" } else { "closed" },
        "locked": false,
        "title": issue.title,
        "user": shape::user(world, call, &issue.author),
        "body": issue.body,
        "labels": issue.labels.iter().map(|name| labels::by_name(world, call, name)).collect::<Vec<_>>(),
        "milestone": null,
        "active_lock_reason": null,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": issue.closed_at.map(stamp),
        "merged_at": pull.merged_at.map(stamp),
        "merge_commit_sha": pull.merge_commit,
        "assignee": issue.assignees.first().map(|login| shape::user(world, call, login)),
        "assignees": users(&issue.assignees),
        "requested_reviewers": users(&pull.requested_reviewers),
        "requested_teams": pull.requested_teams.iter().filter_map(|slug| world.teams.get(slug))
            .map(|team| shape::team(world, call, team)).collect::<Vec<_>>(),
        "head": side(&pull.head, &pull.head_sha),
        "base": side(&pull.base, &pull.base_sha),
        "_links": {
            "self": link(url.clone()),
            "html": link(page.clone()),
            "issue": link(issue_url.clone()),
            "comments": link(format!("{issue_url}/comments")),
            "review_comments": link(format!("{url}/comments")),
            "review_comment": link(format!("{api}/pulls/comments{{/number}}")),
            "commits": link(format!("{url}/commits")),
            "statuses": link(statuses.clone()),
        },
        "author_association": issues::association(world, &issue.author),
        "auto_merge": pull.auto_merge.as_ref().map(|method| json!({
            "enabled_by": shape::user(world, call, &issue.author),
            "merge_method": method,
            "commit_title": issue.title,
            "commit_message": "",
        })),
        "draft": pull.draft,
    })
}

/// Returns a pull request with everything.
pub(crate) fn full(world: &World, call: &Call, pull: &Pull, issue: &Issue) -> Result<Value, Reply> {
    let mut shown = brief(world, call, pull, issue);
    let base = world.git.merge_base(&pull.base_sha, &pull.head_sha).unwrap_or_else(|| pull.base_sha.clone());
    let changes = world.git.changes(&base, &pull.head_sha)?;
    let mut fields = Map::new();
    let mergeable = issue.open.then(|| merge::merges_cleanly(world, pull));
    let state = match mergeable {
        None => "unknown",
        Some(false) => "dirty",
        Some(true) if pull.draft => "draft",
        Some(true) if !merge::missing(world, call, pull).is_empty() => "blocked",
        Some(true) => "clean",
    };
    for (name, value) in [
        ("merged", json!(pull.merged_at.is_some())),
        ("mergeable", json!(mergeable)),
        ("rebaseable", json!(mergeable)),
        ("mergeable_state", json!(state)),
        ("merged_by", json!(pull.merged_by.as_ref().map(|login| shape::user(world, call, login)))),
        ("comments", json!(world.comments.values().filter(|comment| comment.number == pull.number).count())),
        ("review_comments", json!(0)),
        ("maintainer_can_modify", json!(pull.maintainer_can_modify)),
        ("commits", json!(world.git.count(&pull.head_sha, Some(&base))?)),
        ("additions", json!(changes.iter().map(|change| change.additions).sum::<u64>())),
        ("deletions", json!(changes.iter().map(|change| change.deletions).sum::<u64>())),
        ("changed_files", json!(changes.len())),
    ] {
        fields.insert(name.to_owned(), value);
    }
    if let Some(all) = shown.as_object_mut() {
        all.extend(fields);
    }
    Ok(shown)
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let state = call.param("state").unwrap_or("open");
    let owner = format!("{}:", world.repository.owner).to_lowercase();
    // `head` only counts with its owner; without one GitHub ignores it.
    let head = call.param("head").filter(|head| head.contains(':'));
    let base = call.param("base");
    let mut found: Vec<(&Pull, &Issue)> = world
        .pulls
        .values()
        .filter_map(|pull| Some((pull, world.issues.get(&pull.number)?)))
        .filter(|(_, issue)| state == "all" || (state == "open") == issue.open)
        .filter(|(pull, _)| base.is_none_or(|base| pull.base == base))
        .filter(|(pull, _)| {
            head.is_none_or(|head| {
                let (named, branch) = head.split_once(':').unwrap_or_default();
                format!("{named}:").to_lowercase() == owner && pull.head == branch
            })
        })
        .collect();
    let sort = call.param("sort").unwrap_or("created");
    found.sort_unstable_by_key(|(pull, issue)| match sort {
        "updated" => (issue.updated_at, pull.number),
        _ => (issue.created_at, pull.number),
    });
    let descending = if sort == "created" && call.param("sort").is_none() { "desc" } else { "asc" };
    if call.param("direction").unwrap_or(descending) == "desc" {
        found.reverse();
    }
    Ok(pages::list(call, &found, |(pull, issue)| brief(world, call, pull, issue)))
}

fn one(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, issue) = find(world, number)?;
    let mut shown = full(world, call, pull, issue)?;
    let seen = (pull.number, pull.head_sha.clone(), pull.base_sha.clone());
    // GitHub finds this out in the background, and answers `null` until it has:
    // https://docs.github.com/rest/pulls/pulls#get-a-pull-request
    if world.quirks.mergeable_comes_late && issue.open && world.merge_checks.insert(seen) {
        for field in ["mergeable", "rebaseable"] {
            shown[field] = Value::Null;
        }
        shown["mergeable_state"] = json!("unknown");
    }
    Ok(Reply::ok(shown))
}

fn changed_files(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, _) = find(world, number)?;
    let base = world.git.merge_base(&pull.base_sha, &pull.head_sha).unwrap_or_else(|| pull.base_sha.clone());
    let mut changes = world.git.changes(&base, &pull.head_sha)?;
    // https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
    changes.truncate(3000);
    Ok(pages::list(call, &changes, |change| files::changed(world, call, change, &pull.head_sha)))
}

fn own_commits(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, _) = find(world, number)?;
    let mut found = world.git.history(&pull.head_sha, Some(&pull.base_sha), None, 0, 100_000)?;
    found.reverse();
    // https://docs.github.com/rest/pulls/pulls#list-commits-on-a-pull-request
    found.truncate(250);
    let page = Page::of(call);
    let shown = found.iter().skip(page.skip()).take(page.size()).filter_map(|oid| world.git.commit(oid));
    let shown: Value = shown.map(|commit| shape::commit(world, call, &commit)).collect();
    Ok(page.links(call, found.len(), Reply::ok(shown)))
}

/// Merged pull requests that brought a commit, or open ones that contain it.
fn of_commit(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require_any(call, &["pull-requests", "contents"], Level::Read)?;
    let Some(sha) = commits::resolve(world, name) else {
        return Err(Reply::error(422, &format!("No commit found for SHA: {name}")));
    };
    let brought = |pull: &Pull| {
        pull.merge_commit.as_deref() == Some(&sha)
            || world.git.is_ancestor(&sha, &pull.head_sha) && !world.git.is_ancestor(&sha, &pull.base_sha)
    };
    let found: Vec<(&Pull, &Issue)> =
        world.pulls.values().filter(|pull| brought(pull)).filter_map(|pull| Some((pull, world.issues.get(&pull.number)?))).collect();
    Ok(pages::list(call, &found, |(pull, issue)| brief(world, call, pull, issue)))
}
