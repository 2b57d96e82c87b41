//! Releases.

use github_simulator::world::{Rule, Target};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::scene::Scene;

fn publish(scene: &Scene, body: Value) -> Answer {
    scene.post("./releases", body)
}

fn latest(scene: &Scene) -> Value {
    scene.get("./releases/latest").body["tag_name"].clone()
}

fn id(answer: &Answer) -> String {
    answer.body["id"].to_string()
}

#[test]
fn publishing_makes_the_tag_and_the_latest_release() {
    let scene = Scene::new();
    scene.get("./releases/latest").expect(404);
    let made = publish(&scene, json!({"tag_name": "v0.2.0"})).expect(201);
    assert_eq!(scene.sha("v0.2.0"), scene.sha("main"));
    assert_eq!((&made.body["target_commitish"], &made.body["draft"]), (&"main".into(), &false.into()));
    assert_eq!(latest(&scene), "v0.2.0");
    publish(&scene, json!({"tag_name": "v0.2.0"})).refused(422, "already_exists");
    assert_eq!(scene.get("./releases/tags/v0.2.0").expect(200).body["id"], made.body["id"]);
}

#[test]
fn make_latest_is_a_word_and_its_default_is_true_for_edits_too() {
    let scene = Scene::new();
    let bad = publish(&scene, json!({"tag_name": "v0.1.0"})).expect(201);
    publish(&scene, json!({"tag_name": "v0.2.0"})).expect(201);
    assert_eq!(latest(&scene), "v0.2.0");
    let edit = |body| scene.patch(&format!("./releases/{}", id(&bad)), body);
    edit(json!({"make_latest": true})).expect(422);
    edit(json!({"body": "banner", "make_latest": "false"})).expect(200);
    assert_eq!(latest(&scene), "v0.2.0");
    edit(json!({"body": "banner"})).expect(200);
    assert_eq!(latest(&scene), "v0.1.0", "an edit that does not say otherwise makes it the latest");
    scene.world().quirks.patch_makes_latest = false;
    edit(json!({"make_latest": "false"})).expect(200);
    edit(json!({"body": "banner"})).expect(200);
    assert_eq!(latest(&scene), "v0.2.0");
}

#[test]
fn a_pre_release_or_draft_is_never_the_latest() {
    let scene = Scene::new();
    let good = publish(&scene, json!({"tag_name": "v0.1.0", "make_latest": "legacy"})).expect(201);
    let bad = publish(&scene, json!({"tag_name": "v0.2.0"})).expect(201);
    let edit = |body| scene.patch(&format!("./releases/{}", id(&bad)), body);
    edit(json!({"prerelease": true, "make_latest": "true"})).refused(422, "Latest release cannot be draft or prerelease");
    edit(json!({"prerelease": true, "make_latest": "false"})).expect(200);
    assert_eq!(latest(&scene), "v0.1.0");
    scene.patch(&format!("./releases/{}", id(&good)), json!({"prerelease": true})).expect(200);
    scene.get("./releases/latest").expect(404);
}

#[test]
fn a_draft_is_seen_by_those_who_can_push_and_makes_no_tag() {
    let scene = Scene::new();
    let draft = publish(&scene, json!({"tag_name": "v0.3.0", "draft": true})).expect(201);
    scene.get("./git/ref/tags/v0.3.0").expect(404);
    scene.get("./releases/tags/v0.3.0").expect(404);
    assert_eq!(scene.get("./releases").body.as_array().unwrap().len(), 1);
    assert_eq!(scene.ask("readonly", "GET", "./releases", None).body.as_array().unwrap().len(), 0);
    scene.ask("reader", "GET", &format!("./releases/{}", id(&draft)), None).expect(404);
    let published = scene.patch(&format!("./releases/{}", id(&draft)), json!({"draft": false})).expect(200);
    assert!(published.body["published_at"].is_string());
    scene.get("./git/ref/tags/v0.3.0").expect(200);
}

#[test]
fn notes_have_a_limit() {
    let scene = Scene::new();
    let made = publish(&scene, json!({"tag_name": "v0.2.0", "body": "x".repeat(125_000)})).expect(201);
    scene
        .patch(&format!("./releases/{}", id(&made)), json!({"body": "x".repeat(125_001)}))
        .refused(422, "body is too long (maximum is 125000 characters)");
}

#[test]
fn a_release_on_a_commit_with_other_workflows_is_refused() {
    let scene = Scene::new();
    let old = scene.sha("v0.0.12");
    publish(&scene, json!({"tag_name": "v0.0.13", "target_commitish": old})).expect(403);
    scene.get("./git/ref/tags/v0.0.13").expect(404);
    scene.ask("app", "POST", "./releases", Some(&json!({"tag_name": "v0.0.13", "target_commitish": old}))).expect(201);
}

#[test]
fn an_edit_is_refused_for_the_target_it_has_until_the_target_is_the_default_branch() {
    let scene = Scene::new();
    let old = scene.sha("v0.0.12");
    let made = scene.ask("app", "POST", "./releases", Some(&json!({"tag_name": "v0.0.12", "target_commitish": old})));
    let path = format!("./releases/{}", id(&made.expect(201)));
    let refused = scene.patch(&path, json!({"body": "banner", "make_latest": "false"})).expect(403);
    assert!(refused.header("x-accepted-github-permissions").unwrap().contains("workflows=write"));
    scene.world().quirks.workflow_rule_on_release_status = 404;
    scene.patch(&path, json!({"body": "banner"})).expect(404);
    scene.patch(&path, json!({"body": "banner", "target_commitish": "main"})).expect(200);
    assert_eq!(scene.sha("v0.0.12"), old, "the tag stays where it is");
    scene.patch(&path, json!({"target_commitish": old})).expect(404);
    scene.world().quirks.workflow_rule_on_release_text = false;
    scene.patch(&path, json!({"body": "more"})).expect(200);
}

#[test]
fn an_immutable_release_keeps_tag_and_assets_but_its_words_and_marks_can_change() {
    let scene = Scene::new();
    scene.world().repository.immutable_releases = true;
    let made = publish(&scene, json!({"tag_name": "v0.2.0"})).expect(201);
    assert_eq!(made.body["immutable"], true);
    let path = format!("./releases/{}", id(&made));
    scene.patch(&path, json!({"body": "banner", "prerelease": true, "make_latest": "false"})).expect(200);
    scene.patch(&path, json!({"tag_name": "v0.2.1"})).expect(422);
    scene.patch(&path, json!({"draft": true})).expect(422);
    scene.post(&format!("{path}/assets?name=x.tgz"), json!({})).refused(422, "Cannot upload assets to an immutable release");
    scene.ask("actions", "DELETE", "./git/refs/tags/v0.2.0", None).expect(422);
    scene.ask("actions", "DELETE", &path, None).expect(204);
    scene.ask("actions", "DELETE", "./git/refs/tags/v0.2.0", None).expect(204);
    publish(&scene, json!({"tag_name": "v0.2.0"})).refused(422, "tag_name was used by an immutable release");
}

#[test]
fn a_tag_ruleset_refuses_the_release_that_would_make_the_tag() {
    let scene = Scene::new();
    scene.rule(Target::Tag, "v*", Rule::Creation);
    let refused = publish(&scene, json!({"tag_name": "v0.2.0"})).expect(422);
    assert_eq!(refused.body["errors"][0]["field"], "pre_receive");
    publish(&scene, json!({"tag_name": "v0.1.0"})).expect(201);
}

#[test]
fn notes_are_generated_from_merged_pull_requests_and_stored_nowhere() {
    let scene = Scene::new();
    publish(&scene, json!({"tag_name": "v0.1.0"})).expect(201);
    scene.branch("fix", &[("fix", "x")]);
    let pull = scene.post("./pulls", json!({"title": "Fix it", "head": "fix", "base": "main"})).expect(201);
    let number = pull.body["number"].to_string();
    scene.ask("actions", "PUT", &format!("./pulls/{number}/merge"), Some(&json!({}))).expect(200);
    let notes = scene.post("./releases/generate-notes", json!({"tag_name": "v0.2.0"})).expect(200);
    let body = notes.body["body"].as_str().unwrap();
    assert!(body.contains("* Fix it by @github-actions[bot]") && body.contains("compare/v0.1.0...v0.2.0"), "{body}");
    assert_eq!(scene.get("./releases").body.as_array().unwrap().len(), 1);
}

#[test]
fn whether_an_immutable_release_takes_a_new_target_can_be_chosen() {
    let scene = Scene::new();
    scene.world().repository.immutable_releases = true;
    let sha = scene.sha("main");
    let made = publish(&scene, json!({"tag_name": "v0.2.0", "target_commitish": sha})).expect(201);
    let path = format!("./releases/{}", id(&made));
    scene.world().quirks.immutable_takes_target = false;
    scene.patch(&path, json!({"target_commitish": "main"})).expect(422);
    scene.world().quirks.immutable_takes_target = true;
    scene.patch(&path, json!({"target_commitish": "main"})).expect(200);
}
