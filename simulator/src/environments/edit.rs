//! Reading the body with which an environment is configured.

use serde_json::Value;

use super::{BranchPolicy, Environment, Reviewer};
use crate::reply::Reply;
use crate::world::{Plan, Role, World};

/// What one request wants an environment to be; what it leaves out falls back to the default, since the request
/// replaces: <https://docs.github.com/rest/deployments/environments#create-or-update-an-environment>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    wait_timer: u64,
    prevent_self_review: bool,
    reviewers: Vec<Reviewer>,
    branch_policy: BranchPolicy,
    can_admins_bypass: bool,
}

const KEYS: &[&str] = &[
    "wait_timer",
    "prevent_self_review",
    "reviewers",
    "deployment_branch_policy",
    "can_admins_bypass",
];

/// GitHub's limits.
const LONGEST_WAIT: u64 = 43_200;
const MOST_REVIEWERS: usize = 6;

impl Wanted {
    /// Reads a body, or says why GitHub would refuse it.
    pub(super) fn read(world: &World, body: &Value) -> Result<Self, Reply> {
        for key in body
            .as_object()
            .into_iter()
            .flat_map(|fields| fields.keys())
        {
            if !KEYS.contains(&key.as_str()) {
                return Err(Reply::error(
                    422,
                    &format!("Invalid request.\n\n\"{key}\" is not a permitted key."),
                ));
            }
        }
        let wait_timer = match &body["wait_timer"] {
            Value::Null => 0,
            minutes => minutes
                .as_u64()
                .filter(|minutes| *minutes <= LONGEST_WAIT)
                .ok_or_else(|| {
                    Reply::refused(
                        "DeploymentProtectionRule",
                        "Wait timer must be between 0 and 43200",
                    )
                })?,
        };
        Ok(Self {
            wait_timer,
            prevent_self_review: flag(body, "prevent_self_review")?.unwrap_or(false),
            reviewers: reviewers(world, &body["reviewers"])?,
            branch_policy: policy(&body["deployment_branch_policy"])?,
            can_admins_bypass: flag(body, "can_admins_bypass")?.unwrap_or(true),
        })
    }

    /// Refuses what the owner's plan does not have for private repositories.
    pub(super) fn affordable(&self, world: &World) -> Result<(), Reply> {
        if !world.repository.private {
            return Ok(());
        }
        let asks_for_protection = self.wait_timer > 0 || !self.reviewers.is_empty();
        match world.repository.plan {
            Plan::Free => Err(Reply::not_found()),
            Plan::Pro | Plan::Team if asks_for_protection => Err(Reply::error(
                422,
                "Failed to create the environment protection rule. Please ensure the billing plan supports the required reviewers protection rule.",
            )),
            Plan::Pro | Plan::Team | Plan::Enterprise => Ok(()),
        }
    }

    /// Configures the environment.
    pub(super) fn apply(self, environment: &mut Environment) {
        environment.wait_timer = self.wait_timer;
        environment.prevent_self_review = self.prevent_self_review;
        environment.reviewers = self.reviewers;
        environment.can_admins_bypass = self.can_admins_bypass;
        // Patterns are kept while custom policies stay switched on.
        if !matches!(
            (&environment.branch_policy, &self.branch_policy),
            (BranchPolicy::Custom(_), BranchPolicy::Custom(_))
        ) {
            environment.branch_policy = self.branch_policy;
        }
    }
}

fn flag(body: &Value, name: &str) -> Result<Option<bool>, Reply> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        other => Err(Reply::error(
            422,
            &format!("Invalid request.\n\nFor 'properties/{name}', {other} is not a boolean."),
        )),
    }
}

fn reviewers(world: &World, listed: &Value) -> Result<Vec<Reviewer>, Reply> {
    let listed = match listed {
        Value::Null => return Ok(Vec::new()),
        Value::Array(listed) => listed,
        other => {
            return Err(Reply::error(
                422,
                &format!(
                    "Invalid request.\n\nFor 'properties/reviewers', {other} is not an array."
                ),
            ));
        }
    };
    if listed.len() > MOST_REVIEWERS {
        return Err(Reply::refused(
            "DeploymentProtectionRule",
            "Required reviewers is too long (maximum is 6)",
        ));
    }
    listed
        .iter()
        .map(|reviewer| find(world, reviewer))
        .collect()
}

fn find(world: &World, reviewer: &Value) -> Result<Reviewer, Reply> {
    let id = reviewer["id"].as_u64();
    let found = match reviewer["type"].as_str() {
        Some("User") => {
            let account = world.people.values().find(|account| Some(account.id) == id);
            account.map(|account| {
                (
                    Reviewer::User(account.login.clone()),
                    world.role(&account.login),
                )
            })
        }
        Some("Team") => {
            let team = world.teams.values().find(|team| Some(team.id) == id);
            team.map(|team| (Reviewer::Team(team.slug.clone()), team.role))
        }
        _ => {
            return Err(Reply::error(
                422,
                "Invalid request.\n\nNo subschema in \"anyOf\" matched.",
            ));
        }
    };
    match found {
        Some((reviewer, role)) if role >= Role::Read => Ok(reviewer),
        _ => Err(Reply::refused(
            "DeploymentProtectionRule",
            "Reviewer must have at least read access to the repository",
        )),
    }
}

fn policy(policy: &Value) -> Result<BranchPolicy, Reply> {
    if policy.is_null() {
        return Ok(BranchPolicy::All);
    }
    match (
        policy["protected_branches"].as_bool(),
        policy["custom_branch_policies"].as_bool(),
    ) {
        (Some(true), Some(false)) => Ok(BranchPolicy::Protected),
        (Some(false), Some(true)) => Ok(BranchPolicy::Custom(Vec::new())),
        (Some(_), Some(_)) => Err(Reply::error(
            422,
            "custom_branch_policies and protected_branches cannot have the same value",
        )),
        _ => Err(Reply::error(
            422,
            "Invalid request.\n\n\"protected_branches\", \"custom_branch_policies\" weren't supplied.",
        )),
    }
}
