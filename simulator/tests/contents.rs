//! Files by path.

use github_simulator::git::{Entry, Kind};
use github_simulator::world::{Rule, Target};
use serde_json::json;

use crate::client::send;
use crate::scene::{REPO, Scene};

#[test]
fn a_file_a_directory_and_what_is_missing() {
    let scene = Scene::new();
    let file = scene.get("./contents/src/lib.rs?ref=v0.0.12").expect(200);
    assert_eq!((&file.body["content"], &file.body["encoding"]), (&"b2xkCg==\n".into(), &"base64".into()));
    let names: Vec<_> = scene.get("./contents/").expect(200).body.as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, [".github", "Cargo.toml", "README.md", "src"]);
    scene.get("./contents/README.md?ref=v0.0.12").expect(404);
    scene.get("./contents/README.md?ref=nope").refused(404, "No commit found for the ref nope");
    let headers = [("Accept", "application/vnd.github.raw+json")];
    let raw = send(scene.address, "GET", &format!("{REPO}/contents/README.md"), &headers, None).unwrap().expect(200);
    assert_eq!(raw.text, "hello\n");
}

#[test]
fn links_are_followed_to_files_and_submodules_are_named() {
    let scene = Scene::new();
    let tree = {
        let world = scene.world();
        let entry =
            |mode: &str, name: &str, oid: &str| Entry { mode: mode.to_owned(), name: name.as_bytes().to_vec(), oid: oid.to_owned() };
        let (text, link, lost) = (b"text".as_slice(), b"./file".as_slice(), b"../outside".as_slice());
        let blob = |bytes: &[u8]| world.git.write(Kind::Blob, bytes).unwrap();
        let entries = [
            entry("100644", ".gitmodules", &blob(b"[submodule \"m\"]\n\tpath = module\n\turl = https://git.example/module.git\n")),
            entry("100644", "file", &blob(text)),
            entry("120000", "link", &blob(link)),
            entry("120000", "lost", &blob(lost)),
            entry("160000", "module", "0123456789012345678901234567890123456789"),
            entry("100644", "large", &blob(&vec![b'x'; 1_000_001])),
        ];
        world.git.write_tree(&entries).unwrap()
    };
    let made = scene.post("./git/commits", json!({"message": "x", "tree": tree, "parents": [scene.sha("main")]})).expect(201);
    let sha = made.body["sha"].as_str().unwrap();
    let get = |path: &str| scene.get(&format!("./contents/{path}?ref={sha}")).expect(200).body;
    assert_eq!(get("link")["content"], "dGV4dA==\n");
    assert_eq!((&get("lost")["type"], &get("lost")["target"]), (&"symlink".into(), &"../outside".into()));
    let module = get("module");
    assert_eq!((&module["type"], &module["submodule_git_url"]), (&"submodule".into(), &"https://git.example/module.git".into()));
    assert_eq!((&get("large")["content"], &get("large")["encoding"]), (&"".into(), &"none".into()));
}

#[test]
fn a_file_is_put_only_over_the_one_that_was_seen() {
    let scene = Scene::new();
    let seen = scene.get("./contents/README.md").body["sha"].clone();
    let put = |body| scene.ask("actions", "PUT", "./contents/README.md", Some(&body));
    put(json!({"message": "x", "content": "eA=="})).refused(422, "\"sha\" wasn't supplied.");
    let stale = scene.get("./contents/Cargo.toml").body["sha"].clone();
    put(json!({"message": "x", "content": "eA==", "sha": stale})).expect(409);
    let made = put(json!({"message": "x", "content": "eA==", "sha": seen})).expect(200);
    assert_eq!(made.body["commit"]["sha"], scene.sha("main").as_str());
    assert_eq!(scene.get("./contents/README.md").body["content"], "eA==\n");
    scene.ask("actions", "PUT", "./contents/NEW", Some(&json!({"message": "x", "content": "eA=="}))).expect(201);
}

#[test]
fn a_workflow_file_cannot_be_put_and_rules_hold() {
    let scene = Scene::new();
    let body = json!({"message": "x", "content": "eA=="});
    let refused = scene.ask("actions", "PUT", "./contents/.github/workflows/evil.yml", Some(&body)).expect(403);
    assert!(refused.header("x-accepted-github-permissions").unwrap().contains("workflows=write"));
    scene.rule(Target::Branch, "main", Rule::PullRequest { approvals: 1 });
    scene.ask("actions", "PUT", "./contents/NEW", Some(&body)).refused(409, "Changes must be made through a pull request.");
    scene.get("./contents/NEW").expect(404);
}
