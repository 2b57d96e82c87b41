//! Making, editing and deleting releases.

use serde_json::{Value, json};

use super::refs::supplied;
use super::{commits, refs, release_notes, releases, workflow_rule};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::{Asset, Release, World};

/// The most characters of release notes.
const MOST_CHARACTERS: usize = 125_000;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("POST", ["releases"]) => create(world, call),
        ("PATCH", ["releases", id]) => update(world, call, id),
        ("DELETE", ["releases", id]) => delete(world, call, id),
        ("POST", ["releases", id, "assets"]) => upload(world, call, id),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// What `make_latest` says; the three words are strings, not booleans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MakeLatest {
    Yes,
    No,
    Legacy,
    Unsaid,
}

fn make_latest(call: &Call) -> Result<MakeLatest, Reply> {
    match call.body.get("make_latest") {
        None | Some(Value::Null) => Ok(MakeLatest::Unsaid),
        Some(Value::String(word)) if word == "true" => Ok(MakeLatest::Yes),
        Some(Value::String(word)) if word == "false" => Ok(MakeLatest::No),
        Some(Value::String(word)) if word == "legacy" => Ok(MakeLatest::Legacy),
        Some(_) => Err(Reply::invalid("Release", "make_latest", "invalid")),
    }
}

fn check_body(call: &Call) -> Result<(), Reply> {
    if call.text("body").is_some_and(|body| body.chars().count() > MOST_CHARACTERS) {
        return Err(Reply::failed(vec![json!({
            "resource": "Release",
            "code": "custom",
            "field": "body",
            "message": format!("body is too long (maximum is {MOST_CHARACTERS} characters)"),
        })]));
    }
    Ok(())
}

fn apply_latest(world: &mut World, release: &mut Release, wish: MakeLatest) -> Result<(), Reply> {
    if wish == MakeLatest::Yes && (release.draft || release.prerelease) {
        return Err(Reply::failed(vec![json!({
            "resource": "Release",
            "code": "custom",
            "field": "make_latest",
            "message": "Latest release cannot be draft or prerelease",
        })]));
    }
    match wish {
        MakeLatest::Yes => (release.made_latest, release.never_latest) = (Some(world.next_id()), false),
        MakeLatest::No => (release.made_latest, release.never_latest) = (None, true),
        MakeLatest::Legacy => (release.made_latest, release.never_latest) = (None, false),
        MakeLatest::Unsaid => {}
    }
    Ok(())
}

/// Returns the commit that a release stands on: its tag's, or that of its target.
fn commit_of(world: &World, tag: &str, target: &str) -> Option<String> {
    let tagged = world.git.reference(&format!("refs/tags/{tag}")).and_then(|oid| world.git.peel(oid));
    tagged.or_else(|| commits::resolve(world, target))
}

/// Makes the tag of a release that is published, where there is none.
fn ensure_tag(world: &mut World, call: &Call, tag: &str, target: &str) -> Result<(), Reply> {
    let name = format!("refs/tags/{tag}");
    if world.git.reference(&name).is_some() {
        return Ok(());
    }
    if world.burnt_tags.contains(tag) {
        return Err(Reply::refused("Release", "tag_name was used by an immutable release"));
    }
    let sha = commits::resolve(world, target).ok_or_else(|| Reply::invalid("Release", "target_commitish", "invalid"))?;
    refs::create_ref(world, call, &name, &sha).map_err(|refusal| as_release_refusal(refusal, &name))
}

/// A ruleset's refusal arrives wrapped: <https://github.com/github-community-projects/ospo-reusable-workflows/issues/83>.
fn as_release_refusal(refusal: Reply, name: &str) -> Reply {
    let message = refusal.body["message"].as_str().unwrap_or_default();
    if message.starts_with("Repository rule violations found") {
        let said = format!("pre_receive {message}");
        return Reply::failed(vec![
            json!({"resource": "Release", "code": "custom", "field": "pre_receive", "message": said}),
            json!({"resource": "Release", "code": "custom", "message": "Published releases must have a valid tag"}),
        ]);
    }
    if message == format!("{name} is not a valid ref name.") {
        return Reply::invalid("Release", "tag_name", "invalid");
    }
    refusal
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let tag = supplied(call, "tag_name")?.to_owned();
    let wish = make_latest(call)?;
    check_body(call)?;
    let draft = call.flag("draft").unwrap_or(false);
    let target = call.text("target_commitish").unwrap_or(&world.repository.default_branch).to_owned();
    if tag.is_empty() {
        return Err(Reply::invalid("Release", "tag_name", "missing_field"));
    }
    if !draft && world.releases.values().any(|release| !release.draft && release.tag_name == tag) {
        return Err(Reply::invalid("Release", "tag_name", "already_exists"));
    }
    let resolved = commits::resolve(world, &target).ok_or_else(|| Reply::invalid("Release", "target_commitish", "invalid"))?;
    workflow_rule::check_release(world, call, &resolved)?;
    if !draft {
        ensure_tag(world, call, &tag, &target)?;
    }
    let now = world.now();
    let commit = commit_of(world, &tag, &target).and_then(|oid| world.git.commit(&oid)).ok_or_else(Reply::not_found)?;
    let mut body = call.text("body").map(str::to_owned);
    let mut name = call.text("name").map(str::to_owned);
    if call.flag("generate_release_notes") == Some(true) {
        let notes = release_notes::generate(world, &tag, &commit.oid, None)?;
        name.get_or_insert_with(|| tag.clone());
        body = Some(body.map_or_else(|| notes.clone(), |text| format!("{text}\n\n{notes}")));
    }
    let mut release = Release {
        id: world.next_id(),
        tag_name: tag,
        target_commitish: target,
        name,
        body,
        draft,
        prerelease: call.flag("prerelease").unwrap_or(false),
        immutable: !draft && world.repository.immutable_releases,
        author: call.login().unwrap_or_default(),
        created_at: commit.committer.date,
        updated_at: now,
        published_at: (!draft).then_some(now),
        made_latest: None,
        never_latest: false,
        assets: Vec::new(),
    };
    // The documented default is "true"; it cannot apply to drafts and pre-releases.
    let default = if draft || release.prerelease { MakeLatest::Unsaid } else { MakeLatest::Yes };
    apply_latest(world, &mut release, if wish == MakeLatest::Unsaid { default } else { wish })?;
    let shown = releases::release(world, call, &release);
    world.releases.insert(release.id, release);
    let url = shown["url"].as_str().unwrap_or_default().to_owned();
    Ok(Reply::created(shown).header("location", url))
}

fn update(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let before = releases::find(world, call, id)?.clone();
    let wish = make_latest(call)?;
    check_body(call)?;
    let mut release = before.clone();
    if let Some(tag) = call.text("tag_name").filter(|tag| *tag != before.tag_name) {
        if before.immutable {
            return Err(Reply::refused("Release", "tag_name cannot be changed on an immutable release"));
        }
        if world.releases.values().any(|other| other.id != before.id && !other.draft && other.tag_name == tag) {
            return Err(Reply::invalid("Release", "tag_name", "already_exists"));
        }
        tag.clone_into(&mut release.tag_name);
    }
    if let Some(target) = call.text("target_commitish").filter(|target| *target != before.target_commitish) {
        if before.immutable && !world.quirks.immutable_takes_target {
            return Err(Reply::refused("Release", "target_commitish cannot be changed on an immutable release"));
        }
        target.clone_into(&mut release.target_commitish);
    }
    for (field, text) in [("name", &mut release.name), ("body", &mut release.body)] {
        match call.body.get(field) {
            Some(Value::String(new)) => *text = Some(new.clone()),
            Some(Value::Null) => *text = None,
            _ => {}
        }
    }
    release.prerelease = call.flag("prerelease").unwrap_or(release.prerelease);
    release.draft = call.flag("draft").unwrap_or(release.draft);
    if before.immutable && release.draft {
        return Err(Reply::refused("Release", "draft cannot be changed on an immutable release"));
    }
    check_target(world, call, &before, &release)?;
    publish(world, call, &before, &mut release)?;
    if release.prerelease || release.draft {
        (release.made_latest, release.never_latest) = (None, false);
    }
    let default = match world.quirks.patch_makes_latest && !release.prerelease && !release.draft {
        true => MakeLatest::Yes,
        false => MakeLatest::Unsaid,
    };
    apply_latest(world, &mut release, if wish == MakeLatest::Unsaid { default } else { wish })?;
    release.updated_at = world.now();
    let shown = releases::release(world, call, &release);
    world.releases.insert(release.id, release);
    Ok(Reply::ok(shown))
}

/// The documentation names the rule for every edit: the new target where there is one, otherwise the existing one:
/// <https://docs.github.com/rest/releases/releases#update-a-release>.
fn check_target(world: &World, call: &Call, before: &Release, after: &Release) -> Result<(), Reply> {
    let only_text = !before.draft && before.tag_name == after.tag_name && before.target_commitish == after.target_commitish;
    if only_text && !world.quirks.workflow_rule_on_release_text {
        return Ok(());
    }
    match commits::resolve(world, &after.target_commitish) {
        Some(commit) => workflow_rule::check_release(world, call, &commit),
        // A target that is gone does no harm where it stands already.
        None if before.target_commitish == after.target_commitish => Ok(()),
        None => Err(Reply::invalid("Release", "target_commitish", "invalid")),
    }
}

/// Makes the tag, and sets the times, of a draft that becomes published.
fn publish(world: &mut World, call: &Call, before: &Release, release: &mut Release) -> Result<(), Reply> {
    if release.draft {
        return Ok(());
    }
    if before.draft {
        if world.releases.values().any(|other| other.id != release.id && !other.draft && other.tag_name == release.tag_name) {
            return Err(Reply::invalid("Release", "tag_name", "already_exists"));
        }
        release.published_at = Some(world.now());
        release.immutable = world.repository.immutable_releases;
    }
    if before.draft || before.tag_name != release.tag_name {
        ensure_tag(world, call, &release.tag_name, &release.target_commitish)?;
    }
    if let Some(commit) = commit_of(world, &release.tag_name, &release.target_commitish).and_then(|oid| world.git.commit(&oid)) {
        release.created_at = commit.committer.date;
    }
    Ok(())
}

fn delete(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let release = releases::find(world, call, id)?.clone();
    if release.immutable {
        world.burnt_tags.insert(release.tag_name);
    }
    world.releases.remove(&release.id);
    Ok(Reply::nothing())
}

fn upload(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let release = releases::find(world, call, id)?.clone();
    if release.immutable {
        return Err(Reply::error(422, "Cannot upload assets to an immutable release."));
    }
    let name = call.param("name").ok_or_else(|| Reply::error(400, "Bad Request"))?;
    if release.assets.iter().any(|asset| asset.name == name) {
        return Err(Reply::invalid("ReleaseAsset", "name", "already_exists"));
    }
    let asset = Asset {
        id: world.next_id(),
        name: name.to_owned(),
        size: call.header("content-length").and_then(|size| size.parse().ok()).unwrap_or(0),
        content_type: call.header("content-type").unwrap_or("application/octet-stream").to_owned(),
    };
    if let Some(release) = world.releases.get_mut(&release.id) {
        release.assets.push(asset);
    }
    let release = releases::find(world, call, id)?;
    let shown = releases::release(world, call, release);
    Ok(Reply::created(shown["assets"].as_array().and_then(|assets| assets.last().cloned()).unwrap_or_default()))
}
