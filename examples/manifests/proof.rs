//! What every edit of a real file must hold: it changes the version and no other byte, reads back, and can be undone.

use rollback_action::manifest::{Content, FileEdit, Files, Found, Part, Place, Search, SpanEdit, find, rewrite};

use super::BAD;

/// The day of the rollback of the rollback: another, so that a date changes again and is found.
const NEXT_DAY: &str = "2026-01-03";

/// In every file as many words must change as the plan has places in it, each on a line of a place, and nothing else.
pub(crate) fn judged(edits: &[FileEdit], files: &Files) -> Vec<String> {
    let mut wrong = Vec::new();
    for edit in edits {
        let Some(before) = files.text(&edit.path) else { continue };
        let after = match edit.apply(before) {
            Ok(after) => after,
            Err(error) => {
                wrong.push(error.to_string());
                continue;
            }
        };
        let (old, new): (Vec<&str>, Vec<&str>) = (before.split('\n').collect(), after.split('\n').collect());
        if old.len() != new.len() {
            wrong.push(format!("`{}` has {} lines and then {}", edit.path, old.len(), new.len()));
            continue;
        }
        for (at, (old, new)) in old.iter().zip(&new).enumerate() {
            let places = edit.places.iter().filter(|place| place.line == at + 1).count();
            let (old, new) = (words(old), words(new));
            let changed = old.iter().zip(&new).filter(|(old, new)| old != new).count();
            if old.len() != new.len() || changed != places {
                wrong.push(format!("`{}` line {}: {changed} words change at {places} places", edit.path, at + 1));
            }
        }
    }
    wrong
}

/// After the edit the finder must read the new version at every place, and a rollback to the old one must give the old
/// bytes. What no version tells, such as a date, is put back as it was at the place where it is found now.
pub(crate) fn rolled_back(search: &Search, files: &Files, edits: &[FileEdit], good: &str, next: &str) -> Vec<String> {
    let (edited, mut wrong) = applied(files, edits);
    let found = find(search, &edited);
    for edit in edits {
        for place in &edit.places {
            let is_it =
                |one: &&Place| (&one.path, one.line, &one.locator, &one.value) == (&edit.path, place.line, &place.locator, &place.new);
            if !found.places.iter().any(|one| is_it(&one)) {
                wrong.push(format!("`{}` line {} does not read `{}` after the edit", edit.path, place.line, place.new));
            }
        }
    }
    let back = match rewrite(&found, &edited, next, BAD, good, NEXT_DAY) {
        Ok(back) => back,
        Err(problems) => {
            wrong.extend(problems.iter().map(|problem| format!("on the way back: {}", problem.to_string().replace('\n', " | "))));
            return wrong;
        }
    };
    let mut restored = back;
    for edit in &mut restored {
        let before = edits.iter().filter(|before| before.path == edit.path).flat_map(|before| &before.places);
        for (span, place) in edit.spans.iter_mut().zip(&edit.places) {
            let same = before.clone().find(|before| (before.line, &before.locator) == (place.line, &place.locator));
            if let Some(same) = same.filter(|same| !same.old.contains(good)) {
                span.new.clone_from(&same.old);
            }
        }
    }
    wrong.extend(not_restored(files, &edited, &restored, edits));
    wrong
}

/// Every place of the tree, edited or not: its last number plus one must be read again there, and taking it back must give
/// the old bytes.
pub(crate) fn there_and_back(search: &Search, found: &Found, files: &Files) -> Vec<String> {
    let (mut edits, mut places): (Vec<FileEdit>, Vec<&Place>) = (Vec::new(), Vec::new());
    for place in found.places.iter().filter(|place| place.part != Part::None) {
        let Some(new) = raised(&place.value) else { continue };
        if edits.last().is_none_or(|edit| edit.path != place.path) {
            edits.push(FileEdit { path: place.path.clone(), spans: Vec::new(), places: Vec::new() });
        }
        let Some(edit) = edits.last_mut() else { continue };
        if edit.spans.last().is_none_or(|last| last.at.end <= place.span.start) {
            edit.spans.push(SpanEdit { at: place.span.clone(), new });
            places.push(place);
        }
    }
    let (edited, mut wrong) = applied(files, &edits);
    let again = find(search, &edited);
    let mut back: Vec<FileEdit> = Vec::new();
    let new = edits.iter().flat_map(|edit| &edit.spans).map(|span| &span.new);
    for (place, new) in places.iter().zip(new) {
        let is_it = |one: &&Place| (&one.path, one.line, &one.locator, &one.value) == (&place.path, place.line, &place.locator, new);
        let taken =
            |one: &&Place| back.last().is_some_and(|edit| edit.path == one.path && edit.spans.iter().any(|span| span.at == one.span));
        let Some(now) = again.places.iter().find(|one| is_it(one) && !taken(one)) else {
            wrong.push(format!("`{}` line {} does not read `{new}` where it is written", place.path, place.line));
            continue;
        };
        if back.last().is_none_or(|edit| edit.path != place.path) {
            back.push(FileEdit { path: place.path.clone(), spans: Vec::new(), places: Vec::new() });
        }
        if let Some(edit) = back.last_mut() {
            edit.spans.push(SpanEdit { at: now.span.clone(), new: place.value.clone() });
        }
    }
    wrong.extend(not_restored(files, &edited, &back, &edits));
    wrong
}

/// Returns the files after the edits, and what is wrong with these.
fn applied(files: &Files, edits: &[FileEdit]) -> (Files, Vec<String>) {
    let (mut edited, mut wrong) = (files.clone(), Vec::new());
    for edit in edits {
        match files.text(&edit.path).map(|text| edit.apply(text)) {
            Some(Ok(text)) => edited.insert_file(&edit.path, Content::Text(text)),
            Some(Err(error)) => wrong.push(error.to_string()),
            None => wrong.push(format!("`{}` was never read", edit.path)),
        }
    }
    (edited, wrong)
}

/// Names the edited files that the edits back do not bring back byte for byte.
fn not_restored(files: &Files, edited: &Files, back: &[FileEdit], edits: &[FileEdit]) -> Vec<String> {
    let (restored, mut wrong) = applied(edited, back);
    let differs = |edit: &&FileEdit| restored.text(&edit.path) != files.text(&edit.path);
    wrong.extend(edits.iter().filter(differs).map(|edit| format!("`{}` is not restored byte for byte", edit.path)));
    wrong
}

/// Returns a version with its last number raised.
fn raised(value: &str) -> Option<String> {
    let end = value.rfind(|c: char| c.is_ascii_digit())? + 1;
    let start = value[..end].rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1);
    let number: u64 = value[start..end].parse().ok()?;
    Some(format!("{}{}{}", &value[..start], number.checked_add(1)?, &value[end..]))
}

/// A version is one word, quotes and spaces are not part of one.
fn words(line: &str) -> Vec<&str> {
    line.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && !".+-_".contains(c)).collect()
}
