//! The workflows: whether the rollback can be started, may do what it must, and whether schedules are alive.

use super::answers;
use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::ours::{Ours, ours};
use super::permissions::permissions;
use super::remedy::quoted;
use super::schedule::schedules;
use super::stages;
use super::workflow_file::{Called, WorkflowFile};
use crate::config::{Delivery, Policy};
use crate::words::list;

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

/// Returns the command that switches a workflow on.
pub(super) fn enable(facts: &Facts, name: &str) -> String {
    format!("gh workflow enable {} --repo {}", quoted(name), facts.repository)
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
