//! Everything the simulated GitHub knows, as plain data.

mod check;
mod comments;
mod import;
mod issue;
mod limits;
mod log;
mod people;
mod pull;
mod quirks;
mod release;
mod repository;
mod rewind;
mod rule;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};

use crate::call::{Identity, Permissions};
use crate::clock::Clock;
use crate::environments::Environments;
use crate::faults::Faults;
use crate::gather::Gather as _;
use crate::git::Git;
use crate::runs::Runs;

pub use check::{Check, Status};
pub use import::Options;
pub use issue::{Comment, DeletedComment, Issue, Label};
pub use limits::Limits;
pub use log::LogEntry;
pub use people::{Account, AccountKind, Role, Team};
pub use pull::{Deployment, Pull, Review};
pub use quirks::Quirks;
pub use release::{Asset, Release};
pub use repository::{Plan, Repository};
pub use rule::{Rule, Ruleset, Target};

/// The login every `GITHUB_TOKEN` acts as.
pub const ACTIONS_BOT: &str = "github-actions[bot]";

/// One repository and everything around it.
pub struct World {
    /// What time it is.
    pub clock: Clock,
    /// The git objects and refs.
    pub git: Git,
    /// The repository's own settings.
    pub repository: Repository,
    /// Everybody, by login.
    pub people: BTreeMap<String, Account>,
    /// The organisation's teams, by slug.
    pub teams: BTreeMap<String, Team>,
    /// Whose each token is.
    pub tokens: BTreeMap<String, Identity>,
    /// Releases by id.
    pub releases: BTreeMap<u64, Release>,
    /// Tags of immutable releases that were deleted, which can never be used again.
    pub burnt_tags: BTreeSet<String>,
    /// Pull requests by number; each has an issue of the same number.
    pub pulls: BTreeMap<u64, Pull>,
    /// Pull requests whose mergeability was asked for, with the shas they had.
    pub merge_checks: BTreeSet<(u64, String, String)>,
    /// Issues by number, pull requests among them.
    pub issues: BTreeMap<u64, Issue>,
    /// Comments of issues and pull requests, by id.
    pub comments: BTreeMap<u64, Comment>,
    /// Comments that were deleted, as far as an issue's timeline tells of them.
    pub deleted_comments: Vec<DeletedComment>,
    /// Issues that came from another repository.
    pub transferred: BTreeSet<u64>,
    /// Reviews of pull requests, by id.
    pub reviews: BTreeMap<u64, Review>,
    /// The repository's labels, by name.
    pub labels: BTreeMap<String, Label>,
    /// Check runs by id.
    pub checks: BTreeMap<u64, Check>,
    /// Statuses of commits, by id.
    pub statuses: BTreeMap<u64, Status>,
    /// Deployments by id.
    pub deployments: BTreeMap<u64, Deployment>,
    /// Rules on branches and tags.
    pub rulesets: Vec<Ruleset>,
    /// Branches that are protected the classic way, of which only that is played.
    pub protected_branches: BTreeSet<String>,
    /// Environments, the gates.
    pub environments: Environments,
    /// Workflow runs.
    pub runs: Runs,
    /// What will go wrong.
    pub faults: Faults,
    /// Rate limits.
    pub limits: Limits,
    /// Behaviour that GitHub does not document.
    pub quirks: Quirks,
    /// Where people find the repository, for `html_url`.
    pub server: String,
    /// Waited before each answer.
    pub latency: Duration,
    /// Every request so far.
    pub log: Vec<LogEntry>,
    /// Whether the log keeps response bodies.
    pub log_bodies: bool,
    /// The last id that was given out.
    pub last_id: u64,
}

impl World {
    /// Makes a world with an empty repository `acme/entity-core`, whose clock runs with the real one.
    ///
    /// # Errors
    /// When the `git` program is missing or the temporary directory cannot be written.
    pub fn empty() -> Result<Self> {
        Ok(Self::around(Git::empty()?, Repository::new("acme", "entity-core", "main")))
    }

    /// Makes a world from a clone of a repository, without writing to it: its branches and tags, and a release for each
    /// tag that looks like a version.
    ///
    /// # Errors
    /// When the path holds no repository, or a shallow or partial clone.
    pub fn from_repository(path: &Path, options: &Options) -> Result<Self> {
        import::world(path, options)
    }

    pub(crate) fn around(git: Git, repository: Repository) -> Self {
        let mut world = Self {
            clock: Clock::Offset(chrono::Duration::zero()),
            git,
            repository,
            people: BTreeMap::new(),
            teams: BTreeMap::new(),
            tokens: BTreeMap::new(),
            releases: BTreeMap::new(),
            burnt_tags: BTreeSet::new(),
            pulls: BTreeMap::new(),
            merge_checks: BTreeSet::new(),
            issues: BTreeMap::new(),
            comments: BTreeMap::new(),
            deleted_comments: Vec::new(),
            transferred: BTreeSet::new(),
            reviews: BTreeMap::new(),
            labels: BTreeMap::new(),
            checks: BTreeMap::new(),
            statuses: BTreeMap::new(),
            deployments: BTreeMap::new(),
            rulesets: Vec::new(),
            protected_branches: BTreeSet::new(),
            environments: Environments::default(),
            runs: Runs::default(),
            faults: Faults::default(),
            limits: Limits::default(),
            quirks: Quirks::default(),
            server: "https://github.com".to_owned(),
            latency: Duration::ZERO,
            log: Vec::new(),
            log_bodies: false,
            last_id: 1000,
        };
        // The bot's real id, which clients know from its noreply address.
        world.people.insert(ACTIONS_BOT.to_owned(), Account::bot(ACTIONS_BOT, 41_898_282));
        world
    }

    /// Returns what time it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Returns a new id; ids grow, and the same story gives the same ids.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// Returns the number for a new issue or pull request.
    pub fn next_number(&self) -> u64 {
        self.issues.keys().next_back().copied().unwrap_or(0) + 1
    }

    /// Adds a person and returns their id.
    pub fn add_person(&mut self, login: &str, role: Role) -> u64 {
        let id = self.next_id();
        self.people.insert(login.to_owned(), Account::person(login, id, role));
        id
    }

    /// Adds a person's token.
    pub fn add_user_token(&mut self, token: &str, login: &str) {
        self.tokens.insert(token.to_owned(), Identity::User(login.to_owned()));
    }

    /// Adds a workflow job's token with these grants, as in `[("contents", "write")]`.
    pub fn add_actions_token(&mut self, token: &str, grants: &[(&str, &str)]) {
        self.tokens.insert(token.to_owned(), Identity::Actions(permissions(grants)));
    }

    /// Adds the token of an App's installation with these grants.
    pub fn add_app_token(&mut self, token: &str, slug: &str, grants: &[(&str, &str)]) {
        let login = format!("{slug}[bot]");
        if !self.people.contains_key(&login) {
            let id = self.next_id();
            self.people.insert(login.clone(), Account::bot(&login, id));
        }
        self.tokens.insert(token.to_owned(), Identity::App(slug.to_owned(), permissions(grants)));
    }

    /// Returns the sha of the default branch.
    pub fn default_head(&self) -> Option<String> {
        self.git.branch(&self.repository.default_branch).map(str::to_owned)
    }
}

/// A token must not get into a log by way of `{:?}`.
impl std::fmt::Debug for World {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("World").field("repository", &self.repository.full_name()).finish_non_exhaustive()
    }
}

/// Workflows write permissions with hyphens, Apps with underscores; they are the same ones.
fn permissions(grants: &[(&str, &str)]) -> Permissions {
    grants.iter().map(|(name, level)| (name.replace('_', "-"), (*level).to_owned())).gather()
}
