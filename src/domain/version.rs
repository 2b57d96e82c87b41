//! Versions as projects write them: semver, PEP 440, calendar versions with leading zeros, four numbers.
//! One order over all of them; what a single registry takes or refuses is decided elsewhere.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::git::BadName;

pub use super::tag_template::TagTemplate;

/// A version: its text as written, and its place in the order.
///
/// The order, from the most to the least important:
/// 1. PEP 440's epoch (`1!2.0`), then the numbers, where a missing one is zero: `1.2` = `1.2.0`, `2026.11.01` = `2026.11.1`;
/// 2. development release, pre-release, the release itself: `1.0.dev1` < `1.0a1` = `1.0.0-alpha.1` < `1.0.0-rc.1` < `1.0.0`;
///    pre-releases among each other by semver's rule for identifiers, where `a`, `b` and `c` are `alpha`, `beta` and `rc`;
/// 3. post-releases: `1.0` < `1.0.post1`.
///
/// Build metadata (`+x`) never counts, so `1.0.0+a == 1.0.0`. Where semver and PEP 440 read the same text in opposite directions
/// (`1.0.0-1`, `-r1`, `-post1`) this order is semver's, and [`Version::is_two_faced`] tells so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Shared, since a table of who gets what holds every version of a registry several times.
    read: Arc<Read>,
}

#[derive(Debug)]
struct Read {
    text: String,
    release: Vec<u64>,
    order: Order,
    two_faced: bool,
}

/// What versions are compared by, in the order of its fields.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    epoch: u64,
    /// Without the zeros at the end.
    numbers: Vec<u64>,
    phase: Phase,
    post: Option<u64>,
    progress: Progress,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    Development,
    Pre(Vec<Identifier>),
    Release,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(String),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Development(u64),
    Done,
}

impl Version {
    /// Returns the text as it was written.
    pub fn as_str(&self) -> &str {
        &self.read.text
    }

    /// Returns the numbers as written: two to four of them, without epoch, pre-release and what follows.
    pub fn numbers(&self) -> &[u64] {
        &self.read.release
    }

    /// Tells whether it is a pre-release or a development release.
    pub fn is_prerelease(&self) -> bool {
        self.read.order.phase != Phase::Release || self.read.order.progress != Progress::Done
    }

    /// Tells whether semver takes it for a pre-release and PEP 440 for a post-release, as `0.0.13-1`.
    pub fn is_two_faced(&self) -> bool {
        self.read.two_faced
    }

    /// Returns the build metadata (`+x`), which no order counts.
    pub fn build(&self) -> Option<&str> {
        self.read.text.split_once('+').map(|(_, build)| build)
    }

    /// Returns the line it is on, as written: `major.minor`, or the first three of four numbers.
    pub fn line(&self) -> String {
        self.parts().into_iter().take(self.line_length()).collect::<Vec<_>>().join(".")
    }

    /// Tells whether both are on the same line.
    pub fn same_line(&self, other: &Self) -> bool {
        let length = self.line_length().min(other.line_length());
        self.read.order.epoch == other.read.order.epoch && self.read.release.iter().take(length).eq(other.read.release.iter().take(length))
    }

    /// Returns the patch after this one on its line.
    ///
    /// `1.4` → `1.4.1`, `1.4.0` → `1.4.1`, `1.4.0.7` → `1.4.0.8`; zeros in front stay (`2026.11.01` → `2026.11.02`), build metadata
    /// and post-releases go (`0.0.12.post1` → `0.0.13`). After a pre-release comes its next one: `2.0.0-rc.1` → `2.0.0-rc.2`.
    pub fn next_patch(&self) -> Self {
        if self.is_prerelease()
            && let Some(next) = self.next_prerelease()
        {
            return next;
        }
        let mut numbers = self.read.release.clone();
        if numbers.len() < 3 {
            numbers.push(1);
        } else if let Some(last) = numbers.last_mut() {
            *last = last.saturating_add(1);
        }
        self.with_numbers(numbers)
    }

    /// Returns the next version that may break what this one promised: `0.1.0` → `0.2.0`, `1.4.0` → `2.0.0`, `2.0.0-rc.1` → `2.0.0`.
    pub fn next_breaking(&self) -> Self {
        let mut numbers = self.read.release.clone();
        if self.read.order.phase == Phase::Release {
            let kept = usize::from(numbers.first() == Some(&0));
            for (at, number) in numbers.iter_mut().enumerate() {
                match at.cmp(&kept) {
                    Ordering::Less => {}
                    Ordering::Equal => *number = number.saturating_add(1),
                    Ordering::Greater => *number = 0,
                }
            }
        }
        self.with_numbers(numbers)
    }

    fn line_length(&self) -> usize {
        self.read.release.len().saturating_sub(1).max(2)
    }

    /// The numbers as written, with zeros in front.
    fn parts(&self) -> Vec<&str> {
        let text = self.read.text.split_once('!').map_or(self.read.text.as_str(), |(_, rest)| rest);
        text.split('.')
            .map(|part| part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default())
            .take(self.read.release.len())
            .collect()
    }

    /// The release of these numbers in this version's style; a number keeps the width of one written with a zero in front.
    fn with_numbers(&self, numbers: Vec<u64>) -> Self {
        let widths: Vec<usize> = self.parts().iter().map(|part| if part.starts_with('0') { part.len() } else { 1 }).collect();
        let numbered = numbers.iter().enumerate().map(|(at, number)| {
            let width = widths.get(at).copied().unwrap_or(1);
            format!("{number:0width$}")
        });
        let mut text = numbered.collect::<Vec<_>>().join(".");
        let epoch = self.read.order.epoch;
        if epoch > 0 {
            text = format!("{epoch}!{text}");
        }
        let order = Order { epoch, numbers: trimmed(&numbers), phase: Phase::Release, post: None, progress: Progress::Done };
        Self { read: Arc::new(Read { text, release: numbers, order, two_faced: false }) }
    }

    /// The same text with its last number counted up; `None` where that gives nothing higher.
    fn next_prerelease(&self) -> Option<Self> {
        let text = self.read.text.split('+').next().unwrap_or_default();
        let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
        let (front, number) = text.split_at(text.len() - digits);
        let next = match number.parse::<u64>() {
            Ok(count) => format!("{front}{:0digits$}", count.checked_add(1)?),
            Err(_) if text.contains('-') => format!("{text}.1"),
            Err(_) => format!("{text}1"),
        };
        next.parse().ok().filter(|next| next > self)
    }
}

impl FromStr for Version {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        parse(text).map_err(|why| BadName::new(text, "version", why))
    }
}

impl TryFrom<String> for Version {
    type Error = BadName;

    fn try_from(text: String) -> Result<Self, BadName> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.read.text.clone()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.read.text)
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.read.order == other.read.order
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.read.order.cmp(&other.read.order)
    }
}

fn parse(text: &str) -> Result<Version, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if text.len() > 128 {
        return Err("it is longer than 128 bytes".into());
    }
    if text.starts_with(['v', 'V']) {
        return Err("a version has no `v`; that belongs to the tag".into());
    }
    let (public, build) = text.split_once('+').map_or((text, None), |(public, build)| (public, Some(build)));
    if build.is_some_and(|build| !identifiers_are_valid(build)) {
        return Err("after `+` come letters, digits and `-`, in parts between dots".into());
    }
    let (epoch, rest) = match public.split_once('!') {
        Some((epoch, rest)) => (number(epoch)?, rest),
        None => (0, public),
    };
    let (release, suffix) = numbers(rest)?;
    // By semver it counts as a number however long it is, and nothing here could compare it.
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    suffix.split(['.', '-', '_']).filter(is_number).try_for_each(|part| number(part).map(|_| ()))?;
    let Stage { phase, post, progress, two_faced } = stage(suffix, if epoch == 0 { release.len() } else { 0 }).ok_or_else(|| {
        format!("`{suffix}` after the numbers is neither a semver pre-release such as `-rc.1` nor PEP 440's such as `rc1`")
    })?;
    let order = Order { epoch, numbers: trimmed(&release), phase, post, progress };
    Ok(Version { read: Arc::new(Read { text: text.to_owned(), release, order, two_faced }) })
}

fn numbers(text: &str) -> Result<(Vec<u64>, &str), String> {
    let mut release = Vec::new();
    let mut rest = text;
    loop {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (digits, after) = rest.split_at(digits);
        release.push(number(digits)?);
        match after.strip_prefix('.') {
            Some(next) if next.starts_with(|c: char| c.is_ascii_digit()) => rest = next,
            _ => {
                rest = after;
                break;
            }
        }
    }
    match release.len() {
        2..=4 => Ok((release, rest)),
        1 => Err("one number alone may be anything; write at least two, as in `1.2`".into()),
        more => Err(format!("{more} numbers are more than any registry's versions have; at most four")),
    }
}

fn number(digits: &str) -> Result<u64, String> {
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("it must start with numbers between dots, as in `1.2.3`".into());
    }
    digits.parse().map_err(|_| format!("the number `{digits}` is too large"))
}

struct Stage {
    phase: Phase,
    post: Option<u64>,
    progress: Progress,
    two_faced: bool,
}

/// Reads what follows so many numbers; none for PEP 440's epochs, which semver does not have. PEP 440's words win where semver's grammar takes them too, as `-rc.1` and `-beta2`.
fn stage(suffix: &str, count: usize) -> Option<Stage> {
    let named = || {
        let words = suffix.strip_prefix('-').filter(|words| count >= 3 && identifiers_are_valid(words))?;
        let phase = Phase::Pre(words.split('.').map(Identifier::of).collect());
        Some(Stage { phase, post: None, progress: Progress::Done, two_faced: false })
    };
    match pep440_stage(suffix) {
        Some(stage) if stage.phase == Phase::Release && stage.post.is_some() && suffix.starts_with('-') => match named() {
            Some(named) if count == 3 => Some(Stage { two_faced: true, ..named }),
            Some(_) | None => Some(stage),
        },
        Some(stage) => Some(stage),
        None => named(),
    }
}

fn pep440_stage(suffix: &str) -> Option<Stage> {
    const PRE: [(&str, &str); 8] =
        [("alpha", "alpha"), ("beta", "beta"), ("preview", "rc"), ("pre", "rc"), ("rc", "rc"), ("a", "alpha"), ("b", "beta"), ("c", "rc")];
    let lower = suffix.to_ascii_lowercase();
    let mut rest = lower.as_str();
    let pre = PRE.iter().find_map(|(word, kind)| {
        let (number, after) = counted(rest, word)?;
        rest = after;
        Some(vec![Identifier::Word((*kind).to_owned()), Identifier::Number(number)])
    });
    let post = ["post", "rev", "r", "-"].iter().find_map(|word| {
        let (number, after) = counted(rest, word)?;
        rest = after;
        Some(number)
    });
    let development = counted(rest, "dev").map(|(number, after)| {
        rest = after;
        number
    });
    let phase = match pre {
        Some(pre) => Phase::Pre(pre),
        None if post.is_none() && development.is_some() => Phase::Development,
        None => Phase::Release,
    };
    let progress = development.map_or(Progress::Done, Progress::Development);
    rest.is_empty().then_some(Stage { phase, post, progress, two_faced: false })
}

/// Reads `word` with a number, each with PEP 440's optional separator in front; the word `-` needs its number.
fn counted<'a>(text: &'a str, word: &str) -> Option<(u64, &'a str)> {
    let separators = ['-', '_', '.'];
    let body = if word == "-" { text } else { text.strip_prefix(separators).unwrap_or(text) };
    let after = body.strip_prefix(word)?;
    let spaced = if word == "-" { after } else { after.strip_prefix(separators).unwrap_or(after) };
    let digits = spaced.len() - spaced.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    match digits {
        0 if word == "-" => None,
        0 => Some((0, spaced)),
        _ => Some((spaced.get(..digits)?.parse().ok()?, spaced.get(digits..)?)),
    }
}

impl Identifier {
    fn of(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Word(text.to_owned()), Self::Number)
    }
}

fn identifiers_are_valid(text: &str) -> bool {
    text.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
}

fn trimmed(numbers: &[u64]) -> Vec<u64> {
    let zeros = numbers.iter().rev().take_while(|number| **number == 0).count();
    numbers.get(..numbers.len() - zeros).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn the_text_stays_as_it_was_written() {
        for text in ["0.0.12", "2026.11.01", "1.0rc1", "1.0.0-rc.1", "1.2.3.4", "1!2.0", "1.0.post1", "1.0.0+b.1", "1.0.0-canary.3"] {
            assert_eq!(version(text).to_string(), text);
        }
    }

    #[test]
    fn versions_of_all_schemes_have_one_order() {
        let rising = [
            "0.0.12",
            "0.0.12.post1",
            "0.0.13",
            "0.1.0",
            "1.0.dev1",
            "1.0.0-alpha",
            "1.0a1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0b11",
            "1.0.0-rc.1",
            "1.0rc1.post1",
            "1.0.0",
            "1.0.0.post1",
            "1.0.0.1",
            "1.3.8",
            "2026.10.2",
            "2026.11.01",
            "2026.11.2",
            "1!0.1",
        ];
        for pair in rising.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{} is not below {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn the_same_version_in_two_spellings_is_equal() {
        for (one, other) in [
            ("1.2", "1.2.0"),
            ("0.0.13.0", "0.0.13"),
            ("2026.11.01", "2026.11.1"),
            ("1.0.0-rc.1", "1.0rc1"),
            ("1.0.0-beta2", "1.0.0b2"),
            ("1.0.0+a", "1.0.0+b"),
        ] {
            assert_eq!(version(one), version(other));
        }
    }

    #[test]
    fn what_is_no_version_is_refused_with_the_reason() {
        let why = |text: &str| text.parse::<Version>().unwrap_err().to_string();
        assert_eq!(why("v1.2.3"), "`v1.2.3` is not a version: a version has no `v`; that belongs to the tag");
        assert_eq!(why("1"), "`1` is not a version: one number alone may be anything; write at least two, as in `1.2`");
        assert_eq!(why(""), "`` is not a version: it is empty");
        assert_eq!(why("1.2.3.4.5"), "`1.2.3.4.5` is not a version: 5 numbers are more than any registry's versions have; at most four");
        assert_eq!(
            why("1.2.x"),
            "`1.2.x` is not a version: `.x` after the numbers is neither a semver pre-release such as `-rc.1` nor PEP 440's such as `rc1`"
        );
        assert_eq!(why("latest"), "`latest` is not a version: it must start with numbers between dots, as in `1.2.3`");
        assert_eq!(
            why("1.99999999999999999999"),
            "`1.99999999999999999999` is not a version: the number `99999999999999999999` is too large"
        );
        assert_eq!(
            why("1.0.0-a.99999999999999999999"),
            "`1.0.0-a.99999999999999999999` is not a version: the number `99999999999999999999` is too large"
        );
        assert_eq!(why("1.2.3+"), "`1.2.3+` is not a version: after `+` come letters, digits and `-`, in parts between dots");
    }

    #[test]
    fn text_with_opposite_meanings_says_so_and_sorts_as_semver() {
        for text in ["0.0.13-1", "0.0.13-r1", "0.0.13-rev2", "0.0.13-post1"] {
            assert!(version(text).is_two_faced() && version(text).is_prerelease() && version(text) < version("0.0.13"), "{text}");
        }
        for text in ["0.0.13-rollback", "0.0.13-rc.1", "0.0.13.post1", "0.0.13"] {
            assert!(!version(text).is_two_faced(), "{text}");
        }
    }

    #[test]
    fn the_next_patch_keeps_the_style() {
        for (from, to) in [
            ("0.0.12", "0.0.13"),
            ("1.4", "1.4.1"),
            ("1.2.3.4", "1.2.3.5"),
            ("2026.11.01", "2026.11.02"),
            ("2026.11.09", "2026.11.10"),
            ("2026.01.2", "2026.01.3"),
            ("0.0.12.post1", "0.0.13"),
            ("1.0.0+build", "1.0.1"),
            ("2.0.0-rc.1", "2.0.0-rc.2"),
            ("2.0.0rc9", "2.0.0rc10"),
            ("2.0.0-beta", "2.0.0-beta.1"),
            ("1!1.0", "1!1.0.1"),
        ] {
            assert_eq!(version(from).next_patch().to_string(), to);
        }
    }

    #[test]
    fn the_next_breaking_version_is_above_every_caret_range() {
        for (from, to) in [
            ("0.1.0", "0.2.0"),
            ("1.4.0", "2.0.0"),
            ("2026.11.0", "2027.0.0"),
            ("2.0.0-rc.1", "2.0.0"),
            ("0.0.13", "0.1.0"),
            ("1.4", "2.0"),
            ("1.0.post1.dev1", "2.0"),
        ] {
            assert_eq!(version(from).next_breaking().to_string(), to);
        }
    }

    #[test]
    fn a_line_is_all_but_the_patch() {
        assert_eq!(version("0.0.12").line(), "0.0");
        assert_eq!(version("1.4").line(), "1.4");
        assert_eq!(version("1.2.3.4").line(), "1.2.3");
        assert_eq!(version("2026.01.02").line(), "2026.01");
        assert!(version("1.4").same_line(&version("1.4.7")) && version("1.2.3").same_line(&version("1.2.3.4")));
        assert!(!version("0.0.12").same_line(&version("0.1.0")) && !version("1!1.0").same_line(&version("1.0")));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_and_never_changed(text in "([0-9a-z.!+_-]{0,12}|[0-9]{1,3}(\\.[0-9]{1,2}){1,3}([-._]?(a|b|rc|post|dev|r|x|pre|beta)[-.]?[0-9]{0,2}){0,3}(\\+[a-z0-9]{1,3})?)") {
            if let Ok(version) = text.parse::<Version>() {
                prop_assert_eq!(version.as_str(), text.as_str());
                prop_assert!(version.next_patch() > version);
                prop_assert!(version.next_breaking() > version);
            }
        }

        #[test]
        fn plain_versions_sort_as_semver_does(a in (0u64..4, 0u64..4, 0u64..4), b in (0u64..4, 0u64..4, 0u64..4), pre in prop::sample::select(vec!["", "-alpha", "-alpha.1", "-beta.2", "-rc.1", "-x.7"])) {
            let (one, other) = (format!("{}.{}.{}{pre}", a.0, a.1, a.2), format!("{}.{}.{}", b.0, b.1, b.2));
            let expected = semver::Version::parse(&one).unwrap().cmp_precedence(&semver::Version::parse(&other).unwrap());
            prop_assert_eq!(version(&one).cmp(&version(&other)), expected);
        }

        #[test]
        fn what_pep_440_takes_sorts_as_there(one in python_version(), other in python_version()) {
            let python = |text: &str| text.parse::<pep440_rs::Version>().unwrap();
            let (ours, theirs) = (version(&one), version(&other));
            prop_assume!(!ours.is_two_faced() && !theirs.is_two_faced());
            prop_assert_eq!(ours.cmp(&theirs), python(&one).cmp(&python(&other)), "{} and {}", one, other);
            prop_assert_eq!(ours.is_prerelease(), python(&one).any_prerelease());
        }
    }

    fn python_version() -> impl Strategy<Value = String> {
        "(1!)?[0-2](\\.[0-2]){1,3}([-_.]?(a|alpha|b|beta|c|rc|pre|preview)[-_.]?[0-3]?)?([-_.]?(post|rev|r)[-_.]?[0-2]?)?([-_.]?dev[-_.]?[0-2]?)?"
    }
}
