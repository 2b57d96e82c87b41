//! One request, already read: what a route gets to see.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request to the simulator.
#[derive(Clone)]
pub struct Call {
    /// `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: String,
    /// The path without the `/api/v3` prefix, as it was sent.
    pub path: String,
    /// The path's segments, percent-decoded.
    pub segments: Vec<String>,
    /// The segments after `/repos/{owner}/{repo}`, where the call names the world's repository.
    pub inside: Option<Vec<String>>,
    /// The query's pairs, percent-decoded.
    pub query: BTreeMap<String, String>,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The JSON body, or `Null` where none was sent.
    pub body: Value,
    /// The token itself.
    pub token: Option<String>,
    /// Whose token came with the request.
    pub identity: Identity,
    /// The address under which the simulator was reached, `http://127.0.0.1:PORT`, for links in answers.
    pub base: String,
}

impl Call {
    /// Returns the segments inside the world's repository, ready for matching.
    pub fn tail(&self) -> Option<Vec<&str>> {
        self.inside.as_ref().map(|segments| segments.iter().map(String::as_str).collect())
    }

    /// Returns a string field of the body, where it is one.
    pub fn text(&self, field: &str) -> Option<&str> {
        self.body.get(field).and_then(Value::as_str)
    }

    /// Returns a boolean field of the body, where it is one.
    pub fn flag(&self, field: &str) -> Option<bool> {
        self.body.get(field).and_then(Value::as_bool)
    }

    /// Returns a parameter of the query.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Returns a request header; the name is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Tells whether the request reads only. Every request to GraphQL is a `POST`; its mutations write.
    pub fn reads(&self) -> bool {
        let query = || self.text("query").is_some_and(|query| !query.trim_start().starts_with("mutation"));
        matches!(self.method.as_str(), "GET" | "HEAD") || (matches!(self.path.as_str(), "/graphql" | "/api/graphql") && query())
    }

    /// Returns the login this request acts as.
    pub fn login(&self) -> Option<String> {
        match &self.identity {
            Identity::Anonymous => None,
            Identity::Actions(_) => Some("github-actions[bot]".to_owned()),
            Identity::App(slug, _) => Some(format!("{slug}[bot]")),
            Identity::User(login) => Some(login.clone()),
        }
    }

    /// Tells whether a bot's token came with the request.
    pub fn is_bot(&self) -> bool {
        self.grants().is_some()
    }

    /// Returns what an installation token was granted; nothing for people.
    pub fn grants(&self) -> Option<&Permissions> {
        match &self.identity {
            Identity::Actions(permissions) | Identity::App(_, permissions) => Some(permissions),
            Identity::Anonymous | Identity::User(_) => None,
        }
    }
}

/// Who a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// No token, or an unknown one.
    Anonymous,
    /// A workflow job's `GITHUB_TOKEN`: acts as `github-actions[bot]`.
    Actions(Permissions),
    /// A GitHub App's installation token: acts as `<slug>[bot]`.
    App(String, Permissions),
    /// A person's token with all of that person's rights.
    User(String),
}

/// What a token was granted: permission name to `read` or `write`. `metadata: read` is always there.
pub type Permissions = BTreeMap<String, String>;

/// A token must not get into a log by way of `{:?}`.
impl std::fmt::Debug for Call {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Call").field("method", &self.method).field("path", &self.path).finish_non_exhaustive()
    }
}
