//! What a route answers.

use serde_json::{Value, json};

/// One answer of the simulator.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the ones every answer has.
    pub headers: Vec<(String, String)>,
    /// The JSON body; `Null` sends none.
    pub body: Value,
}

impl Reply {
    /// Returns an answer of this status and body.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body }
    }

    /// Returns `200` with this body.
    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// Returns an error answer in GitHub's form.
    pub fn error(status: u16, message: &str) -> Self {
        Self::new(status, json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()}))
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}
