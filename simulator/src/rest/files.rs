//! Changed files, as commits, comparisons and pull requests list them.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::shape;
use crate::call::Call;
use crate::git::Change;
use crate::world::World;

const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Returns a path encoded for a URL, with its slashes.
pub(crate) fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Returns one changed file; `patch` is left out.
pub(crate) fn changed(world: &World, call: &Call, change: &Change, sha: &str) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let path = encoded(&change.path);
    let mut shown = json!({
        "sha": change.oid,
        "filename": change.path,
        "status": change.status,
        "additions": change.additions,
        "deletions": change.deletions,
        "changes": change.additions + change.deletions,
        "blob_url": format!("{html}/blob/{sha}/{path}"),
        "raw_url": format!("{html}/raw/{sha}/{path}"),
        "contents_url": format!("{api}/contents/{path}?ref={sha}"),
    });
    if let Some(previous) = &change.previous {
        shown["previous_filename"] = json!(previous);
    }
    shown
}
