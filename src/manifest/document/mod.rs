//! One shape for every structured format: maps, lists and scalars, where a scalar knows the bytes it stands on.

mod json;
mod toml;
mod xml;
mod yaml;

use std::ops::Range;

pub(crate) use xml::is_bounded as is_bounded_xml;

/// How deep a document may nest.
const DEEPEST: usize = 128;

/// The grammar of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Format {
    /// TOML.
    Toml,
    /// JSON, with comments where a tool allows them.
    Json,
    /// YAML.
    Yaml,
    /// XML.
    Xml,
    /// Anything that has no structure we read.
    Text,
}

/// A document's value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    /// Keys and values in order; a key may come twice.
    Map(Vec<(String, Self)>),
    /// Values in order.
    List(Vec<Self>),
    /// A value.
    Scalar(Scalar),
}

/// A value and the bytes it stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scalar {
    /// The value as the format reads it.
    pub(crate) text: String,
    /// Its bytes, without quotes.
    pub(crate) span: Range<usize>,
    /// Whether the bytes are the value: no escapes, no folding.
    pub(crate) plain: bool,
}

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// The byte where reading stopped.
    pub(crate) at: usize,
    /// What was expected.
    pub(crate) message: String,
}

impl Format {
    /// Returns the grammar of a path, by its name.
    pub(crate) fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        match name.as_str() {
            "cargo.lock" | "uv.lock" | "poetry.lock" | "pdm.lock" | "pipfile" => return Self::Toml,
            "composer.lock" | "bun.lock" | ".releaserc" => return Self::Json,
            _ => {}
        }
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "toml" => Self::Toml,
            "json" | "jsonc" | "json5" => Self::Json,
            "yml" | "yaml" | "cff" => Self::Yaml,
            "xml" | "csproj" | "fsproj" | "vbproj" | "props" | "targets" | "nuspec" => Self::Xml,
            _ => Self::Text,
        }
    }

    /// Reads a document of this grammar; text has none.
    pub(crate) fn parse(self, text: &str) -> Result<Node, Unreadable> {
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let body = &text[bom..];
        let mut node = match self {
            Self::Toml => toml::parse(body),
            Self::Json => json::parse(body),
            Self::Yaml => yaml::parse(body),
            Self::Xml => xml::parse(body),
            Self::Text => Ok(Node::Map(Vec::new())),
        }
        .map_err(|error| Unreadable { at: error.at + bom, ..error })?;
        node.settle(text, bom);
        Ok(node)
    }
}

impl Node {
    /// Returns the last value under a key, as parsers that keep the last of two do.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(entries) => entries.iter().rev().find(|(name, _)| name == key).map(|(_, node)| node),
            Self::List(_) | Self::Scalar(_) => None,
        }
    }

    /// Returns the value at a path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// Returns every scalar at a path of keys, where a key that comes twice or a list counts each time.
    pub(crate) fn all<'a>(&'a self, path: &[&str]) -> Vec<&'a Scalar> {
        let mut nodes = vec![self];
        for key in path {
            nodes = nodes.into_iter().flat_map(|node| node.children(key)).collect();
        }
        nodes.into_iter().filter_map(Self::scalar).collect()
    }

    /// Returns every value under a key or an index; `*` stands for all.
    pub(crate) fn children(&self, key: &str) -> Vec<&Self> {
        match self {
            Self::Map(entries) => entries.iter().filter(|(name, _)| key == "*" || name == key).map(|(_, node)| node).collect(),
            Self::List(items) if key == "*" => items.iter().collect(),
            Self::List(items) => match key.parse::<usize>() {
                Ok(index) => items.get(index).into_iter().collect(),
                Err(_) => items.iter().flat_map(|item| item.get(key)).collect(),
            },
            Self::Scalar(_) => Vec::new(),
        }
    }

    /// Returns the entries of a map; none for anything else.
    pub(crate) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Map(entries) => entries,
            Self::List(_) | Self::Scalar(_) => &[],
        }
    }

    /// Returns the items of a list; none for anything else.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            Self::Map(_) | Self::Scalar(_) => &[],
        }
    }

    /// Returns the scalar, or the text of an XML element that holds nothing else.
    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match self {
            Self::Scalar(scalar) => Some(scalar),
            Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns the text of the scalar at a path of keys.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path).and_then(Self::scalar).map(|scalar| scalar.text.as_str())
    }

    /// Returns the texts of a list of scalars, or of one scalar.
    pub(crate) fn texts(&self) -> Vec<&str> {
        match self {
            Self::Scalar(scalar) => vec![scalar.text.as_str()],
            Self::List(items) => items.iter().filter_map(Self::scalar).map(|scalar| scalar.text.as_str()).collect(),
            Self::Map(_) => Vec::new(),
        }
    }

    /// Calls `see` with every scalar in order.
    pub(crate) fn scalars<'a>(&'a self, see: &mut impl FnMut(&'a Scalar)) {
        match self {
            Self::Scalar(scalar) => see(scalar),
            Self::List(items) => items.iter().for_each(|item| item.scalars(see)),
            Self::Map(entries) => entries.iter().for_each(|(_, node)| node.scalars(see)),
        }
    }

    /// Tells whether two documents have the same keys and lengths, whatever their scalars say.
    pub(crate) fn same_shape(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Scalar(_), Self::Scalar(_)) => true,
            (Self::List(a), Self::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same_shape(b)),
            (Self::Map(a), Self::Map(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.0 == b.0 && a.1.same_shape(&b.1)),
            (Self::Scalar(_) | Self::List(_) | Self::Map(_), _) => false,
        }
    }

    /// Moves spans behind the byte order mark and marks the scalars whose bytes are their value.
    fn settle(&mut self, text: &str, shift: usize) {
        match self {
            Self::Scalar(scalar) => {
                scalar.span = scalar.span.start + shift..scalar.span.end + shift;
                scalar.plain = text.get(scalar.span.clone()) == Some(scalar.text.as_str());
            }
            Self::List(items) => items.iter_mut().for_each(|item| item.settle(text, shift)),
            Self::Map(entries) => entries.iter_mut().for_each(|(_, node)| node.settle(text, shift)),
        }
    }
}

impl Scalar {
    fn node(text: impl Into<String>, span: Range<usize>) -> Node {
        Node::Scalar(Self { text: text.into(), span, plain: false })
    }
}

impl Unreadable {
    fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }

    fn too_deep(at: usize) -> Self {
        Self::new(at, format!("nested deeper than {DEEPEST} levels"))
    }
}
