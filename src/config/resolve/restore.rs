//! What comes back and what stays.

use crate::config::decode::At;
use crate::config::problem::{Findings, shown};
use crate::config::raw::RawRestore;
use crate::domain::restore::{RepoPath, Restore};

/// A path and where it was written.
type Written = (RepoPath, crate::config::problem::Span);

/// Returns what is restored.
pub(super) fn restore(raw: Option<&At<RawRestore>>, findings: &mut Findings) -> Restore {
    let Some(At { value: raw, .. }) = raw else {
        return Restore::default();
    };
    let keep = paths(raw.keep.as_ref(), findings);
    let restored = paths(raw.paths.as_ref(), findings);
    let removed = paths(raw.remove.as_ref(), findings);
    let some = |list: &Option<At<Vec<At<String>>>>| list.as_ref().is_some_and(|list| !list.value.is_empty());
    if let Some(written) = raw.keep.as_ref().filter(|keep| !keep.value.is_empty() && (some(&raw.paths) || some(&raw.remove))) {
        let other = if some(&raw.paths) { "paths" } else { "remove" };
        let hint = "`keep` goes with restoring everything; with `paths` and `remove` everything they do not name stays as it is";
        findings.hinted(written.at, format!("`restore` has both `keep` and `{other}`"), hint);
    }
    let only: Vec<Written> = [restored.clone(), removed.clone()].concat();
    overlaps(&keep, &[], findings);
    overlaps(&restored, &removed, findings);
    for (path, at) in &keep {
        if in_github(path) {
            findings.note(
                *at,
                format!("`restore.keep` need not name {}", shown(path.as_str())),
                "`.github` always stays as it is on the default branch",
            );
        }
    }
    for (path, at) in only.iter().filter(|(path, _)| in_github(path)) {
        let message = format!("{} can be neither restored nor removed", shown(path.as_str()));
        findings.hinted(
            *at,
            message,
            "`.github` always stays as it is on the default branch: the token of a workflow may not change workflows",
        );
    }
    let names = |paths: Vec<Written>| paths.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
    if only.is_empty() {
        return Restore::Everything { keep: names(keep) };
    }
    Restore::Only { paths: names(restored), remove: names(removed), keep: Vec::new() }
}

/// Returns the paths that can be read, recording the others.
fn paths(written: Option<&At<Vec<At<String>>>>, findings: &mut Findings) -> Vec<Written> {
    written.iter().flat_map(|written| &written.value).filter_map(|path| Some((super::packages::path(path, findings)?, path.at))).collect()
}

/// Git keeps names as they are, and some checkouts fold their case: `.GitHub` is treated as `.github`.
fn in_github(path: &RepoPath) -> bool {
    let first = path.as_str().split('/').next().unwrap_or("");
    first.eq_ignore_ascii_case(".github")
}

/// Records every path that is, or lies in, or contains one that stands before it.
fn overlaps(paths: &[Written], removed: &[Written], findings: &mut Findings) {
    let all: Vec<(&Written, bool)> = paths.iter().map(|path| (path, false)).chain(removed.iter().map(|path| (path, true))).collect();
    for (at, ((path, place), goes)) in all.iter().enumerate() {
        let touches = |other: &RepoPath| other.covers(path.as_str()) || path.covers(other.as_str());
        let Some(((other, _), other_goes)) = all.iter().take(at).find(|((other, _), _)| touches(other)) else { continue };
        let (path, other, same) = (shown(path.as_str()), shown(other.as_str()), path == other);
        let message = match (same, goes == other_goes) {
            (true, true) => format!("{path} stands here twice"),
            (true, false) => format!("{path} is both restored and removed"),
            (false, _) => format!("{path} and {other} overlap: one lies in the other"),
        };
        findings.hinted(*place, message, "name paths that do not overlap");
    }
}
