//! Which packages a repository publishes, from the manifests that name them. Pure: paths and texts in.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::config::Registry;
use crate::doctor::nests_too_deep;
use crate::gather::Gather as _;
use crate::manifest::is_bounded_xml;

/// A package that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoundPackage {
    /// Its directory; empty for the top.
    pub directory: String,
    /// Where it is published.
    pub registry: Registry,
    /// Its name there.
    pub name: String,
}

/// Directories below which nothing is published.
const NOT_PUBLISHED: [&str; 14] = [
    "node_modules",
    "vendor",
    "third_party",
    "test",
    "tests",
    "testing",
    "example",
    "examples",
    "fixtures",
    "testdata",
    "docs",
    "doc",
    "bench",
    "benches",
];
/// How deep packages lie at the most.
const DEEPEST: usize = 3;
/// A repository of more packages names them itself.
const MOST: usize = 50;

/// Tells whether a file may name a package.
pub(super) fn may_name(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let Some(name) = parts.pop() else { return false };
    parts.len() <= DEEPEST && !parts.iter().any(|part| NOT_PUBLISHED.contains(part) || part.starts_with('.')) && reader(name).is_some()
}

type Read = fn(&str, &str) -> Option<(Registry, String)>;

/// The reader of a manifest by its file name: (file name, text) → what it publishes.
fn reader(name: &str) -> Option<Read> {
    Some(match name {
        "pyproject.toml" => |_, text| python(text),
        "setup.cfg" => |_, text| value_after(text, "name").map(|name| (Registry::Pypi, name)),
        "package.json" => |_, text| npm(text),
        "Cargo.toml" => |_, text| cargo(text),
        "pom.xml" => |_, text| maven(text),
        "go.mod" => |_, text| go(text),
        "composer.json" => |_, text| composer(text),
        "Chart.yaml" => |_, text| chart(text),
        _ if name.ends_with(".gemspec") => |name, _| Some((Registry::Rubygems, name.trim_end_matches(".gemspec").to_owned())),
        _ if [".csproj", ".fsproj", ".vbproj"].iter().any(|end| name.ends_with(end)) => dotnet,
        _ => return None,
    })
}

/// Returns the packages that these files name, by directory; at most fifty.
pub fn packages(files: &BTreeMap<String, String>) -> Vec<FoundPackage> {
    let mut found = files
        .iter()
        .filter(|(path, _)| may_name(path))
        .filter_map(|(path, text)| {
            let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
            let (registry, package) = reader(name)?(name, text)?;
            let usable =
                !package.is_empty() && !package.contains(char::is_whitespace) && !package.starts_with('-') && !package.contains(['$', '{']);
            usable.then(|| FoundPackage { directory: directory.to_owned(), registry, name: package })
        })
        .distinct();
    // A repository's own package at the top is what it publishes there; what lies below in the same ecosystem is its own.
    let mut seen = Vec::new();
    found.retain(|package| {
        let id = (package.registry, package.name.clone());
        let new = !seen.contains(&id);
        seen.push(id);
        new
    });
    found.truncate(MOST);
    found
}

fn python(text: &str) -> Option<(Registry, String)> {
    let document: toml_edit::DocumentMut = text.parse().ok()?;
    let name = |table: Option<&toml_edit::Item>| table?.get("name")?.as_str().map(str::to_owned);
    let poetry = document.get("tool").and_then(|tool| tool.get("poetry"));
    Some((Registry::Pypi, name(document.get("project")).or_else(|| name(poetry))?))
}

fn npm(text: &str) -> Option<(Registry, String)> {
    let value: Value = serde_json::from_str(text).ok()?;
    let private = value.get("private").and_then(Value::as_bool).unwrap_or(false);
    // Without a version npm publishes nothing.
    (!private && value.get("version").is_some()).then_some(())?;
    Some((Registry::Npm, value.get("name")?.as_str()?.to_owned()))
}

fn cargo(text: &str) -> Option<(Registry, String)> {
    let document: toml_edit::DocumentMut = text.parse().ok()?;
    let package = document.get("package")?;
    let publish = package.get("publish");
    let kept =
        publish.is_some_and(|publish| publish.as_bool() == Some(false) || publish.as_array().is_some_and(toml_edit::Array::is_empty));
    (!kept).then_some(())?;
    Some((Registry::Crates, package.get("name")?.as_str()?.to_owned()))
}

fn maven(text: &str) -> Option<(Registry, String)> {
    let document = xml(text)?;
    let project = document.root_element();
    let child = |node: roxmltree::Node<'_, '_>, name: &str| {
        let found = node.children().find(|child| child.tag_name().name() == name)?;
        found.text().map(|text| text.trim().to_owned())
    };
    let parent = project.children().find(|child| child.tag_name().name() == "parent");
    let group = child(project, "groupId").or_else(|| child(parent?, "groupId"))?;
    Some((Registry::Maven, format!("{group}:{}", child(project, "artifactId")?)))
}

fn go(text: &str) -> Option<(Registry, String)> {
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    let name = line.split("//").next()?.trim().trim_matches('"');
    Some((Registry::Go, name.to_owned()))
}

fn composer(text: &str) -> Option<(Registry, String)> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some((Registry::Packagist, value.get("name")?.as_str()?.to_owned()))
}

fn chart(text: &str) -> Option<(Registry, String)> {
    if nests_too_deep(text) {
        return None;
    }
    let value: serde_yaml::Value = serde_yaml::from_str(text).ok()?;
    Some((Registry::Helm, value.get("name")?.as_str()?.to_owned()))
}

fn xml(text: &str) -> Option<roxmltree::Document<'_>> {
    if is_bounded_xml(text) { roxmltree::Document::parse(text).ok() } else { None }
}

fn dotnet(name: &str, text: &str) -> Option<(Registry, String)> {
    let document = xml(text)?;
    let property = |wanted: &str| {
        let found = document.descendants().find(|node| node.tag_name().name().eq_ignore_ascii_case(wanted))?;
        found.text().map(|text| text.trim().to_owned())
    };
    let says = |wanted: &str, value: &str| property(wanted).is_some_and(|found| found.eq_ignore_ascii_case(value));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let tests = ["test", "tests"].iter().any(|end| stem.to_lowercase().ends_with(end));
    let application = says("OutputType", "Exe") && !says("PackAsTool", "true");
    if says("IsPackable", "false") || says("IsTestProject", "true") || tests || application {
        return None;
    }
    Some((Registry::Nuget, property("PackageId").unwrap_or_else(|| stem.to_owned())))
}

fn value_after(text: &str, key: &str) -> Option<String> {
    let section = text.split("[metadata]").nth(1)?;
    let section = section.split("\n[").next()?;
    section.lines().find_map(|line| line.trim().strip_prefix(key)?.trim_start().strip_prefix('=').map(|value| value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], wanted: &[(&str, Registry, &str)]) {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let found = packages(&files);
        let found: Vec<_> = found.iter().map(|one| (one.directory.as_str(), one.registry, one.name.as_str())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn each_ecosystem_names_its_package() {
        check(&[], &[]);
        check(&[("pyproject.toml", "[project]\nname = \"a\"\n")], &[("", Registry::Pypi, "a")]);
        check(&[("pyproject.toml", "[tool.poetry]\nname = \"a\"\n")], &[("", Registry::Pypi, "a")]);
        check(&[("setup.cfg", "[metadata]\nname = a\nversion = 1\n[options]\nname = b\n")], &[("", Registry::Pypi, "a")]);
        check(&[("package.json", r#"{"name": "@acme/a", "version": "1.0.0"}"#)], &[("", Registry::Npm, "@acme/a")]);
        check(&[("Cargo.toml", "[package]\nname = \"a\"\n")], &[("", Registry::Crates, "a")]);
        check(
            &[("pom.xml", "<project><parent><groupId>g</groupId></parent><artifactId>a</artifactId></project>")],
            &[("", Registry::Maven, "g:a")],
        );
        check(&[("go.mod", "module example.com/a // it\n")], &[("", Registry::Go, "example.com/a")]);
        check(&[("src/A/A.csproj", "<Project><PropertyGroup/></Project>")], &[("src/A", Registry::Nuget, "A")]);
        check(&[("a.gemspec", "")], &[("", Registry::Rubygems, "a")]);
        check(&[("composer.json", r#"{"name": "acme/a"}"#)], &[("", Registry::Packagist, "acme/a")]);
        check(&[("charts/a/Chart.yaml", "name: a\n")], &[("charts/a", Registry::Helm, "a")]);
    }

    #[test]
    fn what_is_private_a_test_or_an_example_is_not_published() {
        check(&[("package.json", r#"{"name": "a", "version": "1.0.0", "private": true}"#)], &[]);
        check(&[("package.json", r#"{"name": "a"}"#)], &[]);
        check(&[("Cargo.toml", "[package]\nname = \"a\"\npublish = false\n")], &[]);
        check(&[("Cargo.toml", "[workspace]\nmembers = []\n")], &[]);
        check(&[("tests/a/Cargo.toml", "[package]\nname = \"a\"\n")], &[]);
        check(&[("A.Tests.csproj", "<Project/>")], &[]);
        check(&[("A.csproj", "<Project><PropertyGroup><OutputType>Exe</OutputType></PropertyGroup></Project>")], &[]);
        check(&[("pom.xml", "<project><groupId>g</groupId><artifactId>${x}</artifactId></project>")], &[]);
        check(&[("pyproject.toml", "broken [")], &[]);
    }

    #[test]
    fn packages_of_a_workspace_are_named_with_their_directories() {
        let package = |name: &str| format!("[package]\nname = \"{name}\"\n");
        check(
            &[("crates/a/Cargo.toml", &package("a")), ("crates/b/Cargo.toml", &package("b")), ("Cargo.toml", "[workspace]\n")],
            &[("crates/a", Registry::Crates, "a"), ("crates/b", Registry::Crates, "b")],
        );
    }
}
