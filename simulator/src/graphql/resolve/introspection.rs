//! Questions about the schema itself, which `gh` asks to find out what a server can do.

use serde_json::{Map, Value, json};

use super::super::language::{InputValue, Type, TypeDefinition};
use super::super::schema::SCHEMA;

/// Returns a type of the schema, or null.
pub(super) fn named_type(name: &str) -> Value {
    let kind = match SCHEMA.get(name) {
        Some(TypeDefinition::Scalar) => "SCALAR",
        Some(TypeDefinition::Object { .. }) => "OBJECT",
        Some(TypeDefinition::Interface(_)) => "INTERFACE",
        Some(TypeDefinition::Union(_)) => "UNION",
        Some(TypeDefinition::Enum(_)) => "ENUM",
        Some(TypeDefinition::Input(_)) => "INPUT_OBJECT",
        None => return Value::Null,
    };
    json!({"kind": kind, "name": name, "description": null, "ofType": null})
}

/// Returns the schema.
pub(super) fn schema() -> Value {
    let types: Vec<Value> = SCHEMA.names().map(named_type).collect();
    json!({"types": types, "queryType": named_type("Query"), "mutationType": named_type("Mutation")})
}

/// Returns a list of a type's parts; null where such a type has none.
pub(super) fn type_field(node: &Map<String, Value>, field: &str) -> Value {
    let name = node.get("name").and_then(Value::as_str).unwrap_or_default();
    match (field, SCHEMA.get(name)) {
        ("fields", Some(TypeDefinition::Object { .. } | TypeDefinition::Interface(_))) => SCHEMA
            .fields(name)
            .iter()
            .map(|field| {
                json!({
                    "name": field.name,
                    "description": null,
                    "args": field.arguments.iter().map(input).collect::<Vec<_>>(),
                    "type": reference(&field.of),
                    "isDeprecated": false,
                    "deprecationReason": null,
                })
            })
            .collect(),
        ("inputFields", Some(TypeDefinition::Input(fields))) => fields.iter().map(input).collect(),
        ("enumValues", Some(TypeDefinition::Enum(values))) => values
            .iter()
            .map(|value| json!({"name": value, "description": null, "isDeprecated": false, "deprecationReason": null}))
            .collect(),
        ("interfaces", Some(TypeDefinition::Object { interfaces, .. })) => interfaces.iter().map(|name| named_type(name)).collect(),
        ("possibleTypes", Some(TypeDefinition::Union(types))) => types.iter().map(|name| named_type(name)).collect(),
        ("possibleTypes", Some(TypeDefinition::Interface(_))) => {
            SCHEMA.names().filter(|object| *object != name && SCHEMA.fits(object, name)).map(named_type).collect()
        }
        _ => Value::Null,
    }
}

fn input(input: &InputValue) -> Value {
    let default = input.default.as_ref().map(ToString::to_string);
    json!({"name": input.name, "description": null, "type": reference(&input.of), "defaultValue": default})
}

fn reference(of: &Type) -> Value {
    match of {
        Type::Named(name) => named_type(name),
        Type::List(inner) => json!({"kind": "LIST", "name": null, "ofType": reference(inner)}),
        Type::NonNull(inner) => {
            json!({"kind": "NON_NULL", "name": null, "ofType": reference(inner)})
        }
    }
}
