//! The procedure's own example: `entity-core`, its good v0.0.12, the modularisation, and v0.1.0.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context as _, Result, ensure};

/// Keeps the examples of one process apart.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A directory that is removed when this goes away.
pub struct Made {
    path: PathBuf,
}

impl Made {
    /// Returns the repository's path.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path.parent().unwrap_or(&self.path));
    }
}

const POLICY: &str = "\
version: 1
roles:
  technical-lead: { users: [lead-login] }
  product-owner: { users: [owner-login] }
packages:
  - name: entity-core
    registry: pypi
restore:
  keep: [CHANGELOG.md]
";
const CHANGELOG_GOOD: &str = "# Changelog\n\n## [0.0.12] - 2024-04-02\n\n- Reasoning traces\n";
const CHANGELOG_BAD: &str = "# Changelog\n\n## [0.1.0] - 2024-05-14\n\n- The plugins are a package of their own\n\n## [0.0.12] - 2024-04-02\n\n- Reasoning traces\n";
const PYPROJECT: &str = "[project]\nname = \"entity-core\"\nversion = \"VERSION\"  # kept in step with the tag\nrequires-python = \">=3.11\"\n\n[build-system]\nrequires = [\"hatchling\"]\nbuild-backend = \"hatchling.build\"\n";

/// One commit: its date, its message, files written (`None` removes one), and a tag.
struct Commit {
    date: &'static str,
    message: &'static str,
    files: Vec<(&'static str, Option<String>)>,
    tag: Option<&'static str>,
}

/// Makes the repository in the temporary directory.
///
/// # Errors
/// When git is missing or the directory cannot be written.
pub fn example() -> Result<Made> {
    let made = Made { path: new_directory()?.join("entity-core") };
    std::fs::create_dir(made.path()).with_context(|| format!("cannot write to `{}`", made.path().display()))?;
    git(made.path(), &["init", "--quiet", "--initial-branch=main"], None)?;
    for commit in history() {
        for (file, content) in &commit.files {
            let file = made.path().join(file);
            match content {
                Some(content) => {
                    std::fs::create_dir_all(file.parent().unwrap_or(made.path()))?;
                    std::fs::write(&file, content)?;
                }
                None => std::fs::remove_file(&file)?,
            }
        }
        git(made.path(), &["add", "--all"], None)?;
        git(made.path(), &["commit", "--quiet", "--message", commit.message], Some(commit.date))?;
        if let Some(tag) = commit.tag {
            git(made.path(), &["tag", "--annotate", "--message", tag, tag], Some(commit.date))?;
        }
    }
    Ok(made)
}

/// Makes a directory that was not there before. Process ids repeat, in containers even at the same time: one that is
/// there may be in use, and is left alone.
fn new_directory() -> Result<PathBuf> {
    loop {
        let name = format!("rollback-rehearsal-{}-{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        match std::fs::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| format!("cannot write to `{}`", path.display())),
        }
    }
}

fn history() -> Vec<Commit> {
    let file = |text: &str| Some(text.to_owned());
    let version = |version: &str| file(&PYPROJECT.replace("VERSION", version));
    let init = |version: &str| file(&format!("\"\"\"Entities that reason.\"\"\"\n\n__version__ = \"{version}\"\n"));
    let plugin = |name: &str| file(&format!("\"\"\"{name}\"\"\"\n\n\nclass {name}:\n    \"\"\"Does what it says.\"\"\"\n"));
    vec![
        Commit {
            date: "2024-03-01T09:00:00Z",
            message: "Start entity-core",
            files: vec![
                (".github/rollback.yml", file(POLICY)),
                (".github/workflows/test.yml", file("name: test\non: push\njobs: {}\n")),
                ("README.md", file("# Entity Core\n")),
                ("CHANGELOG.md", file("# Changelog\n")),
                ("pyproject.toml", version("0.0.11")),
                ("src/entity/__init__.py", init("0.0.11")),
                ("src/entity/plugins/__init__.py", file("")),
            ],
            tag: Some("v0.0.11"),
        },
        Commit {
            date: "2024-04-02T09:00:00Z",
            message: "Reasoning traces (#31)",
            files: vec![
                ("CHANGELOG.md", file(CHANGELOG_GOOD)),
                ("pyproject.toml", version("0.0.12")),
                ("src/entity/__init__.py", init("0.0.12")),
                ("src/entity/plugins/gpt_oss/__init__.py", file("from .reasoning_trace import ReasoningTracePlugin\n")),
                ("src/entity/plugins/gpt_oss/reasoning_trace.py", plugin("ReasoningTracePlugin")),
                ("src/entity/plugins/gpt_oss/structured_output.py", plugin("StructuredOutputPlugin")),
            ],
            tag: Some("v0.0.12"),
        },
        Commit {
            date: "2024-05-10T09:00:00Z",
            message: "Move the GPT-OSS plugins to a package of their own (#41)",
            files: vec![
                ("src/entity/plugins/gpt_oss/__init__.py", None),
                ("src/entity/plugins/gpt_oss/reasoning_trace.py", None),
                ("src/entity/plugins/gpt_oss/structured_output.py", None),
                ("src/entity/plugins/gpt_oss_compat.py", file("from entity_plugin_gpt_oss import *  # noqa: F403\n")),
            ],
            tag: None,
        },
        Commit {
            date: "2024-05-13T09:00:00Z",
            message: "Test on the newest Python (#42)",
            files: vec![(".github/workflows/test.yml", file("name: test\non: [push, pull_request]\njobs: {}\n"))],
            tag: None,
        },
        Commit {
            date: "2024-05-14T09:00:00Z",
            message: "Release 0.1.0 (#43)",
            files: vec![
                ("CHANGELOG.md", file(CHANGELOG_BAD)),
                ("pyproject.toml", version("0.1.0")),
                ("src/entity/__init__.py", init("0.1.0")),
            ],
            tag: Some("v0.1.0"),
        },
    ]
}

/// Runs git without the user's own settings, so that the example's hashes are the same everywhere.
fn git(path: &Path, arguments: &[&str], date: Option<&str>) -> Result<()> {
    let date = date.unwrap_or("2024-03-01T09:00:00Z");
    let mut command = Command::new("git");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
        command.env_remove(variable);
    }
    let null = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let output = command
        .arg("-C")
        .arg(path)
        .args(["-c", "core.autocrlf=false", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"])
        .args(arguments)
        .envs([("GIT_CONFIG_GLOBAL", null), ("GIT_CONFIG_NOSYSTEM", "1")])
        .envs([("GIT_AUTHOR_NAME", "Entity Team"), ("GIT_AUTHOR_EMAIL", "team@entity.example"), ("GIT_AUTHOR_DATE", date)])
        .envs([("GIT_COMMITTER_NAME", "Entity Team"), ("GIT_COMMITTER_EMAIL", "team@entity.example"), ("GIT_COMMITTER_DATE", date)])
        .output()
        .context("cannot run `git`; the rehearsal needs it")?;
    ensure!(output.status.success(), "`git {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
