//! What was asked.

use serde_json::{Value, json};

/// One request and what came of it.
#[derive(Debug, Clone)]
pub struct LogEntry {
    /// The request's number, from 1.
    pub n: u64,
    /// The method.
    pub method: String,
    /// The path, without prefix and query.
    pub path: String,
    /// The query as it was sent.
    pub query: String,
    /// The status of the answer; `0` where the connection was cut before handling.
    pub status: u16,
    /// When it came, by the real clock, with milliseconds.
    pub started: String,
    /// When it was answered.
    pub ended: String,
    /// The JSON body of the request.
    pub request_body: Value,
    /// Whether anything that was scheduled really befell it.
    pub befallen: bool,
    /// Whether the answer was something else than JSON, of which no body is kept.
    pub raw: bool,
    /// Whether a scheduled fault made the answer, so that it is not what GitHub would say.
    pub injected: bool,
    /// The body of the answer, where the world keeps them.
    pub response_body: Option<Value>,
}

impl LogEntry {
    /// Returns it as a recording has it: what was asked, what was answered, and when.
    pub fn shown(&self) -> Value {
        json!({
            "n": self.n,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "started": self.started,
            "ended": self.ended,
            "request_body": self.request_body,
            "raw": self.raw,
            "injected": self.injected,
            "response_body": self.response_body,
        })
    }
}
