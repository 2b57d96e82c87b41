//! What the choice is made from.

use crate::domain::version::Version;
use crate::gather::Gather as _;
use crate::registry::{Index, Published};

use crate::config::Registry;

/// Everything known before the choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The releases being rolled back: one, or several.
    pub bad: Vec<Version>,
    /// The last known good release, whose content returns.
    pub good: Version,
    /// Numbers that are used up beside the registries' own: tags, releases with drafts, versions burned by earlier runs.
    pub taken: Vec<Taken>,
    /// What tags and published releases (no drafts) say was published.
    pub released: Vec<Version>,
    /// Versions above the bad one that were published before it: it is on a maintenance line, and they do not descend from it.
    pub other_lines: Vec<Version>,
    /// What GitHub's `Latest` names; `None` where it is another package's, or none.
    pub latest_release: Option<Version>,
    /// Where the package is published, one entry for each package and registry.
    pub ecosystems: Vec<Ecosystem>,
}

/// A number that cannot be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The version.
    pub version: Version,
    /// By what, as it stands in a sentence: ``tag `v0.0.13` ``, ``draft release `v0.0.13` ``.
    pub by: String,
}

/// One package in one registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ecosystem {
    /// Where.
    pub outlet: Registry,
    /// The package's name there.
    pub package: String,
    /// Every version the registry ever had; `None` where no address is known, or it did not answer.
    pub published: Option<Vec<Published>>,
    /// What `latest` points to, where that is a pointer.
    pub latest: Option<Version>,
}

impl Facts {
    /// Returns the highest bad version.
    pub fn highest_bad(&self) -> Option<&Version> {
        self.bad.iter().max()
    }

    /// Tells whether everything bad is a pre-release.
    pub fn only_prereleases_are_bad(&self) -> bool {
        !self.bad.is_empty() && self.bad.iter().all(Version::is_prerelease)
    }

    /// Returns by what a version is taken, as sentences' parts; empty for a free one.
    pub fn taken_by(&self, version: &Version) -> Vec<String> {
        let mut by: Vec<String> = self.taken.iter().filter(|taken| taken.version == *version).map(|taken| taken.by.clone()).collect();
        for ecosystem in &self.ecosystems {
            let hit = ecosystem.published.iter().flatten().find(|published| published.version == *version);
            if let Some(published) = hit {
                let withdrawn = if published.withdrawn { " (withdrawn)" } else { "" };
                let file = published.file.as_ref().map(|file| format!("`{file}` of ")).unwrap_or_default();
                by.push(format!("{file}`{}` {}{withdrawn}", ecosystem.package, ecosystem.outlet.place()));
            }
        }
        if by.is_empty() && self.released.contains(version) {
            by.push("a tag".into());
        }
        if by.is_empty() && self.bad.contains(version) {
            by.push("the bad release".into());
        }
        if by.is_empty() && self.good == *version {
            by.push("the good release".into());
        }
        by.into_iter().distinct()
    }

    /// Returns every version that is published and not withdrawn anywhere or, without an index, was released; sorted, once each.
    pub fn live(&self) -> Vec<&Version> {
        let indexed = self.ecosystems.iter().filter_map(|ecosystem| ecosystem.published.as_ref().map(|published| (ecosystem, published)));
        let mut live: Vec<&Version> = indexed
            .clone()
            .flat_map(|(ecosystem, published)| {
                published.iter().filter(|one| ecosystem.outlet.ignores_withdrawal() || !one.withdrawn).map(|one| &one.version)
            })
            .collect();
        if indexed.count() < self.ecosystems.len().max(1) {
            live.extend(&self.released);
        }
        live.into_iter().distinct()
    }
}

impl Ecosystem {
    /// Returns a package with what its index said; `None` for an index that was not read or does not know the package.
    pub fn new(outlet: Registry, package: &str, index: Option<Index>) -> Self {
        let (published, latest) = match index {
            Some(Index { published, latest, .. }) => (Some(published), latest),
            None => (None, None),
        };
        Self { outlet, package: package.to_owned(), published, latest }
    }

    /// Returns what `latest` means here: the pointer, or the highest version that is neither withdrawn nor a pre-release.
    pub fn latest(&self) -> Option<&Version> {
        if self.outlet.has_pointer() || self.latest.is_some() {
            return self.latest.as_ref();
        }
        self.published
            .iter()
            .flatten()
            .filter(|one| (self.outlet.ignores_withdrawal() || !one.withdrawn) && !one.version.is_prerelease())
            .map(|one| &one.version)
            .max()
    }

    /// Tells whether somebody can get the version here without asking for exactly it; `None` where nothing is known.
    pub fn gives(&self, version: &Version) -> Option<bool> {
        let published = self.published.as_ref()?;
        let live = published.iter().any(|one| one.version == *version && (self.outlet.ignores_withdrawal() || !one.withdrawn));
        Some(live || self.latest.as_ref() == Some(version))
    }
}
