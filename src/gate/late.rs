//! The gates after the merge. Days and weeks lie between the plan and what they hold, so they are the policy's own as it
//! stands when they are asked.

use crate::config::Policy;
use crate::plan::{Plan, Rules};

/// Returns the plan with gates, people and rules of the policy as it stands now. Where nothing of them was changed since,
/// it is the same plan with the same id; where something was, approvals of the old gates are of another plan.
pub fn as_in_force(plan: &Plan, policy: &Policy) -> Plan {
    Plan { gates: policy.gates.clone(), roles: policy.roles.clone(), rules: Rules::of(policy), ..plan.clone() }
}
