//! Places that somebody names: the policy's `path` and locator, and lines or blocks marked for a version.

use crate::manifest::document::{Format, Node};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, Part, What};
use crate::manifest::spelling;

use super::python_source::module_file;

/// What marks a line, and which part of the version stands on it.
const MARKS: [(&str, Part); 8] = [
    ("x-rollback-version", Part::Whole),
    ("x-release-please-version-date", Part::None),
    ("x-release-please-version", Part::Whole),
    ("x-release-please-major", Part::Major),
    ("x-release-please-minor", Part::Minor),
    ("x-release-please-patch", Part::Patch),
    ("x-release-please-date", Part::None),
    ("x-rollback-date", Part::None),
];

/// What begins a block of marked lines.
const STARTS: [(&str, Part); 6] = [
    ("x-rollback-start-version", Part::Whole),
    ("x-release-please-start-version", Part::Whole),
    ("x-release-please-start-major", Part::Major),
    ("x-release-please-start-minor", Part::Minor),
    ("x-release-please-start-patch", Part::Patch),
    ("x-release-please-start-date", Part::None),
];

/// What ends a block.
const ENDS: [&str; 2] = ["x-rollback-end", "x-release-please-end"];

/// The locators, for the message about one that is none.
const LOCATORS: &str = "write `toml:project.version`, `json:$.version`, `yaml:image.tag`, `xml:/project/version`, `line:<text on the line>`, `marker` or `tag`";

/// Looks at every place the policy names.
pub(super) fn find(scan: &mut Scan<'_>) {
    let packages: Vec<_> = scan.search.packages.iter().collect();
    for package in packages {
        let unit = package.path.as_ref().map_or("", |path| path.as_str());
        for (path, locator) in &package.manifests {
            place(scan, path.as_str(), locator, unit, Some(&package.name));
        }
    }
}

/// Adds the places at a locator; says when there is none.
pub(super) fn place(scan: &mut Scan<'_>, path: &str, locator: &str, unit: &str, package: Option<&str>) {
    let Some((real, text)) = scan.text(path) else {
        if !scan.unread(path) {
            scan.problem(
                path,
                "",
                0,
                "declared in the policy, and not in the good release's tree",
                "correct the path under `manifests`, or remove the entry",
            );
        }
        return;
    };
    // The answer to a place that states neither good nor bad: `rewrite:toml:project.version`.
    let (what, locator) = locator.strip_prefix("rewrite:").map_or((What::Marker, locator), |inner| (What::Always, inner));
    let kind = Kind::own(Ecosystem::Other, unit, package).being(what);
    let (scheme, rest) = locator.split_once(':').unwrap_or((locator, ""));
    let format = match scheme {
        "toml" => Format::Toml,
        "json" => Format::Json,
        "yaml" => Format::Yaml,
        "xml" => Format::Xml,
        "marker" => {
            if marks(scan, &real, text, unit, package) == 0 && module_file_is_not(scan, &real) {
                scan.problem(
                    &real,
                    "",
                    0,
                    "no line is marked `x-rollback-version` or `x-release-please-version`",
                    "add the marker in a comment on the line of the version",
                );
            }
            return;
        }
        "tag" => {
            scan.tag_is_version(unit, &real, "by the policy, its build");
            return;
        }
        "line" => return line(scan, &real, text, rest, &kind),
        _ => {
            scan.problem(path, "", 0, &format!("`{locator}` is no locator"), LOCATORS);
            return;
        }
    };
    let Some((real, text, node)) = scan.document_as(path, format) else { return };
    let scalars = node_at(&node, rest, scheme);
    if scalars.is_empty() {
        scan.problem(&real, "", 0, &format!("nothing stands at `{locator}`"), LOCATORS);
    }
    for scalar in scalars {
        // The value may hold more than the version: `ghcr.io/acme/core:0.0.12`.
        if spelling::is_version(&scalar.text) || !scalar.plain {
            scan.scalar(&real, text, locator, scalar, kind.clone());
        } else if let [only] = spelling::tokens(&scalar.text).as_slice() {
            scan.place(&real, text, locator, scalar.span.start + only.start..scalar.span.start + only.end, kind.clone());
        } else {
            scan.problem(&real, text, scalar.span.start, &format!("`{}` at `{locator}` is no version", short(&scalar.text)), LOCATORS);
        }
    }
}

fn module_file_is_not(scan: &mut Scan<'_>, path: &str) -> bool {
    !(path.ends_with(".py") && module_file(scan, "", path, None))
}

fn node_at<'n>(node: &'n Node, path: &str, scheme: &str) -> Vec<&'n crate::manifest::document::Scalar> {
    let keys = keys(path, scheme);
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let direct = node.all(&keys);
    // An element with attributes keeps its text under a key of its own.
    if direct.is_empty() && scheme == "xml" { node.all(&[keys.as_slice(), &["#text"]].concat()) } else { direct }
}

/// Splits `$.a["b.c"][0].d`, `a.b`, or `/a/b/@c` into keys.
pub(super) fn keys(path: &str, scheme: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut key = String::new();
    let mut chars = path.trim().trim_start_matches('$').chars().take(1024);
    let separator = if scheme == "xml" { '/' } else { '.' };
    while let Some(c) = chars.next() {
        match c {
            c if c == separator => keys.push(std::mem::take(&mut key)),
            '[' if scheme != "xml" => {
                keys.push(std::mem::take(&mut key));
                let inner: String = chars.by_ref().take_while(|c| *c != ']').collect();
                keys.push(inner.trim_matches(['"', '\'']).to_owned());
            }
            '"' | '\'' => key.extend(chars.by_ref().take_while(|next| *next != c)),
            c => key.push(c),
        }
    }
    keys.push(key);
    keys.retain(|key| !key.is_empty());
    keys
}

fn line(scan: &mut Scan<'_>, path: &str, text: &str, needle: &str, kind: &Kind<'_>) {
    if let Some(span) = super::plain::whole(text).filter(|_| needle.is_empty()) {
        return scan.place(path, text, "the whole file", span, kind.clone());
    }
    let mut found = false;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if !needle.is_empty() && line.contains(needle) {
            // The version nearest behind the text, or else the first on the line.
            let behind = line.find(needle).unwrap_or(0);
            let tokens = spelling::tokens(line);
            if let Some(token) = tokens.iter().find(|token| token.end > behind).or_else(|| tokens.first()) {
                scan.place(path, text, &format!("line with `{}`", short(needle)), at + token.start..at + token.end, kind.clone());
                found = true;
            }
        }
        at += line.len();
    }
    if !found {
        scan.problem(path, "", 0, &format!("no line with `{}` states a version", short(needle)), LOCATORS);
    }
}

/// Looks for marked lines in every file that was read for another reason.
pub(super) fn marked(scan: &mut Scan<'_>) {
    for path in scan.seen.clone() {
        if let Some((path, text)) = scan.text(&path)
            && (text.contains("x-release-please-") || text.contains("x-rollback-"))
        {
            marks(scan, &path, text, "", None);
        }
    }
}

/// Adds the versions on marked lines; returns how many.
pub(super) fn marks(scan: &mut Scan<'_>, path: &str, text: &str, unit: &str, package: Option<&str>) -> usize {
    let mut block = None;
    let mut count = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if ENDS.iter().any(|end| line.contains(end)) {
            block = None;
            continue;
        }
        if let Some((_, part)) = STARTS.iter().find(|(mark, _)| line.contains(mark)) {
            block = Some(*part);
            continue;
        }
        let inline = MARKS.iter().find(|(mark, _)| line.contains(mark)).map(|(mark, part)| (*part, line.find(mark).unwrap_or(0)));
        let Some((part, end)) = inline.or_else(|| block.map(|part| (part, line.len()))) else { continue };
        let found = match part {
            Part::None => date(&line[..end]),
            Part::Major | Part::Minor | Part::Patch => number(&line[..end]),
            Part::Whole | Part::FourNumbers | Part::WithBuild | Part::Tuple => spelling::tokens(&line[..end]).into_iter().next(),
        };
        let Some(span) = found else { continue };
        let what = if part == Part::None { What::Date } else { What::Marker };
        let kind = Kind::own(Ecosystem::Other, unit, package).being(what).spelled(part);
        scan.place(path, text, "marked line", start + span.start..start + span.end, kind);
        count += 1;
    }
    count
}

/// Returns the first `2026-01-31` of a line.
fn date(line: &str) -> Option<std::ops::Range<usize>> {
    let shape =
        |window: &[u8]| window.iter().enumerate().all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
    line.as_bytes().windows(10).position(shape).map(|at| at..at + 10)
}

/// Returns the last number of a line that is no part of a word.
fn number(line: &str) -> Option<std::ops::Range<usize>> {
    let bytes = line.as_bytes();
    let mut at = 0;
    let mut first = None;
    while at < bytes.len() {
        if bytes[at].is_ascii_digit() {
            let end = (at..bytes.len()).find(|i| !bytes[*i].is_ascii_digit()).unwrap_or(bytes.len());
            let word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
            if !word && first.is_none() {
                first = Some(at..end);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    first
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
