//! YAML to `Node`, by `saphyr-parser`'s events. Its marks count characters, and the end of a quoted scalar covers
//! what follows it, so both are worked out again here.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{DEEPEST, Node, Scalar, Unreadable};

/// The largest YAML that is read: flow nesting makes readers of it slow.
const LARGEST: usize = 512 * 1024;

/// How many brackets may be open at once.
const BRACKETS: usize = 64;

/// Reads a YAML stream: its one document, or the list of them.
pub(super) fn parse(text: &str) -> Result<Node, Unreadable> {
    refuse_bombs(text)?;
    let offsets = Offsets::of(text);
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| Unreadable::new(offsets.byte(error.marker().index()), error.info().to_owned()))?;
        let at = offsets.byte(span.start.index());
        builder.take(event, at, text)?;
    }
    let mut documents = builder.documents;
    Ok(if documents.len() == 1 { documents.swap_remove(0) } else { Node::List(documents) })
}

fn refuse_bombs(text: &str) -> Result<(), Unreadable> {
    if text.len() > LARGEST {
        return Err(Unreadable::new(0, format!("larger than {} KiB", LARGEST / 1024)));
    }
    let mut open = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            b'\n' if text[at + 1..].starts_with(|c: char| c.is_ascii_alphabetic()) => open = 0,
            _ => {}
        }
        if open > BRACKETS {
            return Err(Unreadable::too_deep(at));
        }
    }
    Ok(())
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    documents: Vec<Node>,
}

enum Open {
    Map(Vec<(String, Node)>, Option<String>),
    List(Vec<Node>),
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: usize, text: &str) -> Result<(), Unreadable> {
        match event {
            Event::Scalar(value, style, ..) => {
                let span = content(text, at, &value, style);
                self.put(Scalar::node(value.into_owned(), span));
            }
            Event::Alias(_) => self.put(Scalar::node("", at..at)),
            Event::MappingStart(..) => self.open.push(Open::Map(Vec::new(), None)),
            Event::SequenceStart(..) => self.open.push(Open::List(Vec::new())),
            Event::MappingEnd | Event::SequenceEnd => match self.open.pop() {
                Some(Open::Map(entries, _)) => self.put(Node::Map(entries)),
                Some(Open::List(items)) => self.put(Node::List(items)),
                None => {}
            },
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd => {}
        }
        if self.open.len() > DEEPEST { Err(Unreadable::too_deep(at)) } else { Ok(()) }
    }

    fn put(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.documents.push(node),
            Some(Open::List(items)) => items.push(node),
            Some(Open::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, node)),
                // A key that is no scalar still needs a name, so that its value is not taken for a key.
                None => *key = Some(node.scalar().map_or_else(|| "?".to_owned(), |scalar| scalar.text.clone())),
            },
        }
    }
}

/// Returns the bytes of a scalar that begins at `at`, without its quotes.
fn content(text: &str, at: usize, value: &str, style: ScalarStyle) -> Range<usize> {
    let rest = text.get(at..).unwrap_or_default();
    match style {
        ScalarStyle::Plain => at..at + if rest.starts_with(value) { value.len() } else { 0 },
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let quote = if style == ScalarStyle::SingleQuoted { '\'' } else { '"' };
            // Tags and anchors may stand before the quote.
            let Some(start) = rest.find(quote).map(|found| at + found + 1) else { return at..at };
            let inner = text.get(start..).unwrap_or_default();
            if inner.starts_with(value) && inner[value.len()..].starts_with(quote) { start..start + value.len() } else { at..at }
        }
        ScalarStyle::Literal | ScalarStyle::Folded => at..at,
    }
}

/// Character positions to byte positions.
enum Offsets {
    Same(usize),
    Table(Vec<usize>, usize),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() { Self::Same(text.len()) } else { Self::Table(text.char_indices().map(|(at, _)| at).collect(), text.len()) }
    }

    fn byte(&self, character: usize) -> usize {
        match self {
            Self::Same(end) => character.min(*end),
            Self::Table(table, end) => table.get(character).copied().unwrap_or(*end),
        }
    }
}
