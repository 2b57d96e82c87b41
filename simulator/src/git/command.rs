//! Running the `git` program, shut off from the caller's own configuration and environment.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// Variables by which a caller (a hook, an alias) would point our git at its own repository.
const OURS_TO_UNSET: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_CEILING_DIRECTORIES",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_TRACE",
    "GIT_DEFAULT_HASH",
    "GIT_DEFAULT_REF_FORMAT",
];

/// Returns a command for git that sees no configuration but ours.
pub(super) fn command(directory: Option<&Path>) -> Command {
    let mut command = Command::new("git");
    for name in OURS_TO_UNSET {
        command.env_remove(name);
    }
    command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("LC_ALL", "C")
        .env("GIT_AUTHOR_NAME", "GitHub")
        .env("GIT_AUTHOR_EMAIL", "noreply@github.com")
        .env("GIT_COMMITTER_NAME", "GitHub")
        .env("GIT_COMMITTER_EMAIL", "noreply@github.com")
        // The caller named this directory, and nothing in it is run.
        .args(["-c", "safe.directory=*", "-c", "core.quotePath=false"]);
    if let Some(directory) = directory {
        command.arg("-C").arg(directory);
    }
    command
}

/// Runs git in a bare repository of ours.
pub(super) fn git(directory: &Path, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    git_in(Some(directory), arguments, input)
}

/// Runs git and returns what it printed.
pub(super) fn git_in(directory: Option<&Path>, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
    let (succeeded, printed, complaint) = outcome(directory, arguments, input)?;
    if !succeeded {
        bail!("git {} failed: {}", arguments.first().unwrap_or(&""), complaint.trim());
    }
    Ok(printed)
}

/// Runs git and returns whether it succeeded, what it printed, and what it complained of.
pub(super) fn outcome(directory: Option<&Path>, arguments: &[&str], input: &[u8]) -> Result<(bool, Vec<u8>, String)> {
    let mut child = command(directory)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("could not start the `git` program; is it installed?")?;
    let mut stdin = child.stdin.take().context("git has no input")?;
    // A thread feeds the input, since git may fill its output before it has read all of it.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || {
            // Git may end without reading its input; its exit status tells.
            let _ = stdin.write_all(input);
        });
        child.wait_with_output()
    })?;
    Ok((output.status.success(), output.stdout, String::from_utf8_lossy(&output.stderr).into_owned()))
}
