//! The releases: whether the newest one could be rolled back, and what its rollback would be.

use std::collections::BTreeSet;

use super::facts::{Drill, Facts, Line};
use super::finding::{Check, Finding, or_ok};
use crate::config::Policy;
use crate::domain::release::{Publication, Release};
use crate::domain::version::TagTemplate;
use crate::gather::Gather as _;
use crate::plan::{Plan, candidates};
use crate::report::banner_fits;
use crate::words::{count, join, list};

/// GitHub refuses longer release notes.
const LONGEST_NOTES: usize = 125_000;
/// How many releases are looked at for the form of their tags.
const RECENT: usize = 20;

/// Looks at releases and at the plan that was made of the newest one.
pub(super) fn releases(facts: &Facts, policy: Option<&Policy>) -> Vec<Finding> {
    let releases = match &facts.releases {
        Ok(releases) => releases,
        Err(unread) => {
            let sentence = format!("the releases cannot be read ({})", unread.why);
            return vec![Finding::unknown(Check::Release, sentence, &unread.remedy)];
        }
    };
    let Some(newest) = facts.newest() else {
        let sentence = format!("there is no published release to roll back ({} in all)", count(releases.len() as u64, "release"));
        return vec![Finding::fails(
            Check::Release,
            sentence,
            "publish releases on GitHub: tags alone have no notes for the banner and no `Latest`",
        )];
    };
    if TagTemplate::of(&newest.tag).is_none() {
        let sentence = format!("the newest release's tag `{}` holds no version", newest.tag);
        return vec![Finding::fails(Check::Release, sentence, "tag releases like `v1.2.3`")];
    }
    let tags: Vec<String> = facts.lines.iter().map(|line| line.newest.tag.to_string()).collect();
    let sentence = match tags.as_slice() {
        [_] => format!("the newest release is {}", newest.tag),
        _ => format!("the newest release of each package is {}", list(&tags, "or")),
    };
    let mut found = vec![Finding::ok(Check::Release, sentence)];
    found.extend(policy.map(|policy| templates(releases, newest, policy)).unwrap_or_default());
    for line in &facts.lines {
        found.push(good(releases, &line.newest));
        found.extend(drill(line));
        found.push(notes(&line.newest, line.drill.plan()));
    }
    found.push(immutable(newest, policy));
    found
}

fn templates(releases: &[Release], newest: &Release, policy: &Policy) -> Vec<Finding> {
    let mut found = Vec::new();
    for package in &policy.packages {
        let Some(template) = package.tag.as_deref().and_then(|text| text.parse::<TagTemplate>().ok()) else { continue };
        if !releases.iter().any(|release| template.read(&release.tag).is_some()) {
            let sentence =
                format!("no release has a tag like `{template}`, as the policy says of `{}`; the newest is `{}`", package.name, newest.tag);
            found.push(Finding::fails(Check::TagTemplate, sentence, "correct `packages: tag` in the policy"));
        }
    }
    let recent = releases.iter().filter(|release| release.publication == Publication::Full).take(RECENT);
    let read: Vec<Option<TagTemplate>> =
        recent.clone().map(|release| TagTemplate::of(&release.tag).map(|(template, _)| template)).collect();
    // Projects that change their mind about the `v` are still one line of releases.
    let forms: BTreeSet<String> = read.iter().flatten().map(|template| template.prefix.trim_end_matches('v').to_owned()).gather();
    if forms.len() > 1 && policy.packages.iter().all(|package| package.tag.is_none()) {
        let shown: Vec<String> = forms.iter().map(|prefix| format!("{prefix}…")).collect();
        let sentence = format!(
            "recent releases have tags of several forms ({}); a rollback returns to one of the bad release's own form",
            list(&shown, "and")
        );
        found.push(Finding::note(Check::TagTemplate, sentence).mended_by("say under `packages: tag` which package has which"));
    }
    let none = read.iter().filter(|template| template.is_none()).count();
    if none > 0 {
        let have = if none == 1 { "has a tag" } else { "have tags" };
        let sentence =
            format!("{} of the recent {} {have} without a version and cannot be returned to", count(none as u64, "release"), read.len());
        found.push(Finding::note(Check::TagTemplate, sentence));
    }
    or_ok(found, Check::TagTemplate, "the tags of the recent releases have one form")
}

fn good(releases: &[Release], newest: &Release) -> Finding {
    let template = TagTemplate::of(&newest.tag).map(|(template, _)| template);
    match candidates(&newest.tag, template.as_ref(), releases).first() {
        Some((release, _)) => Finding::ok(Check::LastKnownGood, format!("{} would go back to {}", newest.tag, release.tag)),
        None => Finding::fails(
            Check::LastKnownGood,
            format!(
                "there is no release before {} to return to (drafts, prereleases and releases rolled back before do not count)",
                newest.tag
            ),
            "give a ref with the input `good` when it happens; a second release mends this",
        ),
    }
}

fn drill(line: &Line) -> Vec<Finding> {
    let tag = &line.newest.tag;
    match &line.drill {
        Drill::Planned { plan, drifted, open } => {
            let mut found = vec![planned(plan)];
            found.extend(open.map(|number| Finding::note(Check::Plan, format!("a rollback of {tag} is open: pull request #{number}"))));
            found.extend(drifted.as_ref().map(|drifted| drift(plan, drifted)));
            found
        }
        Drill::Nothing(why) => vec![Finding::ok(Check::Plan, why)],
        Drill::Refused(refused) => refused.iter().map(|one| Finding::fails(Check::Plan, &one.why, &one.hint)).collect(),
        Drill::Unread(unread) => {
            vec![Finding::unknown(Check::Plan, format!("a rollback of {tag} cannot be planned ({})", unread.why), &unread.remedy)]
        }
        Drill::NotTried => Vec::new(),
    }
}

fn planned(plan: &Plan) -> Finding {
    let places = count(plan.content.place_count as u64, "place");
    let what = format!("{} could be rolled back to the content of {}, as {}", plan.bad.tag, plan.good.reference, plan.version);
    if plan.retag {
        let what = format!("{} could be rolled back to {}, with nothing new published", plan.bad.tag, plan.good.reference);
        return Finding::ok(Check::Plan, what);
    }
    match plan.content.place_count {
        0 => Finding::ok(Check::Plan, format!("{what}; no file states the version, only the tag does")),
        _ => Finding::ok(Check::Plan, format!("{what}, with the version in {places}")),
    }
}

/// How many changed paths are named.
const NAMED: usize = 8;

fn drift(plan: &Plan, drifted: &[String]) -> Finding {
    if drifted.is_empty() {
        return Finding::ok(Check::WorkflowDrift, format!("`.github` is that of {}", plan.good.reference));
    }
    let more = drifted.len().saturating_sub(NAMED);
    let mut named: Vec<String> = drifted.iter().take(NAMED).map(|path| format!("`{path}`")).collect();
    named.extend((more > 0).then(|| format!("{more} more")));
    Finding::note(
        Check::WorkflowDrift,
        format!(
            "{} changed since {}; a rollback keeps `.github` as it is on `{}`, which must still build the old content",
            join(&named, "and"),
            plan.good.reference,
            plan.basis.default_branch
        ),
    )
}

fn notes(newest: &Release, plan: Option<&Plan>) -> Finding {
    let size = newest.body.len();
    let fits = plan.map_or(size + 2000 <= LONGEST_NOTES, |plan| banner_fits(&newest.body, plan));
    match fits {
        true => Finding::ok(Check::ReleaseNotes, format!("the banner fits above the notes of {}", newest.tag)),
        false => Finding::fails(
            Check::ReleaseNotes,
            format!(
                "the notes of {} are {size} bytes; with the banner they would be longer than the {LONGEST_NOTES} GitHub takes",
                newest.tag
            ),
            "shorten the notes, and link the rest",
        ),
    }
}

fn immutable(newest: &Release, policy: Option<&Policy>) -> Finding {
    if !newest.immutable {
        return Finding::ok(Check::ImmutableReleases, "releases can be edited");
    }
    match policy.and_then(|policy| policy.release_workflow.as_deref()) {
        Some(workflow) => Finding::note(
            Check::ImmutableReleases,
            format!(
                "releases are immutable: notes, prerelease and Latest can still be changed, and `{workflow}` cannot add files to a published release"
            ),
        ),
        None => Finding::ok(Check::ImmutableReleases, "releases are immutable: notes, prerelease and Latest can still be changed"),
    }
}
