//! After the merge: people approved the plan by its gates, and its content by merging it.

use crate::domain::git::Sha;
use crate::github::{Pull, PullState};
use crate::plan::Plan;

use super::{Decision, Reason};

/// Decides whether a plan may be finished: its pull request must be merged, and the one rollback commit it brought must
/// be the one this plan made: its message carries the plan's id, its tree is the approved one.
pub fn approved_by_merge(plan: &Plan, pull: &Pull, commits: &[RollbackCommit]) -> Decision {
    unless(plan, problem(plan, pull, commits))
}

/// The same where no pull request brought it: `commit` is the plan's own, reached from the default branch.
pub fn approved_by_delivery(plan: &Plan, commit: Option<&RollbackCommit>) -> Decision {
    let own = commit.filter(|commit| commit.plan_id.as_deref() == Some(plan.id().as_str()));
    let default = &plan.basis.default_branch;
    let problem = match own {
        Some(commit) => other_tree(plan, commit),
        None => Some(format!("`{default}` does not hold the commit of this plan; `execute` delivers it first")),
    };
    unless(plan, problem)
}

fn unless(plan: &Plan, problem: Option<String>) -> Decision {
    match problem {
        Some(text) => Decision::Waiting(vec![Reason::of_all(text)]),
        None => Decision::approved(plan, Vec::new()),
    }
}

fn problem(plan: &Plan, pull: &Pull, commits: &[RollbackCommit]) -> Option<String> {
    let number = pull.number;
    match &pull.state {
        PullState::Open => return Some(format!("pull request #{number} is not merged yet; merge it, then finish")),
        PullState::Closed => {
            return Some(format!("pull request #{number} was closed without merging; reopen and merge it, or start a new run"));
        }
        PullState::Merged(..) => {}
    }
    let default = &plan.basis.default_branch;
    if pull.base != default.as_str() {
        let base = pull.base.escape_debug();
        return Some(format!("pull request #{number} was merged into `{base}`, not into `{default}`; start a new run for `{default}`"));
    }
    let planned: Vec<&RollbackCommit> = commits.iter().filter(|commit| commit.plan_id.is_some()).collect();
    let commit = match planned.as_slice() {
        [commit] => commit,
        [] => return Some(format!("no commit of pull request #{number} names a plan; it is not a rollback that was approved here")),
        [one, other, ..] => {
            return Some(format!(
                "pull request #{number} brings commits of several plans ({} and {}), so which was approved is unknown; tag and release by hand",
                one.sha.short(),
                other.sha.short()
            ));
        }
    };
    if commit.plan_id.as_deref() != Some(plan.id().as_str()) {
        return Some(format!(
            "commit {} was not made by this plan, its message names another; give the plan of the run that opened pull request #{number}",
            commit.sha.short()
        ));
    }
    other_tree(plan, commit)
}

/// Says where a commit on the planned head has not the planned tree.
fn other_tree(plan: &Plan, commit: &RollbackCommit) -> Option<String> {
    // Rebuilt on a later head, the tree has that head's `.github`; what else it has was shown in the pull request.
    let as_planned = commit.parents.first() == Some(&plan.basis.head);
    (as_planned && commit.tree != plan.content.tree).then(|| {
        format!(
            "commit {} has tree {}, the approved plan names {}; it was not made by this plan, so tag and release by hand",
            commit.sha.short(),
            commit.tree.short(),
            plan.content.tree.short()
        )
    })
}

/// One commit that the pull request brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackCommit {
    /// Its name.
    pub sha: Sha,
    /// Its tree.
    pub tree: Sha,
    /// Its parents.
    pub parents: Vec<Sha>,
    /// The plan its message names.
    pub plan_id: Option<String>,
}
