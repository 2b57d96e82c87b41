//! The spellings of a version: whether a text states it, and how another would be spelled in its place.

use std::ops::Range;

use super::place::Part;

/// The longest text that is taken for a version.
const LONGEST: usize = 128;

/// Tells whether two texts name the same version: letter for letter, under PEP 440, or under semver.
pub(crate) fn same(a: &str, b: &str) -> bool {
    let (a, b) = (bare(a), bare(b));
    if a == b {
        return true;
    }
    if a.len() > LONGEST || b.len() > LONGEST || !a.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if let (Ok(a), Ok(b)) = (semver::Version::parse(a), semver::Version::parse(b)) {
        return a.cmp_precedence(&b).is_eq();
    }
    matches!((a.parse::<pep440_rs::Version>(), b.parse::<pep440_rs::Version>()), (Ok(a), Ok(b)) if a == b)
}

/// Tells whether a value, of which `part` is meant, states this version.
pub(crate) fn states(part: Part, value: &str, version: &str) -> bool {
    match part {
        Part::Whole | Part::FourNumbers => same(value, version),
        Part::WithBuild => same(value.split('+').next().unwrap_or(value), version),
        Part::Tuple => same(&value.split(',').map(str::trim).collect::<Vec<_>>().join("."), version),
        Part::Major => numbers(version).first().is_some_and(|number| *number == value),
        Part::Minor => numbers(version).get(1).is_some_and(|number| *number == value),
        Part::Patch => numbers(version).get(2).is_some_and(|number| *number == value),
        Part::None => false,
    }
}

/// Spells `new` the way `old` was spelled; `build` is the build number to use where one belongs to it.
pub(crate) fn respell(part: Part, old: &str, new: &str, build: Option<u64>) -> String {
    let number = |at: usize| numbers(new).get(at).map_or_else(|| old.to_owned(), |number| (*number).to_owned());
    match part {
        Part::Whole => {
            let prefix = if old.starts_with('v') { "v" } else { "" };
            format!("{prefix}{new}")
        }
        Part::FourNumbers if old.split('.').count() == 4 => format!("{new}.0"),
        Part::FourNumbers => new.to_owned(),
        Part::WithBuild => build.map_or_else(|| new.to_owned(), |build| format!("{new}+{build}")),
        Part::Tuple => {
            let comma = if old.contains(", ") { ", " } else { "," };
            numbers(new).join(comma)
        }
        Part::Major => number(0),
        Part::Minor => number(1),
        Part::Patch => number(2),
        Part::None => old.to_owned(),
    }
}

/// Tells whether the whole text is one version with at least two numbers.
pub(crate) fn is_version(text: &str) -> bool {
    matches!(tokens(text).as_slice(), [only] if only.start == usize::from(text.starts_with('v')) && only.end == text.len())
}

/// Tells whether a version is the one projects write where another tool puts the real one.
pub(crate) fn is_placeholder(value: &str) -> bool {
    value == "0.0.0"
        || value.strip_prefix("0.0.0").is_some_and(|rest| rest.starts_with(['-', '+', '.']) && !rest.starts_with("-rc"))
        || value == "0"
        || value == "0.0"
}

/// Returns the bytes of every version in a line: at least two numbers with a dot, not inside a longer word.
pub(crate) fn tokens(line: &str) -> Vec<Range<usize>> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = (at..bytes.len()).find(|i| !is_version_byte(bytes[*i])).unwrap_or(bytes.len());
        if let Some(len) = starts_a_word(bytes, at).then(|| token(&line[at..end])).flatten() {
            found.push(at..at + len);
        }
        at = end.max(at + 1);
    }
    found
}

fn is_version_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'!')
}

fn starts_a_word(bytes: &[u8], at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).and_then(|at| bytes.get(at)).copied();
    let word = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match before(1) {
        Some(b'v' | b'V') => !word(before(2)),
        other => !word(other),
    }
}

/// Returns the length of the version at the start of a run of version characters.
fn token(run: &str) -> Option<usize> {
    let run = &run[..run.len().min(LONGEST)];
    let core = run.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let core_text = run[..core].trim_end_matches('.');
    if core_text.split('.').count() < 2 || core_text.split('.').any(str::is_empty) {
        return None;
    }
    // The longest reading that is a version; `1.2.3.tar.gz` is one only up to its third number.
    let mut end = run.trim_end_matches(['.', '-', '+', '!']).len();
    while end > core_text.len() {
        let whole = &run[..end];
        if semver::Version::parse(whole).is_ok() || whole.parse::<pep440_rs::Version>().is_ok() {
            return Some(end);
        }
        end = whole.rfind(['.', '-', '+']).unwrap_or(0);
    }
    Some(core_text.len())
}

fn bare(text: &str) -> &str {
    text.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(text)
}

fn numbers(version: &str) -> Vec<&str> {
    bare(version).split(['-', '+']).next().unwrap_or_default().split('.').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_version_are_the_same() {
        for (a, b) in
            [("0.0.12", "v0.0.12"), ("1.0.0-rc.1", "1.0.0rc1"), ("1.3.7.0", "1.3.7"), ("2026.10.02", "2026.10.2"), ("1.0.post1", "1.0-1")]
        {
            assert!(same(a, b), "{a} {b}");
        }
        for (a, b) in [("0.0.12", "0.0.1"), ("0.0.12", "0.0.120"), ("1.0.0-rc.1", "1.0.0"), ("vendor", "endor")] {
            assert!(!same(a, b), "{a} {b}");
        }
    }

    #[test]
    fn versions_are_found_in_lines_with_all_their_parts() {
        let found = |line: &'static str| tokens(line).into_iter().map(|span| &line[span]).collect::<Vec<_>>();
        assert_eq!(found("version = \"0.1.0rc1\" # x"), ["0.1.0rc1"]);
        assert_eq!(found("a 1.2.3-beta.4+b5, v2026.01.02."), ["1.2.3-beta.4+b5", "2026.01.02"]);
        assert_eq!(found("pkg-1.2.3.tar.gz 1.2.3.4"), ["1.2.3", "1.2.3.4"]);
        assert_eq!(found("1.0.post1 x1.2 12 a_1.2"), ["1.0.post1"]);
    }

    #[test]
    fn a_value_is_spelled_the_way_it_was() {
        assert_eq!(respell(Part::Whole, "v1.0.0", "1.0.1", None), "v1.0.1");
        assert_eq!(respell(Part::FourNumbers, "1.0.0.0", "1.0.1", None), "1.0.1.0");
        assert_eq!(respell(Part::FourNumbers, "1.0.0", "1.0.1", None), "1.0.1");
        assert_eq!(respell(Part::Tuple, "1, 0, 0", "1.0.1", None), "1, 0, 1");
        assert_eq!(respell(Part::WithBuild, "1.0.0+7", "1.0.1", Some(9)), "1.0.1+9");
        assert_eq!(respell(Part::Minor, "0", "1.5.1", None), "5");
    }
}
