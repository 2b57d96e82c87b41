//! What the jobs that call us must grant.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::finding::{Check, Finding};
use super::ours::Ours;
use super::workflow_file::{Called, Grants, Level, OPENS_ISSUE};
use crate::words::list;

/// What each thing of ours needs, whether it is public or not; the same as the jobs of the reusable workflows say.
fn needs(called: &Called) -> &'static [(&'static str, Level)] {
    use Level::{Read, Write};
    match called {
        Called::Rollback => &[("actions", Read), ("contents", Write), ("issues", Write), ("pull-requests", Write)],
        Called::Answer => &[("actions", Write), ("contents", Write), ("issues", Write), ("pull-requests", Write)],
        Called::Finish => &[("actions", Write), ("contents", Write), ("issues", Write), ("pull-requests", Read)],
        Called::Close => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
        Called::ReRelease => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
        Called::Local(_) => &[],
        Called::Command(command) => match command.as_str() {
            "plan" => &[("actions", Read), ("contents", Read), ("issues", Read), ("pull-requests", Read)],
            "gate" => &[("actions", Read), ("contents", Read)],
            "answer" => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
            "remind" => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
            "execute" => &[("actions", Read), ("contents", Write), ("issues", Read), ("pull-requests", Write)],
            "gates" => &[("actions", Read), ("contents", Read), ("issues", Read), ("pull-requests", Read)],
            "guard" => &[("actions", Read), ("contents", Read), ("issues", Read), ("pull-requests", Read)],
            "incident" | "close" => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
            "finish" => &[("actions", Write), ("contents", Write), ("issues", Read), ("pull-requests", Read)],
            "doctor" => &[("actions", Read), ("contents", Read), ("issues", Read), ("pull-requests", Read)],
            OPENS_ISSUE => &[("actions", Read), ("contents", Read), ("issues", Write), ("pull-requests", Read)],
            _ => &[],
        },
    }
}

/// Looks whether the jobs of a workflow grant what they call.
pub(super) fn permissions(facts: &Facts, ours: &Ours<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (call, what) in &ours.calls {
        let mut wanted: BTreeMap<&str, Level> = BTreeMap::new();
        for (name, level) in what.iter().flat_map(needs) {
            let most = wanted.entry(name).or_insert(Level::None);
            *most = (*most).max(*level);
        }
        let line: Vec<String> = wanted.iter().map(|(name, level)| format!("{name}: {}", level.word())).collect();
        let remedy = format!("add to the job: `permissions: {{ {} }}`", line.join(", "));
        let (path, job) = (&ours.file.path, &call.job);
        let granted = |name: &str| match &call.grants {
            Grants::All(level) => Some(*level),
            Grants::These(these) => Some(these.get(name).copied().unwrap_or(Level::None)),
            Grants::Default => match &facts.actions {
                Ok(actions) if actions.writes_by_default => Some(Level::Write),
                Ok(_) => Some(if matches!(name, "contents" | "packages") { Level::Read } else { Level::None }),
                Err(_) => None,
            },
        };
        let short: Vec<&str> =
            wanted.iter().filter(|(name, level)| granted(name).is_some_and(|granted| granted < **level)).map(|(name, _)| *name).collect();
        let writes = wanted.values().any(|level| *level == Level::Write);
        match (short.is_empty(), &call.grants, &facts.actions) {
            (false, _, _) => found.push(Finding::fails(
                Check::Permissions,
                format!("the job `{job}` of `{path}` does not grant enough of {}", list(&short, "and")),
                remedy,
            )),
            (true, Grants::Default, Err(unread)) if writes => found.push(Finding::unknown(
                Check::Permissions,
                format!(
                    "the job `{job}` of `{path}` says no `permissions`, and the repository's default is shown to administrators only ({})",
                    unread.why
                ),
                remedy,
            )),
            (true, _, _) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::workflow_file::WorkflowFile;
    use super::*;

    #[test]
    fn what_a_call_needs_is_what_the_jobs_of_the_reusable_workflow_say() {
        let reusable = [
            (Called::Rollback, include_str!("../../.github/workflows/rollback.yml")),
            (Called::Answer, include_str!("../../.github/workflows/approve.yml")),
            (Called::Finish, include_str!("../../.github/workflows/finish.yml")),
            (Called::Close, include_str!("../../.github/workflows/close.yml")),
            (Called::ReRelease, include_str!("../../.github/workflows/re-release.yml")),
        ];
        for (called, text) in reusable {
            let says = WorkflowFile::read("reusable.yml", text).content.unwrap();
            let mut wanted: BTreeMap<String, Level> = BTreeMap::new();
            for call in &says.calls {
                let Grants::These(these) = &call.grants else { panic!("{}", call.job) };
                for (name, level) in these {
                    let most = wanted.entry(name.clone()).or_insert(Level::None);
                    *most = (*most).max(*level);
                }
            }
            let known: BTreeMap<String, Level> = needs(&called).iter().map(|(name, level)| ((*name).to_owned(), *level)).collect();
            assert_eq!(known, wanted, "{called:?}");
        }
    }

    #[test]
    fn what_a_command_needs_is_what_the_jobs_that_run_it_say() {
        let files = [
            include_str!("../../.github/workflows/rollback.yml"),
            include_str!("../../.github/workflows/approve.yml"),
            include_str!("../../.github/workflows/finish.yml"),
            include_str!("../../.github/workflows/close.yml"),
            include_str!("../../.github/workflows/re-release.yml"),
            include_str!("../init/remind.yml"),
            include_str!("../init/doctor.yml"),
        ];
        let mut seen = std::collections::BTreeSet::new();
        for call in files.iter().flat_map(|text| WorkflowFile::read("any.yml", text).content.unwrap().calls) {
            let ([called @ Called::Command(command)], Grants::These(granted)) = (call.what.as_slice(), &call.grants) else { continue };
            let known: BTreeMap<String, Level> = needs(called).iter().map(|(name, level)| ((*name).to_owned(), *level)).collect();
            assert_eq!(&known, granted, "`{command}` in the job `{}`", call.job);
            seen.insert(command.clone());
        }
        let all = ["answer", "close", OPENS_ISSUE, "execute", "finish", "gate", "gates", "guard", "incident", "plan", "remind"];
        assert!(seen.iter().eq(&all), "{seen:?}");
    }
}
