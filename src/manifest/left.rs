//! What an edit leaves as it is: places with a version of their own, requirements that are no longer met, and places
//! that must not be left.

use std::collections::{BTreeMap, BTreeSet};

use super::advice;
use super::edit::FileEdit;
use super::files::Files;
use super::place::{Ecosystem, Found, Note, Place, Problem, What};
use super::rewrite::{admits, around, at, in_scope, is_version, name_key, unit_dir};
use super::spelling::{is_placeholder, states};

use crate::gather::Gather as _;

/// Returns the places that state a version and keep it, for the plan: packages with a version of their own, a
/// citation that lags, a chart's application.
pub fn left_alone(found: &Found, edits: &[FileEdit]) -> Vec<Note> {
    let edited: BTreeSet<(&str, usize)> =
        edits.iter().flat_map(|edit| edit.spans.iter().map(|span| (edit.path.as_str(), span.at.start))).gather();
    let here = |place: &&Place| !edited.contains(&(place.path.as_str(), place.span.start));
    // What other packages state is no news where one goes back alone.
    let kept = found.places.iter().filter(here).filter(|place| found.search.selects(unit_dir(&place.unit)));
    kept.filter_map(|place| {
        let Place { locator, value, line, .. } = place;
        let why = match place.what {
            What::OwnVersion if is_placeholder(value) => "is a placeholder and stays",
            What::OwnVersion | What::Marker => "has a version of its own and stays",
            What::Echo | What::AppVersion => "does not state the good release's version and stays",
            What::Always | What::InternalPin | What::LockEntry | What::ReleaseToolState | What::BuildNumber | What::Date => return None,
        };
        Some(Note { path: place.path.clone(), text: format!("`{locator}` in line {line}, `{value}`, {why}") })
    })
    .collect()
}

/// Returns what the packages that go back require of those that stay, where these do not admit it any more.
pub fn unmet(found: &Found, files: &Files) -> Vec<Note> {
    let own: BTreeMap<(&str, usize), &Place> = found.places.iter().map(|place| ((place.path.as_str(), place.span.start), place)).gather();
    let stays = |place: &Place, name: &str| {
        let is_it =
            |ecosystem: Ecosystem, other: &str| ecosystem == place.ecosystem && name_key(ecosystem, other) == name_key(ecosystem, name);
        let member = found.members.iter().find(|member| is_it(member.ecosystem, &member.name))?;
        (!found.search.selects(&member.dir)).then_some(())?;
        member.own.as_ref().and_then(|(path, at)| own.get(&(path.as_str(), *at))).copied()
    };
    let pins = found.places.iter().filter(|place| place.what == What::InternalPin && found.search.selects(unit_dir(&place.unit)));
    pins.filter_map(|place| {
        let name = place.package.as_deref()?;
        let (range, version) = (around(place, files), &stays(place, name)?.value);
        (admits(place.ecosystem, &range, version) == Some(false)).then(|| Note {
            path: place.path.clone(),
            text: format!(
                "requires `{range}` of `{name}`, which stays at `{version}`: take its release back too, or mend this in the pull request"
            ),
        })
    })
    .collect()
}

/// Returns a problem for each place of what goes back that would keep an old version: in a file that comes from the
/// other tree, the version which that tree was released as; an application's version, wherever its file is from.
pub fn left_behind(
    found: &Found,
    files: &Files,
    edits: &[FileEdit],
    old: &str,
    is_of_the_other_tree: impl Fn(&str) -> bool,
) -> Vec<Problem> {
    let edited: BTreeSet<(&str, usize)> =
        edits.iter().flat_map(|edit| edit.spans.iter().map(|span| (edit.path.as_str(), span.at.start))).gather();
    let stays = |place: &&Place| {
        let states_it = match place.what {
            What::AppVersion => true,
            What::OwnVersion | What::Marker | What::Echo => is_of_the_other_tree(&place.path),
            What::Always | What::InternalPin | What::LockEntry | What::ReleaseToolState | What::BuildNumber | What::Date => false,
        };
        states_it && is_version(place) && states(place.part, &place.value, old) && in_scope(found, place)
    };
    let here = |place: &&Place| !edited.contains(&(place.path.as_str(), place.span.start));
    found.places.iter().filter(stays).filter(here).map(|place| still(place, found, files)).collect()
}

/// Says that a place would keep an old version.
pub(super) fn still(place: &Place, found: &Found, files: &Files) -> Problem {
    let line = advice::rewriting(&found.search, place, files);
    at(
        place,
        &format!("`{}` would still state `{}` after the rollback", place.locator, place.value),
        &format!(
            "let it become the new version in `.github/rollback.yml`: {line}; or correct `restore`, where it takes the file from the wrong tree"
        ),
    )
}
