//! Every reason against a rollback's version; all of them at once.

use std::fmt;

use crate::domain::version::Version;

use super::facts::{Ecosystem, Facts};
use super::{listed, quoted};
use crate::config::Registry;
use crate::gather::Gather as _;

/// One reason against it, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong.
    pub why: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Refusal {
    fn new(why: String, hint: impl Into<String>) -> Self {
        Self { why, hint: Some(hint.into()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        self.hint.iter().try_for_each(|hint| write!(f, "\nhint: {hint}"))
    }
}

/// How many versions a sentence names.
const FEW: usize = 6;

fn few(versions: &[&Version]) -> String {
    match versions.get(FEW..) {
        None | Some([]) => quoted(versions.iter().copied()),
        Some(rest) => format!(
            "{} and {} more",
            versions.iter().take(FEW).map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", "),
            rest.len()
        ),
    }
}

/// What speaks against any rollback from these facts.
pub(super) fn of_facts(facts: &Facts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if facts.bad.is_empty() {
        refusals.push(Refusal::new("no bad version is named".into(), "name the release to roll back"));
    }
    refusals.extend(two_faced(facts));
    refusals.extend(good_not_below(facts));
    refusals.extend(facts.ecosystems.iter().filter_map(|ecosystem| good_withdrawn(facts, ecosystem)));
    let above = unnamed_above(facts);
    if !above.is_empty() {
        let (is, name) = if above.len() == 1 { ("is", "it") } else { ("are", "them") };
        refusals.push(Refusal::new(
            format!("{} {is} published above `{}` and not named as bad", few(&above), lowest(facts)),
            match above.len() {
                0..=FEW => format!("name {name} too, as in `{}`, or check that the right release is bad", with_these(facts, &above)),
                _ => "is the right release named as bad? much has been released since".to_owned(),
            },
        ));
    }
    refusals.extend(latest_elsewhere(facts, &above));
    refusals.extend(nobody_gets_it(facts));
    refusals
}

/// Names the versions above the bad one that need not be named as bad, since they were there before it.
pub fn other_lines(facts: &Facts) -> Option<String> {
    let lowest = facts.bad.iter().min()?;
    let live = facts.live().into_iter().filter(|version| *version > lowest && facts.other_lines.contains(version));
    let others: Vec<&Version> = live.filter(|version| !version.is_prerelease() && !facts.bad.contains(version)).collect();
    let (is, they, them) = if others.len() == 1 { ("is", "it does", "it") } else { ("are", "they do", "them") };
    (!others.is_empty()).then(|| {
        format!(
            "{} {is} above `{lowest}` and older, so {they} not go back; if what is wrong is there too, name {them} with `--bad`",
            few(&others)
        )
    })
}

/// What speaks against releasing exactly these versions.
pub(super) fn of_versions(facts: &Facts, versions: &[Version]) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for version in versions {
        for ecosystem in &facts.ecosystems {
            if let Err(why) = ecosystem.outlet.takes(version) {
                refusals.push(Refusal::new(
                    format!("`{version}` cannot be published {} as `{}`: {why}", ecosystem.outlet.place(), ecosystem.package),
                    "ask for a version that every registry takes with `--rollback-version`",
                ));
            }
            refusals.extend(wrong_module_path(facts, ecosystem, version));
        }
    }
    let highest = facts.highest_bad();
    let go = facts.ecosystems.iter().find(|ecosystem| ecosystem.outlet == Registry::Go);
    if let (Some(go), Some(bad), false) = (go, highest, versions.is_empty())
        && versions.iter().all(|version| version < bad)
    {
        refusals.push(Refusal::new(
            format!(
                "{} alone cannot replace `{bad}` of Go module `{}`: a `retract` counts only in the highest version",
                quoted(versions),
                go.package
            ),
            "use the strategy `forward` or `both`",
        ));
    }
    refusals
}

/// What speaks against a version that a person asked for.
pub(super) fn of_explicit(facts: &Facts, version: &Version) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let asked = |why: String| {
        Refusal::new(
            format!("`{version}` cannot be the rollback's version: {why}"),
            "ask for a plain version such as the `patch` strategy gives",
        )
    };
    if version.is_two_faced() {
        refusals.push(asked("semver sorts it below the release without the suffix, PEP 440 above it".into()));
    } else if version.is_prerelease() && !facts.only_prereleases_are_bad() {
        refusals.push(asked("it is a pre-release, which no ordinary range takes".into()));
    }
    if version.build().is_some() {
        refusals.push(asked("registries ignore or refuse build metadata (`+`)".into()));
    }
    let by = facts.taken_by(version);
    if !by.is_empty() {
        refusals.push(Refusal::new(
            format!("`{version}` is already taken by {}", listed(by)),
            "published versions are never used again; ask for another",
        ));
    }
    if *version <= facts.good {
        refusals.push(Refusal::new(
            format!("`{version}` is not above the good version `{}`", facts.good),
            "a rollback is a new release, so its number goes up",
        ));
    }
    refusals
}

fn good_not_below(facts: &Facts) -> Option<Refusal> {
    let reached: Vec<&Version> = facts.bad.iter().filter(|bad| facts.good >= **bad).collect();
    if reached.is_empty() {
        return None;
    }
    let why = format!("the good version `{}` is not below the bad {}", facts.good, quoted(reached));
    Some(Refusal::new(why, "bad is the release to roll back, good the one before it; are they swapped?"))
}

/// PEP 440 would sort such a version the other way round than this tool does.
fn two_faced(facts: &Facts) -> Option<Refusal> {
    let python = facts.ecosystems.iter().any(|ecosystem| ecosystem.outlet == Registry::Pypi);
    let found: Vec<&Version> = facts.bad.iter().chain([&facts.good]).filter(|version| version.is_two_faced()).collect();
    (python && !found.is_empty()).then(|| {
        Refusal::new(
            format!("{} sorts in opposite directions under semver and PEP 440", quoted(found)),
            "write a post-release as PyPI shows it, e.g. `1.0.0.post1`",
        )
    })
}

fn good_withdrawn(facts: &Facts, ecosystem: &Ecosystem) -> Option<Refusal> {
    let withdrawn = ecosystem.published.iter().flatten().any(|one| one.version == facts.good && one.withdrawn);
    withdrawn.then(|| {
        Refusal::new(
            format!("the good version `{}` of `{}` is itself withdrawn {}", facts.good, ecosystem.package, ecosystem.outlet.place()),
            "choose an older release that is still good",
        )
    })
}

/// Live versions above the lowest bad one that nobody named; pre-releases count only when all that is bad is one.
fn unnamed_above(facts: &Facts) -> Vec<&Version> {
    let Some(lowest) = facts.bad.iter().min() else { return Vec::new() };
    let counts = |version: &&Version| !version.is_prerelease() || facts.only_prereleases_are_bad();
    let live = facts.live().into_iter();
    let unnamed = live.filter(|version| *version > lowest && !facts.bad.contains(version) && **version != facts.good);
    unnamed.filter(counts).filter(|version| !facts.other_lines.contains(version)).collect()
}

/// `latest`, in a registry or on GitHub, that is neither bad nor good: somebody has acted.
fn latest_elsewhere(facts: &Facts, above: &[&Version]) -> Vec<Refusal> {
    let expected = |latest: &Version| {
        facts.bad.contains(latest) || *latest == facts.good || above.contains(&latest) || facts.other_lines.contains(latest)
    };
    if facts.bad.is_empty() || facts.only_prereleases_are_bad() {
        return Vec::new();
    }
    let pointers = facts.ecosystems.iter().filter_map(|ecosystem| {
        let name = format!("`latest` of `{}` {}", ecosystem.package, ecosystem.outlet.place());
        Some((name, ecosystem.latest()?))
    });
    let github = facts.latest_release.iter().map(|latest| ("`Latest` on GitHub".to_owned(), latest));
    let moved = pointers.chain(github).filter(|(_, latest)| !expected(latest));
    moved
        .map(|(name, latest)| {
            let why = format!("{name} is `{latest}`, which is neither bad ({}) nor good (`{}`)", quoted(&facts.bad), facts.good);
            Refusal::new(why, "somebody has acted already; look at what they did, then plan anew")
        })
        .collect()
}

fn nobody_gets_it(facts: &Facts) -> Option<Refusal> {
    let gives = |ecosystem: &Ecosystem| facts.bad.iter().map(|bad| ecosystem.gives(bad)).collect::<Vec<_>>();
    let answers: Vec<Option<bool>> = facts.ecosystems.iter().flat_map(gives).collect();
    if answers.is_empty() || answers.iter().any(|answer| *answer != Some(false)) {
        return None;
    }
    let places = listed(facts.ecosystems.iter().map(|ecosystem| ecosystem.outlet.place()));
    let why = format!("{} is not what anybody gets: withdrawn or never published {places}", quoted(&facts.bad));
    Some(Refusal::new(why, "there is nothing to roll back"))
}

/// Go wants the major version in the module's path from 2 on: `example/core/v2`.
fn wrong_module_path(facts: &Facts, ecosystem: &Ecosystem, version: &Version) -> Option<Refusal> {
    if ecosystem.outlet != Registry::Go {
        return None;
    }
    let path = &ecosystem.package;
    let stated = module_major(path);
    let fits = |version: &Version| match version.numbers().first() {
        Some(major) if *major >= 2 => stated == Some(*major),
        _ => stated.is_none(),
    };
    // A module without `/v2` that has published 2.x anyway is `+incompatible` and stays so.
    if fits(version) || (stated.is_none() && !fits(&facts.good)) {
        return None;
    }
    let why = format!("Go module `{path}` cannot have version `{version}`: from `v2` on, the path ends in the major version");
    Some(Refusal::new(why, "use a strategy that stays in the module's major version"))
}

fn module_major(path: &str) -> Option<u64> {
    let (_, last) = path.rsplit_once(['/', '.'])?;
    last.strip_prefix('v')?.parse().ok().filter(|major| *major >= 1)
}

fn lowest(facts: &Facts) -> String {
    facts.bad.iter().min().map(Version::to_string).unwrap_or_default()
}

fn with_these(facts: &Facts, above: &[&Version]) -> String {
    let all = facts.bad.iter().chain(above.iter().copied()).distinct();
    all.iter().map(|version| version.as_str()).collect::<Vec<_>>().join(",")
}
