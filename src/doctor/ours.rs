//! The workflow files that call us: what they do in the end, and what starts them.

use super::workflow_file::{Call, Called, Content, OPENS_ISSUE, WorkflowFile};

/// A workflow file that calls us, directly or through a file of this repository.
pub(super) struct Ours<'f> {
    pub(super) file: &'f WorkflowFile,
    pub(super) says: &'f Content,
    pub(super) calls: Vec<(&'f Call, Vec<Called>)>,
}

impl Ours<'_> {
    fn does(&self, wanted: &Called, command: &str) -> bool {
        let is = |called: &Called| called == wanted || *called == Called::Command(command.into());
        self.calls.iter().any(|(_, what)| what.iter().any(is))
    }

    /// Whether it asks the gates of a stage: the reusable workflow does, and so does one that makes a job of each.
    pub(super) fn asks(&self, wanted: &Called, command: &str) -> bool {
        let has = |called: &Called| self.calls.iter().any(|(_, what)| what.contains(called));
        has(wanted) || (has(&Called::Command("gate".into())) && has(&Called::Command(command.into())))
    }

    /// Whether it calls the reusable rollback.
    pub(super) fn calls_rollback(&self) -> bool {
        self.calls.iter().any(|(_, what)| what.contains(&Called::Rollback))
    }

    /// Whether it can be started with an input and passes it on to the reusable rollback.
    pub(super) fn takes_and_passes(&self, input: &str) -> bool {
        let passes = |(call, what): &(&Call, Vec<Called>)| !what.contains(&Called::Rollback) || call.with.contains(input);
        self.says.inputs.contains_key(input) && self.calls.iter().all(passes)
    }

    pub(super) fn rolls_back(&self) -> bool {
        self.does(&Called::Rollback, "execute")
    }

    pub(super) fn examines(&self) -> bool {
        self.does(&Called::Command(OPENS_ISSUE.into()), "doctor")
    }

    pub(super) fn answers(&self) -> bool {
        self.does(&Called::Answer, "answer")
    }

    pub(super) fn starts_on(&self, event: &str) -> bool {
        self.says.starts_on(event)
    }

    pub(super) fn finishes(&self) -> bool {
        self.does(&Called::Finish, "finish")
    }
}

/// Returns the file with what its jobs call in the end; a file that is only called by others is part of those.
pub(super) fn ours<'f>(file: &'f WorkflowFile, files: &'f [WorkflowFile]) -> Option<Ours<'f>> {
    let says = file.says()?;
    if says.events.iter().all(|event| event == "workflow_call") {
        return None;
    }
    let resolved = |called: &Called| match called {
        Called::Local(path) => files
            .iter()
            .filter(|other| other.path == *path)
            .filter_map(WorkflowFile::says)
            .flat_map(|says| says.calls.iter().flat_map(|call| call.what.clone()))
            .filter(|called| !matches!(called, Called::Local(_)))
            .collect(),
        other => vec![other.clone()],
    };
    let calls: Vec<(&Call, Vec<Called>)> = says.calls.iter().map(|call| (call, call.what.iter().flat_map(resolved).collect())).collect();
    let calls: Vec<_> = calls.into_iter().filter(|(_, what): &(&Call, Vec<Called>)| !what.is_empty()).collect();
    (!calls.is_empty()).then_some(Ours { file, says, calls })
}
