//! XML to `Node`, by `roxmltree`'s ranges: an element with only text is a scalar, any other a map of its children.
//! Attributes are entries that begin with `@`. Document type definitions are refused, so nothing expands.

use roxmltree::{Document, Node as Element, ParsingOptions};

use super::{DEEPEST, Node, Scalar, Unreadable};

/// Reads an XML document; the root element is the one key of the result.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    deep(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let position = error.pos();
        Unreadable::new(offset(text, position.row, position.col), error.to_string())
    })?;
    let root = document.root_element();
    Ok(Node::Map(vec![(root.tag_name().name().to_owned(), node(root))]))
}

/// Refuses elements nested too deep before the parser sees them.
fn deep(text: &str) -> Result<(), Unreadable> {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, bytes.get(at + 1)) {
            (b'<', Some(b'/')) => depth = depth.saturating_sub(1),
            (b'<', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => depth += 1,
            (b'/', Some(b'>')) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Unreadable::too_deep(at));
        }
    }
    Ok(())
}

fn node(element: Element<'_, '_>) -> Node {
    let texts: Vec<_> = element.children().filter(|child| child.is_text()).collect();
    let mut entries: Vec<(String, Node)> = element
        .attributes()
        .map(|attribute| (format!("@{}", attribute.name()), Scalar::new(attribute.value(), attribute.range_value())))
        .collect();
    let children: Vec<_> = element.children().filter(|child| child.is_element()).collect();
    if children.is_empty() && entries.is_empty() {
        let [only] = texts.as_slice() else {
            return Scalar::new(element.text().unwrap_or_default(), element.range().end..element.range().end);
        };
        return trimmed(only);
    }
    if children.is_empty()
        && let [only] = texts.as_slice()
    {
        entries.push(("#text".into(), trimmed(only)));
    }
    entries.extend(children.into_iter().map(|child| (child.tag_name().name().to_owned(), node(child))));
    Node::Map(entries)
}

/// The text without the blanks around it, which readers of versions drop.
fn trimmed(text: &Element<'_, '_>) -> Node {
    let (value, range) = (text.text().unwrap_or_default(), text.range());
    let lead = value.len() - value.trim_start().len();
    let start = range.start + lead;
    Scalar::new(value.trim(), start..start + value.trim().len())
}

fn offset(text: &str, row: u32, col: u32) -> usize {
    let (row, col) = (row.saturating_sub(1) as usize, col.saturating_sub(1) as usize);
    let line = text.split_inclusive('\n').take(row).map(str::len).sum::<usize>();
    let rest = text.get(line..).unwrap_or_default();
    line + rest.char_indices().nth(col).map_or(rest.len(), |(at, _)| at)
}
