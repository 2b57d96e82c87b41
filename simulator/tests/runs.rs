//! Runs, their gates and their reviews.

use github_simulator::Clock;
use github_simulator::environments::CustomRule;
use github_simulator::runs::{Conclusion, Rerun};
use serde_json::{Value, json};

use crate::wire::Story;

/// Starts a run with one job in front of a closed gate and returns both ids.
fn start_gated(story: &Story, actor: &str) -> (u64, u64) {
    let mut world = story.served.lock();
    world.set_up_gates(&["rollback-legal", "rollback-technical"], &["lead", "owner"]);
    let run = world.start_run("rollback.yml", "main", actor, json!({})).expect("the simulator knows it");
    let job = world.start_job(run, "gate (rollback-legal)", Some("rollback-legal")).expect("the simulator knows it");
    (run, job)
}

async fn environment_id(story: &Story, name: &str) -> u64 {
    story.get("reads", &format!("/environments/{name}")).await.expect(200)["id"].as_u64().expect("the simulator knows it")
}

async fn decide(story: &Story, token: &str, run: u64, environment: &str, state: &str) -> crate::wire::Answer {
    let id = environment_id(story, environment).await;
    story
        .post(
            token,
            &format!("/actions/runs/{run}/pending_deployments"),
            json!({"environment_ids": [id], "state": state, "comment": "seen"}),
        )
        .await
}

#[tokio::test]
async fn a_job_without_an_environment_starts_at_once() {
    let story = Story::begin().await;
    let run = story.served.lock().start_run("Roll back", "main", "lead", json!({})).unwrap();
    story.served.lock().start_job(run, "plan", None).unwrap();
    let jobs = story.get("reads", &format!("/actions/runs/{run}/jobs")).await.expect(200);
    assert_eq!(jobs["jobs"][0]["status"], "in_progress");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}/pending_deployments")).await.expect(200), json!([]));
}

#[tokio::test]
async fn a_gate_waits_until_one_reviewer_approves() {
    let story = Story::begin().await;
    let (run, job) = start_gated(&story, "ada");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}")).await.expect(200)["status"], "waiting");
    let pending = story.get("lead", &format!("/actions/runs/{run}/pending_deployments")).await.expect(200);
    assert_eq!(pending[0]["environment"]["name"], "rollback-legal");
    assert_eq!(pending[0]["current_user_can_approve"], true);
    assert_eq!(pending[0]["reviewers"][0]["reviewer"]["login"], "lead");
    let deployments = decide(&story, "lead", run, "rollback-legal", "approved").await.expect(200);
    assert_eq!(deployments[0]["environment"], "rollback-legal");
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "in_progress");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}")).await.expect(200)["status"], "in_progress");
}

#[tokio::test]
async fn the_review_history_has_neither_time_nor_attempt() {
    let story = Story::begin().await;
    let (run, _) = start_gated(&story, "ada");
    decide(&story, "lead", run, "rollback-legal", "approved").await.expect(200);
    let history = story.get("reads", &format!("/actions/runs/{run}/approvals")).await.expect(200);
    let entry = history[0].as_object().unwrap();
    assert_eq!(entry.keys().collect::<Vec<_>>(), ["comment", "environments", "state", "user"]);
    assert_eq!(entry["state"], "approved");
    assert_eq!(entry["user"]["login"], "lead");
    assert_eq!(entry["environments"][0]["name"], "rollback-legal");
}

#[tokio::test]
async fn nobody_approves_what_they_started() {
    let story = Story::begin().await;
    let (run, _) = start_gated(&story, "lead");
    let pending = story.get("lead", &format!("/actions/runs/{run}/pending_deployments")).await.expect(200);
    assert_eq!(pending[0]["current_user_can_approve"], false);
    decide(&story, "lead", run, "rollback-legal", "approved").await.refused(422, "cannot approve");
    decide(&story, "owner", run, "rollback-legal", "approved").await.expect(200);
}

#[tokio::test]
async fn only_reviewers_decide_and_no_token_of_a_bot_does() {
    let story = Story::begin().await;
    let (run, _) = start_gated(&story, "ada");
    decide(&story, "ada", run, "rollback-legal", "approved").await.refused(422, "cannot approve");
    decide(&story, "writes", run, "rollback-legal", "approved").await.refused(403, "Resource not accessible by integration");
    decide(&story, "lead", run, "rollback-technical", "approved").await.refused(422, "no pending deployment");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}/approvals")).await.expect(200), json!([]));
}

#[tokio::test]
async fn a_rejection_fails_the_job_and_takes_the_others_along_only_where_told_to() {
    for fail_fast in [false, true] {
        let story = Story::begin().await;
        let (run, rejected) = start_gated(&story, "ada");
        let other = {
            let mut world = story.served.lock();
            world.runs.behaviour.fail_fast = fail_fast;
            world.start_job(run, "gate (rollback-technical)", Some("rollback-technical")).unwrap()
        };
        decide(&story, "owner", run, "rollback-legal", "rejected").await.expect(200);
        let job = story.get("reads", &format!("/actions/jobs/{rejected}")).await.expect(200);
        assert_eq!((&job["status"], &job["conclusion"]), (&json!("completed"), &json!("failure")));
        let other = story.get("reads", &format!("/actions/jobs/{other}")).await.expect(200);
        let wanted = if fail_fast { json!("cancelled") } else { Value::Null };
        assert_eq!(other["conclusion"], wanted);
        assert_eq!(story.served.lock().finish_run(run), Ok(Conclusion::Failure));
    }
}

#[tokio::test]
async fn one_review_covers_every_leg_that_waits_for_the_environment() {
    let story = Story::begin().await;
    let (run, _) = start_gated(&story, "ada");
    story.served.lock().start_job(run, "second leg", Some("Rollback-Legal")).unwrap();
    let deployments = decide(&story, "lead", run, "rollback-legal", "approved").await.expect(200);
    assert_eq!(deployments.as_array().unwrap().len(), 2);
    story.served.lock().start_job(run, "third leg", Some("rollback-legal")).unwrap();
    let jobs = story.get("reads", &format!("/actions/runs/{run}/jobs")).await.expect(200);
    let status: Vec<&str> = jobs["jobs"].as_array().unwrap().iter().map(|job| job["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["in_progress", "in_progress", "waiting"]);
}

#[tokio::test]
async fn a_wait_of_30_days_fails_the_job() {
    let story = Story::begin().await;
    let (run, job) = start_gated(&story, "ada");
    story.post("", "/_simulator/clock", json!({"advance_seconds": 30 * 86_400})).await.expect(200);
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "waiting");
    story.post("", "/_simulator/clock", json!({"advance_seconds": 1})).await.expect(200);
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["conclusion"], "failure");
    decide(&story, "lead", run, "rollback-legal", "approved").await.refused(422, "no pending deployment");
}

#[tokio::test]
async fn a_missing_environment_is_made_open() {
    let story = Story::begin().await;
    story.get("reads", "/environments/typo").await.refused(404, "Not Found");
    let run = story.served.lock().start_run("rollback.yml", "main", "ada", json!({})).unwrap();
    let job = story.served.lock().start_job(run, "gate", Some("typo")).unwrap();
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "in_progress");
    assert_eq!(story.get("reads", "/environments/typo").await.expect(200)["protection_rules"], json!([]));
}

#[tokio::test]
async fn a_ref_the_policy_does_not_let_deploy_fails_the_job() {
    let story = Story::begin().await;
    let body = json!({"deployment_branch_policy": {"protected_branches": false, "custom_branch_policies": true}});
    story.ask("ada", "PUT", "/environments/rollback", body).await.expect(200);
    story.post("ada", "/environments/rollback/deployment-branch-policies", json!({"name": "releases/*"})).await.expect(200);
    let run = story.served.lock().start_run("rollback.yml", "main", "ada", json!({})).unwrap();
    let job = story.served.lock().start_job(run, "gate", Some("rollback")).unwrap();
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["conclusion"], "failure");
    story.post("ada", "/environments/rollback/deployment-branch-policies", json!({"name": "main"})).await.expect(200);
    let job = story.served.lock().start_job(run, "again", Some("rollback")).unwrap();
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "in_progress");
}

#[tokio::test]
async fn a_rerun_keeps_the_first_actor_and_asks_for_reviews_anew() {
    let story = Story::begin().await;
    let (run, _) = start_gated(&story, "ada");
    decide(&story, "lead", run, "rollback-legal", "rejected").await.expect(200);
    story.post("lead", &format!("/actions/runs/{run}/rerun"), Value::Null).await.refused(403, "already running");
    story.served.lock().finish_run(run).unwrap();
    story.post("reads", &format!("/actions/runs/{run}/rerun"), Value::Null).await.refused(403, "Resource not accessible");
    story.post("lead", &format!("/actions/runs/{run}/rerun"), Value::Null).await.expect(201);
    let shown = story.get("reads", &format!("/actions/runs/{run}")).await.expect(200);
    assert_eq!((&shown["run_attempt"], &shown["status"]), (&json!(2), &json!("waiting")));
    assert_eq!((&shown["actor"]["login"], &shown["triggering_actor"]["login"]), (&json!("ada"), &json!("lead")));
    let first = story.get("reads", &format!("/actions/runs/{run}/attempts/1/jobs")).await.expect(200);
    assert_eq!(first["jobs"][0]["conclusion"], "failure");
    // The old review is still in the history and nothing tells it from a new one.
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}/approvals")).await.expect(200).as_array().unwrap().len(), 1);
    decide(&story, "lead", run, "rollback-legal", "approved").await.refused(422, "cannot approve");
}

#[tokio::test]
async fn a_rerun_of_failed_jobs_keeps_the_success_of_the_others() {
    let story = Story::begin().await;
    let run = {
        let mut world = story.served.lock();
        let run = world.start_run("rollback.yml", "main", "ada", json!({})).unwrap();
        for (name, conclusion) in [("plan", Conclusion::Success), ("execute", Conclusion::Failure)] {
            let job = world.start_job(run, name, None).unwrap();
            world.finish_job(job, conclusion).unwrap();
        }
        world.finish_run(run).unwrap();
        world.rerun(run, Rerun::Failed, "ada").unwrap();
        run
    };
    let jobs = story.get("reads", &format!("/actions/runs/{run}/jobs")).await.expect(200);
    let shown: Vec<_> = jobs["jobs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|job| (job["name"].clone(), job["status"].clone(), job["run_attempt"].clone()))
        .collect();
    assert_eq!(shown, [(json!("plan"), json!("completed"), json!(2)), (json!("execute"), json!("queued"), json!(2))]);
    let all = story.get("reads", &format!("/actions/runs/{run}/jobs?filter=all")).await.expect(200);
    assert_eq!(all["total_count"], 4);
}

#[tokio::test]
async fn an_administrator_bypasses_only_where_that_is_allowed_and_leaves_no_review() {
    let story = Story::begin().await;
    let (run, job) = start_gated(&story, "lead");
    assert_eq!(story.served.lock().bypass(run, "rollback-legal", "ada").unwrap_err().status, 403);
    story.served.lock().environments.get_mut("rollback-legal").unwrap().can_admins_bypass = true;
    assert_eq!(story.served.lock().bypass(run, "rollback-legal", "owner").unwrap_err().status, 403);
    story.served.lock().bypass(run, "rollback-legal", "ada").unwrap();
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "in_progress");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}/approvals")).await.expect(200), json!([]));
}

#[tokio::test]
async fn configuring_an_environment_replaces_all_of_it() {
    let story = Story::begin().await;
    let lead = story.served.lock().people["lead"].id;
    let body = json!({"reviewers": [{"type": "User", "id": lead}], "prevent_self_review": true, "wait_timer": 5});
    story.ask("writes", "PUT", "/environments/a%2Fb", body.clone()).await.refused(403, "Resource not accessible by integration");
    story.ask("lead", "PUT", "/environments/a%2Fb", body.clone()).await.refused(403, "Must have admin rights");
    let made = story.ask("ada", "PUT", "/environments/a%2Fb", body).await.expect(200);
    assert_eq!(made["name"], "a/b");
    assert_eq!(made["can_admins_bypass"], true);
    let kinds = |shown: &Value| {
        shown["protection_rules"].as_array().unwrap().iter().map(|rule| rule["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&made), ["wait_timer", "required_reviewers"]);
    let again = story.ask("ada", "PUT", "/environments/A%2FB", json!({"wait_timer": 1})).await.expect(200);
    assert_eq!(again["id"], made["id"]);
    assert_eq!(kinds(&again), ["wait_timer"]);
    assert_eq!(story.get("reads", "/environments").await.expect(200)["total_count"], 1);
    story.ask("ada", "DELETE", "/environments/a%2Fb", Value::Null).await.expect(204);
    story.get("reads", "/environments/a%2Fb").await.refused(404, "Not Found");
}

#[tokio::test]
async fn an_environment_is_refused_what_github_refuses() {
    let story = Story::begin().await;
    let lead = json!({"type": "User", "id": story.served.lock().people["lead"].id});
    let put = async |body: Value| story.ask("ada", "PUT", "/environments/gate", body).await;
    put(json!({"reviewers": vec![lead.clone(); 7]})).await.expect(422);
    put(json!({"reviewers": [{"type": "User", "id": 1}]})).await.expect(422);
    put(json!({"wait_timer": 43_201})).await.expect(422);
    put(json!({"deployment_branch_policy": {"protected_branches": true, "custom_branch_policies": true}})).await.refused(422, "same value");
    story.served.lock().repository.private = true;
    put(json!({"reviewers": [lead]})).await.refused(422, "billing plan");
    story.served.lock().repository.plan = github_simulator::world::Plan::Free;
    put(json!({})).await.refused(404, "Not Found");
}

#[tokio::test]
async fn a_dispatch_starts_a_run_as_whoever_asked() {
    let story = Story::begin().await;
    let path = "/actions/workflows/rollback.yml/dispatches";
    story.post("reads", path, json!({"ref": "main", "inputs": {"bad": "v0.1.0"}})).await.refused(403, "Resource not accessible");
    story.post("writes", path, json!({"ref": "main", "inputs": {"bad": "v0.1.0"}})).await.expect(204);
    let body = json!({"ref": "main", "inputs": {"bad": "v0.1.0"}, "return_run_details": true});
    let details = story.post("lead", path, body).await.expect(200);
    let runs = story.get("reads", "/actions/runs").await.expect(200);
    assert_eq!(runs["workflow_runs"][0]["id"], details["workflow_run_id"]);
    assert_eq!(runs["workflow_runs"][0]["actor"]["login"], "lead");
    assert_eq!(runs["workflow_runs"][1]["actor"]["login"], "github-actions[bot]");
    assert_eq!(runs["workflow_runs"][1]["event"], "workflow_dispatch");
    let queued = story.get("reads", "/actions/workflows/rollback.yml/runs?status=queued&per_page=1").await;
    assert!(queued.header("link").contains("rel=\"next\""), "{:?}", queued.headers);
    assert_eq!(queued.body["total_count"], 2);
    assert_eq!(story.get("reads", "/actions/runs?status=waiting").await.expect(200)["total_count"], 0);
}

#[tokio::test]
async fn a_dispatch_is_refused_what_github_refuses() {
    let story = Story::begin().await;
    let post = async |file: &str, body: Value| story.post("writes", &format!("/actions/workflows/{file}/dispatches"), body).await;
    let many: serde_json::Map<_, _> = (0..26).map(|n| (format!("i{n}"), json!("x"))).collect();
    post("missing.yml", json!({"ref": "main"})).await.refused(404, "Not Found");
    post("rollback.yml", json!({})).await.refused(422, "\"ref\" wasn't supplied");
    post("rollback.yml", json!({"ref": "gone"})).await.refused(422, "No ref found for: gone");
    post("rollback.yml", json!({"ref": "v0.0.12"})).await.refused(422, "does not have 'workflow_dispatch' trigger");
    post("test.yml", json!({"ref": "main"})).await.refused(422, "does not have 'workflow_dispatch' trigger");
    post("rollback.yml", json!({"ref": "main"})).await.refused(422, "Required input 'bad' not provided");
    post("rollback.yml", json!({"ref": "main", "inputs": {"bad": "x", "other": "y"}})).await.refused(422, "Unexpected inputs");
    post("rollback.yml", json!({"ref": "main", "inputs": {"bad": "x", "line": "sideways"}})).await.refused(422, "not in the list");
    post("rollback.yml", json!({"ref": "main", "inputs": many})).await.refused(422, "25 properties");
    post("rollback.yml", json!({"ref": "main", "inputs": {"bad": "x".repeat(65_536)}})).await.refused(422, "too large");
    story.ask("writes", "PUT", "/actions/workflows/rollback.yml/disable", Value::Null).await.expect(204);
    assert_eq!(story.get("reads", "/actions/workflows/rollback.yml").await.expect(200)["state"], "disabled_manually");
    post("rollback.yml", json!({"ref": "main", "inputs": {"bad": "x"}})).await.refused(422, "disabled");
    story.ask("writes", "PUT", "/actions/workflows/rollback.yml/enable", Value::Null).await.expect(204);
    post("rollback.yml", json!({"ref": "main", "inputs": {"bad": "x"}})).await.expect(204);
}

#[tokio::test]
async fn a_run_is_cancelled_once() {
    let story = Story::begin().await;
    let (run, job) = start_gated(&story, "ada");
    story.post("writes", &format!("/actions/runs/{run}/cancel"), Value::Null).await.expect(202);
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["conclusion"], "cancelled");
    assert_eq!(story.get("reads", &format!("/actions/runs/{run}")).await.expect(200)["conclusion"], "cancelled");
    story.post("writes", &format!("/actions/runs/{run}/cancel"), Value::Null).await.refused(409, "Cannot cancel");
}

#[tokio::test]
async fn the_default_permissions_are_for_administrators() {
    let story = Story::begin().await;
    story.get("writes", "/actions/permissions/workflow").await.refused(403, "Resource not accessible by integration");
    assert_eq!(story.get("ada", "/actions/permissions/workflow").await.expect(200)["default_workflow_permissions"], "read");
}

#[tokio::test]
async fn another_process_plays_a_whole_run() {
    let story = Story::begin().await;
    let post = async |path: &str, body: Value| story.post("", &format!("/_simulator/{path}"), body).await;
    post("gates", json!({"environments": ["legal"], "reviewers": ["lead"]})).await.expect(201);
    let token = post("tokens", json!({"kind": "actions", "permissions": {"actions": "read"}})).await.expect(201)["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let run = post("runs", json!({"workflow": "rollback.yml", "actor": "ada", "inputs": {"bad": "v0.1.0"}})).await.expect(201)["id"]
        .as_u64()
        .unwrap();
    let job = post(&format!("runs/{run}/jobs"), json!({"name": "legal", "environment": "legal"})).await.expect(201);
    assert_eq!(job["status"], "waiting");
    let complete = format!("runs/{run}/jobs/{}/complete", job["id"]);
    post(&complete, json!({})).await.refused(409, "still waits");
    post(&format!("runs/{run}/approve"), json!({"environment": "legal", "login": "lead", "comment": "fine"})).await.expect(200);
    post(&complete, json!({"conclusion": "success"})).await.expect(200);
    assert_eq!(post(&format!("runs/{run}/complete"), Value::Null).await.expect(200)["conclusion"], "success");
    assert_eq!(story.get(&token, &format!("/actions/runs/{run}/approvals")).await.expect(200)[0]["comment"], "fine");
    let log = story.get("", "/_simulator/log").await.expect(200);
    assert!(log.as_array().unwrap().iter().any(|entry| entry["path"] == format!("/repos/acme/entity-core/actions/runs/{run}/approvals")));
}

#[tokio::test]
async fn the_same_story_at_another_time_is_the_same_content() {
    let mut states = Vec::new();
    for clock in ["2026-11-23T09:00:00Z", "2027-01-01T00:00:00Z"] {
        let story = Story::begin().await;
        story.served.lock().clock = Clock::Frozen(clock.parse().unwrap());
        let (run, _) = start_gated(&story, "ada");
        decide(&story, "lead", run, "rollback-legal", "approved").await.expect(200);
        story.post("", "/_simulator/default-branch/commit", json!({"path": "a/b", "content": "c"})).await.expect(201);
        let content = story.get("", "/_simulator/state?content_only=true").await.expect(200);
        let whole = story.get("", "/_simulator/state").await.expect(200);
        assert_eq!(whole["refs"]["refs/heads/main"].as_str().map(str::len), Some(40));
        states.push((content.to_string(), whole.to_string()));
    }
    assert_eq!(states[0].0, states[1].0);
    assert_ne!(states[0].1, states[1].1);
}

#[tokio::test]
async fn a_custom_rule_holds_a_job_until_its_app_lets_it_go() {
    let story = Story::begin().await;
    let (run, job) = {
        let mut world = story.served.lock();
        world.add_app_token("guard", "guard-app", &[("deployments", "write"), ("actions", "read")]);
        world.ensure_environment("canary");
        let rule = CustomRule { id: 7, app: "guard-app".to_owned() };
        world.environments.get_mut("canary").unwrap().custom_rules.push(rule);
        let run = world.start_run("rollback.yml", "main", "ada", json!({})).unwrap();
        (run, world.start_job(run, "canary", Some("canary")).unwrap())
    };
    let rules = story.get("reads", "/environments/canary/deployment_protection_rules").await.expect(200);
    assert_eq!(rules["custom_deployment_protection_rules"][0]["app"]["slug"], "guard-app");
    let path = format!("/actions/runs/{run}/deployment_protection_rule");
    let body = json!({"environment_name": "canary", "state": "approved", "comment": "healthy"});
    story.post("lead", &path, body.clone()).await.refused(403, "Resource not accessible by integration");
    story.post("guard", &path, json!({"environment_name": "canary", "comment": "looking"})).await.expect(204);
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "waiting");
    story.post("guard", &path, body).await.expect(204);
    assert_eq!(story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"], "in_progress");
}

#[tokio::test]
async fn a_wait_timer_lets_go_when_its_time_is_over() {
    let story = Story::begin().await;
    story.ask("ada", "PUT", "/environments/slow", json!({"wait_timer": 30})).await.expect(200);
    let run = story.served.lock().start_run("rollback.yml", "main", "ada", json!({})).unwrap();
    let job = story.served.lock().start_job(run, "gate", Some("slow")).unwrap();
    let status = async || story.get("reads", &format!("/actions/jobs/{job}")).await.expect(200)["status"].clone();
    story.post("", "/_simulator/clock", json!({"advance_seconds": 30 * 60 - 1})).await.expect(200);
    assert_eq!(status().await, "waiting");
    story.post("", "/_simulator/clock", json!({"advance_seconds": 1})).await.expect(200);
    assert_eq!(status().await, "in_progress");
}
