//! What an approver should know besides.

use super::tag_workflows::releases_tag;
use super::{Plan, Snapshot};
use crate::domain::git::Tag;
use crate::domain::version::{TagTemplate, Version};
use crate::gather::Gather as _;
use crate::github::PullState;
use crate::words::{count, list};

/// How many other forms of tags a warning names.
const NAMED_FORMS: usize = 3;

/// Returns the warnings that the snapshot gives for a plan.
pub(super) fn warnings(snapshot: &Snapshot, plan: &Plan) -> Vec<String> {
    let mut warnings = snapshot.notes.clone();
    if snapshot.bad_release.is_none() {
        warnings.push(format!(
            "{} is a tag without a GitHub release: there are no notes to put a banner on, and the window counts from its commit",
            plan.bad.tag
        ));
    }
    if !snapshot.bad_is_on_the_branch {
        warnings.push(format!(
            "{0} is not in the history of {1}: it was released from another branch, and {1} loses what it has besides ({2}); \
             to change only part of it, name `restore.paths` in the policy",
            plan.bad.tag,
            plan.basis.default_branch,
            count(plan.removes.commits, "commit")
        ));
    }
    if let Some(newer) = newer_on_the_line(snapshot, plan) {
        warnings.push(format!(
            "{newer} is newer than {} on the same line, and what it changed goes away too; `--good {newer}` returns to it instead",
            plan.good.reference
        ));
    }
    if !snapshot.good_is_ancestor {
        warnings.push(format!(
            "{} is not an ancestor of {}: it lies on another branch, so more may go away than the release brought",
            plan.good.reference, plan.bad.tag
        ));
    }
    for other in snapshot.others.iter().filter(|other| !other.good_is_ancestor) {
        let bad = other.line.bad.first().map(ToString::to_string).unwrap_or_default();
        warnings.push(format!("{} is not an ancestor of {bad}: more may go away than the release brought", other.good.reference));
    }
    warnings.extend(other_packages(snapshot, plan));
    warnings.extend(partly(snapshot));
    warnings.extend(marker_starts(snapshot, plan));
    for pull in snapshot.pulls.iter().filter(|pull| pull.state == PullState::Closed) {
        warnings.push(format!("an earlier rollback pull request #{} was closed without merging", pull.number));
    }
    warnings
}

/// The good release may have been passed by on its own line, by fixes that are on no ancestor of the bad one.
fn newer_on_the_line(snapshot: &Snapshot, plan: &Plan) -> Option<Tag> {
    let line = |version: &Version| version.to_string().rsplit_once('.').map(|(line, _)| line.to_owned());
    let same = |version: &Version| *version > plan.good.version && line(version) == line(&plan.good.version);
    let found = super::candidates(&plan.bad.tag, snapshot.line.template.as_ref(), &snapshot.releases)
        .into_iter()
        .find(|(_, version)| same(version));
    found.map(|(release, _)| release.tag.clone())
}

/// A repository of several packages whose policy names none: everything goes back, the others too.
fn other_packages(snapshot: &Snapshot, plan: &Plan) -> Option<String> {
    let line = &snapshot.line;
    let own = line.template.as_ref().map(|template| template.prefix.trim_end_matches('v').to_owned())?;
    if !line.packages.is_empty() || matches!(snapshot.policy.restore, crate::domain::restore::Restore::Only { .. }) {
        return None;
    }
    let since = snapshot.good.release.as_ref().and_then(|release| release.published_at)?;
    let later = snapshot.releases.iter().filter(|release| release.published_at.is_some_and(|at| at > since));
    let prefixes =
        later.filter_map(|release| Some(TagTemplate::of(&release.tag)?.0.prefix)).filter(|prefix| prefix.trim_end_matches('v') != own);
    let forms: std::collections::BTreeSet<String> = prefixes.map(|prefix| format!("{prefix}{{version}}")).gather();
    let forms: Vec<String> = forms.into_iter().take(NAMED_FORMS).collect();
    (!forms.is_empty()).then(|| {
        format!(
            "releases tagged like {} lie between, and the policy names no packages: theirs goes back to the content of {} too; \
             to restore one package, list them under `packages` with `path` and `tag`",
            list(&forms, "and"),
            plan.good.reference
        )
    })
}

/// Where one package goes back, the rest was made for its bad version.
fn partly(snapshot: &Snapshot) -> Option<String> {
    let roots = super::scope::roots(&snapshot.policy.packages);
    let inside = |path: &crate::domain::restore::RepoPath| super::side_of(&snapshot.policy.restore, path.as_str()) == super::Side::Good;
    let parts = super::side_of(&snapshot.policy.restore, "") == super::Side::Head && !roots.is_empty() && roots.iter().all(inside);
    let paths: Vec<&str> = roots.iter().map(crate::domain::restore::RepoPath::as_str).collect();
    let (go, it, its) = if paths.len() == 1 { ("goes", "it", "its version") } else { ("go", "them", "their versions") };
    parts.then(|| {
        format!(
            "only {} {go} back: packages that use {it}, and lock files, are as on {} but for {its}; let the checks of the pull request run",
            list(&paths, "and"),
            snapshot.default_branch
        )
    })
}

/// A workflow that publishes what such tags point to, by any token but the Actions token, whose tags start nothing.
fn marker_starts(snapshot: &Snapshot, plan: &Plan) -> Vec<String> {
    if !snapshot.policy.marker_tag {
        return Vec::new();
    }
    let marker = marker(plan);
    let taken = snapshot.workflows.iter().filter(|(_, text)| releases_tag(text, &marker));
    taken
        .map(|(path, _)| {
            format!(
                "`{path}` runs on tags like the marker tag {marker} and would take it for a release, unless the Actions token makes it; \
                 exclude `*-rollback` there, or set `marker-tag: false`"
            )
        })
        .collect()
}

/// Returns the name of the marker tag.
pub(super) fn marker(plan: &Plan) -> String {
    format!("{}-rollback", plan.tag)
}
