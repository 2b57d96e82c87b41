//! What goes away: counted, with the first of it, so that a plan stays small whatever the repository.

use std::collections::BTreeSet;

use super::Removes;
use crate::github::Comparison;

/// How many commits, pull requests and files are named.
const NAMED: usize = 10;
/// The longest line taken over from outside, in characters.
const LINE: usize = 100;

/// Returns what lies between the good release and the default branch, seen from the rollback: what was added goes away.
pub fn removes(since_good: &Comparison) -> Removes {
    let cut = |text: &str| text.chars().filter(|c| !c.is_control()).take(LINE).collect::<String>();
    let newest_first = since_good.first_commits.iter().rev();
    let pulls: BTreeSet<u64> = since_good.first_commits.iter().filter_map(|(_, line)| pull_number(line)).collect();
    Removes {
        commits: since_good.commits,
        first_commits: newest_first.take(NAMED).map(|(sha, line)| format!("{} {}", sha.short(), cut(line))).collect(),
        pull_count: pulls.len(),
        pulls: pulls.into_iter().rev().take(NAMED).collect(),
        files: since_good.files.len(),
        more_files: !since_good.files_complete,
        first_files: since_good.files.iter().take(NAMED).map(|(path, _, _, _)| cut(path)).collect(),
        additions: since_good.files.iter().map(|(_, _, _, removed)| removed).sum(),
        deletions: since_good.files.iter().map(|(_, _, added, _)| added).sum(),
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
        assert_eq!(removes(&Comparison { files_complete: true, ..Comparison::default() }), Removes::default());
    }
}
