//! The rules about refs.

use github_simulator::world::{Rule, Target};
use serde_json::json;

use crate::scene::Scene;

#[test]
fn a_ref_is_made_read_and_deleted() {
    let scene = Scene::new();
    let sha = scene.sha("main");
    scene.post("./git/refs", json!({"ref": "refs/heads/a/b", "sha": sha})).expect(201);
    assert_eq!(scene.get("./git/ref/heads/a/b").expect(200).body["object"]["sha"], sha.as_str());
    assert_eq!(scene.get("./git/matching-refs/heads/a").expect(200).body.as_array().unwrap().len(), 1);
    assert_eq!(scene.get("./git/matching-refs/heads/zzz").expect(200).body.as_array().unwrap().len(), 0);
    scene.ask("actions", "DELETE", "./git/refs/heads/a/b", None).expect(204);
    scene.get("./git/ref/heads/a/b").expect(404);
    scene.get("./git/ref/heads/a").expect(404);
}

#[test]
fn a_ref_that_exists_or_has_no_good_name_or_no_object_is_refused() {
    let scene = Scene::new();
    let sha = scene.sha("main");
    let make = |name: &str, sha: &str| scene.post("./git/refs", json!({"ref": name, "sha": sha}));
    make("refs/heads/main", &sha).refused(422, "Reference already exists");
    make("heads/x", &sha).expect(422);
    make("refs/x", &sha).expect(422);
    make("refs/heads/a..b", &sha).refused(422, "refs/heads/a..b is not a valid ref name.");
    make("refs/heads/main/below", &sha).refused(422, "Reference update failed");
    make("refs/heads/x", "0123456789012345678901234567890123456789").refused(422, "Object does not exist");
    make("refs/heads/x", "short").expect(422);
    scene.post("./git/refs", json!({"ref": "refs/heads/x"})).refused(422, "\"sha\" wasn't supplied.");
}

#[test]
fn a_workflow_that_the_default_branch_has_not_cannot_be_put_on_a_ref() {
    let scene = Scene::new();
    let old = scene.sha("v0.0.12");
    let body = json!({"ref": "refs/heads/rollback", "sha": old});
    let refused = scene.post("./git/refs", body.clone()).refused(403, "Resource not accessible by integration");
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("contents=write; contents=write,workflows=write"));
    scene.get("./git/ref/heads/rollback").expect(404);
    // An App that was granted `workflows: write` may, and so may a person.
    scene.ask("app", "POST", "./git/refs", Some(&body)).expect(201);
    scene.ask("dev", "POST", "./git/refs", Some(&json!({"ref": "refs/heads/by-dev", "sha": old}))).expect(201);
}

#[test]
fn the_workflow_rule_holds_for_moved_refs_against_the_default_branch_of_the_moment() {
    let scene = Scene::new();
    let main = scene.sha("main");
    scene.post("./git/refs", json!({"ref": "refs/heads/x", "sha": main})).expect(201);
    let drifted = scene.branch("theirs", &[(".github/workflows/ci.yml", "newer\n")]);
    let moved = json!({"sha": drifted});
    scene.patch("./git/refs/heads/x", moved.clone()).expect(403);
    scene.world().git.set_ref("refs/heads/main", Some(&drifted)).unwrap();
    scene.patch("./git/refs/heads/x", moved).expect(200);
    scene.post("./git/refs", json!({"ref": "refs/heads/y", "sha": main})).expect(403);
}

#[test]
fn a_ref_moves_forward_only_unless_forced() {
    let scene = Scene::new();
    let (old, main) = (scene.sha("v0.1.0"), scene.sha("main"));
    scene.patch("./git/refs/heads/main", json!({"sha": old})).refused(422, "Update is not a fast forward");
    assert_eq!(scene.sha("main"), main);
    scene.patch("./git/refs/heads/nope", json!({"sha": old})).refused(422, "Reference does not exist");
    scene.patch("./git/refs/heads/main", json!({"sha": old, "force": true})).expect(200);
    scene.patch("./git/refs/heads/main", json!({"sha": main})).expect(200);
}

#[test]
fn the_default_branch_cannot_be_deleted() {
    let scene = Scene::new();
    scene.ask("actions", "DELETE", "./git/refs/heads/main", None).expect(422);
    scene.ask("actions", "DELETE", "./git/refs/heads/nope", None).refused(422, "Reference does not exist");
}

#[test]
fn rulesets_refuse_new_moved_and_deleted_refs() {
    let scene = Scene::new();
    let main = scene.sha("main");
    scene.rule(Target::Tag, "v*", Rule::Creation);
    let refused = scene.post("./git/refs", json!({"ref": "refs/tags/v9", "sha": main}));
    refused.refused(422, "Repository rule violations found\\n\\nCannot create ref due to creations being restricted.");
    scene.post("./git/refs", json!({"ref": "refs/tags/other", "sha": main})).expect(201);
    scene.world().rulesets.clear();
    let next = scene.branch("next", &[("x", "x")]);
    scene.rule(Target::Branch, "main", Rule::PullRequest { approvals: 1 });
    scene.patch("./git/refs/heads/main", json!({"sha": next})).refused(422, "Changes must be made through a pull request.");
    scene.world().rulesets.clear();
    scene.rule(Target::Branch, "~ALL", Rule::RequiredSignatures);
    scene.patch("./git/refs/heads/main", json!({"sha": next})).refused(422, "Commits must have verified signatures.");
    scene.world().rulesets.clear();
    scene.rule(Target::Branch, "next", Rule::Deletion);
    scene.ask("actions", "DELETE", "./git/refs/heads/next", None).expect(422);
    scene.world().rulesets[0].bypass.push("lead".to_owned());
    scene.ask("lead", "DELETE", "./git/refs/heads/next", None).expect(204);
}
