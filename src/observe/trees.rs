//! The directories and files of the two trees, read in batches.

use std::collections::BTreeSet;

use crate::domain::git::Sha;
use crate::domain::restore::Restore;
use crate::github::{Ask, Error, Object, Reader};
use crate::manifest::{Content, Files, Wants};
use crate::plan::{ALWAYS_KEPT, Forest, Side, side_of};

/// What has been read of both trees.
pub(super) struct Trees {
    good_at: String,
    head_at: String,
    asked: BTreeSet<(Side, Ask)>,
    pub(super) good: Forest,
    pub(super) head: Forest,
    pub(super) files: Files,
}

impl Trees {
    /// Returns trees of which nothing was read; `good` is any revision.
    pub(super) fn new(good: &str, head: &Sha) -> Self {
        Self {
            good_at: good.to_owned(),
            head_at: head.to_string(),
            asked: BTreeSet::new(),
            good: Forest::default(),
            head: Forest::default(),
            files: Files::new(),
        }
    }

    /// From now on reads the good tree at this commit, so that a tag moved in between is not mixed in.
    pub(super) fn settle(&mut self, good: &Sha) {
        self.good_at = good.to_string();
    }

    /// Reads what is wanted, in one round trip; returns whether there was anything to read.
    pub(super) async fn read(&mut self, reader: &Reader, restore: &Restore, wants: &Wants) -> Result<bool, Error> {
        let wanted = self.wanted(restore, wants);
        if wanted.is_empty() {
            return Ok(false);
        }
        let expression = |(side, path): (Side, &str)| match (side, path) {
            (Side::Good, "") => format!("{}^{{tree}}", self.good_at),
            (Side::Head, "") => format!("{}^{{tree}}", self.head_at),
            (Side::Good, path) => format!("{}:{path}", self.good_at),
            (Side::Head, path) => format!("{}:{path}", self.head_at),
        };
        let asks: Vec<Ask> = wanted
            .iter()
            .map(|(side, ask)| match ask {
                Ask::Tree(path) => Ask::Tree(expression((*side, path))),
                Ask::Blob(path) => Ask::Blob(expression((*side, path))),
                Ask::Commit(path) => Ask::Commit(path.clone()),
            })
            .collect();
        let (_, objects) = reader.objects(&asks).await?;
        for ((side, ask), object) in wanted.into_iter().zip(objects) {
            self.take(restore, side, &ask, object);
            self.asked.insert((side, ask));
        }
        Ok(true)
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
        let named = match restore {
            Restore::Everything { keep } => keep.iter().collect::<Vec<_>>(),
            Restore::Only { paths, remove } => paths.iter().chain(remove).collect(),
        };
        for path in named {
            above(path.as_str(), &[Side::Good, Side::Head]);
        }
        above(ALWAYS_KEPT, &[Side::Good, Side::Head]);
        wanted.extend(wants.files.iter().map(|path| (side_of(restore, path), Ask::Blob(path.clone()))));
        wanted.extend(wants.dirs.iter().map(|path| (side_of(restore, path), Ask::Tree(path.clone()))));
        wanted.extend([(Side::Head, Ask::Tree(ALWAYS_KEPT.to_owned())), (Side::Head, Ask::Tree(format!("{ALWAYS_KEPT}/workflows")))]);
        let changelog = "CHANGELOG.md";
        if side_of(restore, changelog) == Side::Head {
            wanted.insert((Side::Head, Ask::Blob(changelog.into())));
        }
        wanted.into_iter().filter(|one| !self.asked.contains(one)).collect()
    }

    fn take(&mut self, restore: &Restore, side: Side, ask: &Ask, object: Object) {
        match ask {
            Ask::Tree(path) => {
                let entries = match object {
                    Object::Tree { entries, .. } => Some(entries),
                    Object::Missing | Object::Commit { .. } | Object::Blob { .. } => None,
                };
                if side == side_of(restore, path) {
                    let named = |entries: &Vec<crate::domain::tree::TreeEntry>| {
                        entries.iter().filter_map(|entry| Some((String::from_utf8(entry.name.clone()).ok()?, entry.mode))).collect()
                    };
                    self.files.insert_dir(path, entries.as_ref().map(named));
                }
                match side {
                    Side::Good => self.good.insert(path, entries),
                    Side::Head => self.head.insert(path, entries),
                }
            }
            Ask::Blob(path) => {
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
