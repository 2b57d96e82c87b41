//! XML to `Node`, by `roxmltree`'s ranges: an element with only text is a scalar, any other a map of its children.
//! Attributes are entries that begin with `@`. Document type definitions are refused, so nothing expands.

use roxmltree::{Document, Node as Element, ParsingOptions};

use super::{DEEPEST, Node, Scalar, Unreadable};

/// How many attributes an element may have.
const MOST_ATTRIBUTES: usize = 1000;

/// Reads an XML document; the root element is the one key of the result.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    refuse_bombs(text)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: 1_000_000, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|error| {
        let position = error.pos();
        Unreadable::new(offset(text, position.row, position.col), error.to_string())
    })?;
    let root = document.root_element();
    Ok(Node::Map(vec![(root.tag_name().name().to_owned(), node(root))]))
}

/// Tells whether reading a text as XML takes no longer than it should.
pub(crate) fn is_bounded(text: &str) -> bool {
    refuse_bombs(text).is_ok()
}

/// Refuses elements nested too deep, or with so many attributes that comparing them would take long.
fn refuse_bombs(text: &str) -> Result<(), Unreadable> {
    let bytes = text.as_bytes();
    let (mut depth, mut attributes, mut inside) = (0_usize, 0_usize, false);
    for (at, byte) in bytes.iter().enumerate() {
        match (byte, bytes.get(at + 1)) {
            (b'<', Some(b'/')) | (b'/', Some(b'>')) => depth = depth.saturating_sub(1),
            (b'<', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => {
                (depth, attributes, inside) = (depth + 1, 0, true);
            }
            (b'>', _) => inside = false,
            (b'=', _) => attributes += usize::from(inside),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(Unreadable::too_deep(at));
        }
        if attributes > MOST_ATTRIBUTES {
            return Err(Unreadable::new(at, format!("an element with more than {MOST_ATTRIBUTES} attributes")));
        }
    }
    Ok(())
}

fn node(element: Element<'_, '_>) -> Node {
    let texts: Vec<_> = element.children().filter(|child| child.is_text()).collect();
    let mut entries: Vec<(String, Node)> = element
        .attributes()
        .map(|attribute| (format!("@{}", attribute.name()), Scalar::node(attribute.value(), attribute.range_value())))
        .collect();
    let children: Vec<_> = element.children().filter(|child| child.is_element()).collect();
    if children.is_empty() && entries.is_empty() {
        let [only] = texts.as_slice() else {
            return Scalar::node(element.text().unwrap_or_default(), element.range().end..element.range().end);
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

/// The text without the blanks around it, which readers of versions drop. Blanks are counted in the source, where
/// line endings are as they are.
fn trimmed(text: &Element<'_, '_>) -> Node {
    let (value, range) = (text.text().unwrap_or_default().trim(), text.range());
    let raw = text.document().input_text().get(range.clone()).unwrap_or_default();
    let start = range.start + (raw.len() - raw.trim_start().len());
    Scalar::node(value, start..start + raw.trim().len())
}

fn offset(text: &str, row: u32, col: u32) -> usize {
    let (row, col) = (row.saturating_sub(1) as usize, col.saturating_sub(1) as usize);
    let line = text.split_inclusive('\n').take(row).map(str::len).sum::<usize>();
    let rest = text.get(line..).unwrap_or_default();
    line + rest.char_indices().nth(col).map_or(rest.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_xml_is_refused_where_it_goes_wrong() {
        for (text, wrong) in [("<a>\n  <é/>\n  <b></c>\n</a>\n", "</c>"), ("<a b=1></a>", "1"), ("<a>\n</a>\n<b/>", "<b")] {
            let refused = parse(text).unwrap_err();
            let near = &text[refused.at..];
            assert!(near.starts_with(wrong), "{text:?}: {near:?}");
        }
    }
}
