//! The workflows: whether the rollback can be started, may do what it must, and whether schedules are alive.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::answers;
use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::remedy::quoted;
use super::schedule::longest_gap;
use super::stages;
use super::workflow_file::{Call, Called, Content, Grants, Level, OPENS_ISSUE, WorkflowFile};
use crate::config::{Delivery, Policy};
use crate::words::{duration, list};

/// The inputs a rollback needs.
const NEEDED: [&str; 3] = ["bad", "reason", "trigger"];

/// Looks at the workflow files of the default branch.
pub(super) fn workflows(facts: &Facts, policy: Option<&Policy>) -> Vec<Finding> {
    let files = match &facts.workflow_files {
        Ok(files) => files,
        Err(unread) => {
            let sentence = format!("the workflow files cannot be read ({})", unread.why);
            return vec![Finding::unknown(Check::RollbackWorkflow, sentence, &unread.remedy)];
        }
    };
    let ours: Vec<Ours<'_>> = files.iter().filter_map(|file| ours(file, files)).collect();
    let mut found = rollback(facts, files, &ours);
    found.extend(policy.and_then(|policy| answers::workflow(facts, policy, &ours)));
    found.extend(finish(facts, policy, &ours));
    found.extend(or_ok(
        ours.iter().flat_map(|ours| permissions(facts, ours)).collect(),
        Check::Permissions,
        "each job that calls us grants what it needs",
    ));
    found.extend(or_ok(ours.iter().filter_map(strangers).collect(), Check::Triggers, "strangers can start none of these workflows"));
    found.extend(enabled(facts, policy, &ours));
    found.extend(schedules(facts, &ours));
    found.extend(policy.and_then(|policy| release_workflow(facts, policy, files)));
    found.extend(policy.map(|policy| bots(facts, policy)));
    found.extend(policy.into_iter().flat_map(|policy| stages::late_gates(policy, files, &ours)));
    found.extend(policy.into_iter().flat_map(|policy| stages::break_glass(facts, policy, &ours)));
    found
}

/// A workflow file that calls us, directly or through a file of this repository.
pub(super) struct Ours<'f> {
    pub(super) file: &'f WorkflowFile,
    says: &'f Content,
    calls: Vec<(&'f Call, Vec<Called>)>,
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

    fn rolls_back(&self) -> bool {
        self.does(&Called::Rollback, "execute")
    }

    pub(super) fn answers(&self) -> bool {
        self.does(&Called::Answer, "answer")
    }

    pub(super) fn starts_on(&self, event: &str) -> bool {
        self.says.starts_on(event)
    }

    fn finishes(&self) -> bool {
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

fn rollback(facts: &Facts, files: &[WorkflowFile], ours: &[Ours<'_>]) -> Vec<Finding> {
    let Some(rollback) = ours.iter().find(|ours| ours.rolls_back()) else {
        let broken = files.iter().find_map(|file| Some((file, file.content.as_ref().err()?)));
        let sentence = match broken {
            Some((file, why)) => {
                format!("no workflow on `{}` calls the rollback; `{}` cannot be read: {why}", facts.settings.default_branch, file.path)
            }
            None => format!("no workflow on `{}` calls the rollback", facts.settings.default_branch),
        };
        let remedy = "write it with `rollback-action init`, and merge it into the default branch";
        return vec![Finding::fails(Check::RollbackWorkflow, sentence, remedy).with(["rollback-action init".into()])];
    };
    let path = &rollback.file.path;
    let mut found = vec![Finding::ok(Check::RollbackWorkflow, format!("`{path}` calls the rollback"))];
    found.extend(or_ok(dispatch(rollback), Check::Dispatch, format!("`{path}` can be started with {}", list(&NEEDED, "and"))));
    let locked = rollback.says.locked || rollback.calls.iter().any(|(call, _)| call.locked);
    found.push(match locked {
        true => Finding::fails(
            Check::Concurrency,
            format!("`{path}` holds a `concurrency` group while people are waited for, up to 30 days; a later run in it is cancelled without a word"),
            "take `concurrency` away; the rollback locks only where it writes",
        ),
        false => Finding::ok(Check::Concurrency, "no lock is held while people are waited for"),
    });
    found
}

fn dispatch(rollback: &Ours<'_>) -> Vec<Finding> {
    let (path, says) = (&rollback.file.path, rollback.says);
    let fails = |sentence: String, remedy: &str| Finding::fails(Check::Dispatch, sentence, remedy);
    if !says.starts_on("workflow_dispatch") {
        return vec![fails(
            format!("`{path}` cannot be started by hand"),
            "add `workflow_dispatch` to its `on`, with the inputs of `rollback-action init`",
        )];
    }
    let mut found = Vec::new();
    let absent: Vec<&str> = NEEDED.into_iter().filter(|name| !says.inputs.contains_key(*name)).collect();
    if !absent.is_empty() {
        found.push(fails(format!("`{path}` has no input {}", list(&absent, "and")), "add it, as `rollback-action init` writes it"));
    }
    let known = |name: &str| NEEDED.contains(&name);
    let extra: Vec<&String> = says.inputs.iter().filter(|(name, must)| **must && !known(name)).map(|(name, _)| name).collect();
    if !extra.is_empty() {
        found.push(fails(
            format!("`{path}` asks for {} too, which a run that is started automatically does not give", list(&extra, "and")),
            "give it a default",
        ));
    }
    let reusable = rollback.calls.iter().find(|(_, what)| what.contains(&Called::Rollback));
    let unpassed: Vec<&str> = reusable.iter().flat_map(|(call, _)| NEEDED.into_iter().filter(|name| !call.with.contains(*name))).collect();
    if !unpassed.is_empty() {
        found.push(fails(
            format!("`{path}` does not pass {} on", list(&unpassed, "and")),
            "add it to `with`, as `rollback-action init` writes it",
        ));
    }
    found
}

fn finish(facts: &Facts, policy: Option<&Policy>, ours: &[Ours<'_>]) -> Vec<Finding> {
    if policy.is_none() {
        return Vec::new();
    }
    let Some(finish) = ours.iter().find(|ours| ours.finishes()) else {
        let sentence = format!(
            "no workflow on `{}` finishes a rollback: after the merge nothing would be tagged or released",
            facts.settings.default_branch
        );
        let remedy = "write it with `rollback-action init`, or run `rollback-action finish` by hand";
        return vec![Finding::fails(Check::FinishWorkflow, sentence, remedy).with(["rollback-action init".into()])];
    };
    let path = &finish.file.path;
    match finish.says.starts_on("pull_request") || finish.says.starts_on("push") {
        true => vec![Finding::ok(Check::FinishWorkflow, format!("`{path}` finishes a rollback after the merge"))],
        false => {
            vec![Finding::note(Check::FinishWorkflow, format!("`{path}` finishes a rollback, and somebody must start it after the merge"))]
        }
    }
}

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

fn permissions(facts: &Facts, ours: &Ours<'_>) -> Vec<Finding> {
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

fn strangers(ours: &Ours<'_>) -> Option<Finding> {
    let mut risky: Vec<&str> = ["pull_request_target", "workflow_run"].into_iter().filter(|event| ours.says.starts_on(event)).collect();
    // A comment may start what weighs it, and nothing else of ours.
    risky.extend((ours.says.starts_on("issue_comment") && !ours.answers()).then_some("issue_comment"));
    (!risky.is_empty()).then(|| {
        let sentence =
            format!("`{}` runs on {} with a token that may write; strangers can cause that", ours.file.path, list(&risky, "and"));
        Finding::fails(Check::Triggers, sentence, "start it by `workflow_dispatch`, `schedule` or `pull_request` only")
    })
}

fn enabled(facts: &Facts, policy: Option<&Policy>, ours: &[Ours<'_>]) -> Vec<Finding> {
    let known = match &facts.workflows {
        Ok(known) => known,
        Err(unread) => {
            return vec![Finding::unknown(
                Check::Enabled,
                format!("whether workflows are switched on cannot be read ({})", unread.why),
                &unread.remedy,
            )];
        }
    };
    let release = policy.and_then(|policy| policy.release_workflow.as_deref());
    let mut found = Vec::new();
    let release = known
        .iter()
        .map(|workflow| workflow.path.as_str())
        .filter(|path| release.is_some_and(|name| path.rsplit('/').next() == Some(name)));
    for path in ours.iter().map(|ours| ours.file.path.as_str()).chain(release) {
        let name = path.rsplit('/').next().unwrap_or(path);
        match known.iter().find(|workflow| workflow.path == path) {
            Some(workflow) if workflow.state == "active" => {}
            Some(workflow) => found.push(
                Finding::fails(Check::Enabled, format!("`{path}` is switched off ({})", workflow.state), "switch it on")
                    .with([enable(facts, name)]),
            ),
            None => found.push(Finding::fails(
                Check::Enabled,
                format!("Actions does not know `{path}`, though the file is there"),
                "see under Settings → Actions whether Actions are allowed, and whether the file is valid",
            )),
        }
    }
    or_ok(found, Check::Enabled, "our workflows are switched on")
}

fn enable(facts: &Facts, name: &str) -> String {
    format!("gh workflow enable {} --repo {}", quoted(name), facts.repository)
}

fn schedules(facts: &Facts, ours: &[Ours<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    let scheduled: Vec<&Ours<'_>> = ours.iter().filter(|ours| !ours.says.crons.is_empty()).collect();
    for ours in &scheduled {
        let path = &ours.file.path;
        let gap = ours.says.crons.iter().filter_map(|cron| longest_gap(cron)).min().unwrap_or(TimeDelta::days(31));
        // GitHub delays and drops runs under load, so one may be missing.
        let patience = gap * 2 + TimeDelta::hours(6);
        let created = facts.workflows.as_ref().ok().and_then(|all| all.iter().find(|workflow| workflow.path == *path)?.created_at);
        let since = match facts.last_runs.get(path) {
            Some(Ok(Some(at))) => Some((*at, "last ran")),
            Some(Ok(None)) => created.map(|at| (at, "never ran since it was added")),
            Some(Err(unread)) => {
                let sentence = format!("when `{path}` last ran cannot be read ({})", unread.why);
                found.push(Finding::unknown(Check::Schedule, sentence, &unread.remedy));
                None
            }
            None => None,
        };
        let Some((at, what)) = since else { continue };
        if facts.now - at > patience {
            let sentence =
                format!("`{path}` {what} {} ago by its schedule, and should run every {}", duration(facts.now - at), duration(gap));
            let name = ours.file.name();
            let remedy =
                "switch it on again, and look whether its runs are refused; GitHub switches schedules off after 60 days without activity";
            found.push(Finding::fails(Check::Schedule, sentence, remedy).with([enable(facts, name)]));
        }
    }
    if scheduled.is_empty() {
        let sentence = "nothing looks by itself whether a rollback would work";
        return vec![Finding::note(Check::Schedule, sentence).mended_by("write a scheduled doctor with `rollback-action init`")];
    }
    let names: Vec<&str> = scheduled.iter().map(|ours| ours.file.name()).collect();
    or_ok(found, Check::Schedule, format!("{} run by schedule", list(&names, "and")))
}

fn release_workflow(facts: &Facts, policy: &Policy, files: &[WorkflowFile]) -> Option<Finding> {
    let name = policy.release_workflow.as_deref()?;
    let fails = |sentence: String, remedy: &str| Some(Finding::fails(Check::ReleaseWorkflow, sentence, remedy));
    let Some(file) = files.iter().find(|file| file.name() == name) else {
        return fails(
            format!("`release: workflow: {name}` is not on `{}`", facts.settings.default_branch),
            "correct the name in the policy, without the directory",
        );
    };
    let says = match &file.content {
        Ok(says) => says,
        Err(why) => return fails(format!("`{}` cannot be read: {why}", file.path), "mend the file"),
    };
    if !says.starts_on("workflow_dispatch") {
        return fails(
            format!("`{}` cannot be dispatched, and a tag made by the Actions token starts nothing", file.path),
            "add `workflow_dispatch` to its `on`",
        );
    }
    let must: Vec<&String> = says.inputs.iter().filter(|(_, must)| **must).map(|(name, _)| name).collect();
    match must.is_empty() {
        true => Some(Finding::ok(Check::ReleaseWorkflow, format!("`{}` can be dispatched after the release", file.path))),
        false => fails(format!("`{}` asks for {}, which a rollback does not give", file.path, list(&must, "and")), "give it a default"),
    }
}

fn bots(facts: &Facts, policy: &Policy) -> Finding {
    if policy.delivery == Delivery::Direct {
        return Finding::ok(Check::BotsOpenPulls, "no pull request is opened with `delivery: direct`");
    }
    let command = format!(
        "gh api -X PUT repos/{}/actions/permissions/workflow -f default_workflow_permissions=read -F can_approve_pull_request_reviews=true",
        facts.repository
    );
    match &facts.actions {
        Ok(actions) if actions.may_open_pulls => Finding::ok(Check::BotsOpenPulls, "Actions may open pull requests"),
        Ok(_) => Finding::fails(
            Check::BotsOpenPulls,
            "Actions may not open pull requests; the rollback would stop at its branch, with a link for a person to open one",
            "allow it under Settings → Actions → General → Workflow permissions, or use a GitHub App's token",
        )
        .with([command]),
        Err(unread) => Finding::unknown(
            Check::BotsOpenPulls,
            format!("whether Actions may open pull requests is shown to administrators only ({})", unread.why),
            &unread.remedy,
        ),
    }
}

#[cfg(test)]
mod tests {
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
