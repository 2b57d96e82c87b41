//! Changes to one issue, pull request or comment that is there already.

use percent_encoding::utf8_percent_encode;
use serde_json::{Value, json};

use super::mutation::{ids, number};
use super::{Resolved, Resolver, texts};
use crate::graphql::failure::Failure;
use crate::request::SEGMENT;

impl Resolver<'_> {
    /// Makes a change and returns its payload; nothing where there is no such mutation.
    pub(super) fn edit(&mut self, field: &str, input: &Value) -> Option<Resolved> {
        let subject = ["issueId", "pullRequestId", "labelableId", "id"].into_iter().find_map(|name| input[name].as_str())?.to_owned();
        let answer = match field {
            "closeIssue" => {
                let reason = input["stateReason"].as_str().unwrap_or("COMPLETED");
                let body = json!({"state": "closed", "state_reason": reason.to_lowercase()});
                self.edit_issue(&subject, body)
            }
            "reopenIssue" => self.edit_issue(&subject, json!({"state": "open"})),
            "updateIssue" => {
                let body = json!({
                    "title": input["title"],
                    "body": input["body"],
                    "state": input["state"].as_str().map(str::to_lowercase),
                    "labels": self.label_names(&input["labelIds"]),
                });
                self.edit_issue(&subject, body)
            }
            "closePullRequest" => self.edit_pull(&subject, json!({"state": "closed"})),
            "reopenPullRequest" => self.edit_pull(&subject, json!({"state": "open"})),
            "updatePullRequest" => {
                let body = json!({
                    "title": input["title"],
                    "body": input["body"],
                    "base": input["baseRefName"],
                    "state": input["state"].as_str().map(str::to_lowercase),
                });
                self.edit_pull(&subject, body)
            }
            "requestReviewsByLogin" => self.request_reviews(&subject, input),
            "addPullRequestReview" => {
                let body = json!({"event": input["event"], "body": input["body"], "commit_id": input["commitOID"]});
                self.on_thread(&subject, "pulls", "reviews", body)
            }
            "addLabelsToLabelable" => {
                let labels = json!({"labels": self.label_names(&input["labelIds"])});
                self.on_thread(&subject, "issues", "labels", labels)
            }
            "removeLabelsFromLabelable" => self.remove_labels(&subject, &input["labelIds"]),
            "updateIssueComment" => self.edit_comment(&subject, &input["body"]),
            _ => return None,
        };
        Some(answer)
    }

    fn edit_issue(&mut self, id: &str, body: Value) -> Resolved {
        let issue = number(&self.node(id)?);
        self.rest("PATCH", &format!("/issues/{issue}"), body)?;
        Ok(json!({"issue": self.issue(issue)}))
    }

    fn edit_pull(&mut self, id: &str, body: Value) -> Resolved {
        let pull = number(&self.node(id)?);
        self.rest("PATCH", &format!("/pulls/{pull}"), body)?;
        Ok(json!({"pullRequest": self.pull(pull)}))
    }

    fn edit_comment(&mut self, id: &str, body: &Value) -> Resolved {
        let comment: u64 = id
            .strip_prefix("IC_sim")
            .and_then(|number| number.parse().ok())
            .ok_or_else(|| Failure::not_found(format!("Could not resolve to a node with the global id of '{id}'")))?;
        let path = format!("/issues/comments/{comment}");
        self.rest("PATCH", &path, json!({"body": body}))?;
        Ok(json!({"issueComment": self.comment(comment)}))
    }

    fn on_thread(&mut self, id: &str, family: &str, part: &str, body: Value) -> Resolved {
        let thread = number(&self.node(id)?);
        self.rest("POST", &format!("/{family}/{thread}/{part}"), body)?;
        Ok(json!({}))
    }

    fn request_reviews(&mut self, id: &str, input: &Value) -> Resolved {
        let pull = number(&self.node(id)?);
        let fields = input.as_object().cloned().unwrap_or_default();
        let people = texts(&fields, "userLogins").unwrap_or_default();
        // A team is named as `owner/slug`.
        let teams = texts(&fields, "teamSlugs").unwrap_or_default();
        let teams: Vec<&str> = teams.iter().map(|slug| slug.rsplit('/').next().unwrap_or(slug)).collect();
        if !people.is_empty() || !teams.is_empty() {
            let body = json!({"reviewers": people, "team_reviewers": teams});
            self.rest("POST", &format!("/pulls/{pull}/requested_reviewers"), body)?;
        }
        Ok(json!({"pullRequest": self.pull(pull)}))
    }

    fn remove_labels(&mut self, id: &str, labels: &Value) -> Resolved {
        let thread = number(&self.node(id)?);
        for label in self.label_names(labels).unwrap_or_default() {
            let name = utf8_percent_encode(&label, SEGMENT).to_string();
            self.rest("DELETE", &format!("/issues/{thread}/labels/{name}"), Value::Null)?;
        }
        Ok(json!({}))
    }

    /// Returns the names of labels by their ids; nothing where none are named.
    pub(super) fn label_names(&self, listed: &Value) -> Option<Vec<String>> {
        let listed = (!listed.is_null()).then(|| ids(listed))?;
        Some(listed.filter_map(|id| self.label_name(&id)).collect())
    }
}
