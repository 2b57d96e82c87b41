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
