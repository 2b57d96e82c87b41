//! The schema's text: types with their fields.

use std::collections::BTreeMap;

use super::literal::{Literal, Type};
use super::parse::{Parsed, Parser};
use super::token::Kind;

/// One type of the schema.
#[derive(Debug)]
pub(in super::super) enum TypeDefinition {
    Scalar,
    Object { interfaces: Vec<String>, fields: Vec<FieldDefinition> },
    Interface(Vec<FieldDefinition>),
    Union(Vec<String>),
    Enum(Vec<String>),
    Input(Vec<InputValue>),
}

/// A field of an object or interface.
#[derive(Debug)]
pub(in super::super) struct FieldDefinition {
    pub(in super::super) name: String,
    pub(in super::super) arguments: Vec<InputValue>,
    pub(in super::super) of: Type,
}

/// An argument, or a field of an input type.
#[derive(Debug)]
pub(in super::super) struct InputValue {
    pub(in super::super) name: String,
    pub(in super::super) of: Type,
    pub(in super::super) default: Option<Literal>,
}

/// Reads a schema's text: types by name. It knows what `schema.graphql` uses, so neither descriptions nor directives.
pub(in super::super) fn read_schema(text: &str) -> Result<BTreeMap<String, TypeDefinition>, String> {
    let mut parser = Parser::new(text)?;
    let mut types = BTreeMap::new();
    while *parser.peek() != Kind::End {
        let wanted = parser.expected("one of SCALAR, TYPE, INTERFACE, UNION, ENUM, INPUT");
        let word = parser.name()?;
        let name = parser.name()?;
        let definition = match word.as_str() {
            "scalar" => TypeDefinition::Scalar,
            "type" => {
                let interfaces = if parser.takes_word("implements") { names(&mut parser, '&')? } else { Vec::new() };
                TypeDefinition::Object { interfaces, fields: parser.between('{', '}', field)? }
            }
            "interface" => TypeDefinition::Interface(parser.between('{', '}', field)?),
            "union" => {
                parser.mark('=')?;
                TypeDefinition::Union(names(&mut parser, '|')?)
            }
            "enum" => TypeDefinition::Enum(parser.between('{', '}', Parser::name)?),
            "input" => TypeDefinition::Input(parser.between('{', '}', input)?),
            _ => return Err(wanted),
        };
        types.insert(name, definition);
    }
    Ok(types)
}

fn field(parser: &mut Parser) -> Parsed<FieldDefinition> {
    let name = parser.name()?;
    let arguments = parser.between('(', ')', input)?;
    parser.mark(':')?;
    Ok(FieldDefinition { name, arguments, of: parser.of()? })
}

fn input(parser: &mut Parser) -> Parsed<InputValue> {
    let name = parser.name()?;
    parser.mark(':')?;
    Ok(InputValue { name, of: parser.of()?, default: parser.default()? })
}

fn names(parser: &mut Parser, mark: char) -> Parsed<Vec<String>> {
    let mut names = vec![parser.name()?];
    while parser.takes(mark) {
        names.push(parser.name()?);
    }
    Ok(names)
}
