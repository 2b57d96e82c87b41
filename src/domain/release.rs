//! A release as GitHub publishes it.

use chrono::{DateTime, Utc};

use super::git::Tag;

/// Whether GitHub shows a release to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Publication {
    /// Not public yet.
    Draft,
    /// Public, never `Latest`.
    Prerelease,
    /// Public.
    Full,
}

/// One GitHub release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// GitHub's number for it.
    pub id: u64,
    /// The tag it belongs to.
    pub tag: Tag,
    /// The title; the tag's name where none was given.
    pub name: String,
    /// The notes, as Markdown.
    pub body: String,
    /// Draft, prerelease or full.
    pub publication: Publication,
    /// When it was published; `None` for a draft.
    pub published_at: Option<DateTime<Utc>>,
    /// What `target_commitish` says: a branch or a sha.
    pub target: String,
    /// Whether tag and assets are locked.
    pub immutable: bool,
    /// The page for people.
    pub url: String,
}
