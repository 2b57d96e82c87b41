//! Reading releases: <https://docs.github.com/rest/releases/releases>.

use serde_json::{Value, json};

use super::files::encoded;
use super::latest::latest;
use super::{pages, shape};
use crate::access::Level;
use crate::call::Call;
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Asset, Release, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["releases"]) => list(world, call),
        ("GET", ["releases", "latest"]) => the_latest(world, call),
        ("GET", ["releases", "tags", tag @ ..]) => by_tag(world, call, &tag.join("/")),
        ("GET", ["releases", "assets", id]) => asset_by_id(world, call, id),
        ("GET", ["releases", id]) => one(world, call, id),
        ("GET", ["releases", id, "assets"]) => assets(world, call, id),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns a release.
pub(crate) fn release(world: &World, call: &Call, release: &Release) -> Value {
    let (api, html) = (shape::api(world, call), shape::html(world));
    let url = format!("{api}/releases/{}", release.id);
    let tag = encoded(&release.tag_name);
    let page = if release.draft { format!("untagged-{}", release.id) } else { tag.clone() };
    json!({
        "url": url,
        "html_url": format!("{html}/releases/tag/{page}"),
        "assets_url": format!("{url}/assets"),
        "upload_url": format!("{url}/assets{{?name,label}}"),
        "tarball_url": if release.draft { Value::Null } else { json!(format!("{api}/tarball/{tag}")) },
        "zipball_url": if release.draft { Value::Null } else { json!(format!("{api}/zipball/{tag}")) },
        "id": release.id,
        "node_id": shape::node_id("RE", release.id),
        "tag_name": release.tag_name,
        "target_commitish": release.target_commitish,
        "name": release.name,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "created_at": stamp(release.created_at),
        "updated_at": stamp(release.updated_at),
        "published_at": release.published_at.map(stamp),
        "author": shape::user(world, call, &release.author),
        "assets": release.assets.iter().map(|file| asset(world, call, release, file)).collect::<Vec<_>>(),
    })
}

fn asset(world: &World, call: &Call, release: &Release, asset: &Asset) -> Value {
    let html = shape::html(world);
    json!({
        "url": format!("{}/releases/assets/{}", shape::api(world, call), asset.id),
        "browser_download_url": format!("{html}/releases/download/{}/{}", encoded(&release.tag_name), encoded(&asset.name)),
        "id": asset.id,
        "node_id": shape::node_id("RA", asset.id),
        "name": asset.name,
        "label": "",
        "state": "uploaded",
        "content_type": asset.content_type,
        "size": asset.size,
        "digest": null,
        "download_count": 0,
        "created_at": stamp(release.updated_at),
        "updated_at": stamp(release.updated_at),
        "uploader": shape::user(world, call, &release.author),
    })
}

/// Returns the releases a caller may see, newest first; drafts are for those who can push.
fn visible<'a>(world: &'a World, call: &Call) -> Vec<&'a Release> {
    let drafts = world.can_push(call);
    let mut found: Vec<&Release> = world.releases.values().filter(|release| drafts || !release.draft).collect();
    found.sort_unstable_by_key(|release| std::cmp::Reverse((release.draft, release.created_at, release.id)));
    found
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    Ok(pages::list(call, &visible(world, call), |found| release(world, call, found)))
}

fn the_latest(world: &World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    latest(world).map(|found| Reply::ok(release(world, call, found))).ok_or_else(Reply::not_found)
}

fn by_tag(world: &World, call: &Call, tag: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    // Published ones only: https://docs.github.com/rest/releases/releases#get-a-release-by-tag-name.
    let found = world.releases.values().find(|release| !release.draft && release.tag_name == tag);
    found.map(|found| Reply::ok(release(world, call, found))).ok_or_else(Reply::not_found)
}

/// Returns the release of an id, where the caller may see it.
pub(crate) fn find<'a>(world: &'a World, call: &Call, id: &str) -> Result<&'a Release, Reply> {
    let found = id.parse().ok().and_then(|id: u64| world.releases.get(&id));
    found.filter(|release| !release.draft || world.can_push(call)).ok_or_else(Reply::not_found)
}

fn one(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    Ok(Reply::ok(release(world, call, find(world, call, id)?)))
}

fn assets(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let found = find(world, call, id)?;
    Ok(pages::list(call, &found.assets, |file| asset(world, call, found, file)))
}

fn asset_by_id(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    for found in visible(world, call) {
        if let Some(file) = found.assets.iter().find(|file| file.id.to_string() == id) {
            return Ok(Reply::ok(asset(world, call, found, file)));
        }
    }
    Err(Reply::not_found())
}
