//! What `execute` and `finish` do, in order.

use super::warnings::marker;
use super::{Line, Plan, Snapshot, Step};
use crate::config::{Delivery, Policy};
use crate::domain::git::Tag;
use crate::domain::release::{Publication, Release};
use crate::words::join;

/// Returns what `execute` does.
pub(super) fn steps(policy: &Policy, snapshot: &Snapshot, plan: &Plan) -> Vec<Step> {
    if plan.retag {
        return banners(&plan.bad.tag, snapshot).into_iter().chain([latest_back(snapshot, plan)]).collect();
    }
    let base = plan.basis.default_branch.clone();
    let mut steps = vec![
        Step::Commit { tree: plan.content.tree.clone(), parent: plan.basis.head.clone() },
        Step::Branch { branch: plan.branch.clone() },
    ];
    if policy.marker_tag
        && let Ok(tag) = marker(plan).parse()
    {
        steps.push(Step::MarkerTag { tag });
    }
    steps.push(match policy.delivery {
        Delivery::PullRequest => Step::PullRequest { title: title(plan), base },
        Delivery::Direct => Step::Forward { branch: base },
    });
    steps.extend(banners(&plan.bad.tag, snapshot));
    steps.push(latest(snapshot));
    steps
}

fn banners(bad: &Tag, snapshot: &Snapshot) -> Vec<Step> {
    let others = snapshot.also_bad.iter().map(|(tag, _, release)| banner(tag, release.as_ref()));
    std::iter::once(banner(bad, snapshot.bad_release.as_ref())).chain(others).collect()
}

/// Where nothing new is published, `Latest` is taken from a bad release and from no other.
fn latest_back(snapshot: &Snapshot, plan: &Plan) -> Step {
    match &snapshot.latest {
        Some(latest) if !snapshot.is_bad(&latest.tag) => {
            let never = if plan.bad.version.is_prerelease() { ", for GitHub shows no pre-release as Latest" } else { "" };
            Step::NoOp { what: "change of Latest".into(), why: format!("{} is Latest and stays{never}", latest.tag) }
        }
        Some(_) | None => latest(snapshot),
    }
}

fn title(plan: &Plan) -> String {
    let others = plan.others.iter();
    let bad = std::iter::once(plan.bad.tag.to_string()).chain(others.clone().filter_map(|other| Some(other.bad.first()?.to_string())));
    let good = std::iter::once(plan.good.reference.clone()).chain(others.map(|other| other.good.reference.clone()));
    let new: Vec<String> = match plan.others.is_empty() {
        true => {
            let second = plan.second.iter().map(|second| second.version.to_string());
            std::iter::once(plan.version.to_string()).chain(second).collect()
        }
        false => plan.new_tags().iter().map(ToString::to_string).collect(),
    };
    let and = |names: Vec<String>| join(&names, "and");
    format!("Roll back {} to the content of {}, as {}", and(bad.collect()), and(good.collect()), and(new))
}

fn banner(tag: &Tag, release: Option<&Release>) -> Step {
    match release {
        Some(release) if release.publication != Publication::Draft => Step::Banner { release: release.id, tag: tag.clone() },
        Some(_) => Step::NoOp { what: format!("banner on {tag}"), why: "it is a draft, so nobody sees it".into() },
        None => Step::NoOp { what: format!("banner on {tag}"), why: "it has no GitHub release".into() },
    }
}

/// `Latest` is the repository's only one: it goes back on the line that has it, and another package's stays.
fn latest(snapshot: &Snapshot) -> Step {
    let nothing = |why: String| Step::NoOp { what: "change of Latest".into(), why };
    let good = match owner_of_latest(snapshot) {
        Owner::Main => &snapshot.good,
        Owner::Other(n) => snapshot.others.get(n).map_or(&snapshot.good, |other| &other.good),
        Owner::Nobody => {
            let tag = snapshot.latest.iter().map(|release| release.tag.to_string()).collect::<String>();
            return nothing(format!("{tag} is Latest, a release of something else, and stays"));
        }
    };
    match &good.release {
        Some(release) if release.publication == Publication::Full => Step::Latest { release: release.id, tag: release.tag.clone() },
        Some(_) | None => nothing(format!("{} is not a published release", good.reference)),
    }
}

/// Whose release is `Latest`.
enum Owner {
    Main,
    Other(usize),
    Nobody,
}

fn owner_of_latest(snapshot: &Snapshot) -> Owner {
    let Some(latest) = &snapshot.latest else { return Owner::Main };
    let is_of = |line: &Line| line.template.as_ref().is_none_or(|template| template.read(&latest.tag).is_some());
    // Without packages every release is the repository's own, whatever form its tag has.
    if is_of(&snapshot.line) || snapshot.line.packages.is_empty() {
        return Owner::Main;
    }
    snapshot.others.iter().position(|other| is_of(&other.line)).map_or(Owner::Nobody, Owner::Other)
}

/// Returns what `finish` does.
pub(super) fn finish(snapshot: &Snapshot, plan: &Plan) -> Vec<Step> {
    if plan.retag {
        return Vec::new();
    }
    let mut tags = vec![Step::Tag { tag: plan.tag.clone() }];
    tags.extend(plan.second.iter().map(|second| Step::TagBeside { tag: second.tag.clone(), tree: second.tree.clone() }));
    tags.extend(plan.others.iter().map(|other| Step::Tag { tag: other.tag.clone() }));
    let latest = match owner_of_latest(snapshot) {
        Owner::Main => Some(&plan.tag),
        Owner::Other(n) => plan.others.get(n).map(|other| &other.tag),
        Owner::Nobody => None,
    };
    let release = |tag: &Tag| match latest == Some(tag) {
        true => Step::Release { tag: tag.clone() },
        false => Step::ReleaseBeside { tag: tag.clone() },
    };
    let releases = plan.new_tags().into_iter().map(release);
    let workflow = snapshot.policy.release_workflow.as_ref();
    let started = workflow
        .into_iter()
        .flat_map(|workflow| plan.new_tags().into_iter().map(move |tag| Step::Dispatch { workflow: workflow.clone(), tag: tag.clone() }));
    tags.into_iter().chain(releases).chain(started).collect()
}
