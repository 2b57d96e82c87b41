//! Everything observed, read once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::content::Forest;
use crate::config::{Package, Policy, Registry};
use crate::domain::git::{Branch, RepoName, Sha, Tag};
use crate::domain::release::Release;
use crate::domain::restore::RepoPath;
use crate::domain::version::TagTemplate;
use crate::github::{Comparison, Environment, Pull};
use crate::manifest::{Files, Search};
use crate::registry::Index;

/// A commit and its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitFacts {
    /// The commit.
    pub sha: Sha,
    /// Its tree.
    pub tree: Sha,
    /// When it was made.
    pub committed: Option<DateTime<Utc>>,
}

/// The release to return to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Good {
    /// The ref as it was found or named.
    pub reference: String,
    /// What it points to.
    pub commit: CommitFacts,
    /// Its release, where it has one.
    pub release: Option<Release>,
}

/// One line of releases that goes back: a package's own, several packages' that share their tags, or the repository's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The policy's packages on it; none where the policy names none.
    pub packages: Vec<Package>,
    /// How its tags are made; `None` where the bad one holds no version.
    pub template: Option<TagTemplate>,
    /// Directories of the policy's other packages.
    pub beside: Vec<RepoPath>,
    /// Its bad tags, the one it is named after first.
    pub bad: Vec<Tag>,
}

/// A further line that goes back with the rollback.
#[derive(Debug, Clone)]
pub struct OtherLine {
    /// The line.
    pub line: Line,
    /// Where to return to.
    pub good: Good,
    /// Whether that is an ancestor of its bad tag.
    pub good_is_ancestor: bool,
    /// What lies between the good commit and the default branch.
    pub since_good: Comparison,
}

/// The world as it was when it was looked at.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// GitHub's clock.
    pub now: DateTime<Utc>,
    /// The repository.
    pub repository: RepoName,
    /// Its page.
    pub url: String,
    /// Whether it is private.
    pub private: bool,
    /// Whether it is archived.
    pub archived: bool,
    /// The policy.
    pub policy: Policy,
    /// The digest of the policy as it was read.
    pub policy_digest: String,
    /// The default branch.
    pub default_branch: Branch,
    /// Its newest commit.
    pub head: CommitFacts,
    /// The commit of the bad tag.
    pub bad: CommitFacts,
    /// The bad release; `None` where there is only a tag.
    pub bad_release: Option<Release>,
    /// Further bad releases: tag, commit, and release where there is one.
    pub also_bad: Vec<(Tag, CommitFacts, Option<Release>)>,
    /// The line that the rollback is named after.
    pub line: Line,
    /// Further lines that go back with it; their bad releases are in `also_bad`.
    pub others: Vec<OtherLine>,
    /// Where to return to.
    pub good: Good,
    /// Whether that is an ancestor of the bad tag.
    pub good_is_ancestor: bool,
    /// Whether the default branch has the bad tag's commit in its history.
    pub bad_is_on_the_branch: bool,
    /// The release GitHub shows as `Latest`.
    pub latest: Option<Release>,
    /// All releases that were read, newest first.
    pub releases: Vec<Release>,
    /// The lines' tags, with and without their `v`.
    pub tags: Vec<Tag>,
    /// Tags above the bad release that cannot have its content, where no release's date says so: another line's.
    pub older_tags: Vec<Tag>,
    /// Whether draft releases would have been among the releases: they are shown to those who can push.
    pub drafts_are_seen: bool,
    /// What lies between the good commit and the default branch.
    pub since_good: Comparison,
    /// Directories of the good tree.
    pub good_forest: Forest,
    /// Directories of the default branch's tree.
    pub head_forest: Forest,
    /// Files of the tree that will be proposed, before their versions are rewritten.
    pub files: Files,
    /// What each package's registry has ever published, where it could be read.
    pub published: BTreeMap<(Registry, String), Index>,
    /// What an approver should know of how this was read.
    pub notes: Vec<String>,
    /// The workflow files of the default branch, by path, where the marker tag could start one.
    pub workflows: BTreeMap<String, String>,
    /// Pull requests from this rollback's branch.
    pub pulls: Vec<Pull>,
    /// The environments, or why they could not be read.
    pub environments: Result<Vec<Environment>, String>,
}

impl Snapshot {
    /// Returns a bad tag's commit, and its release where there is one.
    pub fn of_bad(&self, tag: &Tag) -> (&CommitFacts, Option<&Release>) {
        let other = self.also_bad.iter().find(|(other, ..)| other == tag);
        other.map_or((&self.bad, self.bad_release.as_ref()), |(_, commit, release)| (commit, release.as_ref()))
    }

    /// Tells whether a tag is a bad one.
    pub fn is_bad(&self, tag: &Tag) -> bool {
        std::iter::once(&self.line).chain(self.others.iter().map(|other| &other.line)).any(|line| line.bad.contains(tag))
    }

    /// Returns a release's tag's version, read as the main line's tags are made.
    pub fn version_of(&self, tag: &Tag) -> Option<crate::domain::version::Version> {
        self.line.version_of(tag)
    }
}

impl Line {
    /// Returns what to look for in the tree.
    pub fn search(&self, repository: &str) -> Search {
        Search::new(&self.packages, repository).beside(&self.beside)
    }

    /// Returns the version in a tag: of this line, or else of whatever form it has.
    pub fn version_of(&self, tag: &Tag) -> Option<crate::domain::version::Version> {
        let own = self.template.as_ref().and_then(|template| template.read(tag));
        own.or_else(|| TagTemplate::of(tag).map(|(_, version)| version))
    }
}
