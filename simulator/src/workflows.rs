//! Workflow files and their dispatch.

mod dispatch;
mod file;
mod routes;

use sha1::{Digest as _, Sha1};

use crate::git::Kind;
use crate::world::World;

pub(crate) use routes::route;

use file::Dispatchable;

/// Where workflow files are.
const DIRECTORY: &str = ".github/workflows";

/// One workflow of the default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The id.
    pub id: u64,
    /// The path of its file.
    pub path: String,
    /// Its name, or its path where it has none.
    pub name: String,
    /// Whether it is switched on.
    pub state: WorkflowState,
}

/// Whether a workflow is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowState {
    /// It runs.
    Active,
    /// Somebody switched it off.
    DisabledManually,
    /// GitHub switched its schedule off after 60 days without activity in a public repository.
    DisabledInactivity,
}

impl WorkflowState {
    /// Returns GitHub's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::DisabledManually => "disabled_manually",
            Self::DisabledInactivity => "disabled_inactivity",
        }
    }
}

impl World {
    /// Returns the workflows of the default branch, by path.
    pub fn workflows(&self) -> Vec<Workflow> {
        let tree = self.default_head().and_then(|head| self.git.tree_of(&head));
        let directory = tree
            .and_then(|tree| self.git.entry_at(&tree, DIRECTORY))
            .filter(|entry| entry.kind() == Kind::Tree);
        let files = directory
            .and_then(|directory| self.git.tree(&directory.oid))
            .unwrap_or_default();
        files
            .into_iter()
            .filter(|entry| entry.kind() == Kind::Blob && is_yaml(&entry.text()))
            .filter_map(|entry| {
                let path = format!("{DIRECTORY}/{}", entry.text());
                let text = String::from_utf8_lossy(&self.git.blob(&entry.oid)?).into_owned();
                let state = self
                    .runs
                    .states
                    .get(&path)
                    .copied()
                    .unwrap_or(WorkflowState::Active);
                Some(Workflow {
                    id: id(&path),
                    name: file::name(&text).unwrap_or_else(|| path.clone()),
                    path,
                    state,
                })
            })
            .collect()
    }

    /// Returns a workflow of the default branch by its id, its file's name, its path or its name.
    pub fn workflow(&self, named: &str) -> Option<Workflow> {
        let all = self.workflows();
        let is = |workflow: &&Workflow| {
            workflow.id.to_string() == named
                || workflow.path == named
                || workflow.path == format!("{DIRECTORY}/{named}")
        };
        all.iter()
            .find(is)
            .or_else(|| all.iter().find(|workflow| workflow.name == named))
            .cloned()
    }

    /// Returns the full name of a branch or tag.
    pub(crate) fn full_ref(&self, named: &str) -> Option<String> {
        let candidates = [
            named.to_owned(),
            format!("refs/heads/{named}"),
            format!("refs/tags/{named}"),
        ];
        candidates
            .into_iter()
            .find(|candidate| self.git.reference(candidate).is_some())
    }

    /// Returns how a workflow can be dispatched on a ref; not at all where its file is not there or does not say so.
    fn dispatchable(&self, workflow: &Workflow, reference: &str) -> Option<Dispatchable> {
        let commit = self.git.peel(self.git.reference(reference)?)?;
        let entry = self
            .git
            .entry_at(&self.git.tree_of(&commit)?, &workflow.path)?;
        file::dispatchable(&String::from_utf8_lossy(&self.git.blob(&entry.oid)?))
    }
}

/// Returns the id of the workflow at a path: always the same one.
pub(crate) fn id(path: &str) -> u64 {
    let digest = Sha1::digest(path.as_bytes());
    digest
        .iter()
        .take(4)
        .fold(0, |id, byte| id * 256 + u64::from(*byte))
}

fn is_yaml(name: &str) -> bool {
    let extension = std::path::Path::new(name).extension();
    extension.is_some_and(|extension| extension == "yml" || extension == "yaml")
}
