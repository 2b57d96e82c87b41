//! npm's manifests and lock files.

use super::{check, tree};

#[test]
fn a_package_and_its_lock_change_and_no_other_byte() {
    let package = "{\r\n\t\"name\" : \"core\",\r\n\t\"version\" : \"0.0.12\",\r\n\t\"files\": [\"a\", \"b\"],\r\n\t\"dependencies\": {\"dep\": \"^0.0.12\"}\r\n}";
    let lock = "{\n  \"name\": \"core\",\n  \"version\": \"0.0.12\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\n      \"name\": \"core\",\n      \"version\": \"0.0.12\"\n    },\n    \"node_modules/dep\": {\n      \"version\": \"0.0.12\"\n    }\n  }\n}\n";
    let tree = tree([("package.json", package), ("package-lock.json", lock)]);
    check(
        &tree,
        &[
            "package-lock.json:3 version: 0.0.12 -> 0.0.13",
            "package-lock.json:8 packages[\"\"].version: 0.0.12 -> 0.0.13",
            "package.json:3 version: 0.0.12 -> 0.0.13",
        ],
    );
    assert_eq!(tree.rolled("package.json"), package.replace("\"version\" : \"0.0.12\"", "\"version\" : \"0.0.13\""));
}

#[test]
fn a_lock_of_the_first_format_changes_its_own_version_only() {
    let lock = "{\"name\":\"core\",\"version\":\"0.0.12\",\"lockfileVersion\":1,\"dependencies\":{\"dep\":{\"version\":\"0.0.12\"}}}";
    let tree = tree([("package.json", "{\"name\":\"core\",\"version\":\"0.0.12\"}"), ("npm-shrinkwrap.json", lock)]);
    assert_eq!(tree.rolled("npm-shrinkwrap.json"), lock.replacen("0.0.12", "0.0.13", 1));
}

#[test]
fn ranges_between_workspaces_keep_their_sign_in_the_manifest_and_the_lock() {
    let ui = "{\"name\":\"@acme/ui\",\"version\":\"0.0.12\",\"dependencies\":{\"@acme/core\":\"^0.0.12\",\"other\":\"^0.0.12\"},\"peerDependencies\":{\"@acme/core\":\">=0.0.12\"},\"devDependencies\":{\"@acme/x\":\"workspace:*\"}}";
    let tree = tree([
        ("package.json", "{\"private\":true,\"workspaces\":[\"packages/*\"]}"),
        ("packages/core/package.json", "{\"name\":\"@acme/core\",\"version\":\"0.0.12\"}"),
        ("packages/ui/package.json", ui),
        (
            "package-lock.json",
            "{\"lockfileVersion\":3,\"packages\":{\"\":{},\n\"node_modules/@acme/core\":{\"resolved\":\"packages/core\",\"link\":true},\n\"packages/core\":{\"name\":\"@acme/core\",\"version\":\"0.0.12\"},\n\"packages/ui\":{\"name\":\"@acme/ui\",\"version\":\"0.0.12\",\"dependencies\":{\"@acme/core\":\"^0.0.12\"}}}}",
        ),
    ]);
    assert_eq!(
        tree.rolled("packages/ui/package.json"),
        ui.replace("0.0.12", "0.0.13").replace("\"other\":\"^0.0.13\"", "\"other\":\"^0.0.12\"")
    );
    let lock = tree.rolled("package-lock.json");
    assert_eq!(lock.matches("0.0.13").count(), 3, "{lock}");
}

#[test]
fn a_pnpm_workspace_is_found_through_its_own_file() {
    let tree = tree([
        ("package.json", "{\"name\":\"root\",\"private\":true,\"version\":\"0.0.0\"}"),
        ("pnpm-workspace.yaml", "packages:\n  - 'apps/**'\n  - '!apps/legacy/**'\n"),
        ("apps/web/package.json", "{\"name\":\"web\",\"version\":\"0.0.12\"}"),
        ("apps/legacy/package.json", "{\"name\":\"legacy\",\"version\":\"0.0.12\"}"),
        ("pnpm-lock.yaml", "lockfileVersion: '9.0'\n"),
    ]);
    check(&tree, &["apps/web/package.json:1 version: 0.0.12 -> 0.0.13"]);
}

#[test]
fn a_version_that_semantic_release_fills_in_is_left_and_the_tag_is_the_version() {
    let tree = tree([("package.json", "{\"name\":\"core\",\"version\":\"0.0.0-development\",\"release\":{}}")]);
    check(&tree, &[]);
    assert!(tree.notes().contains("no file states a version; the tag is the version"));
    assert!(tree.notes().contains("semantic-release counts from the highest tag"));
}

/// A workspace whose member requires `range` of another, and both lock files with the same range.
fn locked(range: &str) -> super::Tree {
    let core = r#"{"name":"core","version":"0.0.12"}"#;
    let ui = format!(r#"{{"name":"ui","version":"3.0.0","dependencies":{{"core":"{range}","core-js":"{range}"}}}}"#);
    let pnpm = format!(
        "importers:\n  packages/ui:\n    dependencies:\n      core:\n        specifier: {range}\n        version: link:../core\n      core-js:\n        specifier: {range}\n        version: 0.0.12\n"
    );
    let yarn = format!(
        "__metadata:\n  version: 6\n\n\"core-js@npm:{range}\":\n  version: 0.0.12\n  dependencies:\n    core: {range}\n\n\"core@{range}, core@workspace:packages/core\":\n  version: 0.0.0-use.local\n\n\"ui@workspace:packages/ui\":\n  dependencies:\n    core: {range}\n    core-js: {range}\n"
    );
    tree([
        ("package.json".to_owned(), r#"{"name":"acme","private":true,"workspaces":["packages/*"]}"#.to_owned()),
        ("packages/core/package.json".to_owned(), core.to_owned()),
        ("packages/ui/package.json".to_owned(), ui),
        ("pnpm-lock.yaml".to_owned(), pnpm),
        ("yarn.lock".to_owned(), yarn),
    ])
    .package(super::package("core", Some("packages/core"), &[]))
}

#[test]
fn the_lock_files_of_pnpm_and_yarn_keep_the_ranges_of_the_manifests() {
    // A range that lags and does not admit the new version is raised everywhere, as one that states the good version is.
    for (range, sign) in [("^0.0.12", "^"), ("0.0.12", ""), ("^0.0.9", "^"), ("~0.0.1", "")] {
        let tree = locked(range);
        let changes = tree.changes("0.0.12", "0.1.0", "0.0.13");
        let changed = !sign.is_empty() || range == "0.0.12";
        let old = range.trim_start_matches(['^', '~']);
        let lines = [
            "packages/ui/package.json:1 dependencies.core",
            "pnpm-lock.yaml:5 importers[\"packages/ui\"].dependencies.core",
            "yarn.lock:9 core",
            "yarn.lock:14 core",
        ];
        let mut wanted = vec!["packages/core/package.json:1 version: 0.0.12 -> 0.0.13".to_owned()];
        wanted.extend(lines.iter().filter(|_| changed).map(|line| format!("{line}: {old} -> 0.0.13")));
        assert_eq!(changes, wanted.join("\n"), "{range}");
    }
}

#[test]
fn a_lock_file_of_pnpm_is_read_in_every_format_and_size_and_beyond_that_left_with_a_word() {
    let files = |lock: &str| {
        [
            ("package.json", "{\"name\":\"acme\",\"private\":true}"),
            ("pnpm-workspace.yaml", "packages: [\"packages/*\"]\n"),
            ("packages/core/package.json", "{\"name\":\"@acme/core\",\"version\":\"0.0.12\"}"),
            (
                "packages/ui/package.json",
                "{\"name\":\"ui\",\"version\":\"0.0.12\",\"dependencies\":{\"@acme/core\":\"workspace:^0.0.12\"}}",
            ),
            ("pnpm-lock.yaml", lock),
        ]
        .map(|(path, text)| (path.to_owned(), text.to_owned()))
    };
    let changed = |lock: &str| {
        let changes = tree(files(lock)).changes("0.0.12", "0.1.0", "0.0.13");
        changes.lines().filter(|line| line.starts_with("pnpm-lock.yaml")).map(str::to_owned).collect::<Vec<_>>()
    };
    let fifth = "lockfileVersion: 5.4\n\nimporters:\n\n  packages/ui:\n    specifiers:\n      '@acme/core': workspace:^0.0.12\n      left-pad: ^0.0.12\n    dependencies:\n      '@acme/core': link:../core\n      left-pad: 0.0.12\n";
    assert_eq!(changed(fifth), ["pnpm-lock.yaml:7 importers[\"packages/ui\"].specifiers.@acme/core: 0.0.12 -> 0.0.13"]);
    let ninth = "---\nlockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n---\nlockfileVersion: '9.0'\n\nimporters:\n\n  packages/ui:\n    dependencies:\n      '@acme/core':\n        specifier: workspace:^0.0.12\n        version: link:../core\n\npackages:\n\n";
    let place = "pnpm-lock.yaml:16 importers[\"packages/ui\"].dependencies.@acme/core: 0.0.12 -> 0.0.13";
    assert_eq!(changed(ninth), [place]);
    let entry = "  other@0.0.12:\n    resolution: {integrity: sha512-x}\n\n";
    assert_eq!(changed(&format!("{ninth}{}", entry.repeat(20_000))), [place]);
    let huge = tree(files(&format!("{ninth}{}", entry.repeat(120_000))));
    assert_eq!(huge.changes("0.0.12", "0.1.0", "0.0.13").lines().count(), 3);
    assert!(huge.notes().contains("`pnpm-lock.yaml`: the file is larger than 5 MB and stays as it is"), "{}", huge.notes());
}

#[test]
fn the_lock_file_of_a_workspace_is_not_read_where_no_member_requires_a_numbered_version() {
    let tree = locked("workspace:*");
    assert_eq!(tree.changes("0.0.12", "0.1.0", "0.0.13"), "packages/core/package.json:1 version: 0.0.12 -> 0.0.13");
    let files = tree.search().files;
    assert!(
        files.text("packages/ui/package.json").is_some() && files.text("pnpm-lock.yaml").is_none() && files.text("yarn.lock").is_none()
    );
}
