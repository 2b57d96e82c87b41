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
    /// Bytes that are sent in place of the JSON body, where a route answers something else.
    pub raw: Option<Vec<u8>>,
}

impl Reply {
    /// Returns an answer of this status and body.
    pub fn new(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body, raw: None }
    }

    /// Returns `200` with this body.
    pub fn ok(body: Value) -> Self {
        Self::new(200, body)
    }

    /// Returns `201` with this body.
    pub fn created(body: Value) -> Self {
        Self::new(201, body)
    }

    /// Returns `204` without a body.
    pub fn nothing() -> Self {
        Self::new(204, Value::Null)
    }

    /// Returns `200` with bytes of this content type.
    pub fn raw(content_type: &str, bytes: Vec<u8>) -> Self {
        Self { raw: Some(bytes), ..Self::new(200, Value::Null) }.header("content-type", content_type)
    }

    /// Returns an error answer in GitHub's form.
    pub fn error(status: u16, message: &str) -> Self {
        Self::new(status, json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.to_string()}))
    }

    /// Returns GitHub's `404`.
    pub fn not_found() -> Self {
        Self::error(404, "Not Found")
    }

    /// Returns `422 Validation Failed` with one error of a resource's field.
    ///
    /// The form is the documented one:
    /// <https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed>.
    pub fn invalid(resource: &str, field: &str, code: &str) -> Self {
        Self::failed(vec![json!({"resource": resource, "field": field, "code": code})])
    }

    /// Returns `422 Validation Failed` with one error in GitHub's own words.
    pub fn refused(resource: &str, message: &str) -> Self {
        Self::failed(vec![json!({"resource": resource, "code": "custom", "message": message})])
    }

    /// Returns `422 Validation Failed` with these errors.
    pub fn failed(errors: Vec<Value>) -> Self {
        let mut reply = Self::error(422, "Validation Failed");
        reply.body["errors"] = Value::Array(errors);
        reply
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl From<anyhow::Error> for Reply {
    fn from(error: anyhow::Error) -> Self {
        Self::error(500, &format!("simulator: {error:#}"))
    }
}
