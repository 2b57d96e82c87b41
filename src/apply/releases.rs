//! The warning on the bad release, and GitHub's `Latest` mark.

use super::Site;
use crate::domain::git::Tag;
use crate::domain::release::{Publication, Release};
use crate::github::{Error, LatestChange, ReleaseChange, Why};
use crate::journal::{Entry, Outcome};
use crate::plan::{Step, is_marked_bad};
use crate::report;

/// The most characters that GitHub takes for a release's notes.
const LONGEST_NOTES: usize = 125_000;

/// Puts the banner on the bad release and gives `Latest` back to the good one, in this order: `Latest` is not taken
/// from a release that is then left without a warning.
pub(super) async fn warn(site: &Site<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for step in &site.plan.steps {
        match step {
            Step::Banner { tag, .. } => entries.push(Entry::of(step, banner(site, tag).await)),
            Step::Latest { release, .. } => entries.push(Entry::of(step, latest(site, *release).await)),
            Step::NoOp { why, .. } => entries.push(Entry::of(step, Outcome::NoOp { why: why.clone() })),
            _ => {}
        }
    }
    entries
}

/// Says that the releases are left as another plan's rollback made or will make them.
pub(super) fn left_to(site: &Site<'_>, rival: &str) -> Vec<Entry> {
    let steps = site.plan.steps.iter().filter(|step| matches!(step, Step::Banner { .. } | Step::Latest { .. }));
    let why = format!("the rollback of another plan ({rival}) goes on, and this is its to do");
    steps.map(|step| Entry::of(step, Outcome::NoOp { why: why.clone() })).collect()
}

async fn banner(site: &Site<'_>, tag: &Tag) -> Outcome {
    let gone = || Outcome::Failed { why: format!("the release of {tag} is gone; there is nothing to put a banner on"), hint: None };
    let Some(seen) = site.standing.bad_releases.get(tag) else { return gone() };
    // The banner speaks of the release it stands on.
    let plan = site.plan.seen_from(tag);
    let is_warned = |release: &Release, body: &str| body == release.body && release.publication == Publication::Prerelease;
    if report::banner_fits(&seen.body, &plan) && is_warned(seen, &report::with_banner(&seen.body, &plan)) {
        return Outcome::Already;
    }
    // GitHub takes no condition on this write, so what people wrote since the plan was checked is read right before it.
    let release = match site.reader.release_of(tag).await {
        Ok(Some(release)) => release,
        Ok(None) => return gone(),
        Err(error) => return Outcome::failed(&error),
    };
    if !report::banner_fits(&release.body, &plan) {
        return without_room(site, &release).await;
    }
    let body = report::with_banner(&release.body, &plan);
    if is_warned(&release, &body) {
        return Outcome::Already;
    }
    let change = ReleaseChange { body: Some(body), prerelease: Some(true), latest: LatestChange::Leave, target: None };
    change_release(site, release.id, change).await
}

/// Nothing of people's notes is cut off for the banner's sake; they are told to make room.
async fn without_room(site: &Site<'_>, release: &Release) -> Outcome {
    if release.publication != Publication::Prerelease {
        let change = ReleaseChange { body: None, prerelease: Some(true), latest: LatestChange::Leave, target: None };
        let outcome = change_release(site, release.id, change).await;
        if !matches!(outcome, Outcome::Done { .. }) {
            return outcome;
        }
    }
    Outcome::Manual {
        task: format!(
            "shorten the notes of {} and run this again: GitHub takes {LONGEST_NOTES} characters, and they leave no room for the warning; {}",
            release.tag, release.url
        ),
    }
}

/// The workflow rule is documented for this call too, when the release's target has other workflow files than the
/// default branch, and answers 404 or 403. The target is not used where the tag exists, so naming the default branch
/// moves nothing: <https://docs.github.com/rest/releases/releases#update-a-release>
async fn change_release(site: &Site<'_>, id: u64, change: ReleaseChange) -> Outcome {
    let done = |release: Release| Outcome::Done { url: Some(release.url) };
    match site.writer.change_release(id, &change).await {
        Ok(release) => done(release),
        Err(error) if may_be_workflow_rule(&error) => {
            let target = Some(site.plan.basis.default_branch.to_string());
            match site.writer.change_release(id, &ReleaseChange { target, ..change }).await {
                Ok(release) => done(release),
                Err(_) => Outcome::failed(&error),
            }
        }
        Err(error) => Outcome::failed(&error),
    }
}

fn may_be_workflow_rule(error: &Error) -> bool {
    matches!(error.why(), Some(Why::WorkflowRule | Why::NotFound | Why::MissingPermission(_)))
}

async fn latest(site: &Site<'_>, good: u64) -> Outcome {
    if site.standing.latest.as_ref().is_some_and(|latest| latest.id == good) {
        return Outcome::Already;
    }
    let latest = match site.reader.latest().await {
        Ok(latest) => latest,
        Err(error) => return Outcome::failed(&error),
    };
    match &latest {
        Some(latest) if latest.id == good => return Outcome::Already,
        Some(latest) if !is_bad(site, latest) => match has_moved_by_itself(site, latest, good).await {
            Ok(true) => {}
            Ok(false) => {
                return Outcome::NoOp {
                    why: format!("{} is Latest, neither the bad nor the good release: somebody has acted, it stays", latest.tag),
                };
            }
            Err(error) => return Outcome::failed(&error),
        },
        Some(_) | None => {}
    }
    let change = ReleaseChange { body: None, prerelease: None, latest: LatestChange::Take, target: None };
    change_release(site, good, change).await
}

fn is_bad(site: &Site<'_>, release: &Release) -> bool {
    site.plan.all_bad().any(|bad| bad.tag == release.tag)
}

/// Tells whether GitHub itself took another release for `Latest`, as it does when the bad one becomes a pre-release: a
/// backport or another package's release may be newer than the good one. What a person chose stays, and so does what came
/// out after the bad release.
async fn has_moved_by_itself(site: &Site<'_>, latest: &Release, good: u64) -> Result<bool, Error> {
    let before = site.standing.latest.as_ref();
    let was_bad = before.is_none_or(|before| is_bad(site, before));
    let bad = &site.standing.bad_releases;
    let is_older = bad.values().any(|bad| latest.published_at < bad.published_at);
    if !is_older || !(was_bad || bad.values().any(is_marked_bad)) {
        return Ok(false);
    }
    let eligible = site.reader.eligible().await?;
    Ok(eligible.first() == Some(&latest.id) && eligible.contains(&good))
}
