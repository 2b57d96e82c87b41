//! What release tools remember. Left at the bad release's version, they would undo the rollback with their next run.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::gather::Gather as _;
use crate::manifest::document::{Node, Scalar};
use crate::manifest::files::{join, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::glob;
use crate::manifest::place::{Ecosystem, What};

use super::declared;
use super::python_source::Ini;

/// Looks at the configuration of every release tool in a directory.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) {
    release_please(scan, dir);
    bump_my_version(scan, dir);
    commitizen(scan, dir);
    lerna(scan, dir);
    notes(scan, dir);
}

fn state<'k>(unit: &'k str) -> Kind<'k> {
    Kind::own(Ecosystem::Other, unit, None).being(What::ReleaseToolState)
}

fn release_please(scan: &mut Scan<'_>, dir: &str) {
    if let Some((path, text, node)) = scan.document(&under(dir, ".release-please-manifest.json")) {
        for (key, _) in node.entries() {
            let unit = if key == "." { dir.to_owned() } else { join(dir, key).unwrap_or_default() };
            for scalar in node.all(&[key]) {
                scan.scalar(&path, text, &format!("[\"{key}\"]"), scalar, state(&unit));
            }
        }
        scan.note(
            &path,
            "release-please: the bad release's pull request keeps its label `autorelease: tagged`; give the rollback's pull request none, so that its next run starts from the rollback's tag",
        );
    }
    let Some((path, _, node)) = scan.document(&under(dir, "release-please-config.json")) else { return };
    extra_files(scan, dir, dir, &node);
    for (key, package) in node.get("packages").map(Node::entries).unwrap_or_default() {
        let root = if key == "." { dir.to_owned() } else { join(dir, key).unwrap_or_default() };
        extra_files(scan, dir, &root, package);
        if package.text(&["release-as"]).is_some() {
            scan.note(&path, "`release-as` fixes release-please's next version; check it before its next run");
        }
    }
    if node.text(&["release-as"]).is_some() {
        scan.note(&path, "`release-as` fixes release-please's next version; check it before its next run");
    }
}

fn extra_files(scan: &mut Scan<'_>, top: &str, root: &str, node: &Node) {
    for file in node.get("extra-files").map(Node::items).unwrap_or_default() {
        let path = file.scalar().map(|scalar| scalar.text.as_str()).or_else(|| file.text(&["path"])).unwrap_or_default();
        let full = path.strip_prefix('/').map_or_else(|| join(root, path), |from_top| join(top, from_top));
        let Some(full) = full.filter(|full| !full.contains('*')) else {
            scan.note(path, "release-please: this pattern of `extra-files` is not followed; declare its places in the policy");
            continue;
        };
        let locator = match (file.text(&["type"]), file.text(&["jsonpath"]), file.text(&["xpath"])) {
            (Some(kind @ ("json" | "yaml" | "toml")), Some(at), _) => format!("{kind}:{at}"),
            (Some("xml"), _, Some(at)) => format!("xml:{at}"),
            (_, _, _) => match full.rsplit('.').next().unwrap_or_default() {
                "json" => "json:$.version".to_owned(),
                "yaml" | "yml" => "yaml:$.version".to_owned(),
                "toml" => "toml:$.version".to_owned(),
                _ => "marker".to_owned(),
            },
        };
        let Some((real, text)) = scan.text(&full) else {
            if !scan.unread(&full) {
                scan.note(&full, "release-please: named in `extra-files`, and not in the tree");
            }
            continue;
        };
        let marked = text.contains("x-release-please-");
        let wildcard = locator.contains(['*', '?', '@']);
        if marked {
            declared::marks(scan, &real, text, root, None);
        } else if wildcard {
            scan.note(&full, format!("release-please: `{locator}` is not followed; declare the place in the policy"));
        } else if locator != "marker" {
            declared::place(scan, &full, &locator, root, None);
        }
    }
}

fn bump_my_version(scan: &mut Scan<'_>, dir: &str) {
    for file in [".bumpversion.cfg", "setup.cfg"] {
        let Some((path, text)) = scan.text(&under(dir, file)) else { continue };
        let ini = Ini::read(text);
        let Some(span) = ini.get("bumpversion", "current_version") else { continue };
        let current = text[span.clone()].to_owned();
        scan.place(&path, text, "[bumpversion] current_version", span, state(dir));
        for section in ini.sections().to_vec() {
            let Some(rest) = section.strip_prefix("bumpversion:file:") else { continue };
            let name = rest.split('(').next().unwrap_or(rest).trim();
            let search = ini.get(&section, "search").map_or("{current_version}", |span| &text[span]);
            searched(scan, dir, name, search, &current);
        }
    }
    for (file, table) in [
        (".bumpversion.toml", ["tool", "bumpversion"].as_slice()),
        (".bumpversion.toml", &["bumpversion"]),
        ("pyproject.toml", &["tool", "bumpversion"]),
    ] {
        let Some((path, text, node)) = scan.document(&under(dir, file)) else { continue };
        let Some(table) = node.at(table) else { continue };
        let Some(current) = table.text(&["current_version"]).map(str::to_owned) else { continue };
        for scalar in table.all(&["current_version"]) {
            scan.scalar(&path, text, "[tool.bumpversion] current_version", scalar, state(dir));
        }
        let everywhere = table.text(&["search"]).unwrap_or("{current_version}");
        for file in table.get("files").map(Node::items).unwrap_or_default() {
            let search = file.text(&["search"]).unwrap_or(everywhere);
            if let Some(name) = file.text(&["filename"]) {
                searched(scan, dir, name, search, &current);
            } else {
                scan.note(&path, "bump-my-version: patterns of file names are not followed; declare their places in the policy");
            }
        }
    }
}

/// Adds each occurrence of a tool's search text in the file it names.
fn searched(scan: &mut Scan<'_>, dir: &str, name: &str, search: &str, current: &str) {
    let Some(file) = join(dir, name) else { return };
    // The changelog is the default branch's, and gets an entry of its own.
    if name.to_ascii_lowercase().contains("change") || current.is_empty() {
        return;
    }
    let Some((path, text)) = scan.text(&file) else { return };
    let Some((before, after)) = search.split_once("{current_version}") else { return };
    let needle = format!("{before}{current}{after}");
    let spans: Vec<Range<usize>> = text
        .match_indices(&needle)
        .take(200)
        .map(|(at, _)| at + before.len()..at + before.len() + current.len())
        .filter(|span| alone(text, span))
        .collect();
    if spans.is_empty() {
        scan.note(&path, format!("bump-my-version looks for `{}` here, and it is not there", needle.lines().next().unwrap_or_default()));
    }
    for span in spans {
        let kind = Kind::own(Ecosystem::Other, dir, None).being(What::Echo);
        scan.place(&path, text, "searched by bump-my-version", span, kind);
    }
}

/// Tells whether a version stands alone, and is not the inside of a longer one.
fn alone(text: &str, span: &Range<usize>) -> bool {
    let before = text[..span.start].chars().next_back();
    let mut after = text[span.end..].chars();
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    !(inside(before) || before == Some('.') || inside(after.next()) || text[span.end..].starts_with('.') && inside(after.next()))
}

fn commitizen(scan: &mut Scan<'_>, dir: &str) {
    for (file, keys) in [
        ("pyproject.toml", ["tool", "commitizen"].as_slice()),
        (".cz.toml", &["tool", "commitizen"]),
        ("cz.toml", &["tool", "commitizen"]),
        (".cz.json", &["commitizen"]),
        ("cz.json", &["commitizen"]),
        (".cz.yaml", &["commitizen"]),
        ("cz.yaml", &["commitizen"]),
    ] {
        let Some((path, text, node)) = scan.document(&under(dir, file)) else { continue };
        let Some(table) = node.at(keys) else { continue };
        for scalar in table.all(&["version"]) {
            scan.scalar(&path, text, "[tool.commitizen] version", scalar, state(dir));
        }
        let provider = table.text(&["version_provider"]).unwrap_or("commitizen");
        if provider == "scm" {
            scan.note(&path, "commitizen takes the version from the tags: its next bump counts from the highest of them, also the bad one");
        }
        let current = table.text(&["version"]).map(str::to_owned);
        for entry in table.get("version_files").map(Node::texts).unwrap_or_default() {
            let (name, needle) = entry.split_once(':').unwrap_or((entry, ""));
            if let Some(current) = &current {
                version_file(scan, dir, name, needle, current);
            }
        }
    }
}

/// Adds the lines of a file that commitizen would change: those with the text behind the colon and the version.
fn version_file(scan: &mut Scan<'_>, dir: &str, name: &str, needle: &str, current: &str) {
    let Some((path, text)) = join(dir, name).filter(|file| !file.contains('*')).and_then(|file| scan.text(&file)) else { return };
    let needle = needle.trim_matches(['^', '$']);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.contains(needle) {
            for (found, _) in line.match_indices(current).take(8) {
                let span = at + found..at + found + current.len();
                if alone(text, &span) {
                    let kind = Kind::own(Ecosystem::Other, dir, None).being(What::Echo);
                    scan.place(&path, text, "named by commitizen", span, kind);
                }
            }
        }
        at += line.len();
    }
}

fn lerna(scan: &mut Scan<'_>, dir: &str) {
    let Some((path, text, node)) = scan.document(&under(dir, "lerna.json")) else { return };
    let fixed = |scalar: &&Scalar| scalar.text != "independent";
    for scalar in node.all(&["version"]).into_iter().filter(fixed) {
        scan.scalar(&path, text, "version", scalar, state(dir));
    }
}

const CARGO_RELEASE: &str =
    "cargo-release raises the version from the one in `Cargo.toml`; give it the next one by hand, above the bad one";

/// What must be true after the rollback and is not in a file.
fn notes(scan: &mut Scan<'_>, dir: &str) {
    let names: BTreeSet<String> = scan.dir(dir).into_iter().map(|(name, _)| name).gather();
    let any = |patterns: &[&str]| names.iter().find(|name| patterns.iter().any(|pattern| glob::part_matches(pattern, name))).cloned();
    let told = [
        (
            any(&[".changeset"]),
            "changesets: change files of the good tree that are consumed on the default branch do not come back, or its next run would make the bad release anew",
        ),
        (
            any(&[".releaserc", ".releaserc.*", "release.config.*"]),
            "semantic-release counts from the highest tag it can reach: while the bad tag is in the branch's history, its next version is above the bad one",
        ),
        (
            any(&["release-plz.toml", ".release-plz.toml"]),
            "release-plz compares with the registry: its next pull request starts from the highest version published, also a yanked one",
        ),
        (any(&["release.toml"]), CARGO_RELEASE),
        (
            any(&[".versionrc", ".versionrc.*"]),
            "standard-version counts from the tags: its next version is above the bad one while that tag exists",
        ),
        (
            any(&["GitVersion.yml", "GitVersion.yaml"]),
            "GitVersion takes the version from the tags: nothing to write; the tag must exist before the build",
        ),
        (
            any(&["version.json"]),
            "Nerdbank.GitVersioning may take the version from `version.json` and the height of history: check what the rollback commit gets",
        ),
    ];
    if names.contains(".changeset") {
        scan.dir(&under(dir, ".changeset"));
    }
    for (name, text) in told {
        if let Some(name) = name {
            scan.note(&under(dir, &name), text);
        }
    }
    if let Some((path, _, node)) = scan.document(&under(dir, "package.json"))
        && (node.get("release").is_some() || node.at(&["devDependencies", "semantic-release"]).is_some())
    {
        scan.note(&path, told_semantic_release());
    }
    if let Some((path, _, node)) = scan.document(&under(dir, "Cargo.toml"))
        && (node.at(&["package", "metadata", "release"]).is_some() || node.at(&["workspace", "metadata", "release"]).is_some())
    {
        scan.note(&path, CARGO_RELEASE);
    }
    if let Some((path, _, node)) = scan.document(&under(dir, "pyproject.toml"))
        && node.at(&["tool", "semantic_release"]).is_some()
    {
        scan.note(&path, told_semantic_release());
    }
}

fn told_semantic_release() -> &'static str {
    "semantic-release counts from the highest tag it can reach: while the bad tag is in the branch's history, its next version is above the bad one"
}
