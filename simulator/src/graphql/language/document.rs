//! A query's text: operations and fragments.

use std::collections::BTreeMap;

use super::literal::{Literal, Type};
use super::parse::{Parsed, Parser};
use super::token::{Kind, Position};

/// All that one query's text holds.
#[derive(Debug, Default)]
pub(in super::super) struct Document {
    /// The operations, in order.
    pub(in super::super) operations: Vec<Operation>,
    /// The fragments by name.
    pub(in super::super) fragments: BTreeMap<String, Fragment>,
}

/// One operation.
#[derive(Debug)]
pub(in super::super) struct Operation {
    /// `query` or `mutation`.
    pub(in super::super) word: &'static str,
    /// The schema's type it selects from.
    pub(in super::super) root: &'static str,
    pub(in super::super) name: Option<String>,
    pub(in super::super) variables: Vec<VariableDefinition>,
    pub(in super::super) selections: Vec<Selection>,
}

/// A variable an operation takes.
#[derive(Debug)]
pub(in super::super) struct VariableDefinition {
    pub(in super::super) position: Position,
    pub(in super::super) name: String,
    pub(in super::super) of: Type,
    pub(in super::super) default: Option<Literal>,
}

/// A named part of a query.
#[derive(Debug)]
pub(in super::super) struct Fragment {
    pub(in super::super) position: Position,
    pub(in super::super) name: String,
    /// The type it applies to.
    pub(in super::super) condition: String,
    pub(in super::super) selections: Vec<Selection>,
}

/// One thing selected.
#[derive(Debug)]
pub(in super::super) enum Selection {
    Field(Field),
    /// `...Name`
    Spread {
        position: Position,
        name: String,
        directives: Vec<Directive>,
    },
    /// `... on Type { … }`, or without a type.
    Inline {
        position: Position,
        condition: Option<String>,
        directives: Vec<Directive>,
        selections: Vec<Self>,
    },
}

/// A field selected.
#[derive(Debug)]
pub(in super::super) struct Field {
    pub(in super::super) position: Position,
    pub(in super::super) alias: Option<String>,
    pub(in super::super) name: String,
    pub(in super::super) arguments: Vec<(String, Literal)>,
    pub(in super::super) directives: Vec<Directive>,
    pub(in super::super) selections: Vec<Selection>,
}

/// `@include(if: $yes)`
#[derive(Debug)]
pub(in super::super) struct Directive {
    pub(in super::super) position: Position,
    pub(in super::super) name: String,
    pub(in super::super) arguments: Vec<(String, Literal)>,
}

/// Reads a query's text; the error is GitHub's sentence for it.
pub(in super::super) fn read(text: &str) -> Result<Document, String> {
    let mut parser = Parser::new(text)?;
    let mut document = Document::default();
    loop {
        let position = parser.position();
        let (word, root) = match parser.peek().clone() {
            Kind::End if !document.operations.is_empty() || !document.fragments.is_empty() => return Ok(document),
            Kind::Mark('{') => {
                let selections = selections(&mut parser)?;
                document.operations.push(Operation { word: "query", root: "Query", name: None, variables: Vec::new(), selections });
                continue;
            }
            Kind::Name(word) => match word.as_str() {
                "query" => ("query", "Query"),
                "mutation" => ("mutation", "Mutation"),
                "subscription" => return Err("Schema is not configured for subscriptions".to_owned()),
                "fragment" => {
                    parser.name()?;
                    let fragment = fragment(&mut parser, position)?;
                    document.fragments.insert(fragment.name.clone(), fragment);
                    continue;
                }
                _ => return Err(parser.expected("one of QUERY, MUTATION, FRAGMENT")),
            },
            _ => return Err(parser.expected("one of QUERY, MUTATION, FRAGMENT")),
        };
        parser.name()?;
        let name = if matches!(parser.peek(), Kind::Name(_)) { Some(parser.name()?) } else { None };
        let variables = parser.between('(', ')', variable)?;
        directives(&mut parser)?;
        let selections = selections(&mut parser)?;
        document.operations.push(Operation { word, root, name, variables, selections });
    }
}

fn fragment(parser: &mut Parser, position: Position) -> Parsed<Fragment> {
    if parser.is_word("on") {
        return Err(parser.expected("a fragment's NAME"));
    }
    let name = parser.name()?;
    if !parser.takes_word("on") {
        return Err(parser.expected("ON"));
    }
    let condition = parser.name()?;
    directives(parser)?;
    Ok(Fragment { position, name, condition, selections: selections(parser)? })
}

fn variable(parser: &mut Parser) -> Parsed<VariableDefinition> {
    let position = parser.position();
    parser.mark('$')?;
    let name = parser.name()?;
    parser.mark(':')?;
    let (of, default) = (parser.of()?, parser.default()?);
    directives(parser)?;
    Ok(VariableDefinition { position, name, of, default })
}

fn selections(parser: &mut Parser) -> Parsed<Vec<Selection>> {
    if *parser.peek() != Kind::Mark('{') {
        return Err(parser.expected("\"{\""));
    }
    parser.between('{', '}', selection)
}

fn selection(parser: &mut Parser) -> Parsed<Selection> {
    let position = parser.position();
    if !parser.takes('…') {
        return field(parser, position).map(Selection::Field);
    }
    if matches!(parser.peek(), Kind::Name(_)) && !parser.is_word("on") {
        return Ok(Selection::Spread { position, name: parser.name()?, directives: directives(parser)? });
    }
    let condition = if parser.takes_word("on") { Some(parser.name()?) } else { None };
    Ok(Selection::Inline { position, condition, directives: directives(parser)?, selections: selections(parser)? })
}

fn field(parser: &mut Parser, position: Position) -> Parsed<Field> {
    let first = parser.name()?;
    let (alias, name) = if parser.takes(':') { (Some(first), parser.name()?) } else { (None, first) };
    let arguments = parser.between('(', ')', |parser| parser.argument(false))?;
    let directives = directives(parser)?;
    let selections = if *parser.peek() == Kind::Mark('{') { selections(parser)? } else { Vec::new() };
    Ok(Field { position, alias, name, arguments, directives, selections })
}

fn directives(parser: &mut Parser) -> Parsed<Vec<Directive>> {
    let mut directives = Vec::new();
    loop {
        let position = parser.position();
        if !parser.takes('@') {
            return Ok(directives);
        }
        let name = parser.name()?;
        directives.push(Directive { position, name, arguments: parser.between('(', ')', |parser| parser.argument(false))? });
    }
}
