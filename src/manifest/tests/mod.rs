//! A tree in memory that answers the finder's questions round by round, as the planner does.

mod advice;
mod cargo;
mod changelog;
mod defects;
mod dotnet;
mod forms;
mod npm;
mod others;
mod properties;
mod python;
mod real_shapes;
mod release_tools;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Package, Registry};
use crate::domain::tree::Mode;

use super::*;

/// The day of every rollback here.
pub(super) const DAY: &str = "2026-11-23";

/// A tree of files.
pub(super) struct Tree {
    files: BTreeMap<String, String>,
    packages: Vec<Package>,
    newer: Vec<(String, String)>,
    beside: Vec<String>,
}

/// What a search read and found, and in how many rounds.
pub(super) struct Searched {
    pub(super) files: Files,
    pub(super) found: Found,
    pub(super) rounds: usize,
}

pub(super) fn tree<S: Into<String>>(files: impl IntoIterator<Item = (S, S)>) -> Tree {
    Tree {
        files: files.into_iter().map(|(path, text)| (path.into(), text.into())).collect(),
        packages: Vec::new(),
        newer: Vec::new(),
        beside: Vec::new(),
    }
}

pub(super) fn package(name: &str, path: Option<&str>, manifests: &[(&str, &str)]) -> Package {
    Package {
        name: name.into(),
        registry: Registry::Pypi,
        path: path.map(|path| path.parse().unwrap()),
        tag: None,
        index: None,
        manifests: manifests.iter().map(|(path, locator)| (path.parse().unwrap(), (*locator).into())).collect(),
    }
}

impl Tree {
    pub(super) fn package(mut self, package: Package) -> Self {
        self.packages.push(package);
        self
    }

    pub(super) fn newer(mut self, path: &str, text: &str) -> Self {
        self.newer.push((path.into(), text.into()));
        self
    }

    /// The same tree, of which these directories are other packages'.
    pub(super) fn beside(&self, dirs: &[&str]) -> Self {
        let beside = dirs.iter().map(|dir| (*dir).to_owned()).collect();
        Self { files: self.files.clone(), packages: self.packages.clone(), newer: self.newer.clone(), beside }
    }

    fn listing(&self, dir: &str) -> Option<Vec<(String, Mode)>> {
        let prefix = if dir.is_empty() { String::new() } else { format!("{dir}/") };
        let mut names = BTreeMap::new();
        for path in self.files.keys() {
            let Some(rest) = path.strip_prefix(&prefix) else { continue };
            match rest.split_once('/') {
                Some((name, _)) => names.insert(name.to_owned(), Mode::Directory),
                None => names.insert(rest.to_owned(), Mode::File),
            };
        }
        (!names.is_empty()).then(|| names.into_iter().collect())
    }

    pub(super) fn search(&self) -> Searched {
        let beside: Vec<_> = self.beside.iter().map(|dir| dir.parse().unwrap()).collect();
        let search = Search::new(&self.packages, "acme/entity-core").beside(&beside);
        let mut files = Files::new();
        for (path, text) in &self.newer {
            files.insert_newer(path, text);
        }
        let mut wants = initial_wants(&search);
        for rounds in 1..20 {
            for path in &wants.files {
                let content = self.files.get(path).map_or(Content::Missing, |text| Content::Text(text.clone()));
                files.insert_file(path, content);
            }
            for dir in &wants.dirs {
                files.insert_dir(dir, self.listing(dir));
            }
            let found = find(&search, &files);
            if found.wants.is_empty() {
                return Searched { files, found, rounds };
            }
            let asked: BTreeSet<_> = found.wants.files.iter().filter(|path| files.text(path).is_some()).collect();
            assert!(asked.is_empty(), "asked again for {asked:?}");
            wants = found.wants;
        }
        panic!("the search never ends: {wants:?}");
    }

    /// The changes of a rollback, one a line, or its problems.
    pub(super) fn changes(&self, good: &str, bad: &str, new: &str) -> String {
        match self.edits(good, bad, new) {
            Ok(edits) => {
                let line = |edit: &FileEdit, place: &EditedPlace| {
                    let EditedPlace { line, locator, old, new } = place;
                    format!("{}:{line} {locator}: {old} -> {new}", edit.path)
                };
                edits.iter().flat_map(|edit| edit.places.iter().map(move |place| line(edit, place))).collect::<Vec<_>>().join("\n")
            }
            Err(problems) => problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }

    pub(super) fn edits(&self, good: &str, bad: &str, new: &str) -> Result<Vec<FileEdit>, Vec<Problem>> {
        let Searched { files, found, .. } = self.search();
        rewrite(&found, &files, good, bad, new, DAY)
    }

    /// The text of a file after the rollback 0.0.12 -> 0.0.13.
    pub(super) fn rolled(&self, path: &str) -> String {
        let edits = self.edits("0.0.12", "0.1.0", "0.0.13").unwrap_or_else(|problems| panic!("{problems:?}"));
        let text = &self.files[path];
        edits.iter().find(|edit| edit.path == path).map_or_else(|| text.clone(), |edit| edit.apply(text).unwrap())
    }

    /// What is said of the places that keep their version in the usual rollback.
    pub(super) fn left(&self) -> String {
        let edits = self.edits("0.0.12", "0.1.0", "0.0.13").unwrap_or_else(|problems| panic!("{problems:?}"));
        left_alone(&self.search().found, &edits).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn notes(&self) -> String {
        self.search().found.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

/// Checks the changes of the usual rollback, 0.1.0 to the content of 0.0.12 as 0.0.13.
#[track_caller]
pub(super) fn check(tree: &Tree, changes: &[&str]) {
    assert_eq!(tree.changes("0.0.12", "0.1.0", "0.0.13"), changes.join("\n"));
}
