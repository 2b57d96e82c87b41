//! Releases.

use chrono::{DateTime, Utc};

/// One release.
#[derive(Debug, Clone)]
pub struct Release {
    /// The id.
    pub id: u64,
    /// The tag.
    pub tag_name: String,
    /// The branch or sha the tag was or will be made from.
    pub target_commitish: String,
    /// The title.
    pub name: Option<String>,
    /// The notes.
    pub body: Option<String>,
    /// Not published yet.
    pub draft: bool,
    /// Not for everybody.
    pub prerelease: bool,
    /// Assets and tag are locked.
    pub immutable: bool,
    /// Who made it.
    pub author: String,
    /// The date of the commit.
    pub created_at: DateTime<Utc>,
    /// When it was last edited.
    pub updated_at: DateTime<Utc>,
    /// When it was published.
    pub published_at: Option<DateTime<Utc>>,
    /// When somebody last said it is the latest; the newest such time wins over dates of commits.
    pub made_latest: Option<u64>,
    /// Somebody said it is not the latest.
    pub never_latest: bool,
    /// Its files.
    pub assets: Vec<Asset>,
}

impl Release {
    /// Tells whether everybody can see it.
    pub fn is_published(&self) -> bool {
        !self.draft
    }
}

/// One file of a release.
#[derive(Debug, Clone)]
pub struct Asset {
    /// The id.
    pub id: u64,
    /// The file's name.
    pub name: String,
    /// Its size.
    pub size: u64,
    /// Its media type.
    pub content_type: String,
}
