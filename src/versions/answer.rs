//! The whole answer to "which version, and who gets what": what the command `versions` prints.

use serde::Serialize;

use crate::domain::version::Version;
use crate::gather::Gather as _;
use crate::registry::Published;

use super::choose::{Candidate, Choice, choose};
use super::facts::{Ecosystem, Facts};
use super::refuse::Refusal;
use super::render::render;
use super::strategy::Strategy;
use super::table::{Table, who_gets_what};

/// A question that needs no repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The bad versions.
    pub bad: Vec<Version>,
    /// The good one.
    pub good: Version,
    /// How to number the rollback.
    pub strategy: Strategy,
    /// The packages, each with its index as far as it could be read.
    pub ecosystems: Vec<Ecosystem>,
    /// Versions a person listed as published.
    pub published: Vec<Version>,
}

/// The choice, and who gets what from it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The choice.
    pub choice: Choice,
    /// Who gets what.
    pub table: Table,
}

/// Answers a question about versions.
///
/// Versions that a person listed stand in for an index that was not read; bad and good count as published then.
///
/// # Errors
/// With every reason against the rollback.
pub fn answer(question: &Question) -> Result<Answer, Vec<Refusal>> {
    let live = |version: &Version| Published { version: version.clone(), withdrawn: false, uploaded: None, file: None };
    let known = question.published.iter().chain(&question.bad).chain([&question.good]).cloned().distinct();
    let listed: Option<Vec<Published>> = (!question.published.is_empty()).then(|| known.iter().map(live).collect());
    let fill = |ecosystem: &Ecosystem| Ecosystem {
        published: ecosystem.published.clone().or_else(|| listed.clone()),
        latest: ecosystem.latest.clone().or_else(|| {
            let highest = known.iter().filter(|version| !version.is_prerelease()).max();
            highest.filter(|_| ecosystem.published.is_none() && ecosystem.outlet.has_pointer()).cloned()
        }),
        ..ecosystem.clone()
    };
    let facts = Facts {
        other_lines: Vec::new(),
        bad: question.bad.clone(),
        good: question.good.clone(),
        taken: Vec::new(),
        latest_release: None,
        ecosystems: question.ecosystems.iter().map(fill).collect(),
        released: known,
    };
    let choice = choose(&facts, &question.strategy)?;
    let table = who_gets_what(&facts, &choice);
    Ok(Answer { choice, table })
}

impl Answer {
    /// Renders the answer for a terminal.
    pub fn to_text(&self) -> String {
        let Choice { strategy, versions, why, recommendation, withdrawals, candidates, skipped } = &self.choice;
        let released = if versions.is_empty() { "nothing new".to_owned() } else { super::listed(versions) };
        let mut facts = vec![("release", format!("{released} (`{strategy}`)")), ("why", why.clone())];
        facts.extend(recommendation.iter().map(|advice| ("better", advice.clone())));
        facts.extend(skipped.iter().map(|(version, by)| ("skipped", format!("{version}, taken by {by}"))));
        facts.extend(withdrawals.iter().map(|withdrawal| ("last", withdrawal.to_string())));
        let mut lines: Vec<String> = facts.iter().map(|(name, text)| format!("{name:<9}{text}")).collect();
        lines.push(String::new());
        lines.push(render(&self.table));
        let numbers = |candidate: &Candidate| if candidate.versions.is_empty() { "-".into() } else { super::listed(&candidate.versions) };
        let width = candidates.iter().map(|candidate| numbers(candidate).len()).max().unwrap_or(0);
        lines.extend(candidates.iter().map(|candidate| {
            let (strategy, numbers) = (candidate.strategy.to_string(), numbers(candidate));
            format!("{strategy:<16}  {numbers:<width$}  {}", candidate.verdict)
        }));
        lines.join("\n") + "\n"
    }
}

/// Reads a list such as `0.0.11, 0.0.12`; every bad entry is an error of its own.
///
/// # Errors
/// With all the entries that are no versions.
pub fn parse_list(text: &str) -> Result<Vec<Version>, Vec<crate::domain::git::BadName>> {
    let (mut versions, mut errors) = (Vec::new(), Vec::new());
    for word in text.split([',', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty()) {
        match word.parse() {
            Ok(version) => versions.push(version),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() { Ok(versions) } else { Err(errors) }
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
