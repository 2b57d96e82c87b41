//! Cargo: the highest version in the range that is not yanked. An exact pin of a yanked version fails where no lock file has it.

use crate::domain::version::Version;

use super::super::shelf::{Gets, Shelf, Standing};

/// What `name = "<range>"` resolves to without a lock file.
pub(in super::super) fn cargo(range: &str, shelf: &Shelf) -> Option<Gets> {
    let range = semver::VersionReq::parse(range).ok()?;
    let matches = |version: &Version| semver::Version::parse(version.as_str()).is_ok_and(|version| range.matches(&version));
    let picked = shelf.iter().rev().find(|(version, standing)| *standing == Standing::Live && matches(version));
    Some(picked.map_or(Gets::Nothing, |(version, _)| Gets::Version(version.clone())))
}
