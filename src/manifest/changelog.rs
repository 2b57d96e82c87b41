//! The changelog's entry for a rollback, in the convention of the file it goes into.

use super::edit::{EditedPlace, FileEdit, SpanEdit};
use super::place::position;
use super::spelling;

/// Returns the edit that puts an entry for the rollback on top of a changelog, as the default branch has it.
/// `None` when no heading states a version: there is then no convention to follow.
///
/// The path of the edit is `CHANGELOG.md`; the caller sets another where the file has another name.
pub fn changelog_entry(text: &str, bad: &str, new: &str, good: &str, date: &str, reason: &str) -> Option<FileEdit> {
    let headings = headings(text);
    let model = headings.first()?;
    if headings.iter().any(|heading| spelling::same(&text[heading.version.clone()], new)) {
        return None;
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let title = title(text, model, &headings, new, date);
    let (group, bullet) = body_style(text, model);
    let reason = one_line(reason);
    let because = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    let lines = format!("{bullet} Roll back {bad}{because}");
    let content = format!("{bullet} The content is that of {good}; {bad} is withdrawn, do not use it");
    let group = group.map_or_else(String::new, |group| format!("{group}{newline}{newline}"));
    let new_text = format!("{title}{newline}{newline}{group}{lines}{newline}{content}{newline}{newline}");
    if !states(&new_text, new) {
        return None;
    }
    let at = model.start;
    let place = EditedPlace { line: position(text, at).0, locator: "entry".into(), old: String::new(), new: new.to_owned() };
    Some(FileEdit { path: "CHANGELOG.md".into(), spans: vec![SpanEdit { at: at..at, new: new_text }], places: vec![place] })
}

/// A heading that states a version.
struct Heading {
    start: usize,
    end: usize,
    version: std::ops::Range<usize>,
    underlined: bool,
}

fn headings(text: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut fenced = false;
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').peekable();
    while let Some(line) = lines.next() {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        if body.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        let hashes = body.bytes().take_while(|byte| *byte == b'#').count();
        let marked = (1..=3).contains(&hashes) && body[hashes..].starts_with(' ');
        let next = lines.peek().map_or("", |next| next.trim_end());
        let underlined = !marked && next.len() >= 3 && next.bytes().all(|byte| byte == b'=') | next.bytes().all(|byte| byte == b'-');
        if !(marked || underlined) {
            continue;
        }
        // A heading of a release begins with its version, perhaps behind `v`, `[`, `Version` or the package's name.
        let words_before = |token: &std::ops::Range<usize>| body[..token.start].split_whitespace().count() <= 4;
        if let Some(token) = spelling::tokens(body).into_iter().find(words_before) {
            found.push(Heading { start, end: start + body.len(), version: start + token.start..start + token.end, underlined });
        }
    }
    found
}

/// Tells whether an entry reads as one of this version: a heading whose version runs into other text makes another.
fn states(entry: &str, new: &str) -> bool {
    headings(entry).first().is_some_and(|heading| spelling::same(&entry[heading.version.clone()], new))
}

/// The newest release's heading with the new version and date in place of its own.
fn title(text: &str, model: &Heading, headings: &[Heading], new: &str, date: &str) -> String {
    let old = &text[model.version.clone()];
    let line = &text[model.start..model.end];
    let mut out = line.to_owned();
    if let Some(link) = line.find("](") {
        // `## [1.4.0](…/compare/v1.3.7...v1.4.0) (2026-01-01)`: the comparison goes from what was newest to the new.
        let end = line[link..].find(')').map_or(line.len(), |end| link + end + 1);
        let target = &line[link..end];
        let before = headings.get(1).map(|heading| &text[heading.version.clone()]);
        let shifted = match before {
            Some(before) if target.contains(before) => target.replace(old, "\u{0}").replace(before, old).replace('\u{0}', new),
            Some(_) | None => target.replace(old, new),
        };
        out = format!("{}{shifted}{}", line[..link].replace(old, new), line[end..].replace(old, new));
    } else {
        out = out.replacen(old, new, 1);
    }
    if let Some(at) = date_at(&out) {
        out.replace_range(at..at + 10, date);
    }
    if model.underlined {
        let sign = text[model.end..].trim_start().chars().next().unwrap_or('-');
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        out = format!("{out}{newline}{}", sign.to_string().repeat(out.chars().count()));
    }
    out
}

/// Returns where a date such as `2026-01-31` stands behind the version.
fn date_at(line: &str) -> Option<usize> {
    let shape =
        |window: &[u8]| window.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    line.as_bytes().windows(10).rposition(shape)
}

/// Returns the heading for withdrawn things that the convention has, and the sign of its lists.
fn body_style(text: &str, model: &Heading) -> (Option<String>, char) {
    let rest = &text[model.end..];
    let level = text[model.start..].bytes().take_while(|byte| *byte == b'#').count().max(1) + 1;
    let hashes = "#".repeat(level);
    let groups: Vec<&str> =
        rest.lines().filter_map(|line| line.strip_prefix(&hashes)?.strip_prefix(' ')).map(str::trim).take(200).collect();
    let kept = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    let group = if groups.iter().any(|group| *group == "Bug Fixes" || *group == "Features") {
        // release-please and conventional-changelog.
        Some(format!("{hashes} Reverts"))
    } else if groups.iter().any(|group| kept.contains(group)) {
        Some(format!("{hashes} Removed"))
    } else {
        None
    };
    let bullet = rest
        .lines()
        .find_map(|line| line.trim_start().chars().next().filter(|c| matches!(c, '-' | '*') && line.trim_start()[1..].starts_with(' ')));
    (group, bullet.unwrap_or('-'))
}

/// Text from outside on one line, without what would make Markdown or HTML of it.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out = String::new();
    for c in words.join(" ").chars().take(300) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' => out.extend(['\\', c]),
            '@' => out.push_str("@\u{200b}"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}
