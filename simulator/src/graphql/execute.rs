//! Runs a checked operation: selects fields, follows fragments, propagates nulls and collects errors.
//!
//! Knows the schema and nothing of the world: values come from a [`Source`], one field at a time.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::connection::{self, Wants};
use super::failure::Failure;
use super::input::{Variables, arguments, literal};
use super::language::{Directive, Field, Fragment, Selection, Type};
use super::schema::{SCHEMA, named};

/// Where the values of fields come from.
pub(super) trait Source {
    /// Returns the value of a field which `node`, of the object type `of`, does not hold already.
    ///
    /// An object is returned as JSON with as many of its fields as are at hand; the others are asked for when the
    /// query wants them. Where the schema names an interface or a union, the object says what it is in `__typename`.
    /// A connection is returned whole, as `{"items": […]}`.
    fn resolve(&mut self, of: &str, node: &Map<String, Value>, field: &str, arguments: &Map<String, Value>) -> Result<Value, Failure>;
}

/// A value that may not be null is, so what holds it is null too.
struct Nulled;

type Fields<'query> = Vec<&'query Field>;

/// Returns `data` and `errors` of an operation on the type `root`.
pub(super) fn run(
    root: &str,
    selections: &[Selection],
    fragments: &BTreeMap<String, Fragment>,
    variables: &Variables,
    source: &mut dyn Source,
) -> Value {
    let mut run = Run { fragments, variables, source, path: Vec::new(), errors: Vec::new() };
    let data = run.object(root, &Map::new(), &[selections]).unwrap_or(Value::Null);
    let mut answer = Map::new();
    answer.insert("data".to_owned(), data);
    if !run.errors.is_empty() {
        answer.insert("errors".to_owned(), json!(run.errors));
    }
    Value::Object(answer)
}

struct Run<'query, 'source> {
    fragments: &'query BTreeMap<String, Fragment>,
    variables: &'query Variables,
    source: &'source mut dyn Source,
    path: Vec<Value>,
    errors: Vec<Value>,
}

impl<'query> Run<'query, '_> {
    fn object(&mut self, of: &str, node: &Map<String, Value>, sets: &[&'query [Selection]]) -> Result<Value, Nulled> {
        let mut selected = Selected::default();
        for set in sets {
            self.collect(of, set, &mut selected);
        }
        let mut object = Map::new();
        for key in selected.order {
            let fields = selected.fields.remove(&key).unwrap_or_default();
            self.path.push(json!(key));
            let value = self.field(of, node, &fields);
            self.path.pop();
            object.insert(key, value?);
        }
        Ok(Value::Object(object))
    }

    fn collect(&self, of: &str, set: &'query [Selection], selected: &mut Selected<'query>) {
        for selection in set {
            match selection {
                Selection::Field(field) if self.included(&field.directives) => selected.push(field),
                Selection::Spread { name, directives, .. } if self.included(directives) => {
                    let fragments: &'query BTreeMap<String, Fragment> = self.fragments;
                    if let Some(fragment) = fragments.get(name).filter(|fragment| SCHEMA.fits(of, &fragment.condition)) {
                        self.collect(of, &fragment.selections, selected);
                    }
                }
                Selection::Inline { condition, directives, selections, .. } if self.included(directives) => match condition {
                    Some(condition) if !SCHEMA.fits(of, condition) => {}
                    _ => self.collect(of, selections, selected),
                },
                Selection::Field(_) | Selection::Spread { .. } | Selection::Inline { .. } => {}
            }
        }
    }

    fn included(&self, directives: &[Directive]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if").and_then(|(_, value)| literal(value, self.variables));
            match (directive.name.as_str(), condition.and_then(|value| value.as_bool())) {
                ("include", Some(condition)) => condition,
                ("skip", Some(condition)) => !condition,
                _ => true,
            }
        })
    }

    fn field(&mut self, of: &str, node: &Map<String, Value>, fields: &Fields<'query>) -> Result<Value, Nulled> {
        let Some(field) = fields.first() else {
            return Ok(Value::Null);
        };
        if field.name == "__typename" {
            return Ok(json!(of));
        }
        let Some(definition) = SCHEMA.field(of, &field.name) else {
            return Ok(Value::Null);
        };
        let arguments = arguments(&definition.arguments, field, self.variables);
        let value = match node.get(&field.name) {
            Some(value) => Ok(value.clone()),
            None => self.source.resolve(of, node, &field.name, &arguments),
        };
        let value = match value {
            Ok(Value::Object(found)) if found.contains_key("items") => {
                connection::page(&field.name, self.wants(&definition.of, fields), found, &arguments)
            }
            other => other,
        };
        match value {
            Ok(value) => self.complete(&definition.of, value, fields),
            Err(failure) => {
                self.errors.push(failure.at(&self.path, field.position));
                if matches!(definition.of, Type::NonNull(_)) { Err(Nulled) } else { Ok(Value::Null) }
            }
        }
    }

    fn complete(&mut self, of: &Type, value: Value, fields: &Fields<'query>) -> Result<Value, Nulled> {
        match of {
            Type::NonNull(inner) => {
                if value.is_null() {
                    self.null_where_none_may_be(of, fields);
                    return Err(Nulled);
                }
                match self.complete(inner, value, fields)? {
                    Value::Null => Err(Nulled),
                    value => Ok(value),
                }
            }
            _ if value.is_null() => Ok(Value::Null),
            Type::List(inner) => {
                let Value::Array(items) = value else {
                    return Ok(Value::Null);
                };
                let mut completed = Vec::new();
                for (index, item) in items.into_iter().enumerate() {
                    self.path.push(json!(index));
                    let item = self.complete(inner, item, fields);
                    self.path.pop();
                    match item {
                        Ok(item) => completed.push(item),
                        Err(Nulled) => return Ok(Value::Null),
                    }
                }
                Ok(Value::Array(completed))
            }
            Type::Named(name) => match value {
                Value::Object(node) if SCHEMA.is_composite(name) => {
                    let concrete = match node.get("__typename").and_then(Value::as_str) {
                        Some(stated) => stated.to_owned(),
                        None => name.clone(),
                    };
                    let sets: Vec<_> = fields.iter().map(|field| field.selections.as_slice()).collect();
                    Ok(self.object(&concrete, &node, &sets).unwrap_or(Value::Null))
                }
                leaf => Ok(leaf),
            },
        }
    }

    fn wants(&self, connection: &Type, fields: &Fields<'query>) -> Wants {
        let mut selected = Selected::default();
        for field in fields {
            self.collect(named(connection), &field.selections, &mut selected);
        }
        let mut names = selected.fields.values().flatten().map(|field| field.name.as_str());
        if names.any(|name| matches!(name, "nodes" | "edges" | "pageInfo")) { Wants::Records } else { Wants::Count }
    }

    fn null_where_none_may_be(&mut self, of: &Type, fields: &Fields<'query>) {
        if let Some(field) = fields.first() {
            let message = format!("Cannot return null for non-nullable field `{}` of type `{}`", field.name, named(of));
            self.errors.push(Failure { kind: None, message }.at(&self.path, field.position));
        }
    }
}

/// The fields to answer, by the key they are answered under, in the order of the query.
#[derive(Default)]
struct Selected<'query> {
    order: Vec<String>,
    fields: BTreeMap<String, Fields<'query>>,
}

impl<'query> Selected<'query> {
    fn push(&mut self, field: &'query Field) {
        let key = field.alias.as_ref().unwrap_or(&field.name);
        if !self.fields.contains_key(key) {
            self.order.push(key.clone());
        }
        self.fields.entry(key.clone()).or_default().push(field);
    }
}
