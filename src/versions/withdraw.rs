//! What withdrawing a bad version takes, registry by registry.

use std::fmt;

use serde::Serialize;

use crate::domain::version::Version;

use super::facts::{Ecosystem, Facts};
use crate::config::Registry;

/// One bad version to take out of one registry, always the last step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Withdrawal {
    /// Where.
    pub outlet: Registry,
    /// The package's name there.
    pub package: String,
    /// The bad version.
    pub version: Version,
    /// Who does it.
    pub how: How,
}

/// Who withdraws a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// The rollback's own commit; the text says how.
    Written(String),
    /// A person; the text says what to do.
    Manual(String),
    /// Nobody; the text says why.
    Impossible(String),
}

impl fmt::Display for Withdrawal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { outlet: _, package, version, how } = self;
        match how {
            How::Written(text) | How::Manual(text) => f.write_str(text),
            How::Impossible(why) => write!(f, "`{package}` `{version}` cannot be withdrawn: {why}"),
        }
    }
}

/// Returns the withdrawals that a release of these versions needs before everyone who floats gets good content.
///
/// A version above everything bad needs none, except in Go, where the retraction is written into that very version.
pub(super) fn withdrawals(facts: &Facts, versions: &[Version], even_so: bool) -> Vec<Withdrawal> {
    let above = facts.highest_bad().is_some_and(|bad| versions.iter().any(|version| version > bad));
    let needed = |ecosystem: &&Ecosystem| !above || even_so || ecosystem.outlet == Registry::Go;
    let of = |ecosystem: &Ecosystem| -> Vec<Withdrawal> {
        let open = facts.bad.iter().filter(|bad| ecosystem.gives(bad) != Some(false));
        open.map(|bad| Withdrawal {
            outlet: ecosystem.outlet,
            package: ecosystem.package.clone(),
            version: bad.clone(),
            how: how(ecosystem, bad, versions.iter().max(), &facts.good),
        })
        .collect()
    };
    facts.ecosystems.iter().filter(needed).flat_map(of).collect()
}

fn how(ecosystem: &Ecosystem, bad: &Version, highest: Option<&Version>, good: &Version) -> How {
    let package = &ecosystem.package;
    let to = highest.unwrap_or(good);
    match ecosystem.outlet {
        Registry::Npm if bad.is_prerelease() && highest.is_none() && ecosystem.latest() != Some(bad) => How::Manual(format!(
            "a person runs `npm deprecate {package}@{bad} \"rolled back, use {to}\"`, and where a tag such as `next` names it, `npm dist-tag add {package}@{to} next`"
        )),
        // Without the deprecation ranges keep it, without the other tag `latest` does.
        Registry::Npm => How::Manual(format!(
            "a person runs `npm dist-tag add {package}@{to} latest` and `npm deprecate {package}@{bad} \"rolled back, use {to}\"`; it takes both"
        )),
        Registry::Crates => How::Manual(format!("a person runs `cargo yank {package}@{bad}`")),
        Registry::Oci => {
            How::Manual(format!("a person moves `latest` and the other moving tags of image `{package}` from `{bad}` to `{to}`"))
        }
        Registry::Pypi => How::Manual(format!(
            "a person yanks `{package}` `{bad}` on PyPI, under the release's options; PyPI has no interface for programs to do it"
        )),
        Registry::Rubygems => {
            How::Manual(format!("a person runs `gem yank {package} -v {bad}`; it deletes the file, so lock files that name `{bad}` fail"))
        }
        Registry::Packagist => How::Manual(format!("a person deletes version `{bad}` of `{package}` on Packagist")),
        Registry::Helm => How::Manual(format!("a person deletes chart `{package}` `{bad}` from the repository")),
        Registry::Go => match highest.filter(|version| *version > bad) {
            Some(version) => How::Written(format!("`retract v{bad}` goes into the `go.mod` that is released as `v{version}`")),
            None => How::Manual(format!("`retract v{bad}` counts only in the `go.mod` of a version above it")),
        },
        Registry::Maven => How::Impossible("Maven Central keeps every version for ever".into()),
        Registry::Nuget => How::Impossible("restoring ignores whether a version is listed on NuGet".into()),
        Registry::Hex => How::Impossible("a version retired on Hex is resolved as before, with a warning".into()),
        Registry::GithubReleases => How::Impossible("a release on GitHub stays; only `Latest` can move".into()),
    }
}
