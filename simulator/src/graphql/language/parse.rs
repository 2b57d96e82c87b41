//! What documents and the schema have in common: names, marks, types, values, lists between marks.

use super::literal::{Literal, Type};
use super::token::{Kind, Position, Token, tokens};

use crate::gather::Gather as _;

/// How deep selections, types and values may stand inside each other; real queries stay below 20.
const DEPTH: usize = 100;

/// A text being read, token by token.
pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
}

/// What was read, or GitHub's sentence for what stands in its place.
pub(super) type Parsed<T> = Result<T, String>;

impl Parser {
    /// Begins at the start of a text.
    pub(super) fn new(text: &str) -> Parsed<Self> {
        Ok(Self { tokens: tokens(text)?, at: 0, depth: 0 })
    }

    /// Returns the next token without taking it.
    pub(super) fn peek(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    /// Returns the place of the next token.
    pub(super) fn position(&self) -> Position {
        self.tokens[self.at].position
    }

    /// Whether the next token is this word.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Name(name) if name == word)
    }

    /// Takes the next token if it is this word.
    pub(super) fn takes_word(&mut self, word: &str) -> bool {
        let is = self.is_word(word);
        self.at += usize::from(is);
        is
    }

    /// Takes the next token if it is this mark.
    pub(super) fn takes(&mut self, mark: char) -> bool {
        let is = *self.peek() == Kind::Mark(mark);
        self.at += usize::from(is);
        is
    }

    /// Takes this mark, which has to be there.
    pub(super) fn mark(&mut self, mark: char) -> Parsed<()> {
        if self.takes(mark) { Ok(()) } else { Err(self.expected(&format!("\"{mark}\""))) }
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Parsed<String> {
        match self.peek().clone() {
            Kind::Name(name) => {
                self.at += 1;
                Ok(name)
            }
            _ => Err(self.expected("NAME")),
        }
    }

    /// Takes what stands between two marks, as often as it stands there; nothing where the first mark is missing.
    pub(super) fn between<T>(&mut self, open: char, close: char, mut item: impl FnMut(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = Vec::new();
        if !self.takes(open) {
            return Ok(items);
        }
        self.deeper()?;
        loop {
            items.push(item(self)?);
            if self.takes(close) {
                self.depth -= 1;
                return Ok(items);
            }
        }
    }

    /// Takes a type.
    pub(super) fn of(&mut self) -> Parsed<Type> {
        let inner = if self.takes('[') {
            self.deeper()?;
            let inner = self.of()?;
            self.mark(']')?;
            self.depth -= 1;
            Type::List(Box::new(inner))
        } else {
            Type::Named(self.name()?)
        };
        Ok(if self.takes('!') { Type::NonNull(Box::new(inner)) } else { inner })
    }

    /// Takes a value, which has no variable in it where it is `constant`.
    pub(super) fn value(&mut self, constant: bool) -> Parsed<Literal> {
        let value = match self.peek().clone() {
            Kind::Int(number) => Literal::Int(number),
            Kind::Float(number) => Literal::Float(number),
            Kind::Text(text) => Literal::Text(text),
            Kind::Name(name) => match name.as_str() {
                "true" => Literal::Boolean(true),
                "false" => Literal::Boolean(false),
                "null" => Literal::Null,
                _ => Literal::Enum(name),
            },
            Kind::Mark('$') if !constant => {
                self.at += 1;
                return Ok(Literal::Variable(self.name()?));
            }
            Kind::Mark('[') => {
                return Ok(Literal::List(if self.takes_empty('[', ']') {
                    Vec::new()
                } else {
                    self.between('[', ']', |parser| parser.value(constant))?
                }));
            }
            Kind::Mark('{') => {
                let fields =
                    if self.takes_empty('{', '}') { Vec::new() } else { self.between('{', '}', |parser| parser.argument(constant))? };
                return Ok(Literal::Object(fields.into_iter().gather()));
            }
            Kind::Mark(_) | Kind::End => return Err(self.expected("a value")),
        };
        self.at += 1;
        Ok(value)
    }

    /// Takes `name: value`.
    pub(super) fn argument(&mut self, constant: bool) -> Parsed<(String, Literal)> {
        let name = self.name()?;
        self.mark(':')?;
        Ok((name, self.value(constant)?))
    }

    /// Takes `= value`, where there is one.
    pub(super) fn default(&mut self) -> Parsed<Option<Literal>> {
        if self.takes('=') { self.value(true).map(Some) } else { Ok(None) }
    }

    /// Returns the sentence for a token that should not stand here.
    pub(super) fn expected(&self, wanted: &str) -> String {
        let Position { line, column } = self.position();
        format!("Expected {wanted}, actual: {} at [{line}, {column}]", self.peek().described())
    }

    fn takes_empty(&mut self, open: char, close: char) -> bool {
        let next = self.tokens.get(self.at + 1).map(|token| &token.kind);
        let is = *self.peek() == Kind::Mark(open) && next == Some(&Kind::Mark(close));
        self.at += 2 * usize::from(is);
        is
    }

    fn deeper(&mut self) -> Parsed<()> {
        self.depth += 1;
        if self.depth > DEPTH { Err("This query is too large to execute.".to_owned()) } else { Ok(()) }
    }
}
