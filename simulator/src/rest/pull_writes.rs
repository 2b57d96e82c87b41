//! Opening and editing pull requests: <https://docs.github.com/rest/pulls/pulls#create-a-pull-request>.

use super::pulls::{find, full};
use super::refs::supplied;
use super::{issues, shape};
use crate::access::{Level, integration_refused};
use crate::call::{Call, Identity};
use crate::reply::Reply;
use crate::world::{Issue, Plan, Pull, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("POST", ["pulls"]) => create(world, call),
        ("PATCH", ["pulls", number]) => update(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Write)?;
    // A setting of the repository, off by default and stronger than any permission:
    // https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/enabling-features-for-your-repository/managing-github-actions-settings-for-a-repository#preventing-github-actions-from-creating-or-approving-pull-requests
    if matches!(call.identity, Identity::Actions(_)) && !world.repository.allow_bots_to_open_prs {
        return Err(Reply::error(403, "GitHub Actions is not permitted to create or approve pull requests."));
    }
    let (head, base) = (supplied(call, "head")?, supplied(call, "base")?);
    let title = call.text("title").filter(|title| !title.trim().is_empty());
    let title = title.ok_or_else(|| Reply::invalid("PullRequest", "title", "missing_field"))?;
    issues::check_body(call)?;
    let head = match head.split_once(':') {
        Some((owner, branch)) if owner.eq_ignore_ascii_case(&world.repository.owner) => branch,
        Some(_) => return Err(Reply::invalid("PullRequest", "head", "invalid")),
        None => head,
    };
    let head_sha = world.git.branch(head).ok_or_else(|| Reply::invalid("PullRequest", "head", "invalid"))?.to_owned();
    let base_sha = world.git.branch(base).ok_or_else(|| Reply::invalid("PullRequest", "base", "invalid"))?.to_owned();
    let is_open = |number: &u64| world.issues.get(number).is_some_and(|issue| issue.open);
    if world.pulls.values().any(|pull| pull.head == head && pull.base == base && is_open(&pull.number)) {
        let message = format!("A pull request already exists for {}:{head}.", world.repository.owner);
        return Err(Reply::refused("PullRequest", &message));
    }
    if world.git.is_ancestor(&head_sha, &base_sha) {
        return Err(Reply::refused("PullRequest", &format!("No commits between {base} and {head}")));
    }
    if world.git.merge_base(&head_sha, &base_sha).is_none() {
        let message = format!("The {head} branch has no history in common with {base}");
        return Err(Reply::refused("PullRequest", &message));
    }
    let draft = call.flag("draft").unwrap_or(false);
    if draft && world.repository.private && matches!(world.repository.plan, Plan::Free | Plan::Pro) {
        return Err(Reply::error(422, "Draft pull requests are not supported in this repository."));
    }
    let issue = issues::open(world, call, title);
    let pull = Pull {
        id: world.next_id(),
        number: issue.number,
        head: head.to_owned(),
        base: base.to_owned(),
        head_sha,
        base_sha,
        draft,
        merged_at: None,
        merged_by: None,
        merge_commit: None,
        auto_merge: None,
        requested_reviewers: Vec::new(),
        requested_teams: Vec::new(),
        maintainer_can_modify: false,
    };
    let number = issue.number;
    world.issues.insert(number, issue);
    world.pulls.insert(number, pull);
    let (pull, issue) = find(world, &number.to_string())?;
    let url = format!("{}/pulls/{number}", shape::api(world, call));
    Ok(Reply::created(full(world, call, pull, issue)?).header("location", url))
}

fn update(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let (pull, issue) = find(world, number)?;
    let (mut pull, mut issue) = (pull.clone(), issue.clone());
    may_edit(world, call, &issue)?;
    issues::check_body(call)?;
    let now = world.now();
    if let Some(title) = call.text("title") {
        title.clone_into(&mut issue.title);
    }
    if let Some(body) = call.body.get("body") {
        issue.body = body.as_str().map(str::to_owned);
    }
    if let Some(base) = call.text("base") {
        let sha = world.git.branch(base).ok_or_else(|| Reply::invalid("PullRequest", "base", "invalid"))?;
        (pull.base, pull.base_sha) = (base.to_owned(), sha.to_owned());
    }
    match call.text("state") {
        Some("closed") if issue.open => (issue.open, issue.closed_at) = (false, Some(now)),
        Some("open") if !issue.open => {
            let head = world.git.branch(&pull.head).map(str::to_owned);
            let (Some(head), None) = (head, pull.merged_at) else {
                return Err(Reply::refused("PullRequest", "state cannot be changed."));
            };
            pull.head_sha = head;
            (issue.open, issue.closed_at) = (true, None);
        }
        _ => {}
    }
    issue.updated_at = now;
    let shown = full(world, call, &pull, &issue)?;
    world.pulls.insert(pull.number, pull);
    world.issues.insert(issue.number, issue);
    Ok(Reply::ok(shown))
}

/// Authors may edit what is theirs.
fn may_edit(world: &World, call: &Call, issue: &Issue) -> Result<(), Reply> {
    match &call.identity {
        Identity::User(login) if *login == issue.author => Ok(()),
        Identity::Actions(_) | Identity::App(..) if !call.is_granted("pull-requests", Level::Write) => {
            Err(integration_refused("pull_requests=write"))
        }
        _ => world.require(call, "pull-requests", Level::Write),
    }
}
