//! Cargo: packages, workspaces, what members require of each other, and `Cargo.lock`'s own entries.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::gather::Gather as _;
use crate::manifest::document::Node;
use crate::manifest::files::{join, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, What};

const CARGO: Ecosystem = Ecosystem::Cargo;

/// Looks at the package or workspace in a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text, root)) = scan.document(&under(dir, "Cargo.toml")) else { return };
    let inherited = root.at(&["workspace", "package", "version"]).and_then(Node::scalar).map(|scalar| (path.clone(), scalar.span.start));
    for scalar in root.all(&["workspace", "package", "version"]) {
        scan.scalar(&path, text, "[workspace.package] version", scalar, Kind::own(CARGO, dir, None));
    }
    let mut manifests = vec![(dir.to_owned(), path, text, root)];
    let mut asked = BTreeSet::from([dir.to_owned()]);
    let mut next = member_dirs(scan, dir, &manifests[0].3);
    // Path dependencies are members too; each round of them is one level further.
    for _ in 0..8 {
        let mut more = BTreeSet::new();
        for member in next.into_iter().filter(|member| asked.insert(member.clone())).collect::<Vec<_>>() {
            if let Some((path, text, node)) = scan.document(&under(&member, "Cargo.toml")) {
                more.extend(path_dependencies(&member, &node));
                manifests.push((member, path, text, node));
            }
        }
        if more.is_empty() {
            break;
        }
        next = more;
    }
    for (dir, path, text, node) in &manifests {
        package(scan, dir, path, text, node, inherited.as_ref());
    }
    let names = scan.members(CARGO);
    for (dir, path, text, node) in &manifests {
        requirements(scan, dir, path, text, node);
    }
    lock(scan, dir, &names);
}

fn member_dirs(scan: &mut Scan<'_>, dir: &str, root: &Rc<Node>) -> BTreeSet<String> {
    let list = |key: &str, mark: &str| -> Vec<String> {
        let globs = root.at(&["workspace", key]).map(Node::texts).unwrap_or_default();
        globs.into_iter().map(|glob| format!("{mark}{glob}")).collect()
    };
    let globs = [list("members", ""), list("exclude", "!")].concat();
    let mut dirs = scan.members_of(dir, &globs);
    dirs.extend(path_dependencies(dir, root));
    dirs
}

fn package(scan: &mut Scan<'_>, dir: &str, path: &str, text: &str, node: &Node, inherited: Option<&(String, usize)>) {
    let Some(package) = node.get("package").or_else(|| node.get("project")) else { return };
    let name = package.text(&["name"]);
    for scalar in package.all(&["version"]) {
        scan.scalar(path, text, "[package] version", scalar, Kind::own(CARGO, dir, name));
    }
    let own = match package.get("version") {
        Some(Node::Scalar(scalar)) => Some((path.to_owned(), scalar.span.start)),
        Some(Node::Map(_)) => {
            if inherited.is_none() {
                scan.expect(path, "`version.workspace = true`, and the workspace's root states no version");
            }
            inherited.cloned()
        }
        Some(Node::List(_)) | None => {
            scan.expect(path, "`[package]` states no `version`");
            None
        }
    };
    if let Some(name) = name {
        scan.member(CARGO, name, dir, own);
    }
}

/// Every table of requirements in a manifest, with the name people know it by.
fn tables(node: &Node) -> Vec<(String, &Node)> {
    const KINDS: [&str; 5] = ["dependencies", "dev-dependencies", "build-dependencies", "dev_dependencies", "build_dependencies"];
    let mut tables: Vec<(String, &Node)> = KINDS.iter().filter_map(|kind| Some((format!("[{kind}]"), node.get(kind)?))).collect();
    if let Some(table) = node.at(&["workspace", "dependencies"]) {
        tables.push(("[workspace.dependencies]".into(), table));
    }
    for (target, inner) in node.get("target").map(Node::entries).unwrap_or_default() {
        tables.extend(KINDS.iter().filter_map(|kind| Some((format!("[target.'{target}'.{kind}]"), inner.get(kind)?))));
    }
    tables
}

fn path_dependencies(dir: &str, node: &Node) -> BTreeSet<String> {
    let paths = tables(node).into_iter().flat_map(|(_, table)| table.entries()).filter_map(|(_, entry)| entry.text(&["path"]));
    paths.filter_map(|path| join(dir, path)).gather()
}

fn requirements(scan: &mut Scan<'_>, dir: &str, path: &str, text: &str, node: &Node) {
    for (table, entries) in tables(node) {
        for (key, entry) in entries.entries() {
            let (Some(_), Some(version)) = (entry.text(&["path"]), entry.get("version").and_then(Node::scalar)) else { continue };
            let name = entry.text(&["package"]).unwrap_or(key);
            let kind = Kind::own(CARGO, dir, Some(name)).being(What::InternalPin);
            scan.pin(path, text, &format!("{table} {key}"), version, kind);
        }
    }
}

fn lock(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    let Some((path, text, node)) = scan.document(&under(dir, "Cargo.lock")) else { return };
    let packages = node.get("package").map(Node::items).unwrap_or_default();
    let entries = packages.iter().chain(node.get("root"));
    // A package of the registry may bear the same name: it has a `source`, ours has none.
    let ours: Vec<(&str, &Node)> = entries
        .filter(|entry| entry.get("source").is_none())
        .filter_map(|entry| Some((entry.text(&["name"])?, entry)))
        .filter(|(name, _)| names.contains(*name))
        .collect();
    for (name, entry) in &ours {
        let kind = Kind::own(CARGO, dir, Some(name)).being(What::LockEntry);
        for scalar in entry.all(&["version"]) {
            scan.scalar(&path, text, &format!("[[package]] {name}"), scalar, kind.clone());
        }
    }
    // Where a name is ambiguous, those that need it name its version too: `entity-core 0.0.12`.
    let own: BTreeSet<(String, String)> =
        ours.iter().filter_map(|(name, entry)| Some(((*name).to_owned(), entry.text(&["version"])?.to_owned()))).gather();
    let needed = packages.iter().chain(node.get("root")).flat_map(|entry| entry.get("dependencies").map(Node::items).unwrap_or_default());
    for scalar in needed.filter_map(Node::scalar) {
        let Some((name, version)) = scalar.text.split_once(' ') else { continue };
        if scalar.plain && own.contains(&(name.to_owned(), version.to_owned())) {
            let span = scalar.span.start + name.len() + 1..scalar.span.end;
            let kind = Kind::own(CARGO, dir, Some(name)).being(What::LockEntry);
            scan.place(&path, text, &format!("dependencies of {name}"), span, kind);
        }
    }
}
