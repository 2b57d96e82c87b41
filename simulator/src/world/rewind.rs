//! Takes a clone's refs back to an earlier day, so that an old bad release is rehearsed in the repository as it was then,
//! not in one that has long since moved past it.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use chrono::{DateTime, Utc};

use super::World;

impl World {
    /// Leaves only the tags and branches that were there at a moment, and takes the default branch back to its newest
    /// commit before it.
    ///
    /// # Errors
    /// When git fails, or the default branch has no commit that old.
    pub(super) fn rewind(&mut self, until: DateTime<Utc>) -> Result<()> {
        let main = self.repository.default_ref();
        let before = format!("--before={}", until.timestamp());
        let head = self.git.run(&["rev-list", "-1", "--first-parent", &before, &main])?;
        let head = Some(head.trim()).filter(|head| !head.is_empty());
        let head = head.with_context(|| format!("`{main}` has no commit from before {until}"))?.to_owned();
        let listed = self.git.run(&["for-each-ref", "--format=%(creatordate:unix) %(refname)", "refs/heads", "refs/tags"])?;
        let later =
            |line: &&str| line.split_once(' ').is_some_and(|(date, _)| date.parse().is_ok_and(|date: i64| date > until.timestamp()));
        let mut commands = format!("update {main} {head}\n");
        for name in listed.lines().filter(later).filter_map(|line| Some(line.split_once(' ')?.1)).filter(|name| *name != main) {
            writeln!(commands, "delete {name}")?;
        }
        self.git.update_refs(&commands)?;
        self.git.refresh()
    }
}
