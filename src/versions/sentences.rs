//! The sentences on top of the table.

use super::choose::Choice;
use super::consumers::Weight;
use super::facts::{Ecosystem, Facts};
use super::listed;
use super::shelf::Gets;
use super::table::{By, Row};
use crate::config::Registry;

/// Returns what matters in one ecosystem's rows.
pub(super) fn of(facts: &Facts, choice: &Choice, ecosystem: &Ecosystem, rows: &[(Row, Weight)], by: By, declared: bool) -> Vec<String> {
    let mut said = Vec::new();
    let bad = listed(&facts.bad);
    let is_bad = |gets: &Gets| gets.version().is_some_and(|version| facts.bad.contains(version));
    if let Some((row, _)) = rows.iter().find(|(_, weight)| *weight == Weight::Bare) {
        said.extend(bare(facts, choice, ecosystem, row, by));
    }
    let stuck = rows.iter().map(|(row, _)| row).find(|row| row.consumer.starts_with("pip install -U") && is_bad(&row.after_withdrawal));
    if let (Some(_), Some(new)) = (stuck, choice.versions.iter().max()) {
        said.push(format!("Who has installed {bad} stays on it: `pip install -U {}` does not go down to {new}.", ecosystem.package));
    }
    let lost: Vec<String> = rows
        .iter()
        .map(|(row, _)| row)
        .filter(|row| row.after_withdrawal == Gets::Nothing && row.now != Gets::Nothing)
        .map(|row| format!("`{}`", row.consumer))
        .collect();
    if !lost.is_empty() {
        let find = if lost.len() == 1 { "finds" } else { "find" };
        said.push(format!("Once {bad} is withdrawn, {} {find} no version at all.", listed(lost)));
    }
    if !declared {
        said.push("No registry is declared, so this is computed from tags alone.".into());
    } else if ecosystem.published.is_none() && ecosystem.outlet != Registry::GithubReleases {
        let how = if ecosystem.outlet.has_engine() { "" } else { ", by rule and not by its client's own engine" };
        said.push(format!(
            "No index of `{}` was read from {}, so its rows are computed from tags alone{how}.",
            ecosystem.package, ecosystem.outlet
        ));
    } else if !ecosystem.outlet.has_engine() && ecosystem.outlet != Registry::GithubReleases {
        said.push(format!("The rows of `{}` are computed by rule and not by its client's own engine.", ecosystem.package));
    }
    said
}

fn bare(facts: &Facts, choice: &Choice, ecosystem: &Ecosystem, row: &Row, by: By) -> Option<String> {
    let who = if row.package.is_empty() || ecosystem.outlet == Registry::GithubReleases {
        uppercase_first(&row.consumer)
    } else {
        format!("`{}`", row.consumer)
    };
    let is_bad = |gets: &Gets| gets.version().is_some_and(|version| facts.bad.contains(version));
    let bad = row.now.version().filter(|_| is_bad(&row.now))?;
    if !is_bad(&row.after_release) {
        let when = if choice.versions.is_empty() { "`latest` is moved" } else { "it is released" };
        return Some(format!("{who} gets {} as soon as {when}.", row.after_release));
    }
    if !is_bad(&row.after_withdrawal) && by == By::Somebody {
        let done = match ecosystem.outlet {
            Registry::Pypi | Registry::Crates | Registry::Rubygems => "yanked",
            Registry::Npm => "deprecated and `latest` moved",
            Registry::Oci => "no longer `latest`",
            Registry::Packagist | Registry::Helm => "deleted",
            Registry::Maven | Registry::Nuget | Registry::Go | Registry::Hex | Registry::GithubReleases => "withdrawn",
        };
        let keeps = if ecosystem.outlet == Registry::Oci { "giving" } else { "installing" };
        let (are, it) = if facts.bad.len() == 1 { ("is", "it") } else { ("are", "one of them") };
        return Some(format!("Until {} {are} {done} {}, {who} keeps {keeps} {it}.", listed(&facts.bad), ecosystem.outlet.place()));
    }
    let place = row.outlet.map(|outlet| format!(" {}", outlet.place())).unwrap_or_default();
    Some(format!("{who} keeps getting {bad}{place}: only a version above it changes that."))
}

fn uppercase_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
