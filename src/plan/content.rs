//! The exact tree that will be proposed, computed from directories of trees the server already has.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::domain::git::Sha;
use crate::domain::restore::{RepoPath, Restore};
use crate::domain::tree::{Mode, TreeEntry, tree_sha};
use crate::gather::Gather as _;

/// The directory that always stays as on the default branch: the Actions token may not change workflows, and the
/// policy that governs this rollback lies there.
pub const ALWAYS_KEPT: &str = ".github";

/// The directory in which changesets keeps what the next release is made of.
pub const CHANGES: &str = ".changeset";

/// Which of the two trees a path comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// The good release.
    Good,
    /// The default branch.
    Head,
}

/// Directories of one tree that were read. A directory that is not there is known to be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forest {
    directories: BTreeMap<String, Option<Directory>>,
}

/// A directory's own hash and what is in it.
type Directory = (Sha, Vec<TreeEntry>);

impl Forest {
    /// Takes a directory (`""` for the top); `None` for one that the tree lacks.
    pub fn insert(&mut self, path: &str, directory: Option<(Sha, Vec<TreeEntry>)>) {
        self.directories.insert(path.to_owned(), directory);
    }

    /// Tells whether a directory was read.
    pub fn knows(&self, path: &str) -> bool {
        self.directories.contains_key(path)
    }

    /// Returns a directory's entries; `None` where it is absent or was not read.
    pub fn directory(&self, path: &str) -> Option<&[TreeEntry]> {
        self.directories.get(path)?.as_ref().map(|(_, entries)| entries.as_slice())
    }

    /// Returns the entry of a path that was read itself as a directory, or whose directory was.
    pub fn entry(&self, path: &RepoPath) -> Option<TreeEntry> {
        let (directory, name) = path.split();
        if let Some(Some((sha, _))) = self.directories.get(path.as_str()) {
            return Some(TreeEntry { name: name.into(), mode: Mode::Directory, sha: sha.clone() });
        }
        self.directory(directory)?.iter().find(|entry| entry.name == name.as_bytes()).cloned()
    }
}

/// Returns the tree a path of the proposed content comes from.
pub fn side_of(restore: &Restore, path: &str) -> Side {
    let covered = |paths: &[RepoPath]| paths.iter().any(|kept| kept.covers(path));
    match restore {
        Restore::Everything { keep } => match path == ALWAYS_KEPT || path.starts_with(".github/") || covered(keep) {
            true => Side::Head,
            false => Side::Good,
        },
        Restore::Only { paths, keep, .. } => match covered(paths) && !covered(keep) {
            true => Side::Good,
            false => Side::Head,
        },
    }
}

/// A path replaced by an object, or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) path: RepoPath,
    /// `None` takes the path away.
    pub(super) entry: Option<(Mode, Sha)>,
}

/// Returns what becomes of the paths that do not come from the base tree.
///
/// # Errors
/// One sentence for each path that is nowhere.
pub(super) fn changes(restore: &Restore, good: &Forest, head: &Forest) -> Result<Vec<Change>, Vec<String>> {
    let taken =
        |path: &RepoPath, from: &Forest| Change { path: path.clone(), entry: from.entry(path).map(|entry| (entry.mode, entry.sha)) };
    match restore {
        Restore::Everything { keep } => {
            let kept: BTreeSet<RepoPath> = keep
                .iter()
                .cloned()
                .chain(ALWAYS_KEPT.parse())
                .filter(|path| path.as_str() == ALWAYS_KEPT || !path.as_str().starts_with(".github/"))
                .gather();
            let differs = |path: &RepoPath| good.entry(path) != head.entry(path);
            Ok(kept.iter().filter(|path| differs(path)).map(|path| taken(path, head)).collect())
        }
        Restore::Only { paths, remove, keep } => {
            let nowhere = |path: &RepoPath, which: &str| format!("`{path}` is not in {which}");
            let missing = paths
                .iter()
                .filter(|path| good.entry(path).is_none())
                .map(|path| nowhere(path, "the good release, so it cannot be restored (`restore.paths`, or a package's `path`)"));
            let gone = remove
                .iter()
                .filter(|path| head.entry(path).is_none())
                .map(|path| nowhere(path, "the default branch, so it cannot be removed (`restore.remove`)"));
            let problems: Vec<String> = missing.chain(gone).collect();
            if !problems.is_empty() {
                return Err(problems);
            }
            let restored = paths.iter().filter(|path| good.entry(path) != head.entry(path)).map(|path| taken(path, good));
            let removed = remove.iter().map(|path| Change { path: path.clone(), entry: None });
            let kept = keep.iter().filter(|path| good.entry(path) != head.entry(path)).map(|path| taken(path, head));
            Ok(restored.chain(removed).chain(kept).collect())
        }
    }
}

/// Changesets' change files that the good tree would bring back although a later release consumed them: left in, they
/// would make that release anew with the tool's next run.
pub(super) fn consumed(restore: &Restore, good: &Forest, head: &Forest) -> Vec<Change> {
    let of = |(directory, entries): (&String, &Option<Directory>)| -> Vec<Change> {
        let there = entries.iter().flat_map(|(_, entries)| entries).filter_map(|entry| std::str::from_utf8(&entry.name).ok());
        let pending = there.filter(|name| name.ends_with(".md") && *name != "README.md");
        let gone = pending.filter_map(|name| format!("{directory}/{name}").parse().ok()).filter(|path| head.entry(path).is_none());
        gone.map(|path| Change { path, entry: None }).collect()
    };
    let theirs = |directory: &str| directory.rsplit('/').next() == Some(CHANGES) && side_of(restore, directory) == Side::Good;
    good.directories.iter().filter(|(directory, _)| theirs(directory) && head.knows(directory)).flat_map(of).collect()
}

/// The two trees a proposed one is put together from.
pub struct Sources<'f> {
    /// Which paths come from where.
    pub restore: &'f Restore,
    /// The good release's directories.
    pub good: &'f Forest,
    /// The default branch's directories.
    pub head: &'f Forest,
}

/// A path and what becomes of it; `None` takes it away.
type Changed = (String, Option<(Mode, Sha)>);

impl Sources<'_> {
    /// Returns the hash of the proposed tree with changes applied.
    ///
    /// # Errors
    /// The directory that would have to be read first.
    pub fn resulting_tree(&self, changes: &[Changed]) -> Result<Sha, String> {
        self.build("", changes)?.ok_or_else(|| "the tree would be empty".to_owned())
    }

    /// A directory that is taken over whole has the other tree's entries, so that a version in it is rewritten there.
    fn directory(&self, path: &str) -> Option<&Option<Directory>> {
        match side_of(self.restore, path) {
            Side::Good => self.good.directories.get(path),
            Side::Head => self.head.directories.get(path),
        }
    }

    /// Git has no empty directories: one that loses its last entry goes away, hence `None`.
    fn build(&self, at: &str, changes: &[Changed]) -> Result<Option<Sha>, String> {
        let mut entries: BTreeMap<Vec<u8>, TreeEntry> = BTreeMap::new();
        match self.directory(at) {
            Some(known) => {
                let known = known.iter().flat_map(|(_, entries)| entries);
                entries.extend(known.map(|entry| (entry.name.clone(), entry.clone())));
            }
            None => return Err(format!("the directory `{at}` was not read")),
        }
        let mut below: BTreeMap<&str, Vec<Changed>> = BTreeMap::new();
        for (path, change) in changes {
            match (path.split_once('/'), change) {
                (Some((directory, rest)), _) => below.entry(directory).or_default().push((rest.to_owned(), change.clone())),
                (None, Some((mode, sha))) => {
                    entries.insert(path.clone().into_bytes(), TreeEntry { name: path.clone().into_bytes(), mode: *mode, sha: sha.clone() });
                }
                (None, None) => {
                    entries.remove(path.as_bytes());
                }
            }
        }
        for (directory, changes) in below {
            let path = if at.is_empty() { directory.to_owned() } else { format!("{at}/{directory}") };
            match self.build(&path, &changes)? {
                Some(sha) => entries.insert(directory.into(), TreeEntry { name: directory.into(), mode: Mode::Directory, sha }),
                None => entries.remove(directory.as_bytes()),
            };
        }
        let entries: Vec<TreeEntry> = entries.into_values().collect();
        Ok((!entries.is_empty()).then(|| tree_sha(&entries)))
    }
}
