//! Which release is the latest.
//!
//! The newest that is neither draft nor pre-release, by the date of its commit, unless somebody chose one:
//! <https://docs.github.com/rest/releases/releases#get-the-latest-release>.

use crate::world::{Release, World};

/// Returns the latest release.
pub(crate) fn latest(world: &World) -> Option<&Release> {
    let eligible = || world.releases.values().filter(|release| !release.draft && !release.prerelease);
    eligible()
        .filter(|release| release.made_latest.is_some())
        .max_by_key(|release| release.made_latest)
        .or_else(|| eligible().filter(|release| !release.never_latest).max_by_key(|release| (release.created_at, release.id)))
}
