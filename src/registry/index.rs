//! What every registry's answer becomes, and what a request for it needs.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::version::Version;

/// One version as an index shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: Version,
    /// Whether it is yanked or deprecated, so that resolvers avoid it, or gone but used up.
    pub withdrawn: bool,
    /// When its first file was uploaded, where the index says so.
    pub uploaded: Option<DateTime<Utc>>,
    /// The name of one of its files, where versions are files.
    pub file: Option<String>,
}

/// Everything an index says of one package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Every version it knows, lowest first, once each.
    pub published: Vec<Published>,
    /// What its moving pointer (`latest`) names; `None` where it has none.
    pub latest: Option<Version>,
    /// Versions and files that are no version to us, as written; resolvers skip them too.
    pub unreadable: Vec<String>,
}

/// What to ask an index for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The whole address, without credentials.
    pub url: String,
    /// The `Accept` header.
    pub accept: &'static str,
}

/// An answer that is not what the protocol says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the index's answer is not {expected}: {why}")]
pub struct BadAnswer {
    expected: &'static str,
    why: String,
}

/// No package has so many versions; an index that says so is broken or hostile.
const MOST_ENTRIES: usize = 200_000;

impl BadAnswer {
    pub(super) fn new(expected: &'static str, why: impl Into<String>) -> Self {
        let why: String = why.into();
        Self { expected, why: why.escape_debug().take(160).collect() }
    }
}

/// What is known of one version.
#[derive(Debug)]
struct Standing {
    withdrawn: bool,
    uploaded: Option<DateTime<Utc>>,
    file: Option<String>,
}

/// Gathers versions, several files or lines of the same one falling together.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    versions: BTreeMap<Version, Standing>,
    unreadable: Vec<String>,
    entries: usize,
}

impl Gathering {
    /// Adds one file of a version. A version is withdrawn only when all its files are.
    pub(super) fn add(&mut self, version: &str, withdrawn: bool, uploaded: Option<DateTime<Utc>>) -> Result<(), BadAnswer> {
        self.count()?;
        let Ok(version) = version.parse::<Version>() else {
            self.unreadable(version);
            return Ok(());
        };
        let entry = self.versions.entry(version).or_insert(Standing { withdrawn: true, uploaded, file: None });
        entry.withdrawn &= withdrawn;
        entry.uploaded = match (entry.uploaded, uploaded) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Ok(())
    }

    /// Notes the file that a version was found in; the first one counts.
    pub(super) fn file(&mut self, version: &str, file: &str) {
        if let Some(entry) = version.parse::<Version>().ok().and_then(|version| self.versions.get_mut(&version)) {
            entry.file.get_or_insert_with(|| file.escape_debug().take(200).collect());
        }
    }

    /// Notes something that is no version.
    pub(super) fn unreadable(&mut self, text: &str) {
        if self.unreadable.len() < 100 {
            self.unreadable.push(text.escape_debug().take(80).collect());
        }
    }

    /// Returns the index.
    pub(super) fn into_index(self, latest: Option<Version>) -> Index {
        let one = |(version, Standing { withdrawn, uploaded, file })| Published { version, withdrawn, uploaded, file };
        Index { published: self.versions.into_iter().map(one).collect(), latest, unreadable: self.unreadable }
    }

    fn count(&mut self) -> Result<(), BadAnswer> {
        self.entries += 1;
        if self.entries > MOST_ENTRIES {
            return Err(BadAnswer::new("a list of versions", format!("it has more than {MOST_ENTRIES} entries")));
        }
        Ok(())
    }
}

/// The index's address and a path below it.
pub(super) fn below(address: &str, path: &str) -> String {
    format!("{}/{path}", address.trim_end_matches('/'))
}

/// A package's name as one part of a path, so that no name leads anywhere else.
pub(super) fn segment(name: &str) -> String {
    const SAFE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'@');
    let dots = !name.is_empty() && name.chars().all(|c| c == '.');
    if dots { name.replace('.', "%2E") } else { utf8_percent_encode(name, SAFE).to_string() }
}
