//! The state of release tools.

use super::{check, package, tree};

#[test]
fn release_please_remembers_the_rollback_and_its_extra_files_change() {
    let tree = tree([
        ("VERSION", "0.0.12\n"),
        (".release-please-manifest.json", "{\n  \".\": \"0.0.12\",\n  \"other\": \"3.0.0\"\n}\n"),
        (
            "release-please-config.json",
            "{\"packages\":{\".\":{\"extra-files\":[\"docs/install.md\",{\"type\":\"json\",\"path\":\"x.json\",\"jsonpath\":\"$.a.version\"}]}}}",
        ),
        ("docs/install.md", "<!-- x-release-please-version --> none here\ninstall 0.0.12 <!-- x-release-please-version -->\n"),
        ("x.json", "{\"version\":\"0.0.12\",\"a\":{\"version\":\"0.0.12\"}}"),
    ]);
    check(
        &tree,
        &[
            ".release-please-manifest.json:2 [\".\"]: 0.0.12 -> 0.0.13",
            "VERSION:1 the whole file: 0.0.12 -> 0.0.13",
            "docs/install.md:2 marked line: 0.0.12 -> 0.0.13",
            "x.json:1 json:$.a.version: 0.0.12 -> 0.0.13",
        ],
    );
    assert!(tree.notes().contains("`autorelease: tagged`"));
}

#[test]
fn a_root_that_stayed_at_the_bad_release_is_rewritten_for_the_one_package_that_moves() {
    let tree = tree([
        ("libs/a/VERSION", "0.0.12\n"),
        ("libs/b/VERSION", "0.1.0\n"),
        (".release-please-manifest.json", "{\n  \"libs/a\": \"0.1.0\",\n  \"libs/b\": \"0.1.0\"\n}\n"),
    ])
    .package(package("a", Some("libs/a"), &[]));
    check(&tree, &[".release-please-manifest.json:2 [\"libs/a\"]: 0.1.0 -> 0.0.13", "libs/a/VERSION:1 the whole file: 0.0.12 -> 0.0.13"]);
}

#[test]
fn bumpversion_changes_its_own_memory_and_the_files_it_searches() {
    let tree = tree([
        (
            ".bumpversion.cfg",
            "[bumpversion]\ncurrent_version = 0.0.12\ncommit = True\n\n[bumpversion:file:README.md]\nsearch = core=={current_version}\n\n[bumpversion:file:CHANGELOG.md]\n",
        ),
        ("README.md", "core==0.0.12, core==0.0.120, other==0.0.12\n"),
        ("CHANGELOG.md", "## 0.0.12\n"),
        ("setup.py", "setup(name='a', version='0.0.12')\n"),
    ]);
    check(
        &tree,
        &[
            ".bumpversion.cfg:2 [bumpversion] current_version: 0.0.12 -> 0.0.13",
            "README.md:1 searched by bump-my-version: 0.0.12 -> 0.0.13",
            "setup.py:1 setup(version=…): 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn bump_my_version_and_commitizen_in_toml_are_changed() {
    let tree = tree([
        (
            "pyproject.toml",
            "[project]\nname = \"a\"\nversion = \"0.0.12\"\n[tool.bumpversion]\ncurrent_version = \"0.0.12\"\n[[tool.bumpversion.files]]\nfilename = \"x.txt\"\n[tool.commitizen]\nversion = \"0.0.12\"\nversion_files = [\"y.txt:image\"]\n",
        ),
        ("x.txt", "0.0.12"),
        ("y.txt", "image 0.0.12\nbase 0.0.12\n"),
    ]);
    check(
        &tree,
        &[
            "pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13",
            "pyproject.toml:5 [tool.bumpversion] current_version: 0.0.12 -> 0.0.13",
            "pyproject.toml:9 [tool.commitizen] version: 0.0.12 -> 0.0.13",
            "x.txt:1 searched by bump-my-version: 0.0.12 -> 0.0.13",
            "y.txt:1 named by commitizen: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn lerna_states_a_fixed_version_or_none() {
    let files = |version: &str| {
        [("package.json", "{\"name\":\"a\",\"version\":\"0.0.12\"}".to_owned()), ("lerna.json", format!("{{\"version\":\"{version}\"}}"))]
    };
    let owned = |version: &str| tree(files(version).map(|(path, text)| (path.to_owned(), text)));
    check(&owned("0.0.12"), &["lerna.json:1 version: 0.0.12 -> 0.0.13", "package.json:1 version: 0.0.12 -> 0.0.13"]);
    check(&owned("independent"), &["package.json:1 version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn what_is_no_file_is_told() {
    let tree = tree([(".changeset/config.json", "{}"), (".releaserc.json", "{}"), ("release-plz.toml", ""), ("release.toml", "")]);
    for expected in ["changesets: ", "semantic-release counts", "release-plz compares", "cargo-release raises"] {
        assert!(tree.notes().contains(expected), "{expected}");
    }
}

#[test]
fn a_file_kept_from_the_default_branch_that_states_bad_is_changed_with_its_package() {
    let tree = tree([
        ("pyproject.toml", "[project]\nname = \"a\"\nversion = \"0.0.12\"\n"),
        ("VERSION", "0.1.0\n"),
        (".release-please-manifest.json", "{\".\": \"0.1.0\"}"),
    ]);
    // `VERSION` belongs to the same directory, and is not left behind at the bad release.
    check(
        &tree,
        &[
            ".release-please-manifest.json:1 [\".\"]: 0.1.0 -> 0.0.13",
            "VERSION:1 the whole file: 0.1.0 -> 0.0.13",
            "pyproject.toml:3 [project] version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn a_tool_that_searches_a_part_of_a_value_does_not_hide_the_whole() {
    let tree = tree([
        ("pubspec.yaml", "name: a\nversion: 0.0.12+4\n"),
        (
            ".bumpversion.cfg",
            "[bumpversion]\ncurrent_version = 0.0.12\n[bumpversion:file:pubspec.yaml]\nsearch = version: {current_version}\n",
        ),
    ]);
    check(&tree, &[".bumpversion.cfg:2 [bumpversion] current_version: 0.0.12 -> 0.0.13", "pubspec.yaml:2 version: 0.0.12+4 -> 0.0.13+5"]);
}

#[test]
fn the_configurations_of_bump_my_version_and_commitizen_in_files_of_their_own_are_changed() {
    let bump = "[tool.bumpversion]\ncurrent_version = \"0.0.12\"\n\n[[tool.bumpversion.files]]\nfilename = \"docs/conf.py\"\nsearch = 'release = \"{current_version}\"'\n";
    let tree = tree([
        (".bumpversion.toml", bump),
        ("docs/conf.py", "release = \"0.0.12\"\nneeds = \"0.0.12\"\n"),
        (
            ".cz.toml",
            "[tool.commitizen]\nname = \"cz_conventional_commits\"\nversion = \"0.0.12\"\nversion_files = [\"src/about.py:__version__\"]\n",
        ),
        ("src/about.py", "__version__ = '0.0.12'\nMINIMUM = '0.0.12'\n"),
        ("VERSION", "0.0.12\n"),
    ]);
    check(
        &tree,
        &[
            ".bumpversion.toml:2 [tool.bumpversion] current_version: 0.0.12 -> 0.0.13",
            ".cz.toml:3 [tool.commitizen] version: 0.0.12 -> 0.0.13",
            "VERSION:1 the whole file: 0.0.12 -> 0.0.13",
            "docs/conf.py:1 searched by bump-my-version: 0.0.12 -> 0.0.13",
            "src/about.py:1 named by commitizen: 0.0.12 -> 0.0.13",
        ],
    );
    assert_eq!(tree.rolled(".bumpversion.toml"), bump.replace("0.0.12", "0.0.13"));
}

#[test]
fn the_states_of_bump_my_version_and_commitizen_that_stayed_at_the_bad_release_are_changed_too() {
    let tree = tree([
        (".bumpversion.toml", "[tool.bumpversion]\ncurrent_version = \"0.1.0\"\n"),
        (".cz.toml", "[tool.commitizen]\nversion = \"0.1.0\"\n"),
        ("VERSION", "0.0.12\n"),
    ]);
    check(
        &tree,
        &[
            ".bumpversion.toml:2 [tool.bumpversion] current_version: 0.1.0 -> 0.0.13",
            ".cz.toml:2 [tool.commitizen] version: 0.1.0 -> 0.0.13",
            "VERSION:1 the whole file: 0.0.12 -> 0.0.13",
        ],
    );
}
