//! The content that is proposed: which trees and paths it is put together from, and which version bytes are rewritten.

use std::collections::BTreeMap;

use super::content::{Change, Side, Sources, changes, side_of};
use super::draft::{Refused, manifest_search};
use super::{Content, EditGroup, Place, Put, Request, Snapshot};
use crate::domain::git::Sha;
use crate::domain::restore::RepoPath;
use crate::domain::tree::{Mode, blob_sha};
use crate::domain::version::Version;
use crate::manifest::{self, FileEdit};

/// How many rewritten places a plan names for people.
const NAMED_PLACES: usize = 12;
/// How many places that keep their version, and other notes on manifests, it names.
const NAMED_NOTES: usize = 8;

/// Path → byte ranges.
type Ranges = BTreeMap<RepoPath, Vec<(usize, usize)>>;

/// Why there is no content.
pub(super) enum Stop {
    Refused(Vec<Refused>),
    Nothing(String),
}

/// Puts the proposed content together; beside it, what an approver should know of its manifests.
pub(super) fn content(
    request: &Request,
    snapshot: &Snapshot,
    bad: &Version,
    good: &Version,
    new: &Version,
) -> Result<(Content, Vec<String>), Stop> {
    let restore = &snapshot.policy.restore;
    let moved = changes(restore, &snapshot.good_forest, &snapshot.head_forest).map_err(|reasons| {
        Stop::Refused(reasons.into_iter().map(|why| Refused::new(why, "correct the path in `.github/rollback.yml`")).collect())
    })?;
    let base = match side_of(restore, "") {
        Side::Good => &snapshot.good.commit.tree,
        Side::Head => &snapshot.head.tree,
    };
    let unedited = tree_of(snapshot, &moved, &[])?;
    if unedited == snapshot.head.tree {
        return Err(Stop::Nothing(format!(
            "`{}` already has the content of {}; nothing to roll back",
            snapshot.default_branch, snapshot.good.reference
        )));
    }
    let search = manifest_search(&snapshot.policy, snapshot.repository.name());
    let found = manifest::find(&search, &snapshot.files);
    let stop = |problems: Vec<manifest::Problem>| {
        let refused = |problem: manifest::Problem| Refused::new(Problem(&problem).to_string(), problem.hint.clone());
        Stop::Refused(problems.into_iter().map(refused).collect())
    };
    // Restored path by path, the files that were not restored state the bad version, and start from there.
    let (stated, other) = match side_of(restore, "") {
        Side::Good => (good, bad),
        Side::Head => (bad, good),
    };
    let date = snapshot.now.format("%Y-%m-%d").to_string();
    let mut edits = manifest::rewrite(&found, &snapshot.files, stated.as_str(), other.as_str(), new.as_str(), &date).map_err(stop)?;
    let notes = manifest::left_alone(&found, &edits).into_iter().chain(found.notes.iter().cloned());
    let notes: Vec<String> = notes.map(|note| note.to_string()).take(NAMED_NOTES).collect();
    edits.extend(changelog(request, snapshot, bad, good, new));
    let mut written = Vec::new();
    let mut groups: BTreeMap<(Side, Mode, String), Ranges> = BTreeMap::new();
    for edit in &edits {
        let (path, side, mode, sha) = edited(edit, snapshot)?;
        written.push((path.as_str().to_owned(), Some((mode, sha))));
        for span in &edit.spans {
            groups.entry((side, mode, span.new.clone())).or_default().entry(path.clone()).or_default().push((span.at.start, span.at.end));
        }
    }
    let places: Vec<Place> = edits
        .iter()
        .flat_map(|edit| {
            edit.places.iter().map(|place| Place {
                path: edit.path.clone(),
                locator: place.locator.clone(),
                old: place.old.clone(),
                new: place.new.clone(),
            })
        })
        .collect();
    let tree = tree_of(snapshot, &moved, &written)?;
    if tree == snapshot.head.tree {
        return Err(Stop::Nothing(format!(
            "`{}` is already what this rollback would make of it; nothing to roll back",
            snapshot.default_branch
        )));
    }
    let content = Content {
        tree,
        base: base.clone(),
        put: moved
            .iter()
            .filter_map(|change| {
                change.entry.as_ref().map(|(mode, sha)| Put {
                    side: side_of(restore, change.path.as_str()),
                    path: change.path.clone(),
                    mode: *mode,
                    sha: sha.clone(),
                })
            })
            .collect(),
        remove: moved.iter().filter(|change| change.entry.is_none()).map(|change| change.path.clone()).collect(),
        edits: groups.into_iter().map(|((side, mode, new), at)| EditGroup { side, mode, new, at }).collect(),
        place_count: places.len(),
        places: places.into_iter().take(NAMED_PLACES).collect(),
    };
    Ok((content, notes))
}

/// A manifest's problem without its hint, which is said apart.
struct Problem<'p>(&'p manifest::Problem);

impl std::fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let manifest::Problem { path, line, column, message, hint: _ } = self.0;
        match (path.is_empty(), line) {
            (true, _) => f.write_str(message),
            (false, 0) => write!(f, "{path}: {message}"),
            (false, _) => write!(f, "{path}:{line}:{column}: {message}"),
        }
    }
}

fn tree_of(snapshot: &Snapshot, moved: &[Change], written: &[(String, Option<(Mode, Sha)>)]) -> Result<Sha, Stop> {
    // Whole objects first, so that a version is rewritten in what was put there.
    let moved = moved.iter().map(|change| (change.path.as_str().to_owned(), change.entry.clone()));
    let changes: Vec<_> = moved.chain(written.iter().cloned()).collect();
    let sources = Sources { restore: &snapshot.policy.restore, good: &snapshot.good_forest, head: &snapshot.head_forest };
    sources.resulting_tree(&changes).map_err(|why| {
        Stop::Refused(vec![Refused::new(
            format!("the tree cannot be computed: {why}"),
            "this is a fault of rollback-action; please report it",
        )])
    })
}

fn changelog(request: &Request, snapshot: &Snapshot, bad: &Version, good: &Version, new: &Version) -> Option<FileEdit> {
    let path = "CHANGELOG.md";
    let text = snapshot.files.text(path)?;
    if side_of(&snapshot.policy.restore, path) != Side::Head {
        return None;
    }
    let date = snapshot.now.format("%Y-%m-%d").to_string();
    manifest::changelog_entry(text, bad.as_str(), new.as_str(), good.as_str(), &date, &request.reason)
}

fn edited(edit: &FileEdit, snapshot: &Snapshot) -> Result<(RepoPath, Side, Mode, Sha), Stop> {
    let stop =
        |why: String| Stop::Refused(vec![Refused::new(why, "name the place of the version under `packages: manifests:` in the policy")]);
    let path: RepoPath = edit.path.parse().map_err(|error: crate::domain::git::BadName| stop(error.to_string()))?;
    let side = side_of(&snapshot.policy.restore, path.as_str());
    let forest = match side {
        Side::Good => &snapshot.good_forest,
        Side::Head => &snapshot.head_forest,
    };
    let mode = forest.entry(&path).map(|entry| entry.mode).ok_or_else(|| stop(format!("`{path}` is not in the tree it was read from")))?;
    if !matches!(mode, Mode::File | Mode::Executable | Mode::GroupWritable) {
        return Err(stop(format!("`{path}` is not a plain file, so its version cannot be rewritten")));
    }
    let text = snapshot.files.text(path.as_str()).ok_or_else(|| stop(format!("`{path}` has no text")))?;
    let new = edit.apply(text).map_err(|error| stop(error.to_string()))?;
    Ok((path, side, mode, blob_sha(new.as_bytes())))
}
