//! What a plan may have besides: further packages from lines of their own, and a second release of the same content.

use serde::{Deserialize, Serialize};

use super::{Candidate, Content, EditGroup, GoodRelease, Plan, Step};
use crate::domain::git::{Sha, Tag};
use crate::domain::restore::RepoPath;
use crate::domain::version::Version;

/// A further package that goes back with the rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Other {
    /// Its name, or several in backticks.
    pub package: String,
    /// Its directories.
    pub paths: Vec<RepoPath>,
    /// Its bad releases, the one it is named after first.
    pub bad: Vec<Tag>,
    /// The release whose content returns.
    pub good: GoodRelease,
    /// The version of its rollback.
    pub version: Version,
    /// Its tag.
    pub tag: Tag,
    /// Why this version.
    pub version_why: String,
    /// The ways to number it, and what each would mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// How many of the plan's rows of who gets what are its own: after the rows of those before it.
    pub rows: usize,
    /// How many of the sentences above them.
    pub sentences: usize,
}

/// A second release of the same content: a commit on top of the rollback's in which only the number is another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Second {
    /// Its version.
    pub version: Version,
    /// Its tag.
    pub tag: Tag,
    /// Its exact tree.
    pub tree: Sha,
    /// Which of the first one's edits it makes too, and with which text.
    pub same: Vec<(usize, String)>,
    /// The edits it makes in other places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<EditGroup>,
}

impl Second {
    /// Returns the second release of a content, from the same content under the other number.
    pub(super) fn of(version: Version, tag: Tag, other: Content, first: &Content) -> Self {
        let mut second = Self { version, tag, tree: other.tree, same: Vec::new(), edits: Vec::new() };
        second.take(other.edits, first);
        second
    }

    /// Sets its edits, of which it names those that are the first one's under another text.
    pub(super) fn take(&mut self, edits: Vec<EditGroup>, first: &Content) {
        (self.same, self.edits) = (Vec::new(), Vec::new());
        for group in edits {
            let same = |one: &EditGroup| (one.side, one.mode, &one.at) == (group.side, group.mode, &group.at);
            match first.edits.iter().position(same) {
                Some(n) => self.same.push((n, group.new)),
                None => self.edits.push(group),
            }
        }
    }

    /// Returns all its edits.
    pub fn all_edits(&self, first: &Content) -> Vec<EditGroup> {
        let same = self.same.iter().filter_map(|(n, new)| Some(EditGroup { new: new.clone(), ..first.edits.get(*n)?.clone() }));
        same.chain(self.edits.iter().cloned()).collect()
    }
}

/// Of a list that holds the main line's items and then those of each other, the part of one of them; 0 is the main line.
fn part<T: Clone>(all: &[T], others: &[usize], at: usize) -> Vec<T> {
    let own = all.len().saturating_sub(others.iter().sum());
    let ends = std::iter::once(own).chain(others.iter().copied()).scan(0, |end: &mut usize, len| {
        let start = *end;
        *end = start.saturating_add(len);
        Some(start..*end)
    });
    ends.into_iter().nth(at).and_then(|range| all.get(range)).map(<[T]>::to_vec).unwrap_or_default()
}

impl Plan {
    /// Returns the plan as it is for one of its bad releases or one of its new tags: with that bad release, and the good
    /// one, the version and the tag that belong to it.
    pub fn seen_from(&self, tag: &Tag) -> Self {
        let mut seen = self.clone();
        if let Some(bad) = self.also_bad.iter().find(|bad| bad.tag == *tag) {
            seen.bad = bad.clone();
        }
        if let Some(second) = self.second.as_ref().filter(|second| second.tag == *tag) {
            (seen.version, seen.tag) = (second.version.clone(), second.tag.clone());
        }
        let other = self.others.iter().zip(&self.basis.also_good).find(|(other, _)| other.tag == *tag || other.bad.contains(tag));
        if let Some((other, good)) = other {
            let shas = self.also_bad.iter().zip(&self.basis.also_bad);
            let named = shas.clone().find(|(bad, _)| bad.tag == *tag);
            if let Some((bad, sha)) = named.or_else(|| shas.clone().find(|(bad, _)| other.bad.first() == Some(&bad.tag))) {
                (seen.bad, seen.basis.bad) = (bad.clone(), sha.clone());
            }
            (seen.good, seen.basis.good) = (other.good.clone(), good.clone());
            (seen.version, seen.tag, seen.version_why) = (other.version.clone(), other.tag.clone(), other.version_why.clone());
            seen.candidates.clone_from(&other.candidates);
        }
        let at = self.others.iter().position(|other| other.tag == *tag || other.bad.contains(tag)).map_or(0, |n| n + 1);
        seen.who_gets_what = part(&self.who_gets_what, &self.others.iter().map(|other| other.rows).collect::<Vec<_>>(), at);
        seen.headline = part(&self.headline, &self.others.iter().map(|other| other.sentences).collect::<Vec<_>>(), at);
        (seen.second, seen.others) = (None, Vec::new());
        seen
    }

    /// Returns the good commit that a path comes back from.
    pub fn good_of(&self, path: &str) -> &Sha {
        let covers = |other: &Other| other.paths.iter().any(|root| root.covers(path));
        let found = self.others.iter().zip(&self.basis.also_good).find(|(other, _)| covers(other));
        found.map_or(&self.basis.good, |(_, sha)| sha)
    }

    /// Tells whether it moves the default branch itself.
    pub fn is_direct(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Forward { .. }))
    }

    /// Returns the tags that are made, the rollback's own first; none where nothing new is published.
    pub fn new_tags(&self) -> Vec<&Tag> {
        if self.retag {
            return Vec::new();
        }
        let second = self.second.iter().map(|second| &second.tag);
        std::iter::once(&self.tag).chain(second).chain(self.others.iter().map(|other| &other.tag)).collect()
    }
}
