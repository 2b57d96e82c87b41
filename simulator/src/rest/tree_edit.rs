//! Editing a tree in memory and writing what has changed.

use std::collections::BTreeMap;

use crate::gather::Gather as _;
use crate::git::{Entry, Git};
use crate::reply::Reply;

/// One directory, read when it is entered.
#[derive(Debug, Default)]
pub(crate) struct TreeEdit {
    items: BTreeMap<Vec<u8>, Item>,
}

#[derive(Debug)]
enum Item {
    Stored(Entry),
    Open(TreeEdit),
}

impl TreeEdit {
    /// Returns a tree as it is stored.
    pub(crate) fn of(git: &Git, oid: &str) -> Option<Self> {
        let items = git.tree(oid)?.into_iter().map(|entry| (entry.name.clone(), Item::Stored(entry)));
        Some(Self { items: items.gather() })
    }

    /// Puts an entry at a path, making directories and replacing what is in the way.
    pub(crate) fn put(&mut self, git: &Git, path: &[&str], mode: &str, oid: &str) {
        match path {
            [] => {}
            [name] => {
                let entry = Entry { mode: mode.to_owned(), name: name.as_bytes().to_vec(), oid: oid.to_owned() };
                self.items.insert(entry.name.clone(), Item::Stored(entry));
            }
            [directory, rest @ ..] => self.enter(git, directory).put(git, rest, mode, oid),
        }
    }

    /// Takes away a file or a directory, and tells whether it was there.
    pub(crate) fn remove(&mut self, git: &Git, path: &[&str]) -> bool {
        match path {
            [] => false,
            [name] => self.items.remove(name.as_bytes()).is_some(),
            [directory, rest @ ..] => self.is_directory(directory) && self.enter(git, directory).remove(git, rest),
        }
    }

    fn is_directory(&self, name: &str) -> bool {
        match self.items.get(name.as_bytes()) {
            Some(Item::Open(_)) => true,
            Some(Item::Stored(entry)) => entry.mode == "040000",
            None => false,
        }
    }

    fn enter(&mut self, git: &Git, name: &str) -> &mut Self {
        let slot = self.items.entry(name.as_bytes().to_vec()).or_insert_with(|| Item::Open(Self::default()));
        if let Item::Stored(entry) = slot {
            *slot = Item::Open(Self::of(git, &entry.oid).unwrap_or_default());
        }
        match slot {
            Item::Open(inner) => inner,
            Item::Stored(_) => unreachable!("a stored entry was opened just now"),
        }
    }

    /// Writes the tree and returns its id; directories that became empty are left out, as git has none.
    pub(crate) fn write(&self, git: &Git) -> Result<String, Reply> {
        let mut entries = Vec::new();
        for (name, item) in &self.items {
            match item {
                Item::Stored(entry) => entries.push(entry.clone()),
                Item::Open(inner) if inner.is_empty() => {}
                Item::Open(inner) => {
                    let oid = inner.write(git)?;
                    entries.push(Entry { mode: "040000".to_owned(), name: name.clone(), oid });
                }
            }
        }
        git.write_tree(&entries).map_err(|_| Reply::error(422, "tree.path contains a malformed path component"))
    }

    fn is_empty(&self) -> bool {
        self.items.values().all(|item| matches!(item, Item::Open(inner) if inner.is_empty()))
    }
}
