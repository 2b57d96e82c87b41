//! The part of GitHub's GraphQL schema which is served, read from `schema.graphql`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::language::{FieldDefinition, InputValue, Literal, Type, TypeDefinition, read_schema};

/// The schema as it is written down.
const SOURCE: &str = include_str!("schema.graphql");

/// The schema every query is checked against.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::read(SOURCE));

/// All types by name.
#[derive(Debug)]
pub(super) struct Schema {
    types: BTreeMap<String, TypeDefinition>,
}

impl Schema {
    /// Reads a schema in GraphQL's own notation.
    fn read(source: &'static str) -> Self {
        Self { types: read_schema(source).expect("the schema is part of this program and is read in its tests") }
    }

    /// Returns the type of this name.
    pub(super) fn get(&self, name: &str) -> Option<&TypeDefinition> {
        self.types.get(name)
    }

    /// Returns the names of all types.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Returns the fields of an object or interface type.
    pub(super) fn fields(&self, of: &str) -> &[FieldDefinition] {
        match self.types.get(of) {
            Some(TypeDefinition::Object { fields, .. } | TypeDefinition::Interface(fields)) => fields,
            _ => &[],
        }
    }

    /// Returns one field of an object or interface type.
    pub(super) fn field(&self, of: &str, name: &str) -> Option<&FieldDefinition> {
        self.fields(of).iter().find(|field| field.name == name)
    }

    /// Returns the fields of an input type.
    pub(super) fn inputs(&self, of: &str) -> Option<&[InputValue]> {
        match self.types.get(of) {
            Some(TypeDefinition::Input(fields)) => Some(fields),
            _ => None,
        }
    }

    /// Returns the values of an enum type.
    pub(super) fn values(&self, of: &str) -> Option<&[String]> {
        match self.types.get(of) {
            Some(TypeDefinition::Enum(values)) => Some(values),
            _ => None,
        }
    }

    /// Whether a type has fields of its own to select.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        matches!(self.types.get(name), Some(TypeDefinition::Object { .. } | TypeDefinition::Interface(_) | TypeDefinition::Union(_)))
    }

    /// Whether an object type is meant by a type condition.
    pub(super) fn fits(&self, object: &str, condition: &str) -> bool {
        if object == condition {
            return true;
        }
        match self.types.get(condition) {
            Some(TypeDefinition::Interface(_)) => match self.types.get(object) {
                Some(TypeDefinition::Object { interfaces, .. }) => interfaces.iter().any(|name| name == condition),
                _ => false,
            },
            Some(TypeDefinition::Union(types)) => types.iter().any(|name| name == object),
            _ => false,
        }
    }
}

/// Returns the name at the bottom of a type.
pub(super) fn named(of: &Type) -> &str {
    match of {
        Type::Named(name) => name,
        Type::List(inner) | Type::NonNull(inner) => named(inner),
    }
}

/// Whether an argument or input field has to be given.
pub(super) fn is_required(input: &InputValue) -> bool {
    matches!(input.of, Type::NonNull(_)) && matches!(input.default, None | Some(Literal::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_named_in_the_schema_is_written_down() {
        for of in SCHEMA.names() {
            for field in SCHEMA.fields(of) {
                assert!(SCHEMA.get(named(&field.of)).is_some(), "`{of}.{}` has the unknown type `{}`", field.name, field.of);
                for argument in &field.arguments {
                    assert!(SCHEMA.get(named(&argument.of)).is_some(), "`{of}.{}` takes the unknown type `{}`", field.name, argument.of);
                }
            }
            for input in SCHEMA.inputs(of).unwrap_or_default() {
                assert!(SCHEMA.get(named(&input.of)).is_some(), "`{of}.{}` has the unknown type `{}`", input.name, input.of);
            }
        }
    }

    #[test]
    fn an_object_has_every_field_of_its_interfaces() {
        for (object, definition) in &SCHEMA.types {
            let TypeDefinition::Object { interfaces, .. } = definition else {
                continue;
            };
            for interface in interfaces {
                for field in SCHEMA.fields(interface) {
                    assert!(SCHEMA.field(object, &field.name).is_some(), "`{object}` lacks `{}` of `{interface}`", field.name);
                }
            }
        }
    }
}
