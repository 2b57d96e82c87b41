//! Blobs.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::json;

use super::refs::supplied;
use super::shape;
use crate::access::Level;
use crate::call::Call;
use crate::git::{Kind, is_oid};
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["git", "blobs", sha]) => get(world, call, sha),
        ("POST", ["git", "blobs"]) => create(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

/// Returns base64 as GitHub sends it: a newline after every 60 characters and at the end.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let mut wrapped = String::with_capacity(encoded.len() + encoded.len() / 60 + 1);
    for line in encoded.as_bytes().chunks(60) {
        wrapped.extend(line.iter().map(|byte| char::from(*byte)));
        wrapped.push('\n');
    }
    wrapped
}

/// Returns the bytes of base64 with or without line breaks and padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient).decode(text).ok()
}

fn get(world: &World, call: &Call, sha: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    if !is_oid(sha) {
        return Err(Reply::error(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f]."));
    }
    let bytes = world.git.blob(sha).ok_or_else(Reply::not_found)?;
    if call.header("accept").is_some_and(|accept| accept.contains("raw")) {
        return Ok(Reply::raw("application/vnd.github.raw; charset=utf-8", bytes));
    }
    Ok(Reply::ok(json!({
        "sha": sha,
        "node_id": shape::node_id("B", sha),
        "size": bytes.len(),
        "url": format!("{}/git/blobs/{sha}", shape::api(world, call)),
        "content": encode(&bytes),
        "encoding": "base64",
    })))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let content = supplied(call, "content")?;
    let bytes = match call.text("encoding").unwrap_or("utf-8") {
        "utf-8" => content.as_bytes().to_vec(),
        "base64" => decode(content).ok_or_else(|| Reply::error(422, "Content is not valid Base64"))?,
        _ => {
            return Err(Reply::error(422, "Invalid request.\n\nencoding must be one of utf-8, base64."));
        }
    };
    let sha = world.git.write(Kind::Blob, &bytes)?;
    let url = format!("{}/git/blobs/{sha}", shape::api(world, call));
    Ok(Reply::created(json!({"sha": sha, "url": url})))
}
