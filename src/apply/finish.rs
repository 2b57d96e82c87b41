//! After the merge: the tag, the release, `Latest`, and the release workflow.

use super::branch::read_commit;
use super::{beside, read_again, tag};
use crate::domain::git::{Sha, Tag};
use crate::gate::ApprovedPlan;
use crate::github::{Error, LatestChange, Reader, Writer};
use crate::journal::{Entry, Journal, Outcome};
use crate::plan::{Plan, Step};
use crate::report;

/// A merged rollback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The commit the pull request became on the default branch.
    pub merge: Sha,
    /// The plan's own commit that it brought.
    pub rollback: Sha,
}

/// Performs the plan's steps after the merge.
pub async fn finish(approved: &ApprovedPlan, merged: &Merged, reader: &Reader, writer: &Writer) -> Journal {
    let plan = approved.plan();
    let merge = &merged.merge;
    let mut journal = Journal::new(plan, "finish");
    journal.commit = Some(merge.clone());
    let mut stopped = None;
    let mut fresh_tags = Vec::new();
    for step in &plan.finish {
        let outcome = match (&stopped, step) {
            (Some(why), _) => Outcome::Failed { why: format!("not tried: {why}"), hint: None },
            (None, Step::Tag { tag }) => {
                let outcome = tag::ensure(tag, merge, reader, writer).await;
                fresh_tags.extend(matches!(outcome, Outcome::Done { .. }).then_some(tag));
                outcome
            }
            (None, Step::TagBeside { tag, .. }) => {
                let outcome = beside::ensure(approved, tag, &merged.rollback, reader, writer).await;
                fresh_tags.extend(matches!(outcome, Outcome::Done { .. }).then_some(tag));
                outcome
            }
            (None, Step::Release { tag }) => ensure_release(plan, tag, LatestChange::Take, reader, writer).await,
            (None, Step::ReleaseBeside { tag }) => ensure_release(plan, tag, LatestChange::Leave, reader, writer).await,
            (None, Step::Dispatch { workflow, tag }) => match tagged(plan, tag, merge, reader).await {
                Ok(commit) => {
                    let started = Started { workflow, tag, commit: &commit };
                    ensure_dispatch(&started, fresh_tags.contains(&tag), reader, writer).await
                }
                Err(error) => Outcome::failed(&error),
            },
            (None, _) => continue,
        };
        if let Outcome::Failed { why, .. } = &outcome
            && stopped.is_none()
            && matches!(step, Step::Tag { .. } | Step::TagBeside { .. })
        {
            stopped = Some(why.clone());
        }
        journal.entries.push(Entry::of(step, outcome));
    }
    journal
}

/// The commit that a new tag is on.
async fn tagged(plan: &Plan, tag: &Tag, merge: &Sha, reader: &Reader) -> Result<Sha, Error> {
    if plan.second.as_ref().is_none_or(|second| second.tag != *tag) {
        return Ok(merge.clone());
    }
    let tip = read_commit(&format!("refs/tags/{tag}^{{commit}}"), reader).await?;
    tip.map(|tip| tip.sha).ok_or_else(|| Error::Setup(format!("the tag `{tag}` is gone")))
}

async fn ensure_release(plan: &Plan, tag: &Tag, latest: LatestChange, reader: &Reader, writer: &Writer) -> Outcome {
    let plan = plan.seen_from(tag);
    match reader.release_of(tag).await {
        Ok(Some(_)) => return Outcome::Already,
        Ok(None) => {}
        Err(error) => return Outcome::failed(&error),
    }
    match writer.create_release(tag, &report::release_name(&plan), &report::release_notes(&plan), latest).await {
        Ok(release) => Outcome::Done { url: Some(release.url) },
        Err(error) if read_again(&error) => match reader.release_of(tag).await {
            Ok(Some(release)) => Outcome::Done { url: Some(release.url) },
            Ok(None) | Err(_) => Outcome::failed(&error),
        },
        Err(error) => Outcome::failed(&error),
    }
}

/// A run of the release workflow on the new tag.
struct Started<'a> {
    workflow: &'a str,
    tag: &'a Tag,
    commit: &'a Sha,
}

/// A dispatch answers nothing that could be kept, but the run it starts is found by its tag. On a tag that this run
/// made a moment ago there can be none yet.
async fn ensure_dispatch(started: &Started<'_>, fresh_tag: bool, reader: &Reader, writer: &Writer) -> Outcome {
    let Started { workflow, tag, commit } = started;
    let found = async || reader.is_dispatched(workflow, tag, commit).await;
    if !fresh_tag {
        match found().await {
            Ok(true) => return Outcome::Already,
            Ok(false) => {}
            Err(error) => {
                return Outcome::Manual { task: format!("check that `{workflow}` ran for {tag}, and start it there if not: {error}") };
            }
        }
    }
    match writer.dispatch(workflow, tag.as_str(), &serde_json::json!({})).await {
        Ok(()) => Outcome::Done { url: None },
        Err(error) if read_again(&error) && found().await.unwrap_or(false) => Outcome::Done { url: None },
        Err(error) => Outcome::failed(&error),
    }
}
