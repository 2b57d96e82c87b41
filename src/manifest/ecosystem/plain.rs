//! Files that hold a version and little else: `VERSION`, `version.txt`, `CITATION.cff`, Go's `version.go`.

use std::ops::Range;

use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, Part, What};
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, Placed, Token, given, tokens};

/// Looks at the small files of a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    for name in ["VERSION", "VERSION.txt", "version.txt", "version", ".version"] {
        if let Some((path, text)) = scan.text(&under(dir, name))
            && let Some(span) = whole(text)
        {
            scan.place(&path, text, "the whole file", span, Kind::own(Ecosystem::Other, dir, None));
        }
    }
    citation(scan, dir);
    go(scan, dir);
}

/// Returns the bytes of the version a file holds, when its first line that is not empty is one.
pub(super) fn whole(text: &str) -> Option<Range<usize>> {
    let body = text.trim_start_matches('\u{feff}');
    let start = text.len() - body.trim_start().len();
    let line = text[start..].lines().next()?.trim_end();
    let rest = text[start + line.len()..].trim();
    (spelling::is_version(line) && rest.lines().count() <= 3).then(|| start..start + line.len())
}

fn citation(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text, node)) = scan.document(&under(dir, "CITATION.cff")) else { return };
    let kind = Kind::own(Ecosystem::Other, dir, None);
    for scalar in node.all(&["version"]) {
        scan.scalar(&path, text, "version", scalar, kind.clone().being(What::Echo));
    }
    for scalar in node.all(&["date-released"]) {
        scan.scalar(&path, text, "date-released", scalar, kind.clone().being(What::Date).spelled(Part::None));
    }
}

fn go(scan: &mut Scan<'_>, dir: &str) {
    if scan.text(&under(dir, "go.mod")).is_none() {
        return;
    }
    scan.tag_is_stated_nowhere(dir, &under(dir, "go.mod"), "a Go module");
    for file in ["version.go", "version/version.go", "internal/version/version.go", "pkg/version/version.go"] {
        let Some((path, text)) = scan.text(&under(dir, file)) else { continue };
        let read = tokens(text, Comments::Slashes);
        let given = given(&read, &["Version", "version"], &['=']).filter(|given| spelling::is_version(given.text));
        let spans: Vec<_> = given.map(|given| given.value.span.clone()).chain(returned(&read)).collect();
        for span in spans {
            scan.place(&path, text, "Version", span, Kind::own(Ecosystem::Other, dir, None).being(What::Echo));
        }
    }
}

/// `func Version() string { return "1.2.3" }`
fn returned<'t>(tokens: &'t [Placed<'_>]) -> impl Iterator<Item = Range<usize>> + 't {
    tokens.windows(8).filter_map(|window| {
        let [func, name, open, close, kind, brace, back, value] = window else { return None };
        let named = matches!(name.token, Token::Word("Version" | "version"));
        let shaped = (func.token, open.token, close.token) == (Token::Word("func"), Token::Sign('('), Token::Sign(')'))
            && (kind.token, brace.token, back.token) == (Token::Word("string"), Token::Sign('{'), Token::Word("return"));
        match value.token {
            Token::Text(text) if named && shaped && spelling::is_version(text) => Some(value.span.clone()),
            Token::Text(_) | Token::Word(_) | Token::Sign(_) => None,
        }
    })
}
