//! Files and directories by path: <https://docs.github.com/rest/repos/contents>.

use serde_json::{Value, json};

use super::blobs::{decode, encode};
use super::files::encoded;
use super::git_commits::{SIGNATURE, caller, github};
use super::refs::supplied;
use super::rulesets::{self, Change};
use super::tree_edit::TreeEdit;
use super::{commits, shape, workflow_rule};
use crate::access::Level;
use crate::call::Call;
use crate::git::{Entry, Kind, NewCommit};
use crate::reply::Reply;
use crate::world::World;

/// Larger files come without content, except raw.
const MOST_BYTES: u64 = 1_000_000;
/// Even larger ones not at all.
const MOST_RAW_BYTES: u64 = 100_000_000;
/// A directory shows no more entries.
const MOST_ENTRIES: usize = 1000;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["readme"]) => get(world, call, "README.md"),
        ("GET", ["contents", path @ ..]) => get(world, call, &path.join("/")),
        ("PUT", ["contents", path @ ..]) => put(world, call, &path.join("/")),
        ("DELETE", ["contents", path @ ..]) => delete(world, call, &path.join("/")),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn get(world: &World, call: &Call, path: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let name = call.param("ref").filter(|name| !name.is_empty()).unwrap_or(&world.repository.default_branch);
    let Some(tree) = commits::resolve(world, name).and_then(|oid| world.git.tree_of(&oid)) else {
        return Err(Reply::error(404, &format!("No commit found for the ref {name}")));
    };
    let path = path.trim_matches('/');
    if path.is_empty() {
        return Ok(directory(world, call, name, &tree, ""));
    }
    let mut entry = world.git.entry_at(&tree, path).ok_or_else(Reply::not_found)?;
    match entry.kind() {
        Kind::Tree => return Ok(directory(world, call, name, &entry.oid, path)),
        Kind::Commit => return Ok(submodule(world, call, name, path, (&tree, &entry))),
        Kind::Blob | Kind::Tag => {}
    }
    // A link to a file inside the repository is answered as that file.
    if entry.mode == "120000"
        && let Some(target) = link_target(world, &entry.oid, path).and_then(|target| world.git.entry_at(&tree, &target))
        && target.kind() == Kind::Blob
    {
        entry = target;
    }
    file(world, call, name, path, &entry)
}

fn link_target(world: &World, oid: &str, path: &str) -> Option<String> {
    let target = String::from_utf8(world.git.blob(oid)?).ok()?;
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" => return None,
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn links(world: &World, call: &Call, name: &str, path: &str, entry: &Entry) -> Value {
    let (api, html, at) = (shape::api(world, call), shape::html(world), encoded(path));
    let url = format!("{api}/contents/{at}?ref={name}");
    let (git, page, download) = match entry.kind() {
        Kind::Tree => (json!(format!("{api}/git/trees/{}", entry.oid)), json!(format!("{html}/tree/{name}/{at}")), Value::Null),
        Kind::Commit | Kind::Tag => (Value::Null, Value::Null, Value::Null),
        Kind::Blob => (
            json!(format!("{api}/git/blobs/{}", entry.oid)),
            json!(format!("{html}/blob/{name}/{at}")),
            json!(format!("{html}/raw/{name}/{at}")),
        ),
    };
    json!({
        "name": path.rsplit('/').next(),
        "path": path,
        "sha": entry.oid,
        "url": url,
        "git_url": git,
        "html_url": page,
        "download_url": download,
        "_links": {"self": url, "git": git, "html": page},
    })
}

fn directory(world: &World, call: &Call, name: &str, tree: &str, path: &str) -> Reply {
    let entries = world.git.tree(tree).unwrap_or_default();
    let shown = entries.iter().take(MOST_ENTRIES).map(|entry| {
        let below = if path.is_empty() { entry.text() } else { format!("{path}/{}", entry.text()) };
        let mut shown = links(world, call, name, &below, entry);
        shown["size"] = json!(match entry.kind() {
            Kind::Blob => world.git.kind(&entry.oid).map_or(0, |(_, size)| size),
            Kind::Tree | Kind::Commit | Kind::Tag => 0,
        });
        shown["type"] = json!(match (entry.kind(), entry.mode.as_str()) {
            (Kind::Tree, _) => "dir",
            (_, "120000") => "symlink",
            // In a directory a submodule is called a file, for old clients' sake.
            _ => "file",
        });
        shown
    });
    Reply::ok(shown.collect())
}

/// A submodule is where `.gitmodules` says, and null where it says nothing.
fn submodule(world: &World, call: &Call, name: &str, path: &str, (tree, entry): (&str, &Entry)) -> Reply {
    let modules = world.git.entry_at(tree, ".gitmodules").and_then(|modules| world.git.blob(&modules.oid)).unwrap_or_default();
    let modules = String::from_utf8_lossy(&modules);
    let value = |section: &str, key: &str| {
        let mut pairs = section.lines().filter_map(|line| line.split_once('='));
        pairs.find(|(known, _)| known.trim() == key).map(|(_, value)| value.trim().to_owned())
    };
    let section = modules.split('[').find(|section| value(section, "path").as_deref() == Some(path));
    let mut shown = links(world, call, name, path, entry);
    shown["type"] = json!("submodule");
    shown["size"] = json!(0);
    shown["submodule_git_url"] = json!(section.and_then(|section| value(section, "url")));
    Reply::ok(shown)
}

fn file(world: &World, call: &Call, name: &str, path: &str, entry: &Entry) -> Result<Reply, Reply> {
    let mut shown = links(world, call, name, path, entry);
    let (_, size) = world.git.kind(&entry.oid).ok_or_else(Reply::not_found)?;
    if size > MOST_RAW_BYTES {
        return Err(Reply::error(403, "This API returns blobs up to 100 MB in size. The requested blob is too large."));
    }
    let bytes = world.git.blob(&entry.oid).ok_or_else(Reply::not_found)?;
    if call.header("accept").is_some_and(|accept| accept.contains("raw")) {
        return Ok(Reply::raw("application/vnd.github.raw; charset=utf-8", bytes));
    }
    shown["size"] = json!(size);
    if entry.mode == "120000" {
        shown["type"] = json!("symlink");
        shown["target"] = json!(String::from_utf8_lossy(&bytes));
        return Ok(Reply::ok(shown));
    }
    shown["type"] = json!("file");
    let (content, encoding) = if size > MOST_BYTES { (String::new(), "none") } else { (encode(&bytes), "base64") };
    shown["content"] = json!(content);
    shown["encoding"] = json!(encoding);
    Ok(Reply::ok(shown))
}

/// The branch that is changed, its head, and the file there.
struct Place {
    ref_name: String,
    branch: String,
    head: String,
    tree: String,
    entry: Option<Entry>,
}

fn place(world: &World, call: &Call, path: &str) -> Result<Place, Reply> {
    let branch = call.text("branch").or_else(|| call.param("branch")).unwrap_or(&world.repository.default_branch);
    let Some(head) = world.git.branch(branch).map(str::to_owned) else {
        return Err(Reply::error(404, &format!("Branch {branch} not found")));
    };
    let tree = world.git.tree_of(&head).ok_or_else(Reply::not_found)?;
    let entry = world.git.entry_at(&tree, path);
    Ok(Place { ref_name: format!("refs/heads/{branch}"), branch: branch.to_owned(), head, tree, entry })
}

fn put(world: &mut World, call: &Call, path: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let message = supplied(call, "message")?;
    let bytes = decode(supplied(call, "content")?).ok_or_else(|| Reply::error(422, "content is not valid Base64"))?;
    let place = place(world, call, path)?;
    let sha = call.text("sha");
    let mode = match (&place.entry, sha) {
        (None, None) => "100644".to_owned(),
        (Some(entry), Some(sha)) if entry.oid == sha => entry.mode.clone(),
        (Some(_), None) => {
            return Err(Reply::error(422, "Invalid request.\n\n\"sha\" wasn't supplied."));
        }
        (_, Some(sha)) => return Err(Reply::error(409, &format!("{path} does not match {sha}"))),
    };
    let blob = world.git.write(Kind::Blob, &bytes)?;
    let mut tree = TreeEdit::of(&world.git, &place.tree).ok_or_else(Reply::not_found)?;
    let parts: Vec<&str> = path.split('/').collect();
    tree.put(&world.git, &parts, &mode, &blob);
    let commit = commit(world, call, &place, &tree, message)?;
    let entry = Entry { mode, name: Vec::new(), oid: blob };
    let mut content = links(world, call, &place.branch, path, &entry);
    content["size"] = json!(bytes.len());
    content["type"] = json!("file");
    Ok(Reply::new(if sha.is_some() { 200 } else { 201 }, json!({"content": content, "commit": commit})))
}

fn delete(world: &mut World, call: &Call, path: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let query_or_body = |field: &str| call.text(field).or_else(|| call.param(field)).map(str::to_owned);
    let message = query_or_body("message");
    let message = message.ok_or_else(|| Reply::error(422, "Invalid request.\n\n\"message\" wasn't supplied."))?;
    let place = place(world, call, path)?;
    let entry = place.entry.as_ref().ok_or_else(Reply::not_found)?;
    if query_or_body("sha").as_deref() != Some(entry.oid.as_str()) {
        return Err(Reply::error(409, &format!("{path} does not match the given sha")));
    }
    let mut tree = TreeEdit::of(&world.git, &place.tree).ok_or_else(Reply::not_found)?;
    let parts: Vec<&str> = path.split('/').collect();
    tree.remove(&world.git, &parts);
    let commit = commit(world, call, &place, &tree, &message)?;
    Ok(Reply::ok(json!({"content": null, "commit": commit})))
}

fn commit(world: &mut World, call: &Call, place: &Place, tree: &TreeEdit, message: &str) -> Result<Value, Reply> {
    let tree = tree.write(&world.git)?;
    let signed = call.is_bot();
    let oid = world.git.write_commit(&NewCommit {
        tree,
        parents: vec![place.head.clone()],
        author: caller(world, call),
        committer: if signed { github(world) } else { caller(world, call) },
        message: message.to_owned(),
        signature: signed.then(|| SIGNATURE.to_owned()),
    })?;
    rulesets::enforce(world, call, &place.ref_name, Change::Update(&place.head, &oid), 409)?;
    workflow_rule::check(world, call, &oid)?;
    world.git.set_ref(&place.ref_name, Some(&oid))?;
    super::pulls::follow(world, &place.ref_name);
    let commit = world.git.commit(&oid).ok_or_else(Reply::not_found)?;
    Ok(shape::git_commit(world, call, &commit))
}
