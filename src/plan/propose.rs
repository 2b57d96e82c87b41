//! The content that is proposed: which trees and paths it is put together from, and which version bytes are rewritten.

use std::collections::BTreeMap;

use super::content::{Change, Side, Sources, changes, consumed, side_of};
use super::draft::Refused;
use super::scope::{CHANGELOG, roots};
use super::{Content, EditGroup, Form, Line, Place, Put, Ranges, Request, Snapshot};
use crate::config::{Package, Registry};
use crate::domain::git::Sha;
use crate::domain::restore::RepoPath;
use crate::domain::tree::{Mode, blob_sha};
use crate::domain::version::Version;
use crate::manifest::{self, FileEdit};

/// How many rewritten places a plan names for people.
const NAMED_PLACES: usize = 12;
/// How many places that keep their version, and other notes on manifests, it names.
const NAMED_NOTES: usize = 8;

/// Why there is no content.
pub(super) enum Stop {
    Refused(Vec<Refused>),
    Nothing(String),
}

/// What one line goes back from, to, and as.
#[derive(Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) line: &'a Line,
    pub(super) bad: &'a Version,
    pub(super) good: &'a Version,
    pub(super) new: &'a Version,
}

/// Puts the proposed content together; beside it, what an approver should know of its manifests.
pub(super) fn content(request: &Request, snapshot: &Snapshot, ways: &[Way<'_>]) -> Result<(Content, Vec<String>), Stop> {
    let restore = &snapshot.policy.restore;
    let mut moved = changes(restore, &snapshot.good_forest, &snapshot.head_forest).map_err(|_| {
        let all = ways.iter().flat_map(|way| problems(snapshot, way.line, Some((way.bad, way.good))));
        Stop::Refused(nowhere(snapshot).into_iter().chain(all).collect())
    })?;
    moved.extend(consumed(restore, &snapshot.good_forest, &snapshot.head_forest));
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
    let (edits, notes) = edits(request, snapshot, ways)?;
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
        edits: groups.into_iter().map(|((side, mode, new), at)| EditGroup { side, mode, new, at, form: Form::Plain }).collect(),
        place_count: places.len(),
        places: places.into_iter().take(NAMED_PLACES).collect(),
    };
    Ok((content, notes))
}

/// The edits of all lines, one for each file, and what there is to know of its manifests.
fn edits(request: &Request, snapshot: &Snapshot, ways: &[Way<'_>]) -> Result<(Vec<FileEdit>, Vec<String>), Stop> {
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    let mut by_path: BTreeMap<String, FileEdit> = BTreeMap::new();
    for way in ways {
        match manifests(snapshot, way) {
            Ok((edits, found)) => {
                notes.extend(found);
                edits
                    .into_iter()
                    .chain(changelogs(request, snapshot, way))
                    .chain(retractions(request, snapshot, way))
                    .for_each(|edit| add(&mut by_path, edit));
            }
            Err(found) => problems.extend(found),
        }
    }
    if !problems.is_empty() {
        return Err(Stop::Refused(problems.into_iter().map(refused).collect()));
    }
    notes.truncate(NAMED_NOTES);
    Ok((by_path.into_values().collect(), notes))
}

/// What stands in the way of a line's content, whatever number it gets: for a line that got none.
pub(super) fn problems(snapshot: &Snapshot, line: &Line, versions: Option<(&Version, &Version)>) -> Vec<Refused> {
    let found = match versions {
        // With the good version as its own successor every question is asked, and nothing is edited.
        Some((bad, good)) => manifests(snapshot, &Way { line, bad, good, new: good }).err().unwrap_or_default(),
        None => manifest::find(&line.search(snapshot.repository.name()), &snapshot.files).problems,
    };
    found.into_iter().map(refused).collect()
}

/// A manifest's problem; its hint is said apart.
fn refused(problem: manifest::Problem) -> Refused {
    let (hint, bare) = (problem.hint.clone(), manifest::Problem { hint: String::new(), ..problem });
    Refused::new(bare.to_string(), hint)
}

/// Returns the paths of the policy that are nowhere.
pub(super) fn nowhere(snapshot: &Snapshot) -> Vec<Refused> {
    let found = changes(&snapshot.policy.restore, &snapshot.good_forest, &snapshot.head_forest).err().unwrap_or_default();
    found.into_iter().map(|why| Refused::new(why, "correct the path in `.github/rollback.yml`")).collect()
}

fn manifests(snapshot: &Snapshot, way: &Way<'_>) -> Result<(Vec<FileEdit>, Vec<String>), Vec<manifest::Problem>> {
    let Way { line, bad, good, new } = way;
    let found = manifest::find(&line.search(snapshot.repository.name()), &snapshot.files);
    // Restored path by path, the files that were not restored state the bad version, and start from there.
    let own = roots(&line.packages);
    let restored = side_of(&snapshot.policy.restore, own.first().map_or("", RepoPath::as_str));
    let (stated, other) = match restored {
        Side::Good => (good, bad),
        Side::Head => (bad, good),
    };
    let date = crate::words::day(snapshot.now);
    let edits = manifest::rewrite(&found, &snapshot.files, stated.as_str(), other.as_str(), new.as_str(), &date)?;
    let from_the_other = |path: &str| side_of(&snapshot.policy.restore, path) != restored;
    let behind = manifest::left_behind(&found, &snapshot.files, &edits, other.as_str(), from_the_other);
    if !behind.is_empty() {
        return Err(behind);
    }
    let unmet = manifest::unmet(&found, &snapshot.files).into_iter();
    let notes = unmet.chain(manifest::left_alone(&found, &edits)).chain(found.notes.iter().cloned());
    let notes = notes.map(|note| note.to_string()).collect();
    Ok((edits, notes))
}

/// Two packages may stand in one lock file, each in a place of its own.
fn add(edits: &mut BTreeMap<String, FileEdit>, edit: FileEdit) {
    let Some(known) = edits.get_mut(&edit.path) else {
        edits.insert(edit.path.clone(), edit);
        return;
    };
    let places = edit.places.into_iter().zip(edit.spans);
    let new = places.filter(|(_, span)| !known.spans.iter().any(|one| one.at == span.at && !span.at.is_empty())).collect::<Vec<_>>();
    for (place, span) in new {
        let at = known.spans.partition_point(|one| (one.at.start, one.at.end, &one.new) < (span.at.start, span.at.end, &span.new));
        known.spans.insert(at, span);
        known.places.insert(at.min(known.places.len()), place);
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

/// The entries in the changelogs of a line: its packages' own, and the repository's where they have none.
fn changelogs(request: &Request, snapshot: &Snapshot, way: &Way<'_>) -> Vec<FileEdit> {
    let Way { line, bad, good, new } = way;
    let date = crate::words::day(snapshot.now);
    let entry = |path: String| {
        let text = snapshot.files.text(&path).filter(|_| side_of(&snapshot.policy.restore, &path) == Side::Head)?;
        let edit = manifest::changelog_entry(text, bad.as_str(), new.as_str(), good.as_str(), &date, &request.reason)?;
        Some(FileEdit { path, ..edit })
    };
    let own: Vec<FileEdit> = roots(&line.packages).iter().filter_map(|root| entry(format!("{root}/{CHANGELOG}"))).collect();
    // In a package's own changelog its entry is enough, unless the whole repository goes back.
    match side_of(&snapshot.policy.restore, "") == Side::Head && !own.is_empty() {
        true => own,
        false => own.into_iter().chain(entry(CHANGELOG.to_owned())).collect(),
    }
}

/// A Go module takes its bad versions back in the very content that is released above them.
fn retractions(request: &Request, snapshot: &Snapshot, way: &Way<'_>) -> Vec<FileEdit> {
    let bad: Vec<Version> = way.line.bad.iter().filter_map(|tag| way.line.version_of(tag)).collect();
    let bad: Vec<&str> = bad.iter().map(Version::as_str).collect();
    let modules = way.line.packages.iter().filter(|package| package.registry == Registry::Go).map(go_mod);
    modules.filter_map(|path| manifest::retraction(&path, snapshot.files.text(&path)?, &bad, &request.reason)).collect()
}

/// Returns where a Go package's `go.mod` is.
pub(super) fn go_mod(package: &Package) -> String {
    package.path.as_ref().map_or_else(|| "go.mod".to_owned(), |path| format!("{path}/go.mod"))
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
