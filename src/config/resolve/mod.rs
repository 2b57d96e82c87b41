//! Raw types → [`Policy`]: defaults filled in, and everything checked that takes more than one value to see.

mod gates;
mod packages;
mod restore;
mod roles;
mod window;

use super::decode::{At, Entries, Toggle};
use super::policy::{Approvals, BreakGlass, Policy};
use super::problem::{Findings, Span, list, nearest, shown};
use super::raw::{By, RawApprovals, RawPolicy, RawTrigger};
use crate::domain::trigger::{Trigger, standard_non_critical, standard_triggers};
use roles::Roles;

/// The most hours of a window, an approval or a reminder: thirty days, after which GitHub gives up a waiting run.
const MOST_HOURS: u32 = 720;

/// Returns the policy; it is only worth something when `findings` is clean.
pub(super) fn policy(raw: &RawPolicy, findings: &mut Findings) -> Policy {
    let standard = Policy::default();
    version(raw.version.as_ref(), findings);
    let roles = Roles::of(raw.roles.as_ref(), findings);
    let prefix = gates::prefix(raw.environment_prefix.as_ref(), &standard.environment_prefix, findings);
    let approvals = approvals(raw.approvals.as_ref(), findings);
    let gates = gates::gates(raw.gates.as_ref(), &prefix, &roles, findings);
    gates::check_people(&gates, &approvals, raw.approvals.as_ref(), &roles, findings);
    let triggers = triggers(raw.triggers.as_ref(), findings);
    let non_critical = non_critical(raw.non_critical.as_ref(), &triggers, raw.triggers.as_ref(), findings);
    Policy {
        window: window::window(raw.window.as_ref(), findings),
        triggers,
        non_critical,
        gates: gates.into_iter().map(|draft| draft.gate).collect(),
        approvals,
        packages: packages::packages(raw.packages.as_ref(), findings),
        restore: restore::restore(raw.restore.as_ref(), findings),
        delivery: raw.delivery.as_ref().map_or(standard.delivery, |delivery| delivery.value),
        marker_tag: raw.marker_tag.as_ref().map_or(standard.marker_tag, |tag| tag.value),
        labels: raw.labels.as_ref().map_or(standard.labels, |labels| self::labels(labels, findings)),
        reviewers: match &raw.reviewers {
            Some(reviewers) => defined(&reviewers.value, &roles, findings),
            None => standard.reviewers.into_iter().filter(|role| roles.has(role)).collect(),
        },
        release_workflow: raw
            .release
            .as_ref()
            .and_then(|release| release.value.workflow.as_ref())
            .and_then(|file| workflow(file, findings)),
        irreversible: raw.irreversible.as_ref().map_or(Vec::new(), |texts| texts.value.iter().map(|text| text.value.clone()).collect()),
        strategy: raw.strategy.as_ref().map_or(standard.strategy, |strategy| strategy.value.name().to_owned()),
        environment_prefix: prefix,
        break_glass: raw.break_glass.as_ref().and_then(|glass| {
            let named = defined(&glass.value.roles.value, &roles, findings);
            if glass.value.roles.value.is_empty() {
                findings.hinted(
                    glass.value.roles.at,
                    "`break-glass.roles` names no role",
                    "name one, or remove `break-glass`: without it nobody may go past the gates",
                );
            }
            (!named.is_empty()).then_some(BreakGlass { roles: named })
        }),
        reminders: super::policy::Reminders {
            after_hours: raw
                .reminders
                .as_ref()
                .and_then(|reminders| reminders.value.after_hours.as_ref())
                .map_or(standard.reminders.after_hours, |after| hours(after, "reminders.after-hours", findings)),
        },
        roles: roles.into_people(),
    }
}

fn version(version: Option<&At<u32>>, findings: &mut Findings) {
    if let Some(version) = version.filter(|version| version.value != 1) {
        let message = format!("`version` is {}, and this release of the tool reads version 1", version.value);
        findings.hinted(version.at, message, "use a release of the action that knows it, or write `version: 1`");
    }
}

fn hours(written: &At<u32>, key: &str, findings: &mut Findings) -> u32 {
    within(written, key, MOST_HOURS, findings)
}

fn within(written: &At<u32>, key: &str, most: u32, findings: &mut Findings) -> u32 {
    if !(1..=most).contains(&written.value) {
        findings.problem(written.at, format!("`{key}` is {}, it must be from 1 to {most}", written.value));
    }
    written.value
}

fn approvals(raw: Option<&At<RawApprovals>>, findings: &mut Findings) -> Approvals {
    let standard = Approvals::default();
    let Some(At { value: raw, .. }) = raw else {
        return standard;
    };
    Approvals {
        minimum_people: raw
            .minimum_people
            .as_ref()
            .map_or(standard.minimum_people, |n| within(n, "approvals.minimum-people", 20, findings)),
        requester_may_approve: raw.requester_may_approve.as_ref().map_or(standard.requester_may_approve, |may| may.value),
        administrators_may_bypass: raw.administrators_may_bypass.as_ref().map_or(standard.administrators_may_bypass, |may| may.value),
        valid_hours: raw.valid_hours.as_ref().map_or(standard.valid_hours, |n| hours(n, "approvals.valid-hours", findings)),
        order: raw.order.as_ref().map_or(standard.order, |order| order.value),
        by: raw.by.as_ref().and_then(|by| match by.value {
            By::Auto => None,
            By::These(holder) => Some(holder),
        }),
    }
}

fn triggers(raw: Option<&At<Entries<Toggle<RawTrigger>>>>, findings: &mut Findings) -> Vec<Trigger> {
    let mut triggers = standard_triggers();
    let Some(At { value: Entries(entries), at }) = raw else {
        return triggers;
    };
    for (id, written) in entries {
        let known = triggers.iter().position(|trigger| trigger.id == id.value);
        match (known, written) {
            (_, None) => {}
            (Some(known), Some(Toggle::Off)) => {
                triggers.remove(known);
            }
            (None, Some(Toggle::Off)) => nothing_to_remove(id, "trigger", standard_triggers().iter().map(|t| t.id.as_str()), findings),
            (Some(known), Some(Toggle::On(written))) => {
                let Some(trigger) = triggers.get_mut(known) else { continue };
                if let Some(description) = &written.description {
                    trigger.description.clone_from(&description.value);
                }
                if let Some(threshold) = &written.threshold {
                    trigger.threshold = Some(threshold.value.clone());
                }
            }
            (None, Some(Toggle::On(written))) => match &written.description {
                Some(description) => triggers.push(Trigger {
                    id: id.value.clone(),
                    description: description.value.clone(),
                    threshold: written.threshold.as_ref().map(|threshold| threshold.value.clone()),
                }),
                None => {
                    let standard = standard_triggers();
                    let hint = match nearest(&id.value, standard.iter().map(|trigger| trigger.id.as_str())) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "write `description: …`, one line for people".into(),
                    };
                    findings.hinted(id.at, format!("trigger `{}` is not a standard one, so it needs a `description`", id.value), hint);
                }
            },
        }
    }
    if triggers.is_empty() {
        findings.hinted(*at, "no trigger is left, so nothing could ever be rolled back", "keep a standard one or add one of your own");
    }
    triggers
}

fn nothing_to_remove<'s>(id: &At<String>, what: &str, standard: impl Iterator<Item = &'s str>, findings: &mut Findings) {
    let standard: Vec<&str> = standard.collect();
    let hint = match nearest(&id.value, standard.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the standard ones are {}", list(&super::decode::quoted(standard.iter().copied()))),
    };
    findings.hinted(id.at, format!("there is no standard {what} `{}` to take away", id.value), hint);
}

fn non_critical(
    raw: Option<&At<Entries<Toggle<At<String>>>>>,
    triggers: &[Trigger],
    written_triggers: Option<&At<Entries<Toggle<RawTrigger>>>>,
    findings: &mut Findings,
) -> Vec<(String, String)> {
    let mut classes = standard_non_critical();
    for (id, written) in raw.iter().flat_map(|raw| &raw.value.0) {
        let known = classes.iter().position(|(class, _)| *class == id.value);
        match (known, written) {
            (_, None) => {}
            (Some(known), Some(Toggle::Off)) => {
                classes.remove(known);
            }
            (None, Some(Toggle::Off)) => {
                nothing_to_remove(id, "non-critical class", standard_non_critical().iter().map(|(id, _)| id.as_str()), findings);
            }
            (Some(known), Some(Toggle::On(description))) => {
                if let Some(class) = classes.get_mut(known) {
                    class.1.clone_from(&description.value);
                }
            }
            (None, Some(Toggle::On(description))) => classes.push((id.value.clone(), description.value.clone())),
        }
    }
    let place = |id: &str| -> Option<Span> {
        let class = raw.and_then(|raw| raw.value.0.iter().find(|(key, _)| key.value == id)).map(|(key, _)| key.at);
        let trigger = written_triggers.and_then(|raw| raw.value.0.iter().find(|(key, _)| key.value == id)).map(|(key, _)| key.at);
        class.or(trigger)
    };
    for (id, _) in classes.iter().filter(|(id, _)| triggers.iter().any(|trigger| trigger.id == *id)) {
        let at = place(id).unwrap_or(Span::TOP);
        findings.hinted(
            at,
            format!("`{id}` is both a trigger and non-critical"),
            "keep it in one of the two; `false` takes a standard one away",
        );
    }
    classes
}

fn labels(written: &At<Vec<At<String>>>, findings: &mut Findings) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for label in &written.value {
        if label.value.chars().count() > 50 {
            findings.problem(label.at, format!("label {} is longer than 50 characters, GitHub takes no more", shown(&label.value)));
        }
        if labels.iter().any(|known| known.eq_ignore_ascii_case(&label.value)) {
            findings.hinted(
                label.at,
                format!("label {} stands here twice", shown(&label.value)),
                "GitHub compares labels without case: remove one",
            );
        } else {
            labels.push(label.value.clone());
        }
    }
    labels
}

/// Returns the names of roles that are defined, recording the others.
fn defined(written: &[At<String>], roles: &Roles, findings: &mut Findings) -> Vec<String> {
    let known = written.iter().filter(|role| roles.check(role, findings));
    known.map(|role| role.value.clone()).collect()
}

fn workflow(written: &At<String>, findings: &mut Findings) -> Option<String> {
    let name = written.value.strip_prefix(".github/workflows/").unwrap_or(&written.value);
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let yaml = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).is_some_and(|stem| !stem.is_empty());
    if plain && yaml && !name.starts_with('-') {
        return Some(name.to_owned());
    }
    let message = format!("{} is not the name of a workflow file", shown(&written.value));
    findings.hinted(written.at, message, "write the name of a file in `.github/workflows`, e.g. `publish.yml`");
    None
}

/// Returns `1 person` or `3 people`.
fn people(number: usize) -> String {
    if number == 1 { "1 person".into() } else { format!("{number} people") }
}
