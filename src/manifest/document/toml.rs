//! TOML to `Node`, by `toml_edit`'s spans; its own editing would rewrite line endings and quotes.

use std::ops::Range;

use toml_edit::{Document, Item, Table, TableLike, Value};

use super::{Node, Scalar, Unreadable};

/// Reads a TOML document.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    let document = Document::parse(text).map_err(|error| {
        Unreadable::new(error.span().map_or(0, |span| span.start), error.message().lines().collect::<Vec<_>>().join(", "))
    })?;
    Ok(table(document.as_table(), text))
}

// `toml_edit` refuses documents nested deeper than 80 levels, so the recursion below is bounded.
fn table(table: &Table, text: &str) -> Node {
    entries(table, text)
}

fn entries(table: &dyn TableLike, text: &str) -> Node {
    Node::Map(table.iter().map(|(key, item)| (key.to_owned(), from_item(item, text))).collect())
}

fn from_item(item: &Item, text: &str) -> Node {
    match item {
        Item::None => Node::Map(Vec::new()),
        Item::Value(value) => from_value(value, text),
        Item::Table(inner) => table(inner, text),
        Item::ArrayOfTables(tables) => Node::List(tables.iter().map(|inner| table(inner, text)).collect()),
    }
}

fn from_value(value: &Value, text: &str) -> Node {
    let span = value.span().unwrap_or(0..0);
    match value {
        Value::String(string) => Scalar::node(string.value().as_str(), unquoted(text, span)),
        Value::Array(array) => Node::List(array.iter().map(|value| from_value(value, text)).collect()),
        Value::InlineTable(inner) => entries(inner, text),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => {
            Scalar::node(text.get(span.clone()).unwrap_or_default(), span)
        }
    }
}

fn unquoted(text: &str, span: Range<usize>) -> Range<usize> {
    let raw = text.get(span.clone()).unwrap_or_default();
    let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") { 3 } else { 1 };
    if raw.len() < 2 * quotes { span } else { span.start + quotes..span.end - quotes }
}
