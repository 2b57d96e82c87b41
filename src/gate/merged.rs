//! After the merge: people approved the plan by its gates, and its content by merging it.

use crate::domain::git::Sha;
use crate::github::{Pull, PullState};
use crate::plan::Plan;

use super::{ApprovedPlan, Decision, Reason};

/// Decides whether a plan may be finished: its pull request must be merged, and the commit it brought must be the one
/// this plan made (its message carries the plan's id, its tree is the approved one).
pub fn approved_by_merge(plan: &Plan, pull: &Pull, rollback_commit: &RollbackCommit) -> Decision {
    let waiting = |text: String| Decision::Waiting(vec![Reason { environment: String::new(), text }]);
    match &pull.state {
        PullState::Open => return waiting(format!("pull request #{} is not merged yet", pull.number)),
        PullState::Closed => return waiting(format!("pull request #{} was closed without merging", pull.number)),
        PullState::Merged(..) => {}
    }
    if pull.base != plan.basis.default_branch.as_str() {
        return waiting(format!("pull request #{} was merged into `{}`, not into `{}`", pull.number, pull.base, plan.basis.default_branch));
    }
    match rollback_commit.plan_id.as_deref() == Some(plan.id().as_str()) {
        true => Decision::Approved(Box::new(ApprovedPlan { plan: plan.clone(), approvals: Vec::new() })),
        false => waiting(format!("commit {} was not made by this plan; its message names another", rollback_commit.sha.short())),
    }
}

/// The commit at the head of the rollback branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackCommit {
    /// Its name.
    pub sha: Sha,
    /// The plan its message names.
    pub plan_id: Option<String>,
}
