//! npm, pnpm, yarn, Bun and Deno: packages, workspaces, the ranges between them, and lock files that repeat versions.

use std::collections::BTreeSet;

use crate::gather::Gather as _;
use crate::manifest::document::Node;
use crate::manifest::files::under;
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, What};
use crate::manifest::spelling;

use super::workspace_locks;

pub(super) const NPM: Ecosystem = Ecosystem::Npm;

/// The tables of ranges in a manifest or a lock's entry.
pub(super) const RANGES: [&str; 4] = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/// Looks at the package or workspace in a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    jsr(scan, dir);
    let Some((path, text, root)) = scan.document(&under(dir, "package.json")) else { return };
    let mut manifests = vec![(dir.to_owned(), path, text, root.clone())];
    for member in members(scan, dir, &root) {
        if member != dir
            && let Some((path, text, node)) = scan.document(&under(&member, "package.json"))
        {
            manifests.push((member, path, text, node));
        }
    }
    for (dir, path, text, node) in &manifests {
        let name = node.text(&["name"]);
        for scalar in node.all(&["version"]) {
            scan.scalar(path, text, "version", scalar, Kind::own(NPM, dir, name));
        }
        let private = node.text(&["private"]) == Some("true");
        if private {
            scan.private(path);
        } else if node.get("version").is_none() {
            scan.expect(path, "it states no `version`, and is not `private`");
        }
        if let Some(name) = name {
            let own = node.get("version").and_then(Node::scalar).map(|scalar| (path.clone(), scalar.span.start));
            scan.member(NPM, name, dir, own);
        }
    }
    let names = scan.members(NPM);
    for (dir, path, text, node) in &manifests {
        ranges(scan, path, text, dir, "", node, &names);
    }
    let dirs: BTreeSet<&str> = manifests.iter().map(|(dir, ..)| dir.as_str()).gather();
    for lock in ["package-lock.json", "npm-shrinkwrap.json", "bun.lock"] {
        self::lock(scan, dir, &under(dir, lock), &dirs, &names);
    }
    workspace_locks::find(scan, dir, &names);
}

fn members(scan: &mut Scan<'_>, dir: &str, root: &Node) -> BTreeSet<String> {
    let workspaces = root.get("workspaces");
    let mut globs: Vec<String> = workspaces.map(Node::texts).unwrap_or_default().into_iter().map(str::to_owned).collect();
    globs.extend(workspaces.and_then(|inner| inner.get("packages")).map(Node::texts).unwrap_or_default().into_iter().map(str::to_owned));
    for file in ["pnpm-workspace.yaml", "lerna.json"] {
        if let Some((_, _, node)) = scan.document(&under(dir, file)) {
            globs.extend(node.get("packages").map(Node::texts).unwrap_or_default().into_iter().map(str::to_owned));
        }
    }
    scan.members_of(dir, &globs)
}

fn ranges(scan: &mut Scan<'_>, path: &str, text: &str, dir: &str, at: &str, node: &Node, names: &BTreeSet<String>) {
    for table in RANGES {
        for (name, range) in node.get(table).map(Node::entries).unwrap_or_default() {
            let Some(scalar) = range.scalar().filter(|_| names.contains(name)) else { continue };
            if is_range(&scalar.text) {
                let kind = Kind::own(NPM, dir, Some(name)).being(What::InternalPin);
                scan.pin(path, text, &format!("{at}{table}.{name}"), scalar, kind);
            }
        }
    }
}

/// `workspace:*`, `file:../core`, `npm:other@1`, links and tags name no version of ours.
pub(super) fn is_range(text: &str) -> bool {
    let text = text.trim();
    !text.contains('/') && (!text.contains(':') || text.starts_with("workspace:"))
}

fn lock(scan: &mut Scan<'_>, dir: &str, path: &str, dirs: &BTreeSet<&str>, names: &BTreeSet<String>) {
    let Some((path, text, node)) = scan.document(path) else { return };
    let kind = |name| Kind::own(NPM, dir, name).being(What::LockEntry);
    let root = node.text(&["name"]).or_else(|| node.text(&["packages", "", "name"]));
    let root = root.filter(|name| names.contains(*name));
    if path.ends_with("bun.lock") {
        return bun(scan, &path, text, dir, &node, names);
    }
    for scalar in node.all(&["version"]) {
        scan.scalar(&path, text, "version", scalar, kind(root));
    }
    for (key, entry) in node.get("packages").map(Node::entries).unwrap_or_default() {
        let ours = key.is_empty() || dirs.contains(under(dir, key).as_str());
        if !ours || key.contains("node_modules/") {
            continue;
        }
        let name = if key.is_empty() { root } else { entry.text(&["name"]).or_else(|| key.rsplit('/').next()) };
        for scalar in entry.all(&["version"]) {
            scan.scalar(&path, text, &format!("packages[\"{key}\"].version"), scalar, kind(name));
        }
        ranges(scan, &path, text, dir, &format!("packages[\"{key}\"]."), entry, names);
    }
}

fn bun(scan: &mut Scan<'_>, path: &str, text: &str, dir: &str, node: &Node, names: &BTreeSet<String>) {
    for (key, entry) in node.get("workspaces").map(Node::entries).unwrap_or_default() {
        let name = entry.text(&["name"]).filter(|name| names.contains(*name));
        for scalar in entry.all(&["version"]) {
            scan.scalar(path, text, &format!("workspaces[\"{key}\"].version"), scalar, Kind::own(NPM, dir, name).being(What::LockEntry));
        }
        ranges(scan, path, text, dir, &format!("workspaces[\"{key}\"]."), entry, names);
    }
}

/// `deno.json`, `jsr.json` and an app store's `app.json`.
fn jsr(scan: &mut Scan<'_>, dir: &str) {
    for file in ["deno.json", "deno.jsonc", "jsr.json"] {
        let Some((path, text, node)) = scan.document(&under(dir, file)) else { continue };
        for scalar in node.all(&["version"]) {
            scan.scalar(&path, text, "version", scalar, Kind::own(NPM, dir, node.text(&["name"])));
        }
    }
    let Some((path, text, node)) = scan.document(&under(dir, "app.json")) else { return };
    for scalar in node.all(&["expo", "version"]) {
        scan.scalar(&path, text, "expo.version", scalar, Kind::own(NPM, dir, node.text(&["expo", "slug"])));
    }
    for key in [["expo", "ios", "buildNumber"], ["expo", "android", "versionCode"]] {
        for scalar in node.all(&key).into_iter().filter(|scalar| !spelling::is_version(&scalar.text)) {
            let kind = Kind::own(NPM, dir, None).being(What::BuildNumber).spelled(crate::manifest::place::Part::None);
            scan.scalar(&path, text, &key.join("."), scalar, kind);
        }
    }
}
