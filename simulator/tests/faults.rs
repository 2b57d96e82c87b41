//! What was scheduled befalls the requests it was scheduled on, and the log says of each whether it did.

use github_simulator::faults::{Distortion, Effect, When};
use github_simulator::world::LogEntry;
use github_simulator::{Fault, World};
use serde_json::{Value, json};

use crate::wire::Story;

#[tokio::test]
async fn faults_befall_the_requests_they_were_scheduled_on() {
    let story = Story::begin().await;
    let path = "/environments";
    story.served.lock().schedule(When::matching("GET", path).nth(2).times(2), Fault::status(503, "Unavailable").header("retry-after", "1"));
    story.get("reads", path).await.expect(200);
    for _ in 0..2 {
        let answer = story.get("reads", path).await;
        assert!(answer.header("retry-after") == "1");
        answer.refused(503, "Unavailable");
    }
    story.get("reads", path).await.expect(200);
    assert_eq!(story.served.lock().faults.pending(), 0);
}

#[tokio::test]
async fn a_cut_before_leaves_no_effect_and_a_cut_after_leaves_it() {
    let story = Story::begin().await;
    let body = json!({"ref": "main", "inputs": {"bad": "v0.1.0"}});
    for (kind, runs) in [("close_before", 0), ("close_after", 1)] {
        story.post("", "/_simulator/faults", json!({"method": "POST", "path": "/actions/workflows", "kind": kind})).await.expect(200);
        assert_eq!(story.post("writes", "/actions/workflows/rollback.yml/dispatches", body.clone()).await.status, 0);
        assert_eq!(story.get("reads", "/actions/runs").await.expect(200)["total_count"], runs);
    }
}

#[tokio::test]
async fn a_stale_read_answers_what_was_before_the_write() {
    let story = Story::begin().await;
    story
        .post("", "/_simulator/faults", json!({"method": "GET", "path": "/actions/runs", "nth": 2, "kind": "stale_read"}))
        .await
        .expect(200);
    assert_eq!(story.get("reads", "/actions/runs").await.expect(200)["total_count"], 0);
    story.post("writes", "/actions/workflows/rollback.yml/dispatches", json!({"ref": "main", "inputs": {"bad": "x"}})).await.expect(204);
    assert_eq!(story.get("reads", "/actions/runs").await.expect(200)["total_count"], 0);
    assert_eq!(story.get("reads", "/actions/runs").await.expect(200)["total_count"], 1);
}

#[tokio::test]
async fn the_world_changes_just_before_a_request_is_handled() {
    let story = Story::begin().await;
    let before = story.served.lock().default_head().unwrap();
    {
        let mut world = story.served.lock();
        world.schedule(When::request(2), Effect::MoveDefaultBranch);
        world.schedule(When::request(2), Effect::Do(Box::new(|world| world.repository.description = Some("changed".to_owned()))));
    }
    let head = async || story.get("reads", "/branches/main").await.expect(200)["commit"]["sha"].as_str().unwrap().to_owned();
    assert_eq!(head().await, before);
    let moved = head().await;
    assert_ne!(moved, before);
    assert!(story.served.lock().git.is_ancestor(&before, &moved));
    assert_eq!(story.served.lock().repository.description.as_deref(), Some("changed"));
}

#[tokio::test]
async fn a_proxys_page_is_no_json() {
    let story = Story::begin().await;
    let html = "<html>Bad Gateway</html>".to_owned();
    story.served.lock().schedule(When::path("/actions/runs"), Fault::Page { status: 502, html });
    let answer = story.get("reads", "/actions/runs").await;
    assert_eq!((answer.status, answer.header("content-type"), &answer.body), (502, "text/html", &Value::Null));
}

/// Of the newest request.
fn last<T>(story: &Story, of: impl Fn(&LogEntry) -> T) -> T {
    story.served.lock().log.last().map(of).unwrap()
}

#[tokio::test]
async fn a_request_is_befallen_where_its_answer_shows_the_fault() {
    let story = Story::begin().await;
    let list = "/environments";
    for (path, fault, befallen) in [
        ("/actions/runs", None, false),
        ("/actions/runs", Some(Fault::status(503, "Unavailable")), true),
        ("/actions/runs", Some(Fault::CloseBefore), true),
        ("/actions/runs", Some(Fault::CloseAfter), true),
        ("/actions/runs", Some(Fault::Truncate(3)), true),
        // The whole answer is shorter.
        ("/actions/runs", Some(Fault::Truncate(1_000_000)), false),
        (list, Some(Fault::Distort(Distortion::MoreFields)), true),
        // Nothing is in it twice, or in another order.
        (list, Some(Fault::Distort(Distortion::Twice)), false),
        (list, Some(Fault::Distort(Distortion::Backwards)), false),
        ("/git/ref/heads/main", Some(Fault::Distort(Distortion::Twice)), false),
    ] {
        if let Some(fault) = fault.clone() {
            story.served.lock().schedule(When::request(1), fault);
        }
        story.get("reads", path).await;
        let is = last(&story, |entry| (entry.befallen, entry.injected));
        let made = matches!(fault, Some(Fault::Status { .. } | Fault::Distort(_)));
        assert_eq!(is, (befallen, befallen && made), "{path} {fault:?}");
    }
}

#[tokio::test]
async fn a_request_is_befallen_by_a_change_of_the_world_and_no_other_is() {
    let story = Story::begin().await;
    let changed = |world: &mut World| world.repository.description = Some("changed".to_owned());
    story.served.lock().schedule(When::request(2), Effect::Do(Box::new(changed)));
    for befallen in [false, true, false] {
        story.get("reads", "/actions/runs").await.expect(200);
        assert_eq!(last(&story, |entry| (entry.befallen, entry.injected)), (befallen, false));
    }
}

#[tokio::test]
async fn a_stale_read_befalls_where_something_changed_since_and_never_a_write() {
    let story = Story::begin().await;
    story.served.lock().schedule(When::request(1).times(u64::MAX), Effect::StaleRead);
    let read = async |befallen: bool, runs: u64| {
        assert_eq!(story.get("reads", "/actions/runs").await.expect(200)["total_count"], runs);
        assert_eq!(last(&story, |entry| (entry.befallen, entry.injected)), (befallen, befallen));
    };
    read(false, 0).await;
    read(false, 0).await;
    let body = json!({"ref": "main", "inputs": {"bad": "v0.1.0"}});
    for _ in 0..2 {
        story.post("writes", "/actions/workflows/rollback.yml/dispatches", body.clone()).await.expect(204);
        assert!(!last(&story, |entry| entry.befallen));
    }
    read(true, 0).await;
    story.served.lock().faults.clear();
    read(false, 2).await;
}

#[tokio::test]
async fn what_a_fault_made_is_no_earlier_answer() {
    let story = Story::begin().await;
    story.served.lock().schedule(When::request(1), Fault::status(502, "Bad Gateway"));
    story.get("reads", "/actions/runs").await.refused(502, "Bad Gateway");
    story.served.lock().schedule(When::request(1), Fault::Page { status: 200, html: "<html>".into() });
    story.get("reads", "/actions/runs").await;
    story.served.lock().schedule(When::request(1), Effect::StaleRead);
    story.get("reads", "/actions/runs").await.expect(200);
    assert!(!last(&story, |entry| entry.befallen));
}

#[tokio::test]
async fn a_graphql_query_is_answered_as_before_and_a_mutation_or_another_query_truly() {
    let story = Story::begin().await;
    story.served.lock().log_bodies = true;
    let is_private = async |selection: &str| {
        let query = format!("query {{ repository(owner: \"acme\", name: \"entity-core\") {{ {selection} }} }}");
        let answer = story.query("reads", &query).await;
        (answer["data"]["repository"]["isPrivate"].clone(), last(&story, |entry| entry.befallen))
    };
    assert_eq!(is_private("isPrivate").await, (json!(false), false));
    story.served.lock().repository.private = true;
    story.served.lock().schedule(When::path("/graphql").times(3), Effect::StaleRead);
    assert_eq!(is_private("isPrivate").await, (json!(false), true));
    assert_eq!(is_private("isPrivate name").await, (json!(true), false), "it was never asked before");
    let mutation = "mutation { addComment(input: {subjectId: \"I_1\", body: \"x\"}) { clientMutationId } }";
    let answer: Value = story.query("writes", mutation).await;
    assert!(!last(&story, |entry| entry.befallen), "{answer}");
    assert_eq!(is_private("isPrivate").await, (json!(true), false));
}
