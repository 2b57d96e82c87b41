//! The notation against a parser which nobody here wrote, and the sentences for what is no GraphQL.

use graphql_parser::{parse_query, parse_schema};

use super::{read, read_schema};

const QUERIES: [&str; 9] = [
    "{ viewer { login } }",
    "query Q($owner: String!, $n: Int = -2, $all: [ID!]! = [\"a\", \"b\"]) { a: repository(owner: $owner, name: \"x\") @include(if: true) { id } }",
    "mutation { createIssue(input: {title: \"a \\\"b\\\" \\u00e9 \\n\", labelIds: [], repositoryId: \"R\"}) { issue { number } } }",
    "query { ...A ... on Query { b } ... @skip(if: false) { c } ... { d } } fragment A on Query @x { a }",
    "# first\n{ a(x: 1.5e3, y: -0, z: null, e: ENUM, o: {}, l: [1, [2, {a: $v}]]) }",
    "{ a(text: \"\"\"\n    one\n      two \\\"\"\"\n\n    three\n  \"\"\") }",
    "\u{feff}query subscriptionish { fragment: on, true: false }",
    "fragment F on Repository { id } query { repository(owner: \"o\", name: \"r\") { ...F } }",
    "{ a(x: \"\") b(x: \"é日\", y: 1) }",
];

#[test]
fn a_query_is_read_as_another_parser_reads_it() {
    for query in QUERIES {
        let theirs = parse_query::<String>(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let ours = read(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        assert_eq!(shown::ours(&ours), shown::theirs(&theirs), "{query}");
    }
}

#[test]
fn what_another_parser_refuses_is_refused() {
    for query in [
        "",
        "  # only a comment",
        "{",
        "{ }",
        "{ a ",
        "{ a( }",
        "{ a() }",
        "{ a(x:) }",
        "{ a(x: $) }",
        "query { a } }",
        "{ a: }",
        "{ a @ }",
        "fragment A { a }",
        "nonsense",
        "{ a(x: \"open) }",
        "{ a(x: \"\\q\") }",
        "{ a(x: 01) }",
        "{ a(x: 1.) }",
        "{ a(x: -) }",
        "{ ... on { a } }",
        "query Q($x) { a }",
        "query Q($x: [Int) { a }",
        "query Q($x: Int = $y) { a }",
        "{ a ; b }",
        "{ a(x: [1) }",
        "{ a(x: {b 1}) }",
        "{ .. a }",
    ] {
        assert!(parse_query::<String>(query).is_err(), "the other parser takes {query:?}");
        assert!(read(query).is_err(), "{query:?}");
    }
}

#[test]
fn an_unexpected_word_is_named_with_its_place() {
    assert_eq!(read("{\n  a(x: })\n}").unwrap_err(), "Expected a value, actual: \"}\" at [2, 8]");
    assert_eq!(read("query { a").unwrap_err(), "Expected NAME, actual: end of document at [1, 10]");
    assert_eq!(read("fragment on on A { a }").unwrap_err(), "Expected a fragment's NAME, actual: IDENTIFIER (\"on\") at [1, 10]");
    assert_eq!(read("{ a ; b }").unwrap_err(), "Parse error on ';' at [1, 5]");
}

#[test]
fn endless_nesting_is_refused() {
    let deep = |open: &str, close: &str| format!("{{ a(x: {}1{}) }}", open.repeat(100_000), close.repeat(100_000));
    assert!(read(&deep("[", "]")).is_err());
    assert!(read(&deep("{a: ", "}")).is_err());
    assert!(read(&"{ a ".repeat(100_000)).is_err());
    assert!(read(&format!("query($x: {}Int) {{ a }}", "[".repeat(100_000))).is_err());
}

#[test]
fn the_schema_is_read_as_another_parser_reads_it() {
    let text = include_str!("../schema.graphql");
    let theirs = parse_schema::<String>(text).unwrap();
    assert_eq!(shown::our_schema(&read_schema(text).unwrap()), shown::their_schema(&theirs));
}

/// Both parsers' results in one notation. The other one puts a spread where its dots end, so spreads go without their place.
mod shown {
    use std::collections::BTreeMap;

    use graphql_parser::query::{self, OperationDefinition};
    use graphql_parser::schema;

    use super::super::{Directive, Document, InputValue, Selection, TypeDefinition};

    pub(super) fn ours(document: &Document) -> Vec<String> {
        let mut lines = Vec::new();
        for operation in &document.operations {
            let variables: Vec<String> = operation
                .variables
                .iter()
                .map(|one| format!("${}: {} = {:?}", one.name, one.of, one.default.as_ref().map(ToString::to_string)))
                .collect();
            lines.push(format!("{} {:?} {variables:?} {}", operation.word, operation.name, our_set(&operation.selections)));
        }
        for fragment in document.fragments.values() {
            lines.push(format!("fragment {} on {} {}", fragment.name, fragment.condition, our_set(&fragment.selections)));
        }
        lines.sort();
        lines
    }

    fn our_set(set: &[Selection]) -> String {
        let items: Vec<String> = set
            .iter()
            .map(|selection| match selection {
                Selection::Field(field) => format!(
                    "{}:{} {:?}: {} ({}) {} {}",
                    field.position.line,
                    field.position.column,
                    field.alias,
                    field.name,
                    our_arguments(&field.arguments),
                    our_directives(&field.directives),
                    our_set(&field.selections)
                ),
                Selection::Spread { name, directives, .. } => format!("...{name} {}", our_directives(directives)),
                Selection::Inline { condition, directives, selections, .. } => {
                    format!("... on {condition:?} {} {}", our_directives(directives), our_set(selections))
                }
            })
            .collect();
        format!("{items:?}")
    }

    fn our_arguments(arguments: &[(String, super::super::Literal)]) -> String {
        arguments.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
    }

    fn our_directives(directives: &[Directive]) -> String {
        directives.iter().map(|one| format!("@{}({})", one.name, our_arguments(&one.arguments))).collect()
    }

    pub(super) fn theirs(document: &query::Document<'_, String>) -> Vec<String> {
        let mut lines = Vec::new();
        for definition in &document.definitions {
            lines.push(match definition {
                query::Definition::Operation(OperationDefinition::SelectionSet(set)) => format!("query None [] {}", their_set(set)),
                query::Definition::Operation(OperationDefinition::Query(of)) => {
                    format!("query {:?} {:?} {}", of.name, their_variables(&of.variable_definitions), their_set(&of.selection_set))
                }
                query::Definition::Operation(OperationDefinition::Mutation(of)) => {
                    format!("mutation {:?} {:?} {}", of.name, their_variables(&of.variable_definitions), their_set(&of.selection_set))
                }
                query::Definition::Operation(OperationDefinition::Subscription(_)) => "subscription".to_owned(),
                query::Definition::Fragment(of) => {
                    let query::TypeCondition::On(condition) = &of.type_condition;
                    format!("fragment {} on {condition} {}", of.name, their_set(&of.selection_set))
                }
            });
        }
        lines.sort();
        lines
    }

    fn their_variables(variables: &[query::VariableDefinition<'_, String>]) -> Vec<String> {
        variables.iter().map(|one| format!("${}: {} = {:?}", one.name, one.var_type, one.default_value.as_ref().map(their_value))).collect()
    }

    fn their_set(set: &query::SelectionSet<'_, String>) -> String {
        let items: Vec<String> = set
            .items
            .iter()
            .map(|selection| match selection {
                query::Selection::Field(field) => format!(
                    "{}:{} {:?}: {} ({}) {} {}",
                    field.position.line,
                    field.position.column,
                    field.alias,
                    field.name,
                    their_arguments(&field.arguments),
                    their_directives(&field.directives),
                    their_set(&field.selection_set)
                ),
                query::Selection::FragmentSpread(spread) => format!("...{} {}", spread.fragment_name, their_directives(&spread.directives)),
                query::Selection::InlineFragment(inline) => {
                    let condition = inline.type_condition.as_ref().map(|query::TypeCondition::On(name)| name);
                    format!("... on {condition:?} {} {}", their_directives(&inline.directives), their_set(&inline.selection_set))
                }
            })
            .collect();
        format!("{items:?}")
    }

    fn their_value(value: &query::Value<'_, String>) -> String {
        match value {
            query::Value::String(text) => serde_json::Value::from(text.as_str()).to_string(),
            query::Value::List(items) => format!("[{}]", items.iter().map(their_value).collect::<Vec<_>>().join(", ")),
            query::Value::Object(fields) => {
                format!(
                    "{{{}}}",
                    fields.iter().map(|(name, value)| format!("{name}: {}", their_value(value))).collect::<Vec<_>>().join(", ")
                )
            }
            plain => plain.to_string(),
        }
    }

    fn their_arguments(arguments: &[(String, query::Value<'_, String>)]) -> String {
        arguments.iter().map(|(name, value)| format!("{name}: {}", their_value(value))).collect::<Vec<_>>().join(", ")
    }

    fn their_directives(directives: &[query::Directive<'_, String>]) -> String {
        directives.iter().map(|one| format!("@{}({})", one.name, their_arguments(&one.arguments))).collect()
    }

    pub(super) fn our_schema(types: &BTreeMap<String, TypeDefinition>) -> Vec<String> {
        let inputs = |inputs: &[InputValue]| -> Vec<String> {
            inputs.iter().map(|one| format!("{}: {} = {:?}", one.name, one.of, one.default.as_ref().map(ToString::to_string))).collect()
        };
        let fields = |fields: &[super::super::FieldDefinition]| -> Vec<String> {
            fields.iter().map(|one| format!("{}({:?}): {}", one.name, inputs(&one.arguments), one.of)).collect()
        };
        types
            .iter()
            .map(|(name, definition)| match definition {
                TypeDefinition::Scalar => format!("{name} scalar"),
                TypeDefinition::Object { interfaces, fields: of } => format!("{name} type {interfaces:?} {:?}", fields(of)),
                TypeDefinition::Interface(of) => format!("{name} interface {:?}", fields(of)),
                TypeDefinition::Union(of) => format!("{name} union {of:?}"),
                TypeDefinition::Enum(of) => format!("{name} enum {of:?}"),
                TypeDefinition::Input(of) => format!("{name} input {:?}", inputs(of)),
            })
            .collect()
    }

    pub(super) fn their_schema(document: &schema::Document<'_, String>) -> Vec<String> {
        let inputs = |inputs: &[schema::InputValue<'_, String>]| -> Vec<String> {
            inputs
                .iter()
                .map(|one| format!("{}: {} = {:?}", one.name, one.value_type, one.default_value.as_ref().map(their_value)))
                .collect()
        };
        let fields = |fields: &[schema::Field<'_, String>]| -> Vec<String> {
            fields.iter().map(|one| format!("{}({:?}): {}", one.name, inputs(&one.arguments), one.field_type)).collect()
        };
        let mut lines: Vec<String> = document
            .definitions
            .iter()
            .map(|definition| match definition {
                schema::Definition::TypeDefinition(definition) => match definition {
                    schema::TypeDefinition::Scalar(of) => format!("{} scalar", of.name),
                    schema::TypeDefinition::Object(of) => {
                        format!("{} type {:?} {:?}", of.name, of.implements_interfaces, fields(&of.fields))
                    }
                    schema::TypeDefinition::Interface(of) => format!("{} interface {:?}", of.name, fields(&of.fields)),
                    schema::TypeDefinition::Union(of) => format!("{} union {:?}", of.name, of.types),
                    schema::TypeDefinition::Enum(of) => {
                        format!("{} enum {:?}", of.name, of.values.iter().map(|value| value.name.as_str()).collect::<Vec<_>>())
                    }
                    schema::TypeDefinition::InputObject(of) => format!("{} input {:?}", of.name, inputs(&of.fields)),
                },
                other => format!("{other:?}"),
            })
            .collect();
        lines.sort_by(|a, b| a.split(' ').next().cmp(&b.split(' ').next()));
        lines
    }
}
