//! What content comes back, and what stays as it is on the default branch.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::git::BadName;

/// A path inside the repository: relative, with `/`, without `.` or `..` parts, no trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoPath(String);

impl RepoPath {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the directory's path (empty for the root) and the last part.
    pub fn split(&self) -> (&str, &str) {
        self.0.rsplit_once('/').unwrap_or(("", &self.0))
    }

    /// Tells whether `other` is this path or lies below it.
    pub fn covers(&self, other: &str) -> bool {
        other.strip_prefix(&self.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl FromStr for RepoPath {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let path = text.strip_suffix('/').unwrap_or(text);
        let bad = |why: &str| Err(BadName::new(text, "path in the repository", why));
        if path.is_empty() {
            return bad("it is empty");
        }
        if path.len() > 1024 {
            return bad("it is longer than 1024 bytes");
        }
        if path.starts_with('/') || path.contains('\\') || path.chars().any(char::is_control) {
            return bad("write it relative to the top of the repository, with `/`");
        }
        if path.split('/').any(|part| part.is_empty() || part == "." || part == ".." || part.eq_ignore_ascii_case(".git")) {
            return bad("no part of it may be empty, `.`, `..` or `.git`");
        }
        Ok(Self(path.to_owned()))
    }
}

impl TryFrom<String> for RepoPath {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<RepoPath> for String {
    fn from(path: RepoPath) -> Self {
        path.0
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which paths a rollback touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Restore {
    /// Everything as in the good release, except `.github` and these paths, which stay as on the default branch.
    Everything {
        /// Paths beside `.github` that stay.
        keep: Vec<RepoPath>,
    },
    /// The default branch as it is, with only these paths restored from the good release, and those removed.
    Only {
        /// Paths that become what they were in the good release.
        paths: Vec<RepoPath>,
        /// Paths that go away.
        remove: Vec<RepoPath>,
        /// Paths inside the restored ones that stay.
        keep: Vec<RepoPath>,
    },
}

impl Default for Restore {
    fn default() -> Self {
        Self::Everything { keep: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside_the_repository() {
        assert_eq!("src/entity/plugins/".parse::<RepoPath>().unwrap().as_str(), "src/entity/plugins");
        for text in ["", "/", "/etc/passwd", "../x", "a/../b", "a//b", ".git/config", "a/.GIT", "a\\b", "a\nb", "."] {
            assert!(text.parse::<RepoPath>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_path_covers_itself_and_what_lies_below() {
        let path: RepoPath = "src/a".parse().unwrap();
        assert!(path.covers("src/a") && path.covers("src/a/b") && !path.covers("src/ab") && !path.covers("src"));
    }
}
