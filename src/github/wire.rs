//! GitHub's JSON as it is sent, with only the fields that are read. Big shared models break when a field changes.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};

/// Takes `null`, but not nothing: an answer that lacks people's text must not look as if they had written none, and one that
/// lacks how a job ended not as if it still ran.
fn nullable<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Option::deserialize(from)
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub(super) private: bool,
    pub(super) archived: bool,
    pub(super) default_branch: String,
    pub(super) html_url: String,
    pub(super) permissions: Option<Permissions>,
}

#[derive(Deserialize)]
pub(super) struct Permissions {
    #[serde(default)]
    pub(super) push: bool,
}

#[derive(Deserialize)]
pub(super) struct Release {
    pub(super) id: u64,
    pub(super) tag_name: String,
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) body: Option<String>,
    pub(super) draft: bool,
    pub(super) prerelease: bool,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) published_at: Option<DateTime<Utc>>,
    pub(super) target_commitish: String,
    pub(super) immutable: Option<bool>,
    pub(super) html_url: String,
}

#[derive(Deserialize)]
pub(super) struct Ref {
    #[serde(rename = "ref")]
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Pointing {
    pub(super) object: Target,
}

#[derive(Deserialize)]
pub(super) struct Target {
    pub(super) sha: String,
}

#[derive(Deserialize)]
pub(super) struct Created {
    pub(super) sha: String,
    pub(super) verification: Option<Verification>,
}

#[derive(Deserialize)]
pub(super) struct Verification {
    pub(super) verified: bool,
}

#[derive(Deserialize)]
pub(super) struct Comparison {
    pub(super) status: String,
    pub(super) ahead_by: u64,
    pub(super) total_commits: u64,
    #[serde(default)]
    pub(super) commits: Vec<ComparedCommit>,
    #[serde(default)]
    pub(super) files: Vec<ComparedFile>,
}

#[derive(Deserialize)]
pub(super) struct ComparedCommit {
    pub(super) sha: String,
    pub(super) commit: CommitText,
}

#[derive(Deserialize)]
pub(super) struct CommitText {
    pub(super) message: String,
}

#[derive(Deserialize)]
pub(super) struct ComparedFile {
    pub(super) filename: String,
    pub(super) status: String,
    #[serde(default)]
    pub(super) additions: u64,
    #[serde(default)]
    pub(super) deletions: u64,
}

#[derive(Deserialize)]
pub(super) struct Pull {
    pub(super) number: u64,
    pub(super) html_url: String,
    pub(super) state: String,
    pub(super) merged_at: Option<DateTime<Utc>>,
    pub(super) merge_commit_sha: Option<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) body: Option<String>,
    pub(super) title: String,
    pub(super) head: PullSide,
    pub(super) base: PullSide,
    #[serde(default)]
    pub(super) labels: Vec<Label>,
    #[serde(default)]
    pub(super) requested_reviewers: Vec<User>,
    #[serde(default)]
    pub(super) requested_teams: Vec<Team>,
}

#[derive(Deserialize)]
pub(super) struct Team {
    pub(super) slug: String,
}

#[derive(Deserialize)]
pub(super) struct PullReview {
    pub(super) user: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct Runs {
    pub(super) workflow_runs: Vec<Run>,
}

#[derive(Deserialize)]
pub(super) struct Run {
    pub(super) id: u64,
    #[serde(default)]
    pub(super) event: String,
    pub(super) updated_at: Option<DateTime<Utc>>,
    pub(super) run_attempt: Option<u64>,
    pub(super) head_branch: Option<String>,
    pub(super) actor: Option<User>,
    pub(super) triggering_actor: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct PullSide {
    #[serde(rename = "ref")]
    pub(super) name: String,
    pub(super) sha: String,
}

#[derive(Deserialize)]
pub(super) struct Label {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Environments {
    pub(super) environments: Vec<Environment>,
}

#[derive(Deserialize)]
pub(super) struct Environment {
    pub(super) name: String,
    #[serde(default)]
    pub(super) protection_rules: Vec<ProtectionRule>,
    pub(super) deployment_branch_policy: Option<BranchPolicy>,
    pub(super) can_admins_bypass: Option<bool>,
}

#[derive(Deserialize)]
pub(super) struct ProtectionRule {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) prevent_self_review: Option<bool>,
    #[serde(default)]
    pub(super) reviewers: Vec<Reviewer>,
}

#[derive(Deserialize)]
pub(super) struct Reviewer {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) reviewer: ReviewerName,
}

#[derive(Deserialize)]
pub(super) struct ReviewerName {
    pub(super) login: Option<String>,
    pub(super) slug: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct BranchPolicy {
    pub(super) protected_branches: bool,
    pub(super) custom_branch_policies: bool,
}

#[derive(Deserialize)]
pub(super) struct BranchPolicies {
    pub(super) branch_policies: Vec<BranchPattern>,
}

#[derive(Deserialize)]
pub(super) struct BranchPattern {
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Review {
    pub(super) state: String,
    #[serde(default)]
    pub(super) comment: String,
    pub(super) user: Option<User>,
    pub(super) environments: Vec<Named>,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub(super) login: String,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Named {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct Jobs {
    pub(super) jobs: Vec<Job>,
}

#[derive(Deserialize)]
pub(super) struct Job {
    pub(super) name: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) conclusion: Option<String>,
    pub(super) status: String,
    pub(super) started_at: Option<DateTime<Utc>>,
    pub(super) run_attempt: Option<u64>,
    pub(super) html_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Issue {
    pub(super) number: u64,
    pub(super) state: String,
    pub(super) title: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) body: Option<String>,
    pub(super) html_url: String,
    pub(super) pull_request: Option<serde_json::Value>,
    pub(super) user: Option<User>,
    pub(super) comments: Option<u64>,
}

#[derive(Deserialize)]
pub(super) struct Permission {
    pub(super) permission: String,
    pub(super) user: Option<Numbered>,
}

#[derive(Deserialize)]
pub(super) struct Numbered {
    pub(super) id: u64,
}

#[derive(Deserialize)]
pub(super) struct Branch {
    pub(super) protected: bool,
}

#[derive(Deserialize)]
pub(super) struct PullCommit {
    pub(super) sha: String,
    pub(super) commit: GitCommit,
    pub(super) parents: Vec<Parent>,
}

#[derive(Deserialize)]
pub(super) struct GitCommit {
    pub(super) message: String,
    pub(super) tree: Parent,
}

#[derive(Deserialize)]
pub(super) struct Parent {
    pub(super) sha: String,
}
