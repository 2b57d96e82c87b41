//! What a rehearsal leaves behind.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use super::play::Played;
use super::stage::Stage;

/// Writes `report.md`, `plan.json`, `journal.json`, `requests.jsonl` and `repository.git`.
pub(super) fn leave(to: &Path, stage: &Stage, played: &Played, record: Option<&Path>, borrowed: Borrowed) -> Result<()> {
    let write =
        |name: &str, text: &str| std::fs::write(to.join(name), text).with_context(|| format!("cannot write `{}`", to.join(name).display()));
    std::fs::create_dir_all(to).with_context(|| format!("cannot write to `{}`", to.display()))?;
    write("report.md", &report(stage, played))?;
    if let Some(plan) = &played.plan {
        write("plan.json", &format!("{plan}\n"))?;
    }
    write("journal.json", &format!("{}\n", serde_json::to_string_pretty(&played.journals)?))?;
    let mut requests = String::new();
    let mut bodies = String::new();
    let world = stage.lock();
    for entry in &world.log {
        let line = json!({"n": entry.n, "method": entry.method, "path": entry.path, "status": entry.status, "started": entry.started, "ended": entry.ended});
        writeln!(requests, "{line}")?;
        let whole = json!({"n": entry.n, "method": entry.method, "path": entry.path, "query": entry.query, "status": entry.status, "started": entry.started, "ended": entry.ended, "request_body": entry.request_body, "response_body": entry.response_body});
        writeln!(bodies, "{whole}")?;
    }
    write("requests.jsonl", &requests)?;
    if let Some(path) = record {
        std::fs::write(path, bodies).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    keep(world.git.path(), &to.join("repository.git"), borrowed)
}

fn report(stage: &Stage, played: &Played) -> String {
    let mut text = format!("# Rehearsal of a rollback of {} in {}\n\n{}\n\n", stage.bad, stage.repository, played.line);
    text.push_str("Everything below was done on a simulated GitHub; nothing outside was touched.\n");
    if stage.policy_added {
        text.push_str("The repository has no policy of its own on its default branch, so the rehearsal put one there.\n");
    }
    for problem in &played.problems {
        text.push_str(&format!("\n```\n{problem}\n```\n").replace("````", "'''"));
    }
    for (name, summary) in &played.report {
        text.push_str(&["\n\n---\n\n", "<!-- ", name, " -->\n", summary].concat());
    }
    text
}

/// The simulated repository goes away. Over a repository of the user's own the kept one borrows its objects too, which
/// costs nothing whatever their size; over the example, which goes away as well, it gets all of them.
fn keep(from: &Path, to: &Path, borrowed: Borrowed) -> Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to).with_context(|| format!("cannot replace `{}`", to.display()))?;
    }
    match borrowed {
        Borrowed::Stay => copy(from, to).with_context(|| format!("cannot keep the resulting repository in `{}`", to.display())),
        Borrowed::GoAway => {
            let output = Command::new("git")
                .args(["clone", "--quiet", "--mirror", "--dissociate", "--no-local"])
                .arg(from)
                .arg(to)
                .output()
                .context("cannot run `git`")?;
            ensure!(output.status.success(), "cannot keep the resulting repository: {}", String::from_utf8_lossy(&output.stderr).trim());
            Ok(())
        }
    }
}

/// What becomes of the repository whose objects are borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Borrowed {
    /// It is the user's.
    Stay,
    /// It was made for the rehearsal.
    GoAway,
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &target)?,
            false => std::fs::copy(entry.path(), target).map(drop)?,
        }
    }
    Ok(())
}
