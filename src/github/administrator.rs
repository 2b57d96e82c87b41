//! Makes the environments of gates. Only `init --environments` uses it, with an administrator's token, which no Actions
//! token is. It touches nothing but environments.

use http::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::client::{Client, segment};
use super::error::Error;
use super::retry::Repeat;
use crate::domain::person::Login;

/// Configures environments.
#[derive(Clone)]
pub struct Administrator {
    client: Client,
}

/// Everything an environment is configured with: a change replaces all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentSettings {
    /// Minutes to wait.
    pub wait_timer: u64,
    /// Whether those who start a run are kept from approving it.
    pub prevent_self_review: bool,
    /// Who may approve.
    pub reviewers: Vec<Reviewer>,
    /// Which branches may use it.
    pub branches: Branches,
    /// Whether administrators may go past it; `None` where GitHub does not say.
    pub administrators_may_bypass: Option<bool>,
}

/// A person or team by the number GitHub wants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reviewer {
    /// What it is.
    pub kind: ReviewerKind,
    /// Its number.
    pub id: u64,
    /// Its login or slug.
    pub name: String,
}

/// What a reviewer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewerKind {
    /// A person.
    User,
    /// A team.
    Team,
}

/// Which branches may use an environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Branches {
    /// Every one.
    All,
    /// Protected ones.
    Protected,
    /// Those of a list of patterns.
    Patterns,
}

impl Administrator {
    /// Returns an administrator over a connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Reads an environment.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; a missing environment is `None`.
    pub async fn environment(&self, name: &str) -> Result<Option<EnvironmentSettings>, Error> {
        match self.client.get(&self.path(name)).await {
            Ok(answer) => answer.read::<Environment>().map(|found| Some(settings(found))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes an environment, or replaces all that it is configured with, and returns what GitHub made of it.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached; 422 and 404 also mean that the owner's plan has no such gates.
    pub async fn configure(&self, name: &str, wanted: &EnvironmentSettings) -> Result<EnvironmentSettings, Error> {
        let kind = |kind: ReviewerKind| match kind {
            ReviewerKind::User => "User",
            ReviewerKind::Team => "Team",
        };
        let reviewers: Vec<Value> =
            wanted.reviewers.iter().map(|reviewer| json!({"type": kind(reviewer.kind), "id": reviewer.id})).collect();
        let branches = match wanted.branches {
            Branches::All => Value::Null,
            Branches::Protected => json!({"protected_branches": true, "custom_branch_policies": false}),
            Branches::Patterns => json!({"protected_branches": false, "custom_branch_policies": true}),
        };
        let mut body = json!({
            "wait_timer": wanted.wait_timer,
            "prevent_self_review": wanted.prevent_self_review,
            "reviewers": reviewers,
            "deployment_branch_policy": branches,
        });
        // GitHub takes this and does not document it.
        if let (Some(may), Some(fields)) = (wanted.administrators_may_bypass, body.as_object_mut()) {
            fields.insert("can_admins_bypass".into(), Value::Bool(may));
        }
        let answer = self.client.send(Method::PUT, &self.path(name), Some(&body), Repeat::Safe).await?;
        answer.read::<Environment>().map(settings)
    }

    /// Lets one more branch use an environment.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn allow_branch(&self, name: &str, pattern: &str) -> Result<(), Error> {
        let path = format!("{}/deployment-branch-policies", self.path(name));
        let body = json!({"name": pattern, "type": "branch"});
        self.client.send(Method::POST, &path, Some(&body), Repeat::Safe).await.map(drop)
    }

    /// Returns a person as a reviewer.
    ///
    /// # Errors
    /// When there is no such account, GitHub refuses or cannot be reached.
    pub async fn user(&self, login: &Login) -> Result<Reviewer, Error> {
        let answer = self.client.get(&format!("/users/{}", segment(login.as_str()))).await?;
        Ok(Reviewer { kind: ReviewerKind::User, id: answer.read::<Numbered>()?.id, name: login.to_string() })
    }

    /// Returns a team of the owner as a reviewer.
    ///
    /// # Errors
    /// When there is no such team, GitHub refuses or cannot be reached.
    pub async fn team(&self, slug: &str) -> Result<Reviewer, Error> {
        let path = format!("/orgs/{}/teams/{}", segment(self.client.repository().owner()), segment(slug));
        let answer = self.client.get(&path).await?;
        Ok(Reviewer { kind: ReviewerKind::Team, id: answer.read::<Numbered>()?.id, name: slug.to_owned() })
    }

    fn path(&self, name: &str) -> String {
        self.client.path(&format!("/environments/{}", segment(name)))
    }
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

#[derive(Deserialize)]
struct Environment {
    #[serde(default)]
    protection_rules: Vec<ProtectionRule>,
    deployment_branch_policy: Option<BranchPolicy>,
    can_admins_bypass: Option<bool>,
}

#[derive(Deserialize)]
struct ProtectionRule {
    wait_timer: Option<u64>,
    prevent_self_review: Option<bool>,
    #[serde(default)]
    reviewers: Vec<WireReviewer>,
}

#[derive(Deserialize)]
struct WireReviewer {
    #[serde(rename = "type")]
    kind: String,
    reviewer: WireName,
}

#[derive(Deserialize)]
struct WireName {
    id: u64,
    login: Option<String>,
    slug: Option<String>,
}

#[derive(Deserialize)]
struct BranchPolicy {
    protected_branches: bool,
    custom_branch_policies: bool,
}

fn settings(found: Environment) -> EnvironmentSettings {
    let rules = found.protection_rules;
    let reviewer = |found: &WireReviewer| {
        let kind = if found.kind == "Team" { ReviewerKind::Team } else { ReviewerKind::User };
        let name = found.reviewer.login.clone().or_else(|| found.reviewer.slug.clone()).unwrap_or_default();
        Reviewer { kind, id: found.reviewer.id, name }
    };
    let branches = found.deployment_branch_policy.map_or(Branches::All, |policy| match policy {
        BranchPolicy { custom_branch_policies: true, .. } => Branches::Patterns,
        BranchPolicy { protected_branches: true, .. } => Branches::Protected,
        BranchPolicy { .. } => Branches::All,
    });
    EnvironmentSettings {
        wait_timer: rules.iter().find_map(|rule| rule.wait_timer).unwrap_or(0),
        prevent_self_review: rules.iter().any(|rule| rule.prevent_self_review == Some(true)),
        reviewers: rules.iter().flat_map(|rule| &rule.reviewers).map(reviewer).collect(),
        branches,
        administrators_may_bypass: found.can_admins_bypass,
    }
}
