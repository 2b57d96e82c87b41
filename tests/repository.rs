//! A repository made on the fly with plain git.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A repository that is removed when this goes away.
pub(crate) struct Repository {
    path: PathBuf,
    day: u32,
}

impl Repository {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        // One that is there may be another process's of the same id, in another container.
        let parent = (0..1000).find_map(|_| {
            let name = format!("rollback-test-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
            let parent = std::env::temp_dir().join(name);
            std::fs::create_dir(&parent).is_ok().then_some(parent)
        });
        let repository = Self { path: parent.unwrap().join("acme-core"), day: 1 };
        std::fs::create_dir(repository.path()).unwrap();
        repository.git(&["init", "--quiet", "--initial-branch=main"]);
        repository
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file; `None` removes it.
    pub(crate) fn file(&self, path: &str, content: Option<&str>) -> &Self {
        let file = self.path.join(path);
        match content {
            Some(content) => {
                std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                std::fs::write(file, content).unwrap();
            }
            None => std::fs::remove_file(file).unwrap(),
        }
        self
    }

    /// Commits everything there is, a day after the last commit, and tags it.
    pub(crate) fn commit(&mut self, message: &str, tag: Option<&str>) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        if let Some(tag) = tag {
            self.git(&["tag", "--annotate", "--message", tag, tag]);
        }
        self.day += 1;
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let date = format!("2024-03-{:02}T09:00:00Z", self.day);
        let output = Command::new("git")
            .arg("-C")
            .arg(&self.path)
            .args(["-c", "core.autocrlf=false"])
            .args(arguments)
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
            .envs([("GIT_AUTHOR_NAME", "Core Team"), ("GIT_AUTHOR_EMAIL", "team@core.example"), ("GIT_AUTHOR_DATE", &date)])
            .envs([("GIT_COMMITTER_NAME", "Core Team"), ("GIT_COMMITTER_EMAIL", "team@core.example"), ("GIT_COMMITTER_DATE", &date)])
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path.parent().unwrap());
    }
}
