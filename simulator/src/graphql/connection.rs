//! GitHub's pages of a list: `first`, `after`, `last`, `before`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::failure::Failure;

/// The most records of one page.
const LIMIT: i64 = 100;

/// What a query wants of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wants {
    /// Records, so a page of them.
    Records,
    /// The number of records at most, which needs no page.
    Count,
}

/// Returns the page of `items` the arguments ask for.
///
/// Every connection whose records are wanted needs `first` or `last`, of at most 100:
/// <https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#node-limit>.
pub(super) fn page(
    field: &str,
    wants: Wants,
    mut connection: Map<String, Value>,
    arguments: &Map<String, Value>,
) -> Result<Value, Failure> {
    let items = match connection.remove("items") {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let (first, last) = (bound(field, "first", arguments)?, bound(field, "last", arguments)?);
    if first.is_none() && last.is_none() && wants == Wants::Records {
        return Err(Failure::new(
            "MISSING_PAGINATION_BOUNDARIES",
            format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection."),
        ));
    }
    if first.is_some() && last.is_some() {
        return Err(Failure::new(
            "AMBIGUOUS_PAGINATION_BOUNDARIES",
            format!("Passing both `first` and `last` to paginate the `{field}` connection is not supported."),
        ));
    }
    let total = items.len();
    let mut from = cursor(field, "after", arguments)?.map_or(0, |index| index + 1).min(total);
    let mut to = cursor(field, "before", arguments)?.unwrap_or(total).clamp(from, total);
    if let Some(first) = first {
        to = to.min(from + first);
    }
    if let Some(last) = last {
        from = from.max(to.saturating_sub(last));
    }
    let nodes: Vec<Value> = items.into_iter().skip(from).take(to - from).collect();
    let edges: Vec<Value> = nodes.iter().enumerate().map(|(at, node)| json!({"cursor": encode(from + at), "node": node})).collect();
    let info = json!({
        "hasNextPage": to < total,
        "hasPreviousPage": from > 0,
        "startCursor": (!nodes.is_empty()).then(|| encode(from)),
        "endCursor": (!nodes.is_empty()).then(|| encode(to - 1)),
    });
    connection.insert("totalCount".to_owned(), json!(total));
    connection.insert("pageInfo".to_owned(), info);
    connection.insert("edges".to_owned(), json!(edges));
    connection.insert("nodes".to_owned(), json!(nodes));
    Ok(Value::Object(connection))
}

/// Returns all records of a list as a connection still to be cut into pages.
pub(super) fn items(items: Vec<Value>) -> Value {
    json!({"items": items})
}

fn bound(field: &str, name: &str, arguments: &Map<String, Value>) -> Result<Option<usize>, Failure> {
    let Some(count) = arguments.get(name).and_then(Value::as_i64) else {
        return Ok(None);
    };
    if count < 0 {
        return Err(Failure::new(
            "INVALID_PAGINATION_BOUNDARIES",
            format!("`{name}` on the `{field}` connection cannot be less than zero."),
        ));
    }
    if count > LIMIT {
        return Err(Failure::new(
            "EXCESSIVE_PAGINATION",
            format!("Requesting {count} records on the `{field}` connection exceeds the `{name}` limit of {LIMIT} records."),
        ));
    }
    Ok(usize::try_from(count).ok())
}

fn cursor(field: &str, name: &str, arguments: &Map<String, Value>) -> Result<Option<usize>, Failure> {
    let Some(text) = arguments.get(name).and_then(Value::as_str) else {
        return Ok(None);
    };
    let index = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("cursor:v2:")?.parse().ok());
    index.map(Some).ok_or_else(|| {
        Failure::new("INVALID_CURSOR_ARGUMENTS", format!("`{text}` does not appear to be a valid cursor for the `{field}` connection."))
    })
}

fn encode(index: usize) -> String {
    STANDARD.encode(format!("cursor:v2:{index}"))
}
