//! Versions as releases carry them, and the templates that make tags of them.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::git::{BadName, Tag};

/// A version: three numbers and an optional pre-release, under semver's rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version(semver::Version);

impl Version {
    /// Tells whether it is a pre-release.
    pub fn is_prerelease(&self) -> bool {
        !self.0.pre.is_empty()
    }

    /// Returns `major.minor`, the line it is on.
    pub fn line(&self) -> String {
        format!("{}.{}", self.0.major, self.0.minor)
    }

    /// Tells whether both are on the same line.
    pub fn same_line(&self, other: &Self) -> bool {
        (self.0.major, self.0.minor) == (other.0.major, other.0.minor)
    }

    /// Returns the patch after this one on its line.
    pub fn next_patch(&self) -> Self {
        Self(semver::Version::new(self.0.major, self.0.minor, self.0.patch.saturating_add(1)))
    }
}

impl FromStr for Version {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        semver::Version::parse(text).map(Self).map_err(|error| BadName::new(text, "version", error.to_string()))
    }
}

impl TryFrom<String> for Version {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    /// By precedence; `semver`'s own `Ord` would also weigh build metadata, which the standard forbids.
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.cmp_precedence(&other.0)
    }
}

/// How a project makes a tag of a version: what stands before and after it, e.g. `v` and nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TagTemplate {
    /// What stands before the version.
    pub prefix: String,
    /// What stands after it.
    pub suffix: String,
}

impl TagTemplate {
    /// Reads a tag such as `v1.2.3`, `pkg-v1.2.3`, `pkg@1.2.3` or `release/1.2.3`: the template and the version in it.
    pub fn of(tag: &Tag) -> Option<(Self, Version)> {
        let text = tag.as_str();
        let starts =
            text.char_indices().filter(|(at, c)| c.is_ascii_digit() && !text[..*at].ends_with(|p: char| p.is_ascii_digit() || p == '.'));
        starts.into_iter().find_map(|(at, _)| {
            let version = text.get(at..)?.parse().ok()?;
            Some((Self { prefix: text.get(..at)?.to_owned(), suffix: String::new() }, version))
        })
    }

    /// Returns the version in a tag of this template.
    pub fn read(&self, tag: &Tag) -> Option<Version> {
        tag.as_str().strip_prefix(&self.prefix)?.strip_suffix(&self.suffix)?.parse().ok()
    }

    /// Returns the tag for a version.
    ///
    /// # Errors
    /// When the template and the version make no valid tag.
    pub fn tag(&self, version: &Version) -> Result<Tag, BadName> {
        format!("{}{version}{}", self.prefix, self.suffix).parse()
    }
}
