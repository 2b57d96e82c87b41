//! What every answer has in common.

use std::time::Duration;

use serde_json::json;

use crate::client::send;
use crate::scene::{REPO, Scene, noon};

#[test]
fn a_route_nobody_knows_is_named_in_the_answer() {
    let scene = Scene::new();
    let answer = scene.get("./wombats").expect(501);
    assert_eq!(answer.message(), "simulator: no route GET /repos/acme/entity-core/wombats");
}

#[test]
fn the_date_is_the_worlds_and_not_the_machines() {
    let scene = Scene::new();
    scene.world().clock = github_simulator::Clock::Frozen(noon());
    let answer = scene.get(".").expect(200);
    assert_eq!(answer.header("date"), Some("Thu, 28 May 2026 20:26:40 GMT"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("1000"));
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
}

#[test]
fn an_unchanged_answer_is_304_and_free_and_a_changed_one_is_not() {
    let scene = Scene::new();
    let etag = scene.get("./tags").header("etag").unwrap().to_owned();
    let headers = [("Authorization", "token actions"), ("If-None-Match", etag.as_str())];
    let path = format!("{REPO}/tags");
    let again = send(scene.address, "GET", &path, &headers, None).unwrap().expect(304);
    assert_eq!(again.text, "");
    assert_eq!(again.header("x-ratelimit-used"), Some("1"));
    let sha = scene.sha("main");
    scene.world().git.set_ref("refs/tags/v9", Some(&sha)).unwrap();
    send(scene.address, "GET", &path, &headers, None).unwrap().expect(200);
}

#[test]
fn an_unknown_token_is_bad_credentials_and_none_is_anonymous() {
    let scene = Scene::new();
    scene.ask("guess", "GET", ".", None).refused(401, "Bad credentials");
    scene.ask("", "GET", ".", None).expect(200);
    scene.ask("", "POST", "./issues", Some(&json!({"title": "x"}))).refused(401, "Requires authentication");
}

#[test]
fn a_body_that_is_no_json_is_refused() {
    let scene = Scene::new();
    let answer = scene.ask("actions", "POST", "./issues", Some(&json!("text")));
    answer.expect(422);
    let mut stream = std::net::TcpStream::connect(scene.address).unwrap();
    let request = format!(
        "POST {REPO}/issues HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer actions\r\nContent-Length: 1\r\n\r\n{{"
    );
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 400") && text.contains("Problems parsing JSON"), "{text}");
}

#[test]
fn pages_are_linked_with_the_query_kept() {
    let scene = Scene::new();
    let sha = scene.sha("main");
    for n in 0..5 {
        scene.world().git.set_ref(&format!("refs/heads/b{n}"), Some(&sha)).unwrap();
    }
    let answer = scene.get("./branches?per_page=2&page=2&protected=false").expect(200);
    assert_eq!(answer.body.as_array().unwrap().len(), 2);
    let url = format!("http://{}{REPO}/branches?per_page=2&protected=false&page=", scene.address);
    let expected = format!("<{url}1>; rel=\"prev\", <{url}3>; rel=\"next\", <{url}3>; rel=\"last\", <{url}1>; rel=\"first\"");
    assert_eq!(answer.header("link"), Some(expected.as_str()));
    assert_eq!(scene.get("./branches").header("link"), None);
}

#[test]
fn an_enterprise_prefix_and_an_absolute_request_line_lead_to_the_same_routes() {
    let scene = Scene::new();
    let headers = [("Authorization", "Bearer actions")];
    let prefixed = send(scene.address, "GET", &format!("/api/v3{REPO}"), &headers, None).unwrap().expect(200);
    assert!(prefixed.body["url"].as_str().unwrap().ends_with("/api/v3/repos/acme/entity-core"));
    let absolute = format!("http://api.github.localhost{REPO}");
    send(scene.address, "GET", &absolute, &headers, None).unwrap().expect(200);
}

#[test]
fn the_primary_limit_refuses_with_nothing_remaining_until_the_hour_ends() {
    let scene = Scene::new();
    scene.world().limits.per_hour = 2;
    scene.get(".").expect(200);
    scene.get(".").expect(200);
    let refused = scene.get(".").refused(403, "API rate limit exceeded");
    assert_eq!(refused.header("x-ratelimit-remaining"), Some("0"));
    scene.get("/rate_limit").expect(200);
    scene.ask("dev", "GET", ".", None).expect(200);
    scene.world().clock.advance(chrono::Duration::minutes(61));
    scene.get(".").expect(200);
}

#[test]
fn asking_for_the_limit_again_gives_nothing_back() {
    let scene = Scene::new();
    scene.get(".").expect(200);
    let limit = |known: &str| {
        let headers = [("Authorization", "Bearer actions"), ("If-None-Match", known)];
        send(scene.address, "GET", "/rate_limit", &headers, None).unwrap()
    };
    let first = limit("").expect(200);
    let again = limit(first.header("etag").unwrap()).expect(304);
    assert_eq!(again.header("x-ratelimit-used"), first.header("x-ratelimit-used"));
}

#[test]
fn the_secondary_limit_counts_content_and_says_how_long_to_wait() {
    let scene = Scene::new();
    scene.world().limits.content_per_minute = Some(1);
    scene.post("./issues", json!({"title": "one"})).expect(201);
    let refused = scene.post("./issues", json!({"title": "two"})).refused(403, "secondary rate limit");
    assert_eq!(refused.header("retry-after"), Some("60"));
    scene.get(".").expect(200);
}

#[test]
fn a_latency_delays_the_answer() {
    let scene = Scene::new();
    scene.world().latency = Duration::from_millis(80);
    let before = std::time::Instant::now();
    scene.get(".").expect(200);
    assert!(before.elapsed() >= Duration::from_millis(80));
}

#[test]
fn every_request_is_in_the_log_with_its_status() {
    let scene = Scene::new();
    scene.get("./branches?per_page=5").expect(200);
    scene.post("./issues", json!({"title": "x"})).expect(201);
    let world = scene.world();
    let seen: Vec<_> = world.log.iter().map(|entry| (entry.n, entry.method.as_str(), entry.query.as_str(), entry.status)).collect();
    assert_eq!(seen, [(1, "GET", "per_page=5", 200), (2, "POST", "", 201)]);
    assert_eq!(world.log[1].request_body["title"], "x");
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket_can_be_served_and_is_removed_at_the_end() {
    let directory = crate::clones::Directory::new();
    let path = directory.path().join("socket");
    let served = github_simulator::serve_unix(crate::scene::usual_world(), &path).await.unwrap();
    let asked = path.clone();
    let client = tokio::task::spawn_blocking(move || {
        let mut stream = std::os::unix::net::UnixStream::connect(asked).unwrap();
        let request = format!("GET {REPO} HTTP/1.1\r\nHost: api.github.com\r\nConnection: close\r\n\r\n");
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut stream, &mut text).unwrap();
        text
    });
    let text = client.await.unwrap();
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("http://api.github.com/repos/acme/entity-core"), "{text}");
    drop(served);
    assert!(!path.exists());
}
