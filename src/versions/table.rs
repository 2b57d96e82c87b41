//! Who gets what: now, after the release, after the withdrawal.

use serde::Serialize;

use crate::domain::version::Version;

use super::choose::Choice;
use super::consumers::{self, Weight};
use super::facts::{Ecosystem, Facts};
use super::sentences;
use super::shelf::{Gets, Shelf, Standing};
use super::strategy::Strategy;
use super::withdraw::How;
use crate::config::Registry;
use crate::gather::Gather as _;

/// What each usual consumer gets, with the sentences that matter on top.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Table {
    /// Plain sentences, the most important first.
    pub headline: Vec<String>,
    /// The bad versions.
    pub bad: Vec<Version>,
    /// What gets released; empty where only `latest` moves.
    pub released: Vec<Version>,
    /// What gets withdrawn, for the last column's head; empty where nothing can or need be, and the column says nothing new.
    pub withdrawn: Vec<Version>,
    /// One row for each usual consumer.
    pub rows: Vec<Row>,
}

/// One consumer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Row {
    /// Where they get it; `None` where no registry is declared.
    pub outlet: Option<Registry>,
    /// The package; empty where no registry is declared.
    pub package: String,
    /// What they wrote: `pip install entity-core`, `entity-core~=0.0`.
    pub consumer: String,
    /// What they get now.
    pub now: Gets,
    /// What they get once the rollback is released.
    pub after_release: Gets,
    /// What they get once the bad version is withdrawn too.
    pub after_withdrawal: Gets,
    /// Whether a short table has this row.
    pub short: bool,
}

impl Table {
    /// Returns the table with its few most telling rows.
    pub fn short(&self) -> Self {
        Self { rows: self.rows.iter().filter(|row| row.short).cloned().collect(), ..self.clone() }
    }

    /// Tells whether somebody who asks for no particular version still gets a bad one at the end.
    pub fn leaves_somebody_bad(&self) -> bool {
        self.rows.iter().any(|row| row.short && row.after_withdrawal.version().is_some_and(|version| self.bad.contains(version)))
    }
}

/// Computes who gets what from a choice.
///
/// An ecosystem whose index was not read is computed from tags alone, and without any ecosystem there are only the rows that hold
/// everywhere; the headline says so.
pub fn who_gets_what(facts: &Facts, choice: &Choice) -> Table {
    let undeclared = [Ecosystem { outlet: Registry::GithubReleases, package: String::new(), published: None, latest: None }];
    let declared = !facts.ecosystems.is_empty();
    let ecosystems = if declared { facts.ecosystems.as_slice() } else { &undeclared };
    let (mut headline, mut rows) = (Vec::new(), Vec::new());
    let mut withdrawn: Vec<Version> = Vec::new();
    for ecosystem in ecosystems {
        let moments = Moments::of(facts, choice, ecosystem);
        let of_this = rows_of(facts, ecosystem, &moments, declared);
        headline.extend(sentences::of(facts, choice, ecosystem, &of_this, moments.by, declared));
        withdrawn.extend(if moments.by == By::Nobody { Vec::new() } else { facts.bad.clone() });
        rows.extend(of_this.into_iter().map(|(row, _)| row));
    }
    let withdrawn = withdrawn.into_iter().distinct();
    Table { headline, bad: facts.bad.clone(), released: choice.versions.clone(), withdrawn, rows }
}

/// Whether somebody withdraws the bad version in this ecosystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// It is done, by the tool or a person.
    Somebody,
    /// It need not or cannot be.
    Nobody,
}

/// The shelf at the three moments of the table's columns.
struct Moments {
    now: Shelf,
    released: Shelf,
    withdrawn: Shelf,
    by: By,
}

impl Moments {
    fn of(facts: &Facts, choice: &Choice, ecosystem: &Ecosystem) -> Self {
        let outlet = ecosystem.outlet;
        let now = shelf_now(facts, ecosystem);
        let newest = choice.versions.iter().max();
        let above = newest.filter(|newest| facts.highest_bad().is_some_and(|bad| *newest > bad));
        let mut released = choice.versions.iter().fold(now.clone(), |shelf, version| shelf.with(version));
        // GitHub's `Latest` is set with the release; npm's and an image's move with the withdrawal, unless the release is the highest.
        let pointed = if outlet == Registry::GithubReleases { newest } else { above };
        let bad_is_latest = now.latest().is_some_and(|latest| facts.bad.contains(latest));
        if let Some(version) = pointed {
            released = released.point(version);
        } else if choice.strategy == Strategy::Retag && outlet.has_pointer() && bad_is_latest {
            released = released.point(&facts.good);
        }
        // A retraction is written into the version above, so it is there with the release.
        if outlet == Registry::Go && above.is_some() {
            released = facts.bad.iter().fold(released, |shelf, bad| shelf.withdraw(bad));
        }
        let planned = choice.withdrawals.iter().any(|one| {
            let possible = !matches!(one.how, How::Impossible(_));
            possible && one.outlet == outlet && one.package == ecosystem.package
        });
        if !planned || outlet == Registry::Go {
            return Self { withdrawn: released.clone(), now, released, by: By::Nobody };
        }
        let mut withdrawn = facts.bad.iter().fold(released.clone(), |shelf, bad| consumers::withdrawn(outlet, &shelf, bad));
        if outlet.has_pointer() && (bad_is_latest || newest.is_some()) {
            withdrawn = withdrawn.point(newest.unwrap_or(&facts.good));
        }
        Self { now, released, withdrawn, by: By::Somebody }
    }
}

fn shelf_now(facts: &Facts, ecosystem: &Ecosystem) -> Shelf {
    let Some(published) = &ecosystem.published else {
        let known = facts.bad.iter().chain([&facts.good]).chain(&facts.released);
        let highest = known.clone().filter(|version| !version.is_prerelease()).max();
        let github = facts.latest_release.as_ref().filter(|_| ecosystem.outlet == Registry::GithubReleases);
        let latest = ecosystem.latest.as_ref().or(github).or(highest);
        return Shelf::new(known.map(|version| (version.clone(), Standing::Live)), latest.cloned());
    };
    let stands = |withdrawn: bool| consumers::standing(ecosystem.outlet, withdrawn);
    Shelf::new(published.iter().map(|one| (one.version.clone(), stands(one.withdrawn))), ecosystem.latest().cloned())
}

fn rows_of(facts: &Facts, ecosystem: &Ecosystem, moments: &Moments, declared: bool) -> Vec<(Row, Weight)> {
    let Some(bad) = facts.highest_bad() else { return Vec::new() };
    let row = |consumer: consumers::Consumer| {
        let row = Row {
            outlet: declared.then_some(ecosystem.outlet),
            package: ecosystem.package.clone(),
            now: consumer.ask.of(&moments.now)?,
            after_release: consumer.ask.of(&moments.released)?,
            after_withdrawal: consumer.ask.of(&moments.withdrawn)?,
            consumer: consumer.text,
            short: consumer.weight != Weight::Long,
        };
        Some((row, consumer.weight))
    };
    consumers::usual(ecosystem, bad, &facts.good).into_iter().filter_map(row).collect()
}
