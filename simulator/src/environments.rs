//! Environments, the gates of deployments.
//!
//! What they do: <https://docs.github.com/actions/reference/workflows-and-actions/deployments-and-environments>.

mod edit;
mod routes;
mod view;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::rest::branches::is_protected;
use crate::world::{Role, World};

pub(crate) use routes::route;
pub(crate) use view::{reviewers as reviewers_view, summary};

/// What the world holds of them.
#[derive(Debug, Clone)]
pub struct Environments {
    /// By name in lower case, since names are case-insensitive.
    by_key: BTreeMap<String, Environment>,
    /// Answers carry `can_admins_bypass`, which GitHub sends and does not document.
    pub shows_admin_bypass: bool,
}

impl Default for Environments {
    fn default() -> Self {
        Self { by_key: BTreeMap::new(), shows_admin_bypass: true }
    }
}

impl Environments {
    /// Returns the environment of this name.
    pub fn get(&self, name: &str) -> Option<&Environment> {
        self.by_key.get(&key(name))
    }

    /// Returns the environment of this name, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Environment> {
        self.by_key.get_mut(&key(name))
    }

    /// Returns the environment of this id.
    pub fn by_id(&self, id: u64) -> Option<&Environment> {
        self.iter().find(|environment| environment.id == id)
    }

    /// Returns all of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Environment> {
        self.by_key.values()
    }

    /// Removes one, and tells whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        self.by_key.remove(&key(name)).is_some()
    }
}

/// One environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The id; the ids of its rules are made from it.
    pub id: u64,
    /// The name as it was first written.
    pub name: String,
    /// Who may approve; nobody has to when this is empty.
    pub reviewers: Vec<Reviewer>,
    /// Whether those who started a run are kept from approving it.
    pub prevent_self_review: bool,
    /// Minutes to wait.
    pub wait_timer: u64,
    /// Which refs may deploy.
    pub branch_policy: BranchPolicy,
    /// Whether administrators may start waiting jobs without a review; so by default.
    pub can_admins_bypass: bool,
    /// The custom rules that are enabled; each App has to let a job go.
    pub custom_rules: Vec<CustomRule>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last configured.
    pub updated_at: DateTime<Utc>,
}

/// Who may approve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reviewer {
    /// A person, by login.
    User(String),
    /// Any member of a team, by slug.
    Team(String),
}

/// Which refs may deploy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BranchPolicy {
    /// Every one.
    All,
    /// Protected branches.
    Protected,
    /// Those that fit one of these patterns.
    Custom(Vec<RefPattern>),
}

/// A pattern of branch or tag names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefPattern {
    /// The id.
    pub id: u64,
    /// The pattern, where `*` stands for anything.
    pub pattern: String,
    /// `branch` or `tag`.
    pub kind: &'static str,
}

/// A rule that an App decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomRule {
    /// The id.
    pub id: u64,
    /// The App's slug.
    pub app: String,
}

impl World {
    /// Makes environments as a careful administrator would: these people review, nobody reviews what they started,
    /// administrators cannot bypass, and only protected branches deploy.
    ///
    /// People who are not known yet become collaborators with write access.
    pub fn set_up_gates(&mut self, names: &[&str], reviewers: &[&str]) {
        for login in reviewers {
            if !self.people.contains_key(*login) {
                self.add_person(login, Role::Write);
            }
        }
        for name in names {
            self.ensure_environment(name);
            if let Some(environment) = self.environments.get_mut(name) {
                environment.reviewers = reviewers.iter().map(|login| Reviewer::User((*login).to_owned())).collect();
                environment.prevent_self_review = true;
                environment.can_admins_bypass = false;
                environment.branch_policy = BranchPolicy::Protected;
            }
        }
    }

    /// Returns the id of an environment, which is made without any protection where it does not exist.
    ///
    /// <https://docs.github.com/actions/how-tos/deploy/configure-and-manage-deployments/manage-environments>
    pub fn ensure_environment(&mut self, name: &str) -> u64 {
        if let Some(environment) = self.environments.get(name) {
            return environment.id;
        }
        let (id, now) = (self.next_id(), self.now());
        let environment = Environment {
            id,
            name: name.to_owned(),
            reviewers: Vec::new(),
            prevent_self_review: false,
            wait_timer: 0,
            branch_policy: BranchPolicy::All,
            can_admins_bypass: true,
            custom_rules: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        self.environments.by_key.insert(key(name), environment);
        id
    }

    /// Tells whether a person is among an environment's reviewers, by name or by team.
    pub(crate) fn is_reviewer(&self, environment: &Environment, login: &str) -> bool {
        environment.reviewers.iter().any(|reviewer| match reviewer {
            Reviewer::User(named) => named == login,
            Reviewer::Team(slug) => {
                let team = self.teams.get(slug);
                team.is_some_and(|team| team.members.iter().any(|member| member == login))
            }
        })
    }

    /// Tells whether a full ref name may deploy to an environment.
    pub(crate) fn may_deploy(&self, environment: &Environment, reference: &str) -> bool {
        let short = |prefix: &str| reference.strip_prefix(prefix);
        match &environment.branch_policy {
            BranchPolicy::All => true,
            // Where no branch is protected, all may deploy, as GitHub documents.
            BranchPolicy::Protected => {
                let protects = |branch: &str| is_protected(self, branch);
                let none = !self.git.branches().any(|(branch, _)| protects(branch));
                none || short("refs/heads/").is_some_and(protects)
            }
            BranchPolicy::Custom(patterns) => patterns.iter().any(|pattern| {
                let prefix = if pattern.kind == "tag" { "refs/tags/" } else { "refs/heads/" };
                short(prefix).is_some_and(|name| fits(name.as_bytes(), pattern.pattern.as_bytes()))
            }),
        }
    }
}

fn key(name: &str) -> String {
    name.to_lowercase()
}

/// Tells whether a name fits a pattern in which `*` stands for anything but `/`, and `**` for anything.
fn fits(name: &[u8], pattern: &[u8]) -> bool {
    match pattern {
        [] => name.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=name.len()).any(|skip| fits(&name[skip..], rest)),
        [b'*', rest @ ..] => {
            let reach = name.iter().position(|byte| *byte == b'/');
            (0..=reach.unwrap_or(name.len())).any(|skip| fits(&name[skip..], rest))
        }
        [first, rest @ ..] => name.first() == Some(first) && fits(&name[1..], rest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_slash_and_two_do_not() {
        let check = |name: &str, pattern: &str| fits(name.as_bytes(), pattern.as_bytes());
        assert!(check("main", "main"));
        assert!(!check("main2", "main"));
        assert!(check("releases/1.x", "releases/*"));
        assert!(!check("releases/1/x", "releases/*"));
        assert!(check("releases/1/x", "releases/**"));
        assert!(check("v1.2.3", "v*"));
        assert!(!check("", "v*"));
    }
}
