//! pip and uv: the highest version in the specifier that is not yanked; yanked ones only for `==` and only when nothing else matches;
//! pre-releases only when the specifier names one, or nothing else matches.

use pep440_rs::{Operator, Version as Pep440, VersionSpecifiers};

use crate::domain::version::Version;

use super::super::shelf::{Gets, Shelf, Standing};

/// What `pip install name<specifier>` installs in an empty environment; the version comes back as PyPI spells it.
pub(in super::super) fn pip(specifier: &str, shelf: &Shelf) -> Option<Gets> {
    let specifiers: VersionSpecifiers = specifier.parse().ok()?;
    let candidates: Vec<(Pep440, Standing)> = shelf
        .iter()
        .filter_map(|(version, standing)| Some((version.as_str().parse::<Pep440>().ok()?, standing)))
        .filter(|(version, _)| specifiers.contains(version))
        .collect();
    let pinned = specifiers.iter().any(|one| matches!(one.operator(), Operator::Equal | Operator::ExactEqual));
    let live: Vec<&Pep440> = of(&candidates, Standing::Live);
    let yanked = if pinned { of(&candidates, Standing::Withdrawn) } else { Vec::new() };
    let names_a_prerelease = specifiers.iter().any(|one| one.any_prerelease());
    let best = |among: &[&Pep440]| {
        let released = among.iter().filter(|version| names_a_prerelease || !version.any_prerelease()).max();
        released.or_else(|| among.iter().max()).and_then(|version| version.to_string().parse::<Version>().ok())
    };
    let picked = best(&live).map(Gets::Version).or_else(|| best(&yanked).map(Gets::VersionWithWarning));
    Some(picked.unwrap_or(Gets::Nothing))
}

/// The version as PyPI spells it, `2.0.0rc1` for `2.0.0-rc.1`; as it is where PEP 440 does not take it.
pub(in super::super) fn as_pypi_spells(version: &Version) -> Version {
    let spelled = version.as_str().parse::<Pep440>().ok().and_then(|version| version.to_string().parse().ok());
    spelled.unwrap_or_else(|| version.clone())
}

fn of(candidates: &[(Pep440, Standing)], wanted: Standing) -> Vec<&Pep440> {
    candidates.iter().filter(|(_, standing)| *standing == wanted).map(|(version, _)| version).collect()
}
