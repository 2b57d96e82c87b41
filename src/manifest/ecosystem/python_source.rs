//! Python source and INI files: assignments of a version, read as text and never run.

use std::ops::Range;

use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::Part;
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, Placed, Token, given, tokens};

use super::python::PYTHON;

/// The names modules give their version.
const NAMES: [&str; 4] = ["__version__", "version", "VERSION", "__VERSION__"];

/// What a `setup.py` says.
pub(super) struct Setup<'a> {
    /// Literal versions, by their bytes.
    pub(super) versions: Vec<Range<usize>>,
    /// The project's name.
    pub(super) name: Option<&'a str>,
    /// Whether a tool takes the version from the tag.
    pub(super) scm: bool,
    /// Whether a version is given that is no literal.
    pub(super) computes: bool,
}

/// Reads a `setup.py`.
pub(super) fn setup(text: &str) -> Setup<'_> {
    let tokens = tokens(text, Comments::Hash);
    let word = |wanted: &str| tokens.iter().any(|token| token.token == Token::Word(wanted));
    let keyword = |name: &'static str| -> Vec<(usize, &Placed<'_>)> {
        let at = |at: usize| tokens.get(at).map(|token| token.token);
        let named = tokens.iter().enumerate().filter(move |(i, token)| {
            token.token == Token::Word(name)
                && token.depth > 0
                && at(i + 1) == Some(Token::Sign('='))
                && at(i + 2) != Some(Token::Sign('='))
        });
        named.filter_map(|(i, _)| tokens.get(i + 2).map(|value| (i, value))).collect()
    };
    let mut versions = Vec::new();
    let mut computes = false;
    for (_, value) in keyword("version") {
        match value.token {
            Token::Text(_) => versions.push(value.span.clone()),
            Token::Word(variable) => match assigned(&tokens, &[variable]).first() {
                Some((_, value)) => versions.push(value.span.clone()),
                None => computes = true,
            },
            Token::Sign(_) => computes = true,
        }
    }
    let name = keyword("name").into_iter().find_map(|(_, value)| match value.token {
        Token::Text(name) => Some(name),
        Token::Word(_) | Token::Sign(_) => None,
    });
    let scm =
        ["use_scm_version", "versioneer", "versioneer.get_version", "pbr", "setuptools_scm", "get_version_from_scm"].into_iter().any(word);
    Setup { versions, name, scm, computes }
}

/// Returns module-level assignments of a string to one of `names`.
fn assigned<'t, 'a>(tokens: &'t [Placed<'a>], names: &'t [&str]) -> Vec<(&'a str, &'t Placed<'a>)> {
    given(tokens, names, &['=', ':'])
        .filter(|given| given.name.first && given.name.indent == 0 && given.name.depth == 0)
        .map(|given| (given.word, given.value))
        .collect()
}

/// Adds the versions a module assigns; returns whether there was one.
pub(super) fn module_file(scan: &mut Scan<'_>, unit: &str, path: &str, package: Option<&str>) -> bool {
    let Some((path, text)) = scan.text(path) else { return false };
    let tokens = tokens(text, Comments::Hash);
    let mut found = false;
    for (name, value) in assigned(&tokens, &NAMES) {
        if spelling::is_version(&text[value.span.clone()]) {
            scan.place(&path, text, name, value.span.clone(), Kind::own(PYTHON, unit, package));
            found = true;
        }
    }
    for (name, span) in tuples(&tokens, text) {
        scan.place(&path, text, name, span, Kind::own(PYTHON, unit, package).spelled(Part::Tuple));
        found = true;
    }
    found
}

/// Module-level `VERSION = (1, 2, 3)`.
fn tuples<'a>(tokens: &[Placed<'a>], text: &str) -> Vec<(&'a str, Range<usize>)> {
    let names = ["VERSION", "version_info", "__version_info__", "__version__", "version_tuple", "__version_tuple__"];
    let mut found = Vec::new();
    for (at, name) in tokens.iter().enumerate() {
        let Token::Word(word) = name.token else { continue };
        let opens = |offset: usize, sign| tokens.get(at + offset).is_some_and(|token| token.token == Token::Sign(sign));
        if !(names.contains(&word) && name.first && name.indent == 0 && name.depth == 0 && opens(1, '=') && opens(2, '(')) {
            continue;
        }
        let inner: Vec<&Placed<'_>> = tokens[at + 3..].iter().take(8).take_while(|token| token.token != Token::Sign(')')).collect();
        let numbers = |token: &&Placed<'_>| match token.token {
            Token::Word(word) => word.bytes().all(|byte| byte.is_ascii_digit()),
            Token::Sign(sign) => sign == ',',
            Token::Text(_) => false,
        };
        if let (5, Some(first), Some(last)) = (inner.len(), inner.first(), inner.last())
            && inner.iter().all(numbers)
            && text.get(first.span.start..last.span.end).is_some_and(|tuple| tuple.split(',').count() == 3)
        {
            found.push((word, first.span.start..last.span.end));
        }
    }
    found
}

/// Adds the version in the file a setting names: an assignment, or nothing but the version.
pub(super) fn dynamic_file(scan: &mut Scan<'_>, unit: &str, file: &str, package: Option<&str>, from: &str, setting: &str) {
    if file.ends_with(".py") {
        let read = scan.text(file).is_some();
        if read && !module_file(scan, unit, file, package) {
            scan.expect(from, format!("`{setting}` names `{file}`, which assigns no literal version"));
        }
        return;
    }
    let Some((path, text)) = scan.text(file) else { return };
    match super::plain::whole(text) {
        Some(span) => scan.place(&path, text, "the whole file", span, Kind::own(PYTHON, unit, package)),
        None if path.ends_with("package.json") => {}
        None => {
            if !module_file(scan, unit, file, package) {
                scan.expect(from, format!("`{setting}` names `{file}`, which holds no version"));
            }
        }
    }
}

/// Adds the version a module's attribute has: `entity_core.__version__`.
pub(super) fn dynamic_module(scan: &mut Scan<'_>, unit: &str, attribute: &str, package: Option<&str>, from: &str, setting: &str) {
    let module = attribute.rsplit_once('.').map_or(attribute, |(module, _)| module).replace('.', "/");
    if module.is_empty() || module.split('/').any(|part| part.is_empty() || part == "..") {
        return;
    }
    let name = attribute.rsplit('.').next().unwrap_or_default();
    let before = scan.waiting();
    let mut candidates = Vec::new();
    for parent in ["src", "", "lib", "python"] {
        let base = under(unit, parent);
        let base = under(base.trim_end_matches('/'), &module);
        candidates.extend([format!("{base}/__init__.py"), format!("{base}.py")]);
    }
    let mut found = false;
    for path in &candidates {
        if let Some((path, text)) = scan.text(path) {
            let tokens = tokens(text, Comments::Hash);
            for (name, value) in assigned(&tokens, &[name]) {
                scan.place(&path, text, name, value.span.clone(), Kind::own(PYTHON, unit, package));
                found = true;
            }
            found |= module_file(scan, unit, &path, package);
            // `from ._version import __version__`
            if !found {
                for beside in ["_version.py", "version.py", "__version__.py", "__about__.py"] {
                    found |= module_file(scan, unit, &under(crate::manifest::files::split(&path).0, beside), package);
                }
            }
        }
    }
    if !found && !before && !scan.waiting() {
        scan.expect(from, format!("`{setting}` names `{attribute}`, and no file of it assigns a literal version"));
    }
}

/// An INI file: sections and values by their bytes.
pub(super) struct Ini {
    values: Vec<(String, String, Range<usize>)>,
    sections: Vec<String>,
}

impl Ini {
    /// Reads an INI file; lines that are neither are passed over.
    pub(super) fn read(text: &str) -> Self {
        let mut ini = Self { values: Vec::new(), sections: Vec::new() };
        let mut section = String::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let body = line.trim_end();
            if let Some(name) = body.trim_start_matches('\u{feff}').strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                section = name.trim().to_owned();
                ini.sections.push(section.clone());
                continue;
            }
            if body.starts_with(['#', ';', ' ', '\t']) {
                continue;
            }
            let Some(sign) = body.find(['=', ':']) else { continue };
            let value = &body[sign + 1..];
            let from = start + sign + 1 + (value.len() - value.trim_start().len());
            ini.values.push((section.clone(), body[..sign].trim().to_lowercase(), from..from + value.trim().len()));
        }
        ini
    }

    /// Returns the bytes of a value.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<Range<usize>> {
        self.values.iter().rev().find(|(in_section, name, _)| in_section == section && name == key).map(|(_, _, span)| span.clone())
    }

    /// Tells whether there is such a section.
    pub(super) fn has(&self, section: &str) -> bool {
        self.sections.iter().any(|name| name == section)
    }

    /// Returns the names of the sections.
    pub(super) fn sections(&self) -> &[String] {
        &self.sections
    }
}
