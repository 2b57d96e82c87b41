//! Reading branches, tags, commits and comparisons.

use github_simulator::world::{Rule, Target};

use crate::client::send;
use crate::scene::{REPO, Scene, commit};

#[test]
fn a_branch_with_slashes_is_found_and_an_unknown_one_is_not() {
    let scene = Scene::new();
    let sha = scene.branch("rollback/v0.1.0", &[("x", "x")]);
    assert_eq!(scene.get("./branches/rollback/v0.1.0").expect(200).body["commit"]["sha"], sha.as_str());
    scene.get("./branches/rollback").refused(404, "Branch not found");
}

#[test]
fn rules_make_a_branch_protected_and_are_listed_for_it() {
    let scene = Scene::new();
    assert_eq!(scene.get("./branches/main").body["protected"], false);
    scene.rule(Target::Branch, "~DEFAULT_BRANCH", Rule::MergeQueue);
    assert_eq!(scene.get("./branches/main").body["protected"], true);
    assert_eq!(scene.get("./rules/branches/main").expect(200).body[0]["type"], "merge_queue");
    assert_eq!(scene.get("./rules/branches/other").expect(200).body.as_array().unwrap().len(), 0);
    assert_eq!(scene.get("./rulesets/77").expect(200).body["rules"][0]["type"], "merge_queue");
}

#[test]
fn a_commit_is_found_by_every_kind_of_name() {
    let scene = Scene::new();
    let (main, tagged) = (scene.sha("main"), scene.sha("v0.1.0"));
    for name in ["HEAD", "main", "heads/main", main.as_str(), &main[..10]] {
        assert_eq!(scene.get(&format!("./commits/{name}")).expect(200).body["sha"], main.as_str(), "{name}");
    }
    assert_eq!(scene.get("./commits/tags/v0.1.0").expect(200).body["sha"], tagged.as_str());
    scene.get("./commits/nope").refused(422, "No commit found for SHA: nope");
    let headers = [("Accept", "application/vnd.github.sha")];
    let plain = send(scene.address, "GET", &format!("{REPO}/commits/main"), &headers, None).unwrap().expect(200);
    assert_eq!(plain.text, main);
}

#[test]
fn an_annotated_tag_is_peeled_for_commits_and_not_for_its_ref() {
    let scene = Scene::new();
    let main = scene.sha("main");
    let made = scene.post("./git/tags", serde_json::json!({"tag": "v2", "message": "two", "object": main, "type": "commit"}));
    let tag = made.expect(201).body["sha"].as_str().unwrap().to_owned();
    scene.post("./git/refs", serde_json::json!({"ref": "refs/tags/v2", "sha": tag})).expect(201);
    assert_eq!(scene.get("./git/ref/tags/v2").expect(200).body["object"]["type"], "tag");
    assert_eq!(scene.get(&format!("./git/tags/{tag}")).expect(200).body["object"]["sha"], main.as_str());
    assert_eq!(scene.get("./commits/v2").expect(200).body["sha"], main.as_str());
    assert_eq!(scene.get("./tags").expect(200).body[0]["commit"]["sha"], main.as_str());
}

#[test]
fn commits_are_listed_newest_first_and_by_path() {
    let scene = Scene::new();
    let all = scene.get("./commits?per_page=2").expect(200);
    assert_eq!(all.body[0]["commit"]["message"], "Describe it");
    assert!(all.header("link").unwrap().contains("rel=\"next\""));
    assert_eq!(all.body[0]["author"]["login"], "dev");
    let of_file = scene.get("./commits?path=README.md&sha=main").expect(200);
    assert_eq!(of_file.body.as_array().unwrap().len(), 1);
    scene.get("./commits?sha=nope").expect(404);
}

#[test]
fn a_commit_lists_its_files_also_the_first_one() {
    let scene = Scene::new();
    let first = scene.get("./commits/v0.0.12").expect(200);
    assert_eq!(first.body["files"].as_array().unwrap().len(), 3);
    let second = scene.get("./commits/v0.1.0").expect(200);
    assert_eq!(second.body["stats"]["total"], 6);
    assert_eq!(second.body["files"][0]["status"], "modified");
}

#[test]
fn a_comparison_tells_ahead_behind_and_files() {
    let scene = Scene::new();
    let ahead = scene.get("./compare/v0.0.12...main").expect(200);
    assert_eq!((&ahead.body["status"], &ahead.body["ahead_by"]), (&"ahead".into(), &2.into()));
    assert_eq!(ahead.body["commits"][0]["commit"]["message"], "Break it");
    assert_eq!(ahead.body["files"].as_array().unwrap().len(), 4);
    assert_eq!(scene.get("./compare/main...v0.0.12").body["status"], "behind");
    assert_eq!(scene.get("./compare/main...acme:main").body["status"], "identical");
    scene.branch("side", &[("Cargo.toml", "version = \"9\"\n")]);
    scene.get("./compare/main...nope").expect(404);
    let paged = scene.get("./compare/v0.0.12...main?per_page=1&page=2").expect(200);
    assert_eq!(paged.body["commits"][0]["commit"]["message"], "Describe it");
    assert!(paged.body.get("files").is_none(), "files are on the first page only");
}

#[test]
fn a_comparison_names_what_a_file_was_called_before() {
    let scene = Scene::new();
    let long: String = (0..50).map(|line| format!("line {line}\n")).collect();
    let (one, two) = {
        let mut world = scene.world();
        let main = world.default_head().unwrap();
        let one = commit(&mut world, Some(&main), &[("a.txt", &long)], "one");
        let two = commit(&mut world, Some(&main), &[("b.txt", &long)], "two");
        (one, two)
    };
    let changes = scene.world().git.changes(&one, &two).unwrap();
    assert_eq!((changes[0].status, changes[0].path.as_str(), changes[0].previous.as_deref()), ("renamed", "b.txt", Some("a.txt")));
}

#[test]
fn a_comparison_of_unrelated_histories_has_no_answer() {
    let scene = Scene::new();
    {
        let mut world = scene.world();
        let orphan = commit(&mut world, None, &[("x", "x")], "alone");
        world.git.set_ref("refs/heads/orphan", Some(&orphan)).unwrap();
    }
    scene.get("./compare/main...orphan").refused(404, "No common ancestor between main and orphan.");
}
