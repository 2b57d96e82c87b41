//! Python: `pyproject.toml` of every backend, `setup.cfg`, `setup.py`, the file a dynamic version comes from, `uv.lock`.

use std::collections::BTreeSet;

use crate::domain::tree::Mode;
use crate::gather::Gather as _;
use crate::manifest::document::{Format, Node};
use crate::manifest::files::{join, under};
use crate::manifest::find::{Kind, Scan};
use crate::manifest::place::{Ecosystem, What};
use crate::manifest::spelling;

use super::python_source::{self as source, Ini};

pub(super) const PYTHON: Ecosystem = Ecosystem::Python;

/// What `[project] dynamic` (or its absence) leaves to be found elsewhere.
enum Source {
    /// A file with an assignment or nothing but the version, and the setting that names it.
    File(String, String),
    /// A module by its dotted name, and the setting that names it.
    Module(String, String),
    /// The tag, by this tool.
    Tag(String),
    /// Another manifest (Cargo's, by maturin).
    Elsewhere,
}

/// Looks at the project in a directory, at the members of a uv workspace, and at what it depends on by path; returns
/// their directories.
pub(super) fn find(scan: &mut Scan<'_>, dir: &str) -> BTreeSet<String> {
    let mut dirs = BTreeSet::from([dir.to_owned()]);
    if let Some((_, _, node)) = scan.document(&under(dir, "pyproject.toml")) {
        let table = node.at(&["tool", "uv", "workspace"]);
        let list = |key: &str, mark: &str| -> Vec<String> {
            let globs = table.and_then(|table| table.get(key)).map(Node::texts).unwrap_or_default();
            globs.into_iter().map(|glob| format!("{mark}{glob}")).collect()
        };
        dirs.extend(scan.members_of(dir, &[list("members", ""), list("exclude", "!")].concat()));
        dirs.extend(path_dependencies(&node).into_iter().filter_map(|path| join(dir, path)));
    }
    for dir in &dirs {
        project(scan, dir);
    }
    dirs
}

/// Looks at what the projects of these directories require of each other, once all are known.
pub(super) fn inner(scan: &mut Scan<'_>, dirs: &BTreeSet<String>, roots: &BTreeSet<String>) {
    let names: BTreeSet<String> = scan.members(PYTHON).iter().map(|name| normal(name)).gather();
    for dir in dirs {
        requirements(scan, dir, &names);
    }
    for root in roots {
        lock(scan, root, "uv.lock", &names);
        lock(scan, root, "poetry.lock", &names);
    }
}

/// The directories that Poetry and uv are told to take a dependency from.
fn path_dependencies(node: &Node) -> Vec<&str> {
    let tables = [
        node.all(&["tool", "poetry", "dependencies", "*", "path"]),
        node.all(&["tool", "poetry", "group", "*", "dependencies", "*", "path"]),
        node.all(&["tool", "uv", "sources", "*", "path"]),
    ];
    let paths = tables.into_iter().flatten().map(|scalar| scalar.text.as_str());
    // A wheel or an archive is no project.
    paths.filter(|path| !path.ends_with(".whl") && !path.ends_with(".gz") && !path.ends_with(".zip")).take(200).collect()
}

fn project(scan: &mut Scan<'_>, dir: &str) {
    let mut name = None;
    if let Some((path, text, node)) = scan.document(&under(dir, "pyproject.toml")) {
        name = node.text(&["project", "name"]).or_else(|| node.text(&["tool", "poetry", "name"])).map(str::to_owned);
        let sources = sources(&node);
        let poetry_is_tagged = node.at(&["tool", "poetry-dynamic-versioning"]).is_some_and(|table| table.text(&["enable"]) == Some("true"));
        for (keys, locator) in
            [(["project", "version"].as_slice(), "[project] version"), (&["tool", "poetry", "version"], "[tool.poetry] version")]
        {
            if poetry_is_tagged {
                continue;
            }
            for scalar in node.all(keys) {
                scan.scalar(&path, text, locator, scalar, Kind::own(PYTHON, dir, name.as_deref()));
            }
        }
        if poetry_is_tagged {
            scan.tag_is_version(dir, &path, "poetry-dynamic-versioning");
        }
        follow(scan, dir, &path, name.as_deref(), &node, &sources);
    }
    setup_cfg(scan, dir, &mut name);
    setup_py(scan, dir, &mut name);
    modules(scan, dir, name.as_deref());
    if let Some(name) = name {
        let own = scan.places_own(PYTHON, dir);
        scan.member(PYTHON, &name, dir, own);
    }
}

/// Follows a dynamic version to where it comes from.
fn follow(scan: &mut Scan<'_>, dir: &str, path: &str, name: Option<&str>, node: &Node, sources: &[Source]) {
    let dynamic = node.at(&["project", "dynamic"]).map(Node::texts).unwrap_or_default().contains(&"version");
    for source in sources {
        match source {
            Source::Tag(tool) => scan.tag_is_version(dir, path, tool),
            Source::File(file, setting) => match join(dir, file) {
                Some(file) => source::dynamic_file(scan, dir, &file, name, path, setting),
                None => scan.expect(path, format!("`{setting}` names `{file}`, which is no path in the repository")),
            },
            Source::Module(module, setting) => source::dynamic_module(scan, dir, module, name, path, setting),
            Source::Elsewhere => {}
        }
    }
    let states = node.at(&["project", "version"]).is_some() || node.at(&["tool", "poetry", "version"]).is_some();
    if !states && sources.is_empty() && (dynamic || node.get("project").is_some()) {
        let message = if dynamic {
            "`[project] dynamic` lists `version`, and no setting says where it comes from"
        } else {
            "`[project]` states no version"
        };
        scan.expect(path, message);
    }
}

fn sources(node: &Node) -> Vec<Source> {
    let mut found = Vec::new();
    let backend = node.text(&["build-system", "build-backend"]).unwrap_or_default();
    let requires = node.at(&["build-system", "requires"]).map(Node::texts).unwrap_or_default().join(" ").replace('_', "-");
    let tool = |path: &[&str]| node.get("tool").and_then(|tool| tool.at(path));
    let dynamic = node.at(&["project", "dynamic"]).map(Node::texts).unwrap_or_default().contains(&"version");
    for (key, needle) in [
        ("setuptools_scm", "setuptools-scm"),
        ("versioneer", "versioneer"),
        ("versioningit", "versioningit"),
        ("vcs-versioning", "vcs-versioning"),
    ] {
        let named = tool(&[key]).is_some() || (dynamic && requires.contains(needle));
        let hatch = tool(&["hatch", "version", "source"]).and_then(Node::scalar).is_some_and(|source| source.text == key);
        if named || hatch {
            found.push(Source::Tag(needle.to_owned()));
        }
    }
    if let Some(version) = tool(&["setuptools", "dynamic", "version"]) {
        if let Some(module) = version.text(&["attr"]) {
            found.push(Source::Module(module.to_owned(), "[tool.setuptools.dynamic] version.attr".into()));
        }
        for file in version.get("file").map(Node::texts).unwrap_or_default() {
            found.push(Source::File(file.to_owned(), "[tool.setuptools.dynamic] version.file".into()));
        }
    }
    if let Some(hatch) = tool(&["hatch", "version"]) {
        match (hatch.text(&["path"]), hatch.text(&["source"])) {
            (_, Some("vcs")) => found.push(Source::Tag("hatch-vcs".into())),
            (_, Some("nodejs")) => found.push(Source::Elsewhere),
            (Some(file), _) => found.push(Source::File(file.to_owned(), "[tool.hatch.version] path".into())),
            (None, _) => {}
        }
    }
    if let Some(pdm) = tool(&["pdm", "version"]) {
        match (pdm.text(&["source"]), pdm.text(&["path"]).or_else(|| pdm.text(&["from"]))) {
            (Some("scm"), _) => found.push(Source::Tag("pdm".into())),
            (_, Some(file)) => found.push(Source::File(file.to_owned(), "[tool.pdm.version] path".into())),
            (_, None) => {}
        }
    }
    if let Some(scikit) = tool(&["scikit-build", "metadata", "version"]) {
        match (scikit.text(&["provider"]).unwrap_or_default(), scikit.text(&["input"])) {
            (provider, _) if provider.contains("scm") => found.push(Source::Tag("setuptools-scm".into())),
            (_, Some(file)) => found.push(Source::File(file.to_owned(), "[tool.scikit-build.metadata.version] input".into())),
            (_, None) => {}
        }
    }
    let project = node.text(&["project", "name"]);
    if backend.starts_with("flit")
        && dynamic
        && let Some(module) = node.text(&["tool", "flit", "module", "name"]).or(project)
    {
        found.push(Source::Module(format!("{}.__version__", module.replace('-', "_")), "flit's `__version__`".into()));
    }
    if dynamic && (backend.starts_with("maturin") || backend.starts_with("mesonpy")) {
        found.push(Source::Elsewhere);
    }
    found
}

fn setup_cfg(scan: &mut Scan<'_>, dir: &str, name: &mut Option<String>) {
    let Some((path, text)) = scan.text(&under(dir, "setup.cfg")) else { return };
    let ini = Ini::read(text);
    if name.is_none() {
        *name = ini.get("metadata", "name").map(|value| text[value].to_owned());
    }
    if ini.has("versioneer") || ini.has("pbr") {
        scan.tag_is_version(dir, &path, "the build");
    }
    let Some(value) = ini.get("metadata", "version") else { return };
    let locator = "[metadata] version";
    match text[value.clone()].split_once(':') {
        Some(("attr", module)) => source::dynamic_module(scan, dir, module.trim(), name.as_deref(), &path, locator),
        Some(("file", file)) => {
            if let Some(file) = join(dir, file.trim()) {
                source::dynamic_file(scan, dir, &file, name.as_deref(), &path, locator);
            }
        }
        Some(_) | None => scan.place(&path, text, locator, value, Kind::own(PYTHON, dir, name.as_deref())),
    }
}

fn setup_py(scan: &mut Scan<'_>, dir: &str, name: &mut Option<String>) {
    let Some((path, text)) = scan.text(&under(dir, "setup.py")) else { return };
    let setup = source::setup(text);
    if name.is_none() {
        *name = setup.name.map(str::to_owned);
    }
    for value in &setup.versions {
        scan.place(&path, text, "setup(version=…)", value.clone(), Kind::own(PYTHON, dir, name.as_deref()));
    }
    if setup.scm {
        scan.tag_is_version(dir, &path, "setuptools-scm, versioneer or pbr");
    } else if setup.versions.is_empty() && !scan.is_tagged(dir) && (setup.computes || scan.places_own(PYTHON, dir).is_none()) {
        scan.expect(&path, "it gives no literal version, and no file of the package states one");
    }
}

/// The package's own `__init__.py` and its like, by the names the project's name suggests.
fn modules(scan: &mut Scan<'_>, dir: &str, name: Option<&str>) {
    let declared = scan.search.packages.iter().filter(|package| package.path.as_ref().map_or("", |path| path.as_str()) == dir);
    let words = declared.map(|package| package.name.as_str()).chain(name);
    // A setup.py that computes its name leaves the repository's, which the top project usually shares.
    let repository = scan.search.repository.rsplit('/').next().filter(|_| dir.is_empty() && name.is_none());
    let mut names: BTreeSet<String> = words.chain(repository).flat_map(import_names).gather();
    names.extend(only_package(scan, dir));
    for module in names.iter().filter(|name| join(dir, name).is_some()) {
        for parent in ["", "src", "python"] {
            let package = under(&under(dir, parent), module);
            let package = package.trim_start_matches('/').to_owned();
            for file in ["__init__.py", "_version.py", "version.py", "__version__.py", "__about__.py"] {
                source::module_file(scan, dir, &under(&package, file), name);
            }
        }
        source::module_file(scan, dir, &under(dir, &format!("{module}.py")), name);
    }
    if !names.is_empty() {
        source::module_file(scan, dir, &under(dir, "version.py"), name);
        source::module_file(scan, dir, &under(dir, "_version.py"), name);
    }
}

/// The names a project may be imported by: its own, and what stands before a hyphen in it (`entity-core` → `entity`).
fn import_names(name: &str) -> Vec<String> {
    let whole = normal(name).replace('-', "_");
    let ends = whole.match_indices('_').map(|(at, _)| at).chain([whole.len()]);
    ends.filter_map(|end| whole.get(..end)).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The directory in `src` where it is the only one, whatever its name.
fn only_package(scan: &mut Scan<'_>, dir: &str) -> Option<String> {
    if !["pyproject.toml", "setup.py", "setup.cfg"].iter().any(|file| scan.text(&under(dir, file)).is_some()) {
        return None;
    }
    let listed = scan.dir(&under(dir, "src"));
    let mut packages = listed.into_iter().filter(|(name, mode)| *mode == Mode::Directory && !name.ends_with(".egg-info"));
    match (packages.next(), packages.next()) {
        (Some((name, _)), None) => Some(name),
        _ => None,
    }
}

fn requirements(scan: &mut Scan<'_>, dir: &str, names: &BTreeSet<String>) {
    if names.len() < 2 {
        return;
    }
    let Some((path, text, node)) = scan.document(&under(dir, "pyproject.toml")) else { return };
    poetry(scan, dir, (&path, text, &node), names);
    let lists = [
        node.all(&["project", "dependencies", "*"]),
        node.all(&["project", "optional-dependencies", "*", "*"]),
        node.all(&["dependency-groups", "*", "*"]),
    ];
    for scalar in lists.into_iter().flatten() {
        let end = scalar.text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).unwrap_or(scalar.text.len());
        let name = normal(&scalar.text[..end]);
        if names.contains(&name) && !scalar.text.contains('@') {
            let kind = Kind::own(PYTHON, dir, Some(&name)).being(What::InternalPin);
            // A marker (`; python_version >= "3.9"`) is no requirement on the package.
            let marker = scalar.text.find(';').unwrap_or(scalar.text.len());
            for token in spelling::tokens(&scalar.text[..marker]).into_iter().filter(|_| scalar.plain) {
                let span = scalar.span.start + token.start..scalar.span.start + token.end;
                scan.place(&path, text, &format!("dependencies `{name}`"), span, kind.clone());
            }
        }
    }
}

/// Poetry's own tables: `entity-core = "^1.0"` or `{ version = "^1.0", … }`.
fn poetry(scan: &mut Scan<'_>, dir: &str, (path, text, node): (&str, &str, &Node), names: &BTreeSet<String>) {
    let groups = node.at(&["tool", "poetry", "group"]).map(Node::entries).unwrap_or_default();
    let grouped = groups.iter().filter_map(|(_, group)| group.get("dependencies"));
    for table in node.at(&["tool", "poetry", "dependencies"]).into_iter().chain(grouped) {
        for (name, wanted) in table.entries().iter().filter(|(name, _)| names.contains(&normal(name))) {
            let kind = Kind::own(PYTHON, dir, Some(name)).being(What::InternalPin);
            for scalar in wanted.scalar().into_iter().chain(wanted.get("version").and_then(Node::scalar)) {
                scan.pin(path, text, &format!("[tool.poetry] dependencies `{name}`"), scalar, kind.clone());
            }
        }
    }
}

fn lock(scan: &mut Scan<'_>, dir: &str, file: &str, names: &BTreeSet<String>) {
    let Some((path, text, node)) = scan.document_as(&under(dir, file), Format::Toml) else { return };
    for entry in node.get("package").map(Node::items).unwrap_or_default() {
        let uv = ["editable", "virtual", "directory"].iter().any(|kind| entry.at(&["source", kind]).is_some());
        let local = uv || entry.text(&["source", "type"]) == Some("directory");
        let Some(name) = entry.text(&["name"]).filter(|name| local && names.contains(&normal(name))) else { continue };
        for scalar in entry.all(&["version"]) {
            scan.scalar(&path, text, &format!("[[package]] {name}"), scalar, Kind::own(PYTHON, dir, Some(name)).being(What::LockEntry));
        }
    }
}

/// A project's name the way PyPI compares them.
pub(super) fn normal(name: &str) -> String {
    let mut out = String::new();
    for c in name.trim().chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}
