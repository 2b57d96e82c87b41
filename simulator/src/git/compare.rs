//! Questions about two commits.

use anyhow::{Context as _, Result};

use super::Git;
use super::command::{git, outcome};

/// One changed file between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// GitHub's word: `added`, `removed`, `modified`, `renamed`, `copied`, `changed`.
    pub status: &'static str,
    /// The path, after a rename the new one.
    pub path: String,
    /// The path before a rename.
    pub previous: Option<String>,
    /// The blob, for a removed file the one it was.
    pub oid: String,
    /// Added lines; none are counted in a binary file.
    pub additions: u64,
    /// Deleted lines.
    pub deletions: u64,
}

impl Git {
    /// Tells whether the first commit is the second one or an ancestor of it.
    pub fn is_ancestor(&self, old: &str, new: &str) -> bool {
        old == new || outcome(Some(self.path()), &["merge-base", "--is-ancestor", old, new], b"").is_ok_and(|(is, ..)| is)
    }

    /// Returns the best common ancestor.
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        if one == other {
            return Some(one.to_owned());
        }
        self.run(&["merge-base", one, other]).ok().map(|oid| oid.trim().to_owned()).filter(|oid| !oid.is_empty())
    }

    /// Returns how many commits only the first side and only the second side have.
    ///
    /// # Errors
    /// When git fails.
    pub fn ahead_behind(&self, head: &str, base: &str) -> Result<(u64, u64)> {
        let printed = self.run(&["rev-list", "--count", "--left-right", &format!("{head}...{base}")])?;
        let (ahead, behind) = printed.trim().split_once('\t').context("git rev-list printed no counts")?;
        Ok((ahead.parse()?, behind.parse()?))
    }

    /// Returns commits newest first: those of `head`, without the ones reachable from `without`, that touch `path`.
    ///
    /// # Errors
    /// When git fails.
    pub fn history(&self, head: &str, without: Option<&str>, path: Option<&str>, skip: usize, limit: usize) -> Result<Vec<String>> {
        let (skip, limit) = (format!("--skip={skip}"), format!("--max-count={limit}"));
        let excluded = without.map(|oid| format!("^{oid}"));
        let mut arguments = vec!["rev-list", &skip, &limit, head];
        arguments.extend(excluded.as_deref());
        arguments.push("--");
        arguments.extend(path);
        Ok(self.run(&arguments)?.lines().map(str::to_owned).collect())
    }

    /// Returns how many commits `head` has that `without` has not.
    ///
    /// # Errors
    /// When git fails.
    pub fn count(&self, head: &str, without: Option<&str>) -> Result<usize> {
        let excluded = without.map(|oid| format!("^{oid}"));
        let mut arguments = vec!["rev-list", "--count", head];
        arguments.extend(excluded.as_deref());
        Ok(self.run(&arguments)?.trim().parse()?)
    }

    /// Returns the changed files between two commits or trees, with renames found.
    ///
    /// # Errors
    /// When git fails.
    pub fn changes(&self, old: &str, new: &str) -> Result<Vec<Change>> {
        let arguments = ["diff-tree", "-r", "-z", "-M", "--raw", "--numstat", "--no-abbrev", "--no-ext-diff", old, new];
        let printed = git(self.path(), &arguments, b"")?;
        Ok(parse_changes(&String::from_utf8_lossy(&printed)))
    }

    /// Merges two commits and returns the tree, or nothing where they conflict.
    ///
    /// # Errors
    /// When git fails for another reason than a conflict.
    pub fn merged_tree(&self, ours: &str, theirs: &str) -> Result<Option<String>> {
        let (clean, printed, complaint) =
            outcome(Some(self.path()), &["merge-tree", "--write-tree", "--allow-unrelated-histories", ours, theirs], b"")?;
        let printed = String::from_utf8_lossy(&printed);
        let tree = printed.lines().next().unwrap_or_default().trim().to_owned();
        match (clean, super::object::is_oid(&tree)) {
            (true, true) => Ok(Some(tree)),
            (false, true) => Ok(None),
            _ => anyhow::bail!("git merge-tree failed: {}", complaint.trim()),
        }
    }
}

/// Parses `--raw --numstat -z`: first all raw records, then all counts, in the same order.
fn parse_changes(printed: &str) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut counts = Vec::new();
    let mut fields = printed.split('\0').filter(|field| !field.is_empty());
    while let Some(field) = fields.next() {
        if let Some(raw) = field.strip_prefix(':') {
            changes.extend(parse_raw(raw, &mut fields));
        } else {
            let mut parts = field.splitn(3, '\t');
            let mut count = || parts.next().and_then(|part| part.parse().ok()).unwrap_or(0);
            counts.push((count(), count()));
            // A rename's two paths follow as fields of their own.
            if parts.next().is_none_or(str::is_empty) {
                fields.next();
                fields.next();
            }
        }
    }
    for (change, (additions, deletions)) in changes.iter_mut().zip(counts) {
        (change.additions, change.deletions) = (additions, deletions);
    }
    changes
}

fn parse_raw<'a>(raw: &str, fields: &mut impl Iterator<Item = &'a str>) -> Option<Change> {
    let words: Vec<&str> = raw.split(' ').collect();
    let [_, _, old, new, status] = words.as_slice() else {
        return None;
    };
    let path = fields.next()?.to_owned();
    let (status, oid) = match status.chars().next()? {
        'A' => ("added", new),
        'D' => ("removed", old),
        'R' => ("renamed", new),
        'C' => ("copied", new),
        'T' => ("changed", new),
        _ => ("modified", new),
    };
    let (path, previous) = match status {
        "renamed" | "copied" => (fields.next()?.to_owned(), Some(path)),
        _ => (path, None),
    };
    Some(Change { status, path, previous, oid: (*oid).to_owned(), additions: 0, deletions: 0 })
}
