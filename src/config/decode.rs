//! Tree → raw types: kinds of values, keys that are known, names out of a closed set. Knows no single key of the policy.

use std::fmt;

use super::node::{Key, Kind, Node};
use super::problem::{Findings, Span, choice, is_invisible, nearest, shown};

/// The most entries of any list or table.
pub(super) const MOST_ENTRIES: usize = 100;
/// The most characters of one text.
const LONGEST_TEXT: usize = 500;

/// A value that remembers where it stood.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Span,
}

/// Where in the policy a value is, for messages: `packages[0].name`.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    Top,
    Key(&'p Self, &'p str),
    Item(&'p Self, usize),
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Top => Ok(()),
            Place::Key(Place::Top, key) => write!(f, "{key}"),
            Place::Key(parent, key) => write!(f, "{parent}.{key}"),
            Place::Item(parent, at) => write!(f, "{parent}[{at}]"),
        }
    }
}

impl Place<'_> {
    fn name(&self) -> String {
        match self {
            Place::Top => "the policy".into(),
            Place::Key(..) | Place::Item(..) => shown(&self.to_string()),
        }
    }
}

/// A type that can be read from a tree. `None` means that a problem was recorded.
pub(super) trait Decode: Sized {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self>;
}

/// A field of a table: required as `T`, optional as `Option<T>`. `None` means that a problem was recorded.
pub(super) trait Field: Sized {
    fn take(table: &Table<'_>, key: &str, findings: &mut Findings) -> Option<Self>;
}

impl<T: Decode> Field for T {
    fn take(table: &Table<'_>, key: &str, findings: &mut Findings) -> Option<Self> {
        let Some(node) = table.get(key) else {
            findings.problem(table.at, format!("{} has no `{key}`", table.place.name()));
            return None;
        };
        T::decode(node, &Place::Key(table.place, key), findings)
    }
}

impl<T: Decode> Field for Option<T> {
    fn take(table: &Table<'_>, key: &str, findings: &mut Findings) -> Option<Self> {
        Some(table.get(key).and_then(|node| T::decode(node, &Place::Key(table.place, key), findings)))
    }
}

/// A table whose keys are all known.
pub(super) struct Table<'n> {
    at: Span,
    place: &'n Place<'n>,
    entries: &'n [(Key, Node)],
}

impl<'n> Table<'n> {
    /// Returns the table after recording every key that is not in `known`.
    pub(super) fn open(node: &'n Node, place: &'n Place<'n>, known: &[String], findings: &mut Findings) -> Option<Self> {
        let Kind::Table(entries) = &node.kind else {
            wrong(node, place, "a table", findings);
            return None;
        };
        for (key, _) in entries.iter().filter(|(key, _)| !known.contains(&key.text)) {
            let within = match place {
                Place::Top => String::new(),
                Place::Key(..) | Place::Item(..) => format!(" in {}", place.name()),
            };
            let hint = match nearest(&key.text, known.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys here are {}", super::problem::list(&quoted(known.iter().map(String::as_str)))),
            };
            findings.hinted(key.at, format!("unknown key {}{within}", shown(&key.text)), hint);
        }
        Some(Self { at: node.at, place, entries })
    }

    fn get(&self, key: &str) -> Option<&'n Node> {
        self.entries.iter().find(|(name, _)| name.text == key).map(|(_, node)| node)
    }
}

/// Records that a value is of the wrong kind.
pub(super) fn wrong(node: &Node, place: &Place<'_>, wants: &str, findings: &mut Findings) {
    let found = match &node.kind {
        Kind::Nothing => {
            let hint = match place {
                Place::Top => "write at least `roles`",
                Place::Key(..) | Place::Item(..) => "give it one, or remove it; what belongs to it must be indented below it",
            };
            findings.hinted(node.at, format!("{} has no value, it wants {wants}", place.name()), hint);
            return;
        }
        Kind::Bool(value) => format!("`{value}`"),
        Kind::Whole(number) => format!("the number `{number}`"),
        Kind::Number(number) => format!("the number {}", shown(number)),
        Kind::Text(text) => format!("the text {}", shown(text)),
        Kind::List(_) => "a list".into(),
        Kind::Table(_) => "a table".into(),
    };
    let message = format!("{} wants {wants}, found {found}", place.name());
    match (&node.kind, wants) {
        (Kind::Bool(_) | Kind::Whole(_) | Kind::Number(_), "text") => findings.hinted(node.at, message, "put it in quotes"),
        (Kind::Text(text), "`true` or `false`") => match text.to_lowercase().as_str() {
            "yes" | "on" | "y" | "true" => findings.hinted(node.at, message, "write `true`"),
            "no" | "off" | "n" | "false" => findings.hinted(node.at, message, "write `false`"),
            _ => findings.problem(node.at, message),
        },
        (Kind::Text(text), "a list") => findings.hinted(node.at, message, format!("write {}", shown(&format!("[{text}]")))),
        (Kind::Text(text), "a whole number") if text.parse::<u32>().is_ok() => findings.hinted(node.at, message, "write it without quotes"),
        _ => findings.problem(node.at, message),
    }
}

impl<T: Decode> Decode for At<T> {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        T::decode(node, place, findings).map(|value| Self { value, at: node.at })
    }
}

impl Decode for String {
    /// One line of text that is not empty.
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            wrong(node, place, "text", findings);
            return None;
        };
        let text = text.trim();
        let name = place.name();
        if text.is_empty() {
            findings.problem(node.at, format!("{name} is empty"));
        } else if text.chars().count() > LONGEST_TEXT {
            findings.problem(node.at, format!("{name} is longer than {LONGEST_TEXT} characters"));
        } else if text.contains('\n') {
            findings.hinted(node.at, format!("{name} has more than one line"), "write one line, or `>-` in place of `|`");
        } else if let Some(c) = text.chars().find(|c| c.is_control() || is_invisible(*c)) {
            findings.problem(node.at, format!("{name} contains the character U+{:04X}, which cannot be seen", u32::from(c)));
        } else {
            return Some(text.to_owned());
        }
        None
    }
}

impl Decode for bool {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        match node.kind {
            Kind::Bool(value) => Some(value),
            _ => {
                wrong(node, place, "`true` or `false`", findings);
                None
            }
        }
    }
}

impl Decode for u32 {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        match node.kind {
            Kind::Whole(number) if Self::try_from(number).is_ok() => Self::try_from(number).ok(),
            _ => {
                wrong(node, place, "a whole number", findings);
                None
            }
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    /// Every item that can be read; the others are recorded.
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        Items::decode(node, place, findings).map(|Items(items)| items.into_iter().flatten().collect())
    }
}

fn bounded<'n, T>(entries: &'n [T], node: &Node, place: &Place<'_>, findings: &mut Findings) -> &'n [T] {
    if entries.len() > MOST_ENTRIES {
        findings.problem(node.at, format!("{} has {} entries, at most {MOST_ENTRIES} are allowed", place.name(), entries.len()));
    }
    entries.get(..MOST_ENTRIES).unwrap_or(entries)
}

/// A list in which an item that could not be read keeps its place.
#[derive(Debug)]
pub(super) struct Items<T>(pub(super) Vec<Option<T>>);

impl<T: Decode> Decode for Items<T> {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        let Kind::List(nodes) = &node.kind else {
            wrong(node, place, "a list", findings);
            return None;
        };
        let nodes = bounded(nodes, node, place, findings);
        Some(Self(nodes.iter().enumerate().map(|(at, node)| T::decode(node, &Place::Item(place, at), findings)).collect()))
    }
}

/// A table from ids of the user's to values. An entry that could not be read keeps its id, so that nothing else is said to miss it.
#[derive(Debug)]
pub(super) struct Entries<T>(pub(super) Vec<(At<String>, Option<T>)>);

impl<T: Decode> Decode for Entries<T> {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        let Kind::Table(entries) = &node.kind else {
            wrong(node, place, "a table", findings);
            return None;
        };
        let mut read = Vec::new();
        for (key, value) in bounded(entries, node, place, findings) {
            if is_id(&key.text) {
                let value = T::decode(value, &Place::Key(place, &key.text), findings);
                read.push((At { value: key.text.clone(), at: key.at }, value));
            } else {
                let message = format!("{} is not a name that {} can have", shown(&key.text), place.name());
                findings.hinted(key.at, message, as_id(&key.text));
            }
        }
        Some(Self(read))
    }
}

/// Tells whether text is an id: at most 64 lower-case letters, digits and inner hyphens.
fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && !text.is_empty() && text.len() <= 64 && !text.starts_with('-') && !text.ends_with('-')
}

fn as_id(text: &str) -> String {
    let words: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let id = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    match is_id(&id) && text.is_ascii() {
        true => format!("write `{id}`: lower-case letters, digits and hyphens"),
        false => "a name is at most 64 lower-case letters, digits and hyphens".into(),
    }
}

/// A value, or `false` to take the standard one away.
#[derive(Debug)]
pub(super) enum Toggle<T> {
    Off,
    On(T),
}

impl<T: Decode> Decode for Toggle<T> {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        match node.kind {
            Kind::Bool(false) => Some(Self::Off),
            Kind::Bool(true) => {
                findings.hinted(
                    node.at,
                    format!("{} cannot be `true`", place.name()),
                    "write `false` to take it away, or remove this line to keep it",
                );
                None
            }
            _ => T::decode(node, place, findings).map(Self::On),
        }
    }
}

/// One text, or a list of them.
#[derive(Debug)]
pub(super) struct OneOrMore(pub(super) Vec<At<String>>);

impl Decode for OneOrMore {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        match node.kind {
            Kind::List(_) => Vec::decode(node, place, findings).map(Self),
            _ => At::decode(node, place, findings).map(|one| Self(vec![one])),
        }
    }
}

/// A closed set of names.
pub(super) trait Choice: Copy + 'static {
    /// Name and meaning, in the order in which people are told.
    const ALL: &'static [(&'static str, Self)];
    /// Words that people write instead of a name, with the name they mean.
    const MEANT: &'static [(&'static str, &'static str)];
}

impl<T: Choice> Decode for T {
    fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
        let Kind::Text(text) = &node.kind else {
            wrong(node, place, "text", findings);
            return None;
        };
        if let Some((_, value)) = T::ALL.iter().find(|(name, _)| name == text) {
            return Some(*value);
        }
        let names = quoted(T::ALL.iter().map(|(name, _)| *name));
        let message = format!("{} cannot be {}: it is {}", place.name(), shown(text), choice(&names));
        let lower = text.to_lowercase();
        let meant = T::MEANT.iter().find(|(word, _)| *word == lower).map(|(_, name)| *name);
        match meant.or_else(|| nearest(text, T::ALL.iter().map(|(name, _)| *name))) {
            Some(near) => findings.hinted(node.at, message, format!("did you mean `{near}`?")),
            None => findings.problem(node.at, message),
        }
        None
    }
}

/// Returns each word in backticks.
pub(super) fn quoted<'w>(words: impl Iterator<Item = &'w str>) -> Vec<String> {
    words.map(|word| format!("`{word}`")).collect()
}

/// Declares a table of the file: its keys are the fields' names in kebab-case, its schema is made of the same fields.
macro_rules! table {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[cfg_attr(test, schemars(rename_all = "kebab-case", deny_unknown_fields))]
        pub(super) struct $name {
            $($(#[$field_meta])* pub(super) $field: $kind,)*
        }

        impl Decode for $name {
            fn decode(node: &Node, place: &Place<'_>, findings: &mut Findings) -> Option<Self> {
                let keys = [$(stringify!($field).replace('_', "-")),*];
                let table = Table::open(node, place, &keys, findings)?;
                $(let $field = Field::take(&table, &stringify!($field).replace('_', "-"), findings);)*
                Some(Self { $($field: $field?),* })
            }
        }
    };
}

/// Declares the names of a closed set.
macro_rules! choices {
    ($kind:ty { $($name:literal => $value:expr,)* } $(meant { $($word:literal => $meant:literal,)* })?) => {
        impl Choice for $kind {
            const ALL: &'static [(&'static str, Self)] = &[$(($name, $value)),*];
            const MEANT: &'static [(&'static str, &'static str)] = &[$($(($word, $meant)),*)?];
        }

        #[cfg(test)]
        impl schemars::JsonSchema for $kind {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($kind).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "enum": [$($name),*] })
            }
        }
    };
}

pub(super) use {choices, table};
