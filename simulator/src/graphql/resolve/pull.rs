//! Pull requests.

use serde_json::{Value, json};

use super::git::{ALL, commit_node};
use super::{Node, Resolved, Resolver, nothing, unknown};
use crate::clock::stamp;
use crate::graphql::connection::items;
use crate::rest::rulesets::rules_on;
use crate::rest::shape;
use crate::world::{Pull, Review, Rule, Target};

impl Resolver<'_> {
    /// Returns a pull request.
    pub(super) fn pull(&self, number: u64) -> Option<Value> {
        let pull = self.world.pulls.get(&number)?;
        let mut node = self.thread(number, "pull")?;
        let repository = &self.world.repository;
        let fields = json!({
            "__typename": "PullRequest",
            "id": shape::node_id("PR", pull.id),
            "databaseId": pull.id,
            "fullDatabaseId": pull.id.to_string(),
            "state": self.pull_state(pull),
            "isDraft": pull.draft,
            "headRefName": pull.head,
            "headRefOid": pull.head_sha,
            "baseRefName": pull.base,
            "baseRefOid": pull.base_sha,
            "isCrossRepository": false,
            "maintainerCanModify": pull.maintainer_can_modify,
            "merged": pull.merged_at.is_some(),
            "mergedAt": pull.merged_at.map(stamp),
            "mergedBy": pull.merged_by.as_ref().map(|login| self.actor(login)),
            "mergeCommit": pull.merge_commit.as_ref().map(|oid| commit_node(oid)),
            "headRepository": {},
            "baseRepository": {},
            "headRepositoryOwner": self.actor(&repository.owner),
            "viewerCanEnableAutoMerge": repository.allow_auto_merge,
        });
        if let (Some(node), Value::Object(fields)) = (node.as_object_mut(), fields) {
            node.extend(fields);
        }
        Some(node)
    }

    pub(super) fn pull_state(&self, pull: &Pull) -> &'static str {
        let open = self.world.issues.get(&pull.number).is_some_and(|issue| issue.open);
        match (pull.merged_at, open) {
            (Some(_), _) => "MERGED",
            (None, true) => "OPEN",
            (None, false) => "CLOSED",
        }
    }

    pub(super) fn pull_field(&mut self, node: &Node, field: &str) -> Resolved {
        if let Some(shared) = self.thread_field(node, field) {
            return Ok(shared);
        }
        let number = node.get("number").and_then(Value::as_u64).unwrap_or_default();
        let Some(pull) = self.world.pulls.get(&number) else {
            return Ok(Value::Null);
        };
        let git = &self.world.git;
        Ok(match field {
            "headRef" | "baseRef" => {
                let name = format!("refs/heads/{}", if field == "headRef" { &pull.head } else { &pull.base });
                if git.reference(&name).is_some() { self.reference(&name, None) } else { Value::Null }
            }
            "commits" => {
                let mut found = git.history(&pull.head_sha, Some(&pull.base_sha), None, 0, ALL).unwrap_or_default();
                found.reverse();
                let url = format!("{}/pull/{number}/commits", shape::html(self.world));
                items(found.iter().map(|oid| json!({"id": shape::node_id("PURC", oid), "commit": commit_node(oid), "url": format!("{url}/{oid}")})).collect())
            }
            "files" => self.changed_files(&pull.base_sha, &pull.head_sha),
            "additions" | "deletions" | "changedFiles" => {
                let from = git.merge_base(&pull.base_sha, &pull.head_sha);
                let changes = from.and_then(|from| git.changes(&from, &pull.head_sha).ok()).unwrap_or_default();
                match field {
                    "additions" => json!(changes.iter().map(|change| change.additions).sum::<u64>()),
                    "deletions" => json!(changes.iter().map(|change| change.deletions).sum::<u64>()),
                    _ => json!(changes.len()),
                }
            }
            "mergeable" => json!(if self.conflicts(pull) { "CONFLICTING" } else { "MERGEABLE" }),
            "mergeStateStatus" => json!(self.merge_state(pull)),
            "potentialMergeCommit" | "mergeQueueEntry" | "statusCheckRollup" => Value::Null,
            "isInMergeQueue" => json!(false),
            "isMergeQueueEnabled" => json!(rules_on(self.world, Target::Branch, &pull.base).any(|(_, rule)| *rule == Rule::MergeQueue)),
            "autoMergeRequest" => pull.auto_merge.as_ref().map_or(Value::Null, |method| {
                json!({"mergeMethod": method.to_uppercase(), "enabledAt": null, "enabledBy": null, "commitHeadline": null, "commitBody": null, "authorEmail": null})
            }),
            "reviews" | "latestReviews" => items(self.reviews(number).map(|review| self.review(review)).collect()),
            "reviewDecision" => json!(self.review_decision(pull)),
            "reviewRequests" => {
                let people = pull.requested_reviewers.iter().map(|login| self.actor(login));
                let teams = pull.requested_teams.iter().filter_map(|slug| self.world.teams.get(slug)).map(|team| {
                    let owner = &self.world.repository.owner;
                    json!({
                        "__typename": "Team",
                        "id": shape::node_id("T", team.id),
                        "name": team.name,
                        "slug": team.slug,
                        "combinedSlug": format!("{owner}/{}", team.slug),
                        "organization": self.actor(owner),
                    })
                });
                items(people.chain(teams).map(|reviewer| json!({"id": format!("RR_{}", reviewer["id"]), "requestedReviewer": reviewer})).collect())
            }
            "closingIssuesReferences" => nothing(),
            _ => return unknown("PullRequest", field),
        })
    }

    fn conflicts(&self, pull: &Pull) -> bool {
        pull.merged_at.is_none() && matches!(self.world.git.merged_tree(&pull.base_sha, &pull.head_sha), Ok(None))
    }

    /// Returns whether anything is in the way of merging.
    pub(super) fn merge_state(&self, pull: &Pull) -> &'static str {
        let approvals = self.reviews(pull.number).filter(|review| review.state == "APPROVED").count() as u64;
        let blocked = rules_on(self.world, Target::Branch, &pull.base).any(|(_, rule)| match rule {
            Rule::PullRequest { approvals: wanted } => approvals < *wanted,
            Rule::RequiredStatusChecks(_) | Rule::MergeQueue => true,
            Rule::Creation | Rule::Update | Rule::Deletion | Rule::NonFastForward | Rule::RequiredSignatures | Rule::Other(..) => false,
        });
        if pull.draft {
            "DRAFT"
        } else if self.conflicts(pull) {
            "DIRTY"
        } else if blocked {
            "BLOCKED"
        } else {
            "CLEAN"
        }
    }

    fn review_decision(&self, pull: &Pull) -> Option<&'static str> {
        let any = |state: &str| self.reviews(pull.number).any(|review| review.state == state);
        let required =
            rules_on(self.world, Target::Branch, &pull.base).any(|(_, rule)| matches!(rule, Rule::PullRequest { approvals: 1.. }));
        match (any("CHANGES_REQUESTED"), any("APPROVED"), required) {
            (true, ..) => Some("CHANGES_REQUESTED"),
            (false, true, _) => Some("APPROVED"),
            (false, false, true) => Some("REVIEW_REQUIRED"),
            (false, false, false) => None,
        }
    }

    fn reviews(&self, number: u64) -> impl Iterator<Item = &Review> {
        self.world.reviews.values().filter(move |review| review.number == number)
    }

    fn review(&self, review: &Review) -> Value {
        json!({
            "id": shape::node_id("PRR", review.id),
            "author": self.actor(&review.author),
            "authorAssociation": self.association(&review.author),
            "body": review.body,
            "commit": commit_node(&review.commit),
            "state": review.state,
            "submittedAt": stamp(review.submitted_at),
            "reactionGroups": [],
            "url": format!("{}/pull/{}#pullrequestreview-{}", shape::html(self.world), review.number, review.id),
        })
    }
}
