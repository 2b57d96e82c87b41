//! JSON to `Node`, by `jsonc-parser`'s ranges.

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{DEEPEST, Node, Scalar, Unreadable};

/// Reads a JSON document; comments and trailing commas are allowed, as several tools write them.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    let options = ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: true,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    let parsed = parse_to_ast(text, &CollectOptions::default(), &options)
        .map_err(|error| Unreadable::new(error.range().start, error.kind().to_string()))?;
    match parsed.value {
        Some(value) => node(value, 0),
        None => Err(Unreadable::new(0, "expected a value, found nothing")),
    }
}

fn node(value: Value<'_>, depth: usize) -> Result<Node, Unreadable> {
    let range = value.range();
    if depth > DEEPEST {
        return Err(Unreadable::too_deep(range.start));
    }
    let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
    let whole = range.start..range.end;
    Ok(match value {
        Value::StringLit(string) => Scalar::node(string.value.into_owned(), inner),
        Value::NumberLit(number) => Scalar::node(number.value, whole),
        Value::BooleanLit(boolean) => Scalar::node(if boolean.value { "true" } else { "false" }, whole),
        Value::NullKeyword(_) => Scalar::node("null", whole),
        Value::Array(array) => Node::List(array.elements.into_iter().map(|value| node(value, depth + 1)).collect::<Result<_, _>>()?),
        Value::Object(object) => Node::Map(
            object
                .properties
                .into_iter()
                .map(|property| Ok((property.name.as_str().to_owned(), node(property.value, depth + 1)?)))
                .collect::<Result<_, Unreadable>>()?,
        ),
    })
}
