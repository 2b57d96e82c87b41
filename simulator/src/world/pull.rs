//! Pull requests, their reviews, and deployments.

use chrono::{DateTime, Utc};

/// The half of a pull request that an issue has not.
#[derive(Debug, Clone)]
pub struct Pull {
    /// The id.
    pub id: u64,
    /// The number, shared with its issue.
    pub number: u64,
    /// The branch it comes from.
    pub head: String,
    /// The branch it goes into.
    pub base: String,
    /// The head's sha; follows the branch while the pull request is open.
    pub head_sha: String,
    /// The base's sha; follows the branch while the pull request is open.
    pub base_sha: String,
    /// Not ready.
    pub draft: bool,
    /// When it was merged.
    pub merged_at: Option<DateTime<Utc>>,
    /// Who merged it.
    pub merged_by: Option<String>,
    /// The commit on the base branch that the merge made.
    pub merge_commit: Option<String>,
    /// The method of the auto-merge that was switched on.
    pub auto_merge: Option<String>,
    /// Logins.
    pub requested_reviewers: Vec<String>,
    /// Slugs.
    pub requested_teams: Vec<String>,
    /// Whether maintainers may push to the head.
    pub maintainer_can_modify: bool,
}

/// One review of a pull request.
#[derive(Debug, Clone)]
pub struct Review {
    /// The id.
    pub id: u64,
    /// The pull request.
    pub number: u64,
    /// Who reviewed.
    pub author: String,
    /// `APPROVED`, `CHANGES_REQUESTED`, `COMMENTED` or `DISMISSED`.
    pub state: String,
    /// The text.
    pub body: String,
    /// The commit that was reviewed.
    pub commit: String,
    /// When.
    pub submitted_at: DateTime<Utc>,
}

/// One deployment.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// The id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// The branch, tag or sha that was named.
    pub ref_name: String,
    /// The task.
    pub task: String,
    /// The environment.
    pub environment: String,
    /// What for.
    pub description: Option<String>,
    /// What the creator sent along.
    pub payload: serde_json::Value,
    /// Who made it.
    pub creator: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Every status so far, oldest first: id, state, description and time.
    pub statuses: Vec<(u64, String, String, DateTime<Utc>)>,
}
