//! Arguments and variables: from the query's notation to JSON.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::failure::locations;
use super::language::{Field, InputValue, Literal, Type, VariableDefinition};
use super::schema::{SCHEMA, is_required};
use crate::gather::Gather as _;

/// Variables by name, as far as they have a value.
pub(super) type Variables = BTreeMap<String, Value>;

/// Returns the operation's variables from what was sent, or the errors GitHub answers with.
pub(super) fn variables(definitions: &[VariableDefinition], sent: &Value) -> Result<Variables, Vec<Value>> {
    let mut variables = Variables::new();
    let mut errors = Vec::new();
    for definition in definitions {
        let value = sent
            .get(&definition.name)
            .cloned()
            .or_else(|| definition.default.as_ref().map(|default| literal(default, &Variables::new()).unwrap_or(Value::Null)));
        let problem = match &value {
            None if matches!(definition.of, Type::NonNull(_)) => Some("Expected value to not be null".to_owned()),
            None => None,
            Some(value) => mismatch(&definition.of, value),
        };
        if let Some(explanation) = problem {
            errors.push(json!({
                "extensions": {"value": value.unwrap_or(Value::Null), "problems": [{"path": [], "explanation": explanation}]},
                "locations": locations(definition.position),
                "message": format!("Variable ${} of type {} was provided invalid value", definition.name, definition.of),
            }));
        } else if let Some(value) = value {
            variables.insert(definition.name.clone(), value);
        }
    }
    if errors.is_empty() { Ok(variables) } else { Err(errors) }
}

/// Returns a field's arguments: as written, else the schema's defaults; an argument without either is left out.
pub(super) fn arguments(definitions: &[InputValue], field: &Field, variables: &Variables) -> Map<String, Value> {
    let mut arguments = Map::new();
    for definition in definitions {
        let written = field.arguments.iter().find(|(name, _)| name == &definition.name);
        let value = written
            .and_then(|(_, value)| literal(value, variables))
            .or_else(|| definition.default.as_ref().and_then(|default| literal(default, &Variables::new())));
        if let Some(value) = value {
            arguments.insert(definition.name.clone(), value);
        }
    }
    arguments
}

/// Returns a written value as JSON; a variable without a value has none.
pub(super) fn literal(value: &Literal, variables: &Variables) -> Option<Value> {
    Some(match value {
        Literal::Variable(name) => variables.get(name)?.clone(),
        Literal::Int(number) => json!(number),
        Literal::Float(number) => json!(number),
        Literal::Text(text) => json!(text),
        Literal::Boolean(truth) => json!(truth),
        Literal::Null => Value::Null,
        Literal::Enum(name) => json!(name),
        Literal::List(items) => items.iter().filter_map(|item| literal(item, variables)).collect(),
        Literal::Object(fields) => {
            let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), literal(value, variables)?)));
            Value::Object(fields.gather())
        }
    })
}

/// Says why a value is not of a type, or `None` where it is.
pub(super) fn mismatch(of: &Type, value: &Value) -> Option<String> {
    match of {
        Type::NonNull(_) if value.is_null() => Some("Expected value to not be null".to_owned()),
        Type::NonNull(inner) => mismatch(inner, value),
        _ if value.is_null() => None,
        Type::List(inner) => match value {
            Value::Array(items) => items.iter().find_map(|item| mismatch(inner, item)),
            single => mismatch(inner, single),
        },
        Type::Named(name) => named_mismatch(name, value),
    }
}

fn named_mismatch(name: &str, value: &Value) -> Option<String> {
    if let Some(values) = SCHEMA.values(name) {
        let known = value.as_str().is_some_and(|text| values.iter().any(|known| known == text));
        return (!known).then(|| format!("Expected {value} to be one of: {}", values.join(", ")));
    }
    if let Some(inputs) = SCHEMA.inputs(name) {
        let Value::Object(fields) = value else {
            return Some(format!("Expected {value} to be a key-value object."));
        };
        if let Some(unknown) = fields.keys().find(|key| inputs.iter().all(|input| &input.name != *key)) {
            return Some(format!("Field is not defined on {name}: {unknown}"));
        }
        return inputs.iter().find_map(|input| match fields.get(&input.name) {
            Some(value) => mismatch(&input.of, value),
            None => is_required(input).then(|| "Expected value to not be null".to_owned()),
        });
    }
    let fits = match name {
        "Int" => value.is_i64(),
        "Float" => value.is_number(),
        "Boolean" => value.is_boolean(),
        "ID" => value.is_string() || value.is_i64(),
        _ => value.is_string(),
    };
    (!fits).then(|| format!("Could not coerce value {value} to {name}"))
}
