//! A world with a story in it, and the plainest of clients: one request, one connection.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use github_simulator::world::Role;
use github_simulator::{Clock, Served, World, serve};
use serde_json::Value;

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
    pub(crate) status: u16,
    pub(crate) headers: String,
    pub(crate) body: Value,
}

impl Story {
    pub(crate) async fn begin() -> Self {
        let mut world = World::empty().unwrap();
        world.clock = Clock::Frozen("2026-11-23T09:00:00Z".parse().unwrap());
        for (login, role) in [
            ("ada", Role::Admin),
            ("lead", Role::Write),
            ("owner", Role::Write),
            ("reader", Role::Read),
        ] {
            world.add_person(login, role);
            world.add_user_token(login, login);
        }
        world.add_actions_token("reads", &[("contents", "read"), ("actions", "read")]);
        world.add_actions_token(
            "writes",
            &[
                ("contents", "write"),
                ("actions", "write"),
                ("pull_requests", "write"),
                ("issues", "write"),
            ],
        );
        world
            .push_file("Cargo.toml", "version = \"0.0.12\"\n", "Release 0.0.12")
            .unwrap();
        let head = world.default_head().unwrap();
        world.git.set_ref("refs/tags/v0.0.12", Some(&head)).unwrap();
        world
            .push_file(
                ".github/workflows/rollback.yml",
                ROLLBACK,
                "Add the rollback",
            )
            .unwrap();
        world
            .push_file(".github/workflows/test.yml", TEST, "Add the tests")
            .unwrap();
        world.push_file("src/data.bin", "a\0b", "Add data").unwrap();
        world
            .push_file(
                "Cargo.toml",
                "version = \"0.1.0\"\n",
                "Release 0.1.0\n\nWith a body.",
            )
            .unwrap();
        Self {
            served: serve(world, SocketAddr::from(([127, 0, 0, 1], 0)))
                .await
                .unwrap(),
        }
    }

    /// Asks for a path inside the repository, or for another one of the simulator.
    pub(crate) async fn ask(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let path = if path.starts_with("/_") || path == "/graphql" {
            path.to_owned()
        } else {
            format!("/repos/acme/entity-core{path}")
        };
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.served.address,
            body.len(),
        );
        let address = self.served.address;
        let exchange = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = Vec::new();
            // A connection cut by a fault reads as an empty or short answer.
            let _ = stream.read_to_end(&mut answer);
            answer
        };
        let answer = tokio::task::spawn_blocking(exchange).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        Answer {
            status: head
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok())
                .unwrap_or(0),
            headers: head.to_lowercase(),
            body: serde_json::from_str(body).unwrap_or(Value::Null),
        }
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, "GET", path, Value::Null).await
    }

    pub(crate) async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        self.ask(token, "POST", path, body).await
    }

    pub(crate) async fn query(&self, token: &str, query: &str) -> Value {
        self.ask(
            token,
            "POST",
            "/graphql",
            serde_json::json!({"query": query}),
        )
        .await
        .body
    }
}

impl Answer {
    /// Asserts the status, showing the body where it is another one.
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    /// Asserts a refusal and the beginning of its message.
    pub(crate) fn refused(self, status: u16, message: &str) {
        assert_eq!(self.status, status, "{}", self.body);
        let said = self.body["message"].as_str().unwrap_or_default();
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    }
}
