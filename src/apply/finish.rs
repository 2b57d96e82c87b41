//! After the merge: the tag, the release, `Latest`, and the release workflow.

use super::read_again;
use crate::domain::git::{Sha, Tag};
use crate::gate::ApprovedPlan;
use crate::github::{Ask, Error, LatestChange, Object, Reader, Writer};
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
                let outcome = ensure_tag(tag, merge, reader, writer).await;
                fresh_tag = matches!(outcome, Outcome::Done { .. });
                outcome
            }
            (None, Step::Release { tag }) => ensure_release(approved, tag, reader, writer).await,
            (None, Step::Dispatch { workflow, tag }) => match fresh_tag {
                true => dispatch(workflow, tag, writer).await,
                // A dispatch cannot be recognised as our own, so it goes with the one run that made the tag.
                false => Outcome::Manual {
                    task: format!(
                        "check that `{workflow}` ran for {tag}; start it there if not: it is started only by the run that makes the tag"
                    ),
                },
            },
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

async fn tag_at(tag: &Tag, reader: &Reader) -> Result<Option<Sha>, Error> {
    let (_, mut objects) = reader.objects(&[Ask::Commit(format!("refs/tags/{tag}^{{commit}}"))]).await?;
    Ok(match objects.pop() {
        Some(Object::Commit { sha, .. }) => Some(sha),
        Some(Object::Missing | Object::Tree { .. } | Object::Blob { .. }) | None => None,
    })
}

async fn ensure_tag(tag: &Tag, merge: &Sha, reader: &Reader, writer: &Writer) -> Outcome {
    let found = |at: Option<Sha>, made: Outcome| match at {
        Some(at) if at == *merge => made,
        Some(at) => Outcome::Failed {
            why: format!("the tag `{tag}` exists at {}, not at the merge {}; a tag is never moved", at.short(), merge.short()),
            hint: None,
        },
        None => Outcome::Failed { why: format!("the tag `{tag}` is not there"), hint: None },
    };
    match tag_at(tag, reader).await {
        Ok(None) => {}
        Ok(at) => return found(at, Outcome::Already),
        Err(error) => return Outcome::failed(&error),
    }
    match writer.create_tag(tag, merge).await {
        Ok(()) => Outcome::Done { url: None },
        Err(error) if read_again(&error) => match tag_at(tag, reader).await {
            Ok(Some(at)) => found(Some(at), Outcome::Done { url: None }),
            Ok(None) | Err(_) => Outcome::failed(&error),
        },
        Err(error) => Outcome::failed(&error),
    }
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

async fn dispatch(workflow: &str, tag: &Tag, writer: &Writer) -> Outcome {
    match writer.dispatch(workflow, tag.as_str(), &serde_json::json!({})).await {
        Ok(()) => Outcome::Done { url: None },
        Err(error) => Outcome::failed(&error),
    }
}
