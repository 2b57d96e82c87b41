//! The rule about workflow files: a token without `workflows: write` cannot put workflows anywhere that the default
//! branch does not have.
//!
//! Checked when a ref is made or moved, when a file is put, and at releases; not when blobs, trees or commits are made:
//! <https://docs.github.com/rest/authentication/permissions-required-for-github-apps>. The reference is the default
//! branch at the time of the call. No `GITHUB_TOKEN` can hold `workflows: write`.

use crate::access::{Level, integration_refused};
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// The header GitHub sends along, which tells this refusal from all others.
const ACCEPTED: &str = "contents=write; contents=write,workflows=write";

/// Refuses a commit whose workflow files are not those of the default branch.
pub(crate) fn check(world: &World, call: &Call, commit: &str) -> Result<(), Reply> {
    if may_write_workflows(call) || !differs(world, commit) {
        return Ok(());
    }
    Err(integration_refused(ACCEPTED))
}

/// Refuses it with the status that the quirks say, as releases do.
pub(crate) fn check_release(world: &World, call: &Call, commit: &str) -> Result<(), Reply> {
    match (check(world, call, commit), world.quirks.workflow_rule_on_release_status) {
        (Ok(()), _) => Ok(()),
        (Err(_), 404) => Err(Reply::not_found().header("x-accepted-github-permissions", ACCEPTED)),
        (Err(refusal), _) => Err(refusal),
    }
}

fn may_write_workflows(call: &Call) -> bool {
    !call.is_bot() || call.is_granted("workflows", Level::Write)
}

fn differs(world: &World, commit: &str) -> bool {
    let workflows = |commit: &str| {
        let tree = world.git.tree_of(commit)?;
        world.git.entry_at(&tree, ".github/workflows").map(|entry| entry.oid)
    };
    let Some(head) = world.default_head() else {
        return false;
    };
    workflows(commit) != workflows(&head)
}
