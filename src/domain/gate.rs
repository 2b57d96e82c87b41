//! A gate: one line of the checklist that people must answer before the work goes on.

use serde::{Deserialize, Serialize};

/// What may not start before the gate is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The branch, the pull request and the banner.
    Execute,
    /// The tag, the release and the packages.
    Finish,
    /// Closing the incident.
    Close,
    /// Releasing the rolled-back work again.
    ReRelease,
}

/// What holds a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// GitHub environments with required reviewers, one for each approval.
    #[default]
    Environments,
    /// Comments on the incident that name the gate and the plan.
    Comments,
}

impl Holder {
    /// Tells whether this is what a plan that says nothing means.
    pub fn is_standard(&self) -> bool {
        *self == Self::default()
    }
}

/// One checklist line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The name in the policy, e.g. `scope-assessed`.
    pub id: String,
    /// The line as people read it, e.g. `Scope assessment completed (affects more than 5 % of users)`.
    pub question: String,
    /// What somebody who approves should have seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// What waits for it.
    pub stage: Stage,
    /// The approvals it takes, all of them: each is one environment, because GitHub asks only one reviewer of each.
    pub approvals: Vec<Ask>,
}

/// One approval a gate takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The GitHub environment that holds it, e.g. `rollback-scope-assessed`.
    pub environment: String,
    /// Roles any one of whose people may answer; names of the policy's `roles`.
    pub roles: Vec<String>,
}

impl Gate {
    /// Returns the approvals it takes, each with the gate.
    pub fn asks(&self) -> impl Iterator<Item = (&Self, &Ask)> {
        self.approvals.iter().map(move |ask| (self, ask))
    }

    /// Returns the name by which a comment answers one of its approvals: `scope-assessed`, or where it takes several,
    /// `stakeholder-approval/product-owner`.
    pub fn answer_name(&self, ask: &Ask) -> String {
        match self.approvals.len() {
            1 => self.id.clone(),
            _ => format!("{}/{}", self.id, ask.roles.join("-or-")),
        }
    }
}

/// The procedure's six pre-rollback lines.
pub fn standard_gates() -> Vec<Gate> {
    let gate = |id: &str, question: &str, evidence: &str, all_of: &[&str]| Gate {
        id: id.into(),
        question: question.into(),
        evidence: evidence.into(),
        stage: Stage::Execute,
        approvals: asks(id, &all_of.iter().map(|role| vec![(*role).to_owned()]).collect::<Vec<_>>()),
    };
    vec![
        gate(
            "critical-issue-confirmed",
            "Critical issue confirmed (not user error or configuration)",
            "a reproduction, or reports that agree",
            &["technical-lead"],
        ),
        gate(
            "scope-assessed",
            "Scope assessment completed (affects more than 5 % of users)",
            "how many users are affected, and how that was counted",
            &["product-owner"],
        ),
        gate("hotfix-ruled-out", "Hotfix attempts failed or deemed too risky", "what was tried, or why not", &["technical-lead"]),
        gate(
            "stakeholder-approval",
            "Stakeholder approval obtained (Technical Lead and Product Owner)",
            "the plan on this page",
            &["technical-lead", "product-owner"],
        ),
        gate("communication-ready", "Communication plan ready for users", "the notices that will be sent", &["product-owner"]),
        gate("team-assembled", "Rollback team assembled and ready", "who does what in the next hours", &["technical-lead"]),
    ]
}

/// Returns the approvals of a gate in the standard environments, `rollback-` and the gate's id.
pub fn asks(gate: &str, all_of: &[Vec<String>]) -> Vec<Ask> {
    asks_in(&format!("rollback-{gate}"), all_of)
}

/// Returns the approvals of a gate: one environment each, `environment` itself, or where it takes several, followed by its roles.
pub fn asks_in(environment: &str, all_of: &[Vec<String>]) -> Vec<Ask> {
    let name = |roles: &[String]| match all_of.len() {
        1 => environment.to_owned(),
        _ => format!("{environment}-{}", roles.join("-or-")),
    };
    all_of.iter().map(|roles| Ask { environment: name(roles), roles: roles.clone() }).collect()
}
