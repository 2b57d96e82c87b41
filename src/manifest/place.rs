//! What the finder reports: the places that state a version, and what stands in the way. Plain data.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use super::files::Wants;

/// Whose convention a place follows; names are unique within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ecosystem {
    /// Cargo.
    Cargo,
    /// npm, pnpm, yarn, Deno.
    Npm,
    /// Python.
    Python,
    /// Maven and Gradle.
    Java,
    /// .NET.
    Dotnet,
    /// Ruby.
    Ruby,
    /// Helm.
    Helm,
    /// Anything else.
    Other,
}

/// What a place is to its project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The version a package gives itself; must be good's.
    OwnVersion,
    /// A version of the same thing that often lags or lives its own life: changed when it is good's, noted when not.
    Echo,
    /// The version of the application a chart or an image tag carries.
    AppVersion,
    /// What one package of the repository requires of another.
    InternalPin,
    /// The entry of an own package in a lock file.
    LockEntry,
    /// What a release tool remembers as the last release.
    ReleaseToolState,
    /// A line that carries a version marker, or a place that the policy or a release tool's configuration names.
    Marker,
    /// A place that the policy says becomes the new version whatever it states.
    Always,
    /// A build number, which must rise whatever the version does.
    BuildNumber,
    /// The date of the release.
    Date,
}

/// Which part of a version stands at a place, and in which spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it.
    Whole,
    /// With a fourth number, as assemblies have it.
    FourNumbers,
    /// With a build number behind `+`, as in Dart.
    WithBuild,
    /// Numbers separated by commas, as in a Python tuple.
    Tuple,
    /// The first number.
    Major,
    /// The second number.
    Minor,
    /// The third number.
    Patch,
    /// No version at all: a date or a build number.
    None,
}

/// One place that states a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: String,
    /// The bytes of the value, without its quotes.
    pub span: Range<usize>,
    /// The value.
    pub value: String,
    /// What it is to its project.
    pub what: What,
    /// Where in the file, for people: `[project] version`.
    pub locator: String,
    /// The package whose version it is.
    pub package: Option<String>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Whose convention it follows.
    pub ecosystem: Ecosystem,
    /// What must agree with each other: the directory of the package, or a chart's.
    pub unit: String,
    /// Which part of the version, in which spelling.
    pub part: Part,
}

/// Something that must be mended before a plan can be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, or empty when it is about the whole tree.
    pub path: String,
    /// The line, from 1; 0 when it is about the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 when it is about the whole line.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What mends it.
    pub hint: String,
}

/// Something people should know that stops nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file it is about, or empty.
    pub path: String,
    /// What there is to know.
    pub text: String,
}

/// Everything found so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The places, by path and position, each once.
    pub places: Vec<Place>,
    /// What must be read before the answer is complete.
    pub wants: Wants,
    /// What stops the plan whatever the version is.
    pub problems: Vec<Problem>,
    /// What people should know.
    pub notes: Vec<Note>,
    /// The packages of the tree.
    pub(crate) members: Vec<Member>,
    /// The units whose version is the tag's, by a tool or by the policy's word.
    pub(crate) tagged: BTreeSet<String>,
    /// Those of them in which no other file needs to state the good release's version.
    pub(crate) waived: BTreeSet<String>,
    /// Manifests that say of themselves that they are never published.
    pub(crate) private: BTreeSet<String>,
    /// What the search was for, so that the edited tree can be searched again.
    pub(crate) search: super::Search,
}

/// One package of the tree, and the place its version comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub(crate) ecosystem: Ecosystem,
    pub(crate) name: String,
    pub(crate) dir: String,
    /// Path and start of the place that states its version, which may be in another file.
    pub(crate) own: Option<(String, usize)>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, line, column, message, hint } = self;
        if !path.is_empty() {
            write!(f, "{path}:")?;
            if *line > 0 {
                write!(f, "{line}:")?;
            }
            if *column > 0 {
                write!(f, "{column}:")?;
            }
            f.write_str(" ")?;
        }
        f.write_str(message)?;
        if hint.is_empty() { Ok(()) } else { write!(f, "\nhint: {hint}") }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.text) } else { write!(f, "`{}`: {}", self.path, self.text) }
    }
}

/// Returns line and column (characters), both from 1, of a byte position.
pub(crate) fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).or_else(|| (0..at.min(text.len())).rev().find_map(|at| text.get(..at))).unwrap_or("");
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}
