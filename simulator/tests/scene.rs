//! The scene most tests play in: a small repository with a good release, a bad one, and one token of each kind.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;

use chrono::{DateTime, Duration, Utc};
use github_simulator::git::{Entry, Kind, NewCommit, Person};
use github_simulator::world::{Role, Rule, Ruleset, Target};
use github_simulator::{Clock, World, serve};
use serde_json::Value;

use crate::client::{Answer, send};

pub(crate) const REPO: &str = "/repos/acme/entity-core";

/// A served world that ends when dropped.
pub(crate) struct Scene {
    pub(crate) address: SocketAddr,
    world: Arc<Mutex<World>>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Scene {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        assert!(std::thread::panicking() || !self.world.is_poisoned(), "the simulator panicked");
        leave_traffic(&self.world.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Leaves every request and answer for the check against GitHub's published descriptions, where a directory is named.
#[expect(clippy::disallowed_methods, reason = "the test run is told where by its caller")]
fn leave_traffic(world: &World) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(directory) = std::env::var("ROLLBACK_SIMULATOR_TRAFFIC") else { return };
    let lines: Vec<String> = world.log.iter().map(|entry| entry.shown().to_string()).collect();
    let path = Path::new(&directory).join(format!("scene-{}.jsonl", COUNT.fetch_add(1, Ordering::Relaxed)));
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

impl Scene {
    /// Serves the usual world: `v0.0.12` with other workflows than `main`, then `v0.1.0`, then one more commit.
    pub(crate) fn new() -> Self {
        Self::of(usual_world())
    }

    pub(crate) fn of(world: World) -> Self {
        let world = World { log_bodies: true, ..world };
        let (send_ready, ready) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let served = serve(world, SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
                send_ready.send((served.address, Arc::clone(&served.world))).unwrap();
                let _ = stopped.await;
            });
        });
        let (address, world) = ready.recv().unwrap();
        Self { address, world, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Asks as the holder of a token; a path that starts with `.` is inside the repository.
    pub(crate) fn ask(&self, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let path = path.strip_prefix('.').map_or_else(|| path.to_owned(), |rest| format!("{REPO}{rest}"));
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("Content-Type", "application/json")];
        if !token.is_empty() {
            headers.push(("Authorization", &bearer));
        }
        send(self.address, method, &path, &headers, body).expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("actions", "GET", path, None)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("actions", "POST", path, Some(&body))
    }

    pub(crate) fn patch(&self, path: &str, body: Value) -> Answer {
        self.ask("actions", "PATCH", path, Some(&body))
    }

    pub(crate) fn sha(&self, name: &str) -> String {
        self.world().git.resolve(name).expect("a known ref")
    }

    /// Adds a branch with one more commit on `main`.
    pub(crate) fn branch(&self, name: &str, files: &[(&str, &str)]) -> String {
        let mut world = self.world();
        let main = world.default_head().unwrap();
        let sha = commit(&mut world, Some(&main), files, name);
        world.git.set_ref(&format!("refs/heads/{name}"), Some(&sha)).unwrap();
        sha
    }

    pub(crate) fn rule(&self, target: Target, include: &str, rule: Rule) {
        self.world().rulesets.push(Ruleset {
            id: 77,
            name: "protection".to_owned(),
            target,
            include: vec![include.to_owned()],
            rules: vec![rule],
            bypass: Vec::new(),
        });
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

/// Makes a commit that holds the parent's files with these on top, one hour after the last one.
pub(crate) fn commit(world: &mut World, parent: Option<&str>, files: &[(&str, &str)], message: &str) -> String {
    let mut tree = parent.and_then(|parent| world.git.tree_of(parent));
    for (path, text) in files {
        let blob = world.git.write(Kind::Blob, text.as_bytes()).unwrap();
        let parts: Vec<&str> = path.split('/').collect();
        tree = Some(put(world, tree.as_deref(), &parts, &blob));
    }
    world.clock.advance(Duration::hours(1));
    let person = Person { name: "Dev".to_owned(), email: "dev@users.noreply.github.com".to_owned(), date: world.now() };
    let made = NewCommit {
        tree: tree.unwrap(),
        parents: parent.map(str::to_owned).into_iter().collect(),
        author: person.clone(),
        committer: person,
        message: format!("{message}\n"),
        signature: None,
    };
    world.git.write_commit(&made).unwrap()
}

fn put(world: &World, tree: Option<&str>, path: &[&str], blob: &str) -> String {
    let mut entries = tree.and_then(|tree| world.git.tree(tree)).unwrap_or_default();
    let (first, rest) = path.split_first().unwrap();
    let before = entries.iter().position(|entry| entry.name == first.as_bytes()).map(|at| entries.remove(at));
    let (mode, oid) = match rest {
        [] => ("100644", blob.to_owned()),
        rest => ("040000", put(world, before.as_ref().map(|entry| entry.oid.as_str()), rest, blob)),
    };
    entries.push(Entry { mode: mode.to_owned(), name: first.as_bytes().to_vec(), oid });
    world.git.write_tree(&entries).unwrap()
}

pub(crate) fn usual_world() -> World {
    let mut world = World::empty().unwrap();
    world.clock = Clock::Frozen(noon());
    world.add_person("lead", Role::Admin);
    world.add_person("dev", Role::Write);
    world.add_person("reader", Role::Read);
    world.add_person("stranger", Role::None);
    for (token, login) in [("lead", "lead"), ("dev", "dev"), ("reader", "reader"), ("stranger", "stranger")] {
        world.add_user_token(token, login);
    }
    let all = [("contents", "write"), ("issues", "write"), ("pull-requests", "write"), ("deployments", "write")];
    world.add_actions_token("actions", &all);
    world.add_actions_token("readonly", &[("contents", "read")]);
    world.add_app_token("app", "helper", &[("contents", "write"), ("workflows", "write"), ("members", "read"), ("pull-requests", "write")]);
    let good = commit(
        &mut world,
        None,
        &[("Cargo.toml", "version = \"0.0.12\"\n"), ("src/lib.rs", "old\n"), (".github/workflows/ci.yml", "old\n")],
        "Start",
    );
    let bad = commit(
        &mut world,
        Some(&good),
        &[("Cargo.toml", "version = \"0.1.0\"\n"), ("src/lib.rs", "new\n"), (".github/workflows/ci.yml", "new\n")],
        "Break it",
    );
    let head = commit(&mut world, Some(&bad), &[("README.md", "hello\n")], "Describe it");
    for (name, oid) in [("refs/heads/main", &head), ("refs/tags/v0.0.12", &good), ("refs/tags/v0.1.0", &bad)] {
        world.git.set_ref(name, Some(oid)).unwrap();
    }
    world
}
