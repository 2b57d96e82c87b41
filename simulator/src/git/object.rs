//! Git's objects, read and parsed.

use std::cell::RefCell;
use std::path::Path;

use anyhow::{Error, Result};
use chrono::{DateTime, Utc};

use super::Git;
use super::batch::Batch;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A commit.
    Commit,
    /// A tree.
    Tree,
    /// A blob.
    Blob,
    /// An annotated tag.
    Tag,
}

impl Kind {
    /// Returns git's own word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
            Self::Tag => "tag",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        [Self::Commit, Self::Tree, Self::Blob, Self::Tag].into_iter().find(|kind| kind.name() == name)
    }
}

/// One object as it is stored.
#[derive(Debug, Clone)]
pub struct Object {
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// A name, an address and a time in a commit or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// The time.
    pub date: DateTime<Utc>,
}

/// One commit.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its id.
    pub oid: String,
    /// Its tree.
    pub tree: String,
    /// Its parents, in order.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: Person,
    /// Who committed it.
    pub committer: Person,
    /// The whole message.
    pub message: String,
    /// The signature header, where there is one.
    pub signature: Option<String>,
}

/// One annotated tag.
#[derive(Debug, Clone)]
pub struct TagObject {
    /// Its id.
    pub oid: String,
    /// What it points at.
    pub target: String,
    /// What that is.
    pub target_kind: Kind,
    /// The name inside the object.
    pub name: String,
    /// Who tagged, where the object says.
    pub tagger: Option<Person>,
    /// The whole message.
    pub message: String,
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The mode as six octal digits.
    pub mode: String,
    /// The name as it is stored, which need not be UTF-8.
    pub name: Vec<u8>,
    /// The object.
    pub oid: String,
}

impl Entry {
    /// Returns the name as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.name).into_owned()
    }

    /// Returns what the mode says the entry is.
    pub fn kind(&self) -> Kind {
        match self.mode.as_str() {
            "040000" => Kind::Tree,
            "160000" => Kind::Commit,
            _ => Kind::Blob,
        }
    }
}

/// Asks one of the processes that stay alive. One that ended is started once more, since git's failing must never be
/// taken for an object that is not there.
fn ask<T>(slot: &RefCell<Option<Batch>>, directory: &Path, mode: &str, question: impl Fn(&mut Batch) -> Result<T>) -> T {
    let mut slot = slot.borrow_mut();
    let once = |running: Option<Batch>| {
        let mut batch = running.map_or_else(|| Batch::start(directory, mode), Ok)?;
        Ok::<_, Error>((question(&mut batch)?, batch))
    };
    let (answer, batch) = once(slot.take())
        .or_else(|_| once(None))
        .unwrap_or_else(|error| panic!("`git cat-file {mode}` in `{}` failed twice: {error:#}", directory.display()));
    *slot = Some(batch);
    answer
}

impl Git {
    /// Returns what an object is and how large, where it exists.
    pub fn kind(&self, oid: &str) -> Option<(Kind, u64)> {
        if !is_oid(oid) {
            return None;
        }
        let (kind, size) = self.found(ask(&self.checks, self.path(), "--batch-check", |batch| batch.header(oid)))?;
        Some((Kind::parse(&kind)?, size))
    }

    /// Returns what many objects are and how large, with few turns between the processes.
    pub fn kinds(&self, oids: &[&str]) -> Vec<Option<(Kind, u64)>> {
        let found = ask(&self.checks, self.path(), "--batch-check", |batch| batch.headers(oids));
        let kind = |header: Option<(String, u64)>| self.found(header).and_then(|(kind, size)| Some((Kind::parse(&kind)?, size)));
        found.into_iter().map(kind).collect()
    }

    /// Returns an object, where it exists.
    pub fn object(&self, oid: &str) -> Option<Object> {
        if !is_oid(oid) {
            return None;
        }
        let (kind, bytes) = self.found(ask(&self.contents, self.path(), "--batch", |batch| batch.contents(oid)))?;
        Some(Object { kind: Kind::parse(&kind)?, bytes })
    }

    /// Passes an answer on. That objects went away with the clone they are borrowed from is no answer.
    fn found<T>(&self, answer: Option<T>) -> Option<T> {
        let gone = self.borrowed.as_ref().filter(|objects| answer.is_none() && !objects.exists());
        assert!(gone.is_none(), "the clone whose objects are borrowed is gone: {gone:?}");
        answer
    }

    fn object_of(&self, oid: &str, kind: Kind) -> Option<Vec<u8>> {
        self.object(oid).filter(|object| object.kind == kind).map(|object| object.bytes)
    }

    /// Returns the content of a blob.
    pub fn blob(&self, oid: &str) -> Option<Vec<u8>> {
        self.object_of(oid, Kind::Blob)
    }

    /// Returns a commit.
    pub fn commit(&self, oid: &str) -> Option<Commit> {
        if let Some(known) = self.commits.borrow().get(oid) {
            return Some(known.clone());
        }
        let commit = parse_commit(oid, &self.object_of(oid, Kind::Commit)?)?;
        self.commits.borrow_mut().insert(oid.to_owned(), commit.clone());
        Some(commit)
    }

    /// Returns an annotated tag.
    pub fn tag(&self, oid: &str) -> Option<TagObject> {
        let bytes = self.object_of(oid, Kind::Tag)?;
        let text = String::from_utf8_lossy(&bytes);
        let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
        let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
        Some(TagObject {
            oid: oid.to_owned(),
            target: field("object ")?.to_owned(),
            target_kind: Kind::parse(field("type ")?)?,
            name: field("tag ")?.to_owned(),
            tagger: field("tagger ").and_then(parse_person),
            message: message.to_owned(),
        })
    }

    /// Returns the entries of a tree.
    pub fn tree(&self, oid: &str) -> Option<Vec<Entry>> {
        parse_tree(&self.object_of(oid, Kind::Tree)?)
    }

    /// Returns the entry at a path below a tree.
    pub fn entry_at(&self, tree: &str, path: &str) -> Option<Entry> {
        let mut tree = tree.to_owned();
        let mut parts = path.split('/').filter(|part| !part.is_empty()).peekable();
        while let Some(part) = parts.next() {
            let entry = self.tree(&tree)?.into_iter().find(|entry| entry.name == part.as_bytes())?;
            if parts.peek().is_none() {
                return Some(entry);
            }
            tree = entry.oid;
        }
        None
    }

    /// Returns the tree of a commit.
    pub fn tree_of(&self, commit: &str) -> Option<String> {
        self.commit(commit).map(|commit| commit.tree)
    }
}

/// Tells whether this is a whole object id.
pub(crate) fn is_oid(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn parse_tree(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let space = bytes.iter().position(|byte| *byte == b' ')?;
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let mode = std::str::from_utf8(bytes.get(..space)?).ok()?;
        let id = bytes.get(end + 1..end + 21)?;
        entries.push(Entry { mode: format!("{mode:0>6}"), name: bytes.get(space + 1..end)?.to_vec(), oid: hex(id) });
        bytes = bytes.get(end + 21..)?;
    }
    Some(entries)
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

fn parse_commit(oid: &str, bytes: &[u8]) -> Option<Commit> {
    let text = String::from_utf8_lossy(bytes);
    let (head, message) = text.split_once("\n\n").unwrap_or((&text, ""));
    let mut signature: Option<String> = None;
    let mut in_signature = false;
    for line in head.lines() {
        if let Some(first) = line.strip_prefix("gpgsig ") {
            signature = Some(first.to_owned());
            in_signature = true;
        } else if let (true, Some(more), Some(signature)) = (in_signature, line.strip_prefix(' '), signature.as_mut()) {
            signature.push('\n');
            signature.push_str(more);
        } else {
            in_signature = false;
        }
    }
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    Some(Commit {
        oid: oid.to_owned(),
        tree: field("tree ")?.to_owned(),
        parents: head.lines().filter_map(|line| line.strip_prefix("parent ")).map(str::to_owned).collect(),
        author: field("author ").and_then(parse_person)?,
        committer: field("committer ").and_then(parse_person)?,
        message: message.to_owned(),
        signature,
    })
}

fn parse_person(line: &str) -> Option<Person> {
    let (name, rest) = line.split_once('<')?;
    let (email, time) = rest.rsplit_once('>')?;
    let seconds = time.split_whitespace().next()?.parse().ok()?;
    Some(Person { name: name.trim().to_owned(), email: email.to_owned(), date: DateTime::from_timestamp(seconds, 0)? })
}

#[cfg(test)]
mod tests {
    use super::super::Git;
    use super::Kind;

    #[test]
    fn a_git_process_that_was_killed_is_started_again() {
        let git = Git::empty().unwrap();
        let oid = git.write(Kind::Blob, b"hi").unwrap();
        for _ in 0..2 {
            assert_eq!(git.blob(&oid).as_deref(), Some(&b"hi"[..]));
            assert_eq!(git.kind(&oid), Some((Kind::Blob, 2)));
            assert_eq!(git.kinds(&[&oid]), [Some((Kind::Blob, 2))]);
            git.contents.borrow_mut().as_mut().unwrap().kill();
            git.checks.borrow_mut().as_mut().unwrap().kill();
        }
    }

    #[test]
    #[should_panic(expected = "the clone whose objects are borrowed is gone")]
    fn objects_that_went_away_with_their_clone_are_not_called_missing() {
        let source = Git::empty().unwrap();
        let oid = source.write(Kind::Blob, b"hi").unwrap();
        let (git, _) = Git::borrowing(source.path()).unwrap();
        assert!(git.blob(&oid).is_some());
        drop(source);
        let _ = git.kind(&"0".repeat(40));
    }
}
