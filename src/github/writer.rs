//! Writes. Each is conditional on what was seen, or recognises its own earlier effect. Only `apply` may call
//! [`Writer`]; [`IssueWriter`] can do nothing but keep the incident and its comments.

use http::Method;
use serde_json::{Value, json};

use super::client::{Answer, Client, segment, segments};
use super::error::Error;
use super::reader::missing_is_none;
use super::records::{Issue, Pull, issue, pull, release_in};
use super::retry::Repeat;
use super::wire;
use crate::domain::git::{Branch, Sha, Tag};
use crate::domain::release::Release;
use crate::domain::tree::Mode;
use crate::json;

/// Changes code, refs, pull requests and releases.
#[derive(Clone)]
pub struct Writer {
    client: Client,
}

/// One change of a tree, by path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TreeChange {
    /// Puts an existing object there.
    Put {
        /// Where.
        path: String,
        /// As what.
        mode: Mode,
        /// Which.
        sha: Sha,
    },
    /// Writes a text file.
    Write {
        /// Where.
        path: String,
        /// As what.
        mode: Mode,
        /// Its content.
        content: String,
    },
    /// Takes a path away. It must be there.
    Remove {
        /// Where.
        path: String,
    },
}

/// A commit that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMade {
    /// Its name.
    pub sha: Sha,
    /// Whether GitHub signed it.
    pub verified: bool,
}

/// What becomes of GitHub's `Latest` mark with a change to a release. Always sent: GitHub's default would move it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LatestChange {
    /// This release becomes `Latest`.
    Take,
    /// This release does not become `Latest`.
    Leave,
}

/// A change to a release; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseChange {
    /// New notes.
    pub body: Option<String>,
    /// Whether it is a prerelease.
    pub prerelease: Option<bool>,
    /// The `Latest` mark.
    pub latest: LatestChange,
    /// Set only to get past the workflow rule; GitHub does not use it where the tag exists.
    pub target: Option<String>,
}

/// A pull request to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPull {
    /// Its title.
    pub title: String,
    /// Its description.
    pub body: String,
    /// The branch it brings.
    pub head: Branch,
    /// The branch it goes to.
    pub base: Branch,
}

impl Writer {
    /// Returns a writer over a connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes a tree out of another one. Content-addressed, so safe to repeat; nobody sees it.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn tree(&self, base: &Sha, changes: &[TreeChange]) -> Result<Sha, Error> {
        let entries: Vec<Value> = changes.iter().map(tree_entry).collect();
        let body = json!({"base_tree": base, "tree": entries});
        self.created("/git/trees", &body, Repeat::Safe).await.map(|made| made.sha)
    }

    /// Makes a commit, with no author or committer, so that GitHub signs it for a bot. Nobody sees it until a ref
    /// points to it, so a repeated one does no harm.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn commit(&self, message: &str, tree: &Sha, parent: &Sha) -> Result<CommitMade, Error> {
        let body = json!({"message": message, "tree": tree, "parents": [parent]});
        self.created("/git/commits", &body, Repeat::Safe).await
    }

    /// Creates a branch; an existing one is a conflict, never overwritten.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn create_branch(&self, branch: &Branch, sha: &Sha) -> Result<(), Error> {
        self.create_ref(&format!("refs/heads/{branch}"), sha).await
    }

    /// Creates a tag; an existing one is a conflict, never moved.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn create_tag(&self, tag: &Tag, sha: &Sha) -> Result<(), Error> {
        self.create_ref(&format!("refs/tags/{tag}"), sha).await
    }

    async fn create_ref(&self, name: &str, sha: &Sha) -> Result<(), Error> {
        let body = json!({"ref": name, "sha": sha});
        // A repeated create meets its own effect as a conflict, which the caller reads again.
        let answer = self.client.send(Method::POST, &self.client.path("/git/refs"), Some(&body), Repeat::Safe).await?;
        points_at(&answer, sha)
    }

    /// Moves a branch forward. Never forced: a branch that is not behind refuses.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn forward_branch(&self, branch: &Branch, sha: &Sha) -> Result<(), Error> {
        let path = self.client.path(&format!("/git/refs/heads/{}", segments(branch.as_str())));
        let answer = self.client.send(Method::PATCH, &path, Some(&json!({"sha": sha, "force": false})), Repeat::Safe).await?;
        points_at(&answer, sha)
    }

    /// Opens a pull request. GitHub refuses a second one of the same branches, so a repeated one is a conflict, which the
    /// caller reads again.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn open_pull(&self, new: &NewPull) -> Result<Pull, Error> {
        let body = json!({"title": new.title, "body": new.body, "head": new.head, "base": new.base, "maintainer_can_modify": true});
        let answer = self.client.send(Method::POST, &self.client.path("/pulls"), Some(&body), Repeat::Safe).await?;
        Ok(pull(answer.read::<wire::Pull>()?))
    }

    /// Replaces a pull request's description.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn describe_pull(&self, number: u64, body: &str) -> Result<(), Error> {
        let path = self.client.path(&format!("/pulls/{number}"));
        self.client.send(Method::PATCH, &path, Some(&json!({"body": body})), Repeat::Safe).await?.read::<wire::Pull>().map(drop)
    }

    /// Adds labels to a pull request or issue; GitHub makes those that are missing.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn add_labels(&self, number: u64, labels: &[String]) -> Result<(), Error> {
        let path = self.client.path(&format!("/issues/{number}/labels"));
        self.client.send(Method::POST, &path, Some(&json!({"labels": labels})), Repeat::Safe).await?.read::<Vec<wire::Label>>().map(drop)
    }

    /// Asks people or teams to review a pull request. One unknown name refuses the whole call.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn request_reviewers(&self, number: u64, users: &[String], teams: &[String]) -> Result<(), Error> {
        let path = self.client.path(&format!("/pulls/{number}/requested_reviewers"));
        let body = json!({"reviewers": users, "team_reviewers": teams});
        self.client.send(Method::POST, &path, Some(&body), Repeat::Safe).await?.read::<wire::Pull>().map(drop)
    }

    /// Changes a release.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn change_release(&self, id: u64, change: &ReleaseChange) -> Result<Release, Error> {
        let mut body = json!({"make_latest": make_latest(change.latest)});
        let optional = [
            ("body", change.body.clone().map(Value::from)),
            ("prerelease", change.prerelease.map(Value::from)),
            ("target_commitish", change.target.clone().map(Value::from)),
        ];
        for (key, value) in optional {
            if let (Some(value), Some(map)) = (value, body.as_object_mut()) {
                map.insert(key.into(), value);
            }
        }
        let answer = self.client.send(Method::PATCH, &self.client.path(&format!("/releases/{id}")), Some(&body), Repeat::Safe).await?;
        release_in(&answer)
    }

    /// Publishes a release of an existing tag. GitHub refuses a second one of the same tag, so a repeated one is a
    /// conflict, which the caller reads again.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn create_release(&self, tag: &Tag, name: &str, notes: &str, latest: LatestChange) -> Result<Release, Error> {
        let body =
            json!({"tag_name": tag, "name": name, "body": notes, "draft": false, "prerelease": false, "make_latest": make_latest(latest)});
        let answer = self.client.send(Method::POST, &self.client.path("/releases"), Some(&body), Repeat::Safe).await?;
        release_in(&answer)
    }

    /// Starts a workflow by its file name, on a branch or tag. Not safe to repeat.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn dispatch(&self, workflow: &str, reference: &str, inputs: &Value) -> Result<(), Error> {
        let path = self.client.path(&format!("/actions/workflows/{}/dispatches", segment(workflow)));
        let body = json!({"ref": reference, "inputs": inputs});
        self.client.send(Method::POST, &path, Some(&body), Repeat::Unsafe).await.map(drop)
    }

    async fn created(&self, path: &str, body: &Value, repeat: Repeat) -> Result<CommitMade, Error> {
        let answer = self.client.send(Method::POST, &self.client.path(path), Some(body), repeat).await?;
        let made = json::read::<wire::Created>(&answer.body).map_err(|error| answer.malformed(error.to_string()))?;
        let sha = answer.parse(&made.sha)?;
        Ok(CommitMade { sha, verified: made.verification.is_some_and(|verification| verification.verified) })
    }
}

/// Keeps the incident: issues and their comments, nothing else. This is the writer that needs no approval.
#[derive(Clone)]
pub struct IssueWriter {
    client: Client,
}

impl IssueWriter {
    /// Returns a writer over a connection.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Opens an issue.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn open(&self, title: &str, body: &str, labels: &[String]) -> Result<Issue, Error> {
        let body = json!({"title": title, "body": body, "labels": labels});
        let answer = self.client.send(Method::POST, &self.client.path("/issues"), Some(&body), Repeat::Unsafe).await?;
        Ok(issue(answer.read()?))
    }

    /// Replaces an issue's description, and returns the issue as it is now.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn describe(&self, number: u64, body: &str) -> Result<Issue, Error> {
        let path = self.client.path(&format!("/issues/{number}"));
        let answer = self.client.send(Method::PATCH, &path, Some(&json!({"body": body})), Repeat::Safe).await?;
        Ok(issue(answer.read()?))
    }

    /// Closes an issue as completed, with its last description.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn close(&self, number: u64, body: &str) -> Result<(), Error> {
        let path = self.client.path(&format!("/issues/{number}"));
        let change = json!({"body": body, "state": "closed", "state_reason": "completed"});
        self.client.send(Method::PATCH, &path, Some(&change), Repeat::Safe).await?.read::<wire::Issue>().map(drop)
    }
}

impl IssueWriter {
    /// Closes an issue as a duplicate, with its last description.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn close_as_duplicate(&self, number: u64, body: &str) -> Result<(), Error> {
        let path = self.client.path(&format!("/issues/{number}"));
        let change = json!({"body": body, "state": "closed", "state_reason": "duplicate"});
        self.client.send(Method::PATCH, &path, Some(&change), Repeat::Safe).await?.read::<wire::Issue>().map(drop)
    }
}

impl IssueWriter {
    /// Comments on an issue. Not safe to repeat: whoever calls this looks first whether the comment is there.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn comment(&self, number: u64, body: &str) -> Result<(), Error> {
        let path = self.client.path(&format!("/issues/{number}/comments"));
        self.client.send(Method::POST, &path, Some(&json!({"body": body})), Repeat::Unsafe).await.map(drop)
    }

    /// Takes a comment away; one that is gone already is no failure. Only for one of this tool's own that says what
    /// another of them says.
    ///
    /// # Errors
    /// When GitHub refuses or cannot be reached.
    pub async fn remove_comment(&self, id: u64) -> Result<(), Error> {
        let path = self.client.path(&format!("/issues/comments/{id}"));
        missing_is_none(self.client.send(Method::DELETE, &path, None, Repeat::Safe).await).map(drop)
    }
}

/// Nothing is taken for done that GitHub does not say is done.
fn points_at(answer: &Answer, sha: &Sha) -> Result<(), Error> {
    let found: wire::Pointing = answer.read()?;
    match found.object.sha == sha.as_str() {
        true => Ok(()),
        false => Err(answer.malformed(format!("the ref points at {}, not at {sha}", found.object.sha.escape_debug()))),
    }
}

fn make_latest(change: LatestChange) -> &'static str {
    match change {
        LatestChange::Take => "true",
        LatestChange::Leave => "false",
    }
}

fn tree_entry(change: &TreeChange) -> Value {
    match change {
        TreeChange::Put { path, mode, sha } => json!({"path": path, "mode": mode.digits(), "type": mode.kind(), "sha": sha}),
        TreeChange::Write { path, mode, content } => json!({"path": path, "mode": mode.digits(), "type": "blob", "content": content}),
        // GitHub tells a removal by `"sha": null`; a missing key is refused.
        TreeChange::Remove { path } => json!({"path": path, "mode": "100644", "type": "blob", "sha": null}),
    }
}
