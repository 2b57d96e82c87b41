//! What goes away: counted, with the first of it, so that a plan stays small whatever the repository.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::content::{Side, side_of};
use crate::domain::restore::Restore;
use crate::gather::Gather as _;
use crate::github::Comparison;

/// How many commits, pull requests and files are named.
const NAMED: usize = 10;
/// The longest line taken over from outside, in characters.
const LINE: usize = 100;

/// What goes away with the rollback, counted, and the first of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Removes {
    /// Commits since the good release.
    pub commits: u64,
    /// The newest of them: short sha and first line.
    pub first_commits: Vec<String>,
    /// Pull requests their messages name: how many.
    pub pull_count: usize,
    /// The first of these.
    pub pulls: Vec<u64>,
    /// Changed files.
    pub files: usize,
    /// Whether there are more files than GitHub lists.
    pub more_files: bool,
    /// The first of them.
    pub first_files: Vec<String>,
    /// Lines that come back.
    pub additions: u64,
    /// Lines that go away.
    pub deletions: u64,
}

/// Returns what lies between the good release and the default branch, seen from the rollback: what was added goes away.
///
/// Files that stay as they are on the default branch do not go away, so they are not counted.
pub fn removes(since_good: &Comparison, restore: &Restore) -> Removes {
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(LINE).collect::<String>();
    let files: Vec<&ChangedFile> = since_good.files.iter().filter(|(path, ..)| goes_away(restore, path)).collect();
    let newest_first = since_good.first_commits.iter().rev();
    let pulls: BTreeSet<u64> = since_good.first_commits.iter().filter_map(|(_, line)| pull_number(line)).gather();
    Removes {
        commits: since_good.commits,
        first_commits: newest_first.take(NAMED).map(|(sha, line)| format!("{} {}", sha.short(), cut(line))).collect(),
        pull_count: pulls.len(),
        pulls: pulls.into_iter().rev().take(NAMED).collect(),
        files: files.len(),
        more_files: !since_good.files_complete,
        first_files: files.iter().take(NAMED).map(|(path, ..)| cut(path)).collect(),
        additions: files.iter().map(|(.., removed)| removed).sum(),
        deletions: files.iter().map(|(_, _, added, _)| added).sum(),
    }
}

impl Removes {
    /// Returns what goes away on both of two lines whose files are apart.
    pub(super) fn and(self, other: Self) -> Self {
        let (more, less) = if other.commits > self.commits { (other, self) } else { (self, other) };
        Self {
            files: more.files + less.files,
            more_files: more.more_files || less.more_files,
            first_files: more.first_files.into_iter().chain(less.first_files).take(NAMED).collect(),
            additions: more.additions + less.additions,
            deletions: more.deletions + less.deletions,
            ..more
        }
    }
}

/// Path, status, added and removed lines.
type ChangedFile = (String, String, u64, u64);

fn goes_away(restore: &Restore, path: &str) -> bool {
    match restore {
        Restore::Everything { .. } => side_of(restore, path) == Side::Good,
        Restore::Only { remove, .. } => side_of(restore, path) == Side::Good || remove.iter().any(|named| named.covers(path)),
    }
}

/// Reads the number out of `Title (#12)` (squash) or `Merge pull request #12 from …` (merge).
fn pull_number(line: &str) -> Option<u64> {
    if let Some(rest) = line.strip_prefix("Merge pull request #") {
        return rest.split(' ').next()?.parse().ok();
    }
    line.trim_end().strip_suffix(')')?.rsplit_once("(#")?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pull_requests_are_read_from_both_kinds_of_merge_messages() {
        assert_eq!(pull_number("Split the plugins (#41)"), Some(41));
        assert_eq!(pull_number("Merge pull request #42 from acme/split"), Some(42));
        for line in ["Fix #43", "(#x)", "Merge pull request #", "", "Revert \"A (#1)\""] {
            assert_eq!(pull_number(line), None, "{line}");
        }
    }

    #[test]
    fn nothing_since_the_good_release_removes_nothing() {
        assert_eq!(removes(&Comparison { files_complete: true, ..Comparison::default() }, &Restore::default()), Removes::default());
    }

    #[test]
    fn what_stays_is_not_counted_among_what_goes_away() {
        let file = |path: &str| (path.to_owned(), "modified".to_owned(), 1, 2);
        let since = Comparison {
            files: ["CHANGELOG.md", ".github/x.yml", "src/a.py", "src/b.py"].map(file).to_vec(),
            files_complete: true,
            ..Comparison::default()
        };
        let named = |restore: &Restore| removes(&since, restore).first_files;
        let path = |text: &str| text.parse().unwrap();
        assert_eq!(named(&Restore::Everything { keep: vec![path("CHANGELOG.md")] }), ["src/a.py", "src/b.py"]);
        assert_eq!(
            named(&Restore::Only { paths: vec![path("src/a.py")], remove: vec![path("src/b.py")], keep: Vec::new() }),
            ["src/a.py", "src/b.py"]
        );
        assert_eq!(named(&Restore::Only { paths: vec![path("docs")], remove: Vec::new(), keep: Vec::new() }), [""; 0]);
    }
}
