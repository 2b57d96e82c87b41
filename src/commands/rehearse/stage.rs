//! Sets the simulated GitHub up: a repository's objects, its policy, its people and its closed gates.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use github_simulator::World;
use github_simulator::environments::{BranchPolicy, RefPattern, Reviewer};
use github_simulator::world::{Options, Role, Team};

use crate::config::{self, Policy, Problems};
use crate::domain::git::RepoName;
use crate::gather::Gather as _;
use crate::observe::POLICY_PATH;
use crate::words::{list, nearest};

/// The workflow that the rehearsal pretends to run, where the repository has none of this name.
const WORKFLOW_PATH: &str = ".github/workflows/rollback.yml";
const WORKFLOW: &str = "name: rollback\non: workflow_dispatch\njobs: {}\n";
/// Who presses the button.
pub const REQUESTER: &str = "release-manager";

/// Whose token the commands get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum TokenKind {
    /// The Actions token of a workflow job.
    #[default]
    Actions,
    /// A GitHub App's installation token that may write workflows.
    App,
}

/// How the stage is set.
#[derive(Debug, Clone, Default)]
pub struct StageOptions {
    /// The bad release's tag; its release will be 13 hours old.
    pub bad: Option<String>,
    /// A policy file in place of the repository's own.
    pub config: Option<PathBuf>,
    /// Waited before each answer.
    pub latency: Duration,
    /// Whether the log keeps bodies.
    pub bodies: bool,
}

/// A simulated GitHub that is being served on a thread of its own.
pub struct Stage {
    world: Arc<Mutex<World>>,
    address: SocketAddr,
    /// `owner/name`.
    pub repository: String,
    /// The default branch.
    pub default_branch: String,
    /// The bad release's tag.
    pub bad: String,
    /// The policy in force.
    pub policy: Policy,
    /// Whether the policy was added by the rehearsal.
    pub policy_added: bool,
    /// The people who answer each environment.
    pub reviewers: BTreeMap<String, Vec<String>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

/// Why there is no stage.
pub enum NotStaged {
    /// The policy has problems.
    Policy(Problems),
    /// Anything else.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for NotStaged {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl From<NotStaged> for crate::commands::Ended {
    fn from(not: NotStaged) -> Self {
        use crate::commands::{Exit, Problem};
        match not {
            NotStaged::Policy(problems) => Self::problems(Exit::Policy, vec![Problem::new(problems.to_string(), None)]),
            NotStaged::Other(error) => {
                let hint = "give a full clone that has the release's tag, with `--repo PATH` and `--bad TAG`";
                Self::problems(Exit::Failed, vec![Problem::new(format!("{error:#}"), Some(hint.into()))])
            }
        }
    }
}

impl Stage {
    /// Sets the stage on a clone and serves it on loopback.
    ///
    /// # Errors
    /// When the path is no usable clone, it has no release, or the policy has problems.
    pub fn set(repository: &Path, options: &StageOptions) -> Result<Self, NotStaged> {
        Self::set_at(repository, options, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    /// The same at a given address.
    ///
    /// # Errors
    /// As [`Stage::set`], and when the address cannot be listened on.
    pub fn set_at(repository: &Path, options: &StageOptions, address: SocketAddr) -> Result<Self, NotStaged> {
        check_bad(repository, options.bad.as_deref())?;
        let (owner, name) = full_name(repository);
        let named = Options { owner, name, bad: options.bad.clone(), ..Options::default() };
        let mut world = World::from_repository(repository, &named)?;
        let newest = world.releases.values().max_by_key(|release| release.published_at).map(|release| release.tag_name.clone());
        let bad = options
            .bad
            .clone()
            .or(newest)
            .ok_or_else(|| anyhow!("the clone at `{}` has no tag that looks like a version", repository.display()))?;
        let (policy, policy_added) = set_policy(&mut world, options)?;
        world.latency = options.latency;
        world.log_bodies = options.bodies;
        world.add_person(REQUESTER, Role::Write);
        world.add_user_token(&person_token(REQUESTER), REQUESTER);
        let reviewers = close_gates(&mut world, &policy);
        let (repository, default_branch) = (world.repository.full_name(), world.repository.default_branch.clone());
        let (world, address, stop) = serve(world, address)?;
        Ok(Self { world, address, repository, default_branch, bad, policy, policy_added, reviewers, _stop: stop })
    }

    /// Returns the address as a URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the world.
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells whether answering a request panicked, of which its client sees a cut connection alone.
    pub fn has_panicked(&self) -> bool {
        self.world.is_poisoned()
    }

    /// Makes the token of a job with these permissions.
    pub fn job_token(&self, kind: TokenKind, job: &str, permissions: &[(&str, &str)]) -> String {
        let token = format!("sim-{job}");
        let mut world = self.lock();
        match kind {
            TokenKind::Actions => world.add_actions_token(&token, permissions),
            TokenKind::App => {
                let wide: Vec<(&str, &str)> = permissions.iter().copied().chain([("workflows", "write")]).collect();
                world.add_app_token(&token, "rollback-app", &wide);
            }
        }
        token
    }
}

/// Returns the token of a simulated person.
pub fn person_token(login: &str) -> String {
    format!("sim-person-{login}")
}

/// Reads `100ms` or `2s`.
pub(crate) fn latency(text: &str) -> Result<Duration, String> {
    let number = |digits: &str| digits.parse::<u64>().map_err(|_| format!("`{text}` is not a time; write it like `100ms` or `2s`"));
    match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(digits), _) => number(digits).map(Duration::from_millis),
        (None, Some(digits)) => number(digits).map(Duration::from_secs),
        (None, None) => Err(format!("`{text}` is not a time; write it like `100ms` or `2s`")),
    }
}

/// A tag that is not there is refused with the ones that look like it.
fn check_bad(repository: &Path, bad: Option<&str>) -> Result<()> {
    let Some(bad) = bad else { return Ok(()) };
    let output = Command::new("git").arg("-C").arg(repository).args(["tag", "--list"]).output().context("cannot run `git`")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let tags: Vec<&str> = text.lines().collect();
    if !output.status.success() || tags.contains(&bad) {
        return Ok(());
    }
    let near = nearest(bad, tags.iter().copied());
    let remedy = match (tags.is_empty(), near.is_empty()) {
        (true, _) => "it has no tags at all, fetch them with `git fetch --tags`".to_owned(),
        (false, true) => "tags are case-sensitive, and need their `v` where they have one".to_owned(),
        (false, false) => format!("did you mean {}?", list(&near, "or")),
    };
    Err(anyhow!("the clone at `{}` has no tag `{bad}`; {remedy}", repository.display()))
}

/// The name the clone came under: its `origin`'s, else the directory's.
fn full_name(repository: &Path) -> (String, String) {
    let origin = Command::new("git").arg("-C").arg(repository).args(["config", "--get", "remote.origin.url"]).output();
    let origin = origin.ok().and_then(|output| String::from_utf8(output.stdout).ok()).unwrap_or_default();
    let path: Vec<&str> = origin.trim().trim_end_matches('/').trim_end_matches(".git").rsplit(['/', ':']).take(2).collect();
    if let [name, owner] = path.as_slice()
        && format!("{owner}/{name}").parse::<RepoName>().is_ok()
        && origin.contains("://") | origin.contains('@')
    {
        return ((*owner).to_owned(), (*name).to_owned());
    }
    let full = std::path::absolute(repository).unwrap_or_else(|_| repository.to_owned());
    let mut parts = full.iter().rev().filter_map(|part| part.to_str());
    let name = parts.find(|part| !matches!(*part, ".git" | ".")).unwrap_or("repository").trim_end_matches(".git");
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    ("acme".to_owned(), if name.is_empty() { "repository".into() } else { name })
}

/// The policy in force is put on the simulated default branch, where the commands read it.
fn set_policy(world: &mut World, options: &StageOptions) -> Result<(Policy, bool), NotStaged> {
    let own = world.default_head().and_then(|head| world.git.run(&["cat-file", "blob", &format!("{head}:{POLICY_PATH}")]).ok());
    let (origin, text, added) = match (&options.config, own) {
        (Some(path), _) => {
            let bytes = std::fs::read(path).with_context(|| format!("cannot read the policy `{}`", path.display()))?;
            let origin = path.display().to_string();
            let text = config::text(bytes, &origin).map_err(NotStaged::Policy)?;
            (origin, text, true)
        }
        (None, Some(text)) => (POLICY_PATH.to_owned(), text, false),
        (None, None) => ("the default policy".to_owned(), config::minimal().to_owned(), true),
    };
    let policy = config::parse(&text, &origin).map_err(NotStaged::Policy)?;
    if added {
        world.push_file(POLICY_PATH, &text, "Add a rollback policy")?;
    }
    let has_workflow =
        world.default_head().is_some_and(|head| world.git.run(&["cat-file", "-e", &format!("{head}:{WORKFLOW_PATH}")]).is_ok());
    if !has_workflow {
        world.push_file(WORKFLOW_PATH, WORKFLOW, "Add the rollback workflow")?;
    }
    Ok((policy, added))
}

/// Makes the environments as `doctor` asks for them: the role's people review, nobody reviews what they started, only
/// the default branch deploys. A role of teams only gets a person who stands for the team.
fn close_gates(world: &mut World, policy: &Policy) -> BTreeMap<String, Vec<String>> {
    let mut answered = BTreeMap::new();
    let branch = world.repository.default_branch.clone();
    for ask in policy.gates.iter().flat_map(|gate| &gate.approvals) {
        let roles = ask.roles.iter().filter_map(|role| policy.roles.get(role));
        let people: BTreeSet<String> = roles.clone().flat_map(|role| role.users.iter().map(ToString::to_string)).gather();
        let teams: BTreeSet<String> = roles.flat_map(|role| role.teams.clone()).gather();
        let members: Vec<String> = teams.iter().map(|team| format!("{team}-member")).collect();
        for login in people.iter().chain(&members) {
            if !world.people.contains_key(login) {
                world.add_person(login, Role::Write);
            }
            world.add_user_token(&person_token(login), login);
        }
        for (team, member) in teams.iter().zip(&members) {
            let id = world.next_id();
            world.teams.insert(
                team.clone(),
                Team { id, slug: team.clone(), name: team.clone(), members: vec![member.clone()], role: Role::Write },
            );
        }
        world.ensure_environment(&ask.environment);
        let id = world.next_id();
        if let Some(environment) = world.environments.get_mut(&ask.environment) {
            let users = people.iter().cloned().map(Reviewer::User);
            environment.reviewers = users.chain(teams.iter().cloned().map(Reviewer::Team)).collect();
            environment.prevent_self_review = true;
            environment.can_admins_bypass = false;
            environment.branch_policy = BranchPolicy::Custom(vec![RefPattern { id, pattern: branch.clone(), kind: "branch" }]);
        }
        answered.insert(ask.environment.clone(), people.into_iter().chain(members).collect());
    }
    answered
}

type Serving = (Arc<Mutex<World>>, SocketAddr, tokio::sync::oneshot::Sender<()>);

/// Serves on a thread of its own, so that client and server do not wait for each other's work.
fn serve(world: World, address: SocketAddr) -> Result<Serving> {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (ready, served) = std::sync::mpsc::channel();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("simulator".into()).spawn(move || {
        runtime.block_on(async move {
            match github_simulator::serve(world, address).await {
                Ok(served) => {
                    let _ = ready.send(Ok((Arc::clone(&served.world), served.address)));
                    let _ = stopped.await;
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                }
            }
        });
    })?;
    let (world, address) = served.recv().context("the simulator did not start")?.with_context(|| format!("cannot listen on {address}"))?;
    Ok((world, address, stop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::rehearse::example;

    #[track_caller]
    fn refused(bad: &str) -> String {
        let made = example().unwrap();
        let options = StageOptions { bad: Some(bad.into()), ..StageOptions::default() };
        match Stage::set(made.path(), &options) {
            Ok(_) => panic!("a stage was set for `{bad}`"),
            Err(NotStaged::Policy(problems)) => panic!("{problems}"),
            Err(NotStaged::Other(error)) => error.to_string().rsplit_once("; ").unwrap().1.to_owned(),
        }
    }

    #[test]
    fn a_bad_tag_that_is_not_there_is_refused_with_the_nearest_names() {
        assert_eq!(refused("0.1.0"), "did you mean `v0.1.0`?");
        assert_eq!(refused("nightly"), "tags are case-sensitive, and need their `v` where they have one");
    }
}
