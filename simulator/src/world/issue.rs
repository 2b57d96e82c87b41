//! Issues, comments and labels.

use chrono::{DateTime, Utc};

/// One issue, or what a pull request has in common with one.
#[derive(Debug, Clone)]
pub struct Issue {
    /// The id.
    pub id: u64,
    /// The number.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The text.
    pub body: Option<String>,
    /// Who opened it.
    pub author: String,
    /// Whether it is open.
    pub open: bool,
    /// Why it was closed: `completed`, `not_planned`, `duplicate` or `reopened`.
    pub state_reason: Option<String>,
    /// Names of labels.
    pub labels: Vec<String>,
    /// Logins.
    pub assignees: Vec<String>,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
}

/// One comment on an issue or a pull request.
#[derive(Debug, Clone)]
pub struct Comment {
    /// The id.
    pub id: u64,
    /// The issue's number.
    pub number: u64,
    /// The text.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// How often it was edited, also back to what it said first.
    pub edits: usize,
    /// Whether somebody hid it.
    pub minimized: bool,
}

/// That somebody deleted a comment.
#[derive(Debug, Clone)]
pub struct DeletedComment {
    /// The issue's number.
    pub number: u64,
    /// Who wrote it.
    pub author: String,
    /// Who deleted it.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// One label of the repository.
#[derive(Debug, Clone)]
pub struct Label {
    /// The id.
    pub id: u64,
    /// The name.
    pub name: String,
    /// Six hexadecimal digits.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
}
