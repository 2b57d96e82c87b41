//! One request, already read: what a route gets to see.

use std::collections::BTreeMap;

use serde_json::Value;

/// One request to the simulator.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET`, `POST`, `PATCH`, `PUT` or `DELETE`.
    pub method: String,
    /// The path without the `/api/v3` prefix, as it was sent.
    pub path: String,
    /// The path's segments, percent-decoded.
    pub segments: Vec<String>,
    /// The query's pairs, percent-decoded.
    pub query: BTreeMap<String, String>,
    /// Header names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The JSON body, or `Null` where none was sent.
    pub body: Value,
    /// Whose token came with the request.
    pub identity: Identity,
    /// The address under which the simulator was reached, `http://127.0.0.1:PORT`, for links in answers.
    pub base: String,
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
