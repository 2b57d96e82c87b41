//! Looks at a clone: what it holds, how its tags look, what its default branch is called. Runs git, and writes nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use super::packages::may_name;
use crate::domain::git::RepoName;

/// How many files that name packages are read.
const MOST_FILES: usize = 300;
/// The largest of them that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// How many tags are looked at, newest first.
const MOST_TAGS: usize = 200;

/// What a clone holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The top of the work tree.
    pub root: PathBuf,
    /// `owner/name`, from the remote `origin`.
    pub repository: Option<RepoName>,
    /// The default branch, as far as the clone knows.
    pub default_branch: Option<String>,
    /// Tags, newest first.
    pub tags: Vec<String>,
    /// Every path that git tracks.
    pub paths: Vec<String>,
    /// The manifests that may name a package.
    pub manifests: BTreeMap<String, String>,
    /// The workflow files.
    pub workflows: BTreeMap<String, String>,
}

/// Looks at the clone that a path is in.
///
/// # Errors
/// When there is no work tree, or git cannot be run.
pub fn survey(path: &Path) -> Result<Survey> {
    let Ok(root) = git(path, &["rev-parse", "--show-toplevel"]) else {
        bail!("`{}` is not in the work tree of a git repository", path.display());
    };
    let root = PathBuf::from(root.trim_end_matches(['\r', '\n']));
    let listed = git(&root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    let paths: Vec<String> = listed.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect();
    let read = |wanted: &dyn Fn(&str) -> bool| -> BTreeMap<String, String> {
        let wanted = paths.iter().filter(|path| wanted(path)).take(MOST_FILES);
        wanted.filter_map(|path| Some((path.clone(), small_text(&root.join(path))?))).collect()
    };
    let (manifests, workflows) = (read(&may_name), read(&is_workflow));
    let remote = git(&root, &["remote", "get-url", "origin"]).ok();
    let head = git(&root, &["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]).ok();
    let here = || git(&root, &["symbolic-ref", "--quiet", "--short", "HEAD"]).ok();
    let default_branch =
        head.map(|head| head.trim().trim_start_matches("origin/").to_owned()).or_else(|| here().map(|head| head.trim().to_owned()));
    let tags =
        git(&root, &["for-each-ref", "--sort=-creatordate", "--format=%(refname:strip=2)", &format!("--count={MOST_TAGS}"), "refs/tags"])?;
    Ok(Survey {
        repository: remote.as_deref().and_then(repository_of),
        default_branch,
        tags: tags.lines().map(str::to_owned).collect(),
        manifests,
        workflows,
        paths,
        root,
    })
}

fn is_workflow(path: &str) -> bool {
    let name = path.strip_prefix(".github/workflows/");
    name.is_some_and(|name| !name.contains('/') && (name.ends_with(".yml") || name.ends_with(".yaml")))
}

fn small_text(path: &Path) -> Option<String> {
    let facts = std::fs::symlink_metadata(path).ok()?;
    (facts.is_file() && facts.len() <= LARGEST).then(|| std::fs::read_to_string(path).ok())?
}

/// Reads `owner/name` out of a remote's address, whatever its host and protocol.
fn repository_of(remote: &str) -> Option<RepoName> {
    let remote = remote.trim().trim_end_matches('/');
    let remote = remote.strip_suffix(".git").unwrap_or(remote);
    let is_address = remote.contains("://") || remote.contains('@');
    let mut parts = remote.rsplit(['/', ':']);
    let (name, owner) = (parts.next()?, parts.next()?);
    is_address.then(|| format!("{owner}/{name}").parse().ok())?
}

fn git(path: &Path, arguments: &[&str]) -> Result<String> {
    let mut command = Command::new("git");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"] {
        command.env_remove(variable);
    }
    let output = command.arg("-C").arg(path).args(arguments).output().context("cannot run `git`; `init` needs it")?;
    ensure!(output.status.success(), "`git {}` failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_read_from_every_form_of_remote() {
        let check = |remote: &str, wanted: Option<&str>| {
            assert_eq!(repository_of(remote).map(|name| name.to_string()).as_deref(), wanted, "{remote}");
        };
        check("https://github.com/Acme/entity-core.git\n", Some("acme/entity-core"));
        check("https://github.com/acme/entity-core", Some("acme/entity-core"));
        check("git@github.com:acme/entity-core.git", Some("acme/entity-core"));
        check("ssh://git@ghe.example:2222/acme/entity-core.git", Some("acme/entity-core"));
        check("/srv/git/entity-core", None);
        check("../entity-core", None);
        check("", None);
    }
}
