//! Two runs at once can both find that nothing was said yet: GitHub has no way to comment only where nobody did. So
//! whoever commented reads again, and of comments that say the same the oldest stays.

use std::collections::BTreeSet;

use crate::gather::Gather as _;
use crate::github::{Comment, Error, IssueWriter, Reader, Thread};

/// Comments on an issue where none of this account's comments `says` it yet, and takes away its own that came later.
/// Returns the comments where it was said just now.
pub(super) async fn once(
    writer: &IssueWriter,
    reader: &Reader,
    thread: &Thread,
    body: &str,
    says: impl Fn(&Comment) -> bool,
) -> Result<Option<Thread>, Error> {
    let mut said = None;
    let mut ours = said_by_us(thread, &says);
    if ours.is_empty() {
        writer.comment(thread.number, body).await?;
        // It is said: what cannot be read again now, the next run puts in order.
        said = Some(reader.thread(thread.number).await.ok().flatten().unwrap_or_default());
        ours = said.as_ref().map(|thread| said_by_us(thread, &says)).unwrap_or_default();
    }
    // GitHub gives out its numbers in order, so every run keeps the same one.
    for later in ours.iter().skip(1) {
        writer.remove_comment(*later).await?;
    }
    Ok(said)
}

/// The numbers of the comments of this account's that say it, in order.
fn said_by_us(thread: &Thread, says: impl Fn(&Comment) -> bool) -> BTreeSet<u64> {
    thread.comments.iter().filter(|comment| comment.ours && says(comment)).map(|comment| comment.id).gather()
}
