//! Finds free numbers.

use crate::domain::version::Version;
use crate::gather::Gather as _;

use super::facts::Facts;

/// A free number, and the ones passed over on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Free {
    pub(super) version: Version,
    pub(super) skipped: Vec<(Version, String)>,
}

/// The next free patch of `start`'s line, above everything that is live on it, so that who floats on the line gets it.
pub(super) fn next_patch(facts: &Facts, start: &Version) -> Option<Free> {
    let kind = |version: &&Version| version.same_line(start) && version.is_prerelease() == start.is_prerelease();
    // `start` comes last, so that of equal ones its spelling is taken.
    let top = facts.live().into_iter().chain(&facts.bad).filter(kind).chain([start]).max()?;
    free(facts, start, top.clone())
}

/// The next free breaking version above `start`; when it is taken, the patches after it.
pub(super) fn next_breaking(facts: &Facts, start: &Version) -> Option<Free> {
    let breaking = start.next_breaking();
    if facts.taken_by(&breaking).is_empty() {
        return (breaking > *start).then_some(Free { version: breaking, skipped: Vec::new() });
    }
    free(facts, start, breaking)
}

fn free(facts: &Facts, above: &Version, from: Version) -> Option<Free> {
    let mut at = from;
    loop {
        let version = at.next_patch();
        if version <= at {
            return None;
        }
        if facts.taken_by(&version).is_empty() {
            let skipped = skipped(facts, above, &version);
            return Some(Free { version, skipped });
        }
        at = version;
    }
}

/// Every taken number between the two that a reader would have expected instead.
fn skipped(facts: &Facts, above: &Version, below: &Version) -> Vec<(Version, String)> {
    let taken = facts.taken.iter().map(|taken| &taken.version);
    let published = facts.ecosystems.iter().flat_map(|ecosystem| ecosystem.published.iter().flatten()).map(|one| &one.version);
    let between = taken
        .chain(published)
        .chain(&facts.bad)
        .filter(|version| *version > above && *version < below && version.same_line(below))
        .filter(|version| version.is_prerelease() == below.is_prerelease())
        .distinct();
    between.into_iter().map(|version| (version.clone(), super::listed(facts.taken_by(version)))).collect()
}
