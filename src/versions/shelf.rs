//! What lies in a registry at one moment: versions, withdrawn or not, and where `latest` points.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::domain::version::Version;

/// What one consumer gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gets {
    /// This version.
    Version(Version),
    /// This version, and the client warns that it was withdrawn.
    VersionWithWarning(Version),
    /// No version at all: the client fails.
    Nothing,
}

impl Gets {
    /// Returns the version, with or without a warning.
    pub fn version(&self) -> Option<&Version> {
        match self {
            Self::Version(version) | Self::VersionWithWarning(version) => Some(version),
            Self::Nothing => None,
        }
    }
}

impl fmt::Display for Gets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(version) => version.fmt(f),
            Self::VersionWithWarning(version) => write!(f, "{version}, with a warning"),
            Self::Nothing => f.write_str("nothing, it fails"),
        }
    }
}

/// A registry's versions of one package at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shelf {
    versions: Vec<(Version, Standing)>,
    latest: Option<Version>,
}

/// Whether resolvers should avoid a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Live,
    Withdrawn,
}

impl Shelf {
    /// Returns the shelf; the first entry for a version counts.
    pub(super) fn new(versions: impl IntoIterator<Item = (Version, Standing)>, latest: Option<Version>) -> Self {
        let mut standings = BTreeMap::new();
        for (version, standing) in versions {
            standings.entry(version).or_insert(standing);
        }
        Self { versions: standings.into_iter().collect(), latest }
    }

    /// The same with one more version, which is live.
    pub(super) fn with(&self, version: &Version) -> Self {
        let added = std::iter::once((version.clone(), Standing::Live));
        Self::new(added.chain(self.versions.iter().cloned()), self.latest.clone())
    }

    /// The same without a version, as if it had never been.
    pub(super) fn without(&self, version: &Version) -> Self {
        Self { versions: self.versions.iter().filter(|one| one.0 != *version).cloned().collect(), latest: self.latest.clone() }
    }

    /// The same with a version withdrawn.
    pub(super) fn withdraw(&self, bad: &Version) -> Self {
        let versions = self.versions.iter().map(|(version, standing)| {
            let standing = if version == bad { Standing::Withdrawn } else { *standing };
            (version.clone(), standing)
        });
        Self { versions: versions.collect(), latest: self.latest.clone() }
    }

    /// The same with `latest` pointing here.
    pub(super) fn point(&self, latest: &Version) -> Self {
        Self { latest: Some(latest.clone()), ..self.clone() }
    }

    /// Where `latest` points.
    pub(super) fn latest(&self) -> Option<&Version> {
        self.latest.as_ref()
    }

    /// Every version, lowest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Version, Standing)> {
        self.versions.iter().map(|(version, standing)| (version, *standing))
    }

    /// Tells how a version stands; `None` where it is not there.
    pub(super) fn standing(&self, version: &Version) -> Option<Standing> {
        self.iter().find(|(one, _)| *one == version).map(|(_, standing)| standing)
    }

    /// What a client gets that already has the version, as from a lock file, and is warned once it is withdrawn.
    pub(super) fn keeps(&self, version: &Version) -> Gets {
        match self.standing(version) {
            Some(Standing::Live) => Gets::Version(version.clone()),
            Some(Standing::Withdrawn) => Gets::VersionWithWarning(version.clone()),
            None => Gets::Nothing,
        }
    }
}
