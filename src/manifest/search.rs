//! What to look for: the packages that are rolled back, and the places the policy names.

use crate::config::Package;
use crate::domain::restore::RepoPath;

/// What to look for in the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// The packages of this rollback; none means whatever the tree holds.
    pub packages: Vec<Package>,
    /// Directories of other packages, which stay, but may require something of these.
    pub beside: Vec<RepoPath>,
    /// `owner/name`, to find pins of the repository on itself; may be empty.
    pub repository: String,
}

impl Search {
    /// Makes the search for these packages.
    pub fn new(packages: &[Package], repository: &str) -> Self {
        Self { packages: packages.to_vec(), beside: Vec::new(), repository: repository.to_owned() }
    }

    /// Returns the same search, which looks for what packages in other directories require too.
    pub fn beside(self, others: &[RepoPath]) -> Self {
        Self { beside: others.to_vec(), ..self }
    }

    /// Returns the directories that are searched beside the top.
    pub(crate) fn searched(&self) -> impl Iterator<Item = &str> {
        self.roots().chain(self.beside.iter().map(RepoPath::as_str))
    }

    /// Tells whether a directory belongs to what is rolled back.
    pub(crate) fn selects(&self, dir: &str) -> bool {
        self.whole() || self.roots().any(|root| dir.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// Tells whether a directory is one that a package was declared for, or the root of an undivided repository.
    pub(crate) fn names(&self, dir: &str) -> bool {
        if self.whole() { dir.is_empty() } else { self.roots().any(|root| root == dir) }
    }

    /// Tells whether the whole repository is rolled back.
    pub(crate) fn whole(&self) -> bool {
        self.packages.iter().all(|package| package.path.is_none()) || self.packages.iter().any(|package| package.path.is_none())
    }

    /// Returns the directories the packages were declared for.
    pub(crate) fn roots(&self) -> impl Iterator<Item = &str> {
        self.packages.iter().filter_map(|package| package.path.as_ref().map(|path| path.as_str()))
    }
}
