//! Checks a query against the schema before any of it runs, with GitHub's error texts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::failure::locations;
use super::input::{Variables, literal, mismatch};
use super::language::{Directive, Document, Field, Fragment, Literal, Operation, Position, Selection, VariableDefinition};
use super::schema::{SCHEMA, is_required, named};

/// Returns what is wrong with an operation, in the order of the text.
pub(super) fn problems(label: &str, operation: &Operation, document: &Document) -> Vec<Value> {
    let fragments = &document.fragments;
    let mut check = Check {
        fragments,
        label,
        path: vec![label.to_owned()],
        declared: &operation.variables,
        used: BTreeSet::new(),
        spread: Vec::new(),
        seen: BTreeSet::new(),
        errors: Vec::new(),
    };
    check.selections(operation.root, &operation.selections);
    for definition in &operation.variables {
        if !check.used.contains(&definition.name) {
            let message = format!("Variable ${} is declared by {} but not used", definition.name, operation_name(label));
            check.report(definition.position, "variableNotUsed", json!({"variableName": definition.name}), &message);
        }
    }
    for fragment in fragments.values() {
        if !check.seen.contains(&fragment.name) {
            check.path = vec![format!("fragment {}", fragment.name)];
            let message = format!("Fragment {} was defined, but not used", fragment.name);
            check.report(fragment.position, "useAndDefineFragment", json!({"fragmentName": fragment.name}), &message);
        }
    }
    check.errors
}

struct Check<'query> {
    fragments: &'query BTreeMap<String, Fragment>,
    label: &'query str,
    path: Vec<String>,
    declared: &'query [VariableDefinition],
    used: BTreeSet<String>,
    /// The fragments being walked through, against endless spreading.
    spread: Vec<String>,
    seen: BTreeSet<String>,
    errors: Vec<Value>,
}

impl Check<'_> {
    fn selections(&mut self, of: &str, set: &[Selection]) {
        for selection in set {
            match selection {
                Selection::Field(field) => {
                    self.path.push(field.alias.clone().unwrap_or_else(|| field.name.clone()));
                    self.field(of, field);
                    self.path.pop();
                }
                Selection::Spread { position, name, directives } => {
                    self.directives(directives);
                    self.fragment(name, *position);
                }
                Selection::Inline { position, condition, directives, selections } => {
                    self.directives(directives);
                    let condition = condition.as_deref().unwrap_or(of);
                    self.path.push(format!("... on {condition}"));
                    self.condition(condition, *position, selections);
                    self.path.pop();
                }
            }
        }
    }

    fn fragment(&mut self, name: &str, position: Position) {
        let fragments = self.fragments;
        let Some(fragment) = fragments.get(name) else {
            let message = format!("Fragment {name} was used, but not defined");
            return self.report(position, "useAndDefineFragment", json!({"fragmentName": name}), &message);
        };
        if self.spread.iter().any(|open| open == name) {
            let message = format!("Fragment {name} contains an infinite loop");
            return self.report(position, "infiniteLoop", json!({"fragmentName": name}), &message);
        }
        if !self.seen.insert(name.to_owned()) {
            return;
        }
        self.spread.push(name.to_owned());
        let outside = std::mem::replace(&mut self.path, vec![format!("fragment {name}")]);
        self.condition(&fragment.condition, fragment.position, &fragment.selections);
        self.path = outside;
        self.spread.pop();
    }

    fn condition(&mut self, condition: &str, position: Position, set: &[Selection]) {
        if SCHEMA.is_composite(condition) {
            return self.selections(condition, set);
        }
        let message = format!("No such type {condition}, so it can't be a fragment condition");
        self.report(position, "undefinedType", json!({"typeName": condition}), &message);
    }

    fn field(&mut self, of: &str, field: &Field) {
        self.directives(&field.directives);
        let name = field.name.as_str();
        if name == "__typename" {
            return;
        }
        let Some(definition) = SCHEMA.field(of, name) else {
            let message = format!("Field '{name}' doesn't exist on type '{of}'");
            return self.report(field.position, "undefinedField", json!({"typeName": of, "fieldName": name}), &message);
        };
        for (argument, value) in &field.arguments {
            self.uses(value, field.position);
            match definition.arguments.iter().find(|known| &known.name == argument) {
                None => {
                    let message = format!("Field '{name}' doesn't accept argument '{argument}'");
                    let details = json!({"name": name, "typeName": "Field", "argumentName": argument});
                    self.report(field.position, "argumentNotAccepted", details, &message);
                }
                Some(known) if is_constant(value) => {
                    let constant = literal(value, &Variables::new()).unwrap_or(Value::Null);
                    if mismatch(&known.of, &constant).is_some() {
                        let message = format!(
                            "Argument '{argument}' on Field '{name}' has an invalid value ({value}). Expected type '{}'.",
                            known.of
                        );
                        let details = json!({"typeName": "Field", "argumentName": argument});
                        self.report(field.position, "argumentLiteralsIncompatible", details, &message);
                    }
                }
                Some(_) => {}
            }
        }
        let missing: Vec<&str> = definition
            .arguments
            .iter()
            .filter(|known| is_required(known) && field.arguments.iter().all(|(argument, _)| argument != &known.name))
            .map(|known| known.name.as_str())
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let message = format!("Field '{name}' is missing required arguments: {missing}");
            let details = json!({"className": "Field", "name": name, "arguments": missing});
            self.report(field.position, "missingRequiredArguments", details, &message);
        }
        let target = named(&definition.of);
        match (SCHEMA.is_composite(target), field.selections.is_empty()) {
            (true, true) => {
                let message = format!(
                    "Field must have selections (field '{name}' returns {target} but has no selections. Did you mean '{name} {{ ... }}'?)"
                );
                self.report(
                    field.position,
                    "selectionMismatch",
                    json!({"nodeName": format!("field '{name}'"), "typeName": target}),
                    &message,
                );
            }
            (false, false) => {
                let message = format!("Selections can't be made on scalars (field '{name}' returns {target} but has selections)");
                self.report(
                    field.position,
                    "selectionMismatch",
                    json!({"nodeName": format!("field '{name}'"), "typeName": target}),
                    &message,
                );
            }
            (true, false) => self.selections(target, &field.selections),
            (false, true) => {}
        }
    }

    fn directives(&mut self, directives: &[Directive]) {
        for directive in directives {
            if !matches!(directive.name.as_str(), "include" | "skip") {
                let message = format!("Directive @{} is not defined", directive.name);
                self.report(directive.position, "undefinedDirective", json!({"directiveName": directive.name}), &message);
            }
            for (_, value) in &directive.arguments {
                self.uses(value, directive.position);
            }
        }
    }

    fn uses(&mut self, value: &Literal, position: Position) {
        match value {
            Literal::Variable(name) => {
                self.used.insert(name.clone());
                if self.declared.iter().all(|definition| &definition.name != name) {
                    let message = format!("Variable ${name} is used by {} but not declared", operation_name(self.label));
                    self.report(position, "variableNotDefined", json!({"variableName": name}), &message);
                }
            }
            Literal::List(items) => items.iter().for_each(|item| self.uses(item, position)),
            Literal::Object(fields) => fields.values().for_each(|item| self.uses(item, position)),
            Literal::Int(_) | Literal::Float(_) | Literal::Text(_) | Literal::Boolean(_) | Literal::Null | Literal::Enum(_) => {}
        }
    }

    fn report(&mut self, position: Position, code: &str, mut details: Value, message: &str) {
        if let Value::Object(fields) = &mut details {
            fields.insert("code".to_owned(), json!(code));
        }
        self.errors.push(json!({"path": self.path, "extensions": details, "locations": locations(position), "message": message}));
    }
}

/// Whether a written value holds no variable.
fn is_constant(value: &Literal) -> bool {
    match value {
        Literal::Variable(_) => false,
        Literal::List(items) => items.iter().all(is_constant),
        Literal::Object(fields) => fields.values().all(is_constant),
        Literal::Int(_) | Literal::Float(_) | Literal::Text(_) | Literal::Boolean(_) | Literal::Null | Literal::Enum(_) => true,
    }
}

fn operation_name(label: &str) -> String {
    label.split_once(' ').map_or_else(|| format!("anonymous {label}"), |(_, name)| name.to_owned())
}
