//! Merging a pull request: <https://docs.github.com/rest/pulls/pulls#merge-a-pull-request>.

use std::collections::BTreeMap;

use serde_json::json;

use super::git_commits::{SIGNATURE, caller, github};
use super::rulesets::{self, Change};
use super::{pulls, workflow_rule};
use crate::access::Level;
use crate::call::Call;
use crate::git::NewCommit;
use crate::reply::Reply;
use crate::world::{Pull, Role, Rule, Target, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["pulls", number, "merge"]) => is_merged(world, call, number),
        ("PUT", ["pulls", number, "merge"]) => merge(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Tells whether a pull request has no conflicts.
pub(crate) fn merges_cleanly(world: &World, pull: &Pull) -> bool {
    world.git.merged_tree(&pull.base_sha, &pull.head_sha).is_ok_and(|tree| tree.is_some())
}

/// Returns what a pull request still needs before it may be merged, in GitHub's words.
pub(crate) fn missing(world: &World, call: &Call, pull: &Pull) -> Vec<String> {
    let mut missing = rulesets::violations(world, call, &format!("refs/heads/{}", pull.base), Change::Merge(&pull.head_sha));
    let login = call.login().unwrap_or_default();
    for (ruleset, rule) in rulesets::rules_on(world, Target::Branch, &pull.base) {
        if ruleset.bypass.contains(&login) {
            continue;
        }
        match rule {
            Rule::PullRequest { approvals } if approvals_of(world, pull) < *approvals => {
                let plural = if *approvals == 1 { "review is" } else { "reviews are" };
                missing.push(format!("At least {approvals} approving {plural} required by reviewers with write access."));
            }
            Rule::RequiredSignatures if has_unsigned(world, pull) => {
                missing.push("Commits must have verified signatures.".to_owned());
            }
            _ => {}
        }
    }
    missing
}

/// Counts the people with write access whose last word was an approval.
fn approvals_of(world: &World, pull: &Pull) -> u64 {
    let mut last = BTreeMap::new();
    for review in world.reviews.values().filter(|review| review.number == pull.number && review.state != "COMMENTED") {
        last.insert(review.author.as_str(), review.state.as_str());
    }
    last.iter().filter(|(author, state)| **state == "APPROVED" && world.role(author) >= Role::Write).count() as u64
}

fn has_unsigned(world: &World, pull: &Pull) -> bool {
    let own = world.git.history(&pull.head_sha, Some(&pull.base_sha), None, 0, 1000).unwrap_or_default();
    own.iter().filter_map(|oid| world.git.commit(oid)).any(|commit| commit.signature.is_none())
}

fn is_merged(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, _) = pulls::find(world, number)?;
    if pull.merged_at.is_some() { Ok(Reply::nothing()) } else { Err(Reply::not_found()) }
}

fn merge(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let (pull, issue) = pulls::find(world, number)?;
    let (pull, issue) = (pull.clone(), issue.clone());
    let refuse = |message: &str| Err(Reply::error(405, message));
    if !issue.open {
        return refuse("Pull Request is not mergeable");
    }
    // The compare-and-swap of this route.
    if call.text("sha").is_some_and(|sha| sha != pull.head_sha) {
        return Err(Reply::error(409, "Head branch was modified. Review and try the merge again."));
    }
    if pull.draft {
        return refuse("Pull Request is still a draft");
    }
    let method = call.text("merge_method").unwrap_or("merge");
    let settings = &world.repository;
    match method {
        "merge" if !settings.allow_merge_commit => {
            return refuse("Merge commits are not allowed on this repository.");
        }
        "squash" if !settings.allow_squash_merge => {
            return refuse("Squash merges are not allowed on this repository.");
        }
        "rebase" if !settings.allow_rebase_merge => {
            return refuse("Rebase merges are not allowed on this repository.");
        }
        "merge" | "squash" | "rebase" => {}
        _ => {
            return Err(Reply::error(422, "Invalid request.\n\nmerge_method must be one of merge, squash, rebase."));
        }
    }
    if !merges_cleanly(world, &pull) {
        return refuse("Pull Request is not mergeable");
    }
    let missing = missing(world, call, &pull);
    if !missing.is_empty() {
        return refuse(&format!("Repository rule violations found\n\n{}\n\n", missing.join("\n\n")));
    }
    let title = call.text("commit_title").map(str::to_owned);
    let message = call.text("commit_message").map(str::to_owned);
    let oid = make(world, call, &pull, method, title, message)?;
    workflow_rule::check(world, call, &oid)?;
    finish(world, &pull, &oid, &call.login().unwrap_or_default())?;
    Ok(Reply::ok(json!({"sha": oid, "merged": true, "message": "Pull Request successfully merged"})))
}

/// Moves the base branch to a merge that was made, and closes the pull request.
pub(crate) fn finish(world: &mut World, pull: &Pull, oid: &str, login: &str) -> Result<(), Reply> {
    let now = world.now();
    let base = format!("refs/heads/{}", pull.base);
    // The pull request is closed first, so that it keeps the shas it was merged with.
    if let Some(issue) = world.issues.get_mut(&pull.number) {
        (issue.open, issue.closed_at, issue.updated_at) = (false, Some(now), now);
    }
    if let Some(merged) = world.pulls.get_mut(&pull.number) {
        merged.merged_at = Some(now);
        merged.merged_by = Some(login.to_owned());
        merged.merge_commit = Some(oid.to_owned());
    }
    world.git.set_ref(&base, Some(oid))?;
    pulls::follow(world, &base);
    if world.repository.delete_branch_on_merge {
        let head = format!("refs/heads/{}", pull.head);
        world.git.set_ref(&head, None)?;
        pulls::follow(world, &head);
    }
    Ok(())
}

/// Makes the commit of a merge by this method, without moving the branch.
pub(crate) fn make(
    world: &World,
    call: &Call,
    pull: &Pull,
    method: &str,
    title: Option<String>,
    message: Option<String>,
) -> Result<String, Reply> {
    if method == "rebase" {
        return rebase(world, call, pull);
    }
    let tree = world.git.merged_tree(&pull.base_sha, &pull.head_sha)?;
    let tree = tree.ok_or_else(|| Reply::error(405, "Pull Request is not mergeable"))?;
    let issue_title = world.issues.get(&pull.number).map(|issue| issue.title.clone()).unwrap_or_default();
    let (parents, default_title, default_message) = match method {
        "squash" => (vec![pull.base_sha.clone()], format!("{issue_title} (#{})", pull.number), String::new()),
        _ => (
            vec![pull.base_sha.clone(), pull.head_sha.clone()],
            format!("Merge pull request #{} from {}/{}", pull.number, world.repository.owner, pull.head),
            issue_title,
        ),
    };
    let (title, message) = (title.unwrap_or(default_title), message.unwrap_or(default_message));
    let message = if message.is_empty() { title } else { format!("{title}\n\n{message}") };
    // GitHub signs the merges it makes, for people too.
    Ok(world.git.write_commit(&NewCommit {
        tree,
        parents,
        author: caller(world, call),
        committer: github(world),
        message,
        signature: Some(SIGNATURE.to_owned()),
    })?)
}

/// Puts each commit anew on top of the base; these are not signed.
fn rebase(world: &World, call: &Call, pull: &Pull) -> Result<String, Reply> {
    let mut tip = pull.base_sha.clone();
    let mut own = world.git.history(&pull.head_sha, Some(&pull.base_sha), None, 0, 1000)?;
    own.reverse();
    for oid in own {
        let commit = world.git.commit(&oid).ok_or_else(Reply::not_found)?;
        let [parent] = commit.parents.as_slice() else {
            continue;
        };
        let merge_base = format!("--merge-base={parent}");
        let printed = world.git.run(&["merge-tree", "--write-tree", &merge_base, &tip, &oid]);
        let tree = printed.map_err(|_| Reply::error(405, "Pull Request is not mergeable"))?;
        tip = world.git.write_commit(&NewCommit {
            tree: tree.trim().to_owned(),
            parents: vec![tip],
            author: commit.author,
            committer: caller(world, call),
            message: commit.message,
            signature: None,
        })?;
    }
    Ok(tip)
}
