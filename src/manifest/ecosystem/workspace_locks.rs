//! The lock files of pnpm and Yarn, as far as they repeat what the members of a workspace require of each other: with other
//! ranges than the manifests', `--frozen-lockfile` and `--immutable` refuse to install.

use std::collections::BTreeSet;

use crate::manifest::document::Node;
use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::What;
use crate::manifest::spelling;

use super::npm::{NPM, RANGES, is_range};

/// Looks at both, where a member requires a numbered version of another.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    if scan.has_pins(NPM) {
        pnpm(scan, dir, names);
        yarn(scan, dir, names);
    }
}

fn pnpm(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    let Some((path, text, node)) = scan.document(&under(dir, "pnpm-lock.yaml")) else { return };
    for (member, importer) in node.get("importers").map(Node::entries).unwrap_or_default() {
        // Before its sixth format the ranges stood in a table of their own.
        for table in RANGES.into_iter().chain(["specifiers"]) {
            for (name, entry) in importer.get(table).map(Node::entries).unwrap_or_default() {
                let range = entry.scalar().or_else(|| entry.get("specifier").and_then(Node::scalar));
                let Some(range) = range.filter(|range| names.contains(name) && is_range(&range.text)) else { continue };
                let kind = Kind::own(NPM, dir, Some(name)).being(What::InternalPin);
                scan.pin(&path, text, &format!("importers[\"{member}\"].{table}.{name}"), range, kind);
            }
        }
    }
}

/// Yarn's since version 2; before, it named no member.
fn yarn(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    let Some((path, text)) = scan.text(&under(dir, "yarn.lock")) else { return };
    let (mut at, mut of_a_member) = (0, false);
    for line in text.split_inclusive('\n') {
        let from = at;
        at += line.len();
        let line = line.trim_end();
        let found: Vec<(usize, &str, &str)> = if line.ends_with(':') && !line.starts_with([' ', '#']) {
            of_a_member = line.contains("@workspace:");
            descriptors(line)
        } else {
            required(line).into_iter().collect()
        };
        for (start, name, range) in found.into_iter().filter(|(_, name, range)| of_a_member && names.contains(*name) && is_of_ours(range)) {
            for token in spelling::tokens(range) {
                let kind = Kind::own(NPM, dir, Some(name)).being(What::InternalPin);
                scan.place(&path, text, name, from + start + token.start..from + start + token.end, kind);
            }
        }
    }
}

/// `"@acme/core@npm:^1.2.3, @acme/core@workspace:packages/core":`
fn descriptors(line: &str) -> Vec<(usize, &str, &str)> {
    let (mut at, mut found) = (0, Vec::new());
    for piece in line.split(['"', ',', ' ']) {
        // A name may begin with `@`.
        if let Some((name, range)) = piece.get(1..).and_then(|rest| rest.find('@')).map(|end| (&piece[..=end], &piece[end + 2..])) {
            found.push((at + name.len() + 1, name, range));
        }
        at += piece.len() + 1;
    }
    found
}

/// `    "@acme/core": "npm:^1.2.3"`, in a member's entry.
fn required(line: &str) -> Option<(usize, &str, &str)> {
    let (name, range) = line.strip_prefix("    ").and_then(|entry| entry.split_once(": "))?;
    Some((line.len() - range.len(), name.trim().trim_matches('"'), range))
}

fn is_of_ours(range: &str) -> bool {
    let range = range.trim_matches('"');
    let range = range.strip_prefix("npm:").unwrap_or(range);
    is_range(range) && !range.contains('@')
}
