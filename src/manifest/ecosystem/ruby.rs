//! Ruby: the gemspec, the `version.rb` it takes its version from, and `Gemfile.lock`'s own entries.

use std::collections::BTreeSet;

use crate::gather::Gather as _;
use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, What};
use crate::manifest::spelling;
use crate::manifest::tokens::{Comments, Token, given, tokens};

const RUBY: Ecosystem = Ecosystem::Ruby;

/// Looks at the gems in a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    let names: Vec<String> = scan.dir(dir).into_iter().filter_map(|(name, _)| name.strip_suffix(".gemspec").map(str::to_owned)).collect();
    for gem in names.iter().filter(|gem| !gem.is_empty()) {
        gemspec(scan, dir, gem);
    }
    let names: BTreeSet<String> = names.into_iter().gather();
    lock(scan, dir, &names);
}

fn gemspec(scan: &mut Scan<'_>, dir: &str, gem: &str) {
    let path = under(dir, &format!("{gem}.gemspec"));
    let Some((path, text)) = scan.text(&path) else { return };
    let mut own = None;
    let tokens = tokens(text, Comments::Hash);
    for given in given(&tokens, &["version", "s.version", "spec.version", "gem.version", "gemspec.version", "VERSION", "version"], &['=']) {
        if given.name.first && spelling::is_version(given.text) {
            scan.place(&path, text, given.word, given.value.span.clone(), Kind::own(RUBY, dir, Some(gem)));
            own.get_or_insert((path.clone(), given.value.span.start));
        }
    }
    let dashes = gem.replace('-', "/");
    let lower = gem.replace('-', "_");
    let mut candidates: BTreeSet<String> =
        [gem, &dashes, &lower].into_iter().flat_map(|name| [format!("lib/{name}/version.rb"), format!("lib/{name}/VERSION.rb")]).gather();
    // What the gemspec itself requires: `require_relative "lib/x/version"`.
    for given in given(&tokens, &["require_relative", "require", "load"], &['(']) {
        if given.text.ends_with("version") || given.text.ends_with("version.rb") {
            let file = given.text.trim_start_matches("./").trim_end_matches(".rb");
            candidates.insert(format!("{file}.rb"));
            candidates.insert(format!("lib/{file}.rb"));
        }
    }
    // What it reads as text: `s.version = File.read('lib/x.rb')[/RELEASE…/]`.
    let read = given(&tokens, &["File.read", "IO.read", "File.binread", "File.open"], &['(']);
    candidates.extend(read.filter(|given| given.text.ends_with(".rb")).map(|given| given.text.trim_start_matches("./").to_owned()));
    for candidate in candidates {
        let Some(candidate) = crate::manifest::files::join(dir, &candidate) else { continue };
        if let Some(found) = version_rb(scan, dir, &candidate, gem) {
            own.get_or_insert(found);
        }
    }
    if own.is_none() {
        scan.expect(&path, "the gem's version is no literal, and no `version.rb` of it states one");
    }
    scan.member(RUBY, gem, dir, own);
}

fn version_rb(scan: &mut Scan<'_>, dir: &str, path: &str, gem: &str) -> Option<(String, usize)> {
    let (path, text) = scan.text(path)?;
    let tokens = tokens(text, Comments::Hash);
    let mut own = None;
    // The constant is `VERSION` in most gems, `STRING` or `RELEASE` in some.
    let constants: Vec<&str> = tokens
        .iter()
        .filter_map(|token| match token.token {
            Token::Word(word) if token.first && word.starts_with(|c: char| c.is_ascii_uppercase()) => Some(word),
            Token::Word(_) | Token::Text(_) | Token::Sign(_) => None,
        })
        .take(64)
        .collect();
    for given in given(&tokens, &constants, &['=']) {
        let named = matches!(given.word, "VERSION" | "Version");
        // Other constants with two numbers are versions of something else, such as a protocol.
        if given.name.first && spelling::is_version(given.text) && (named || given.text.split('.').count() > 2) {
            scan.place(&path, text, given.word, given.value.span.clone(), Kind::own(RUBY, dir, Some(gem)));
            own.get_or_insert((path.clone(), given.value.span.start));
        }
    }
    own
}

/// `PATH` blocks hold our own gems; everything else in the lock is somebody else's.
fn lock(scan: &mut Scan<'_>, dir: &str, gems: &BTreeSet<String>) {
    if gems.is_empty() {
        return;
    }
    let Some((path, text)) = scan.text(&under(dir, "Gemfile.lock")) else { return };
    let mut section = "";
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let body = line.trim_end();
        if !body.starts_with(' ') {
            section = body;
        }
        let indent = body.len() - body.trim_start().len();
        let Some((name, rest)) = body.trim_start().split_once(" (") else { continue };
        if !gems.contains(name) || section == "DEPENDENCIES" {
            continue;
        }
        let (what, wanted) = match (section, indent) {
            ("PATH", 4) | ("CHECKSUMS", _) => (What::LockEntry, !body.contains("sha256=")),
            // `core (= 1.2.3)`, needed by another own gem.
            (_, 6) => (What::InternalPin, true),
            _ => continue,
        };
        let from = start + indent + name.len() + 2;
        if let Some(token) = spelling::tokens(rest.split(')').next().unwrap_or_default()).into_iter().next().filter(|_| wanted) {
            scan.place(&path, text, name, from + token.start..from + token.end, Kind::own(RUBY, dir, Some(name)).being(what));
        }
    }
}
