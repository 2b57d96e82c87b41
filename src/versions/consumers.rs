//! The usual consumers of a package, ecosystem by ecosystem.

use crate::domain::version::Version;

use super::facts::Ecosystem;
use super::pick::{self, Span, caret, pessimistic};
use super::shelf::{Gets, Shelf, Standing};
use crate::config::Registry;

/// Somebody who installs the package in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Consumer {
    /// What they wrote, as people of that ecosystem know it.
    pub(super) text: String,
    /// How their client picks.
    pub(super) ask: Ask,
    /// Whether a short table has them.
    pub(super) weight: Weight,
}

/// Whether a consumer is in the short table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Whoever asks for no version: what the sentences on top speak of.
    Bare,
    /// One of the few in a short table.
    Short,
    /// In the whole table alone.
    Long,
}

/// How a client picks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ask {
    Cargo(String),
    Npm(String),
    Pip(String),
    Highest(Span),
    Lowest(Span),
    /// What `latest` names.
    Pointer,
    /// What an exact pin keeps, as long as it is there; the client warns once it is withdrawn.
    Keeps(Version),
    /// What a lock file or a digest keeps whatever becomes of the version, and without a word.
    Holds(Version),
    /// What a moving tag such as `1` or `1.4` names: it is moved off a withdrawn version where there is another.
    Tag(Span),
    /// An upgrade of this installed version by a client that never goes down.
    Up(Version, Box<Self>),
}

impl Ask {
    /// Returns what this client gets; `None` where its grammar does not take the range.
    pub(super) fn of(&self, shelf: &Shelf) -> Option<Gets> {
        Some(match self {
            Self::Cargo(range) => return pick::cargo(range, shelf),
            Self::Npm(range) => return pick::npm(range, shelf),
            Self::Pip(specifier) => return pick::pip(specifier, shelf),
            Self::Highest(span) => pick::highest(span, shelf),
            Self::Lowest(span) => pick::lowest(span, shelf),
            Self::Pointer => shelf.latest().map_or(Gets::Nothing, |latest| Gets::Version(latest.clone())),
            Self::Keeps(version) => shelf.keeps(version),
            Self::Holds(version) => Gets::Version(version.clone()),
            Self::Tag(span) => pick::tagged(span, shelf),
            Self::Up(installed, fresh) => match fresh.of(shelf)? {
                Gets::Version(version) if version > *installed => Gets::Version(version),
                Gets::Version(_) | Gets::VersionWithWarning(_) | Gets::Nothing => Gets::Version(installed.clone()),
            },
        })
    }
}

/// Returns the usual consumers of a package, the one who asks for no version first.
pub(super) fn usual(ecosystem: &Ecosystem, bad: &Version, good: &Version) -> Vec<Consumer> {
    let name = ecosystem.package.as_str();
    match ecosystem.outlet {
        Registry::Pypi => pypi(name, bad, good),
        Registry::Npm => npm(name, bad, good),
        Registry::Crates => crates(name, bad, good),
        Registry::Oci => oci(name, bad, good),
        // Maven knows no pre-releases to leave out: `2.0.0-rc.1` is in `[1.9.3,)`, and `RELEASE` leaves out snapshots alone.
        Registry::Maven => vec![
            bare(format!("{name}:LATEST"), Ask::Highest(Span::All)),
            long(format!("{name}:RELEASE"), Ask::Highest(Span::All)),
            short(format!("{name}:[{good},)"), Ask::Highest(Span::From(good.clone()))),
            short(format!("{name}:{bad}"), Ask::Keeps(bad.clone())),
            long(format!("{name}:{good}"), Ask::Keeps(good.clone())),
        ],
        // A plain version is a lower bound, and the lowest version that fits is taken.
        Registry::Nuget => vec![
            bare(format!("dotnet add package {name}"), Ask::Highest(Span::Any)),
            short(format!("{name} \"*\""), Ask::Highest(Span::Any)),
            long(format!("{name} \"{}.*\"", major(good)), Ask::Highest(begins(&major(good)))),
            short(format!("{name} \"{good}\""), Ask::Lowest(Span::AtLeast(good.clone()))),
            short(format!("{name} \"{bad}\""), Ask::Lowest(Span::AtLeast(bad.clone()))),
            long(format!("{name} \"[{bad}]\""), Ask::Keeps(bad.clone())),
        ],
        Registry::Rubygems => vec![
            bare(format!("gem install {name}"), Ask::Highest(Span::Any)),
            short(format!("{name} ~> {}", front(good)), Ask::Highest(loose(good))),
            long(format!("{name} ~> {good}"), Ask::Highest(pessimistic(good))),
            long(format!("{name} ~> {bad}"), Ask::Highest(pessimistic(bad))),
            long(format!("{name} >= {good}"), Ask::Highest(Span::AtLeast(good.clone()))),
            short(format!("{name} = {bad}"), Ask::Keeps(bad.clone())),
            short(format!("{name} {bad} in Gemfile.lock"), Ask::Keeps(bad.clone())),
        ],
        Registry::Go => vec![
            bare(format!("go get {name}@latest"), Ask::Highest(Span::Any)),
            short(format!("go get {name}@v{bad}"), Ask::Keeps(bad.clone())),
            short(format!("{name} v{bad} in go.mod"), Ask::Holds(bad.clone())),
            // The lowest version that every `go.mod` allows is taken, so a release or a retraction moves nobody by itself.
            long(format!("{name} v{good} in go.mod"), Ask::Holds(good.clone())),
            short(format!("go get -u {name} (v{bad} in go.mod)"), Ask::Up(bad.clone(), Box::new(Ask::Highest(Span::Any)))),
        ],
        Registry::Hex => vec![
            bare(format!("{name} >= 0.0.0"), Ask::Highest(Span::Any)),
            short(format!("{name} ~> {}", front(good)), Ask::Highest(loose(good))),
            long(format!("{name} ~> {good}"), Ask::Highest(pessimistic(good))),
            long(format!("{name} ~> {bad}"), Ask::Highest(pessimistic(bad))),
            short(format!("{name} == {bad}"), Ask::Keeps(bad.clone())),
            long(format!("{name} {bad} in mix.lock"), Ask::Holds(bad.clone())),
        ],
        Registry::Packagist => vec![
            bare(format!("composer require {name}"), Ask::Highest(Span::Any)),
            short(format!("{name}:^{good}"), Ask::Highest(caret(good))),
            short(format!("{name}:^{bad}"), Ask::Highest(caret(bad))),
            long(format!("{name}:>={good}"), Ask::Highest(Span::AtLeast(good.clone()))),
            short(format!("{name}:{bad}"), Ask::Keeps(bad.clone())),
            long(format!("{name} {bad} in composer.lock"), Ask::Holds(bad.clone())),
        ],
        Registry::Helm => vec![
            bare(format!("helm install {name}"), Ask::Highest(Span::Any)),
            short(format!("helm install {name} --version ^{good}"), Ask::Highest(caret(good))),
            short(format!("helm install {name} --version {bad}"), Ask::Keeps(bad.clone())),
        ],
        Registry::GithubReleases => vec![
            bare("whoever takes the highest version".into(), Ask::Highest(Span::Any)),
            short("Latest on GitHub".into(), Ask::Pointer),
            short(format!("whoever asks for {bad}"), Ask::Keeps(bad.clone())),
        ],
    }
}

fn pypi(name: &str, bad: &Version, good: &Version) -> Vec<Consumer> {
    let (bad, good) = (&pick::as_pypi_spells(bad), &pick::as_pypi_spells(good));
    let pip = |specifier: String| (format!("{name}{specifier}"), Ask::Pip(specifier));
    let of = |weight: Weight, (text, ask): (String, Ask)| Consumer { text, ask, weight };
    vec![
        bare(format!("pip install {name}"), Ask::Pip(String::new())),
        of(Weight::Short, pip(format!("~={}", front(good)))),
        of(Weight::Long, pip(format!("~={good}"))),
        of(Weight::Long, pip(format!(">={good}"))),
        of(Weight::Long, pip(format!("<{bad}"))),
        of(Weight::Short, pip(format!("~={bad}"))),
        of(Weight::Short, pip(format!("=={bad}"))),
        short(format!("pip install -U {name} ({bad} installed)"), Ask::Up(bad.clone(), Box::new(Ask::Pip(String::new())))),
        long(format!("uv sync ({bad} in uv.lock)"), Ask::Holds(bad.clone())),
        long(format!("uv lock --upgrade ({bad} in uv.lock)"), Ask::Pip(String::new())),
    ]
}

fn npm(name: &str, bad: &Version, good: &Version) -> Vec<Consumer> {
    let range = |weight: Weight, range: String| Consumer { text: format!("{name}@{range}"), ask: Ask::Npm(range), weight };
    vec![
        bare(format!("npm install {name}"), Ask::Npm("*".into())),
        range(Weight::Short, "latest".into()),
        range(Weight::Short, format!("^{good}")),
        range(Weight::Long, format!("~{good}")),
        range(Weight::Long, format!(">={good}")),
        range(Weight::Short, format!("^{bad}")),
        range(Weight::Long, format!("~{bad}")),
        range(Weight::Short, bad.to_string()),
        long(format!("npm update {name} (^{good} in package.json)"), Ask::Npm(format!("^{good}"))),
        long(format!("npm ci ({bad} in package-lock.json)"), Ask::Holds(bad.clone())),
    ]
}

fn oci(name: &str, bad: &Version, good: &Version) -> Vec<Consumer> {
    let moving = |weight: Weight, tag: &String| Consumer { text: format!("{name}:{tag}"), ask: Ask::Tag(begins(tag)), weight };
    let mut long_tags = vec![major(good), front(good), front(bad)];
    long_tags.dedup();
    long_tags.retain(|tag| *tag != major(bad));
    let latest = [bare(format!("{name}:latest"), Ask::Pointer), moving(Weight::Short, &major(bad))];
    let exact = [
        short(format!("{name}:{bad}"), Ask::Holds(bad.clone())),
        long(format!("{name}@sha256, the digest of {bad}"), Ask::Holds(bad.clone())),
    ];
    latest.into_iter().chain(long_tags.iter().map(|tag| moving(Weight::Long, tag))).chain(exact).collect()
}

fn crates(name: &str, bad: &Version, good: &Version) -> Vec<Consumer> {
    let range = |weight: Weight, range: String| Consumer { text: format!("{name} = \"{range}\""), ask: Ask::Cargo(range), weight };
    vec![
        bare(format!("cargo add {name}"), Ask::Cargo("*".into())),
        range(Weight::Short, format!("^{good}")),
        range(Weight::Long, format!("~{good}")),
        range(Weight::Long, format!(">={good}")),
        range(Weight::Short, format!("^{bad}")),
        range(Weight::Long, format!("~{bad}")),
        range(Weight::Short, format!("={bad}")),
        long(format!("cargo update (>={good} in Cargo.toml)"), Ask::Cargo(format!(">={good}"))),
        long(format!("cargo build ({bad} in Cargo.lock)"), Ask::Holds(bad.clone())),
    ]
}

/// The first two numbers as they are written, which is what people put after `~=` and `~>`.
fn front(version: &Version) -> String {
    let written = version.as_str().split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
    written.split('.').take(2).collect::<Vec<_>>().join(".")
}

/// The first number as it is written.
fn major(version: &Version) -> String {
    front(version).split('.').take(1).collect()
}

/// `~> 1.3` of 1.3.7: the first number stays.
fn loose(version: &Version) -> Span {
    front(version).parse().map_or(Span::Any, |front| Span::Like(front, 1))
}

/// `1.*` or the tag `1`, of `1`; the tag `1.4`, of `1.4`: every version that begins so.
fn begins(front: &str) -> Span {
    format!("{front}.0").parse().map_or(Span::Any, |lowest| Span::Like(lowest, front.split('.').count()))
}

fn bare(text: String, ask: Ask) -> Consumer {
    Consumer { text, ask, weight: Weight::Bare }
}

fn short(text: String, ask: Ask) -> Consumer {
    Consumer { text, ask, weight: Weight::Short }
}

fn long(text: String, ask: Ask) -> Consumer {
    Consumer { text, ask, weight: Weight::Long }
}

/// The shelf after the bad version was withdrawn, in this ecosystem's way.
pub(super) fn withdrawn(outlet: Registry, shelf: &Shelf, bad: &Version) -> Shelf {
    match outlet {
        Registry::Pypi | Registry::Npm | Registry::Crates | Registry::Go | Registry::Oci => shelf.withdraw(bad),
        Registry::Rubygems | Registry::Packagist | Registry::Helm => shelf.without(bad),
        Registry::Maven | Registry::Nuget | Registry::Hex | Registry::GithubReleases => shelf.clone(),
    }
}

/// How a version of the index stands for this ecosystem's resolvers.
pub(super) fn standing(outlet: Registry, withdrawn: bool) -> Standing {
    if withdrawn && !outlet.ignores_withdrawal() { Standing::Withdrawn } else { Standing::Live }
}
