//! The types of a request's fields: GitHub refuses `"true"` where a boolean is meant, so a client must not get away
//! with it here.

use serde_json::Value;

use crate::call::Call;
use crate::reply::Reply;

/// What a field has to be; each may also be left out or be null.
const FIELDS: &[(&str, Type)] = &[
    ("assignees", Type::Array),
    ("auto_merge", Type::Boolean),
    ("base", Type::String),
    ("base_tree", Type::String),
    ("body", Type::String),
    ("branch", Type::String),
    ("commit_message", Type::String),
    ("commit_title", Type::String),
    ("draft", Type::Boolean),
    ("force", Type::Boolean),
    ("generate_release_notes", Type::Boolean),
    ("head", Type::String),
    ("maintainer_can_modify", Type::Boolean),
    ("merge_method", Type::String),
    ("message", Type::String),
    ("name", Type::String),
    ("parents", Type::Array),
    ("prerelease", Type::Boolean),
    ("ref", Type::String),
    ("required_contexts", Type::Array),
    ("reviewers", Type::Array),
    ("sha", Type::String),
    ("state", Type::String),
    ("tag_name", Type::String),
    ("target_commitish", Type::String),
    ("team_reviewers", Type::Array),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Array,
    Boolean,
    String,
}

impl Type {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Array => value.is_array(),
            Self::Boolean => value.is_boolean(),
            Self::String => value.is_string(),
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Array => "an array",
            Self::Boolean => "a boolean",
            Self::String => "a string",
        }
    }
}

/// Refuses a request in which a field has the wrong type.
pub(crate) fn check(call: &Call) -> Result<(), Reply> {
    for (name, wanted) in FIELDS {
        if let Some(value) = call.body.get(*name).filter(|value| !value.is_null() && !wanted.fits(value)) {
            let message = format!("Invalid request.\n\nFor 'properties/{name}', {value} is not {}.", wanted.words());
            return Err(Reply::error(422, &message));
        }
    }
    Ok(())
}
