//! Makes the committed JSON Schema out of the raw types; only tests need the generator.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::decode::{At, Entries, Items, MOST_ENTRIES, OneOrMore, Toggle};
use super::raw::RawPolicy;

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Entries_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "propertyNames": { "pattern": "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$" },
            "maxProperties": MOST_ENTRIES,
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}

impl<T: JsonSchema> JsonSchema for Items<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Items_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }
}

impl<T: JsonSchema> JsonSchema for Toggle<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Toggle_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [generator.subschema_for::<T>(), { "const": false }] })
    }
}

impl JsonSchema for OneOrMore {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "OneOrMore".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }] })
    }
}

/// Returns the schema as it is committed.
fn generated() -> String {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<RawPolicy>().to_value();
    tidy(&mut schema);
    if let Some(top) = schema.as_object_mut() {
        top.insert("title".into(), "Rollback policy".into());
    }
    let text = serde_json::to_string_pretty(&schema).unwrap();
    format!("{}\n", text.replace("\"Raw", "\"").replace("$defs/Raw", "$defs/"))
}

/// A key that is left out is not the same as one without a value, which is refused: takes `null` out. The names of Rust's
/// types and integer formats mean nothing to others.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if fields.get("format").is_some_and(Value::is_string) {
                fields.remove("format");
            }
            if let Some(Value::Array(kinds)) = fields.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [kind] = kinds.as_slice() {
                    let kind = kind.clone();
                    fields.insert("type".into(), kind);
                }
            }
            if let Some(Value::Array(kinds)) = fields.get_mut("anyOf") {
                kinds.retain(|kind| kind.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(kind)] = kinds.as_slice() {
                    let kind = kind.clone();
                    fields.remove("anyOf");
                    fields.extend(kind);
                }
            }
            if let Some(Value::Array(names)) = fields.get_mut("enum") {
                names.retain(|name| !name.is_null());
            }
            fields.values_mut().for_each(tidy);
        }
        Value::Array(values) => values.iter_mut().for_each(tidy),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn the_committed_schema_is_the_one_of_the_types() {
    let (generated, file) = (generated(), concat!(env!("CARGO_MANIFEST_DIR"), "/target/rollback.schema.json"));
    if generated != super::schema() {
        std::fs::write(file, &generated).unwrap();
        panic!("the schema is out of date; run: cp target/rollback.schema.json src/config/rollback.schema.json");
    }
}

/// Calls `see` with the path and the schema of every key.
fn each_key(root: &Value, schema: &Value, path: &str, see: &mut dyn FnMut(&str, &Value)) {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/")) {
        each_key(root, &root["$defs"][name], path, see);
    }
    for (key, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        let path = format!("{path}/{key}");
        see(&path, schema);
        each_key(root, schema, &path, see);
    }
    for inner in ["additionalProperties", "items"] {
        if let Some(inner) = schema.get(inner).filter(|inner| inner.is_object()) {
            each_key(root, inner, &format!("{path}/*"), see);
        }
    }
    for inner in schema.get("anyOf").and_then(Value::as_array).into_iter().flatten() {
        each_key(root, inner, path, see);
    }
}

/// Returns every key of the file with its schema.
fn keys() -> Vec<(String, Value)> {
    let root: Value = serde_json::from_str(super::schema()).unwrap();
    let mut keys = Vec::new();
    each_key(&root, &root, "", &mut |path, schema| keys.push((path.to_owned(), schema.clone())));
    keys
}

#[test]
fn every_key_has_a_description_and_its_default_stands_in_it() {
    let keys = keys();
    assert!(keys.len() > 50, "only {} keys were seen", keys.len());
    for (path, schema) in keys {
        let description = schema["description"].as_str().unwrap_or_default();
        assert!(!description.is_empty(), "`{path}` has no description");
        assert!(schema.get("default").is_none() || description.contains("Default: "), "`{path}` does not say its default");
    }
}

#[test]
fn every_default_of_the_schema_is_what_the_policy_has_without_it() {
    let mut written: Value = serde_json::json!({ "roles": roles() });
    let mut count = 0;
    for (path, schema) in keys().into_iter().filter(|(path, _)| !path.contains('*')) {
        if let Some(default) = schema.get("default") {
            let mut place = &mut written;
            for key in path.trim_start_matches('/').split('/') {
                place = &mut place[key];
            }
            *place = default.clone();
            count += 1;
        }
    }
    assert!(count >= 17, "only {count} defaults were seen");
    let with = super::parse(&written.to_string(), "with").unwrap_or_else(|problems| panic!("{problems}"));
    let without = super::parse(&serde_json::json!({ "roles": roles() }).to_string(), "without").unwrap();
    assert_eq!(with, without);
}

fn roles() -> Value {
    serde_json::json!({ "technical-lead": { "users": ["lead"] }, "product-owner": { "users": ["owner"] } })
}

#[test]
fn the_example_shows_every_key() {
    let example: Value = serde_yaml::from_str(super::example()).unwrap();
    for (path, _) in keys() {
        // `restore.keep` and these two exclude each other; the comment names them.
        if path == "/restore/paths" || path == "/restore/remove" {
            continue;
        }
        let mut found = vec![&example];
        for key in path.trim_start_matches('/').split('/') {
            found = found
                .into_iter()
                .flat_map(|value| match value {
                    Value::Object(fields) if key == "*" => fields.values().collect::<Vec<_>>(),
                    Value::Array(items) if key == "*" => items.iter().collect(),
                    _ => value.get(key).into_iter().collect(),
                })
                .collect();
        }
        assert!(!found.is_empty(), "the example does not show `{path}`");
    }
}
