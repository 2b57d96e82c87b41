//! What has been read of one tree, and what is still to be read. Holds text; never fetches it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::tree::Mode;

/// The largest file that is looked into; a manifest beyond this is not a manifest.
const LARGEST: usize = 5 * 1024 * 1024;

/// How many symbolic links are followed in a row.
const LINKS: usize = 4;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// UTF-8 text.
    Text(String),
    /// Bytes that are not UTF-8 text.
    Binary,
    /// The path was asked for and is not in the tree.
    Missing,
    /// GitHub did not hand it out, or it is over 5 MB.
    TooLarge,
    /// A symbolic link and the text of its target.
    Symlink(String),
}

/// What has been read so far of one tree.
#[derive(Debug, Clone, Default)]
pub struct Files {
    files: BTreeMap<String, Content>,
    dirs: BTreeMap<String, Option<BTreeMap<String, Mode>>>,
    newer: BTreeMap<String, Vec<String>>,
}

/// What the finder still needs to read before it can answer; empty means it is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// Files whose content is needed.
    pub files: BTreeSet<String>,
    /// Directories whose listing is needed; the empty string is the root.
    pub dirs: BTreeSet<String>,
}

/// What is known of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    /// Its text, under the path that really holds it.
    Text(&'a str, &'a str),
    /// It is not there, or not a text file.
    Absent,
    /// It is there and too large to look into.
    TooLarge,
    /// Nobody has read it yet; the path that would tell.
    Unread(String),
}

impl Wants {
    /// Tells whether nothing is wanted any more.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.dirs.is_empty()
    }
}

impl Files {
    /// Returns an empty view: nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in what one path holds.
    pub fn insert_file(&mut self, path: &str, content: Content) {
        let content = match content {
            Content::Text(text) if text.len() > LARGEST => Content::TooLarge,
            other => other,
        };
        self.files.insert(path.to_owned(), content);
    }

    /// Takes in the listing of a directory (empty string for the root); `None` when there is no such directory.
    pub fn insert_dir(&mut self, path: &str, entries: Option<Vec<(String, Mode)>>) {
        self.dirs.insert(path.to_owned(), entries.map(|entries| entries.into_iter().collect()));
    }

    /// Takes in the same path as a bad release or the default branch has it, where a build number must go above it.
    pub fn insert_newer(&mut self, path: &str, text: &str) {
        let known = self.newer.entry(path.to_owned()).or_default();
        if !known.iter().any(|one| one == text) {
            known.push(text.to_owned());
        }
    }

    /// Returns the text of a path, when it has been read and is text.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.files.get(path)? {
            Content::Text(text) => Some(text),
            Content::Binary | Content::Missing | Content::TooLarge | Content::Symlink(_) => None,
        }
    }

    /// Returns the newer texts given for a path.
    pub(crate) fn newer(&self, path: &str) -> &[String] {
        self.newer.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns the same view with one file's text replaced.
    pub(crate) fn replace(&mut self, path: &str, text: String) {
        self.files.insert(path.to_owned(), Content::Text(text));
    }

    /// Tells what is known of a path, following symbolic links inside the repository.
    pub(crate) fn known(&self, path: &str) -> Known<'_> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let (dir, name) = split(&path);
            if !self.may_hold(dir, name) {
                return Known::Absent;
            }
            let Some((real, content)) = self.files.get_key_value(&path) else {
                return Known::Unread(path);
            };
            let link = match content {
                Content::Text(target) if self.mode(&path) == Some(Mode::Symlink) => target,
                Content::Symlink(target) => target,
                Content::Text(text) => return Known::Text(real, text),
                Content::TooLarge => return Known::TooLarge,
                Content::Binary | Content::Missing => return Known::Absent,
            };
            match join(dir, link.trim_end_matches('\n')) {
                Some(next) => path = next,
                None => return Known::Absent,
            }
        }
        Known::Absent
    }

    /// Returns a directory's listing: `Some(None)` when it is known not to exist, `None` when nobody has looked.
    pub(crate) fn listing(&self, path: &str) -> Option<Option<&BTreeMap<String, Mode>>> {
        if let Some(listing) = self.dirs.get(path) {
            return Some(listing.as_ref());
        }
        let (dir, name) = split(path);
        let absent = !path.is_empty()
            && (!self.may_hold(dir, name)
                || self.dirs.get(dir).and_then(Option::as_ref).is_some_and(|l| l.get(name) != Some(&Mode::Directory)));
        absent.then_some(None)
    }

    /// Returns a path's mode when its directory has been listed.
    pub(crate) fn mode(&self, path: &str) -> Option<Mode> {
        let (dir, name) = split(path);
        self.dirs.get(dir)?.as_ref()?.get(name).copied()
    }

    /// Tells whether the listings read so far leave room for `dir/name`.
    fn may_hold(&self, dir: &str, name: &str) -> bool {
        let (mut dir, mut name) = (dir, name);
        loop {
            match self.dirs.get(dir) {
                Some(None) => return false,
                Some(Some(listing)) => return listing.contains_key(name),
                None if dir.is_empty() => return true,
                None => (dir, name) = split(dir),
            }
        }
    }
}

/// Splits a path into its directory (empty for the root) and its last part.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// Joins a relative path onto a directory, resolving `.` and `..`; `None` when it leaves the repository or is none.
pub(crate) fn join(dir: &str, relative: &str) -> Option<String> {
    if relative.is_empty() || relative.len() > 1024 || relative.starts_with('/') || relative.chars().any(char::is_control) {
        return None;
    }
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Puts a name under a directory.
pub(crate) fn under(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}
