//! The lines of policy that name a place, as remedies: they can be pasted as they are.

use super::document::Format;
use super::files::Files;
use super::place::Place;
use super::search::Search;

/// Returns the list of `manifests` with one place.
fn manifests(path: &str, locator: &str) -> String {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || "._/-".contains(c));
    let quoted = |text: &str| if plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) };
    format!("manifests: [{{ path: {}, locator: {} }}]", quoted(path), quoted(locator))
}

/// Returns where a file of this name states its version as a rule.
pub(crate) fn usual(path: &str) -> &'static str {
    match (path.rsplit('/').next().unwrap_or(path), Format::of(path)) {
        ("pyproject.toml", _) => "toml:project.version",
        ("Cargo.toml", _) => "toml:package.version",
        ("pom.xml", _) => "xml:/project/version",
        (_, Format::Toml) => "toml:version",
        (_, Format::Json) => "json:$.version",
        (_, Format::Yaml) => "yaml:version",
        (_, Format::Xml) => "xml:/Project/PropertyGroup/Version",
        (name, Format::Text) if name.ends_with(".py") => "line:__version__",
        (_, Format::Text) => "line:version",
    }
}

/// Returns the whole entry of `packages` that names one place, for a policy that lists none yet; else what its package
/// gets.
pub(crate) fn entry(search: &Search, path: &str, locator: &str) -> String {
    let line = manifests(path, locator);
    match search.packages.as_slice() {
        [] => {
            let name = search.repository.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("it");
            format!("`packages: [{{ name: {name}, registry: {}, {line} }}]`", registry(path))
        }
        [only] => format!("`{line}` in the entry of `{}`", only.name),
        [_, ..] => format!("`{line}` in its package's entry"),
    }
}

/// Returns the entry by which a place becomes the new version whatever it states.
pub(crate) fn rewriting(search: &Search, place: &Place, files: &Files) -> String {
    entry(search, &place.path, &format!("rewrite:{}", locator(place, files)))
}

/// Returns how the policy would name a place that was found.
fn locator(Place { path, locator, span, .. }: &Place, files: &Files) -> String {
    let key = !locator.is_empty() && locator.chars().all(|c| c.is_ascii_alphanumeric() || "._".contains(c));
    let name = path.rsplit('/').next().unwrap_or(path);
    let found = match Format::of(path) {
        // The policy's own words.
        _ if ["toml:", "json:", "yaml:", "xml:"].iter().any(|scheme| locator.starts_with(scheme)) => Some(locator.clone()),
        Format::Toml => locator.strip_prefix('[').and_then(|rest| rest.split_once("] ")).map(|(table, key)| format!("toml:{table}.{key}")),
        Format::Json if key => Some(format!("json:$.{locator}")),
        Format::Yaml if key => Some(format!("yaml:{locator}")),
        Format::Xml => match (locator.strip_prefix("<properties> "), locator.trim_matches(['<', '>'])) {
            (Some(property), _) => Some(format!("xml:/project/properties/{property}")),
            (None, element) if name != "pom.xml" => Some(format!("xml:/Project/PropertyGroup/{element}")),
            (None, _) => None,
        },
        // What stands before the version on its line; nothing where it is the whole file.
        Format::Text => {
            let before = files.text(path).and_then(|text| text.get(..span.start)).unwrap_or_default();
            Some(format!("line:{}", before.rsplit('\n').next().unwrap_or_default().trim_matches(['"', '\'', ' ', '\t', '\u{feff}'])))
        }
        Format::Json | Format::Yaml => None,
    };
    found.unwrap_or_else(|| usual(path).to_owned())
}

fn registry(path: &str) -> &'static str {
    match path.rsplit('/').next().unwrap_or(path) {
        "package.json" => "npm",
        "pyproject.toml" | "setup.py" | "setup.cfg" => "pypi",
        "Cargo.toml" => "crates",
        "pom.xml" | "build.gradle" | "build.gradle.kts" | "gradle.properties" => "maven",
        name if name.ends_with("proj") || name.ends_with(".props") => "nuget",
        name if name.ends_with(".gemspec") => "rubygems",
        _ => "github-releases",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_states_its_version_where_its_ecosystem_has_it() {
        let places = [
            ("crates/a/Cargo.toml", "toml:package.version"),
            ("pyproject.toml", "toml:project.version"),
            ("other.toml", "toml:version"),
            ("package.json", "json:$.version"),
            ("charts/a/Chart.yaml", "yaml:version"),
            ("pom.xml", "xml:/project/version"),
            ("Directory.Build.props", "xml:/Project/PropertyGroup/Version"),
            ("src/a/__init__.py", "line:__version__"),
            ("VERSION", "line:version"),
        ];
        for (path, locator) in places {
            assert_eq!(usual(path), locator, "{path}");
        }
    }
}
