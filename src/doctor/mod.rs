//! `(policy or its problems, facts) → findings`: what of a rollback would fail if it were needed now. The findings are
//! pure; [`look`] reads the facts, and can write nothing.

mod answers;
mod facts;
mod finding;
mod gates;
mod look;
mod ours;
mod people;
mod permissions;
mod releases;
mod remedy;
mod rules;
mod schedule;
mod show;
mod stages;
mod workflow_file;
mod workflows;

pub use facts::{Drill, Facts, Known, Line, PolicyFacts, Unread};
pub use finding::{Check, Finding, Verdict};
pub use gates::people_of;
pub use look::{Given, look};
pub use remedy::{environment_commands, quoted};
pub use show::{ISSUE_LABEL, ISSUE_MARKER, issue_body, issue_title, json, markdown, text, worst};
pub(crate) use workflow_file::nests_too_deep;
pub use workflow_file::{Called, Content, WorkflowFile};

use crate::config::Policy;
use crate::gather::Gather as _;
use crate::words::{count, list};

/// Says of every precondition whether it holds, the worst first.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let policy = facts.policy();
    let mut found = vec![Finding::ok(Check::Token, format!("`{}` can be read with this token", facts.repository))];
    found.extend(repository(facts));
    found.extend(self::policy(facts));
    found.extend(workflows::workflows(facts, policy));
    found.extend(releases::releases(facts, policy));
    if let Some(policy) = policy {
        found.extend(gates::gates(facts, policy));
        found.extend(people::people(facts, policy));
        found.extend(rules::rules(facts, policy));
        found.extend(labels(facts, policy));
    }
    found.into_iter().distinct()
}

fn repository(facts: &Facts) -> Vec<Finding> {
    let name = &facts.repository;
    let writable = match facts.settings.archived {
        true => Finding::fails(Check::Writable, format!("`{name}` is archived, hence read-only"), "unarchive it under Settings")
            .with([format!("gh repo unarchive {name}")]),
        false => Finding::ok(Check::Writable, "the repository is not archived"),
    };
    let issues = match facts.settings.has_issues {
        true => Finding::ok(Check::Issues, "the incident can be kept as an issue"),
        false => Finding::fails(
            Check::Issues,
            "the repository has no issues, so there is nowhere to keep the incident",
            "switch issues on under Settings",
        )
        .with([format!("gh repo edit {name} --enable-issues")]),
    };
    vec![writable, issues]
}

fn policy(facts: &Facts) -> Vec<Finding> {
    match &facts.policy {
        PolicyFacts::Valid(policy, notes) => {
            let roles: Vec<&String> = policy.roles.keys().collect();
            let valid = format!("the policy is valid: {}, roles {}", count(policy.gates.len() as u64, "gate"), list(&roles, "and"));
            let notes = notes.iter().map(|note| Finding::note(Check::PolicyNotes, note));
            std::iter::once(Finding::ok(Check::Policy, valid)).chain(notes).collect()
        }
        PolicyFacts::Invalid(problems) => {
            problems.iter().map(|problem| Finding::fails(Check::Policy, problem, "correct it; the rest is looked at then")).collect()
        }
        PolicyFacts::Missing(why) => {
            vec![
                Finding::fails(Check::Policy, why, "write one with `rollback-action init`, and merge it into the default branch")
                    .with(["rollback-action init".into()]),
            ]
        }
        PolicyFacts::Unread(unread) => {
            vec![Finding::unknown(Check::Policy, format!("the policy cannot be read ({})", unread.why), &unread.remedy)]
        }
    }
}

fn labels(facts: &Facts, policy: &Policy) -> Vec<Finding> {
    let known = match &facts.labels {
        Ok(known) => known,
        Err(unread) => return vec![Finding::unknown(Check::Labels, format!("the labels cannot be read ({})", unread.why), &unread.remedy)],
    };
    let absent = policy.labels.iter().filter(|label| !known.iter().any(|known| known.to_lowercase() == label.to_lowercase()));
    let found = absent
        .map(|label| {
            let command = format!("gh label create {} --repo {}", quoted(label), facts.repository);
            Finding::note(Check::Labels, format!("there is no label `{label}`; GitHub usually makes it when it is first used"))
                .mended_by("make it")
                .with([command])
        })
        .collect();
    finding::or_ok(found, Check::Labels, "the labels exist")
}
