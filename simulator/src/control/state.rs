//! The whole world as one canonical JSON, to compare two stories byte by byte.

use serde_json::{Value, json};

use crate::clock::stamp;
use crate::environments::{BranchPolicy, Environment, Reviewer};
use crate::gather::Gather as _;
use crate::runs::{Conclusion, Run};
use crate::world::World;

/// How much of the world is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// All of it.
    Everything,
    /// No ids and no times, and commits as their tree and message, since a commit's sha comes from its time: two
    /// stories that did the same at different times are equal.
    ContentOnly,
}

impl World {
    /// Returns the world as JSON; the same world gives the same bytes.
    pub fn state(&self, detail: Detail) -> Value {
        let refs = self.git.refs.iter().map(|(name, oid)| (name.clone(), self.target(oid, detail)));
        let trees =
            self.git.refs.iter().filter_map(|(name, oid)| Some((name.clone(), Value::from(self.git.tree_of(&self.git.peel(oid)?)?))));
        let mut state = json!({
            "repository": self.repository.full_name(),
            "default_branch": self.repository.default_branch,
            "refs": refs.gather::<serde_json::Map<_, _>>(),
            "trees": trees.gather::<serde_json::Map<_, _>>(),
            "pulls": self.pulls.values().map(|pull| self.pull_state(pull, detail)).collect::<Vec<_>>(),
            "issues": self.issues.values().map(issue_state).collect::<Vec<_>>(),
            "comments": self.comments.values().map(comment_state).collect::<Vec<_>>(),
            "labels": self.labels.values().map(|label| json!({"id": label.id, "name": label.name, "color": label.color})).collect::<Vec<_>>(),
            "releases": self.releases.values().map(release_state).collect::<Vec<_>>(),
            "deployments": self.deployments.values().map(|deployment| json!({
                "id": deployment.id,
                "environment": deployment.environment,
                "ref": deployment.ref_name,
                "states": deployment.statuses.iter().map(|(_, state, ..)| state.as_str()).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "environments": self.environments.iter().map(environment_state).collect::<Vec<_>>(),
            "runs": self.runs.runs.values().map(|run| self.run_state(run, detail)).collect::<Vec<_>>(),
        });
        if detail == Detail::ContentOnly {
            leave_out(&mut state);
        }
        state
    }

    fn target(&self, oid: &str, detail: Detail) -> Value {
        match (detail, self.git.peel(oid).and_then(|commit| self.git.commit(&commit))) {
            (Detail::ContentOnly, Some(commit)) => {
                let annotated = (commit.oid != oid).then(|| self.git.tag(oid).map(|tag| tag.message));
                json!({"tree": commit.tree, "message": commit.message, "tag": annotated})
            }
            _ => json!(oid),
        }
    }

    fn pull_state(&self, pull: &crate::world::Pull, detail: Detail) -> Value {
        let sha = |sha: &str| self.target(sha, detail);
        json!({
            "id": pull.id,
            "number": pull.number,
            "head": pull.head,
            "base": pull.base,
            "head_sha": sha(&pull.head_sha),
            "base_sha": sha(&pull.base_sha),
            "draft": pull.draft,
            "merged_at": pull.merged_at.map(stamp),
            "merged": pull.merged_at.is_some(),
            "merged_by": pull.merged_by,
            "merge_commit": pull.merge_commit.as_deref().map(sha),
            "auto_merge": pull.auto_merge,
            "requested_reviewers": pull.requested_reviewers,
            "requested_teams": pull.requested_teams,
        })
    }

    fn run_state(&self, run: &Run, detail: Detail) -> Value {
        let names = |ids: &[u64]| -> Vec<String> {
            ids.iter().filter_map(|id| self.environments.by_id(*id)).map(|environment| environment.name.clone()).collect()
        };
        json!({
            "id": run.id,
            "number": run.number,
            "workflow": run.workflow,
            "event": run.event,
            "ref": run.reference,
            "sha": self.target(&run.sha, detail),
            "actor": run.actor,
            "inputs": run.inputs,
            "created_at": stamp(run.created_at),
            "attempts": run.attempts.iter().map(|attempt| json!({
                "number": attempt.number,
                "triggering_actor": attempt.triggering_actor,
                "status": attempt.status(),
                "conclusion": attempt.conclusion.map(Conclusion::name),
                "started_at": stamp(attempt.started_at),
                "jobs": attempt.jobs.iter().map(|job| json!({
                    "id": job.id,
                    "name": job.name,
                    "environment": job.environment,
                    "status": job.status.name(),
                    "conclusion": job.conclusion.map(Conclusion::name),
                    "started_at": stamp(job.started_at),
                    "completed_at": job.completed_at.map(stamp),
                })).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "approvals": run.approvals.iter().map(|approval| json!({
                "environments": names(&approval.environments),
                "state": approval.verdict.name(),
                "user": approval.login,
                "comment": approval.comment,
            })).collect::<Vec<_>>(),
        })
    }
}

fn issue_state(issue: &crate::world::Issue) -> Value {
    json!({
        "id": issue.id,
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "author": issue.author,
        "open": issue.open,
        "state_reason": issue.state_reason,
        "labels": issue.labels,
        "assignees": issue.assignees,
        "created_at": stamp(issue.created_at),
        "updated_at": stamp(issue.updated_at),
        "closed_at": issue.closed_at.map(stamp),
    })
}

fn comment_state(comment: &crate::world::Comment) -> Value {
    json!({
        "id": comment.id,
        "number": comment.number,
        "author": comment.author,
        "body": comment.body,
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
    })
}

fn release_state(release: &crate::world::Release) -> Value {
    json!({
        "id": release.id,
        "tag": release.tag_name,
        "target": release.target_commitish,
        "name": release.name,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "immutable": release.immutable,
        "author": release.author,
        "assets": release.assets.iter().map(|asset| asset.name.as_str()).collect::<Vec<_>>(),
        "created_at": stamp(release.created_at),
        "updated_at": stamp(release.updated_at),
        "published_at": release.published_at.map(stamp),
    })
}

fn environment_state(environment: &Environment) -> Value {
    let reviewers = environment.reviewers.iter().map(|reviewer| match reviewer {
        Reviewer::User(login) => login.clone(),
        Reviewer::Team(slug) => format!("team {slug}"),
    });
    let policy = match &environment.branch_policy {
        BranchPolicy::All => json!("all"),
        BranchPolicy::Protected => json!("protected"),
        BranchPolicy::Custom(patterns) => patterns.iter().map(|pattern| pattern.pattern.as_str()).collect(),
    };
    json!({
        "id": environment.id,
        "name": environment.name,
        "reviewers": reviewers.collect::<Vec<_>>(),
        "prevent_self_review": environment.prevent_self_review,
        "wait_timer": environment.wait_timer,
        "branch_policy": policy,
        "can_admins_bypass": environment.can_admins_bypass,
    })
}

/// Takes ids and times out of every object.
fn leave_out(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "id" && !name.ends_with("_at"));
            fields.values_mut().for_each(leave_out);
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
