//! Finds the last known good release.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::git::Tag;
use crate::domain::release::{Publication, Release};
use crate::domain::version::{TagTemplate, Version};
use crate::gather::Gather as _;

/// Returns the releases the bad one could return to, best first: published, neither draft nor prerelease, of the same
/// tag template, of a lower version, not published after it, and not marked bad themselves.
pub fn candidates<'r>(bad: &Tag, template: Option<&TagTemplate>, releases: &'r [Release]) -> Vec<(&'r Release, Version)> {
    let Some((template, bad_version)) = template.and_then(|template| Some((template, template.read(bad)?))) else { return Vec::new() };
    let published = releases.iter().find(|release| release.tag == *bad).and_then(|release| release.published_at);
    let full = releases.iter().filter(|release| release.publication == Publication::Full && release.tag != *bad && !is_marked_bad(release));
    let older = full.filter(|release| published.is_none() || release.published_at <= published);
    let read = older.filter_map(|release| Some((template.read(&release.tag)?, release)));
    let fits = read.filter(|(version, _)| *version < bad_version && !version.is_prerelease()).enumerate();
    let found: BTreeMap<_, &Release> = fits.map(|(n, (version, release))| ((Reverse(version), n), release)).gather();
    found.into_iter().map(|((Reverse(version), _), release)| (release, version)).collect()
}

/// Tells whether a release carries our banner: it was rolled back before.
pub fn is_marked_bad(release: &Release) -> bool {
    release.body.lines().any(|line| line.trim() == super::BANNER_START)
}

/// Tells whether a release is as the banner's step leaves it: marked, and a pre-release.
pub fn is_warned(release: &Release) -> bool {
    is_marked_bad(release) && release.publication == Publication::Prerelease
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    fn release(tag: &str, hours: i64, publication: Publication, body: &str) -> Release {
        Release {
            id: 1,
            tag: tag.parse().unwrap(),
            name: tag.into(),
            body: body.into(),
            publication,
            published_at: Some(DateTime::from_timestamp(1_700_000_000, 0).unwrap() + TimeDelta::hours(hours)),
            target: "main".into(),
            immutable: false,
            url: String::new(),
        }
    }

    #[track_caller]
    fn check(bad: &str, releases: &[Release], wanted: &[&str]) {
        let bad: Tag = bad.parse().unwrap();
        let found: Vec<String> = candidates(&bad, TagTemplate::of(&bad).map(|(template, _)| template).as_ref(), releases)
            .iter()
            .map(|(release, _)| release.tag.to_string())
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_release_is_bad_by_its_banner_and_by_no_other_line() {
        let noted = |body: &str| is_marked_bad(&release("v0.1.0", 0, Publication::Full, body));
        assert!(noted(&format!("  {} \r\n> [!CAUTION]\n\nnotes", crate::plan::BANNER_START)));
        assert!(!noted("notes\n\nmore notes") && !noted(""));
        assert!(!noted(&format!("the marker `{}` inside a sentence", crate::plan::BANNER_START)));
    }

    #[test]
    fn there_is_nothing_to_return_to_without_releases() {
        check("v0.1.0", &[], &[]);
        check("v0.1.0", &[release("v0.1.0", 0, Publication::Full, "")], &[]);
    }

    #[test]
    fn the_highest_lower_version_comes_first_whatever_the_order_of_the_list() {
        let full = |tag: &str, hours| release(tag, hours, Publication::Full, "");
        check("v0.1.0", &[full("v0.1.0", 9), full("v0.0.9", 1), full("v0.0.12", 3), full("v0.0.11", 2)], &["v0.0.12", "v0.0.11", "v0.0.9"]);
    }

    #[test]
    fn drafts_prereleases_marked_other_and_later_releases_do_not_count() {
        let releases = [
            release("v0.1.0", 9, Publication::Full, ""),
            release("v0.0.14", 8, Publication::Draft, ""),
            release("v0.0.13-rc.1", 7, Publication::Full, ""),
            release("v0.0.13", 6, Publication::Prerelease, ""),
            release("v0.0.12", 5, Publication::Full, "<!-- rollback-action:banner -->\n> [!CAUTION]"),
            release("other-v0.0.11", 4, Publication::Full, ""),
            release("v0.0.10", 12, Publication::Full, ""),
            release("v0.0.9", 2, Publication::Full, ""),
        ];
        check("v0.1.0", &releases, &["v0.0.9"]);
    }
}
