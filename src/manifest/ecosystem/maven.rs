//! Maven: a project's own version, the property it is written with, its modules, and the parents and dependencies
//! between them. The version of a parent from elsewhere is never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::gather::Gather as _;
use crate::manifest::document::{Node, Scalar};
use crate::manifest::files::{join, split, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, What};
use crate::manifest::spelling;

const JAVA: Ecosystem = Ecosystem::Java;

/// The properties Maven lets a version be made of.
const FRIENDLY: [&str; 3] = ["revision", "sha1", "changelist"];

struct Pom<'a> {
    dir: String,
    path: String,
    text: &'a str,
    node: Rc<Node>,
}

/// Looks at the project in a directory and its modules.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    let poms = poms(scan, dir);
    for pom in &poms {
        own(scan, pom);
    }
    let names = scan.members(JAVA);
    for pom in &poms {
        between(scan, pom, &names);
    }
}

fn poms<'a>(scan: &mut Scan<'a>, dir: &str) -> Vec<Pom<'a>> {
    let mut poms = Vec::new();
    let mut asked = BTreeSet::new();
    let mut next = vec![under(dir, "pom.xml")];
    while let Some(path) = next.pop() {
        if asked.len() > 2000 || !asked.insert(path.clone()) {
            continue;
        }
        let Some((path, text, node)) = scan.document(&path) else { continue };
        let dir = split(&path).0.to_owned();
        // Modules of a profile are part of the release too: log4j's distribution is one.
        let always = node.all(&["project", "modules", "module"]);
        for scalar in always.into_iter().chain(node.all(&["project", "profiles", "profile", "modules", "module"])) {
            if let Some(module) = join(&dir, &scalar.text) {
                next.push(if module.ends_with(".xml") { module } else { under(&module, "pom.xml") });
            }
        }
        poms.push(Pom { dir, path, text, node });
    }
    poms
}

/// The name others know a project by.
fn name(node: &Node) -> Option<String> {
    let artifact = node.text(&["project", "artifactId"])?;
    let group = node.text(&["project", "groupId"]).or_else(|| node.text(&["project", "parent", "groupId"])).unwrap_or_default();
    Some(format!("{group}:{artifact}"))
}

fn own(scan: &mut Scan<'_>, pom: &Pom<'_>) {
    let Pom { dir, path, text, node } = pom;
    let name = name(node);
    let kind = Kind::own(JAVA, dir, name.as_deref());
    let mut own = None;
    for scalar in node.all(&["project", "version"]) {
        let stated = properties(&scalar.text);
        if stated.is_empty() {
            scan.scalar(path, text, "<version>", scalar, kind.clone());
            own.get_or_insert((path.clone(), scalar.span.start));
        }
        for property in stated.iter().filter(|property| FRIENDLY.contains(&property.as_str()) || stated.len() == 1) {
            for value in node.all(&["project", "properties", property]).into_iter().filter(|value| spelling::is_version(&value.text)) {
                scan.scalar(path, text, &format!("<properties> {property}"), value, kind.clone());
                own.get_or_insert((path.clone(), value.span.start));
            }
        }
        if own.is_none() && !stated.is_empty() && node.at(&["project", "parent"]).is_none() {
            let message = format!("`<version>` is `{}`, and its properties are not in this file", scalar.text);
            scan.expect(path, message);
        }
    }
    // What a project calls its own release: log4j's `Log4jReleaseVersion`.
    for (property, value) in node.at(&["project", "properties"]).map(Node::entries).unwrap_or_default() {
        let plain: String = property.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        if let Some(value) = value.scalar().filter(|value| plain.ends_with("releaseversion") && spelling::is_version(&value.text)) {
            scan.scalar(path, text, &format!("<properties> {property}"), value, kind.clone().being(What::Echo));
        }
    }
    // Without one of its own, it has its parent's.
    let own = own.or_else(|| inherited(scan, dir, node, 0));
    if own.is_none() && node.at(&["project", "version"]).is_none() {
        scan.expect(path, "`<project>` states no `<version>`, and no parent in the repository states one");
    }
    if let Some(name) = name {
        scan.member(JAVA, &name, dir, own);
    }
}

/// Returns where the parent in the repository states the version.
fn inherited(scan: &mut Scan<'_>, dir: &str, node: &Node, depth: usize) -> Option<(String, usize)> {
    let parent = node.at(&["project", "parent"])?;
    let relative = parent.text(&["relativePath"]).filter(|path| !path.is_empty()).unwrap_or("../pom.xml");
    let file = join(dir, relative)?;
    let file = if file.ends_with(".xml") { file } else { under(&file, "pom.xml") };
    let (path, _, above) = scan.document(&file)?;
    if above.text(&["project", "artifactId"]) != parent.text(&["artifactId"]) || depth > 8 {
        return None;
    }
    let Some(scalar) = above.at(&["project", "version"]).and_then(Node::scalar) else {
        return inherited(scan, split(&path).0, &above, depth + 1);
    };
    match properties(&scalar.text).first() {
        None => Some((path, scalar.span.start)),
        Some(property) => above.at(&["project", "properties", property]).and_then(Node::scalar).map(|value| (path, value.span.start)),
    }
}

fn between(scan: &mut Scan<'_>, pom: &Pom<'_>, names: &BTreeSet<String>) {
    let Pom { dir, path, text, node } = pom;
    let values: BTreeMap<&str, &Scalar> = node
        .at(&["project", "properties"])
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .filter_map(|(key, value)| Some((key.as_str(), value.scalar()?)))
        .gather();
    for table in [
        ["project", "parent"].as_slice(),
        &["project", "dependencies", "dependency"],
        &["project", "dependencyManagement", "dependencies", "dependency"],
        &["project", "build", "plugins", "plugin"],
        &["project", "build", "pluginManagement", "plugins", "plugin"],
    ] {
        for entry in nodes(node, table) {
            let Some(artifact) = entry.text(&["artifactId"]) else { continue };
            let group = match entry.text(&["groupId"]) {
                Some("${project.groupId}" | "${pom.groupId}") | None => {
                    node.text(&["project", "groupId"]).or_else(|| node.text(&["project", "parent", "groupId"])).unwrap_or_default()
                }
                Some(group) => group,
            };
            let name = format!("{group}:{artifact}");
            if !names.contains(&name) {
                continue;
            }
            let kind = Kind::own(JAVA, dir, Some(&name)).being(What::InternalPin);
            for scalar in entry.all(&["version"]) {
                match properties(&scalar.text).as_slice() {
                    [] => scan.scalar(path, text, &format!("<{}> {artifact}", table[table.len() - 1]), scalar, kind.clone()),
                    [property] => {
                        if let Some(value) = values.get(property.as_str()) {
                            scan.scalar(path, text, &format!("<properties> {property}"), value, kind.clone());
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

fn nodes<'n>(node: &'n Node, path: &[&str]) -> Vec<&'n Node> {
    path.iter().fold(vec![node], |nodes, key| nodes.into_iter().flat_map(|node| node.children(key)).collect())
}

/// Returns the names in `${…}` of a value.
fn properties(value: &str) -> Vec<String> {
    value.split("${").skip(1).take(8).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}
