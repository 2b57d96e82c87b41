//! What is said where no version is found or another one is stated, and whether its lines of policy can be pasted.

use super::{Registry, Tree, check, package, tree};

/// The lines of policy in a text: whole lists of `packages`.
fn lines(said: &str) -> Vec<&str> {
    said.split('`').filter(|part| part.starts_with("packages: ")).collect()
}

/// The same tree under a policy in which a line was pasted.
#[track_caller]
fn under(files: &[(&str, &str)], line: &str) -> Tree {
    let roles = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";
    let policy = crate::config::parse(&format!("{roles}{line}\n"), "test").unwrap_or_else(|problems| panic!("{line}: {problems:?}"));
    policy.packages.into_iter().fold(tree(files.iter().copied()), Tree::package)
}

#[track_caller]
fn refused(files: &[(&str, &str)]) -> String {
    tree(files.iter().copied()).edits("0.0.12", "0.1.0", "0.0.13").map_or_else(
        |problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        |edits| panic!("not refused: {edits:?}"),
    )
}

#[test]
fn a_manifest_that_states_no_version_is_named_with_a_line_that_says_the_tag_is_it() {
    for (path, text, why) in [
        ("package.json", "{\"name\":\"a\"}", "it states no `version`, and is not `private`"),
        ("Cargo.toml", "[package]\nname = \"a\"\n", "`[package]` states no `version`"),
        (
            "pom.xml",
            "<project><parent><groupId>far</groupId><artifactId>away</artifactId><version>0.0.12</version></parent><artifactId>a</artifactId></project>",
            "`<project>` states no `<version>`, and no parent in the repository states one",
        ),
        ("CMakeLists.txt", "project(a VERSION ${ACME_VERSION})\n", "the `VERSION` of `project()` is no literal"),
        ("setup.py", "setup(**meta())\n", "it gives no literal version, and no file of the package states one"),
        ("a.csproj", "<Project><PropertyGroup><PackageId>A</PackageId></PropertyGroup></Project>", "no project states a version"),
    ] {
        let said = refused(&[(path, text)]);
        assert!(
            said.starts_with(&format!("no version found; looked at `{path}`\nhint: in `.github/rollback.yml`, name the place")),
            "{said}"
        );
        assert!(said.contains(&format!("{path}: {why}")), "{said}");
        let (first, tag) = (lines(&said)[0], lines(&said)[1]);
        assert!(first.contains(&format!("path: {path}, locator: '")), "{first}");
        check(&under(&[(path, text)], tag), &[]);
    }
}

#[test]
fn a_file_that_is_never_published_needs_no_version() {
    check(&tree([("package.json", "{\"name\":\"a\",\"private\":true}")]), &[]);
    check(&tree([("CMakeLists.txt", "cmake_minimum_required(VERSION 3.20)\nproject(a LANGUAGES CXX)\n")]), &[]);
}

#[test]
fn a_registry_that_takes_the_version_from_a_file_gets_no_release_without_one() {
    let of = |registry| super::Package { registry, ..package("acme-a", None, &[]) };
    for registry in [Registry::Npm, Registry::Crates, Registry::Pypi, Registry::Maven] {
        let said = tree([("README.md", "")]).package(of(registry)).changes("0.0.12", "0.1.0", "0.0.13");
        assert!(said.starts_with("no version found; there is no manifest\nhint: in `.github/rollback.yml`, name the place"), "{said}");
        assert!(said.ends_with("`manifests: [{ path: path/to/file, locator: tag }]` in the entry of `acme-a`"), "{said}");
    }
    check(&tree([("README.md", "")]).package(of(Registry::Oci)), &[]);
    let filled_in = [("package.json", "{\"name\":\"a\",\"version\":\"0.0.0-development\"}")];
    check(&tree(filled_in).package(of(Registry::Npm)), &[]);
}

#[test]
fn a_place_that_states_another_version_becomes_the_new_one_by_the_line_that_is_offered() {
    for (path, text, change) in [
        ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"0.0.11\"\n", "Cargo.toml:3 [package] version: 0.0.11 -> 0.0.13"),
        ("package.json", "{\"name\":\"a\",\"version\":\"0.0.11\"}", "package.json:1 version: 0.0.11 -> 0.0.13"),
        (
            "pyproject.toml",
            "[tool.poetry]\nname = \"a\"\nversion = \"0.0.11\"\n",
            "pyproject.toml:3 [tool.poetry] version: 0.0.11 -> 0.0.13",
        ),
        ("pubspec.yaml", "name: a\nversion: 0.0.11\n", "pubspec.yaml:2 version: 0.0.11 -> 0.0.13"),
        (
            "Directory.Build.props",
            "<Project><PropertyGroup><VersionPrefix>0.0.11</VersionPrefix></PropertyGroup></Project>",
            "Directory.Build.props:1 <VersionPrefix>: 0.0.11 -> 0.0.13",
        ),
        ("setup.cfg", "[metadata]\nname = a\nversion = 0.0.11\n", "setup.cfg:3 [metadata] version: 0.0.11 -> 0.0.13"),
        ("VERSION", "0.0.11\n", "VERSION:1 the whole file: 0.0.11 -> 0.0.13"),
        ("CMakeLists.txt", "project(a\n  VERSION 0.0.11)\n", "CMakeLists.txt:2 project(VERSION …): 0.0.11 -> 0.0.13"),
    ] {
        let said = refused(&[(path, text)]);
        assert!(
            said.contains("states `0.0.11`, and the good release is `0.0.12`\nhint: check that the good tag is the right one"),
            "{said}"
        );
        let (rewrite, tag) = (lines(&said)[0], lines(&said)[1]);
        check(&under(&[(path, text)], rewrite), &[change]);
        check(&under(&[(path, text)], tag), &[]);
    }
}

#[test]
fn a_go_module_or_a_php_package_does_not_excuse_a_manifest_that_states_another_version() {
    let stale = ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"3.0.0\"\n");
    for tagged in [("go.mod", "module example.com/acme\n"), ("composer.json", "{\"name\":\"acme/core\"}")] {
        let said = refused(&[tagged, stale]);
        assert!(said.starts_with("pyproject.toml:3:12: `[project] version` states `3.0.0`, and the good release is `0.0.12`"), "{said}");
        // One that is never published may state what it likes.
        let private = ("package.json", "{\"name\":\"docs\",\"private\":true,\"version\":\"1.0.0\"}");
        check(&tree([tagged, private]), &[]);
    }
}

#[test]
fn every_problem_has_its_column() {
    let said = refused(&[("VERSION", "0.0.12\n"), ("src/é/x.txt", ""), ("setup.cfg", "[metadata]\nname = a\nversion =   0.0.11\n")]);
    assert!(said.starts_with("setup.cfg:3:13: `[metadata] version` states `0.0.11`"), "{said}");
    let wide = refused(&[("VERSION", "0.0.12\n"), ("pyproject.toml", "tool = { poetry = { name = 'é', version = '0.0.11' } }\n")]);
    assert!(wide.starts_with("pyproject.toml:1:44: "), "{wide}");
}
