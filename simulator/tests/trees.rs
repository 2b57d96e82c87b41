//! Making trees, blobs and commits.

use serde_json::{Value, json};

use crate::scene::{Scene, commit};

fn names(scene: &Scene, tree: &Value) -> Vec<String> {
    let sha = tree["sha"].as_str().unwrap();
    let listed = scene.get(&format!("./git/trees/{sha}?recursive=1")).expect(200);
    let entries = listed.body["tree"].as_array().unwrap().clone();
    entries.iter().filter(|entry| entry["type"] == "blob").map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_tree_is_read_by_sha_branch_or_tag_and_recursively_whatever_the_value() {
    let scene = Scene::new();
    assert_eq!(scene.get("./git/trees/main").expect(200).body["tree"].as_array().unwrap().len(), 4);
    let all = scene.get("./git/trees/v0.1.0?recursive=false").expect(200);
    assert_eq!(names(&scene, &all.body), [".github/workflows/ci.yml", "Cargo.toml", "src/lib.rs"]);
    assert_eq!(all.body["truncated"], false);
    scene.get("./git/trees/0123456789012345678901234567890123456789").expect(404);
}

#[test]
fn nested_paths_change_the_base_tree_and_leave_the_rest() {
    let scene = Scene::new();
    let made = scene.post(
        "./git/trees",
        json!({"base_tree": scene.sha("main"), "tree": [
            {"path": "src/deep/new.rs", "mode": "100755", "type": "blob", "content": "x"},
            {"path": "Cargo.toml", "mode": "100644", "type": "blob", "content": "one"},
            {"path": "Cargo.toml", "mode": "100644", "type": "blob", "content": "two"},
        ]}),
    );
    let made = made.expect(201);
    let expected = [".github/workflows/ci.yml", "Cargo.toml", "README.md", "src/deep/new.rs", "src/lib.rs"];
    assert_eq!(names(&scene, &made.body), expected);
    let cargo = made.body["tree"].as_array().unwrap().iter().find(|entry| entry["path"] == "Cargo.toml").unwrap().clone();
    let blob = scene.get(&format!("./git/blobs/{}", cargo["sha"].as_str().unwrap())).expect(200);
    assert_eq!(blob.body["content"], "dHdv\n", "of two entries for one path the last one wins");
}

#[test]
fn the_subtree_of_another_commit_can_be_put_in_place() {
    let scene = Scene::new();
    let workflows = |name: &str| {
        let world = scene.world();
        let tree = world.git.tree_of(&world.git.resolve(name).unwrap()).unwrap();
        world.git.entry_at(&tree, ".github/workflows").unwrap().oid
    };
    let (old, new) = (workflows("v0.0.12"), workflows("main"));
    assert_ne!(old, new);
    let good = scene.sha("v0.0.12");
    let made = scene.post(
        "./git/trees",
        json!({"base_tree": good, "tree": [{"path": ".github/workflows", "mode": "040000", "type": "tree", "sha": new}]}),
    );
    let tree = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    let made = scene.post("./git/commits", json!({"message": "Roll back", "tree": tree, "parents": [scene.sha("main")]}));
    let sha = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    scene.post("./git/refs", json!({"ref": "refs/heads/rollback", "sha": sha})).expect(201);
}

#[test]
fn a_path_below_a_directory_of_the_same_list_is_put_into_it_or_all_that_is_left_of_it() {
    let scene = Scene::new();
    let source = {
        let world = scene.world();
        let tree = world.git.tree_of(&world.git.resolve("main").unwrap()).unwrap();
        world.git.entry_at(&tree, "src").unwrap().oid
    };
    let directory = json!({"path": "kept", "mode": "040000", "type": "tree", "sha": source});
    let below = json!({"path": "kept/more.rs", "mode": "100644", "type": "blob", "content": "// more\n"});
    let made = |list: [&Value; 2]| names(&scene, &scene.post("./git/trees", json!({"tree": list})).expect(201).body);
    assert_eq!(made([&directory, &below]), ["kept/lib.rs", "kept/more.rs"]);
    scene.world().quirks.tree_keeps_around_nested = false;
    assert_eq!(made([&directory, &below]), ["kept/more.rs"]);
    assert_eq!(made([&below, &directory]), ["kept/more.rs"]);
}

#[test]
fn null_deletes_files_and_directories_and_refuses_what_is_not_there() {
    let scene = Scene::new();
    let main = scene.sha("main");
    let delete = |path: &str| {
        scene.post("./git/trees", json!({"base_tree": main, "tree": [{"path": path, "mode": "100644", "type": "blob", "sha": null}]}))
    };
    assert_eq!(names(&scene, &delete("src").expect(201).body), [".github/workflows/ci.yml", "Cargo.toml", "README.md"]);
    // The directory that becomes empty goes as well.
    assert_eq!(delete("src/lib.rs").expect(201).body["tree"].as_array().unwrap().len(), 3);
    delete("nope").refused(422, "GitRPC::BadObjectState");
    delete("Cargo.toml/below").refused(422, "GitRPC::BadObjectState");
}

#[test]
fn malformed_entries_are_refused() {
    let scene = Scene::new();
    let make = |entry: Value| scene.post("./git/trees", json!({"tree": [entry]}));
    let zero = "0123456789012345678901234567890123456789";
    make(json!({"path": "a", "mode": "100644", "type": "blob"})).refused(422, "Must supply either tree.sha or tree.content");
    make(json!({"path": "a", "mode": "100644", "type": "blob", "sha": zero, "content": "x"})).expect(422);
    make(json!({"path": "a", "mode": "100600", "type": "blob", "content": "x"})).refused(422, "tree.mode");
    make(json!({"path": "a", "mode": "100644", "type": "blob", "sha": zero})).refused(422, "is not a valid blob");
    make(json!({"path": "../a", "mode": "100644", "type": "blob", "content": "x"})).refused(422, "malformed path");
    make(json!({"path": "a//b", "mode": "100644", "type": "blob", "content": "x"})).refused(422, "malformed path");
    make(json!({"path": "vendor/lib", "mode": "160000", "type": "commit", "sha": zero})).expect(201);
    scene.post("./git/trees", json!({"tree": []})).refused(422, "Invalid tree info");
    scene.post("./git/trees", json!({"base_tree": zero, "tree": [{"path": "a", "mode": "100644", "content": "x"}]})).expect(422);
}

#[test]
fn a_blob_is_stored_as_it_was_sent() {
    let scene = Scene::new();
    let text = scene.post("./git/blobs", json!({"content": "grüße\n"})).expect(201);
    let bytes = scene.post("./git/blobs", json!({"content": "Z3LDvMOfZQo=", "encoding": "base64"})).expect(201);
    assert_eq!(text.body["sha"], bytes.body["sha"]);
    scene.post("./git/blobs", json!({"content": "!", "encoding": "base64"})).expect(422);
    scene.get("./git/blobs/0123456789012345678901234567890123456789").expect(404);
}

#[test]
fn a_bots_commit_is_verified_only_where_nothing_of_it_is_custom() {
    let scene = Scene::new();
    let main = scene.sha("main");
    let tree = scene.world().git.tree_of(&main).unwrap();
    let body = json!({"message": "x", "tree": tree, "parents": [main]});
    let plain = scene.post("./git/commits", body.clone()).expect(201);
    assert_eq!(plain.body["verification"]["verified"], true);
    assert_eq!(plain.body["author"]["name"], "github-actions[bot]");
    assert_eq!(plain.body["author"]["date"], github_simulator::clock::stamp(scene.world().now()));
    let mut custom = body.clone();
    custom["author"] = json!({"name": "Dev", "email": "dev@example.com"});
    let custom = scene.post("./git/commits", custom).expect(201);
    assert_eq!((&custom.body["verification"]["verified"], &custom.body["author"]["name"]), (&false.into(), &"Dev".into()));
    assert_eq!(custom.body["verification"]["reason"], "unsigned");
    let by_person = scene.ask("dev", "POST", "./git/commits", Some(&body)).expect(201);
    assert_eq!(by_person.body["verification"]["verified"], false);
}

#[test]
fn a_commit_needs_a_tree_and_parents_that_exist() {
    let scene = Scene::new();
    let zero = "0123456789012345678901234567890123456789";
    let main = scene.sha("main");
    let tree = scene.world().git.tree_of(&main).unwrap();
    scene.post("./git/commits", json!({"message": "x", "tree": zero})).refused(422, "Tree SHA does not exist");
    scene.post("./git/commits", json!({"message": "x", "tree": main})).refused(422, "Tree SHA does not exist");
    scene.post("./git/commits", json!({"message": "x", "tree": tree, "parents": [tree]})).refused(422, "Parent SHA does not exist");
    scene.post("./git/commits", json!({"tree": tree})).refused(422, "\"message\" wasn't supplied.");
    scene.get(&format!("./git/commits/{tree}")).expect(404);
}

#[test]
fn names_that_are_no_text_survive_an_edit() {
    use github_simulator::git::{Entry, Kind};
    let scene = Scene::new();
    let base = {
        let world = scene.world();
        let blob = world.git.write(Kind::Blob, b"x").unwrap();
        world.git.write_tree(&[Entry { mode: "100644".to_owned(), name: vec![0xff, b'x'], oid: blob }]).unwrap()
    };
    let made =
        scene.post("./git/trees", json!({"base_tree": base, "tree": [{"path": "a", "mode": "100644", "type": "blob", "content": "x"}]}));
    let tree = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    assert!(scene.world().git.tree(&tree).unwrap().iter().any(|entry| entry.name == [0xff, b'x']));
}

#[test]
fn a_tree_of_many_files_is_listed_quickly_and_cut_at_the_limit() {
    let scene = Scene::new();
    let tree = {
        let world = scene.world();
        let blob = world.git.write(github_simulator::git::Kind::Blob, b"x").unwrap();
        let entry = |mode: &str, name: String, oid: &str| github_simulator::git::Entry {
            mode: mode.to_owned(),
            name: name.into_bytes(),
            oid: oid.to_owned(),
        };
        let files: Vec<_> = (0..1000).map(|n| entry("100644", format!("file-{n:04}.txt"), &blob)).collect();
        let directory = world.git.write_tree(&files).unwrap();
        let directories: Vec<_> = (0..110).map(|n| entry("040000", format!("directory-{n:03}"), &directory)).collect();
        world.git.write_tree(&directories).unwrap()
    };
    let before = std::time::Instant::now();
    let listed = scene.get(&format!("./git/trees/{tree}?recursive=1")).expect(200);
    assert_eq!(listed.body["truncated"], true);
    assert!(listed.body["tree"].as_array().unwrap().len() <= 100_000);
    assert!(before.elapsed() < std::time::Duration::from_secs(20));
}

#[test]
fn an_empty_directory_chain_is_left_out_of_a_tree() {
    let scene = Scene::new();
    let base = {
        let mut world = scene.world();
        let sha = commit(&mut world, None, &[("a/b/c.txt", "x"), ("d.txt", "x")], "deep");
        world.git.tree_of(&sha).unwrap()
    };
    let made = scene.post("./git/trees", json!({"base_tree": base, "tree": [{"path": "a/b/c.txt", "mode": "100644", "sha": null}]}));
    assert_eq!(made.expect(201).body["tree"].as_array().unwrap().len(), 1);
}

#[test]
fn git_itself_finds_nothing_wrong_with_what_was_written() {
    let scene = Scene::new();
    let large = "0123456789".repeat(20_000);
    for content in ["", "x", large.as_str()] {
        scene.post("./git/blobs", json!({"content": content})).expect(201);
    }
    let made = scene.post(
        "./git/trees",
        json!({"base_tree": scene.sha("main"), "tree": [
            {"path": "lib", "mode": "100644", "type": "blob", "content": "a"},
            {"path": "lib-x", "mode": "100644", "type": "blob", "content": "b"},
            {"path": "lib.d/y", "mode": "100755", "type": "blob", "content": large},
            {"path": "src/z/link", "mode": "120000", "type": "blob", "content": "../lib"},
        ]}),
    );
    let tree = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    let made = scene.post("./git/commits", json!({"message": "x", "tree": tree, "parents": [scene.sha("main")]}));
    let sha = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    scene.post("./git/tags", json!({"tag": "v2", "message": "two", "object": sha, "type": "commit"})).expect(201);
    scene.post("./git/tags", json!({"tag": "v..2", "message": "two", "object": sha, "type": "commit"})).expect(422);
    let world = scene.world();
    let found = world.git.run(&["fsck", "--strict", "--full", "--no-dangling", "--unreachable"]);
    let found = found.expect("git fsck is content");
    assert!(!found.contains("error") && !found.contains("missing"), "{found}");
    assert_eq!(world.git.blob(&world.git.entry_at(&tree, "lib.d/y").unwrap().oid).unwrap(), large.as_bytes());
}
