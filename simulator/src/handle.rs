//! What happens to every request around its route: who asks, rate limits, faults, usual headers, the log.

use bytes::Bytes;
use chrono::{SecondsFormat, Utc};
use serde_json::Value;
use sha1::{Digest as _, Sha1};

use crate::call::Call;
use crate::faults::{self, Fault};
use crate::reply::Reply;
use crate::request::{Incoming, Unreadable};
use crate::routes;
use crate::world::{LogEntry, World};

/// A request that was read and logged.
pub(crate) struct Begun {
    pub(crate) call: Call,
    pub(crate) fault: Option<Fault>,
    pub(crate) number: u64,
}

/// Reads a request, logs it, and finds the fault that befalls it.
pub(crate) fn begin(world: &mut World, incoming: &Incoming, base: &str) -> Begun {
    let (call, _) = incoming.read(world, base);
    let number = world.log.len() as u64 + 1;
    world.log.push(LogEntry {
        n: number,
        method: call.method.clone(),
        path: call.path.clone(),
        query: incoming.query.clone(),
        status: 0,
        started: real_time(),
        ended: String::new(),
        request_body: call.body.clone(),
        befallen: false,
        raw: false,
        injected: false,
        response_body: None,
    });
    let fault = faults::before(world, &call);
    Begun { call, fault, number }
}

/// Logs that the connection was cut before handling.
pub(crate) fn cut(world: &mut World, number: u64) {
    log(world, number, 0, Logged { befallen: false, injected: false, raw: false, body: None });
}

/// Handles a request and returns the whole answer.
pub(crate) fn finish(world: &mut World, incoming: &Incoming, call: &mut Call, fault: Option<&Fault>, number: u64) -> Reply {
    let reply = match fault {
        Some(Fault::Status { status, headers, body }) => Reply { status: *status, headers: headers.clone(), body: body.clone(), raw: None },
        Some(Fault::Page { status, html }) => Reply { status: *status, ..Reply::raw("text/html", html.clone().into_bytes()) },
        _ => limited(world, incoming, call),
    };
    let (reply, befallen) = match fault {
        None => (reply, false),
        Some(fault) => befall(fault, reply),
    };
    let reply = conditional(call, reply);
    let reply = with_usual_headers(world, call, reply, number);
    let kept = world.log_bodies.then(|| reply.body.clone());
    // What distorts nothing leaves an answer as GitHub would give it.
    let injected = befallen && fault.is_some_and(Fault::makes_the_answer);
    log(world, number, reply.status, Logged { befallen, injected, raw: reply.raw.is_some(), body: kept });
    reply
}

/// Returns the answer as the fault leaves it, and whether that shows.
fn befall(fault: &Fault, truth: Reply) -> (Reply, bool) {
    let mut answer = truth.clone();
    match fault {
        Fault::Distort(distortion) => distortion.apply(&mut answer.body),
        Fault::Stale { status, body } => answer = Reply::new(*status, body.clone()),
        _ => {}
    }
    let shows = fault.shows(&truth, &answer);
    (answer, shows)
}

/// Returns the bytes of an answer's body.
pub(crate) fn bytes(reply: &Reply) -> Bytes {
    match (&reply.raw, &reply.body) {
        (Some(raw), _) => raw.clone().into(),
        (None, Value::Null) => Bytes::new(),
        (None, body) => body.to_string().into(),
    }
}

fn limited(world: &mut World, incoming: &Incoming, call: &mut Call) -> Reply {
    match incoming.read(world, "").1 {
        Some(Unreadable::Token) => return Reply::error(401, "Bad credentials"),
        Some(Unreadable::Json) => return Reply::error(400, "Problems parsing JSON"),
        None => {}
    }
    let now = world.now();
    if !is_free(call) {
        let allowed = world.limits.allowed(&call.identity);
        let window = world.limits.window(call, now);
        if window.used >= allowed {
            let who = call.login().unwrap_or_else(|| "127.0.0.1".to_owned());
            return Reply::error(403, &format!("API rate limit exceeded for {who}."));
        }
        window.used += 1;
    }
    if creates_content(call) && world.limits.exceeds_content(now) {
        let retry_after = world.limits.retry_after.to_string();
        let message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
        return Reply::error(403, message).header("retry-after", retry_after);
    }
    routes::answer(world, call)
}

/// Asking for the limit is free: <https://docs.github.com/rest/rate-limit/rate-limit>.
fn is_free(call: &Call) -> bool {
    call.path == "/rate_limit" || call.path.starts_with("/_")
}

/// Content is what people see: issues, pull requests, comments, reviews, releases.
fn creates_content(call: &Call) -> bool {
    let last = |names: &[&str]| call.segments.last().is_some_and(|segment| names.contains(&segment.as_str()));
    call.method == "POST" && last(&["issues", "pulls", "comments", "reviews", "releases", "dispatches", "deployments"])
}

/// Answers `304` where the client has the same already; such an answer is not counted.
fn conditional(call: &Call, reply: Reply) -> Reply {
    if reply.status != 200 || call.method != "GET" {
        return reply;
    }
    let etag = format!("W/\"{:x}\"", Sha1::digest(bytes(&reply)));
    let known = call.header("if-none-match").is_some_and(|tags| tags.split(',').any(|tag| tag.trim() == etag));
    if known {
        return Reply::new(304, Value::Null).header("etag", etag);
    }
    reply.header("etag", etag)
}

fn with_usual_headers(world: &mut World, call: &Call, mut reply: Reply, number: u64) -> Reply {
    let now = world.now();
    let allowed = world.limits.allowed(&call.identity);
    let window = world.limits.window(call, now);
    if reply.status == 304 && !is_free(call) {
        // https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
        window.used = window.used.saturating_sub(1);
    }
    let (used, reset) = (window.used, window.reset.timestamp());
    let resource = if call.path.ends_with("/graphql") { "graphql" } else { "core" };
    let version = call.header("x-github-api-version").unwrap_or("2022-11-28").to_owned();
    let usual = [
        ("date", crate::clock::http_date(now)),
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("server", "github.com".to_owned()),
        ("x-github-request-id", format!("SIMU:{number:06X}")),
        ("x-github-media-type", "github.v3; format=json".to_owned()),
        ("x-github-api-version-selected", version),
        ("x-ratelimit-limit", allowed.to_string()),
        ("x-ratelimit-remaining", allowed.saturating_sub(used).to_string()),
        ("x-ratelimit-reset", reset.to_string()),
        ("x-ratelimit-used", used.to_string()),
        ("x-ratelimit-resource", resource.to_owned()),
    ];
    for (name, value) in usual {
        let has_body = reply.raw.is_some() || !reply.body.is_null();
        let is_set = reply.headers.iter().any(|(set, _)| set.eq_ignore_ascii_case(name));
        if !is_set && (name != "content-type" || has_body) {
            reply.headers.push((name.to_owned(), value));
        }
    }
    reply
}

/// What the log keeps of an answer beside its status.
struct Logged {
    befallen: bool,
    injected: bool,
    raw: bool,
    body: Option<Value>,
}

fn log(world: &mut World, number: u64, status: u16, logged: Logged) {
    if let Some(entry) = world.log.iter_mut().rev().find(|entry| entry.n == number) {
        (entry.status, entry.raw, entry.injected) = (status, logged.raw, logged.injected);
        entry.befallen |= logged.befallen;
        entry.ended = real_time();
        entry.response_body = logged.body;
    }
}

fn real_time() -> String {
    Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true)
}
