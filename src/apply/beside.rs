//! The second release of the same content: a commit on the rollback's own, in which only the number is another, and its
//! tag. The tag is the one visible effect, so a run that was killed before it leaves nothing behind.

use super::branch::{Spans, spans_by_path, splice};
use super::standing::{Tip, texts};
use super::tag;
use crate::domain::git::{Sha, Tag};
use crate::domain::tree::Mode;
use crate::gate::ApprovedPlan;
use crate::github::{Ask, Error, Object, Reader, TreeChange, Writer};
use crate::journal::Outcome;
use crate::plan::{EditGroup, Plan, Second};
use crate::report;

/// Makes the tag on its commit, or finds it made. `rollback` is the plan's own commit.
pub(super) async fn ensure(approved: &ApprovedPlan, wanted: &Tag, rollback: &Sha, reader: &Reader, writer: &Writer) -> Outcome {
    let plan = approved.plan();
    let Some(second) = plan.second.as_ref().filter(|second| second.tag == *wanted) else {
        return Outcome::Failed { why: format!("the plan has no second release `{wanted}`"), hint: None };
    };
    match found(plan, second, rollback, reader).await {
        Ok(None) => {}
        Ok(Some(outcome)) => return outcome,
        Err(error) => return Outcome::failed(&error),
    }
    let commit = match commit(plan, second, rollback, reader, writer).await {
        Ok(commit) => commit,
        Err(error) => return Outcome::failed(&error),
    };
    match writer.create_tag(&second.tag, &commit).await {
        Ok(()) => Outcome::Done { url: None },
        // Another run may have made it at the same time, on a commit of its own.
        Err(error) if super::read_again(&error) => match found(plan, second, rollback, reader).await {
            Ok(Some(Outcome::Already)) => Outcome::Done { url: None },
            Ok(Some(outcome)) => outcome,
            Ok(None) | Err(_) => Outcome::failed(&error),
        },
        Err(error) => Outcome::failed(&error),
    }
}

/// A tag of this name is ours when its commit names the plan, stands on the rollback's own, and has the approved tree;
/// on a rollback that was rebuilt on a later head, that head's kept paths are in it too.
async fn found(plan: &Plan, second: &Second, rollback: &Sha, reader: &Reader) -> Result<Option<Outcome>, Error> {
    let asks = [format!("refs/tags/{}^{{commit}}", second.tag), format!("{rollback}^{{commit}}")].map(Ask::Commit);
    let (_, objects) = reader.objects(&asks).await?;
    let mut tips = objects.into_iter().map(Tip::of);
    let (Some(tip), below) = (tips.next().flatten(), tips.next().flatten()) else { return Ok(None) };
    let as_approved = below.is_some_and(|below| below.tree != plan.content.tree) || tip.tree == second.tree;
    let own = tip.plan_id().as_deref() == Some(plan.id().as_str()) && tip.parents == [rollback.clone()];
    Ok(Some(match own && as_approved {
        true => Outcome::Already,
        false => tag::elsewhere(&second.tag, &tip.sha, rollback),
    }))
}

async fn commit(plan: &Plan, second: &Second, rollback: &Sha, reader: &Reader, writer: &Writer) -> Result<Sha, Error> {
    let edits = second.all_edits(&plan.content);
    let every: Vec<EditGroup> = plan.content.edits.iter().chain(&edits).cloned().collect();
    let files = texts(plan, &every);
    let mut asks = vec![Ask::Commit(format!("{rollback}^{{commit}}"))];
    asks.extend(files.iter().map(|(path, at)| Ask::Blob(format!("{at}:{path}"))));
    let (_, objects) = reader.objects(&asks).await?;
    let mut objects = objects.into_iter();
    let Some(Object::Commit { tree: base, .. }) = objects.next() else {
        return Err(Error::Setup(format!("the rollback commit {} is gone", rollback.short())));
    };
    // Every file that the rollback rewrote is written again from where it was read; the rest is the rollback's own.
    let (first, own) = (spans_by_path(&plan.content.edits), spans_by_path(&edits));
    let mut changes = Vec::new();
    for ((path, _), object) in files.iter().zip(objects) {
        let key: crate::domain::restore::RepoPath =
            path.parse().map_err(|error: crate::domain::git::BadName| Error::Setup(error.to_string()))?;
        let none: (Mode, Spans<'_>) = first.get(&key).map_or((Mode::File, Vec::new()), |(mode, _)| (*mode, Vec::new()));
        let (mode, spans) = own.get(&key).unwrap_or(&none);
        let Object::Blob { text: Some(text), .. } = object else {
            return Err(Error::Setup(format!("`{path}` could not be read where the plan read it")));
        };
        let content = splice(&text, spans).ok_or_else(|| Error::Setup(format!("`{path}` is not the text the plan was made from")))?;
        changes.push(TreeChange::Write { path: path.clone(), mode: *mode, content });
    }
    let tree = writer.tree(&base, &changes).await?;
    // On a rollback that was rebuilt on a later head, the kept paths are that head's here too.
    if base == plan.content.tree && tree != second.tree {
        let why = format!(
            "GitHub made tree {} of the second release, the plan names {}; nothing was published",
            tree.short(),
            second.tree.short()
        );
        return Err(Error::Setup(why));
    }
    writer.commit(&report::second_message(plan, second), &tree, rollback).await.map(|made| made.sha)
}
