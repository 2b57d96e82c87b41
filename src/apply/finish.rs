//! After the merge: the tag, the release, `Latest`, and the release workflow.

use super::{read_again, tag};
use crate::domain::git::{Sha, Tag};
use crate::gate::ApprovedPlan;
use crate::github::{LatestChange, Reader, Writer};
use crate::journal::{Entry, Journal, Outcome};
use crate::plan::Step;
use crate::report;

/// Performs the plan's steps after the merge. `merge` is the commit the pull request became on the default branch.
pub async fn finish(approved: &ApprovedPlan, merge: &Sha, reader: &Reader, writer: &Writer) -> Journal {
    let plan = approved.plan();
    let mut journal = Journal::new(plan, "finish");
    journal.commit = Some(merge.clone());
    let mut stopped = None;
    let mut fresh_tag = false;
    for step in &plan.finish {
        let outcome = match (&stopped, step) {
            (Some(why), _) => Outcome::Failed { why: format!("not tried: {why}"), hint: None },
            (None, Step::Tag { tag }) => {
                let outcome = tag::ensure(tag, merge, reader, writer).await;
                fresh_tag = matches!(outcome, Outcome::Done { .. });
                outcome
            }
            (None, Step::Release { tag }) => ensure_release(approved, tag, reader, writer).await,
            (None, Step::Dispatch { workflow, tag }) => {
                let started = Started { workflow, tag, commit: merge };
                ensure_dispatch(&started, fresh_tag, reader, writer).await
            }
            (None, _) => continue,
        };
        if let Outcome::Failed { why, .. } = &outcome
            && stopped.is_none()
            && matches!(step, Step::Tag { .. })
        {
            stopped = Some(why.clone());
        }
        journal.entries.push(Entry::of(step, outcome));
    }
    journal
}

async fn ensure_release(approved: &ApprovedPlan, tag: &Tag, reader: &Reader, writer: &Writer) -> Outcome {
    let plan = approved.plan();
    match reader.release_of(tag).await {
        Ok(Some(_)) => return Outcome::Already,
        Ok(None) => {}
        Err(error) => return Outcome::failed(&error),
    }
    match writer.create_release(tag, &report::release_name(plan), &report::release_notes(plan), LatestChange::Take).await {
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
