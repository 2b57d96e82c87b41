//! Types and values as a query or the schema writes them.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

/// A type, such as `[String!]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Type {
    /// A type by its name.
    Named(String),
    /// A list of a type.
    List(Box<Self>),
    /// A type that is never null.
    NonNull(Box<Self>),
}

impl Display for Type {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => out.write_str(name),
            Self::List(inner) => write!(out, "[{inner}]"),
            Self::NonNull(inner) => write!(out, "{inner}!"),
        }
    }
}

/// A value as it is written.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Literal {
    Variable(String),
    Int(i64),
    Float(f64),
    Text(String),
    Boolean(bool),
    Null,
    Enum(String),
    List(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

impl Display for Literal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable(name) => write!(out, "${name}"),
            Self::Int(number) => write!(out, "{number}"),
            Self::Float(number) => write!(out, "{number}"),
            Self::Text(text) => write!(out, "{}", serde_json::Value::from(text.as_str())),
            Self::Boolean(truth) => write!(out, "{truth}"),
            Self::Null => out.write_str("null"),
            Self::Enum(name) => out.write_str(name),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(out, "[{}]", items.join(", "))
            }
            Self::Object(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                write!(out, "{{{}}}", fields.join(", "))
            }
        }
    }
}
