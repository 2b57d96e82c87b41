//! Every form of manifest and release tool that is promised, one row each: which places change, and back byte for byte.

use super::{Searched, left_alone, package, tree};

/// One form: its name, the files with the good version in them, and each place that changes as `path:line`.
struct Form {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    changes: &'static [&'static str],
    /// What is said besides.
    said: &'static [&'static str],
}

const fn form(name: &'static str, files: &'static [(&'static str, &'static str)], changes: &'static [&'static str]) -> Form {
    Form { name, files, changes, said: &[] }
}

/// One that leaves nothing to write, and says why.
const fn said(name: &'static str, files: &'static [(&'static str, &'static str)], said: &'static [&'static str]) -> Form {
    Form { name, files, changes: &[], said }
}

const ABOUT: (&str, &str) = ("src/entity_core/__init__.py", "\"\"\"Entities.\"\"\"\n\n__version__ = \"0.0.12\"\n");
const ROOT: (&str, &str) = ("package.json", "{\n  \"name\": \"acme\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n");
const CORE: (&str, &str) = ("packages/core/package.json", "{\n  \"name\": \"@acme/core\",\n  \"version\": \"0.0.12\"\n}\n");
const UI: (&str, &str) = (
    "packages/ui/package.json",
    "{\n  \"name\": \"@acme/ui\",\n  \"version\": \"0.0.12\",\n  \"dependencies\": { \"@acme/core\": \"^0.0.12\", \"left-pad\": \"^0.0.12\" }\n}\n",
);
const INNER: [&str; 3] = ["packages/core/package.json:3", "packages/ui/package.json:3", "packages/ui/package.json:4"];

const PYTHON: [Form; 22] = [
    form(
        "pyproject.toml, PEP 621",
        &[("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\"\n")],
        &["pyproject.toml:3"],
    ),
    form(
        "pyproject.toml, Poetry",
        &[("pyproject.toml", "[tool.poetry]\nname = \"entity-core\"\nversion = \"0.0.12\"\n")],
        &["pyproject.toml:3"],
    ),
    form(
        "pyproject.toml, Flit, dynamic",
        &[
            (
                "pyproject.toml",
                "[build-system]\nbuild-backend = \"flit_core.buildapi\"\n[project]\nname = \"entity-core\"\ndynamic = [\"version\", \"description\"]\n",
            ),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "pyproject.toml, Flit, a module of another name",
        &[
            (
                "pyproject.toml",
                "[build-system]\nbuild-backend = \"flit_core.buildapi\"\n[project]\nname = \"core\"\ndynamic = [\"version\"]\n[tool.flit.module]\nname = \"entity_core\"\n",
            ),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "pyproject.toml, Flit before PEP 621",
        &[
            ("pyproject.toml", "[build-system]\nbuild-backend = \"flit_core.buildapi\"\n[tool.flit.metadata]\nmodule = \"entity\"\n"),
            ("entity.py", "\"\"\"Entities.\"\"\"\n__version__ = '0.0.12'\n"),
        ],
        &["entity.py:2"],
    ),
    form(
        "pyproject.toml, Hatch, dynamic",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.hatch.version]\npath = \"src/entity_core/__about__.py\"\n",
            ),
            ("src/entity_core/__about__.py", "__version__ = \"0.0.12\"\n"),
        ],
        &["src/entity_core/__about__.py:1"],
    ),
    form(
        "hatch.toml",
        &[
            (
                "pyproject.toml",
                "[build-system]\nbuild-backend = \"hatchling.build\"\n[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n",
            ),
            ("hatch.toml", "[version]\npath = \"src/entity_core/__init__.py\"\n"),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "pyproject.toml, PDM, dynamic",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.pdm.version]\nsource = \"file\"\npath = \"src/entity_core/__init__.py\"\n",
            ),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "pyproject.toml, setuptools, an attribute",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { attr = \"entity_core.__version__\" }\n",
            ),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "pyproject.toml, setuptools, a file",
        &[
            (
                "pyproject.toml",
                "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.setuptools.dynamic]\nversion = { file = [\"entity/NUMBER\"] }\n",
            ),
            ("entity/NUMBER", "0.0.12\n"),
        ],
        &["entity/NUMBER:1"],
    ),
    said(
        "setuptools-scm",
        &[("pyproject.toml", "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.setuptools_scm]\n")],
        &["takes the version from the tag: nothing to write"],
    ),
    said(
        "setuptools-scm in setup.py",
        &[("setup.py", "setup(name='entity-core', use_scm_version=True, setup_requires=['setuptools_scm'])\n")],
        &["takes the version from the tag: nothing to write"],
    ),
    said(
        "hatch-vcs",
        &[("pyproject.toml", "[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n[tool.hatch.version]\nsource = \"vcs\"\n")],
        &["takes the version from the tag: nothing to write"],
    ),
    said(
        "poetry-dynamic-versioning",
        &[(
            "pyproject.toml",
            "[tool.poetry]\nname = \"entity-core\"\nversion = \"0.0.0\"\n[tool.poetry-dynamic-versioning]\nenable = true\n",
        )],
        &["takes the version from the tag: nothing to write"],
    ),
    form("setup.cfg", &[("setup.cfg", "[metadata]\nname = entity-core\nversion = 0.0.12\n")], &["setup.cfg:3"]),
    form(
        "setup.cfg, an attribute",
        &[
            ("setup.cfg", "[metadata]\nname = entity-core\nversion = attr: entity_core.__version__\n[options]\npackage_dir =\n    =src\n"),
            ABOUT,
        ],
        &["src/entity_core/__init__.py:3"],
    ),
    form(
        "setup.cfg, a file",
        &[("setup.cfg", "[metadata]\nname = entity-core\nversion = file: NUMBER\n"), ("NUMBER", "0.0.12\n")],
        &["NUMBER:1"],
    ),
    form("setup.py", &[("setup.py", "from setuptools import setup\nsetup(name=\"entity-core\", version=\"0.0.12\")\n")], &["setup.py:2"]),
    form("setup.py, a variable", &[("setup.py", "VERSION = '0.0.12'\nsetup(name='entity-core', version=VERSION)\n")], &["setup.py:1"]),
    form(
        "__init__.py beside a static version",
        &[("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\"\n"), ABOUT],
        &["pyproject.toml:3", "src/entity_core/__init__.py:3"],
    ),
    form(
        "_version.py",
        &[
            ("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\"\n"),
            ("entity_core/_version.py", "__version__ = \"0.0.12\"\n__version_tuple__ = (0, 0, 12)\n"),
        ],
        &["entity_core/_version.py:1", "entity_core/_version.py:2", "pyproject.toml:3"],
    ),
    form(
        "version.py",
        &[("setup.py", "setup(name='entity-core', version='0.0.12')\n"), ("entity_core/version.py", "VERSION = '0.0.12'\n")],
        &["entity_core/version.py:1", "setup.py:1"],
    ),
];

const CARGO: [Form; 3] = [
    form(
        "Cargo.toml with Cargo.lock",
        &[
            ("Cargo.toml", "[package]\nname = \"entity-core\"\nversion = \"0.0.12\"\n"),
            (
                "Cargo.lock",
                "version = 4\n\n[[package]]\nname = \"entity-core\"\nversion = \"0.0.12\"\n\n[[package]]\nname = \"serde\"\nversion = \"0.0.12\"\nsource = \"registry+x\"\n",
            ),
        ],
        &["Cargo.lock:5", "Cargo.toml:3"],
    ),
    form(
        "Cargo.toml, inherited",
        &[
            ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.0.12\"\n"),
            ("crates/core/Cargo.toml", "[package]\nname = \"entity-core\"\nversion.workspace = true\n"),
        ],
        &["Cargo.toml:4"],
    ),
    form(
        "Cargo.toml, dependencies between members",
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"core\", \"ui\"]\n[workspace.dependencies]\ncore = { path = \"core\", version = \"0.0.12\" }\n",
            ),
            ("core/Cargo.toml", "[package]\nname = \"core\"\nversion = \"0.0.12\"\n"),
            (
                "ui/Cargo.toml",
                "[package]\nname = \"ui\"\nversion = \"0.0.12\"\n[dependencies]\ncore.workspace = true\n[dev-dependencies]\ncore = { path = \"../core\", version = \"=0.0.12\" }\n",
            ),
        ],
        &["Cargo.toml:4", "core/Cargo.toml:3", "ui/Cargo.toml:3", "ui/Cargo.toml:7"],
    ),
];

const NPM: [Form; 7] = [
    form(
        "package.json with package-lock.json",
        &[
            ("package.json", "{\n\t\"name\": \"core\",\n\t\"version\": \"0.0.12\"\n}\n"),
            (
                "package-lock.json",
                "{\n\"name\": \"core\",\n\"version\": \"0.0.12\",\n\"lockfileVersion\": 3,\n\"packages\": {\n\"\": { \"name\": \"core\", \"version\": \"0.0.12\" },\n\"node_modules/a\": { \"version\": \"0.0.12\" }\n}\n}\n",
            ),
        ],
        &["package-lock.json:3", "package-lock.json:6", "package.json:3"],
    ),
    form(
        "npm-shrinkwrap.json",
        &[
            ("package.json", "{\"name\": \"core\", \"version\": \"0.0.12\"}"),
            (
                "npm-shrinkwrap.json",
                "{\n\"name\": \"core\",\n\"version\": \"0.0.12\",\n\"lockfileVersion\": 1,\n\"dependencies\": { \"a\": { \"version\": \"0.0.12\" } }\n}\n",
            ),
        ],
        &["npm-shrinkwrap.json:3", "package.json:1"],
    ),
    form("npm workspaces and their ranges", &[ROOT, CORE, UI], &INNER),
    form(
        "pnpm workspaces and their ranges, with the lock file",
        &[
            ("package.json", "{ \"name\": \"acme\", \"private\": true }\n"),
            ("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n"),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n  packages/core: {}\n\n  packages/ui:\n    dependencies:\n      '@acme/core':\n        specifier: ^0.0.12\n        version: link:../core\n      left-pad:\n        specifier: ^0.0.12\n        version: 0.0.12\n\npackages:\n\n  left-pad@0.0.12:\n    resolution: {integrity: sha512-x}\n",
            ),
            CORE,
            UI,
        ],
        &["packages/core/package.json:3", "packages/ui/package.json:3", "packages/ui/package.json:4", "pnpm-lock.yaml:12"],
    ),
    form(
        "pnpm workspaces with the protocol",
        &[
            ("package.json", "{ \"name\": \"acme\", \"private\": true }\n"),
            ("pnpm-workspace.yaml", "packages: [\"packages/*\"]\n"),
            CORE,
            (
                "packages/ui/package.json",
                "{\n  \"name\": \"@acme/ui\",\n  \"version\": \"0.0.12\",\n  \"dependencies\": { \"@acme/core\": \"workspace:^0.0.12\", \"b\": \"workspace:*\" }\n}\n",
            ),
        ],
        &INNER,
    ),
    form(
        "yarn workspaces and their ranges, with the lock file",
        &[
            ROOT,
            (
                "yarn.lock",
                "# This file is generated by running \"yarn install\" inside your project.\n\n__metadata:\n  version: 8\n  cacheKey: 10c0\n\n\"@acme/core@npm:^0.0.12, @acme/core@workspace:packages/core\":\n  version: 0.0.0-use.local\n  resolution: \"@acme/core@workspace:packages/core\"\n  languageName: unknown\n  linkType: soft\n\n\"@acme/ui@workspace:packages/ui\":\n  version: 0.0.0-use.local\n  resolution: \"@acme/ui@workspace:packages/ui\"\n  dependencies:\n    \"@acme/core\": \"npm:^0.0.12\"\n    left-pad: \"npm:^0.0.12\"\n  languageName: unknown\n  linkType: soft\n\n\"left-pad@npm:^0.0.12\":\n  version: 0.0.12\n  resolution: \"left-pad@npm:0.0.12\"\n",
            ),
            CORE,
            UI,
        ],
        &["packages/core/package.json:3", "packages/ui/package.json:3", "packages/ui/package.json:4", "yarn.lock:7", "yarn.lock:17"],
    ),
    form(
        "lerna, yarn's older form of workspaces",
        &[
            (
                "package.json",
                "{ \"name\": \"acme\", \"private\": true, \"workspaces\": { \"packages\": [\"packages/*\"], \"nohoist\": [] } }\n",
            ),
            ("lerna.json", "{\n  \"version\": \"0.0.12\"\n}\n"),
            CORE,
            UI,
        ],
        &["lerna.json:2", "packages/core/package.json:3", "packages/ui/package.json:3", "packages/ui/package.json:4"],
    ),
];

const OTHERS: [Form; 26] = [
    form(
        "pom.xml",
        &[("pom.xml", "<project>\n<groupId>acme</groupId><artifactId>core</artifactId>\n<version>0.0.12</version>\n</project>\n")],
        &["pom.xml:3"],
    ),
    form(
        "pom.xml, parent and modules",
        &[
            (
                "pom.xml",
                "<project>\n<groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version>\n<modules><module>core</module></modules>\n</project>\n",
            ),
            (
                "core/pom.xml",
                "<project>\n<parent><groupId>acme</groupId><artifactId>top</artifactId>\n<version>0.0.12</version></parent>\n<artifactId>core</artifactId>\n</project>\n",
            ),
        ],
        &["core/pom.xml:3", "pom.xml:3"],
    ),
    form(
        "gradle.properties",
        &[("gradle.properties", "group=acme\nversion=0.0.12\n"), ("build.gradle", "plugins { id 'java' }\n")],
        &["gradle.properties:2"],
    ),
    form("build.gradle", &[("build.gradle", "plugins { id 'java' version '0.0.12' }\nversion = '0.0.12'\n")], &["build.gradle:2"]),
    form(
        "build.gradle.kts",
        &[("build.gradle.kts", "plugins { kotlin(\"jvm\") version \"0.0.12\" }\nversion = \"0.0.12\"\n")],
        &["build.gradle.kts:2"],
    ),
    form(
        "a .csproj",
        &[("Acme.csproj", "<Project>\n<PropertyGroup>\n<Version>0.0.12</Version>\n</PropertyGroup>\n</Project>\n")],
        &["Acme.csproj:3"],
    ),
    form(
        "a .csproj in src/ without a solution",
        &[("src/Acme/Acme.csproj", "<Project>\n<PropertyGroup>\n<Version>0.0.12</Version>\n</PropertyGroup>\n</Project>\n")],
        &["src/Acme/Acme.csproj:3"],
    ),
    form(
        "Directory.Build.props",
        &[
            ("Acme.sln", ""),
            ("Directory.Build.props", "<Project>\n<PropertyGroup>\n<VersionPrefix>0.0.12</VersionPrefix>\n</PropertyGroup>\n</Project>\n"),
        ],
        &["Directory.Build.props:3"],
    ),
    form("Chart.yaml", &[("Chart.yaml", "name: core\nversion: 0.0.12\nappVersion: \"0.0.12\"\n")], &["Chart.yaml:2", "Chart.yaml:3"]),
    form("pubspec.yaml", &[("pubspec.yaml", "name: core\nversion: 0.0.12\n")], &["pubspec.yaml:2"]),
    form("composer.json", &[("composer.json", "{\n\"name\": \"acme/core\",\n\"version\": \"0.0.12\"\n}\n")], &["composer.json:3"]),
    said(
        "composer.json without a version",
        &[("composer.json", "{\"name\": \"acme/core\"}\n")],
        &["Packagist takes the version from the tag: nothing to write"],
    ),
    form("mix.exs", &[("mix.exs", "def project do\n  [app: :core, version: \"0.0.12\"]\nend\n")], &["mix.exs:2"]),
    form("a .gemspec", &[("core.gemspec", "Gem::Specification.new do |spec|\n  spec.version = \"0.0.12\"\nend\n")], &["core.gemspec:2"]),
    form(
        "version.rb",
        &[
            (
                "core.gemspec",
                "require_relative \"lib/core/version\"\nGem::Specification.new do |spec|\n  spec.version = Core::VERSION\nend\n",
            ),
            ("lib/core/version.rb", "module Core\n  VERSION = \"0.0.12\"\nend\n"),
        ],
        &["lib/core/version.rb:2"],
    ),
    form("VERSION", &[("VERSION", "0.0.12")], &["VERSION:1"]),
    form(
        "CITATION.cff",
        &[("VERSION", "0.0.12\n"), ("CITATION.cff", "cff-version: 1.2.0\nversion: 0.0.12\n")],
        &["CITATION.cff:2", "VERSION:1"],
    ),
    said("Go", &[("go.mod", "module acme.example/core\n")], &["a Go module takes the version from the tag: nothing to write"]),
    form(
        "action.yml, pins of itself",
        &[("VERSION", "0.0.12\n"), ("action.yml", "runs:\n  using: docker\n  image: docker://ghcr.io/acme/entity-core:v0.0.12\n")],
        &["VERSION:1", "action.yml:3"],
    ),
    form(
        "action.yml, uses of its own parts",
        &[
            ("VERSION", "0.0.12\n"),
            (
                "action.yml",
                "runs:\n  using: composite\n  steps:\n    - uses: acme/entity-core/setup@v0.0.12\n    - uses: actions/checkout@v0.0.12\n",
            ),
        ],
        &["VERSION:1", "action.yml:4"],
    ),
    form(
        ".release-please-manifest.json",
        &[("VERSION", "0.0.12\n"), (".release-please-manifest.json", "{\n  \".\": \"0.0.12\"\n}\n")],
        &[".release-please-manifest.json:2", "VERSION:1"],
    ),
    form(
        ".bumpversion.cfg",
        &[("VERSION", "0.0.12\n"), (".bumpversion.cfg", "[bumpversion]\ncurrent_version = 0.0.12\n")],
        &[".bumpversion.cfg:2", "VERSION:1"],
    ),
    form(
        ".bumpversion.toml",
        &[("VERSION", "0.0.12\n"), (".bumpversion.toml", "[tool.bumpversion]\ncurrent_version = \"0.0.12\"\n")],
        &[".bumpversion.toml:2", "VERSION:1"],
    ),
    form(
        "commitizen in pyproject.toml",
        &[("pyproject.toml", "[tool.commitizen]\nversion = \"0.0.12\"\n"), ("VERSION", "0.0.12\n")],
        &["VERSION:1", "pyproject.toml:2"],
    ),
    form(
        "commitizen in files of its own",
        &[
            ("VERSION", "0.0.12\n"),
            (".cz.toml", "[tool.commitizen]\nversion = \"0.0.12\"\n"),
            (".cz.json", "{\n\"commitizen\": { \"version\": \"0.0.12\" }\n}\n"),
            (".cz.yaml", "commitizen:\n  version: 0.0.12\n"),
        ],
        &[".cz.json:2", ".cz.toml:2", ".cz.yaml:2", "VERSION:1"],
    ),
    form(
        "lerna.json",
        &[("package.json", "{\"name\": \"core\", \"version\": \"0.0.12\"}\n"), ("lerna.json", "{\n\"version\": \"0.0.12\"\n}\n")],
        &["lerna.json:2", "package.json:1"],
    ),
];

const NOTES: [Form; 7] = [
    Form {
        name: "the label `autorelease:`",
        files: &[("VERSION", "0.0.12\n"), (".release-please-manifest.json", "{ \".\": \"0.0.12\" }\n")],
        changes: &[".release-please-manifest.json:1", "VERSION:1"],
        said: &["`autorelease: tagged`"],
    },
    Form {
        name: "changesets",
        files: &[("VERSION", "0.0.12\n"), (".changeset/config.json", "{}\n")],
        changes: &["VERSION:1"],
        said: &["changesets: change files"],
    },
    Form {
        name: "release-plz",
        files: &[("VERSION", "0.0.12\n"), ("release-plz.toml", "\n")],
        changes: &["VERSION:1"],
        said: &["release-plz compares with the registry"],
    },
    Form {
        name: "semantic-release",
        files: &[("VERSION", "0.0.12\n"), (".releaserc", "{}\n")],
        changes: &["VERSION:1"],
        said: &["semantic-release counts from the highest tag"],
    },
    Form {
        name: "semantic-release in package.json",
        files: &[("package.json", "{ \"name\": \"a\", \"version\": \"0.0.12\", \"release\": {} }\n")],
        changes: &["package.json:1"],
        said: &["semantic-release counts from the highest tag"],
    },
    Form {
        name: "cargo-release",
        files: &[("VERSION", "0.0.12\n"), ("release.toml", "\n")],
        changes: &["VERSION:1"],
        said: &["cargo-release raises the version"],
    },
    Form {
        name: "cargo-release in Cargo.toml",
        files: &[("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.12\"\n[package.metadata.release]\ntag = false\n")],
        changes: &["Cargo.toml:3"],
        said: &["cargo-release raises the version"],
    },
];

/// What the policy declares.
const DECLARED: [(&str, &str, &str); 6] = [
    ("a.toml", "toml:tool.x.version", "[tool.x]\nversion = \"0.0.12\"\n"),
    ("a.json", "json:$.image.tag", "{ \"image\": {\n\"tag\": \"0.0.12\" } }\n"),
    ("a.yaml", "yaml:image.tag", "image:\n  tag: 0.0.12 # the image\n"),
    ("a.xml", "xml:/package/version", "<package>\n<version>0.0.12</version></package>\n"),
    ("a.txt", "marker", "one\ninstall 0.0.12 # x-rollback-version\n"),
    ("a.md", "marker", "one\ninstall 0.0.12 <!-- x-release-please-version -->\n"),
];

/// Every difference from what a form promises.
fn differences(form: &Form) -> Vec<String> {
    let mut wrong = Vec::new();
    let good = tree(form.files.iter().copied());
    let edits = match good.edits("0.0.12", "0.1.0", "0.0.13") {
        Ok(edits) => edits,
        Err(problems) => return vec![format!("{}: {problems:?}", form.name)],
    };
    let changes: Vec<String> =
        edits.iter().flat_map(|edit| edit.places.iter().map(|place| format!("{}:{}", edit.path, place.line))).collect();
    if changes != form.changes {
        wrong.push(format!("{}: changes {changes:?} and not {:?}", form.name, form.changes));
    }
    for said in form.said.iter().filter(|said| !good.notes().contains(**said)) {
        wrong.push(format!("{}: does not say {said:?} but {:?}", form.name, good.notes()));
    }
    let edited: Vec<(String, String)> = form
        .files
        .iter()
        .map(|(path, text)| {
            let edit = edits.iter().find(|edit| edit.path == *path);
            ((*path).to_owned(), edit.map_or_else(|| (*text).to_owned(), |edit| edit.apply(text).unwrap()))
        })
        .collect();
    let after = tree(edited.clone());
    let back = after.edits("0.0.13", "0.1.0", "0.0.12").unwrap_or_default();
    for ((path, text), (_, before)) in edited.iter().zip(form.files) {
        let edit = back.iter().find(|edit| edit.path == *path);
        let restored = edit.map_or_else(|| text.clone(), |edit| edit.apply(text).unwrap());
        if restored != *before {
            wrong.push(format!("{}: `{path}` is not restored: {restored:?}", form.name));
        }
    }
    let Searched { found, .. } = good.search();
    wrong.extend(left_alone(&found, &edits).iter().map(|left| format!("{}: left alone: {left}", form.name)));
    wrong
}

#[test]
fn every_promised_form_is_found_edited_and_edited_back() {
    let forms = PYTHON.iter().chain(&CARGO).chain(&NPM).chain(&OTHERS).chain(&NOTES);
    let wrong: Vec<String> = forms.flat_map(differences).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_promised_way_to_declare_a_place_is_followed() {
    for (path, locator, text) in DECLARED {
        let tree = tree([(path, text)]).package(package("a", None, &[(path, locator)]));
        assert_eq!(tree.edits("0.0.12", "0.1.0", "0.0.13").map(|edits| edits.len()), Ok(1), "{locator}");
        assert_eq!(tree.rolled(path), text.replace("0.0.12", "0.0.13"), "{locator}");
    }
}
