//! Making a world from a clone.

use std::path::Path;

use anyhow::{Result, bail};

use super::{Repository, World};
use crate::git::Git;

/// How a world is made from a clone.
#[derive(Debug, Clone)]
pub struct Options {
    /// The owner's login.
    pub owner: String,
    /// The repository's name.
    pub name: String,
    /// The default branch, where it is not the one the clone says.
    pub default_branch: Option<String>,
    /// How many releases are made, newest first.
    pub releases: usize,
    /// The release that is to be 13 hours old; the newest one where none is named.
    pub bad: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            owner: "acme".to_owned(),
            name: "entity-core".to_owned(),
            default_branch: None,
            releases: 2000,
            bad: None,
        }
    }
}

pub(super) fn world(path: &Path, options: &Options) -> Result<World> {
    let (git, head) = Git::borrowing(path)?;
    let Some(branch) = options.default_branch.clone().or(head) else {
        bail!(
            "the clone at `{}` has no branch that could be the default one; name it",
            path.display()
        );
    };
    if git.branch(&branch).is_none() {
        bail!("the clone at `{}` has no branch `{branch}`", path.display());
    }
    Ok(World::around(
        git,
        Repository::new(&options.owner, &options.name, &branch),
    ))
}
