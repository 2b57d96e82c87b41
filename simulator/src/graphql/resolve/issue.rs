//! Issues, and what pull requests have in common with them.

use serde_json::{Value, json};

use super::{Arguments, Node, Resolved, Resolver, nothing, unknown};
use crate::clock::stamp;
use crate::graphql::connection::items;
use crate::rest::shape;
use crate::world::{Comment, Role};

impl Resolver<'_> {
    /// Returns an issue.
    pub(super) fn issue(&self, number: u64) -> Option<Value> {
        let issue = self.world.issues.get(&number)?;
        let mut node = self.thread(number, "issues")?;
        let reason = issue.state_reason.as_ref().map(|reason| reason.to_uppercase());
        node["__typename"] = json!("Issue");
        node["id"] = json!(shape::node_id("I", issue.id));
        node["databaseId"] = json!(issue.id);
        node["fullDatabaseId"] = json!(issue.id.to_string());
        node["state"] = json!(if issue.open { "OPEN" } else { "CLOSED" });
        node["stateReason"] = json!(reason);
        Some(node)
    }

    /// Returns the fields that issues and pull requests share.
    pub(super) fn thread(&self, number: u64, place: &str) -> Option<Value> {
        let issue = self.world.issues.get(&number)?;
        let body = issue.body.clone().unwrap_or_default();
        let path = format!("/{}/{place}/{number}", self.world.repository.full_name());
        Some(json!({
            "number": number,
            "title": issue.title,
            "body": body,
            "bodyText": body,
            "bodyHTML": body,
            "author": self.actor(&issue.author),
            "authorAssociation": self.association(&issue.author),
            "closed": !issue.open,
            "closedAt": issue.closed_at.map(stamp),
            "createdAt": stamp(issue.created_at),
            "updatedAt": stamp(issue.updated_at),
            "locked": false,
            "repository": {},
            "resourcePath": path,
            "url": format!("{}{path}", self.world.server),
        }))
    }

    pub(super) fn issue_field(&mut self, node: &Node, field: &str, arguments: &Arguments) -> Resolved {
        if let Some(shared) = self.thread_field(node, field) {
            return Ok(shared);
        }
        Ok(match field {
            "blockedBy" | "blocking" | "subIssues" | "closedByPullRequestsReferences" | "issueFieldValues" => nothing(),
            "subIssuesSummary" => json!({"completed": 0, "percentCompleted": 0, "total": 0}),
            "isPinned" => json!(false),
            "timelineItems" => {
                let number = node.get("number").and_then(Value::as_u64).unwrap_or_default();
                self.timeline(number, arguments.get("itemTypes").and_then(Value::as_array))
            }
            "issueType" | "parent" | "editor" | "lastEditedAt" => Value::Null,
            _ => return unknown("Issue", field),
        })
    }

    /// Returns a relation that issues and pull requests share.
    pub(super) fn thread_field(&self, node: &Node, field: &str) -> Option<Value> {
        let number = node.get("number").and_then(Value::as_u64)?;
        let issue = self.world.issues.get(&number)?;
        Some(match field {
            "comments" => {
                let found = self.world.comments.values().filter(|comment| comment.number == number);
                items(found.filter_map(|comment| self.comment(comment.id)).collect())
            }
            "labels" => items(issue.labels.iter().map(|name| self.label(name)).collect()),
            "assignees" | "assignedActors" => items(issue.assignees.iter().map(|login| self.actor(login)).collect()),
            "projectCards" | "projectItems" => nothing(),
            "reactionGroups" => json!([]),
            "milestone" | "activeLockReason" => Value::Null,
            _ => return None,
        })
    }

    /// Returns a comment.
    pub(super) fn comment(&self, id: u64) -> Option<Value> {
        let comment = self.world.comments.get(&id)?;
        let place = if self.world.pulls.contains_key(&comment.number) { "pull" } else { "issues" };
        let viewer = self.call.login();
        Some(json!({
            "__typename": "IssueComment",
            "id": shape::node_id("IC", comment.id),
            "databaseId": comment.id,
            "author": self.actor(&comment.author),
            "authorAssociation": self.association(&comment.author),
            "body": comment.body,
            "bodyText": comment.body,
            "createdAt": stamp(comment.created_at),
            "updatedAt": stamp(comment.updated_at),
            "fullDatabaseId": comment.id.to_string(),
            "includesCreatedEdit": comment.edits > 0,
            "lastEditedAt": (comment.edits > 0).then(|| stamp(comment.updated_at)),
            "isMinimized": comment.minimized,
            "minimizedReason": comment.minimized.then_some("resolved"),
            "userContentEdits": self.edits(comment),
            "reactionGroups": [],
            "issue": {"number": comment.number},
            "url": format!("{}/{place}/{}#issuecomment-{id}", shape::html(self.world), comment.number),
            "viewerDidAuthor": viewer.as_deref() == Some(comment.author.as_str()),
        }))
    }

    /// Returns the history of a comment: what it said first is in it once it was edited.
    fn edits(&self, comment: &Comment) -> Value {
        let count = if comment.edits > 0 { comment.edits + 1 } else { 0 };
        let edit = json!({"editedAt": stamp(comment.updated_at), "diff": null, "editor": self.actor(&comment.author)});
        items(vec![edit; count])
    }

    /// Returns what befell an issue, of the kinds that are asked for.
    fn timeline(&self, number: u64, kinds: Option<&Vec<Value>>) -> Value {
        let wanted = |kind: &str| kinds.is_none_or(|kinds| kinds.iter().any(|wanted| wanted == kind));
        let deleted = self.world.deleted_comments.iter().filter(|deleted| deleted.number == number && wanted("COMMENT_DELETED_EVENT"));
        let deleted = deleted.map(|deleted| {
            json!({
                "__typename": "CommentDeletedEvent",
                "actor": self.actor(&deleted.actor),
                "createdAt": stamp(deleted.at),
                "deletedCommentAuthor": self.actor(&deleted.author),
            })
        });
        let moved = self.world.transferred.contains(&number) && wanted("TRANSFERRED_EVENT");
        let moved = moved.then(|| json!({"__typename": "TransferredEvent", "createdAt": stamp(self.world.now())}));
        items(deleted.chain(moved).collect())
    }

    /// Returns a label; one that is only on issues has GitHub's default colour.
    pub(super) fn label(&self, name: &str) -> Value {
        let label = self.world.labels.get(name);
        json!({
            "__typename": "Label",
            "id": shape::node_id("LA", label.map_or(0, |label| label.id)),
            "name": name,
            "color": label.map_or("ededed", |label| label.color.as_str()),
            "description": label.and_then(|label| label.description.clone()),
            "isDefault": false,
            "createdAt": null,
            "url": format!("{}/labels/{name}", shape::html(self.world)),
        })
    }

    pub(super) fn association(&self, login: &str) -> &'static str {
        match self.world.role(login) {
            _ if login == self.world.repository.owner => "OWNER",
            Role::Admin | Role::Write => "MEMBER",
            Role::None | Role::Read => "NONE",
        }
    }
}
