//! Check runs and commit statuses: what other programs say of a commit.

use chrono::{DateTime, Utc};

/// One check run.
#[derive(Debug, Clone)]
pub struct Check {
    /// The id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// The name, by which rules require it.
    pub name: String,
    /// `queued`, `in_progress` or `completed`.
    pub status: String,
    /// How it ended.
    pub conclusion: Option<String>,
    /// Where to read more.
    pub details_url: Option<String>,
    /// The slug of the App that made it.
    pub app: String,
    /// The title of its output.
    pub title: Option<String>,
    /// The summary of its output.
    pub summary: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub completed_at: Option<DateTime<Utc>>,
}

/// One status of a commit.
#[derive(Debug, Clone)]
pub struct Status {
    /// The id.
    pub id: u64,
    /// The commit.
    pub sha: String,
    /// The name, by which rules require it.
    pub context: String,
    /// `error`, `failure`, `pending` or `success`.
    pub state: String,
    /// A few words.
    pub description: Option<String>,
    /// Where to read more.
    pub target_url: Option<String>,
    /// Who said it.
    pub creator: String,
    /// When.
    pub created_at: DateTime<Utc>,
}
