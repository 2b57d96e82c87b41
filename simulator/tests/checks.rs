//! Check runs and statuses, and the rules that require them.

use github_simulator::world::{Rule, Target};
use serde_json::json;

use crate::scene::Scene;

fn checking() -> Scene {
    let scene = Scene::new();
    let grants = [("checks", "write"), ("statuses", "write"), ("contents", "write"), ("pull-requests", "write")];
    scene.world().add_actions_token("actions", &grants);
    scene
}

#[test]
fn a_required_check_holds_a_merge_until_it_has_passed_on_the_head() {
    let scene = checking();
    scene.rule(Target::Branch, "main", Rule::RequiredStatusChecks(vec!["ci".to_owned()]));
    let head = scene.branch("fix", &[("x", "x")]);
    scene.post("./pulls", json!({"title": "x", "head": "fix", "base": "main"})).expect(201);
    let merge = || scene.ask("actions", "PUT", "./pulls/1/merge", Some(&json!({})));
    merge().refused(405, "Required status check");
    let check = scene.post("./check-runs", json!({"name": "ci", "head_sha": head, "conclusion": "failure"})).expect(201);
    merge().expect(405);
    let path = format!("./check-runs/{}", check.body["id"]);
    scene.patch(&path, json!({"conclusion": "success"})).expect(200);
    assert_eq!(scene.get(&format!("./commits/{head}/check-runs")).expect(200).body["total_count"], 1);
    merge().expect(200);
}

#[test]
fn the_newest_status_of_each_context_makes_the_combined_one() {
    let scene = checking();
    let sha = scene.sha("main");
    let path = format!("./statuses/{sha}");
    assert_eq!(scene.get("./commits/main/status").expect(200).body["state"], "pending");
    scene.post(&path, json!({"state": "failure", "context": "ci"})).expect(201);
    assert_eq!(scene.get("./commits/main/status").body["state"], "failure");
    scene.post(&path, json!({"state": "success", "context": "CI"})).expect(201);
    assert_eq!(scene.get("./commits/main/status").body["state"], "success");
    assert_eq!(scene.get("./commits/main/statuses").expect(200).body.as_array().unwrap().len(), 2);
    scene.post(&path, json!({"state": "great"})).expect(422);
}

#[test]
fn check_runs_are_written_by_apps_alone_and_within_limits() {
    let scene = checking();
    let sha = scene.sha("main");
    let body = json!({"name": "ci", "head_sha": sha});
    scene.ask("dev", "POST", "./check-runs", Some(&body)).refused(403, "GitHub App");
    scene.ask("readonly", "POST", "./check-runs", Some(&body)).expect(403);
    let long = json!({"name": "ci", "head_sha": sha, "output": {"title": "x", "summary": "x".repeat(65_536)}});
    scene.post("./check-runs", long).expect(422);
    scene.post("./check-runs", json!({"name": "ci", "head_sha": sha, "status": "completed"})).expect(422);
    scene.post("./check-runs", body).expect(201);
}
