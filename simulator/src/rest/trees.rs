//! Trees.
//!
//! The rules of making one were measured in <https://github.com/google/go-github/pull/3877>; the documentation is at
//! <https://docs.github.com/rest/git/trees>.

use serde_json::{Value, json};

use super::tree_edit::TreeEdit;
use super::{commits, shape};
use crate::access::Level;
use crate::call::Call;
use crate::git::{Entry, Git, Kind, is_oid};
use crate::reply::Reply;
use crate::world::World;

/// A recursive answer ends here: <https://docs.github.com/rest/git/trees#get-a-tree>.
const MOST_ENTRIES: usize = 100_000;
const MOST_BYTES: usize = 7_000_000;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["git", "trees", name @ ..]) => get(world, call, &name.join("/")),
        ("POST", ["git", "trees"]) => create(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns the tree that a tree's sha, a commit's sha, a branch or a tag stands for.
fn resolve(world: &World, name: &str) -> Option<String> {
    match world.git.kind(name) {
        Some((Kind::Tree, _)) => Some(name.to_owned()),
        Some((Kind::Blob, _)) => None,
        _ => world.git.tree_of(&commits::resolve(world, name)?),
    }
}

fn get(world: &World, call: &Call, name: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let oid = resolve(world, name).ok_or_else(Reply::not_found)?;
    // Any value means recursive, even `0` and `false`: https://docs.github.com/rest/git/trees#get-a-tree.
    let recursive = call.param("recursive").is_some();
    Ok(Reply::ok(answer(world, call, &oid, recursive)))
}

fn answer(world: &World, call: &Call, oid: &str, recursive: bool) -> Value {
    let api = shape::api(world, call);
    let mut listing = Listing::default();
    listing.add(world, &api, oid, "", recursive);
    json!({
        "sha": oid,
        "url": format!("{api}/git/trees/{oid}"),
        "tree": listing.shown(world, &api),
        "truncated": listing.truncated,
    })
}

/// The entries of a tree, before they are shown.
#[derive(Default)]
struct Listing {
    found: Vec<(String, Entry)>,
    bytes: usize,
    truncated: bool,
}

impl Listing {
    fn add(&mut self, world: &World, api: &str, oid: &str, prefix: &str, recursive: bool) {
        for entry in world.git.tree(oid).unwrap_or_default() {
            let path = format!("{prefix}{}", entry.text());
            // About what one entry takes in the answer.
            self.bytes += path.len() + api.len() + 150;
            if self.truncated || self.found.len() >= MOST_ENTRIES || self.bytes > MOST_BYTES {
                self.truncated = true;
                return;
            }
            let directory = (recursive && entry.kind() == Kind::Tree).then(|| (entry.oid.clone(), format!("{path}/")));
            self.found.push((path, entry));
            if let Some((oid, prefix)) = directory {
                self.add(world, api, &oid, &prefix, recursive);
            }
        }
    }

    fn shown(&self, world: &World, api: &str) -> Vec<Value> {
        let blobs: Vec<&str> = self.blobs().map(|entry| entry.oid.as_str()).collect();
        let kinds = world.git.kinds(&blobs).into_iter();
        let mut sizes = kinds.map(|found| found.map_or(0, |(_, size)| size));
        self.found
            .iter()
            .map(|(path, entry)| {
                let mut shown = json!({"path": path, "mode": entry.mode, "type": entry.kind().name(), "sha": entry.oid});
                match entry.kind() {
                    Kind::Blob => {
                        shown["size"] = json!(sizes.next());
                        shown["url"] = json!(format!("{api}/git/blobs/{}", entry.oid));
                    }
                    Kind::Tree => shown["url"] = json!(format!("{api}/git/trees/{}", entry.oid)),
                    // A submodule's commit is in another repository.
                    Kind::Commit | Kind::Tag => {}
                }
                shown
            })
            .collect()
    }

    fn blobs(&self) -> impl Iterator<Item = &Entry> {
        self.found.iter().map(|(_, entry)| entry).filter(|entry| entry.kind() == Kind::Blob)
    }
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let Some(entries) = call.body.get("tree").and_then(Value::as_array).filter(|entries| !entries.is_empty()) else {
        return Err(Reply::error(422, "Invalid tree info"));
    };
    if entries.len() > MOST_ENTRIES {
        return Err(Reply::error(422, "tree has too many entries"));
    }
    let mut tree = match call.text("base_tree") {
        None => TreeEdit::default(),
        Some(base) => resolve(world, base)
            .and_then(|oid| TreeEdit::of(&world.git, &oid))
            .ok_or_else(|| Reply::error(422, "base_tree is not a valid tree oid"))?,
    };
    let goes = |entry: &&Value| !world.quirks.tree_keeps_around_nested && is_overwritten(entry, entries);
    // What goes goes first, wherever in the list it stands.
    let (overwritten, stays): (Vec<&Value>, Vec<&Value>) = entries.iter().partition(goes);
    for entry in overwritten {
        apply(&world.git, &mut tree, entry)?;
        tree.remove(&world.git, &parts(entry));
    }
    for entry in stays {
        apply(&world.git, &mut tree, entry)?;
    }
    let oid = tree.write(&world.git)?;
    Ok(Reply::created(answer(world, call, &oid, false)))
}

/// Tells whether an entry is a directory that another one of the list reaches into.
fn is_overwritten(entry: &Value, entries: &[Value]) -> bool {
    let directory = parts(entry);
    let is_below = |other: &Value| parts(other).len() > directory.len() && parts(other).starts_with(&directory);
    entry.get("mode").and_then(Value::as_str) == Some("040000") && entries.iter().any(is_below)
}

fn parts(entry: &Value) -> Vec<&str> {
    entry.get("path").and_then(Value::as_str).unwrap_or_default().split('/').collect()
}

/// Entries are applied one after another, so of two for the same path the last one wins.
fn apply(git: &Git, tree: &mut TreeEdit, entry: &Value) -> Result<(), Reply> {
    let refuse = |message: &str| Err(Reply::error(422, message));
    let parts = parts(entry);
    if parts == [""] {
        return refuse("tree.path must be supplied");
    }
    if parts.iter().any(|part| matches!(*part, "" | "." | ".." | ".git") || part.contains('\0')) {
        return refuse("tree.path contains a malformed path component");
    }
    let content = entry.get("content").and_then(Value::as_str);
    let sha = match (entry.get("sha"), content) {
        (Some(Value::Null), None) => {
            // Files and whole directories go; `mode` and `type` are not looked at.
            return if tree.remove(git, &parts) { Ok(()) } else { refuse("GitRPC::BadObjectState") };
        }
        (Some(Value::String(sha)), None) => Some(sha.as_str()),
        (None | Some(Value::Null), Some(_)) => None,
        _ => return refuse("Must supply either tree.sha or tree.content"),
    };
    let mode = entry.get("mode").and_then(Value::as_str).unwrap_or_default();
    let wanted = match mode {
        "100644" | "100755" | "120000" => Kind::Blob,
        "040000" => Kind::Tree,
        "160000" => Kind::Commit,
        _ => return refuse("tree.mode must be one of 100644, 100755, 040000, 160000, or 120000"),
    };
    let oid = match (sha, content) {
        (Some(sha), _) => {
            let exists = git.kind(sha).is_some_and(|(kind, _)| kind == wanted);
            // A submodule's commit need not be here.
            let elsewhere = wanted == Kind::Commit && is_oid(sha);
            if !exists && !elsewhere {
                return refuse(&format!("tree.sha {sha} is not a valid {}", wanted.name()));
            }
            sha.to_owned()
        }
        (None, Some(content)) if wanted == Kind::Blob => git.write(Kind::Blob, content.as_bytes())?,
        (None, _) => return refuse("tree.content can only be supplied for a blob"),
    };
    tree.put(git, &parts, mode, &oid);
    Ok(())
}
