//! The directories and files of the two trees, read in batches.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::git::Sha;
use crate::domain::restore::{RepoPath, Restore};
use crate::gather::Gather as _;
use crate::github::{Ask, Error, Object, Reader};
use crate::manifest::{Content, Files, Wants};
use crate::plan::{ALWAYS_KEPT, CHANGELOG, CHANGES, Forest, Side, side_of};

/// Where workflows lie.
const WORKFLOWS: &str = ".github/workflows";

/// Where a part of the good tree is read: any revision, for these directories; for all where there are none.
#[derive(Debug, Clone)]
pub(super) struct GoodAt {
    pub(super) roots: Vec<RepoPath>,
    pub(super) revision: String,
}

/// What has been read of both trees.
pub(super) struct Trees {
    good_at: Vec<GoodAt>,
    head_at: String,
    asked: BTreeSet<(Side, Ask)>,
    pub(super) good: Forest,
    pub(super) head: Forest,
    pub(super) files: Files,
    /// The default branch's workflow files, where they are wanted.
    pub(super) workflows: BTreeMap<String, String>,
    wants_workflows: bool,
}

impl Trees {
    /// Returns trees of which nothing was read.
    pub(super) fn new(good_at: Vec<GoodAt>, head: &Sha) -> Self {
        Self {
            good_at,
            head_at: head.to_string(),
            asked: BTreeSet::new(),
            good: Forest::default(),
            head: Forest::default(),
            files: Files::new(),
            workflows: BTreeMap::new(),
            wants_workflows: false,
        }
    }

    /// From now on reads the workflow files too, once their directory is known.
    pub(super) fn with_workflows(&mut self) {
        self.wants_workflows = true;
    }

    /// From now on reads the good trees at these commits, so that a tag moved in between is not mixed in.
    pub(super) fn settle<'s>(&mut self, good: impl Iterator<Item = &'s Sha>) {
        for (at, sha) in self.good_at.iter_mut().zip(good) {
            at.revision = sha.to_string();
        }
    }

    /// Reads what is wanted, in one round trip; returns whether there was anything to read.
    pub(super) async fn read(&mut self, reader: &Reader, restore: &Restore, wants: &Wants) -> Result<bool, Error> {
        let wanted = self.wanted(restore, wants);
        if wanted.is_empty() {
            return Ok(false);
        }
        let asks: Vec<Ask> = wanted.iter().map(|(side, ask)| self.expression(*side, ask)).collect();
        let (_, objects) = reader.objects(&asks).await?;
        for ((side, ask), object) in wanted.into_iter().zip(objects) {
            self.take(restore, side, &ask, object);
            self.asked.insert((side, ask));
        }
        Ok(true)
    }

    /// Reads files as the default branch and the bad releases have them, where a number must rise above theirs.
    pub(super) async fn read_newer(&mut self, reader: &Reader, paths: &BTreeSet<String>, bad: &[Sha]) -> Result<(), Error> {
        if paths.is_empty() {
            return Ok(());
        }
        let revisions: Vec<String> = std::iter::once(self.head_at.clone()).chain(bad.iter().map(ToString::to_string)).collect();
        let pairs: Vec<(&String, &String)> = paths.iter().flat_map(|path| revisions.iter().map(move |revision| (path, revision))).collect();
        let asks: Vec<Ask> = pairs.iter().map(|(path, revision)| Ask::Blob(format!("{revision}:{path}"))).collect();
        let (_, objects) = reader.objects(&asks).await?;
        for ((path, _), object) in pairs.into_iter().zip(objects) {
            if let Object::Blob { text: Some(text), .. } = object {
                self.files.insert_newer(path, &text);
            }
        }
        Ok(())
    }

    /// The revision that a path of the good tree is read at; `None` for what is no package's, where several go back.
    fn good_at(&self, path: &str) -> Option<&str> {
        let covers = |at: &&GoodAt| at.roots.is_empty() || at.roots.iter().any(|root| root.covers(path));
        let found = match self.good_at.as_slice() {
            [only] => Some(only),
            several => several.iter().find(covers),
        };
        found.map(|at| at.revision.as_str())
    }

    fn expression(&self, side: Side, ask: &Ask) -> Ask {
        let at = |path: &str| {
            let revision = match side {
                Side::Good => self.good_at(path).unwrap_or_default(),
                Side::Head => &self.head_at,
            };
            if path.is_empty() { format!("{revision}^{{tree}}") } else { format!("{revision}:{path}") }
        };
        match ask {
            Ask::Tree(path) => Ask::Tree(at(path)),
            Ask::Blob(path) => Ask::Blob(at(path)),
            Ask::Commit(path) => Ask::Commit(path.clone()),
        }
    }

    /// A file is read where it comes from; the directories above it also where the proposed tree starts.
    fn wanted(&self, restore: &Restore, wants: &Wants) -> Vec<(Side, Ask)> {
        let base = side_of(restore, "");
        let mut wanted: BTreeSet<(Side, Ask)> = BTreeSet::new();
        let mut above = |path: &str, sides: &[Side]| {
            let mut directory = path;
            while let Some((parent, _)) = directory.rsplit_once('/') {
                wanted.extend(sides.iter().map(|side| (*side, Ask::Tree(parent.to_owned()))));
                directory = parent;
            }
            wanted.extend(sides.iter().map(|side| (*side, Ask::Tree(String::new()))));
        };
        for path in wants.files.iter().chain(&wants.dirs) {
            above(path, &[base, side_of(restore, path)]);
        }
        let named: Vec<&RepoPath> = match restore {
            Restore::Everything { keep } => keep.iter().collect(),
            Restore::Only { paths, remove, keep } => paths.iter().chain(remove).chain(keep).collect(),
        };
        for path in &named {
            above(path.as_str(), &[Side::Good, Side::Head]);
        }
        above(ALWAYS_KEPT, &[Side::Good, Side::Head]);
        if let Restore::Only { paths, .. } = restore {
            wanted.extend(paths.iter().map(|path| (Side::Good, Ask::Tree(path.as_str().to_owned()))));
        }
        wanted.extend(wants.files.iter().map(|path| (side_of(restore, path), Ask::Blob(path.clone()))));
        wanted.extend(wants.dirs.iter().map(|path| (side_of(restore, path), Ask::Tree(path.clone()))));
        // What was consumed since the good release is told by comparing.
        let changes = wants.dirs.iter().filter(|path| path.rsplit('/').next() == Some(CHANGES));
        wanted.extend(changes.map(|path| (Side::Head, Ask::Tree(path.clone()))));
        wanted.extend([(Side::Head, Ask::Tree(ALWAYS_KEPT.to_owned())), (Side::Head, Ask::Tree(WORKFLOWS.to_owned()))]);
        let changelogs = named.iter().map(|path| path.as_str()).filter(|path| path.rsplit('/').next() == Some(CHANGELOG));
        let kept = changelogs.chain([CHANGELOG]).filter(|path| side_of(restore, path) == Side::Head);
        wanted.extend(kept.map(|path| (Side::Head, Ask::Blob(path.to_owned()))));
        if self.wants_workflows {
            let names = self.head.directory(WORKFLOWS).unwrap_or_default().iter().filter_map(|entry| std::str::from_utf8(&entry.name).ok());
            let read = names.filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"));
            wanted.extend(read.map(|name| (Side::Head, Ask::Blob(format!("{WORKFLOWS}/{name}")))));
        }
        let readable = |(side, ask): &(Side, Ask)| match (side, ask) {
            (Side::Good, Ask::Tree(path) | Ask::Blob(path)) => self.good_at(path).is_some(),
            (Side::Good, Ask::Commit(_)) | (Side::Head, _) => true,
        };
        wanted.into_iter().filter(|one| !self.asked.contains(one) && readable(one)).gather()
    }

    fn take(&mut self, restore: &Restore, side: Side, ask: &Ask, object: Object) {
        match ask {
            Ask::Tree(path) => {
                let directory = match object {
                    Object::Tree { sha, entries } => Some((sha, entries)),
                    Object::Missing | Object::Commit { .. } | Object::Blob { .. } => None,
                };
                if side == side_of(restore, path) {
                    let named = |(_, entries): &(Sha, Vec<crate::domain::tree::TreeEntry>)| {
                        entries.iter().filter_map(|entry| Some((String::from_utf8(entry.name.clone()).ok()?, entry.mode))).gather()
                    };
                    self.files.insert_dir(path, directory.as_ref().map(named));
                }
                match side {
                    Side::Good => self.good.insert(path, directory),
                    Side::Head => self.head.insert(path, directory),
                }
            }
            Ask::Blob(path) => {
                if let (Some(_), Object::Blob { text: Some(text), .. }) = (path.strip_prefix(WORKFLOWS), &object) {
                    self.workflows.insert(path.clone(), text.clone());
                }
                let content = match object {
                    Object::Blob { text: Some(text), .. } => Content::Text(text),
                    Object::Blob { text: None, .. } => Content::Binary,
                    Object::Missing | Object::Commit { .. } | Object::Tree { .. } => Content::Missing,
                };
                self.files.insert_file(path, content);
            }
            Ask::Commit(_) => {}
        }
    }
}
