//! What a person clicks: approving a waiting gate, merging a pull request. Only the rehearsal uses it, on the simulator,
//! with the token of a simulated person.

use http::Method;
use serde::Deserialize;
use serde_json::json;

use super::client::Client;
use super::error::Error;
use super::retry::Repeat;

/// A person at work.
#[derive(Clone)]
pub struct Person {
    client: Client,
}

#[derive(Deserialize)]
struct Pending {
    environment: Environment,
}

#[derive(Deserialize)]
struct Environment {
    id: u64,
    name: String,
}

impl Person {
    /// Returns a person over a connection with their own token.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Approves an environment that a run waits for.
    ///
    /// # Errors
    /// When GitHub refuses, or nothing waits for it.
    pub async fn approve(&self, run: u64, environment: &str, comment: &str) -> Result<(), Error> {
        let path = self.client.path(&format!("/actions/runs/{run}/pending_deployments"));
        let answer = self.client.get(&path).await?;
        let pending: Vec<Pending> = answer.read()?;
        let waiting = pending.iter().find(|pending| pending.environment.name.eq_ignore_ascii_case(environment));
        let id =
            waiting.map(|pending| pending.environment.id).ok_or_else(|| answer.malformed(format!("nothing waits for `{environment}`")))?;
        let body = json!({"environment_ids": [id], "state": "approved", "comment": comment});
        self.client.send(Method::POST, &path, Some(&body), Repeat::Unsafe).await.map(drop)
    }

    /// Merges a pull request.
    ///
    /// # Errors
    /// When GitHub refuses.
    pub async fn merge(&self, number: u64) -> Result<(), Error> {
        let path = self.client.path(&format!("/pulls/{number}/merge"));
        self.client.send(Method::PUT, &path, Some(&json!({"merge_method": "merge"})), Repeat::Unsafe).await.map(drop)
    }
}
