//! A world with a story in it, asked by token, method and path.

use std::net::SocketAddr;

use github_simulator::world::Role;
use github_simulator::{Clock, Served, World, serve};
use serde_json::Value;

use crate::client::send;

/// A workflow with a required input, and one without a dispatch.
const ROLLBACK: &str = "\
name: Roll back
on:
  workflow_dispatch:
    inputs:
      bad:
        required: true
      line:
        type: choice
        options: [patch, forward]
        default: patch
jobs: {}
";
const TEST: &str = "name: Test\non: push\njobs: {}\n";

/// A served world: `acme/entity-core` with 2 releases, an administrator and 2 reviewers.
pub(crate) struct Story {
    pub(crate) served: Served,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// `0` where the connection was cut.
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Value,
}

impl Story {
    pub(crate) async fn begin() -> Self {
        let mut world = World::empty().expect("the story's beginning works");
        world.clock = Clock::Frozen("2026-11-23T09:00:00Z".parse().expect("the story's beginning works"));
        for (login, role) in [("ada", Role::Admin), ("lead", Role::Write), ("owner", Role::Write), ("reader", Role::Read)] {
            world.add_person(login, role);
            world.add_user_token(login, login);
        }
        world.add_actions_token("reads", &[("contents", "read"), ("actions", "read")]);
        world.add_actions_token("writes", &[("contents", "write"), ("actions", "write"), ("pull_requests", "write"), ("issues", "write")]);
        world.push_file("Cargo.toml", "version = \"0.0.12\"\n", "Release 0.0.12").expect("the story's beginning works");
        let head = world.default_head().expect("the story's beginning works");
        world.git.set_ref("refs/tags/v0.0.12", Some(&head)).expect("the story's beginning works");
        world.push_file(".github/workflows/rollback.yml", ROLLBACK, "Add the rollback").expect("the story's beginning works");
        world.push_file(".github/workflows/test.yml", TEST, "Add the tests").expect("the story's beginning works");
        world.push_file("src/data.bin", "a\0b", "Add data").expect("the story's beginning works");
        world.push_file("Cargo.toml", "version = \"0.1.0\"\n", "Release 0.1.0\n\nWith a body.").expect("the story's beginning works");
        Self { served: serve(world, SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("the story's beginning works") }
    }

    /// Asks for a path inside the repository, or for another one of the simulator.
    pub(crate) async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let path = if path.starts_with("/_") || path == "/graphql" { path.to_owned() } else { format!("/repos/acme/entity-core{path}") };
        let (address, method) = (self.served.address, method.to_owned());
        let authorization = format!("Bearer {token}");
        let exchange = move || {
            let headers = [("authorization", authorization.as_str())];
            let headers = if authorization == "Bearer " { &[] } else { headers.as_slice() };
            send(address, &method, &path, headers, Some(&body).filter(|body| !body.is_null()))
        };
        let answer = tokio::task::spawn_blocking(exchange).await.expect("the client does not panic");
        answer.map_or(Answer { status: 0, headers: Vec::new(), body: Value::Null }, |answer| Answer {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        })
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "POST", path, body).await
    }

    pub(crate) async fn query(&self, token: &str, query: &str) -> Value {
        self.ask(token, "POST", "/graphql", serde_json::json!({"query": query})).await.body
    }
}

impl Answer {
    /// Asserts the status, showing the body where it is another one.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Returns a header, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// Asserts a refusal and the beginning of its message.
    #[track_caller]
    pub(crate) fn refused(self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        let said = self.body["message"].as_str().unwrap_or_default();
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    }
}
