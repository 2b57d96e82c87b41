//! Chooses the rollback's version.

use serde::Serialize;

use crate::domain::version::Version;

use super::facts::Facts;
use super::refuse::{self, Refusal};
use super::search::{Free, next_breaking, next_patch};
use super::strategy::Strategy;
use super::withdraw::{Withdrawal, withdrawals};
use super::{listed, quoted};
use crate::config::Registry;
use crate::gather::Gather as _;

/// What gets released, why, and what the other ways would have meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Choice {
    /// What was chosen; never `auto`.
    pub strategy: Strategy,
    /// The versions to release, in order; empty when only `latest` moves.
    pub versions: Vec<Version>,
    /// Why, as a sentence.
    pub why: String,
    /// What would be better than the chosen way, and why; a person decides.
    pub recommendation: Option<String>,
    /// What has to be withdrawn, after everything else.
    pub withdrawals: Vec<Withdrawal>,
    /// Every way there is, with a verdict each.
    pub candidates: Vec<Candidate>,
    /// Numbers passed over, and by what each is taken.
    pub skipped: Vec<(Version, String)>,
}

/// One way to number the rollback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Candidate {
    /// The way.
    pub strategy: Strategy,
    /// What it would release; empty for `retag`, and where it is impossible.
    pub versions: Vec<Version>,
    /// What it means for users, as a sentence; for an impossible one, why.
    pub verdict: String,
    /// Whether it can be chosen.
    pub possible: bool,
}

/// Chooses the rollback's version, or returns every reason against it at once.
///
/// `auto` is, first match wins:
/// 1. `retag` when everything bad is a pre-release: nobody who floats has it;
/// 2. `patch` when the good line's next free patch is above the bad release anyway (1.3.7, bad 1.3.8 → 1.3.9);
/// 3. `patch` when no registry is declared: that is the procedure's own printed contract (0.0.12 → 0.0.13), who gets what is then
///    computed from tags alone, and `why` says so. A policy that names GitHub releases as *the* place of publication gets rule 4;
/// 4. `forward` when somewhere nothing can be withdrawn or resolvers ignore it: Go, Maven Central, NuGet, Hex, GitHub releases;
/// 5. `patch`, with `both` recommended: everywhere withdrawing needs a person, and on PyPI it does not reach installed users.
///
/// # Errors
/// With all refusals, never only the first.
pub fn choose(facts: &Facts, strategy: &Strategy) -> Result<Choice, Vec<Refusal>> {
    let mut refusals = refuse::of_facts(facts);
    let Some(highest) = facts.highest_bad() else { return Err(refusals) };
    let ways = Ways { patch: next_patch(facts, &facts.good), forward: next_patch(facts, highest), breaking: next_breaking(facts, highest) };
    let (chosen, why) = match strategy {
        Strategy::Auto => automatic(facts, highest, &ways),
        asked => (asked.clone(), format!("`{asked}` was asked for")),
    };
    if let Strategy::Explicit(version) = &chosen {
        refusals.extend(refuse::of_explicit(facts, version));
    }
    let frees = match ways.of(&chosen) {
        Some(frees) => frees,
        None => {
            refusals.push(Refusal { why: format!("no free number is left for the strategy `{chosen}`"), hint: None });
            Vec::new()
        }
    };
    let versions: Vec<Version> = frees.iter().map(|free| free.version.clone()).collect();
    refusals.extend(refuse::of_versions(facts, &versions));
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let skipped = frees.into_iter().flat_map(|free| free.skipped).distinct();
    Ok(Choice {
        recommendation: recommendation(facts, highest, &chosen, &ways),
        withdrawals: withdrawals(facts, &versions, chosen == Strategy::Both),
        candidates: candidates(facts, highest, &ways),
        strategy: chosen,
        versions,
        why,
        skipped,
    })
}

/// The numbers of the three ways that have one of their own.
struct Ways {
    patch: Option<Free>,
    forward: Option<Free>,
    breaking: Option<Free>,
}

impl Ways {
    /// What a strategy releases; `None` where a number is missing.
    fn of(&self, strategy: &Strategy) -> Option<Vec<Free>> {
        let one = |free: &Option<Free>| free.clone().map(|free| vec![free]);
        match strategy {
            Strategy::Auto | Strategy::Patch => one(&self.patch),
            Strategy::Forward => one(&self.forward),
            Strategy::ForwardBreaking => one(&self.breaking),
            Strategy::Both => {
                let (patch, forward) = (self.patch.clone()?, self.forward.clone()?);
                Some(if patch.version == forward.version { vec![patch] } else { vec![patch, forward] })
            }
            Strategy::Retag => Some(Vec::new()),
            Strategy::Explicit(version) => Some(vec![Free { version: version.clone(), skipped: Vec::new() }]),
        }
    }

    fn patch_is_above(&self, bad: &Version) -> bool {
        self.patch.as_ref().is_some_and(|patch| patch.version > *bad)
    }
}

fn automatic(facts: &Facts, bad: &Version, ways: &Ways) -> (Strategy, String) {
    if facts.only_prereleases_are_bad() {
        let why = format!("{} is a pre-release, so nobody who floats has it; moving back what points to it is enough", quoted(&facts.bad));
        return (Strategy::Retag, why);
    }
    if ways.patch_is_above(bad) {
        let why = format!(
            "`{bad}` is on the line of `{}`, so the line's next free patch is above it and reaches everyone who floats",
            facts.good
        );
        return (Strategy::Patch, why);
    }
    if facts.ecosystems.is_empty() {
        let why = "no registry is declared, so who gets what is computed from tags alone; the next free patch of the good line is right by content";
        return (Strategy::Patch, why.into());
    }
    let stuck = outlets(facts, Registry::needs_forward);
    if stuck.is_empty() {
        let all = listed(outlets(facts, |_| true).into_iter().map(Registry::place));
        return (Strategy::Patch, format!("`{bad}` can be withdrawn {all}, after which resolvers go back to the good line"));
    }
    let places = listed(stuck.into_iter().map(Registry::place));
    (Strategy::Forward, format!("{places} only a version above `{bad}` reaches those who float"))
}

fn recommendation(facts: &Facts, bad: &Version, chosen: &Strategy, ways: &Ways) -> Option<String> {
    let by_hand = outlets(facts, |outlet| !outlet.needs_forward());
    let below = matches!(chosen, Strategy::Patch | Strategy::Retag) && !facts.only_prereleases_are_bad() && !ways.patch_is_above(bad);
    let stuck = outlets(facts, Registry::needs_forward);
    if below && !stuck.is_empty() {
        let places = listed(stuck.into_iter().map(Registry::place));
        return Some(format!("consider `forward`: {places} only a version above `{bad}` reaches those who float"));
    }
    if !below || *chosen == Strategy::Retag || by_hand.is_empty() {
        return None;
    }
    let forward = &ways.forward.as_ref()?.version;
    let python = if by_hand.contains(&Registry::Pypi) { format!(", and who has installed `{bad}` stays on it") } else { String::new() };
    Some(format!(
        "consider `both`: withdrawing `{bad}` {} needs a person{python}; `{forward}` beside the patch reaches everyone who floats at once",
        listed(by_hand.into_iter().map(Registry::place))
    ))
}

fn candidates(facts: &Facts, bad: &Version, ways: &Ways) -> Vec<Candidate> {
    let all = [Strategy::Patch, Strategy::Forward, Strategy::ForwardBreaking, Strategy::Both, Strategy::Retag];
    all.into_iter()
        .map(|strategy| {
            let frees = ways.of(&strategy);
            let versions: Vec<Version> = frees.iter().flatten().map(|free| free.version.clone()).collect();
            let against = refuse::of_versions(facts, &versions);
            let verdict = match (&frees, against.first()) {
                (None, _) => "not possible: no free number is left".into(),
                (Some(_), Some(refusal)) => format!("not possible: {}", refusal.why),
                (Some(_), None) => verdict(facts, bad, &strategy, &versions, ways),
            };
            let possible = frees.is_some() && against.is_empty();
            Candidate { strategy, versions: if possible { versions } else { Vec::new() }, verdict, possible }
        })
        .collect()
}

fn verdict(facts: &Facts, bad: &Version, strategy: &Strategy, versions: &[Version], ways: &Ways) -> String {
    let good = &facts.good;
    let stuck = outlets(facts, Registry::needs_forward);
    let pointed = facts.ecosystems.is_empty() || !outlets(facts, Registry::has_pointer).is_empty();
    let cost = format!("those who already use what `{bad}` added lose it within a compatible range");
    match strategy {
        Strategy::Patch | Strategy::Both if ways.patch_is_above(bad) => {
            format!("right by content and above `{bad}`, so it reaches everyone who floats at once; patch and forward are the same here")
        }
        Strategy::Forward if ways.patch_is_above(bad) => "the same as `patch`".into(),
        Strategy::Patch if !stuck.is_empty() => format!(
            "always right by content; changes nothing for those who float, and {} nothing else changes it either",
            listed(stuck.into_iter().map(Registry::place))
        ),
        Strategy::Patch => format!(
            "always right by content; changes nothing for those who float until `{bad}` is withdrawn, and that is the last step, since after it a range on `{bad}`'s own line has nothing good to take"
        ),
        Strategy::Forward => format!("reaches everyone who floats at once and needs no withdrawal; {cost}"),
        Strategy::ForwardBreaking => {
            format!("formally clean above `{bad}`, but reaches only those who set no upper bound; `{bad}` stays for the rest")
        }
        Strategy::Both => {
            format!(
                "two releases of the same content; once `{bad}` is withdrawn, everyone who pins no exact version gets good content; {cost}"
            )
        }
        Strategy::Retag if !pointed && outlets(facts, |outlet| !outlet.needs_forward()).is_empty() => {
            let go = if stuck.contains(&Registry::Go) { " without a version above" } else { "" };
            let places = listed(stuck.into_iter().map(Registry::place));
            format!("publishes nothing and moves nothing: {places} there is no `latest`, and nothing can be withdrawn{go}")
        }
        Strategy::Retag if !pointed => format!(
            "publishes nothing, and {} there is no `latest` to move: only withdrawing `{bad}` brings people back to `{good}`",
            listed(outlets(facts, |_| true).into_iter().map(Registry::place))
        ),
        Strategy::Retag => format!(
            "publishes nothing; `latest` goes back to `{good}`, which passes release-age cooldowns at once; who floats without `latest` keeps `{bad}` until it is withdrawn"
        ),
        Strategy::Auto | Strategy::Explicit(_) => quoted(versions),
    }
}

fn outlets(facts: &Facts, wanted: impl Fn(Registry) -> bool) -> Vec<Registry> {
    facts.ecosystems.iter().map(|ecosystem| ecosystem.outlet).filter(|outlet| wanted(*outlet)).distinct()
}

#[cfg(test)]
#[path = "choose_tests.rs"]
mod tests;
