//! Python's manifests.

use super::{check, package, tree};

#[test]
fn a_tree_without_manifests_needs_no_edit_and_says_that_the_tag_is_the_version() {
    let tree = tree([("action.yml", "name: x\n"), ("README.md", "version 0.0.12\n")]);
    check(&tree, &[]);
    assert_eq!(tree.notes(), "no file states a version; the tag is the version");
}

#[test]
fn every_place_of_a_python_package_changes_together() {
    let tree = tree([
        ("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\" # ours\n"),
        ("src/entity_core/__init__.py", "\"\"\"version = '0.0.12'\"\"\"\n__version__: str = '0.0.12'\n"),
        (
            "uv.lock",
            "[[package]]\nname = \"entity-core\"\nversion = \"0.0.12\"\nsource = { editable = \".\" }\n\n[[package]]\nname = \"other\"\nversion = \"0.0.12\"\nsource = { registry = \"x\" }\n",
        ),
    ]);
    check(
        &tree,
        &[
            "pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13",
            "src/entity_core/__init__.py:2 __version__: 0.0.12 -> 0.0.13",
            "uv.lock:3 [[package]] entity-core: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn a_manifest_with_line_endings_of_windows_a_mark_and_no_last_newline_keeps_them() {
    let text = "\u{feff}[project] # c\r\nname = 'entity-core'\r\nversion = '0.0.12'  # v\r\ndescription=\"\"\"ä\r\nb\"\"\"";
    let tree = tree([("pyproject.toml", text)]);
    assert_eq!(tree.rolled("pyproject.toml"), text.replace("0.0.12", "0.0.13"));
}

#[test]
fn both_project_and_poetry_versions_are_edited_and_a_dynamic_one_does_not_hide_poetrys() {
    let tree = tree([("pyproject.toml", "[project]\nname = \"a\"\ndynamic = [\"version\"]\n[tool.poetry]\nversion = \"0.0.12\"\n")]);
    check(&tree, &["pyproject.toml:5 [tool.poetry] version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn setup_cfg_changes_its_metadata_and_not_a_minimum_version_above_it() {
    let text = "[mypy]\nminversion = 0.0.12\n[metadata]\nname = entity-core\nversion = 0.0.12\n[options]\nversion = 0.0.12\n";
    let tree = tree([("setup.cfg", text), ("setup.py", "from setuptools import setup\nsetup()\n")]);
    check(&tree, &["setup.cfg:5 [metadata] version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn setup_py_changes_its_literal_or_the_variable_it_names() {
    check(
        &tree([(
            "setup.py",
            "# version='0.0.12'\nsetup(\n    name='entity-core',\n    python_version='0.0.12',\n    version = \"0.0.12\",\n)\n",
        )]),
        &["setup.py:5 setup(version=…): 0.0.12 -> 0.0.13"],
    );
    check(
        &tree([("setup.py", "VERSION = '0.0.12'\nsetup(name='a', version=VERSION)\n")]),
        &["setup.py:1 setup(version=…): 0.0.12 -> 0.0.13"],
    );
}

#[test]
fn a_dynamic_version_is_followed_to_its_file() {
    let backend = |settings: &str| format!("[project]\nname = \"entity-core\"\ndynamic = [\"version\"]\n{settings}");
    let attr = backend("[tool.setuptools.dynamic]\nversion = { attr = \"entity_core.meta.__version__\" }\n");
    check(
        &tree([("pyproject.toml", attr.as_str()), ("src/entity_core/meta.py", "__version__ = version = '0.0.12'\n")]),
        &["src/entity_core/meta.py:1 __version__: 0.0.12 -> 0.0.13"],
    );
    let file = backend("[tool.setuptools.dynamic]\nversion = { file = [\"src/V\"] }\n");
    check(&tree([("pyproject.toml", file.as_str()), ("src/V", "0.0.12")]), &["src/V:1 the whole file: 0.0.12 -> 0.0.13"]);
    let hatch = backend("[tool.hatch.version]\npath = \"src/odd/about.py\"\n");
    check(
        &tree([("pyproject.toml", hatch.as_str()), ("src/odd/about.py", "__version__ = \"0.0.12\"\n")]),
        &["src/odd/about.py:1 __version__: 0.0.12 -> 0.0.13"],
    );
    let flit = backend("[build-system]\nbuild-backend = \"flit_core.buildapi\"\n");
    check(
        &tree([("pyproject.toml", flit.as_str()), ("entity_core.py", "__version__ = \"0.0.12\"\n")]),
        &["entity_core.py:1 __version__: 0.0.12 -> 0.0.13"],
    );
    let pdm = backend("[tool.pdm.version]\nsource = \"file\"\npath = \"x/y.py\"\n");
    check(&tree([("pyproject.toml", pdm.as_str()), ("x/y.py", "VERSION = (0, 0, 12)\n")]), &["x/y.py:1 VERSION: 0, 0, 12 -> 0, 0, 13"]);
}

#[test]
fn a_dynamic_version_that_leads_nowhere_is_a_problem_and_not_silence() {
    let tree = tree([("pyproject.toml", "[project]\nname = \"a\"\ndynamic = [\"version\"]\n")]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("pyproject.toml: `[project] dynamic` lists `version`, and no setting says where it comes from"), "{said}");
}

#[test]
fn a_version_taken_from_the_tag_leaves_nothing_to_write_and_says_so() {
    for (backend, tool) in [
        ("[build-system]\nrequires = [\"setuptools_scm>=8\"]\n", "setuptools-scm"),
        ("[tool.hatch.version]\nsource = \"vcs\"\n", "hatch-vcs"),
    ] {
        let text = format!("[project]\nname = \"a\"\ndynamic = [\"version\"]\n{backend}");
        let tree = tree([("pyproject.toml", text.as_str())]);
        check(&tree, &[]);
        assert!(tree.notes().contains(&format!("{tool} takes the version from the tag: nothing to write")), "{}", tree.notes());
    }
}

#[test]
fn two_answers_for_one_package_stop_the_plan_with_both_places() {
    let tree = tree([
        ("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\"\n"),
        ("entity_core/__init__.py", "__version__ = \"0.0.11\"\n"),
    ]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(
        said.starts_with("entity_core/__init__.py:1:16: `__version__` states `0.0.11`, and `[project] version` in `pyproject.toml` line 3 states `0.0.12`: two answers"),
        "{said}"
    );
}

#[test]
fn a_manifest_that_cannot_be_read_is_named_with_line_and_column() {
    let tree = tree([("pyproject.toml", "[project]\nversion = 0.0.12\n"), ("Cargo.toml", "[package\n")]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.contains("pyproject.toml:2:"), "{said}");
    assert!(said.contains("Cargo.toml:1:"), "{said}");
}

#[test]
fn versions_with_other_shapes_than_three_numbers_are_found_and_changed() {
    for (good, bad, new) in [
        ("0.1.0rc1", "0.1.0", "0.1.0rc2"),
        ("1.0.post1", "1.1", "1.0.1"),
        ("1.2.3.4", "2.0", "1.2.4"),
        ("2026.01.02", "2026.2.1", "2026.1.3"),
    ] {
        let text = format!("[project]\nname = \"a\"\nversion = \"{good}\"\n");
        let tree = tree([("pyproject.toml", text.as_str())]);
        assert_eq!(tree.changes(good, bad, new), format!("pyproject.toml:3 [project] version: {good} -> {new}"));
    }
}

#[test]
fn a_tree_that_states_another_version_than_goods_stops_the_plan() {
    let tree = tree([("pyproject.toml", "[project]\nname = \"a\"\nversion = \"0.0.11\"\n")]);
    let said = tree.changes("0.0.12", "0.1.0", "0.0.13");
    assert!(said.starts_with("pyproject.toml:3:12: `[project] version` states `0.0.11`, and the good release is `0.0.12`"), "{said}");
}

#[test]
fn members_of_a_uv_workspace_and_their_pins_on_each_other_move_together() {
    let tree = tree([
        ("pyproject.toml", "[project]\nname = \"entity-core\"\nversion = \"0.0.12\"\n[tool.uv.workspace]\nmembers = [\"packages/*\"]\n"),
        (
            "packages/a/pyproject.toml",
            "[project]\nname = \"Entity_A\"\nversion = \"0.0.12\"\ndependencies = [\"entity.core==0.0.12 ; python_version >= '3.9'\"]\n",
        ),
        ("packages/b/pyproject.toml", "[project]\nname = \"entity-b\"\nversion = \"3.1.0\"\n"),
    ]);
    check(
        &tree,
        &[
            "packages/a/pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13",
            "packages/a/pyproject.toml:4 dependencies `entity-core`: 0.0.12 -> 0.0.13",
            "pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn one_package_of_many_moves_alone() {
    let tree = tree([
        ("libs/a/pyproject.toml", "[project]\nname = \"a\"\nversion = \"0.0.12\"\n"),
        ("libs/b/pyproject.toml", "[project]\nname = \"b\"\nversion = \"0.0.12\"\n"),
        ("VERSION", "7.0.0\n"),
    ])
    .package(package("a", Some("libs/a"), &[]));
    check(&tree, &["libs/a/pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn poetry_packages_that_depend_on_each_other_by_path_move_together_with_what_they_require() {
    let core = "[tool.poetry]\nname = \"entity-core\"\nversion = \"0.0.12\"\n";
    let app = "[tool.poetry]\nname = \"entity-app\"\nversion = \"3.0.0\"\n[tool.poetry.dependencies]\nentity-core = { path = \"../core\", version = \"^0.0.12\" }\n[tool.poetry.group.dev.dependencies]\nEntity_Core = \"0.0.12\"\nother = \"0.0.12\"\n";
    let lock = "[[package]]\nname = \"entity-core\"\nversion = \"0.0.12\"\n[package.source]\ntype = \"directory\"\nurl = \"../core\"\n[[package]]\nname = \"entity-app\"\nversion = \"0.0.12\"\n";
    let tree = tree([("app/pyproject.toml", app), ("app/poetry.lock", lock), ("core/pyproject.toml", core)]).package(package(
        "entity-core",
        Some("core"),
        &[],
    ));
    // What is beside the package is looked at only for what it requires.
    assert_eq!(
        tree.beside(&["app"]).changes("0.0.12", "0.1.0", "0.0.13"),
        "app/poetry.lock:3 [[package]] entity-core: 0.0.12 -> 0.0.13\napp/pyproject.toml:5 [tool.poetry] dependencies `entity-core`: 0.0.12 -> 0.0.13\napp/pyproject.toml:7 [tool.poetry] dependencies `Entity_Core`: 0.0.12 -> 0.0.13\ncore/pyproject.toml:3 [tool.poetry] version: 0.0.12 -> 0.0.13"
    );
}
