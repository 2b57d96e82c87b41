//! The part of GitHub's GraphQL schema which is served, read from `schema.graphql`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use graphql_parser::query::Type as Ast;
use graphql_parser::schema::{Definition, Field, InputValue, TypeDefinition, Value, parse_schema};

/// The schema as it is written down.
const SOURCE: &str = include_str!("schema.graphql");

/// A type as a field or an argument states it.
pub(super) type Type = Ast<'static, String>;

/// The schema every query is checked against.
pub(super) static SCHEMA: LazyLock<Schema> = LazyLock::new(|| Schema::read(SOURCE));

/// All types by name.
#[derive(Debug)]
pub(super) struct Schema {
    types: BTreeMap<String, TypeDefinition<'static, String>>,
}

impl Schema {
    /// Reads a schema in GraphQL's own notation.
    fn read(source: &'static str) -> Self {
        let document = parse_schema::<String>(source)
            .expect("the schema is part of this program and is read in its tests");
        let mut types = BTreeMap::new();
        for definition in document.definitions {
            if let Definition::TypeDefinition(definition) = definition {
                types.insert(name_of(&definition).to_owned(), definition);
            }
        }
        Self { types }
    }

    /// Returns the type of this name.
    pub(super) fn get(&self, name: &str) -> Option<&TypeDefinition<'static, String>> {
        self.types.get(name)
    }

    /// Returns the names of all types.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    /// Returns the fields of an object or interface type.
    pub(super) fn fields(&self, of: &str) -> &[Field<'static, String>] {
        match self.types.get(of) {
            Some(TypeDefinition::Object(object)) => &object.fields,
            Some(TypeDefinition::Interface(interface)) => &interface.fields,
            _ => &[],
        }
    }

    /// Returns one field of an object or interface type.
    pub(super) fn field(&self, of: &str, name: &str) -> Option<&Field<'static, String>> {
        self.fields(of).iter().find(|field| field.name == name)
    }

    /// Returns the fields of an input type.
    pub(super) fn inputs(&self, of: &str) -> Option<&[InputValue<'static, String>]> {
        match self.types.get(of) {
            Some(TypeDefinition::InputObject(input)) => Some(&input.fields),
            _ => None,
        }
    }

    /// Returns the values of an enum type.
    pub(super) fn values(&self, of: &str) -> Option<Vec<&str>> {
        match self.types.get(of) {
            Some(TypeDefinition::Enum(enumeration)) => Some(
                enumeration
                    .values
                    .iter()
                    .map(|value| value.name.as_str())
                    .collect(),
            ),
            _ => None,
        }
    }

    /// Whether a type has fields of its own to select.
    pub(super) fn is_composite(&self, name: &str) -> bool {
        matches!(
            self.types.get(name),
            Some(
                TypeDefinition::Object(_) | TypeDefinition::Interface(_) | TypeDefinition::Union(_)
            )
        )
    }

    /// Whether an object type is meant by a type condition.
    pub(super) fn fits(&self, object: &str, condition: &str) -> bool {
        if object == condition {
            return true;
        }
        match self.types.get(condition) {
            Some(TypeDefinition::Interface(_)) => match self.types.get(object) {
                Some(TypeDefinition::Object(definition)) => definition
                    .implements_interfaces
                    .iter()
                    .any(|name| name == condition),
                _ => false,
            },
            Some(TypeDefinition::Union(union)) => union.types.iter().any(|name| name == object),
            _ => false,
        }
    }
}

/// Returns the name at the bottom of a type.
pub(super) fn named(of: &Type) -> &str {
    match of {
        Ast::NamedType(name) => name,
        Ast::ListType(inner) | Ast::NonNullType(inner) => named(inner),
    }
}

/// Whether an argument or input field has to be given.
pub(super) fn is_required(input: &InputValue<'static, String>) -> bool {
    matches!(input.value_type, Ast::NonNullType(_))
        && matches!(input.default_value, None | Some(Value::Null))
}

fn name_of<'definition>(
    definition: &'definition TypeDefinition<'static, String>,
) -> &'definition str {
    match definition {
        TypeDefinition::Scalar(of) => &of.name,
        TypeDefinition::Object(of) => &of.name,
        TypeDefinition::Interface(of) => &of.name,
        TypeDefinition::Union(of) => &of.name,
        TypeDefinition::Enum(of) => &of.name,
        TypeDefinition::InputObject(of) => &of.name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_named_in_the_schema_is_written_down() {
        for definition in SCHEMA.types.values() {
            let of = name_of(definition);
            for field in SCHEMA.fields(of) {
                assert!(
                    SCHEMA.get(named(&field.field_type)).is_some(),
                    "`{of}.{}` has the unknown type `{}`",
                    field.name,
                    field.field_type
                );
                for argument in &field.arguments {
                    assert!(
                        SCHEMA.get(named(&argument.value_type)).is_some(),
                        "`{of}.{}` takes the unknown type `{}`",
                        field.name,
                        argument.value_type
                    );
                }
            }
            for input in SCHEMA.inputs(of).unwrap_or_default() {
                assert!(
                    SCHEMA.get(named(&input.value_type)).is_some(),
                    "`{of}.{}` has the unknown type `{}`",
                    input.name,
                    input.value_type
                );
            }
        }
    }

    #[test]
    fn an_object_has_every_field_of_its_interfaces() {
        for definition in SCHEMA.types.values() {
            let TypeDefinition::Object(object) = definition else {
                continue;
            };
            for interface in &object.implements_interfaces {
                for field in SCHEMA.fields(interface) {
                    assert!(
                        SCHEMA.field(&object.name, &field.name).is_some(),
                        "`{}` lacks `{}` of `{interface}`",
                        object.name,
                        field.name
                    );
                }
            }
        }
    }
}
