//! Somebody pushes to the default branch.

use anyhow::{Context as _, Result};

use crate::git::{Entry, Kind, NewCommit, Person};
use crate::world::World;

impl World {
    /// Commits one file on the default branch, as somebody else's push, and returns the commit.
    ///
    /// # Errors
    /// When the path is not allowed in a tree.
    pub fn push_file(&mut self, path: &str, content: &str, message: &str) -> Result<String> {
        self.push_bytes(path, content.as_bytes(), message)
    }

    /// The same of a file that may be no text.
    ///
    /// # Errors
    /// When the path is not allowed in a tree.
    pub fn push_bytes(&mut self, path: &str, content: &[u8], message: &str) -> Result<String> {
        let head = self.default_head();
        let tree = head.as_ref().and_then(|head| self.git.tree_of(head));
        let blob = self.git.write(Kind::Blob, content)?;
        let tree = self.with_file(tree.as_deref(), path, &blob)?;
        let person = Person { name: "Somebody Else".to_owned(), email: "somebody@example.com".to_owned(), date: self.now() };
        let commit = NewCommit {
            tree,
            parents: head.into_iter().collect(),
            author: person.clone(),
            committer: person,
            message: format!("{message}\n"),
            signature: None,
        };
        let sha = self.git.write_commit(&commit)?;
        let name = self.repository.default_ref();
        self.git.set_ref(&name, Some(&sha))?;
        Ok(sha)
    }

    /// Moves the default branch forward by a commit that changes nothing anybody looks at.
    pub(crate) fn move_default_branch(&mut self) {
        let count = self.next_id();
        // The path is a plain name, so git takes it; a default branch that did not move shows in the test.
        let _ = self.push_file("elsewhere.txt", &format!("{count}\n"), "Change something elsewhere");
    }

    fn with_file(&self, tree: Option<&str>, path: &str, blob: &str) -> Result<String> {
        let mut entries = match tree {
            Some(tree) => self.git.tree(tree).context("the tree is not there")?,
            None => Vec::new(),
        };
        let (name, below) = path.split_once('/').map_or((path, None), |(name, below)| (name, Some(below)));
        let at = entries.iter().position(|entry| entry.name == name.as_bytes());
        let before = at.map(|at| entries.remove(at));
        let entry = match below {
            None => {
                // A file keeps its mode.
                let mode = before.filter(|entry| entry.kind() == Kind::Blob).map_or_else(|| "100644".to_owned(), |entry| entry.mode);
                Entry { mode, name: name.as_bytes().to_vec(), oid: blob.to_owned() }
            }
            Some(below) => {
                let inner = before.filter(|entry| entry.kind() == Kind::Tree).map(|entry| entry.oid);
                let oid = self.with_file(inner.as_deref(), below, blob)?;
                Entry { mode: "040000".to_owned(), name: name.as_bytes().to_vec(), oid }
            }
        };
        entries.push(entry);
        self.git.write_tree(&entries)
    }
}
