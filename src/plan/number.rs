//! The version of the rollback, chosen from what the repository and the registries know.

use super::candidate::candidates;
use super::consumers::consumers;
use super::draft::Refused;
use super::propose::go_mod;
use super::{Candidate, Good, Line, Row, Snapshot};
use crate::domain::release::{Publication, Release};
use crate::domain::version::{TagTemplate, Version};
use crate::gather::Gather as _;
use crate::versions::{Choice, Ecosystem, Facts, How, Strategy, Taken, choose, other_lines};

/// The number and what goes with it.
pub(super) struct Numbered {
    pub(super) version: Version,
    /// Whether nothing new is published, and the version is the good release's own.
    pub(super) retag: bool,
    /// A second release of the same content, where the strategy makes two.
    pub(super) second: Option<Version>,
    pub(super) template: TagTemplate,
    pub(super) why: String,
    pub(super) candidates: Vec<Candidate>,
    pub(super) manual: Vec<String>,
    pub(super) warnings: Vec<String>,
    pub(super) headline: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// What goes back on one line.
pub(super) struct Asked<'a> {
    pub(super) line: &'a Line,
    pub(super) to: &'a Good,
    pub(super) bad: &'a Version,
    pub(super) also_bad: &'a [Version],
    pub(super) good: &'a Version,
}

/// Chooses the version.
///
/// # Errors
/// Every reason against it, each a sentence with its remedy.
pub(super) fn number(snapshot: &Snapshot, asked: &Asked<'_>, strategy: &str) -> Result<Numbered, Vec<Refused>> {
    let template = asked.line.template.clone().unwrap_or_else(|| TagTemplate { prefix: "v".into(), suffix: String::new() });
    let strategy: Strategy = strategy.parse().map_err(|error: crate::domain::git::BadName| vec![Refused::new(error.to_string(), "")])?;
    let facts = facts(snapshot, &template, asked);
    let sentence = |refusal: crate::versions::Refusal| Refused::new(refusal.why, refusal.hint.unwrap_or_default());
    let choice = choose(&facts, &strategy).map_err(|refusals| refusals.into_iter().map(sentence).collect::<Vec<_>>())?;
    // Of two, the higher one is the default branch's: its files must not state less than what is published.
    let (version, second) = match choice.versions.as_slice() {
        [patch, forward, ..] => (Some(forward.clone()), Some(patch.clone())),
        versions => (versions.first().cloned(), None),
    };
    let retag = version.is_none();
    let is_published = |release: &Release| release.publication != Publication::Draft;
    if retag && !asked.to.release.as_ref().is_some_and(is_published) {
        let why = format!("the strategy `retag` goes back to a published release, and `{}` is none", asked.to.reference);
        return Err(vec![Refused::new(why, "name a release's tag with `--good`, or ask for a version with `--strategy patch`")]);
    }
    let (headline, rows) = consumers(&facts, &choice);
    Ok(Numbered {
        manual: manual(snapshot, asked.line, &choice),
        warnings: warnings(&choice).into_iter().chain(other_lines(&facts)).collect(),
        why: choice.why.clone() + if retag { "" } else { drafts(snapshot) },
        candidates: candidates(&choice),
        version: version.unwrap_or_else(|| asked.good.clone()),
        retag,
        second,
        template,
        headline,
        rows,
    })
}

fn facts(snapshot: &Snapshot, template: &TagTemplate, asked: &Asked<'_>) -> Facts {
    let Asked { line, to: _, bad, also_bad, good } = *asked;
    let tagged = snapshot.tags.iter().filter_map(|tag| Some(Taken { version: template.read(tag)?, by: format!("tag `{tag}`") }));
    let released = snapshot.releases.iter().filter_map(|release| {
        let draft = if release.publication == Publication::Draft { "draft release" } else { "release" };
        Some(Taken { version: template.read(&release.tag)?, by: format!("{draft} `{}`", release.tag) })
    });
    let public = snapshot.releases.iter().filter(|release| release.publication != Publication::Draft);
    let on_releases = public.clone().map(|release| &release.tag);
    let versions = on_releases.chain(&snapshot.tags).filter_map(|tag| template.read(tag)).distinct();
    let published = |release: &Release| release.published_at;
    let (commit, release) = line.bad.first().map_or((&snapshot.bad, None), |tag| snapshot.of_bad(tag));
    // What came out before the bad commit was made cannot hold it; a release's page may be later than its package.
    let of_bad = commit.committed.map(|made| release.and_then(published).map_or(made, |at| at.min(made)));
    let earlier = public.filter(|release| published(release).is_some_and(|at| Some(at) < of_bad));
    let elsewhere = earlier.map(|release| &release.tag).chain(&snapshot.older_tags);
    let other_lines = elsewhere.filter_map(|tag| template.read(tag)).filter(|version| version > bad).distinct();
    let ecosystem = |package: &crate::config::Package| {
        let index = snapshot.published.get(&(package.registry, package.name.clone())).cloned();
        Ecosystem::new(package.registry, &package.name, index)
    };
    Facts {
        bad: std::iter::once(bad).chain(also_bad).cloned().collect(),
        good: good.clone(),
        taken: tagged.chain(released).collect(),
        released: versions,
        other_lines,
        latest_release: snapshot.latest.as_ref().and_then(|release| template.read(&release.tag)),
        ecosystems: line.packages.iter().map(ecosystem).collect(),
    }
}

/// Whether a draft has taken the number is left to `execute`, whose token is shown drafts.
fn drafts(snapshot: &Snapshot) -> &'static str {
    match snapshot.drafts_are_seen {
        true => "",
        false => "; GitHub shows this token no draft releases, so `execute` looks again whether one has taken the number",
    }
}

fn manual(snapshot: &Snapshot, line: &Line, choice: &Choice) -> Vec<String> {
    let no_go_mod = |name: &str| {
        let paths = line.packages.iter().filter(|package| package.name == name).map(go_mod);
        paths.map(|path| snapshot.files.text(&path).is_none()).next().unwrap_or(true)
    };
    let task = |withdrawal: &crate::versions::Withdrawal| {
        let (package, version, place) = (&withdrawal.package, &withdrawal.version, withdrawal.outlet.place());
        match &withdrawal.how {
            How::Manual(text) if choice.versions.is_empty() => {
                Some(format!("bring {package} back from {version} {place}, once the plan is carried out: {text}"))
            }
            How::Manual(text) => Some(format!("withdraw {package} {version} {place}, after the rollback is published: {text}")),
            How::Written(text) if no_go_mod(package) => Some(format!(
                "withdraw {package} {version} {place}, before the pull request is merged, since no `go.mod` was found: {text}"
            )),
            How::Written(_) | How::Impossible(_) => None,
        }
    };
    choice.withdrawals.iter().filter_map(task).collect()
}

fn warnings(choice: &Choice) -> Vec<String> {
    let skipped = choice.skipped.iter().map(|(version, by)| format!("{version} is taken by {by} and was skipped"));
    let impossible = choice.withdrawals.iter().filter_map(|withdrawal| match &withdrawal.how {
        How::Impossible(why) => {
            Some(format!("{} {} on {} cannot be withdrawn: {why}", withdrawal.package, withdrawal.version, withdrawal.outlet))
        }
        How::Written(_) | How::Manual(_) => None,
    });
    choice.recommendation.iter().cloned().chain(skipped).chain(impossible).collect()
}
