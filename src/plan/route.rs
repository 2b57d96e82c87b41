//! The way back of each line that goes back: from which version, to which, and as which.

use super::draft::Refused;
use super::number::{Asked, Numbered, number};
use super::propose::{Way, nowhere, problems};
use super::{Good, Line, Request, Snapshot};
use crate::domain::git::{BadName, Tag};
use crate::domain::version::Version;
use crate::manifest;

/// One line's way back, with its numbers.
pub(super) struct Route<'s> {
    pub(super) line: &'s Line,
    pub(super) to: &'s Good,
    pub(super) bad: Version,
    pub(super) good: Version,
    pub(super) numbered: Numbered,
}

impl Route<'_> {
    pub(super) fn way<'a>(&'a self, new: &'a Version) -> Way<'a> {
        Way { line: self.line, bad: &self.bad, good: &self.good, new }
    }

    /// The tag that people get: a new one, or the good release's own.
    pub(super) fn tag(&self) -> Result<Tag, BadName> {
        match &self.to.release {
            Some(release) if self.numbered.retag => Ok(release.tag.clone()),
            Some(_) | None => self.numbered.template.tag(&self.numbered.version),
        }
    }
}

/// Numbers every line.
pub(super) fn routes<'s>(request: &Request, snapshot: &'s Snapshot) -> Result<Vec<Route<'s>>, Vec<Refused>> {
    let strategy = request.strategy.as_deref().unwrap_or(&snapshot.policy.strategy);
    let mut refused = Vec::new();
    let lines_back = snapshot.others.len() + 1;
    if lines_back > 1 && strategy == "both" {
        refused.push(Refused::new(
            format!("the strategy `both` makes two releases of one package, and {lines_back} packages go back"),
            "roll back one package in each run, or ask for another way with `--strategy`",
        ));
    } else if lines_back > 1 && strategy.starts_with(|c: char| c.is_ascii_digit()) {
        refused.push(Refused::new(
            format!("the version `{strategy}` is for one package, and {lines_back} packages go back"),
            "roll back one package in each run, or leave `--rollback-version` out",
        ));
    }
    let main = std::iter::once((&snapshot.line, &snapshot.good));
    let mut routes = Vec::new();
    let lines = main.chain(snapshot.others.iter().map(|other| (&other.line, &other.good)));
    for (line, to) in lines.clone() {
        let found = versions(line, to, snapshot).map_err(|why| vec![why]).and_then(|(bad, also_bad, good)| {
            let asked = Asked { line, to, bad: &bad, also_bad: &also_bad, good: &good };
            let numbered = number(snapshot, &asked, strategy)?;
            Ok(Route { line, to, bad, good, numbered })
        });
        match found {
            Ok(route) => routes.push(route),
            Err(reasons) => refused.extend(reasons),
        }
    }
    refused.extend(apart(&routes));
    if refused.is_empty() {
        return Ok(routes);
    }
    refused.extend(nowhere(snapshot));
    for (line, to) in lines {
        let read = versions(line, to, snapshot).ok();
        refused.extend(problems(snapshot, line, read.as_ref().map(|(bad, _, good)| (bad, good))));
    }
    Err(refused)
}

/// One plan either publishes something or does not.
fn apart(routes: &[Route<'_>]) -> Option<Refused> {
    let bad = |retag: bool| routes.iter().find(|route| route.numbered.retag == retag)?.line.bad.first();
    let (still, new) = (bad(true)?, bad(false)?);
    let why = format!("nothing has to be published for `{still}`, and something has for `{new}`, so they are not one plan");
    Some(Refused::new(why, "roll them back in a run each, or name one strategy for both, such as `patch` or `retag`"))
}

/// The bad version, further bad ones, and the good one.
fn versions(line: &Line, to: &Good, snapshot: &Snapshot) -> Result<(Version, Vec<Version>, Version), Refused> {
    let holds_none = |tag: &Tag| Refused::new(format!("the tag `{tag}` holds no version"), "a release's tag must hold one, like `v1.2.3`");
    let read = line.bad.iter().map(|tag| line.version_of(tag).ok_or_else(|| holds_none(tag)));
    let mut bad = read.collect::<Result<Vec<Version>, _>>()?.into_iter();
    let Some(first) = bad.next() else { return Err(Refused::new("no bad release is named", "name it with `--bad`")) };
    let reference = &to.reference;
    let good = reference.parse().ok().and_then(|tag: Tag| line.version_of(&tag)).or_else(|| stated_version(line, snapshot));
    let good = good.ok_or_else(|| {
        Refused::new(format!("`{reference}` holds no version, and no file there states one"), "name a release's tag with `--good`")
    })?;
    if good >= first {
        return Err(Refused::new(
            format!("the bad release {first} is not newer than the good one {good}"),
            "check `--bad` and `--good`; a rollback goes to an older release",
        ));
    }
    Ok((first, bad.collect(), good))
}

/// The version that the files of a ref state which is no release's tag.
fn stated_version(line: &Line, snapshot: &Snapshot) -> Option<Version> {
    let found = manifest::find(&line.search(snapshot.repository.name()), &snapshot.files);
    found.places.iter().find(|place| place.what == manifest::What::OwnVersion)?.value.parse().ok()
}
