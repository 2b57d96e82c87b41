//! The fields of the repository.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Arguments, Resolved, Resolver, nothing, text, texts, unknown};
use crate::call::Identity;
use crate::clock::stamp;
use crate::gather::Gather as _;
use crate::graphql::connection::items;
use crate::graphql::failure::Failure;
use crate::rest::latest::latest;
use crate::rest::shape;
use crate::world::{Role, World};

impl Resolver<'_> {
    pub(super) fn repository_field(&mut self, field: &str, arguments: &Arguments) -> Resolved {
        if let Some(setting) = setting(self.world, field) {
            return Ok(setting);
        }
        let html = shape::html(self.world);
        Ok(match field {
            "owner" => self.owner(),
            "defaultBranchRef" => {
                let name = self.world.repository.default_ref();
                if self.world.git.reference(&name).is_some() { self.reference(&name, None) } else { Value::Null }
            }
            "ref" => {
                let full = self.world.full_ref(text(arguments, "qualifiedName"));
                full.map_or(Value::Null, |name| self.reference(&name, None))
            }
            "refs" => self.refs(arguments),
            "object" => match arguments.get("oid").and_then(Value::as_str) {
                Some(oid) => self.git_object(oid, "").unwrap_or(Value::Null),
                None => self.expression(text(arguments, "expression")).unwrap_or(Value::Null),
            },
            "release" => {
                let found = self.visible_releases().into_iter().find(|release| release.tag_name == text(arguments, "tagName"));
                found.map_or(Value::Null, |release| self.release(release))
            }
            "latestRelease" => latest(self.world).map_or(Value::Null, |release| self.release(release)),
            "releases" => self.releases(arguments),
            "issue" => {
                let number = number(arguments);
                let open = self.issue(number).filter(|_| !self.world.pulls.contains_key(&number));
                return open.ok_or_else(|| missing("Issue", number));
            }
            "pullRequest" => {
                return self.pull(number(arguments)).ok_or_else(|| missing("PullRequest", number(arguments)));
            }
            "issueOrPullRequest" => {
                let number = number(arguments);
                let found = self.pull(number).or_else(|| self.issue(number));
                return found.ok_or_else(|| {
                    Failure::not_found(format!("Could not resolve to an issue or pull request with the number of {number}."))
                });
            }
            "issues" => self.issues(arguments),
            "pullRequests" => self.pulls(arguments),
            "labels" => items(self.world.labels.keys().map(|name| self.label(name)).collect()),
            "assignableUsers" => {
                let logins = self.world.people.values().filter(|account| account.role >= Role::Read);
                items(logins.map(|account| self.actor(&account.login)).collect())
            }
            "viewerPermission" => json!(self.viewer_role().map(permission)),
            "viewerCanAdminister" => json!(self.viewer_role() == Some(Role::Admin)),
            "viewerDefaultMergeMethod" => json!("MERGE"),
            "viewerHasStarred" => json!(false),
            "viewerPossibleCommitEmails" => json!([]),
            "issueTemplates" | "pullRequestTemplates" => json!([]),
            "planFeatures" => json!({"codeowners": true, "draftPullRequests": true}),
            "milestones" | "watchers" => nothing(),
            "url" => json!(html),
            "sshUrl" => json!(format!("git@github.com:{}.git", self.world.repository.full_name())),
            "resourcePath" => json!(format!("/{}", self.world.repository.full_name())),
            _ => return unknown("Repository", field),
        })
    }

    fn refs(&self, arguments: &Arguments) -> Value {
        let prefix = text(arguments, "refPrefix");
        let prefix = if prefix.ends_with('/') { prefix.to_owned() } else { format!("{prefix}/") };
        let wanted = text(arguments, "query").to_lowercase();
        let mut names: Vec<&String> = self
            .world
            .git
            .refs
            .keys()
            .filter(|name| name.strip_prefix(&prefix).is_some_and(|short| short.to_lowercase().contains(&wanted)))
            .collect();
        let order = arguments.get("orderBy").cloned().unwrap_or(Value::Null);
        if order["field"] == "TAG_COMMIT_DATE" {
            let date = |name: &str| {
                let commit = self.world.git.peel(self.world.git.reference(name)?)?;
                self.world.git.commit(&commit).map(|commit| commit.committer.date)
            };
            let dated: BTreeSet<(Option<_>, &String)> = names.into_iter().map(|name| (date(name), name)).gather();
            names = dated.into_iter().map(|(_, name)| name).collect();
        }
        let direction = order["direction"].as_str().unwrap_or_else(|| text(arguments, "direction"));
        if direction == "DESC" {
            names.reverse();
        }
        items(names.into_iter().map(|name| self.reference(name, Some(&prefix))).collect())
    }

    fn issues(&self, arguments: &Arguments) -> Value {
        let filter = arguments.get("filterBy").and_then(Value::as_object).cloned().unwrap_or_default();
        let states = texts(arguments, "states").or_else(|| texts(&filter, "states"));
        let labels = texts(arguments, "labels").or_else(|| texts(&filter, "labels"));
        let of_person = |name: &str, logins: &[&String]| {
            filter.get(name).and_then(Value::as_str).is_none_or(|wanted| logins.iter().any(|login| *login == wanted))
        };
        let mut found: Vec<_> = self
            .world
            .issues
            .values()
            .filter(|issue| !self.world.pulls.contains_key(&issue.number))
            .filter(|issue| states.as_ref().is_none_or(|states| states.iter().any(|state| (state == "OPEN") == issue.open)))
            .filter(|issue| {
                labels
                    .as_ref()
                    .is_none_or(|labels| labels.iter().any(|label| issue.labels.iter().any(|own| own.eq_ignore_ascii_case(label))))
            })
            .filter(|issue| of_person("createdBy", &[&issue.author]) && of_person("assignee", &issue.assignees.iter().collect::<Vec<_>>()))
            .collect();
        if descends(arguments) {
            found.reverse();
        }
        items(found.into_iter().filter_map(|issue| self.issue(issue.number)).collect())
    }

    fn pulls(&self, arguments: &Arguments) -> Value {
        let (states, labels) = (texts(arguments, "states"), texts(arguments, "labels"));
        let is = |name: &str, value: &str| arguments.get(name).and_then(Value::as_str).is_none_or(|wanted| wanted == value);
        let mut found: Vec<_> = self
            .world
            .pulls
            .values()
            .filter(|pull| is("headRefName", &pull.head) && is("baseRefName", &pull.base))
            .filter(|pull| states.as_ref().is_none_or(|states| states.iter().any(|state| state == self.pull_state(pull))))
            .filter(|pull| {
                let own = self.world.issues.get(&pull.number).map(|issue| issue.labels.as_slice()).unwrap_or_default();
                labels.as_ref().is_none_or(|labels| labels.iter().any(|label| own.contains(label)))
            })
            .collect();
        if descends(arguments) {
            found.reverse();
        }
        items(found.into_iter().filter_map(|pull| self.pull(pull.number)).collect())
    }

    fn viewer_role(&self) -> Option<Role> {
        match &self.call.identity {
            Identity::Anonymous => None,
            Identity::User(login) => Some(self.world.role(login)),
            Identity::Actions(_) | Identity::App(..) if self.world.can_push(self.call) => Some(Role::Write),
            Identity::Actions(_) | Identity::App(..) => Some(Role::Read),
        }
    }
}

/// Returns a field that is a setting or the same for every repository here.
fn setting(world: &World, field: &str) -> Option<Value> {
    let repository = &world.repository;
    Some(match field {
        "id" => json!(shape::node_id("R", repository.id)),
        "databaseId" => json!(repository.id),
        "name" => json!(repository.name),
        "nameWithOwner" => json!(repository.full_name()),
        "description" => json!(repository.description),
        "isPrivate" => json!(repository.private),
        "visibility" => json!(if repository.private { "PRIVATE" } else { "PUBLIC" }),
        "isArchived" => json!(repository.archived),
        "isInOrganization" => json!(repository.owner_is_organization),
        "hasIssuesEnabled" => json!(repository.has_issues),
        "mergeCommitAllowed" => json!(repository.allow_merge_commit),
        "squashMergeAllowed" => json!(repository.allow_squash_merge),
        "rebaseMergeAllowed" => json!(repository.allow_rebase_merge),
        "autoMergeAllowed" => json!(repository.allow_auto_merge),
        "deleteBranchOnMerge" => json!(repository.delete_branch_on_merge),
        "isEmpty" => json!(world.git.refs.is_empty()),
        "createdAt" | "updatedAt" | "pushedAt" => json!(stamp(repository.created_at)),
        "hasProjectsEnabled" | "hasWikiEnabled" | "isBlankIssuesEnabled" => json!(true),
        "hasDiscussionsEnabled"
        | "isDisabled"
        | "isFork"
        | "isLocked"
        | "isMirror"
        | "isTemplate"
        | "isUserConfigurationRepository"
        | "isSecurityPolicyEnabled"
        | "usesCustomOpenGraphImage" => json!(false),
        "stargazerCount" | "forkCount" | "diskUsage" => json!(0),
        "codeOfConduct"
        | "homepageUrl"
        | "licenseInfo"
        | "mergeQueue"
        | "mirrorUrl"
        | "parent"
        | "primaryLanguage"
        | "securityPolicyUrl"
        | "templateRepository"
        | "viewerDefaultCommitEmail"
        | "viewerSubscription" => Value::Null,
        _ => return None,
    })
}

fn permission(role: Role) -> &'static str {
    match role {
        Role::None | Role::Read => "READ",
        Role::Write => "WRITE",
        Role::Admin => "ADMIN",
    }
}

fn number(arguments: &Arguments) -> u64 {
    arguments.get("number").and_then(Value::as_u64).unwrap_or_default()
}

fn missing(kind: &str, number: u64) -> Failure {
    Failure::not_found(format!("Could not resolve to {} {kind} with the number of {number}.", if kind == "Issue" { "an" } else { "a" }))
}

/// Numbers grow with time, so every order by time is the order of numbers or its reverse.
fn descends(arguments: &Arguments) -> bool {
    arguments.get("orderBy").is_some_and(|order| order["direction"] == "DESC")
}
