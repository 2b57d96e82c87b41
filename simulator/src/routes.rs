//! From a request to the family of routes that answers it.

use crate::call::{Call, Identity};
use crate::reply::Reply;
use crate::world::{Repository, Role, World};
use crate::{control, environments, graphql, rest, runs, workflows};

/// Answers a request.
pub(crate) fn answer(world: &mut World, call: &mut Call) -> Reply {
    match place(&world.repository, &call.segments) {
        Place::Inside(tail) => call.inside = Some(tail),
        Place::Moved(location) => return moved(call, &location),
        Place::Other => return Reply::not_found(),
        Place::Outside => {}
    }
    if call.inside.is_some() {
        if !may_see(world, call) {
            return Reply::not_found();
        }
        // https://docs.github.com/repositories/archiving-a-github-repository/archiving-repositories
        if world.repository.archived && !call.reads() && call.inside.as_ref().is_some_and(|tail| !tail.is_empty()) {
            return Reply::error(403, "Repository was archived so is read-only.");
        }
    }
    let families = [control::route, graphql::route, environments::route, runs::route, workflows::route, rest::route];
    families
        .into_iter()
        .find_map(|route| route(world, call))
        .unwrap_or_else(|| Reply::error(501, &format!("simulator: no route {} {}", call.method, call.path)))
}

enum Place {
    Inside(Vec<String>),
    Moved(String),
    Other,
    Outside,
}

fn place(repository: &Repository, segments: &[String]) -> Place {
    let rest = |from: usize| segments.get(from..).unwrap_or_default().to_vec();
    match segments {
        [first, owner, name, ..] if first == "repos" => {
            let named = format!("{owner}/{name}");
            if named.eq_ignore_ascii_case(&repository.full_name()) {
                Place::Inside(rest(3))
            } else if repository.former_names.iter().any(|former| former.eq_ignore_ascii_case(&named)) {
                let mut location = format!("/repositories/{}", repository.id);
                for segment in rest(3) {
                    location.push('/');
                    location.push_str(&encoded(&segment));
                }
                Place::Moved(location)
            } else {
                Place::Other
            }
        }
        [first, id, ..] if first == "repositories" => {
            if *id == repository.id.to_string() {
                Place::Inside(rest(2))
            } else {
                Place::Other
            }
        }
        _ => Place::Outside,
    }
}

/// GitHub answers with the address by id, and with a status that keeps the method of a write:
/// <https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>.
fn moved(call: &Call, location: &str) -> Reply {
    let query: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let mut location = format!("{}{location}", call.base);
    if !query.is_empty() {
        location.push('?');
        location.push_str(&query.join("&"));
    }
    let (status, message) = if call.reads() { (301, "Moved Permanently") } else { (307, "Temporary Redirect") };
    let body = serde_json::json!({
        "message": message,
        "url": location,
        "documentation_url": "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects",
    });
    Reply::new(status, body).header("location", location)
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, crate::request::SEGMENT).to_string()
}

/// A private repository does not exist for those who may not see it.
fn may_see(world: &World, call: &Call) -> bool {
    match &call.identity {
        Identity::Anonymous => !world.repository.private,
        Identity::User(login) => !world.repository.private || world.role(login) >= Role::Read,
        Identity::Actions(_) | Identity::App(..) => true,
    }
}
