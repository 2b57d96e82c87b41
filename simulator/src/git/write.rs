//! Writing objects.

use anyhow::{Result, bail};

use super::Git;
use super::loose;
use super::object::{Entry, Kind, Person};

/// A commit that does not exist yet.
#[derive(Debug, Clone)]
pub struct NewCommit {
    /// Its tree.
    pub tree: String,
    /// Its parents, in order.
    pub parents: Vec<String>,
    /// Who wrote it.
    pub author: Person,
    /// Who commits it.
    pub committer: Person,
    /// The whole message.
    pub message: String,
    /// The signature header.
    pub signature: Option<String>,
}

impl Git {
    /// Writes an object and returns its id.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, kind: Kind, bytes: &[u8]) -> Result<String> {
        loose::write(&self.path().join("objects"), kind, bytes)
    }

    /// Writes a tree of these entries, in whatever order they come.
    ///
    /// # Errors
    /// When a name is not allowed in a tree.
    pub fn write_tree(&self, entries: &[Entry]) -> Result<String> {
        let mut sorted: Vec<&Entry> = entries.iter().collect();
        sorted.sort_unstable_by_key(|entry| sort_key(entry));
        let mut bytes = Vec::new();
        for entry in sorted {
            if entry.name.is_empty() || entry.name.contains(&b'/') || matches!(&*entry.name, b"." | b".." | b".git") {
                bail!("tree.path contains a malformed path component");
            }
            bytes.extend_from_slice(entry.mode.trim_start_matches('0').as_bytes());
            bytes.push(b' ');
            bytes.extend_from_slice(&entry.name);
            bytes.push(0);
            for pair in entry.oid.as_bytes().chunks(2) {
                bytes.push(u8::from_str_radix(std::str::from_utf8(pair)?, 16)?);
            }
        }
        self.write(Kind::Tree, &bytes)
    }

    /// Writes a commit.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write_commit(&self, commit: &NewCommit) -> Result<String> {
        let mut text = format!("tree {}\n", commit.tree);
        for parent in &commit.parents {
            text.push_str(&format_line("parent", parent));
        }
        text.push_str(&format_line("author", &person_line(&commit.author)));
        text.push_str(&format_line("committer", &person_line(&commit.committer)));
        if let Some(signature) = &commit.signature {
            text.push_str(&format_line("gpgsig", &signature.trim_end().replace('\n', "\n ")));
        }
        text.push('\n');
        // Git ends a message at the first of these.
        text.push_str(&commit.message.replace('\0', ""));
        self.write(Kind::Commit, text.as_bytes())
    }

    /// Writes an annotated tag.
    ///
    /// # Errors
    /// When the name is not allowed in a tag.
    pub fn write_tag(&self, name: &str, target: &str, kind: Kind, tagger: &Person, message: &str) -> Result<String> {
        self.run(&["check-ref-format", &format!("refs/tags/{name}")])?;
        let tagger = person_line(tagger);
        let text = format!("object {target}\ntype {}\ntag {name}\ntagger {tagger}\n\n{message}", kind.name());
        self.write(Kind::Tag, text.as_bytes())
    }
}

/// Git sorts a directory as if its name ended with a slash.
fn sort_key(entry: &Entry) -> Vec<u8> {
    let mut key = entry.name.clone();
    if entry.kind() == Kind::Tree {
        key.push(b'/');
    }
    key
}

fn format_line(name: &str, value: &str) -> String {
    format!("{name} {value}\n")
}

fn person_line(person: &Person) -> String {
    let clean = |text: &str| text.replace(['<', '>', '\n', '\0'], "");
    format!("{} <{}> {} +0000", clean(&person.name), clean(&person.email), person.date.timestamp())
}
