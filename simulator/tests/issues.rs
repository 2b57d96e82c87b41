//! Issues, comments, labels and deployments.

use serde_json::json;

use crate::scene::Scene;

#[test]
fn issues_and_pull_requests_share_numbers_and_the_list() {
    let scene = Scene::new();
    scene.post("./issues", json!({"title": "Incident", "labels": ["incident"]})).expect(201);
    scene.branch("fix", &[("x", "x")]);
    assert_eq!(scene.post("./pulls", json!({"title": "Fix", "head": "fix", "base": "main"})).expect(201).body["number"], 2);
    let all = scene.get("./issues").expect(200);
    assert_eq!(all.body.as_array().unwrap().len(), 2);
    assert!(all.body[0]["pull_request"].is_object() && all.body[1].get("pull_request").is_none());
    for (query, count) in [
        ("labels=incident", 1),
        ("labels=incident,other", 0),
        ("creator=github-actions%5Bbot%5D", 2),
        ("creator=dev", 0),
        ("since=2030-01-01T00:00:00Z", 0),
        ("state=closed", 0),
    ] {
        assert_eq!(scene.get(&format!("./issues?{query}")).expect(200).body.as_array().unwrap().len(), count, "{query}");
    }
    scene.get("./issues/3").expect(404);
}

#[test]
fn labels_are_dropped_without_a_word_for_those_who_cannot_push() {
    let scene = Scene::new();
    let body = json!({"title": "x", "labels": ["incident"]});
    assert_eq!(scene.ask("reader", "POST", "./issues", Some(&body)).expect(201).body["labels"], json!([]));
    assert_eq!(scene.ask("dev", "POST", "./issues", Some(&body)).expect(201).body["labels"][0]["name"], "incident");
}

#[test]
fn an_issue_is_edited_closed_and_opened_again() {
    let scene = Scene::new();
    scene.post("./issues", json!({"title": "x"})).expect(201);
    let closed = scene.patch("./issues/1", json!({"state": "closed", "body": "done"})).expect(200);
    assert_eq!((&closed.body["state_reason"], &closed.body["body"]), (&"completed".into(), &"done".into()));
    assert!(closed.body["closed_at"].is_string());
    assert_eq!(scene.patch("./issues/1", json!({"state": "open"})).expect(200).body["state_reason"], "reopened");
    scene.ask("reader", "PATCH", "./issues/1", Some(&json!({"title": "y"}))).expect(404);
    scene.patch("./issues/1", json!({"body": "x".repeat(65_537)})).refused(422, "maximum is 65536 characters");
    scene.world().repository.has_issues = false;
    scene.post("./issues", json!({"title": "x"})).expect(410);
}

#[test]
fn comments_are_made_edited_and_deleted() {
    let scene = Scene::new();
    scene.post("./issues", json!({"title": "x"})).expect(201);
    let made = scene.post("./issues/1/comments", json!({"body": "one"})).expect(201);
    let path = format!("./issues/comments/{}", made.body["id"]);
    scene.patch(&path, json!({"body": "two"})).expect(200);
    assert_eq!(scene.get("./issues/1/comments").expect(200).body[0]["body"], "two");
    assert_eq!(scene.get("./issues/1").body["comments"], 1);
    scene.ask("reader", "PATCH", &path, Some(&json!({"body": "three"}))).expect(404);
    scene.post("./issues/1/comments", json!({"body": "x".repeat(65_537)})).expect(422);
    scene.ask("actions", "DELETE", &path, None).expect(204);
    scene.get(&path).expect(404);
}

#[test]
fn a_comment_on_a_pull_request_needs_either_permission() {
    let scene = Scene::new();
    scene.post("./issues", json!({"title": "x"})).expect(201);
    scene.branch("fix", &[("x", "x")]);
    scene.post("./pulls", json!({"title": "Fix", "head": "fix", "base": "main"})).expect(201);
    // This App has `pull-requests: write` and nothing for issues.
    scene.ask("app", "POST", "./issues/2/comments", Some(&json!({"body": "x"}))).expect(201);
    let refused = scene.ask("app", "POST", "./issues/1/comments", Some(&json!({"body": "x"}))).expect(403);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("issues=write"));
}

#[test]
fn labels_are_made_on_the_fly_put_on_and_taken_off() {
    let scene = Scene::new();
    scene.post("./issues", json!({"title": "x"})).expect(201);
    scene.post("./labels", json!({"name": "Rollback", "color": "d73a4a"})).expect(201);
    scene.post("./labels", json!({"name": "rollback", "color": "d73a4a"})).refused(422, "already_exists");
    let put = scene.post("./issues/1/labels", json!({"labels": ["rollback", {"name": "new"}]})).expect(200);
    assert_eq!((&put.body[0]["name"], &put.body[0]["color"], &put.body[1]["name"]), (&"Rollback".into(), &"d73a4a".into(), &"new".into()));
    assert_eq!(scene.get("./labels").expect(200).body.as_array().unwrap().len(), 2);
    scene.ask("actions", "DELETE", "./issues/1/labels/new", None).expect(200);
    scene.ask("actions", "DELETE", "./issues/1/labels/new", None).refused(404, "Label does not exist");
    scene.world().quirks.labels_are_made = false;
    scene.post("./issues/1/labels", json!({"labels": ["other"]})).expect(422);
}

#[test]
fn a_deployment_merges_first_unless_told_not_to() {
    let scene = Scene::new();
    {
        let mut world = scene.world();
        let old = world.git.resolve("v0.1.0").unwrap();
        world.git.set_ref("refs/heads/old", Some(&old)).unwrap();
    }
    scene.post("./deployments", json!({"ref": "old"})).refused(202, "Auto-merged main into old");
    let body = json!({"ref": "old", "auto_merge": false, "required_contexts": [], "environment": "production"});
    let made = scene.post("./deployments", body).expect(201);
    let path = format!("./deployments/{}/statuses", made.body["id"]);
    scene.post(&path, json!({"state": "success"})).expect(201);
    scene.post(&path, json!({"state": "great"})).expect(422);
    scene.post(&path, json!({"state": "success", "description": "x".repeat(141)})).expect(422);
    assert_eq!(scene.get(&path).expect(200).body[0]["state"], "success");
    assert_eq!(scene.get("./deployments?environment=production").expect(200).body.as_array().unwrap().len(), 1);
}
