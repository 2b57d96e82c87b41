//! GraphQL's own notation: text to a document of operations and fragments, and the schema's text to its types.
//!
//! A parser of its own, since the parser crates weigh more in the released program than all that answers the queries; a test
//! holds it against one of them.

mod document;
mod literal;
mod parse;
mod schema;
mod token;

pub(super) use document::{Directive, Document, Field, Fragment, Operation, Selection, VariableDefinition, read};
pub(super) use literal::{Literal, Type};
pub(super) use schema::{FieldDefinition, InputValue, TypeDefinition, read_schema};
pub(super) use token::Position;

#[cfg(test)]
mod tests;
