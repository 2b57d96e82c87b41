//! npm: what `latest` names if it is in the range and not deprecated (for `*` a pre-release too), else the highest that is not deprecated, else the highest.
//! The rule is npm-pick-manifest's; pnpm and yarn weigh deprecation less, and are no better off.

use nodejs_semver::{Range, Version as NodeVersion};

use crate::domain::version::Version;

use super::super::shelf::{Gets, Shelf, Standing};

/// What `npm install name@<range>` installs; `latest` is the tag.
pub(in super::super) fn npm(range: &str, shelf: &Shelf) -> Option<Gets> {
    if range == "latest" {
        return Some(shelf.latest().map_or(Gets::Nothing, |latest| shelf.keeps(latest)));
    }
    let anything = matches!(range, "*" | "");
    let range = Range::parse(range).ok()?;
    let matches = |version: &Version| NodeVersion::parse(version.as_str()).is_ok_and(|version| range.satisfies(&version));
    let latest = shelf.latest().filter(|latest| (anything || matches(latest)) && shelf.standing(latest) == Some(Standing::Live));
    if let Some(latest) = latest {
        return Some(Gets::Version(latest.clone()));
    }
    let highest = |wanted: Standing| shelf.iter().rev().find(|(version, standing)| *standing == wanted && matches(version));
    let picked = highest(Standing::Live).or_else(|| highest(Standing::Withdrawn));
    Some(picked.map_or(Gets::Nothing, |(version, _)| shelf.keeps(version)))
}
