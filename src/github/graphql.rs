//! Many git objects in one request. GraphQL's `object(expression:)` takes git's own revision syntax
//! (<https://docs.github.com/graphql/reference/objects#repository>), which REST documents nowhere, so a whole plan's
//! trees and manifests are a handful of requests.

use std::fmt::Write as _;

use base64::Engine as _;
use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::client::{Answer, Client, segment};
use super::error::{Error, Refusal, Why};
use super::retry::Repeat;
use crate::domain::git::{Branch, Sha};
use crate::domain::tree::{Mode, TreeEntry};
use crate::json;

/// At most this many objects in one query, well below GitHub's limit on nodes.
const BATCH: usize = 100;

/// One object to be read, by git's revision syntax, e.g. `refs/tags/v1^{commit}` or `<sha>:src/lib.rs`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// A commit; tags are peeled by `^{commit}` in the expression.
    Commit(String),
    /// A directory's entries.
    Tree(String),
    /// A file's text.
    Blob(String),
}

/// What an [`Ask`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// Nothing of the kind that was asked for.
    Missing,
    /// A commit.
    Commit {
        /// Its name.
        sha: Sha,
        /// Its tree.
        tree: Sha,
        /// When it was committed.
        committed: Option<DateTime<Utc>>,
        /// Its whole message.
        message: String,
        /// Its parents.
        parents: Vec<Sha>,
    },
    /// A directory.
    Tree {
        /// Its name.
        sha: Sha,
        /// Its entries, in git's order.
        entries: Vec<TreeEntry>,
    },
    /// A file; `text` is `None` when it is binary.
    Blob {
        /// Its name.
        sha: Sha,
        /// Its whole text.
        text: Option<String>,
    },
}

/// What every answer says about the repository itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFacts {
    /// The default branch.
    pub default_branch: Branch,
    /// Its newest commit.
    pub head: Sha,
    /// Whether it is private (or internal).
    pub private: bool,
    /// GitHub's clock when it answered; `None` when it sent none.
    pub now: Option<DateTime<Utc>>,
}

impl Client {
    /// Reads objects, each in place of its ask, in batches sent at once.
    ///
    /// # Errors
    /// Any failure of one batch fails the whole; an empty repository is [`Why::Empty`].
    pub(super) async fn read_objects(&self, asks: &[Ask]) -> Result<(RepositoryFacts, Vec<Object>), Error> {
        let batches: Vec<&[Ask]> = if asks.is_empty() { vec![asks] } else { asks.chunks(BATCH).collect() };
        let answers = futures_util::future::join_all(batches.iter().map(|batch| self.read_batch(batch))).await;
        let mut objects = Vec::with_capacity(asks.len());
        let mut facts = None;
        for answer in answers {
            let (repository, mut batch) = answer?;
            facts.get_or_insert(repository);
            objects.append(&mut batch);
        }
        let facts = facts.ok_or_else(|| Error::Setup("nothing was asked".into()))?;
        let whole = objects.into_iter().map(|object| self.complete(object));
        let objects = futures_util::future::join_all(whole).await.into_iter().collect::<Result<_, _>>()?;
        Ok((facts, objects))
    }

    async fn read_batch(&self, asks: &[Ask]) -> Result<(RepositoryFacts, Vec<Cut>), Error> {
        let body = json!({"query": query(asks), "variables": variables(self, asks)});
        let answer = self.send(Method::POST, "/graphql", Some(&body), Repeat::Safe).await?;
        let repository = repository(self, &answer)?;
        let facts = facts(&answer, repository)?;
        let objects = (0..asks.len()).map(|n| object(&answer, repository.get(format!("o{n}"))));
        Ok((facts, objects.collect::<Result<_, _>>()?))
    }

    /// GraphQL cuts a text at about 500 KB; the rest is in the blob.
    async fn complete(&self, cut: Cut) -> Result<Object, Error> {
        let sha = match cut {
            Cut::Whole(object) => return Ok(object),
            Cut::Truncated(sha) => sha,
        };
        let text = String::from_utf8(self.read_blob(&sha).await?).ok();
        Ok(Object::Blob { sha, text })
    }

    pub(super) async fn read_blob(&self, sha: &Sha) -> Result<Vec<u8>, Error> {
        #[derive(Deserialize)]
        struct Blob {
            content: String,
        }
        let answer = self.get(&self.path(&format!("/git/blobs/{}", segment(sha.as_str())))).await?;
        let packed: String = answer.read::<Blob>()?.content.split_ascii_whitespace().collect();
        base64::engine::general_purpose::STANDARD.decode(packed).map_err(|error| answer.malformed(error.to_string()))
    }
}

enum Cut {
    Whole(Object),
    Truncated(Sha),
}

fn query(asks: &[Ask]) -> String {
    let mut parameters = String::from("$owner:String!,$name:String!");
    let mut fields = String::new();
    for (n, ask) in asks.iter().enumerate() {
        let selection = match ask {
            Ask::Commit(_) => "... on Commit{oid committedDate message tree{oid} parents(first:10){nodes{oid}}}",
            Ask::Tree(_) => "... on Tree{oid entries{name nameRaw mode oid}}",
            Ask::Blob(_) => "... on Blob{oid text isBinary isTruncated}",
        };
        // Writing to a string cannot fail.
        let _ = write!(parameters, ",$e{n}:String!");
        let _ = write!(fields, " o{n}:object(expression:$e{n}){{__typename {selection}}}");
    }
    format!("query({parameters}){{repository(owner:$owner,name:$name){{isPrivate defaultBranchRef{{name target{{oid}}}}{fields}}}}}")
}

fn variables(client: &Client, asks: &[Ask]) -> Value {
    let mut variables = Map::new();
    variables.insert("owner".into(), client.repository().owner().into());
    variables.insert("name".into(), client.repository().name().into());
    for (n, ask) in asks.iter().enumerate() {
        let (Ask::Commit(expression) | Ask::Tree(expression) | Ask::Blob(expression)) = ask;
        variables.insert(format!("e{n}"), expression.as_str().into());
    }
    variables.into()
}

/// GraphQL answers errors with status 200; any of them fails the read, since half an answer must not look like a whole.
pub(super) fn repository<'a>(client: &Client, answer: &'a Answer) -> Result<&'a Value, Error> {
    if let Some(error) = answer.body.get("errors").and_then(|errors| errors.get(0)) {
        let text = |key: &str| error.get(key).and_then(Value::as_str).unwrap_or_default();
        let (why, status) = match text("type") {
            "NOT_FOUND" => (Why::NotFound, 404),
            "FORBIDDEN" => (Why::MissingPermission(None), 403),
            "RATE_LIMITED" => (Why::RateLimited, 403),
            _ => (Why::Other, 200),
        };
        let message = text("message").escape_debug().take(300).collect();
        let refusal = Refusal {
            method: "POST".into(),
            path: format!("/graphql (repository {})", client.repository()),
            status,
            message,
            why,
            resets: None,
        };
        return Err(Error::Refused(Box::new(refusal)));
    }
    match answer.body.pointer("/data/repository") {
        Some(repository) if !repository.is_null() => Ok(repository),
        Some(_) | None => Err(answer.malformed("no `data.repository`")),
    }
}

fn facts(answer: &Answer, repository: &Value) -> Result<RepositoryFacts, Error> {
    if repository.get("defaultBranchRef").is_some_and(Value::is_null) {
        let message = "the repository has no commits on a default branch".into();
        let refusal = Refusal { method: "POST".into(), path: "/graphql".into(), status: 409, message, why: Why::Empty, resets: None };
        return Err(Error::Refused(Box::new(refusal)));
    }
    let text = |at: &str| repository.pointer(at).and_then(Value::as_str).ok_or_else(|| answer.malformed(format!("no `{at}`")));
    let (name, head) = (text("/defaultBranchRef/name")?, text("/defaultBranchRef/target/oid")?);
    let private = repository.get("isPrivate").and_then(Value::as_bool).ok_or_else(|| answer.malformed("no `isPrivate`"))?;
    Ok(RepositoryFacts { default_branch: answer.parse(name)?, head: answer.parse(head)?, private, now: answer.date })
}

#[derive(Deserialize)]
#[serde(tag = "__typename")]
enum Shape {
    #[serde(rename_all = "camelCase")]
    Commit {
        oid: Option<Sha>,
        committed_date: Option<DateTime<Utc>>,
        message: Option<String>,
        tree: Option<Oid>,
        parents: Option<Parents>,
    },
    Tree {
        oid: Option<Sha>,
        entries: Option<Vec<Entry>>,
    },
    #[serde(rename_all = "camelCase")]
    Blob {
        oid: Option<Sha>,
        text: Option<String>,
        is_binary: Option<bool>,
        is_truncated: Option<bool>,
    },
    Tag {},
}

#[derive(Deserialize)]
struct Oid {
    oid: Sha,
}

#[derive(Deserialize)]
struct Parents {
    nodes: Vec<Oid>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: String,
    name_raw: Option<String>,
    mode: i64,
    oid: Sha,
}

/// An object of another kind than was asked for (a directory where a file should be) has no fields and counts as missing.
fn object(answer: &Answer, found: Option<&Value>) -> Result<Cut, Error> {
    let found = found.ok_or_else(|| answer.malformed("an object that was asked for is not in the answer"))?;
    if found.is_null() {
        return Ok(Cut::Whole(Object::Missing));
    }
    let shape = json::read::<Shape>(found).map_err(|error| answer.malformed(error.to_string()))?;
    Ok(match shape {
        Shape::Commit { oid: Some(sha), committed_date, message: Some(message), tree: Some(tree), parents: Some(parents) } => {
            let parents = parents.nodes.into_iter().map(|node| node.oid).collect();
            Cut::Whole(Object::Commit { sha, tree: tree.oid, committed: committed_date, message, parents })
        }
        Shape::Tree { oid: Some(sha), entries: Some(entries) } => {
            let entries = entries.into_iter().map(|entry| tree_entry(answer, entry)).collect::<Result<_, _>>()?;
            Cut::Whole(Object::Tree { sha, entries })
        }
        Shape::Blob { oid: Some(sha), is_truncated: Some(true), is_binary: Some(false) | None, .. } => Cut::Truncated(sha),
        Shape::Blob { oid: Some(sha), text, .. } => Cut::Whole(Object::Blob { sha, text }),
        // Not all of what was asked of its kind.
        Shape::Commit { oid: Some(_), .. } | Shape::Tree { oid: Some(_), .. } => {
            return Err(answer.malformed("an object lacks a field that was asked for"));
        }
        Shape::Commit { .. } | Shape::Tree { .. } | Shape::Blob { .. } | Shape::Tag {} => Cut::Whole(Object::Missing),
    })
}

fn tree_entry(answer: &Answer, entry: Entry) -> Result<TreeEntry, Error> {
    let mode = Mode::from_number(entry.mode).ok_or_else(|| answer.malformed(format!("git has no mode {}", entry.mode)))?;
    let name = match entry.name_raw {
        Some(raw) => base64::engine::general_purpose::STANDARD.decode(raw).map_err(|error| answer.malformed(error.to_string()))?,
        None => entry.name.into_bytes(),
    };
    Ok(TreeEntry { name, mode, sha: entry.oid })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_travels_as_a_variable() {
        let asks = [Ask::Commit("refs/tags/v1\"}^{commit}".into()), Ask::Blob("x".into())];
        assert_eq!(
            query(&asks),
            "query($owner:String!,$name:String!,$e0:String!,$e1:String!){repository(owner:$owner,name:$name){isPrivate defaultBranchRef{name target{oid}} \
             o0:object(expression:$e0){__typename ... on Commit{oid committedDate message tree{oid} parents(first:10){nodes{oid}}}} \
             o1:object(expression:$e1){__typename ... on Blob{oid text isBinary isTruncated}}}}"
        );
    }
}
