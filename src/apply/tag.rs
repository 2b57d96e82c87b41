//! Tags: made once, never moved.

use super::read_again;
use crate::domain::git::{Sha, Tag};
use crate::github::{Ask, Error, Object, Reader, Writer};
use crate::journal::Outcome;

/// Makes a tag at a commit, or finds it made.
pub(super) async fn ensure(tag: &Tag, commit: &Sha, reader: &Reader, writer: &Writer) -> Outcome {
    match at(tag, reader).await {
        Ok(None) => create(tag, commit, reader, writer).await,
        Ok(Some(at)) if at == *commit => Outcome::Already,
        Ok(Some(at)) => elsewhere(tag, &at, commit),
        Err(error) => Outcome::failed(&error),
    }
}

/// Makes a tag that was not there a moment ago; another run may make it at the same time.
pub(super) async fn create(tag: &Tag, commit: &Sha, reader: &Reader, writer: &Writer) -> Outcome {
    let error = match writer.create_tag(tag, commit).await {
        Ok(()) => return Outcome::Done { url: None },
        Err(error) => error,
    };
    if !read_again(&error) {
        return Outcome::failed(&error);
    }
    match at(tag, reader).await {
        Ok(Some(at)) if at == *commit => Outcome::Done { url: None },
        Ok(Some(at)) => elsewhere(tag, &at, commit),
        Ok(None) | Err(_) => Outcome::failed(&error),
    }
}

/// Says that a tag of this name is in the way.
pub(super) fn elsewhere(tag: &Tag, at: &Sha, wanted: &Sha) -> Outcome {
    Outcome::Failed {
        why: format!("the tag `{tag}` exists at {}, not at {}; a tag is never moved", at.short(), wanted.short()),
        hint: Some(format!(
            "find out who made `{tag}`; if nothing was published from it, delete it and run this again, else tag and release {} by hand under the next free version",
            wanted.short()
        )),
    }
}

async fn at(tag: &Tag, reader: &Reader) -> Result<Option<Sha>, Error> {
    let (_, mut objects) = reader.objects(&[Ask::Commit(format!("refs/tags/{tag}^{{commit}}"))]).await?;
    Ok(match objects.pop() {
        Some(Object::Commit { sha, .. }) => Some(sha),
        Some(Object::Missing | Object::Tree { .. } | Object::Blob { .. }) | None => None,
    })
}
