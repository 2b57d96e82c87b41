//! Worlds made from a clone.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use github_simulator::World;
use github_simulator::world::Options;
use serde_json::json;

use crate::scene::Scene;

/// A directory that is removed at the end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("simulator-test-{}-{count}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn git(directory: &Path, arguments: &[&str]) {
    let status = Command::new("git")
        .current_dir(directory)
        .args(["-c", "user.name=Dev", "-c", "user.email=dev@example.com", "-c", "protocol.file.allow=always"])
        .args(arguments)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_AUTHOR_DATE", "2026-05-01T12:00:00Z")
        .env("GIT_COMMITTER_DATE", "2026-05-01T12:00:00Z")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "git {arguments:?}");
}

/// Makes a repository with a release, a pre-release, a tag that is no version, and a branch.
fn repository(directory: &Path) -> PathBuf {
    let path = directory.join("upstream");
    std::fs::create_dir_all(&path).unwrap();
    git(&path, &["init", "--quiet", "--initial-branch=trunk"]);
    std::fs::write(path.join("file"), "one\n").unwrap();
    git(&path, &["add", "."]);
    git(&path, &["commit", "--quiet", "-m", "one"]);
    git(&path, &["tag", "v1.0.0"]);
    git(&path, &["tag", "-a", "-m", "rc", "v1.1.0-rc.1"]);
    git(&path, &["tag", "nightly"]);
    git(&path, &["branch", "side"]);
    path
}

fn names<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
    pairs.map(|(name, _)| name.to_owned()).collect()
}

/// Every file of a directory with its content.
fn everything(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(everything(&path));
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    found.sort();
    found
}

#[test]
fn a_clone_brings_branches_tags_and_a_release_for_each_version() {
    let directory = Directory::new();
    let path = repository(directory.path());
    let world = World::from_repository(&path, &Options::default()).unwrap();
    assert_eq!(world.repository.default_branch, "trunk");
    assert_eq!(names(world.git.branches()), ["side", "trunk"]);
    assert_eq!(names(world.git.tags()), ["nightly", "v1.0.0", "v1.1.0-rc.1"]);
    let releases: Vec<_> = world.releases.values().map(|release| (release.tag_name.as_str(), release.prerelease)).collect();
    assert_eq!(releases, [("v1.0.0", false), ("v1.1.0-rc.1", true)]);
    let age = world.now() - world.releases.values().last().unwrap().published_at.unwrap();
    assert_eq!(age.num_hours(), 13);
    assert_eq!(Scene::of(world).ask("", "GET", "./releases/latest", None).expect(200).body["tag_name"], "v1.0.0");
}

#[test]
fn nothing_is_ever_written_to_the_clone() {
    let directory = Directory::new();
    let path = repository(directory.path());
    let before = everything(&path);
    let mut world = World::from_repository(&path, &Options::default()).unwrap();
    world.add_actions_token("actions", &[("contents", "write")]);
    let scene = Scene::of(world);
    let head = scene.sha("trunk");
    scene.post("./git/blobs", json!({"content": "new"})).expect(201);
    scene.post("./git/refs", json!({"ref": "refs/heads/new", "sha": head})).expect(201);
    scene.ask("actions", "PUT", "./contents/new", Some(&json!({"message": "x", "content": "eA=="}))).expect(201);
    drop(scene);
    assert!(before == everything(&path));
}

#[test]
fn remote_branches_count_where_there_is_no_local_one_and_worktrees_and_bare_clones_work() {
    let directory = Directory::new();
    let upstream = repository(directory.path());
    let from = upstream.to_str().unwrap();
    git(directory.path(), &["clone", "--quiet", from, "clone"]);
    let world = World::from_repository(&directory.path().join("clone"), &Options::default()).unwrap();
    assert_eq!(names(world.git.branches()), ["side", "trunk"]);
    git(directory.path(), &["clone", "--quiet", "--bare", from, "bare.git"]);
    let world = World::from_repository(&directory.path().join("bare.git"), &Options::default()).unwrap();
    assert_eq!(names(world.git.branches()), ["side", "trunk"]);
    git(&upstream, &["worktree", "add", "--quiet", "../linked", "side"]);
    let world = World::from_repository(&directory.path().join("linked"), &Options::default()).unwrap();
    assert!(world.git.commit(world.git.branch("side").unwrap()).is_some());
}

#[test]
fn what_cannot_be_a_world_is_refused_with_a_remedy() {
    let directory = Directory::new();
    let upstream = repository(directory.path());
    let refusal = |path: &Path, options: &Options| format!("{:#}", World::from_repository(path, options).unwrap_err());
    std::fs::write(upstream.join("file"), "two\n").unwrap();
    git(&upstream, &["commit", "--quiet", "-am", "two"]);
    let url = format!("file://{}", upstream.display());
    git(directory.path(), &["clone", "--quiet", "--depth=1", &url, "shallow"]);
    assert!(refusal(&directory.path().join("shallow"), &Options::default()).contains("git fetch --unshallow"));
    git(&upstream, &["config", "uploadpack.allowFilter", "true"]);
    git(directory.path(), &["clone", "--quiet", "--filter=blob:none", "--no-checkout", &url, "partial"]);
    assert!(refusal(&directory.path().join("partial"), &Options::default()).contains("--filter"));
    assert!(refusal(directory.path(), &Options::default()).contains("is not a git repository"));
    let named = Options { default_branch: Some("nope".to_owned()), ..Options::default() };
    assert!(refusal(&upstream, &named).contains("has no branch `nope`"));
    let named = Options { bad: Some("v9".to_owned()), ..Options::default() };
    assert!(refusal(&upstream, &named).contains("has no release `v9`"));
}

#[test]
fn only_the_newest_releases_are_made_and_ten_thousand_tags_are_no_trouble() {
    let directory = Directory::new();
    let path = repository(directory.path());
    let head = String::from_utf8(Command::new("git").current_dir(&path).args(["rev-parse", "HEAD"]).output().unwrap().stdout).unwrap();
    let packed: String = (0..10_000).map(|n| format!("{} refs/tags/v2.0.{n}\n", head.trim())).collect();
    std::fs::write(path.join(".git/packed-refs"), packed).unwrap();
    let before = std::time::Instant::now();
    let world = World::from_repository(&path, &Options { releases: 50, ..Options::default() }).unwrap();
    assert_eq!(world.releases.len(), 50);
    assert_eq!(world.git.tags().count(), 10_003);
    assert!(before.elapsed() < std::time::Duration::from_secs(20), "{:?}", before.elapsed());
}

#[test]
fn a_clone_that_names_objects_by_another_hash_is_refused() {
    let directory = Directory::new();
    git(directory.path(), &["init", "--quiet", "--object-format=sha256", "new"]);
    let refusal = World::from_repository(&directory.path().join("new"), &Options::default()).unwrap_err();
    assert!(refusal.to_string().contains("SHA-256"), "{refusal}");
}
