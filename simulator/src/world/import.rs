//! Making a world from a clone.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use chrono::{DateTime, Duration, Utc};

use super::{ACTIONS_BOT, Release, Repository, World};
use crate::clock::Clock;
use crate::gather::Gather as _;
use crate::git::Git;

/// How a world is made from a clone.
#[derive(Debug, Clone)]
pub struct Options {
    /// The owner's login.
    pub owner: String,
    /// The repository's name.
    pub name: String,
    /// The default branch, where it is not the one the clone says.
    pub default_branch: Option<String>,
    /// How many releases are made, newest first.
    pub releases: usize,
    /// The tag of the release that is to be 13 hours old: what came after that moment is left out of the world. The newest
    /// release where none is named.
    pub bad: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { owner: "acme".to_owned(), name: "entity-core".to_owned(), default_branch: None, releases: 2000, bad: None }
    }
}

/// How old the bad release is when the clock starts.
const AGE_HOURS: i64 = 13;

pub(super) fn world(path: &Path, options: &Options) -> Result<World> {
    let (git, head) = Git::borrowing(path)?;
    let Some(branch) = options.default_branch.clone().or(head) else {
        bail!("the clone at `{}` has no branch that could be the default one; make a first commit in it", path.display());
    };
    if git.branch(&branch).is_none() {
        bail!("the clone at `{}` has no branch `{branch}`", path.display());
    }
    let mut world = World::around(git, Repository::new(&options.owner, &options.name, &branch));
    if let Some(tag) = &options.bad {
        let published = world.git.reference(&format!("refs/tags/{tag}")).and_then(|oid| dates(&world.git, oid));
        if let Some((_, published)) = published {
            world.rewind(before_the_next(&world.git, published))?;
        }
    }
    add_releases(&mut world, options.releases);
    let bad = match &options.bad {
        None => world.releases.values().max_by_key(|release| release.published_at),
        Some(tag) => Some(
            world
                .releases
                .values()
                .find(|release| release.tag_name == *tag)
                .with_context(|| format!("the clone at `{}` has no release `{tag}`", path.display()))?,
        ),
    };
    if let Some(published) = bad.and_then(|release| release.published_at) {
        world.clock = Clock::running_from(published + Duration::hours(AGE_HOURS));
    }
    Ok(world)
}

/// Returns the moment up to which an old repository is shown: 13 hours after the bad release, or right before the next
/// one, since whoever rehearses asks what they would have done in its place.
fn before_the_next(git: &Git, published: DateTime<Utc>) -> DateTime<Utc> {
    let end = published + Duration::hours(AGE_HOURS);
    let versions = git.tags().filter(|(name, _)| version_in(name).and_then(is_prerelease).is_some());
    let later = versions.filter_map(|(_, oid)| Some(dates(git, oid)?.1)).filter(|date| *date > published);
    later.map(|date| date - Duration::seconds(1)).chain([end]).min().unwrap_or(end)
}

/// Makes a release for each tag that looks like a version.
fn add_releases(world: &mut World, limit: usize) {
    let found = world
        .git
        .tags()
        .filter_map(|(name, oid)| {
            let prerelease = is_prerelease(version_in(name)?)?;
            let (created_at, published_at) = dates(&world.git, oid)?;
            Some(release(name, &world.repository.default_branch, prerelease, created_at, published_at))
        })
        .enumerate();
    let found: BTreeMap<_, Release> = found.map(|(n, release)| ((release.created_at, release.published_at, n), release)).gather();
    let surplus = found.len().saturating_sub(limit);
    for mut release in found.into_values().skip(surplus) {
        release.id = world.next_id();
        world.releases.insert(release.id, release);
    }
}

/// Returns the date of the commit, and the date of the tag where it has one of its own.
fn dates(git: &Git, oid: &str) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let commit = git.commit(&git.peel(oid)?)?;
    let tagged = git.tag(oid).and_then(|tag| tag.tagger).map(|tagger| tagger.date);
    Some((commit.committer.date, tagged.unwrap_or(commit.committer.date)))
}

fn release(tag: &str, target: &str, prerelease: bool, created_at: DateTime<Utc>, published_at: DateTime<Utc>) -> Release {
    Release {
        id: 0,
        tag_name: tag.to_owned(),
        target_commitish: target.to_owned(),
        name: Some(tag.to_owned()),
        body: Some(String::new()),
        draft: false,
        prerelease,
        immutable: false,
        author: ACTIONS_BOT.to_owned(),
        created_at,
        updated_at: published_at,
        published_at: Some(published_at),
        made_latest: None,
        never_latest: false,
        assets: Vec::new(),
    }
}

/// Returns the version at the end of a tag: after `v`, `name-v`, `name-`, `name@` or `release/`.
fn version_in(tag: &str) -> Option<&str> {
    let tag = tag.rsplit(['/', '@']).next()?;
    let starts_version = |text: &str| text.starts_with(|first: char| first.is_ascii_digit());
    if starts_version(tag) {
        return Some(tag);
    }
    if let Some(version) = tag.strip_prefix(['v', 'V']).filter(|rest| starts_version(rest)) {
        return Some(version);
    }
    let separators = tag.char_indices().filter(|(_, character)| matches!(character, '-' | '_'));
    separators
        .map(|(at, _)| tag.get(at + 1..).unwrap_or_default())
        .map(|rest| rest.strip_prefix('v').unwrap_or(rest))
        .find(|rest| starts_version(rest) && rest.contains('.'))
}

/// Tells whether a version is a pre-release; nothing where it is no version.
fn is_prerelease(version: &str) -> Option<bool> {
    if let Ok(version) = semver::Version::parse(version) {
        return Some(!version.pre.is_empty());
    }
    let numbers: String = version.chars().take_while(|character| character.is_ascii_digit() || *character == '.').collect();
    let parts: Vec<&str> = numbers.trim_end_matches('.').split('.').collect();
    if !(2..=4).contains(&parts.len()) || parts.iter().any(|part| part.is_empty()) {
        return None;
    }
    // Python's forms: `1.0rc1`, `1.0a2`, `1.0.dev3` come before, `1.0.post1` after.
    let rest = version.get(numbers.len()..).unwrap_or_default().trim_start_matches(['.', '-', '_']).to_ascii_lowercase();
    let word: String = rest.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.as_str() {
        "" | "post" | "final" | "ga" | "r" => Some(false),
        "a" | "b" | "c" | "rc" | "alpha" | "beta" | "pre" | "preview" | "dev" | "m" | "snapshot" => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_prerelease, version_in};

    #[test]
    fn versions_are_found_behind_the_usual_prefixes() {
        for (tag, version) in [
            ("v1.2.3", Some("1.2.3")),
            ("1.2", Some("1.2")),
            ("entity-core-v0.1.0", Some("0.1.0")),
            ("entity-core@0.1.0", Some("0.1.0")),
            ("@acme/entity-core@0.1.0", Some("0.1.0")),
            ("release/2.0", Some("2.0")),
            ("release-2.0", Some("2.0")),
            ("nightly", None),
            ("vendor", None),
        ] {
            assert_eq!(version_in(tag), version, "{tag}");
        }
    }

    #[test]
    fn pre_releases_are_told_from_releases_and_from_other_words() {
        for (version, expected) in [
            ("1.2.3", Some(false)),
            ("1.2.3-rc.1", Some(true)),
            ("1.2.3+build", Some(false)),
            ("1.0rc1", Some(true)),
            ("1.0.dev3", Some(true)),
            ("1.0.post1", Some(false)),
            ("2024.1", Some(false)),
            ("1.2.3.4", Some(false)),
            ("1", None),
            ("1.2.3.4.5", None),
            ("1.0wip", None),
        ] {
            assert_eq!(is_prerelease(version), expected, "{version}");
        }
    }
}
