//! YAML text → a tree in which every value knows its place. Knows nothing of policies.
//!
//! Two readers see the same text: `serde_yaml` says what each value is, `saphyr-parser` says where it stands. They must
//! agree on the structure; a text that two YAML readers understand differently is refused, not guessed at.

use std::borrow::Cow;
use std::fmt;

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use super::problem::{Findings, Span, is_invisible, shown};

/// The most bytes of a policy file.
pub(super) const MOST_BYTES: usize = 64 * 1024;
/// The deepest nesting of lists and tables.
const DEEPEST: usize = 64;
/// The most characters of a key.
const LONGEST_KEY: usize = 255;

/// A value and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Span,
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    /// No value, `null` or `~`.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, zero or above.
    Whole(u64),
    /// Any other number, as written.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in the order of the file, every key once.
    Table(Vec<(Key, Node)>),
}

/// A key of a table and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) at: Span,
    pub(super) text: String,
}

/// Reads `text` (without a byte order mark); `None` when a problem was recorded that leaves nothing to look at.
pub(super) fn read(text: &str, findings: &mut Findings) -> Option<Node> {
    if text.len() > MOST_BYTES {
        let size = text.len().div_ceil(1024);
        findings.hinted(
            Span::TOP,
            format!("the policy has {size} KiB, at most 64 KiB are read"),
            "keep notes about the procedure in another file",
        );
        return None;
    }
    refuse_strange_characters(text, findings)?;
    // The readers differ about the end of a block of text in a file without a last line end.
    let ended = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let text = ended.as_ref();
    let outline = Outline::of(text, findings)?;
    let Some(mut node) = outline else {
        return Some(Node { at: Span::TOP, kind: Kind::Nothing });
    };
    let typed: Typed = match serde_yaml::from_str(text) {
        Ok(typed) => typed,
        Err(error) => {
            let at = error.location().map_or(Span::TOP, |place| Span { line: place.line(), column: place.column(), width: 1 });
            let message = error.to_string();
            syntax(at, message.split(" at line ").next().unwrap_or(&message), text, findings);
            return None;
        }
    };
    if let Err(at) = unite(&mut node, typed) {
        findings.hinted(at, "YAML readers disagree about what this means", "write it in a plainer way, with quotes around text");
        return None;
    }
    drop_duplicates(&mut node, findings);
    Some(node)
}

/// Refuses what looks like nothing or ends a line for some readers only.
fn refuse_strange_characters(text: &str, findings: &mut Findings) -> Option<()> {
    let (mut line, mut column) = (1, 1);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let lone_return = c == '\r' && characters.peek() != Some(&'\n');
        let odd_break = matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
        if lone_return || odd_break || is_invisible(c) || (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let message = format!("the character U+{:04X} is not allowed here", u32::from(c));
            let hint = if lone_return {
                "save the file with LF or CRLF line ends"
            } else {
                "remove it: it cannot be seen, and readers differ about it"
            };
            findings.hinted(Span { line, column, width: 1 }, message, hint);
            return None;
        }
        (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
    }
    Some(())
}

fn syntax(at: Span, message: &str, text: &str, findings: &mut Findings) {
    let line = text.split('\n').nth(at.line.saturating_sub(1)).unwrap_or("");
    let blank = |c: char| c.is_whitespace();
    let message = format!("this is not YAML: {}", message.trim_end_matches('.').replace('\'', "`"));
    let next = line.chars().nth(at.column.saturating_sub(1));
    if line.chars().take_while(|c| blank(*c)).any(|c| c == '\t') {
        findings.hinted(at, message, "indent with spaces: YAML allows no tabs there");
    } else if let Some(c @ ('@' | '`' | '*' | '&' | '%' | '!' | '|' | '>')) = next {
        findings.hinted(at, message, format!("put quotes around a text that starts with {c:?}").replace('\'', "`"));
    } else if next == Some(':') {
        findings.hinted(
            at,
            message,
            "put quotes around a text that contains `: `, and check the indentation of this line and the one above",
        );
    } else {
        findings.hinted(at, message, "check the indentation, brackets and quotes of this line and the one above");
    }
}

/// A list or table that is being read.
enum Open {
    List(Span, Vec<Node>),
    Table(Span, Vec<(Key, Node)>, Option<Key>),
}

/// Makes the tree from events, all scalars still as text.
struct Outline {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Outline {
    /// Returns the tree, with `Some(None)` for a text without any value.
    fn of(text: &str, findings: &mut Findings) -> Option<Option<Node>> {
        let mut outline = Self { open: Vec::new(), root: None };
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        while let Some(next) = parser.next_event() {
            let (event, span) = match next {
                Ok(next) => next,
                Err(error) => {
                    let mark = error.marker();
                    syntax(Span { line: mark.line(), column: mark.col() + 1, width: 1 }, error.info(), text, findings);
                    return None;
                }
            };
            let at = place(span);
            if let Event::DocumentStart(_) = event {
                documents += 1;
                if documents > 1 {
                    findings.hinted(at, "a second document starts here", "a policy is one document: remove the line `---`");
                    return None;
                }
            }
            if let Err((message, hint)) = outline.take(event, at) {
                findings.hinted(at, message, hint);
                return None;
            }
        }
        Some(outline.root)
    }

    fn take(&mut self, event: Event<'_>, at: Span) -> Result<(), (String, &'static str)> {
        if let Event::Alias(_) = event {
            return Err(("aliases (`*name`) are not read".into(), "write the value again in this place"));
        }
        if let Event::Scalar(_, _, 1.., _) | Event::SequenceStart(1.., _) | Event::MappingStart(1.., _) = event {
            return Err((
                "anchors (`&name`) are not read".into(),
                "write the value in each place, or put quotes around a text that starts with `&`",
            ));
        }
        if let Event::Scalar(_, _, _, Some(_)) | Event::SequenceStart(_, Some(_)) | Event::MappingStart(_, Some(_)) = event {
            return Err(("YAML tags (`!name`) are not read".into(), "remove it, or put quotes around a text that starts with `!`"));
        }
        match event {
            Event::Scalar(text, style, ..) => self.scalar(text.into_owned(), style, at),
            Event::SequenceStart(..) => self.enter(Open::List(at, Vec::new())),
            Event::MappingStart(..) => self.enter(Open::Table(at, Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => {
                match self.open.pop() {
                    Some(Open::List(at, nodes)) => self.add(Node { at, kind: Kind::List(nodes) }),
                    Some(Open::Table(at, entries, _)) => self.add(Node { at, kind: Kind::Table(entries) }),
                    None => {}
                }
                Ok(())
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentStart(_) | Event::DocumentEnd | Event::Alias(_) => {
                Ok(())
            }
        }
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, at: Span) -> Result<(), (String, &'static str)> {
        if let Some(Open::Table(_, _, key @ None)) = self.open.last_mut() {
            if text.chars().count() > LONGEST_KEY {
                return Err((format!("this key is longer than {LONGEST_KEY} characters"), "keys are short names"));
            }
            *key = Some(Key { at, text });
            return Ok(());
        }
        let absent = text.is_empty() && style == ScalarStyle::Plain;
        // A value that is not there has the place of what comes next; its key says more.
        let at = match self.open.last() {
            Some(Open::Table(_, _, Some(key))) if absent => key.at,
            _ => at,
        };
        self.add(Node { at, kind: Kind::Text(text) });
        Ok(())
    }

    fn enter(&mut self, open: Open) -> Result<(), (String, &'static str)> {
        if let Some(Open::Table(_, _, None)) = self.open.last() {
            return Err((
                "a list or table cannot be a key".into(),
                "a key is a short name; put quotes around one that starts with a bracket",
            ));
        }
        if self.open.len() >= DEEPEST {
            return Err((
                format!("this is nested more than {DEEPEST} levels deep"),
                "a policy needs five levels: check for brackets that are never closed",
            ));
        }
        // A block below its key has the key's place, which says more than that of its first entry.
        let at_key = |at: Span, key: &Key| if at.line > key.at.line { key.at } else { at };
        let open = match (open, self.open.last()) {
            (Open::List(at, nodes), Some(Open::Table(_, _, Some(key)))) => Open::List(at_key(at, key), nodes),
            (Open::Table(at, entries, inner), Some(Open::Table(_, _, Some(key)))) => Open::Table(at_key(at, key), entries, inner),
            (open, _) => open,
        };
        self.open.push(open);
        Ok(())
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            Some(Open::List(_, nodes)) => nodes.push(node),
            Some(Open::Table(_, entries, key)) => {
                if let Some(key) = key.take() {
                    entries.push((key, node));
                }
            }
            None => self.root = Some(node),
        }
    }
}

fn place(span: saphyr_parser::Span) -> Span {
    let (start, end) = (span.start, span.end);
    let width = if end.line() == start.line() { end.col().saturating_sub(start.col()) } else { 1 };
    Span { line: start.line(), column: start.col() + 1, width }
}

/// Gives every text of the outline the type `serde_yaml` read in its place; fails where the two have read something else.
fn unite(node: &mut Node, typed: Typed) -> Result<(), Span> {
    let at = node.at;
    match (&mut node.kind, typed) {
        (Kind::List(nodes), Typed::List(values)) if nodes.len() == values.len() => {
            nodes.iter_mut().zip(values).try_for_each(|(node, value)| unite(node, value))
        }
        (Kind::Table(entries), Typed::Table(values)) if entries.len() == values.len() => {
            entries.iter_mut().zip(values).try_for_each(|((key, node), (name, value))| {
                let differs = match name {
                    Typed::Text(name) => name != key.text,
                    Typed::List(_) | Typed::Table(_) => true,
                    Typed::Nothing | Typed::Bool(_) | Typed::Whole(_) | Typed::Number => false,
                };
                if differs { Err(key.at) } else { unite(node, value) }
            })
        }
        (Kind::Text(text), typed) => {
            node.kind = match typed {
                Typed::Nothing => Kind::Nothing,
                Typed::Bool(value) => Kind::Bool(value),
                Typed::Whole(value) => Kind::Whole(value),
                Typed::Number => Kind::Number(std::mem::take(text)),
                Typed::Text(value) if *text == value => return Ok(()),
                Typed::Text(_) | Typed::List(_) | Typed::Table(_) => return Err(at),
            };
            Ok(())
        }
        _ => Err(at),
    }
}

fn drop_duplicates(node: &mut Node, findings: &mut Findings) {
    match &mut node.kind {
        Kind::List(nodes) => nodes.iter_mut().for_each(|node| drop_duplicates(node, findings)),
        Kind::Table(entries) => {
            let mut first = std::collections::BTreeMap::new();
            entries.retain(|(key, _)| match first.get(&key.text) {
                Some(line) => {
                    let message = format!("{} stands here a second time, first on line {line}", shown(&key.text));
                    findings.hinted(key.at, message, "keep one of the two");
                    false
                }
                None => {
                    first.insert(key.text.clone(), key.at.line);
                    true
                }
            });
            entries.iter_mut().for_each(|(_, node)| drop_duplicates(node, findings));
        }
        Kind::Nothing | Kind::Bool(_) | Kind::Whole(_) | Kind::Number(_) | Kind::Text(_) => {}
    }
}

/// What `serde_yaml` reads: types without places; tables keep duplicate keys, which its own `Value` would not.
enum Typed {
    Nothing,
    Bool(bool),
    Whole(u64),
    Number,
    Text(String),
    List(Vec<Self>),
    Table(Vec<(Self, Self)>),
}

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TypedVisitor)
    }
}

struct TypedVisitor;

impl<'de> Visitor<'de> for TypedVisitor {
    type Value = Typed;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Typed, E> {
        Ok(Typed::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Typed, E> {
        Ok(Typed::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Typed, E> {
        Ok(Typed::Whole(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Typed, E> {
        Ok(u64::try_from(value).map_or(Typed::Number, Typed::Whole))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Typed, E> {
        Ok(Typed::Number)
    }

    fn visit_i128<E>(self, _: i128) -> Result<Typed, E> {
        Ok(Typed::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Typed, E> {
        Ok(Typed::Number)
    }

    fn visit_str<E>(self, value: &str) -> Result<Typed, E> {
        Ok(Typed::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Typed, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = values.next_element()? {
            list.push(value);
        }
        Ok(Typed::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Typed, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = values.next_entry()? {
            table.push(entry);
        }
        Ok(Typed::Table(table))
    }
}
