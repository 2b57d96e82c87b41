//! Changes. Each goes through the REST route that makes the same change, so that the rules are the same.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{Resolved, Resolver, unknown};
use crate::access::Level;
use crate::gather::Gather as _;
use crate::graphql::failure::Failure;
use crate::reply::Reply;
use crate::routes;

impl Resolver<'_> {
    pub(super) fn mutation(&mut self, field: &str, input: &Value) -> Resolved {
        let text = |name: &str| input[name].as_str().unwrap_or_default();
        let mut payload = match field {
            "createPullRequest" => {
                self.check_repository(text("repositoryId"))?;
                let head = text("headRefName");
                let body = json!({"title": input["title"], "body": input["body"], "head": head, "base": input["baseRefName"], "draft": input["draft"] == true});
                let made = self.rest("POST", "/pulls", body)?;
                json!({"pullRequest": self.pull(number(&made))})
            }
            "createIssue" => {
                self.check_repository(text("repositoryId"))?;
                let labels = self.label_names(&input["labelIds"]).unwrap_or_default();
                let assignees: Vec<Value> =
                    ids(&input["assigneeIds"]).filter_map(|id| Some(self.node(&id).ok()?["login"].clone())).collect();
                let body = json!({"title": input["title"], "body": input["body"], "labels": labels, "assignees": assignees});
                let made = self.rest("POST", "/issues", body)?;
                json!({"issue": self.issue(number(&made))})
            }
            "addComment" => {
                let subject = self.node(text("subjectId"))?;
                let path = format!("/issues/{}/comments", number(&subject));
                let made = self.rest("POST", &path, json!({"body": input["body"]}))?;
                let comment = made["id"].as_u64().and_then(|id| self.comment(id));
                json!({"commentEdge": {"node": comment, "cursor": ""}, "subject": subject})
            }
            "mergePullRequest" => {
                let pull = number(&self.node(text("pullRequestId"))?);
                let method = input["mergeMethod"].as_str().unwrap_or("MERGE").to_lowercase();
                let mut body = json!({"merge_method": method});
                for (name, from) in [("commit_title", "commitHeadline"), ("commit_message", "commitBody"), ("sha", "expectedHeadOid")] {
                    if !input[from].is_null() {
                        body[name] = input[from].clone();
                    }
                }
                self.rest("PUT", &format!("/pulls/{pull}/merge"), body)?;
                json!({"pullRequest": self.pull(pull), "actor": self.caller()})
            }
            "enablePullRequestAutoMerge" => {
                let method = input["mergeMethod"].as_str().unwrap_or("MERGE").to_lowercase();
                let pull = self.enable_auto_merge(text("pullRequestId"), method)?;
                json!({"pullRequest": self.pull(pull), "actor": self.caller()})
            }
            "disablePullRequestAutoMerge" => {
                let pull = self.changeable(text("pullRequestId"))?;
                if let Some(pull) = self.world.pulls.get_mut(&pull) {
                    pull.auto_merge = None;
                }
                json!({"pullRequest": self.pull(pull), "actor": self.caller()})
            }
            "markPullRequestReadyForReview" => {
                let pull = self.changeable(text("pullRequestId"))?;
                if let Some(pull) = self.world.pulls.get_mut(&pull) {
                    pull.draft = false;
                }
                json!({"pullRequest": self.pull(pull)})
            }
            _ => match self.edit(field, input) {
                Some(payload) => payload?,
                None => return unknown("Mutation", field),
            },
        };
        payload["clientMutationId"] = input["clientMutationId"].clone();
        Ok(payload)
    }

    /// Switches auto-merge on, unless there is nothing to wait for: then GitHub wants it merged at once.
    fn enable_auto_merge(&mut self, id: &str, method: String) -> Result<u64, Failure> {
        let number = self.changeable(id)?;
        if !self.world.repository.allow_auto_merge {
            return Err(Failure::unprocessable("Pull request Auto merge is not allowed for this repository"));
        }
        let Some(pull) = self.world.pulls.get(&number) else {
            return Err(Failure::not_found("Could not resolve to a PullRequest"));
        };
        match self.merge_state(pull) {
            "CLEAN" => {
                return Err(Failure::unprocessable("Pull request Pull request is in clean status"));
            }
            "DIRTY" => {
                return Err(Failure::unprocessable("Pull request Pull request is in dirty status"));
            }
            "DRAFT" => {
                return Err(Failure::unprocessable("Pull request Pull request is in draft state"));
            }
            _ => {}
        }
        if let Some(pull) = self.world.pulls.get_mut(&number) {
            pull.auto_merge = Some(method);
        }
        Ok(number)
    }

    /// Returns the number of an open pull request the caller may change.
    fn changeable(&mut self, id: &str) -> Result<u64, Failure> {
        let node = self.node(id)?;
        self.world.require(self.call, "pull_requests", Level::Write).map_err(|refusal| refused(&refusal))?;
        match node["state"].as_str() {
            Some("OPEN") => Ok(number(&node)),
            _ => Err(Failure::unprocessable("Pull request is closed")),
        }
    }

    fn caller(&self) -> Value {
        self.call.login().map_or(Value::Null, |login| self.actor(&login))
    }

    fn check_repository(&mut self, id: &str) -> Result<(), Failure> {
        self.node(id).map(|_| ())
    }

    pub(super) fn label_name(&self, id: &str) -> Option<String> {
        let number = id.strip_prefix("LA_sim")?.parse::<u64>().ok()?;
        self.world.labels.values().find(|label| label.id == number).map(|label| label.name.clone())
    }

    /// Makes a change by the REST route for it and returns what that answers.
    pub(super) fn rest(&mut self, method: &str, path: &str, body: Value) -> Resolved {
        let mut call = self.call.clone();
        call.method = method.to_owned();
        call.path = format!("/repos/{}{path}", self.world.repository.full_name());
        call.segments = call
            .path
            .split('/')
            .filter(|part| !part.is_empty())
            .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
            .collect();
        call.query.clear();
        call.body = without_nulls(body);
        call.inside = None;
        let reply = routes::answer(self.world, &mut call);
        if reply.status < 300 { Ok(reply.body) } else { Err(refused(&reply)) }
    }
}

/// Returns GraphQL's form of a refusal by REST.
fn refused(reply: &Reply) -> Failure {
    let message = reply.body["message"].as_str().unwrap_or_default();
    match reply.status {
        403 => Failure::forbidden(message),
        404 => Failure::not_found(message),
        _ => {
            let details = reply.body["errors"].as_array().into_iter().flatten();
            let details: Vec<&str> = details.filter_map(|error| error["message"].as_str()).collect();
            Failure::unprocessable(if details.is_empty() { message.to_owned() } else { details.join(", ") })
        }
    }
}

fn without_nulls(body: Value) -> Value {
    match body {
        Value::Object(fields) => Value::Object(fields.into_iter().filter(|(_, value)| !value.is_null()).gather::<Map<_, _>>()),
        other => other,
    }
}

pub(super) fn number(shown: &Value) -> u64 {
    shown["number"].as_u64().unwrap_or_default()
}

pub(super) fn ids(listed: &Value) -> impl Iterator<Item = String> {
    let listed = listed.as_array().cloned().unwrap_or_default();
    listed.into_iter().filter_map(|id| id.as_str().map(str::to_owned))
}
