//! The procedure's printed checklist: four parts, every line of it, each with the id by which a tick is found again.

/// One printed line.
pub(super) struct Line {
    /// Stays the same for ever: a person's tick hangs on it.
    pub(super) id: &'static str,
    /// As it is printed.
    pub(super) text: &'static str,
    /// How its tick comes about.
    pub(super) by: By,
}

/// Who knows whether a line is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The gate of this id in the policy, where it has one; otherwise people.
    Gate(&'static str),
    /// GitHub: the rollback branch is there.
    Branch,
    /// GitHub: the rollback is on the default branch.
    Delivered,
    /// People.
    People,
}

const fn line(id: &'static str, text: &'static str, by: By) -> Line {
    Line { id, text, by }
}

/// Before the rollback.
pub(super) const DECISION: [Line; 6] = [
    line("pre-critical", "Critical issue confirmed and documented", By::Gate("critical-issue-confirmed")),
    line("pre-impact", "Impact assessment completed (affects more than 5 % of users)", By::Gate("scope-assessed")),
    line("pre-hotfix", "Hotfix deemed not feasible or too risky", By::Gate("hotfix-ruled-out")),
    line("pre-approval", "Stakeholder approval obtained", By::Gate("stakeholder-approval")),
    line("pre-communication", "Communication plan prepared", By::Gate("communication-ready")),
    line("pre-team", "Rollback team assembled", By::Gate("team-assembled")),
];

/// During it.
pub(super) const EXECUTION: [Line; 6] = [
    line("during-branch", "Git rollback branch created", By::Branch),
    line("during-code", "Code reverted to stable state", By::Delivered),
    line("during-version", "Version numbers updated appropriately", By::Delivered),
    line("during-packages", "Packages uploaded (PyPI and other registries)", By::People),
    line("during-images", "Docker images updated", By::People),
    line("during-documentation", "Documentation updated with rollback notices", By::People),
];

/// After it.
pub(super) const VERIFICATION: [Line; 6] = [
    line("post-tests", "Automated tests pass", By::People),
    line("post-manual", "Manual verification completed", By::People),
    line("post-communication", "User communication sent", By::People),
    line("post-monitoring", "Monitoring confirms stable state", By::People),
    line("post-support", "Support team briefed", By::People),
    line("post-mortem", "Post-mortem scheduled", By::People),
];

/// In the weeks that follow.
pub(super) const RECOVERY: [Line; 5] = [
    line("recovery-analysis", "Root cause analysis completed", By::People),
    line("recovery-fix", "Fix implementation plan created", By::People),
    line("recovery-testing", "Enhanced testing plan developed", By::People),
    line("recovery-criteria", "Re-release criteria defined", By::People),
    line("recovery-process", "Process improvements documented", By::People),
];
