//! Git trees as data, and their hashes, so that the tree to be proposed is known before anything is written.

use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use super::git::Sha;

/// What a tree entry is, by git's mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Mode {
    /// `100644`
    #[serde(rename = "100644")]
    File,
    /// `100755`
    #[serde(rename = "100755")]
    Executable,
    /// `120000`
    #[serde(rename = "120000")]
    Symlink,
    /// `040000`
    #[serde(rename = "040000")]
    Directory,
    /// `160000`
    #[serde(rename = "160000")]
    Submodule,
    /// `100664`, left by old versions of git; kept so that a tree that has it keeps its hash.
    #[serde(rename = "100664")]
    GroupWritable,
}

impl Mode {
    /// Returns the six octal digits the API uses.
    pub fn digits(self) -> &'static str {
        match self {
            Self::File => "100644",
            Self::Executable => "100755",
            Self::Symlink => "120000",
            Self::Directory => "040000",
            Self::Submodule => "160000",
            Self::GroupWritable => "100664",
        }
    }

    /// Returns the mode for the number that GraphQL gives (33188 is `100644`), or `None` for one git does not use.
    pub fn from_number(number: i64) -> Option<Self> {
        let all = [Self::File, Self::Executable, Self::Symlink, Self::Directory, Self::Submodule, Self::GroupWritable];
        all.into_iter().find(|mode| i64::from_str_radix(mode.digits(), 8) == Ok(number))
    }

    /// Returns the object type that goes with the mode: `blob`, `tree` or `commit`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Directory => "tree",
            Self::Submodule => "commit",
            Self::File | Self::Executable | Self::Symlink | Self::GroupWritable => "blob",
        }
    }
}

/// One line of a tree. The name is bytes: git does not promise UTF-8.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// The name within its directory.
    pub name: Vec<u8>,
    /// File, directory, symlink or submodule.
    pub mode: Mode,
    /// The object it points to.
    pub sha: Sha,
}

/// Returns the hash git gives a tree of these entries, whatever their order here.
pub fn tree_sha(entries: &[TreeEntry]) -> Sha {
    let mut sorted: Vec<&TreeEntry> = entries.iter().collect();
    sorted.sort_unstable_by_key(|entry| sort_key(entry));
    let mut body = Vec::new();
    for entry in sorted {
        body.extend_from_slice(entry.mode.digits().trim_start_matches('0').as_bytes());
        body.push(b' ');
        body.extend_from_slice(&entry.name);
        body.push(0);
        body.extend_from_slice(&raw(&entry.sha));
    }
    object_sha("tree", &body)
}

/// Returns the hash git gives a blob of this content.
pub fn blob_sha(content: &[u8]) -> Sha {
    object_sha("blob", content)
}

/// Git compares directory names as if they ended in `/`.
fn sort_key(entry: &TreeEntry) -> Vec<u8> {
    let mut key = entry.name.clone();
    if entry.mode == Mode::Directory {
        key.push(b'/');
    }
    key
}

fn object_sha(kind: &str, body: &[u8]) -> Sha {
    let mut hash = Sha1::new();
    hash.update(format!("{kind} {}\0", body.len()));
    hash.update(body);
    let digits: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    digits.parse().expect("a SHA-1 is 40 hexadecimal digits")
}

fn raw(sha: &Sha) -> Vec<u8> {
    let digits = sha.as_str().as_bytes();
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap_or(0) as u8;
    digits.chunks(2).map(|pair| pair.iter().fold(0, |value, byte| value * 16 + digit(*byte))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, mode: Mode, sha: &Sha) -> TreeEntry {
        TreeEntry { name: name.into(), mode, sha: sha.clone() }
    }

    #[test]
    fn the_empty_tree_and_blob_have_the_hashes_everybody_knows() {
        assert_eq!(tree_sha(&[]).as_str(), "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
        assert_eq!(blob_sha(b"").as_str(), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    }

    #[test]
    fn a_directory_sorts_as_if_it_ended_in_a_slash() {
        // `git mktree` of a file `a.b`, a directory `a` and a file `a0`, all of the empty blob or tree, gives this hash.
        let (blob, tree) = (blob_sha(b""), tree_sha(&[]));
        let entries = [entry("a", Mode::Directory, &tree), entry("a0", Mode::File, &blob), entry("a.b", Mode::File, &blob)];
        assert_eq!(tree_sha(&entries).as_str(), "6c5eb816ec8cace4aaf30d9245ab712256f64058");
    }
}
