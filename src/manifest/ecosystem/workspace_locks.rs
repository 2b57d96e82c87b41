//! The lock files of pnpm and Yarn, as far as they repeat what the members of a workspace require of each other: with other
//! ranges than the manifests', `--frozen-lockfile` and `--immutable` refuse to install.

use std::collections::BTreeSet;

use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::What;
use crate::manifest::spelling;

use super::npm::{NPM, RANGES, is_range};

/// Looks at both, where a member requires a numbered version of another. They are read line by line, as their tools write
/// them: such a file may be larger than what is read as a document.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    if !scan.has_pins(NPM) {
        return;
    }
    for (lock, read) in [("pnpm-lock.yaml", pnpm as Reader), ("yarn.lock", yarn as Reader)] {
        let path = under(dir, lock);
        if scan.is_too_large(&path) {
            scan.note(&path, "the file is larger than 5 MB and stays as it is: let its tool bring it in step with the manifests");
            continue;
        }
        let Some((path, text)) = scan.text(&path) else { continue };
        let ours = |one: &Requires<'_>| names.contains(one.name) && is_of_ours(one.range);
        for Requires { from, name, range, locator } in read(text).into_iter().filter(ours) {
            for token in spelling::tokens(range) {
                let kind = Kind::own(NPM, dir, Some(name)).being(What::InternalPin);
                scan.place(&path, text, &locator, from + token.start..from + token.end, kind);
            }
        }
    }
}

type Reader = fn(&str) -> Vec<Requires<'_>>;

/// What a lock file says a member requires, and where the range begins.
struct Requires<'t> {
    from: usize,
    name: &'t str,
    range: &'t str,
    locator: String,
}

/// Returns each line with the byte it begins at, without its end.
fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let from = at;
        at += line.len();
        (from, line.trim_end())
    })
}

/// Under `importers:` member, table, package and `specifier:`, each two blanks further in; before the sixth format the
/// ranges stood in a table of their own, `specifiers:`.
fn pnpm(text: &str) -> Vec<Requires<'_>> {
    let (mut inside, mut member, mut table, mut package) = (false, "", "", "");
    let mut found = Vec::new();
    for (at, line) in lines(text).filter(|(_, line)| !line.is_empty()) {
        let body = line.trim_start();
        let (key, value) = body.split_once(": ").unwrap_or((body.trim_end_matches(':'), ""));
        let key = unquoted(key);
        match line.len() - body.len() {
            0 => inside = key == "importers",
            _ if !inside => {}
            2 => (member, table, package) = (key, "", ""),
            4 => (table, package) = (key, ""),
            6 => package = key,
            _ => {}
        }
        let named = line.starts_with("        specifier: ") && RANGES.contains(&table);
        let listed = table == "specifiers" && package == key;
        if inside && (named || listed) && !package.is_empty() && !value.is_empty() {
            let locator = format!("importers[\"{member}\"].{table}.{package}");
            found.push(Requires { from: at + line.len() - value.len(), name: package, range: value, locator });
        }
    }
    found
}

/// Yarn's since version 2; before, it named no member.
fn yarn(text: &str) -> Vec<Requires<'_>> {
    let mut of_a_member = false;
    let mut found = Vec::new();
    for (at, line) in lines(text) {
        let said = if line.ends_with(':') && !line.starts_with([' ', '#']) {
            of_a_member = line.contains("@workspace:");
            descriptors(line)
        } else {
            required(line).into_iter().collect()
        };
        let said = said.into_iter().filter(|_| of_a_member);
        found.extend(said.map(|(start, name, range)| Requires { from: at + start, name, range, locator: name.to_owned() }));
    }
    found
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\''])
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
    Some((line.len() - range.len(), unquoted(name.trim()), range))
}

fn is_of_ours(range: &str) -> bool {
    let range = unquoted(range);
    let range = range.strip_prefix("npm:").unwrap_or(range);
    is_range(range) && !range.contains('@')
}
