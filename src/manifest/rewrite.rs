//! From the places found to the edits: every place that states good becomes new, and the edited tree is searched
//! again to prove that no manifest states good or bad any more.

use std::collections::{BTreeMap, BTreeSet};

use super::advice;
use super::edit::{EditedPlace, FileEdit, SpanEdit};
use super::files::Files;
use super::find::find;
use super::left::still;
use super::place::{Ecosystem, Found, Part, Place, Problem, What};
use super::spelling::{is_placeholder, respell, same, states};

use crate::gather::Gather as _;

/// Returns the edit of every file that states `good` (or, where a lock, pin or tool's state lags, anything else),
/// so that it states `new`; `date` is the day of the rollback, for places that state it.
///
/// # Errors
/// With every problem at once: what the search found, two answers in one package, a declared place that states
/// something else, and anything that would still state `good` or `bad` afterwards.
pub fn rewrite(found: &Found, files: &Files, good: &str, bad: &str, new: &str, date: &str) -> Result<Vec<FileEdit>, Vec<Problem>> {
    let mut problems = found.problems.clone();
    if !found.wants.is_empty() {
        problems.push(problem("the search is not finished: files it asked for have not been read", "read `wants` and search again"));
    }
    let versions = Versions { good, bad, new, date };
    let moving = Moving::of(found, &versions);
    let mut edits: BTreeMap<&str, FileEdit> = BTreeMap::new();
    for place in &found.places {
        match decide(place, found, &moving, files, &versions) {
            Decision::Change(text) if text != place.value => {
                let edit = edits.entry(&place.path).or_insert_with(|| FileEdit {
                    path: place.path.clone(),
                    spans: Vec::new(),
                    places: Vec::new(),
                });
                // Two finders may mean the same bytes in different extents: the first, which is the wider, counts.
                if edit.spans.last().is_some_and(|last| last.at.end > place.span.start) {
                    continue;
                }
                edit.places.push(EditedPlace {
                    line: place.line,
                    locator: place.locator.clone(),
                    old: place.value.clone(),
                    new: text.clone(),
                });
                edit.spans.push(SpanEdit { at: place.span.clone(), new: text });
            }
            Decision::Change(_) | Decision::Leave => {}
            Decision::Stop(problem) => problems.push(problem),
        }
    }
    nothing_moves(found, files, &moving, good, &mut problems);
    let edits: Vec<FileEdit> = edits.into_values().collect();
    if problems.is_empty() {
        prove(found, files, &edits, &moving, &versions, &mut problems);
    }
    if problems.is_empty() { Ok(edits) } else { Err(problems.into_iter().distinct()) }
}

struct Versions<'v> {
    good: &'v str,
    bad: &'v str,
    new: &'v str,
    date: &'v str,
}

enum Decision {
    Change(String),
    Leave,
    Stop(Problem),
}

/// What gets the new version: packages by name, units by directory.
struct Moving {
    names: BTreeSet<(Ecosystem, String)>,
    units: BTreeSet<String>,
}

impl Moving {
    fn of(found: &Found, versions: &Versions<'_>) -> Self {
        let mut moving = Self { names: BTreeSet::new(), units: BTreeSet::new() };
        let own: BTreeMap<(&str, usize), &Place> =
            found.places.iter().map(|place| ((place.path.as_str(), place.span.start), place)).gather();
        for place in &found.places {
            if is_answer(place) && moves(place, versions) && place.part != Part::None && in_scope(found, place) {
                moving.units.insert(place.unit.clone());
            }
        }
        for member in &found.members {
            let place = member.own.as_ref().and_then(|(path, at)| own.get(&(path.as_str(), *at)));
            if place.is_some_and(|place| moves(place, versions) && in_scope(found, place)) {
                moving.names.insert((member.ecosystem, name_key(member.ecosystem, &member.name)));
                moving.units.insert(member.dir.clone());
            }
        }
        moving
    }

    fn has(&self, ecosystem: Ecosystem, name: &str) -> bool {
        self.names.contains(&(ecosystem, name_key(ecosystem, name)))
    }
}

/// Tells whether a place gets the new version by what it states, or by the policy's word.
fn moves(place: &Place, versions: &Versions<'_>) -> bool {
    place.what == What::Always || states(place.part, &place.value, versions.good)
}

/// Names as their ecosystem compares them.
pub(super) fn name_key(ecosystem: Ecosystem, name: &str) -> String {
    if ecosystem == Ecosystem::Python { name.to_lowercase().replace(['_', '.'], "-") } else { name.to_owned() }
}

/// Tells whether a place answers the question which version a package has.
pub(super) fn is_answer(place: &Place) -> bool {
    matches!(place.what, What::OwnVersion | What::Marker | What::Always) && !is_placeholder(&place.value)
}

/// Tells whether a place belongs to what is rolled back: it lies there, or is the version that a member inherits.
pub(super) fn in_scope(found: &Found, place: &Place) -> bool {
    let inherited = || {
        let of =
            |member: &&super::place::Member| member.own.as_ref().is_some_and(|(path, at)| *path == place.path && *at == place.span.start);
        found.members.iter().filter(of).any(|member| found.search.selects(&member.dir))
    };
    place.what == What::Always
        || place.what == What::Marker && place.package.is_some()
        || found.search.selects(unit_dir(&place.unit))
        || inherited()
}

/// The directory of a unit: a chart's is written `chart:dir`.
pub(super) fn unit_dir(unit: &str) -> &str {
    unit.split_once(':').map_or(unit, |(_, dir)| dir)
}

fn decide(place: &Place, found: &Found, moving: &Moving, files: &Files, versions: &Versions<'_>) -> Decision {
    let is_good = states(place.part, &place.value, versions.good);
    let is_bad = states(place.part, &place.value, versions.bad);
    let spelled = || respell(place.part, &place.value, versions.new, build(place, found, files));
    match place.what {
        What::Always => Decision::Change(spelled()),
        What::OwnVersion | What::Marker if !in_scope(found, place) => Decision::Leave,
        What::OwnVersion | What::Marker if is_good => Decision::Change(spelled()),
        // A file kept from the default branch states bad, in a package that goes back.
        What::OwnVersion | What::Marker | What::Echo if is_bad && moving.units.contains(&place.unit) => Decision::Change(spelled()),
        What::OwnVersion | What::Marker => disagreement(place, found, moving, files, versions),
        What::Echo | What::AppVersion if is_good && in_scope(found, place) => Decision::Change(spelled()),
        What::Echo | What::AppVersion => Decision::Leave,
        What::LockEntry => match &place.package {
            Some(name) if moving.has(place.ecosystem, name) => Decision::Change(spelled()),
            None if is_good && moving.units.contains(&place.unit) => Decision::Change(spelled()),
            Some(_) | None => Decision::Leave,
        },
        What::InternalPin => match &place.package {
            Some(name) if moving.has(place.ecosystem, name) => requirement(place, files, is_good || is_bad, versions),
            Some(_) | None => Decision::Leave,
        },
        What::ReleaseToolState if (is_good || is_bad) && in_scope(found, place) => Decision::Change(spelled()),
        What::ReleaseToolState if moving.units.contains(&place.unit) => Decision::Change(spelled()),
        What::ReleaseToolState => Decision::Leave,
        What::BuildNumber if moving.units.contains(&place.unit) => Decision::Change(raised(place, found, files)),
        What::Date if moving.units.contains(&place.unit) && !versions.date.is_empty() => Decision::Change(versions.date.to_owned()),
        What::BuildNumber | What::Date => Decision::Leave,
    }
}

/// A place that should state good and states something else.
fn disagreement(place: &Place, found: &Found, moving: &Moving, files: &Files, versions: &Versions<'_>) -> Decision {
    if is_placeholder(&place.value) || matches!(place.part, Part::Major | Part::Minor | Part::Patch) {
        return Decision::Leave;
    }
    let (good, value) = (versions.good, &place.value);
    let agrees = |other: &&Place| is_answer(other) && other.unit == place.unit && states(other.part, &other.value, good);
    let other = found.places.iter().find(agrees);
    if let Some(other) = other {
        let Place { path, line, locator, .. } = other;
        return Decision::Stop(at(
            place,
            &format!(
                "`{}` states `{value}`, and `{locator}` in `{path}` line {line} states `{good}`: two answers for one package",
                place.locator
            ),
            &format!(
                "if it lags, name it in `.github/rollback.yml` with `rewrite:`, and it becomes the new version too: {}",
                advice::rewriting(&found.search, place, files)
            ),
        ));
    }
    let declared = place.what == What::Marker;
    let private = found.private.contains(&place.path) && found.tagged.contains(&place.unit);
    let tagged = found.waived.contains(&place.unit) || private;
    if declared || (!tagged && found.search.names(&place.unit) && !moving.units.iter().any(|unit| unit_dir(unit) != place.unit)) {
        let as_new = advice::rewriting(&found.search, place, files);
        let as_tag = advice::entry(&found.search, &place.path, "tag");
        return Decision::Stop(at(
            place,
            &format!("`{}` states `{value}`, and the good release is `{good}`", place.locator),
            &format!(
                "check that the good tag is the right one; if it is, name the place in `.github/rollback.yml` with `rewrite:` before its locator, as in {as_new}; where the tag is the version: {as_tag}"
            ),
        ));
    }
    Decision::Leave
}

/// What one package requires of another that moves.
fn requirement(place: &Place, files: &Files, states_it: bool, versions: &Versions<'_>) -> Decision {
    let change = || Decision::Change(respell(place.part, &place.value, versions.new, None));
    if states_it {
        return change();
    }
    let range = around(place, files);
    let single = !range.contains([',', ' ', '|']);
    match admits(place.ecosystem, &range, versions.new) {
        Some(false) if single => change(),
        Some(false) => Decision::Stop(at(
            place,
            &format!("`{}` requires `{range}`, which does not admit `{}`", place.locator, versions.new),
            "choose a version that the requirement admits with `--rollback-version`",
        )),
        Some(true) | None => Decision::Leave,
    }
}

/// Tells whether a requirement admits a version, by its ecosystem's own rules; `None` where they are not known.
pub(super) fn admits(ecosystem: Ecosystem, range: &str, version: &str) -> Option<bool> {
    match ecosystem {
        Ecosystem::Cargo => match (semver::VersionReq::parse(range), semver::Version::parse(version)) {
            (Ok(range), Ok(new)) => Some(range.matches(&new)),
            (Err(_), _) | (_, Err(_)) => None,
        },
        Ecosystem::Npm => {
            let range = range.strip_prefix("workspace:").unwrap_or(range);
            match (nodejs_semver::Range::parse(range), nodejs_semver::Version::parse(version)) {
                (Ok(range), Ok(new)) => Some(range.satisfies(&new)),
                (Err(_), _) | (_, Err(_)) => None,
            }
        }
        Ecosystem::Python | Ecosystem::Java | Ecosystem::Dotnet | Ecosystem::Ruby | Ecosystem::Helm | Ecosystem::Other => None,
    }
}

/// Returns the whole string around a version in it.
pub(super) fn around(place: &Place, files: &Files) -> String {
    let text = files.text(&place.path).unwrap_or_default();
    let stop = |c: char| matches!(c, '"' | '\'' | '\n' | '<' | '`');
    let (before, after) = (text.get(..place.span.start).unwrap_or_default(), text.get(place.span.end..).unwrap_or_default());
    // In these a range has no quotes of its own, and its protocol or its package's name in front.
    if ["pnpm-lock.yaml", "yarn.lock"].iter().any(|lock| place.path.ends_with(lock)) {
        let start = before.rfind(|c: char| c.is_whitespace() || "\"',:@".contains(c)).map_or(0, |at| at + 1);
        let end = after.find(|c: char| c.is_whitespace() || "\"',:".contains(c)).unwrap_or(after.len());
        return format!("{}{}{}", &before[start..], place.value, &after[..end]);
    }
    let start = before.rfind(stop).map_or(0, |at| at + 1);
    let end = after.find(['"', '\'', '\n']).unwrap_or(after.len());
    let before = if before[start..].is_empty() && text.get(start.saturating_sub(1)..start) == Some("<") { "<" } else { &before[start..] };
    format!("{before}{}{}", place.value, &after[..end]).trim().to_owned()
}

/// The build number after this one and after the newest release's.
fn build(place: &Place, found: &Found, files: &Files) -> Option<u64> {
    let number = |place: &Place| place.value.split_once('+')?.1.parse::<u64>().ok();
    let own = number(place)?;
    Some(newer(place, found, files).iter().filter_map(number).fold(own, u64::max).saturating_add(1))
}

fn raised(place: &Place, found: &Found, files: &Files) -> String {
    let number = |place: &Place| place.value.trim().parse::<u64>().ok();
    let Some(own) = number(place) else { return place.value.clone() };
    newer(place, found, files).iter().filter_map(number).fold(own, u64::max).saturating_add(1).to_string()
}

/// Returns the same place as newer trees have it, where the caller gave that file.
fn newer(place: &Place, found: &Found, files: &Files) -> Vec<Place> {
    let same = |other: &Place| (&other.path, &other.locator, other.what) == (&place.path, &place.locator, place.what);
    let of = |text: &String| {
        let mut tree = files.clone();
        tree.replace(&place.path, text.clone());
        find(&found.search, &tree).places.into_iter().find(same)
    };
    files.newer(&place.path).iter().filter_map(of).collect()
}

/// Returns the files with a number that must rise with every upload, in a rollback too.
pub fn rising(found: &Found) -> BTreeSet<String> {
    let rises = |place: &&Place| place.what == What::BuildNumber || place.part == Part::WithBuild;
    found.places.iter().filter(rises).map(|place| place.path.clone()).collect()
}

/// When nothing at all states good, the plan would publish good's version again.
fn nothing_moves(found: &Found, files: &Files, moving: &Moving, good: &str, problems: &mut Vec<Problem>) {
    let answers: Vec<&Place> = found.places.iter().filter(|place| is_answer(place)).collect();
    let tagged = found.tagged.iter().any(|unit| found.search.names(unit));
    if tagged || !moving.units.is_empty() || answers.is_empty() || !problems.is_empty() {
        return;
    }
    let places: Vec<String> =
        answers.iter().take(20).map(|place| format!("`{}` line {} states `{}`", place.path, place.line, place.value)).collect();
    let Some(first) = answers.first() else { return };
    let as_new = advice::rewriting(&found.search, first, files);
    let as_tag = advice::entry(&found.search, &first.path, "tag");
    problems.push(problem(
        &format!("no place states `{good}`, the good release's version: {}", places.join(", ")),
        &format!("name the place in `.github/rollback.yml`, as in {as_new}; where the tag is the version: {as_tag}"),
    ));
}

/// Applies the edits and searches the result: the same places, and none that still states good or bad.
fn prove(found: &Found, files: &Files, edits: &[FileEdit], moving: &Moving, versions: &Versions<'_>, problems: &mut Vec<Problem>) {
    let mut edited = files.clone();
    for edit in edits {
        let Some(text) = files.text(&edit.path) else { continue };
        match edit.apply(text) {
            Ok(text) => edited.replace(&edit.path, text),
            Err(error) => problems.push(problem(&error.to_string(), "declare the place with `line:`, or report this")),
        }
    }
    if !problems.is_empty() {
        return;
    }
    let after = find(&found.search, &edited);
    problems.extend(after.problems.iter().filter(|problem| !found.problems.contains(problem)).cloned());
    if found.places.len() != after.places.len() {
        problems.push(problem("a file reads differently after the edit", "declare its places with `line:`"));
    }
    for (place, now) in found.places.iter().zip(&after.places) {
        if (place.path.as_str(), &place.locator) != (now.path.as_str(), &now.locator) {
            problems.push(at(now, &format!("`{}` reads differently after the edit", now.locator), "declare the place with `line:`"));
            break;
        }
    }
    let old = |place: &Place| {
        is_version(place) && (states(place.part, &place.value, versions.good) || states(place.part, &place.value, versions.bad))
    };
    for place in after.places.iter().filter(|place| is_answer(place) && in_scope(found, place)) {
        if moving.units.contains(&place.unit) && !same(versions.good, versions.new) && old(place) {
            problems.push(still(place, found, &edited));
        }
    }
}

/// Tells whether a whole version stands at a place.
pub(super) fn is_version(place: &Place) -> bool {
    matches!(place.part, Part::Whole | Part::FourNumbers | Part::Tuple | Part::WithBuild)
}

/// A problem of a place.
pub(super) fn at(place: &Place, message: &str, hint: &str) -> Problem {
    let Place { path, line, column, .. } = place;
    Problem { path: path.clone(), line: *line, column: *column, message: message.to_owned(), hint: hint.to_owned() }
}

/// A problem of the whole tree.
fn problem(message: &str, hint: &str) -> Problem {
    Problem { path: String::new(), line: 0, column: 0, message: message.to_owned(), hint: hint.to_owned() }
}
