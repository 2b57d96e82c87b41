//! Refs, revisions and commits.

use serde_json::{Value, json};

use super::{Arguments, Node, Resolved, Resolver, text, unknown};
use crate::clock::stamp;
use crate::git::{Commit, Kind, Person};
use crate::graphql::connection::items;
use crate::graphql::failure::Failure;
use crate::rest::shape;

/// More commits than any history has, and as many as git can count.
pub(super) const ALL: usize = 2_147_483_647;

impl Resolver<'_> {
    /// Returns a ref; its name is what follows `prefix`.
    pub(super) fn reference(&self, full: &str, prefix: Option<&str>) -> Value {
        let known = ["refs/heads/", "refs/tags/"].into_iter().find(|known| full.starts_with(known));
        let prefix = prefix.or(known).unwrap_or("refs/");
        let name = full.strip_prefix(prefix).unwrap_or(full);
        json!({"_full": full, "id": shape::node_id("REF", full), "name": name, "prefix": prefix, "repository": {}, "branchProtectionRule": null})
    }

    pub(super) fn ref_field(&mut self, node: &Node, field: &str, arguments: &Arguments) -> Resolved {
        let full = text(node, "_full");
        Ok(match field {
            "target" => self.world.git.reference(full).and_then(|oid| self.git_object(oid, "")).unwrap_or(Value::Null),
            "associatedPullRequests" => {
                let states = super::texts(arguments, "states");
                let of_branch = self.world.pulls.values().filter(|pull| format!("refs/heads/{}", pull.head) == full);
                let wanted =
                    of_branch.filter(|pull| states.as_ref().is_none_or(|states| states.iter().any(|state| state == self.pull_state(pull))));
                items(wanted.filter_map(|pull| self.pull(pull.number)).collect())
            }
            "compare" => {
                let head = self.world.git.resolve(text(arguments, "headRef"));
                let base = self.world.git.reference(full).and_then(|oid| self.world.git.peel(oid));
                match (head, base) {
                    (Some(head), Some(base)) => self.compare(&base, &head)?,
                    _ => Value::Null,
                }
            }
            _ => return unknown("Ref", field),
        })
    }

    fn compare(&self, base: &str, head: &str) -> Resolved {
        let counted = self.world.git.ahead_behind(head, base);
        let (ahead, behind) = counted.map_err(|error| Failure { kind: None, message: format!("simulator: {error:#}") })?;
        let status = match (ahead, behind) {
            (0, 0) => "IDENTICAL",
            (_, 0) => "AHEAD",
            (0, _) => "BEHIND",
            _ => "DIVERGED",
        };
        Ok(json!({
            "id": format!("CMP_{base}...{head}"),
            "_base": base,
            "_head": head,
            "aheadBy": ahead,
            "behindBy": behind,
            "status": status,
            "baseTarget": self.git_object(base, ""),
            "headTarget": self.git_object(head, ""),
        }))
    }

    pub(super) fn comparison_field(&mut self, node: &Node, field: &str) -> Resolved {
        match field {
            "commits" => {
                let mut commits = self.world.git.history(text(node, "_head"), Some(text(node, "_base")), None, 0, ALL).unwrap_or_default();
                commits.reverse();
                Ok(json!({"items": commits.iter().map(|oid| commit_node(oid)).collect::<Vec<_>>(), "authorCount": 1}))
            }
            _ => unknown("Comparison", field),
        }
    }

    /// Returns the object of this id; `path` is where it was found, for the paths of a tree's entries.
    pub(super) fn git_object(&self, oid: &str, path: &str) -> Option<Value> {
        let (kind, size) = self.world.git.kind(oid)?;
        let (kind, prefix) = match kind {
            Kind::Commit => ("Commit", "C"),
            Kind::Tree => ("Tree", "T"),
            Kind::Blob => ("Blob", "B"),
            Kind::Tag => ("Tag", "TA"),
        };
        let html = shape::html(self.world);
        Some(json!({
            "__typename": kind,
            "id": shape::node_id(prefix, oid),
            "oid": oid,
            "abbreviatedOid": oid.get(..7),
            "byteSize": size,
            "_path": path,
            "repository": {},
            "commitUrl": format!("{html}/commit/{oid}"),
            "commitResourcePath": format!("/{}/commit/{oid}", self.world.repository.full_name()),
        }))
    }

    /// Returns the object that a revision names in git's own notation, such as `v1:Cargo.toml` or `main^{tree}`.
    pub(super) fn expression(&self, expression: &str) -> Option<Value> {
        let (revision, path) = expression.split_once(':').map_or((expression, None), |(revision, path)| (revision, Some(path)));
        let oid = self.revision(revision)?;
        let Some(path) = path else {
            return self.git_object(&oid, "");
        };
        let tree = self.peel(&oid, Kind::Tree)?;
        let path = path.trim_matches('/');
        if path.is_empty() {
            return self.git_object(&tree, "");
        }
        self.git_object(&self.world.git.entry_at(&tree, path)?.oid, path)
    }

    /// Returns the object a revision without a path names.
    fn revision(&self, revision: &str) -> Option<String> {
        let end = revision.find(['^', '~']).unwrap_or(revision.len());
        let (name, mut rest) = revision.split_at(end);
        let git = &self.world.git;
        let default = self.world.repository.default_ref();
        let full =
            if name == "HEAD" { Some(default) } else { self.world.full_ref(name).or_else(|| self.world.full_ref(&format!("refs/{name}"))) };
        let mut oid = match full {
            Some(full) => git.reference(&full)?.to_owned(),
            // A whole id may be of any kind of object, a short one is of a commit.
            None if git.kind(name).is_some() => name.to_owned(),
            None => git.resolve(name)?,
        };
        while !rest.is_empty() {
            let (step, after) = rest.split_at(1);
            if let Some(braced) = after.strip_prefix('{').filter(|_| step == "^") {
                let (kind, after) = braced.split_once('}')?;
                oid = match kind {
                    "commit" => self.peel(&oid, Kind::Commit)?,
                    "tree" => self.peel(&oid, Kind::Tree)?,
                    "" => git.peel(&oid).unwrap_or(oid),
                    _ => return None,
                };
                rest = after;
                continue;
            }
            let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            let (count, after) = after.split_at(digits);
            let count: usize = if count.is_empty() { 1 } else { count.parse().ok()? };
            oid = self.peel(&oid, Kind::Commit)?;
            if step == "~" {
                for _ in 0..count {
                    oid = git.commit(&oid)?.parents.first()?.clone();
                }
            } else if count > 0 {
                oid = git.commit(&oid)?.parents.get(count - 1)?.clone();
            }
            rest = after;
        }
        Some(oid)
    }

    fn peel(&self, oid: &str, to: Kind) -> Option<String> {
        let git = &self.world.git;
        if git.kind(oid)?.0 == to {
            return Some(oid.to_owned());
        }
        let commit = git.peel(oid)?;
        match to {
            Kind::Commit => Some(commit),
            Kind::Tree => git.tree_of(&commit),
            Kind::Blob | Kind::Tag => None,
        }
    }

    pub(super) fn commit_field(&mut self, node: &Node, field: &str, arguments: &Arguments) -> Resolved {
        let git = &self.world.git;
        let Some(commit) = git.commit(text(node, "oid")) else {
            return Ok(Value::Null);
        };
        let (headline, body) = split(&commit.message);
        let common = |name: &str| self.git_object(&commit.oid, "").and_then(|node| node.get(name).cloned()).unwrap_or(Value::Null);
        Ok(match field {
            "message" => json!(commit.message.trim_end_matches('\n')),
            "messageHeadline" => json!(headline),
            "messageBody" => json!(body),
            "committedDate" => json!(stamp(commit.committer.date)),
            "authoredDate" => json!(stamp(commit.author.date)),
            "author" => self.git_actor(&commit.author),
            "committer" => self.git_actor(&commit.committer),
            "authors" => items(vec![self.git_actor(&commit.author)]),
            "authoredByCommitter" => json!(commit.author.email == commit.committer.email),
            "tree" => self.git_object(&commit.tree, "").unwrap_or(Value::Null),
            "parents" => items(commit.parents.iter().map(|oid| commit_node(oid)).collect()),
            "history" => {
                let path = arguments.get("path").and_then(Value::as_str);
                let found = git.history(&commit.oid, None, path, 0, ALL).unwrap_or_default();
                items(found.iter().map(|oid| commit_node(oid)).collect())
            }
            "file" => {
                let path = text(arguments, "path");
                let entry = git.entry_at(&commit.tree, path);
                entry.map_or(Value::Null, |entry| self.entry(&entry, path.rsplit_once('/').map_or("", |(above, _)| above)))
            }
            "signature" => self.signature(&commit),
            "associatedPullRequests" => {
                let pulls = self
                    .world
                    .pulls
                    .values()
                    .filter(|pull| pull.merge_commit.as_deref() == Some(&commit.oid) || pull.head_sha == commit.oid);
                items(pulls.filter_map(|pull| self.pull(pull.number)).collect())
            }
            "additions" | "deletions" | "changedFilesIfAvailable" => {
                let changes = commit.parents.first().and_then(|parent| git.changes(parent, &commit.oid).ok()).unwrap_or_default();
                match field {
                    "additions" => {
                        json!(changes.iter().map(|change| change.additions).sum::<u64>())
                    }
                    "deletions" => {
                        json!(changes.iter().map(|change| change.deletions).sum::<u64>())
                    }
                    _ => json!(changes.len()),
                }
            }
            "status" | "statusCheckRollup" => Value::Null,
            "url" | "treeResourcePath" | "resourcePath" => common(if field == "url" { "commitUrl" } else { "commitResourcePath" }),
            "abbreviatedOid" | "id" | "repository" | "commitUrl" | "commitResourcePath" => common(field),
            _ => return unknown("Commit", field),
        })
    }

    pub(super) fn git_actor(&self, person: &Person) -> Value {
        let known = person.email.strip_suffix("@users.noreply.github.com");
        let login = known.map(|local| local.split_once('+').map_or(local, |(_, login)| login));
        let user = login.filter(|login| self.world.people.contains_key(*login)).map(|login| self.actor(login));
        json!({"name": person.name, "email": person.email, "date": stamp(person.date), "user": user, "avatarUrl": "https://avatars.githubusercontent.com/u/0"})
    }

    fn signature(&self, commit: &Commit) -> Value {
        let Some(signature) = &commit.signature else {
            return Value::Null;
        };
        let valid = self.world.quirks.trust_signatures;
        json!({
            "__typename": "GpgSignature",
            "isValid": valid,
            "state": if valid { "VALID" } else { "UNVERIFIED" },
            "wasSignedByGitHub": commit.committer.email == "noreply@github.com",
            "signer": null,
            "signature": signature,
            "payload": format!("tree {}\n", commit.tree),
            "email": commit.committer.email,
            "keyId": null,
        })
    }
}

/// Returns a commit known by its id alone.
pub(super) fn commit_node(oid: &str) -> Value {
    json!({"__typename": "Commit", "oid": oid})
}

fn split(message: &str) -> (&str, &str) {
    let message = message.trim_end_matches('\n');
    message.split_once('\n').map_or((message, ""), |(headline, body)| (headline, body.trim_start_matches('\n')))
}
