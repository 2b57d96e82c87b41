//! The values of fields, taken from the world.

mod edit;
mod git;
mod introspection;
mod issue;
mod mutation;
mod object;
mod pull;
mod release;
mod repository;
mod search;

use serde_json::{Map, Value, json};

use super::execute::Source;
use super::failure::Failure;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::rest::shape;
use crate::world::{AccountKind, Role, World};

/// A field's value, or why it has none.
type Resolved = Result<Value, Failure>;

/// The fields an object holds already.
type Node = Map<String, Value>;

/// Arguments by name.
type Arguments = Map<String, Value>;

/// The world as one caller sees it.
pub(super) struct Resolver<'world> {
    pub(super) world: &'world mut World,
    pub(super) call: &'world Call,
}

impl Source for Resolver<'_> {
    fn resolve(&mut self, of: &str, node: &Node, field: &str, arguments: &Arguments) -> Resolved {
        match of {
            "Query" => self.query(field, arguments),
            "Mutation" => self.mutation(field, &arguments["input"]),
            "Repository" => self.repository_field(field, arguments),
            "Ref" => self.ref_field(node, field, arguments),
            "Comparison" => self.comparison_field(node, field),
            "Commit" => self.commit_field(node, field, arguments),
            "Tree" => self.tree_field(node, field),
            "TreeEntry" => self.entry_field(node, field),
            "Blob" => self.blob_field(node, field),
            "Tag" => self.tag_field(node, field),
            "Release" => self.release_field(node, field),
            "Issue" => self.issue_field(node, field, arguments),
            "PullRequest" => self.pull_field(node, field),
            "__Type" => Ok(introspection::type_field(node, field)),
            _ => unknown(of, field),
        }
    }
}

impl Resolver<'_> {
    fn query(&mut self, field: &str, arguments: &Arguments) -> Resolved {
        match field {
            "repository" => {
                let named = format!("{}/{}", text(arguments, "owner"), text(arguments, "name"));
                if self.is_called(&named) && self.may_see() {
                    return Ok(json!({}));
                }
                Err(Failure::not_found(format!("Could not resolve to a Repository with the name '{named}'.")))
            }
            "viewer" => match self.call.login() {
                Some(login) => Ok(self.actor(&login)),
                None => Err(Failure::forbidden("This endpoint requires you to be authenticated.")),
            },
            "user" => self.account(text(arguments, "login"), AccountKind::User),
            "organization" | "repositoryOwner" if self.is_owner(text(arguments, "login")) => Ok(self.owner()),
            "repositoryOwner" => self.account(text(arguments, "login"), AccountKind::User),
            "organization" => {
                let login = text(arguments, "login");
                Err(Failure::not_found(format!("Could not resolve to an Organization with the login of '{login}'.")))
            }
            "node" => self.node(text(arguments, "id")),
            "nodes" => {
                let ids = arguments["ids"].as_array().into_iter().flatten();
                ids.map(|id| self.node(id.as_str().unwrap_or_default())).collect()
            }
            "rateLimit" => Ok(self.rate_limit()),
            "search" => Ok(self.search(arguments)),
            "__type" => Ok(introspection::named_type(text(arguments, "name"))),
            "__schema" => Ok(introspection::schema()),
            _ => unknown("Query", field),
        }
    }

    /// Old names still work: GitHub follows renames unless it is told not to.
    fn is_called(&self, named: &str) -> bool {
        let repository = &self.world.repository;
        named.eq_ignore_ascii_case(&repository.full_name())
            || repository.former_names.iter().any(|former| former.eq_ignore_ascii_case(named))
    }

    fn may_see(&self) -> bool {
        match &self.call.identity {
            Identity::Anonymous => false,
            Identity::User(login) => self.world.role(login) >= Role::Read,
            Identity::Actions(_) | Identity::App(..) => true,
        }
    }

    fn is_owner(&self, login: &str) -> bool {
        login.eq_ignore_ascii_case(&self.world.repository.owner)
    }

    fn account(&self, login: &str, kind: AccountKind) -> Resolved {
        match self.world.people.get(login) {
            Some(account) if account.kind == kind => Ok(self.actor(login)),
            _ => Err(Failure::not_found(format!("Could not resolve to a User with the login of '{login}'."))),
        }
    }

    /// Returns the repository's owner.
    fn owner(&self) -> Value {
        let owner = self.world.repository.owner.clone();
        self.actor(&owner)
    }

    /// Returns an account; a bot is called without the `[bot]` that REST puts at its end.
    fn actor(&self, login: &str) -> Value {
        let shown = shape::user(self.world, self.call, login);
        let kind = shown["type"].as_str().unwrap_or("User").to_owned();
        let login = shown["login"].as_str().unwrap_or(login);
        let login = if kind == "Bot" { login.trim_end_matches("[bot]") } else { login };
        let path = if kind == "Bot" { format!("/apps/{login}") } else { format!("/{login}") };
        json!({
            "__typename": kind,
            "id": shown["node_id"],
            "databaseId": shown["id"],
            "login": login,
            "name": null,
            "email": "",
            "avatarUrl": shown["avatar_url"],
            "resourcePath": path,
            "url": format!("{}{path}", self.world.server),
        })
    }

    /// Returns what a node id stands for.
    fn node(&mut self, id: &str) -> Resolved {
        let missing = || Failure::not_found(format!("Could not resolve to a node with the global id of '{id}'"));
        let (kind, number) = id.split_once("_sim").ok_or_else(missing)?;
        let database_id: Option<u64> = number.parse().ok();
        let found = match kind {
            "R" if database_id == Some(self.world.repository.id) => Some(json!({"__typename": "Repository"})),
            "PR" => self
                .world
                .pulls
                .values()
                .find(|pull| Some(pull.id) == database_id)
                .map(|pull| pull.number)
                .and_then(|number| self.pull(number)),
            "I" => self
                .world
                .issues
                .values()
                .find(|issue| Some(issue.id) == database_id)
                .map(|issue| issue.number)
                .and_then(|number| self.issue(number)),
            "RE" => database_id.and_then(|id| self.world.releases.get(&id)).map(|release| self.release(release)),
            "U" | "BOT" => {
                let login = self.world.people.values().find(|account| Some(account.id) == database_id).map(|account| account.login.clone());
                login.map(|login| self.actor(&login))
            }
            "C" | "B" | "TA" => self.git_object(number, ""),
            "REF" => self.world.git.reference(number).is_some().then(|| self.reference(number, None)),
            _ => None,
        };
        let mut found = found.ok_or_else(missing)?;
        // Whoever asks by id names no type, so the node has to.
        if found.get("__typename").is_none() {
            let stated = match kind {
                "PR" => "PullRequest",
                "I" => "Issue",
                "RE" => "Release",
                _ => "Ref",
            };
            found["__typename"] = json!(stated);
        }
        Ok(found)
    }

    fn rate_limit(&self) -> Value {
        let limit = self.world.limits.per_hour;
        let reset = self.world.now() + chrono::Duration::hours(1);
        json!({"cost": 1, "limit": limit, "nodeCount": 0, "remaining": limit.saturating_sub(1), "resetAt": stamp(reset), "used": 1})
    }
}

/// Returns an argument that is text; empty where it is not there.
fn text<'arguments>(arguments: &'arguments Map<String, Value>, name: &str) -> &'arguments str {
    arguments.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the texts of an argument that is a list of them; nothing where it is not there.
fn texts(arguments: &Arguments, name: &str) -> Option<Vec<String>> {
    match arguments.get(name)? {
        Value::Array(items) => Some(items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()),
        Value::String(single) => Some(vec![single.clone()]),
        _ => None,
    }
}

/// The schema has the field and the simulator has no value for it.
fn unknown(of: &str, field: &str) -> Resolved {
    Err(Failure { kind: None, message: format!("simulator: no value for `{of}.{field}`") })
}

/// Returns a list that is always empty here.
fn nothing() -> Value {
    super::connection::items(Vec::new())
}
