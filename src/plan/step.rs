//! The closed list of what this tool may do to code, refs, pull requests and releases.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::git::{Branch, Sha, Tag};

/// One externally visible effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// Makes the rollback commit on the planned head of the default branch.
    Commit {
        /// Its tree.
        tree: Sha,
        /// Its parent.
        parent: Sha,
    },
    /// Makes the branch.
    Branch {
        /// Its name.
        branch: Branch,
    },
    /// Puts a marker tag on the rollback commit.
    MarkerTag {
        /// Its name.
        tag: Tag,
    },
    /// Opens the pull request.
    PullRequest {
        /// Its title.
        title: String,
        /// The branch it goes to.
        base: Branch,
    },
    /// Moves the default branch forward to the rollback commit, in place of a pull request.
    Forward {
        /// The default branch.
        branch: Branch,
    },
    /// Puts the warning at the top of the bad release's notes, makes it a prerelease and not `Latest`.
    Banner {
        /// GitHub's number of the release.
        release: u64,
        /// Its tag.
        tag: Tag,
    },
    /// Makes a release `Latest`.
    Latest {
        /// GitHub's number of the release.
        release: u64,
        /// Its tag.
        tag: Tag,
    },
    /// Tags the merge.
    Tag {
        /// The tag.
        tag: Tag,
    },
    /// Tags a commit on top of the rollback's in which only the version is another.
    TagBeside {
        /// The tag.
        tag: Tag,
        /// That commit's exact tree.
        tree: Sha,
    },
    /// Publishes the release of the rollback and makes it `Latest`.
    Release {
        /// Its tag.
        tag: Tag,
    },
    /// Publishes a release of the rollback beside the one that is `Latest`.
    ReleaseBeside {
        /// Its tag.
        tag: Tag,
    },
    /// Starts the release workflow on the new tag.
    Dispatch {
        /// The workflow's file name.
        workflow: String,
        /// The tag it runs on.
        tag: Tag,
    },
    /// Nothing, said out loud.
    NoOp {
        /// What is not done.
        what: String,
        /// Why not.
        why: String,
    },
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit { tree, parent } => write!(f, "commit tree {} on {}", tree.short(), parent.short()),
            Self::Branch { branch } => write!(f, "branch {branch}"),
            Self::MarkerTag { tag } => write!(f, "marker tag {tag} on the rollback commit"),
            Self::PullRequest { base, .. } => write!(f, "pull request to {base}"),
            Self::Forward { branch } => write!(f, "{branch} moved forward to the rollback commit"),
            Self::Banner { tag, .. } => write!(f, "banner on {tag}, no longer Latest"),
            Self::Latest { tag, .. } => write!(f, "Latest to {tag}"),
            Self::Tag { tag } => write!(f, "tag {tag}"),
            Self::TagBeside { tag, tree } => write!(f, "tag {tag} on the same content under its number, tree {}", tree.short()),
            Self::Release { tag } => write!(f, "release {tag} as Latest"),
            Self::ReleaseBeside { tag } => write!(f, "release {tag}, not as Latest"),
            Self::Dispatch { workflow, .. } => write!(f, "start {workflow}"),
            Self::NoOp { what, why } => write!(f, "no {what}: {why}"),
        }
    }
}
