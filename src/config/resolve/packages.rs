//! The packages a repository publishes.

use crate::config::decode::At;
use crate::config::policy::{Package, Registry};
use crate::config::problem::{Findings, shown};
use crate::config::raw::{RawManifest, RawPackage};
use crate::domain::git::Tag;
use crate::domain::restore::RepoPath;

/// Returns the packages, in the order written.
pub(super) fn packages(raw: Option<&At<Vec<At<RawPackage>>>>, findings: &mut Findings) -> Vec<Package> {
    let mut seen: Vec<(Registry, &str, Option<&str>)> = Vec::new();
    let mut packages = Vec::new();
    for At { value: raw, .. } in raw.iter().flat_map(|raw| &raw.value) {
        let index = raw.index.as_ref().map(|index| index.value.as_str());
        let id = (raw.registry.value, raw.name.value.as_str(), index);
        if seen.contains(&id) {
            findings.hinted(
                raw.name.at,
                format!("package {} stands here twice", shown(&raw.name.value)),
                "keep one entry for each package and registry",
            );
        }
        seen.push(id);
        if raw.name.value.contains(char::is_whitespace) || raw.name.value.starts_with('-') {
            findings.hinted(
                raw.name.at,
                format!("{} is not the name of a package", shown(&raw.name.value)),
                "write it as people install it, without spaces",
            );
        }
        packages.push(Package {
            name: raw.name.value.clone(),
            registry: raw.registry.value,
            path: raw.path.as_ref().and_then(|written| path(written, findings)),
            tag: raw.tag.as_ref().map(|tag| template(tag, findings)),
            index: raw.index.as_ref().map(|index| address(index, findings)),
            manifests: manifests(raw.manifests.as_ref(), findings),
        });
    }
    packages
}

/// Returns a path inside the repository.
pub(super) fn path(written: &At<String>, findings: &mut Findings) -> Option<RepoPath> {
    let message = format!("{} is not a path in the repository", shown(&written.value));
    if written.value.contains(['*', '?']) {
        findings.hinted(written.at, message, "name the file or directory itself: patterns are not read");
        return None;
    }
    let text = written.value.strip_prefix("./").unwrap_or(&written.value);
    match text.parse() {
        Ok(path) => Some(path),
        Err(_) => {
            findings.hinted(written.at, message, "write it relative to the top, with `/`, without empty parts, `.`, `..` or `.git`");
            None
        }
    }
}

/// Returns the template of a tag: git takes it, and the version stands in it once.
fn template(written: &At<String>, findings: &mut Findings) -> String {
    const HOLE: &str = "{version}";
    let text = &written.value;
    let example = text.replace(HOLE, "1.2.3");
    match text.matches(HOLE).count() {
        1 if example.contains(['{', '}']) => {
            findings.hinted(
                written.at,
                format!("tag {} has braces beside `{HOLE}`", shown(text)),
                "`{version}` is the only thing that is filled in",
            );
        }
        1 => {
            if let Err(error) = example.parse::<Tag>() {
                findings.problem(written.at, format!("tag {} makes no valid tag: {error}", shown(text)));
            }
        }
        0 => findings.hinted(
            written.at,
            format!("tag {} has no `{HOLE}` in it", shown(text)),
            "write how a version's tag is made, e.g. `v{version}`",
        ),
        n => findings.hinted(written.at, format!("tag {} has `{HOLE}` in it {n} times", shown(text)), "write it once"),
    }
    text.clone()
}

fn address(written: &At<String>, findings: &mut Findings) -> String {
    let text = &written.value;
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""));
    match host {
        _ if host.unwrap_or(text).contains('@') => {
            findings.private(
                written.at,
                "the address of an index has a name or password in it",
                "remove everything before `@`: the client's own configuration has the credentials",
            );
        }
        Some(host) if !host.is_empty() && !text.contains(char::is_whitespace) => {}
        _ => findings.hinted(written.at, format!("{} is not the address of an index", shown(text)), "write it with `https://`"),
    }
    text.clone()
}

fn manifests(raw: Option<&At<Vec<At<RawManifest>>>>, findings: &mut Findings) -> Vec<(RepoPath, String)> {
    let mut manifests = Vec::new();
    for At { value: raw, .. } in raw.iter().flat_map(|raw| &raw.value) {
        let Some(path) = path(&raw.path, findings) else { continue };
        let manifest = (path, raw.locator.value.clone());
        if manifests.contains(&manifest) {
            findings.hinted(
                raw.locator.at,
                format!("{} of {} stands here twice", shown(&manifest.1), shown(manifest.0.as_str())),
                "remove one",
            );
        }
        manifests.push(manifest);
    }
    manifests
}
