//! What goes wrong in a query, in the form GitHub reports it.

use serde_json::{Map, Value, json};

use super::language::Position;

/// Why a field has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// GitHub's kind of error, such as `NOT_FOUND`.
    pub(super) kind: Option<&'static str>,
    /// The sentence.
    pub(super) message: String,
}

impl Failure {
    /// Returns a failure of one of GitHub's kinds.
    pub(super) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind: Some(kind), message: message.into() }
    }

    /// Returns the failure for something that is not there.
    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new("NOT_FOUND", message)
    }

    /// Returns the failure for a token without the right.
    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self::new("FORBIDDEN", message)
    }

    /// Returns the failure for a change which is refused.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new("UNPROCESSABLE", message)
    }

    /// Returns the failure as an entry of `errors`.
    pub(super) fn at(&self, path: &[Value], position: Position) -> Value {
        let mut entry = Map::new();
        if let Some(kind) = self.kind {
            entry.insert("type".to_owned(), json!(kind));
        }
        entry.insert("path".to_owned(), json!(path));
        entry.insert("locations".to_owned(), locations(position));
        entry.insert("message".to_owned(), json!(self.message));
        Value::Object(entry)
    }
}

/// Returns the `locations` of one place in the query.
pub(super) fn locations(position: Position) -> Value {
    json!([{"line": position.line, "column": position.column}])
}
