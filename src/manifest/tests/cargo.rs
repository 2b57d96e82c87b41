//! Cargo's manifests and lock file.

use super::{check, package, tree};

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"cli\"\nversion = \"0.0.12\"\ndependencies = [\n \"core 0.0.12\",\n \"core 0.0.12 (registry+x)\",\n]\n\n[[package]]\nname = \"core\"\nversion = \"0.0.12\"\n\n[[package]]\nname = \"core\"\nversion = \"0.0.12\"\nsource = \"registry+x\"\n";

#[test]
fn an_inherited_version_is_changed_where_it_is_inherited_from() {
    let tree = tree([
        (
            "Cargo.toml",
            "[workspace]\nmembers = [\"crates/*\"]\n[workspace.package]\nversion = \"0.0.12\"\n[workspace.dependencies]\ncore = { path = \"crates/core\", version = \"=0.0.12\" }\n",
        ),
        ("crates/core/Cargo.toml", "[package]\nname = \"core\"\nversion.workspace = true\n"),
        ("crates/cli/Cargo.toml", "[package]\nname = \"cli\"\nversion = { workspace = true }\n[dependencies]\ncore.workspace = true\n"),
        ("Cargo.lock", LOCK),
    ]);
    check(
        &tree,
        &[
            "Cargo.lock:5 [[package]] cli: 0.0.12 -> 0.0.13",
            "Cargo.lock:7 dependencies of core: 0.0.12 -> 0.0.13",
            "Cargo.lock:13 [[package]] core: 0.0.12 -> 0.0.13",
            "Cargo.toml:4 [workspace.package] version: 0.0.12 -> 0.0.13",
            "Cargo.toml:6 [workspace.dependencies] core: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn a_root_with_nothing_but_a_workspace_version_is_changed() {
    check(
        &tree([("Cargo.toml", "[workspace.package]\nversion = \"0.0.12\"\n")]),
        &["Cargo.toml:2 [workspace.package] version: 0.0.12 -> 0.0.13"],
    );
}

#[test]
fn a_registry_package_of_the_same_name_keeps_its_version_in_the_lock() {
    let tree = tree([("Cargo.toml", "[package]\nname = \"core\"\nversion = \"0.0.12\"\n"), ("Cargo.lock", LOCK)]);
    let lock = tree.rolled("Cargo.lock");
    assert!(lock.contains("name = \"core\"\nversion = \"0.0.12\"\nsource = \"registry+x\""), "{lock}");
    assert!(lock.contains("name = \"core\"\nversion = \"0.0.13\"\n\n"), "{lock}");
    assert!(lock.contains("\"core 0.0.12 (registry+x)\""), "{lock}");
}

#[test]
fn requirements_between_members_change_in_every_table_and_under_another_name() {
    let cli = "[package]\nname = \"cli\"\nversion = \"2.0.0\"\n[dependencies]\nrenamed = { package = \"core\", path = \"../core\", version = \"^0.0.12\" }\nserde = \"0.0.12\"\n[target.'cfg(unix)'.dev-dependencies.core]\npath = \"../core\"\nversion = \"0.0.12\"\n";
    let tree = tree([
        ("Cargo.toml", "[workspace]\nmembers = [\"core\", \"cli\"]\n"),
        ("core/Cargo.toml", "[package]\nname = \"core\"\nversion = \"0.0.12\"\n"),
        ("cli/Cargo.toml", cli),
    ]);
    check(
        &tree,
        &[
            "cli/Cargo.toml:5 [dependencies] renamed: 0.0.12 -> 0.0.13",
            "cli/Cargo.toml:9 [target.'cfg(unix)'.dev-dependencies] core: 0.0.12 -> 0.0.13",
            "core/Cargo.toml:3 [package] version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn a_requirement_that_would_no_longer_admit_the_member_is_raised_too() {
    let tree = tree([
        ("Cargo.toml", "[package]\nname = \"cli\"\nversion = \"1.3.7\"\n[dependencies]\ncore = { path = \"core\", version = \"1.3\" }\n"),
        ("core/Cargo.toml", "[package]\nname = \"core\"\nversion = \"1.3.7\"\n"),
    ]);
    assert!(!tree.changes("1.3.7", "1.4.0", "1.3.8").contains("[dependencies]"));
    assert!(tree.changes("1.3.7", "1.4.0", "2.0.0").contains("Cargo.toml:5 [dependencies] core: 1.3 -> 2.0.0"));
}

#[test]
fn one_crate_of_a_workspace_moves_with_its_lock_entry_and_the_requirements_on_it() {
    let tree = tree([
        ("Cargo.toml", "[workspace]\nmembers = [\"core\", \"cli\"]\n"),
        ("core/Cargo.toml", "[package]\nname = \"core\"\nversion = \"0.0.12\"\n"),
        (
            "cli/Cargo.toml",
            "[package]\nname = \"cli\"\nversion = \"0.0.12\"\n[dependencies]\ncore = { path = \"../core\", version = \"0.0.12\" }\n",
        ),
        ("Cargo.lock", LOCK),
    ])
    .package(package("core", Some("core"), &[]));
    check(
        &tree,
        &[
            "Cargo.lock:7 dependencies of core: 0.0.12 -> 0.0.13",
            "Cargo.lock:13 [[package]] core: 0.0.12 -> 0.0.13",
            "cli/Cargo.toml:5 [dependencies] core: 0.0.12 -> 0.0.13",
            "core/Cargo.toml:3 [package] version: 0.0.12 -> 0.0.13",
        ],
    );
}

#[test]
fn a_workspace_of_five_hundred_members_takes_three_rounds_at_most() {
    let members = (0..500).map(|at| {
        (
            format!("parts/m{at}/Cargo.toml"),
            format!(
                "[package]\nname = \"m{at}\"\nversion = \"0.0.12\"\n[dependencies]\nm0 = {{ path = \"../m0\", version = \"0.0.12\" }}\n"
            ),
        )
    });
    let lock: String = (0..500).map(|at| format!("[[package]]\nname = \"m{at}\"\nversion = \"0.0.12\"\n\n")).collect();
    let root = [("Cargo.toml".to_owned(), "[workspace]\nmembers = [\"parts/*\"]\n".to_owned()), ("Cargo.lock".to_owned(), lock)];
    let tree = tree(members.chain(root));
    assert!(tree.search().rounds <= 3);
    assert_eq!(tree.changes("0.0.12", "0.1.0", "0.0.13").lines().count(), 1500);
}

#[test]
fn of_one_package_that_goes_back_alone_others_requirements_and_the_lock_file_keep_step() {
    let package_of = |name: &str, version: &str, rest: &str| format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n{rest}");
    let lock = "[[package]]\nname = \"core\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"ui\"\nversion = \"2.0.1\"\ndependencies = [\n \"core\",\n]\n";
    let needs = "[dependencies]\ncore = { path = \"../core\", version = \"0.1.0\" }\n";
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\"]\n".to_owned()),
        ("Cargo.lock", lock.to_owned()),
        ("crates/core/Cargo.toml", package_of("core", "0.0.12", "")),
        ("crates/ui/Cargo.toml", package_of("ui", "2.0.1", needs)),
    ];
    let tree = tree(files.map(|(path, text)| (path.to_owned(), text)));
    // The package's own file is the good release's, the others are the default branch's.
    check(
        &tree.package(package("core", Some("crates/core"), &[])),
        &[
            "Cargo.lock:3 [[package]] core: 0.1.0 -> 0.0.13",
            "crates/core/Cargo.toml:3 [package] version: 0.0.12 -> 0.0.13",
            "crates/ui/Cargo.toml:5 [dependencies] core: 0.1.0 -> 0.0.13",
        ],
    );
}

#[test]
fn what_a_package_that_goes_back_requires_of_one_that_stays_is_said_where_it_does_not_fit() {
    let needs =
        "[package]\nname = \"core\"\nversion = \"0.0.12\"\n[dependencies]\nmacros = { path = \"../macros\", version = \"~2.3.0\" }\n";
    let macros = |version: &str| format!("[package]\nname = \"macros\"\nversion = \"{version}\"\n");
    let said = |version: &str| {
        let files = [
            ("Cargo.toml", "[workspace]\nmembers = [\"core\", \"macros\"]\n".to_owned()),
            ("core/Cargo.toml", needs.to_owned()),
            ("macros/Cargo.toml", macros(version)),
        ];
        let searched = tree(files.map(|(path, text)| (path.to_owned(), text))).package(package("core", Some("core"), &[])).search();
        let notes = crate::manifest::unmet(&searched.found, &searched.files);
        notes.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(said("2.3.4"), [""; 0]);
    assert_eq!(
        said("2.4.0"),
        [
            "`core/Cargo.toml`: requires `~2.3.0` of `macros`, which stays at `2.4.0`: take its release back too, or mend this in the pull request"
        ]
    );
}
