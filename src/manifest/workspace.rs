//! The directories a workspace's globs name, found by listing one level after the other.

use std::collections::BTreeSet;

use crate::domain::tree::Mode;

use super::files::{join, under};
use super::find::{MOST, Scan};
use super::glob;

/// How deep `**` in a workspace glob looks.
const DEEP: usize = 3;

impl Scan<'_> {
    /// Returns the directories that workspace globs name; asks for listings on the way. `!glob` takes away.
    pub(crate) fn members_of(&mut self, root: &str, globs: &[String]) -> BTreeSet<String> {
        let (out, wanted): (Vec<&String>, Vec<&String>) = globs.iter().take(256).partition(|glob| glob.starts_with('!'));
        let mut dirs = BTreeSet::new();
        for glob in wanted {
            for glob in glob::alternatives(glob) {
                self.expand(root, &glob, &mut dirs);
            }
        }
        let out: Vec<String> = out.into_iter().filter_map(|glob| join(root, &glob[1..])).collect();
        dirs.retain(|dir: &String| !out.iter().any(|glob| glob::path_matches(glob, dir)));
        dirs
    }

    fn expand(&mut self, root: &str, glob: &str, dirs: &mut BTreeSet<String>) {
        let Some(whole) = join(root, glob) else { return };
        let parts: Vec<&str> = whole.split('/').collect();
        let mut fronts: BTreeSet<String> = BTreeSet::from([String::new()]);
        for part in parts.iter().take(16) {
            let mut next = BTreeSet::new();
            for front in fronts {
                if *part == "**" {
                    self.descend(&front, DEEP, &mut next);
                } else if part.contains(['*', '?']) {
                    next.extend(
                        self.subdirectories(&front).into_iter().filter(|(name, _)| glob::part_matches(part, name)).map(|(_, path)| path),
                    );
                } else {
                    next.insert(under(&front, part));
                }
                if next.len() > MOST {
                    break;
                }
            }
            fronts = next;
        }
        dirs.extend(fronts);
    }

    fn descend(&mut self, dir: &str, depth: usize, into: &mut BTreeSet<String>) {
        into.insert(dir.to_owned());
        if depth > 0 && into.len() < MOST {
            for (_, path) in self.subdirectories(dir) {
                self.descend(&path, depth - 1, into);
            }
        }
    }

    /// Returns name and path of each directory in a directory, without hidden ones and installed packages.
    pub(crate) fn subdirectories(&mut self, dir: &str) -> Vec<(String, String)> {
        let skip = |name: &str| name.starts_with('.') || name == "node_modules" || name == "target" || name == "__pycache__";
        let entries = self.dir(dir).into_iter().filter(|(name, mode)| *mode == Mode::Directory && !skip(name));
        entries.map(|(name, _)| (name.clone(), under(dir, &name))).collect()
    }
}
