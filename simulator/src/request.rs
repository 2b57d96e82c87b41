//! Reading a request as it came over the wire.

use std::collections::BTreeMap;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str};
use serde_json::Value;

use crate::call::{Call, Identity};
use crate::gather::Gather as _;
use crate::world::World;

/// What is encoded in one segment of a path.
pub(crate) const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request with its token still on it.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
    prefix: &'static str,
}

/// An enterprise server's API is below this prefix: <https://docs.github.com/enterprise-server/rest>.
const ENTERPRISE: &str = "/api/v3";

/// What is wrong with a request before any route sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// The token is nobody's.
    Token,
    /// The body is not JSON.
    Json,
}

impl Incoming {
    pub(crate) fn new(parts: &http::request::Parts, body: Vec<u8>) -> Self {
        let headers = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let path = parts.uri.path();
        let below = path.strip_prefix(ENTERPRISE).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        let prefix = if below.is_some() { ENTERPRISE } else { "" };
        let path = below.unwrap_or(path);
        Self {
            method: parts.method.as_str().to_owned(),
            path: if path.is_empty() { "/".to_owned() } else { path.to_owned() },
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers,
            body,
            prefix,
        }
    }

    /// Returns the token, from `Bearer x`, `token x` or basic authentication.
    pub(crate) fn token(&self) -> Option<String> {
        let header = self.headers.get("authorization")?;
        let (scheme, rest) = header.split_once(' ')?;
        match scheme.to_ascii_lowercase().as_str() {
            "bearer" | "token" => Some(rest.trim().to_owned()),
            _ => None,
        }
    }

    /// Returns the call, or what is wrong with it beside a call that can still be logged.
    pub(crate) fn read(&self, world: &World, base: &str) -> (Call, Option<Unreadable>) {
        let mut wrong = None;
        let identity = match self.token() {
            None => Identity::Anonymous,
            Some(token) => world.tokens.get(&token).cloned().unwrap_or_else(|| {
                wrong = Some(Unreadable::Token);
                Identity::Anonymous
            }),
        };
        let is_json = self.headers.get("content-type").is_none_or(|kind| kind.contains("json") || kind.contains("urlencoded"));
        let body = if self.body.is_empty() || !is_json {
            Value::Null
        } else {
            serde_json::from_slice(&self.body).unwrap_or_else(|_| {
                wrong = wrong.or(Some(Unreadable::Json));
                Value::Null
            })
        };
        let call = Call {
            // The body of an answer to `HEAD` is left out by the server.
            method: if self.method == "HEAD" { "GET".to_owned() } else { self.method.clone() },
            path: self.path.clone(),
            segments: self.path.split('/').filter(|part| !part.is_empty()).map(decode).collect(),
            inside: None,
            query: pairs(&self.query),
            headers: self.headers.clone(),
            body,
            token: self.token(),
            identity,
            base: self.base(base),
        };
        (call, wrong)
    }

    /// Links in answers are made for the host that the client named.
    fn base(&self, base: &str) -> String {
        let host = self.headers.get("host").filter(|host| !host.is_empty());
        let base = host.map_or_else(|| base.to_owned(), |host| format!("http://{host}"));
        format!("{base}{}", self.prefix)
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn pairs(query: &str) -> BTreeMap<String, String> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(&value.replace('+', " "))))
        .gather()
}
