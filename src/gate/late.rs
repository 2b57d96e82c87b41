//! The gates after the merge. Days and weeks lie between the plan and what they hold, so they are the policy's own as it
//! stands when they are asked.

use crate::config::Policy;
use crate::plan::{Plan, Rules};

/// Returns the plan with gates, people and rules of the policy as it stands now. Where nothing of them was changed since,
/// it is the same plan with the same id; where something was, approvals of the old gates are of another plan. What holds
/// the gates is the plan's own where the policy leaves that open.
pub fn as_in_force(plan: &Plan, policy: &Policy) -> Plan {
    Plan {
        gates: policy.gates.clone(),
        roles: policy.roles.clone(),
        rules: Rules { by: policy.approvals.by.unwrap_or(plan.rules.by), ..Rules::of(policy) },
        ..plan.clone()
    }
}
