//! Faults of workflows.

use super::{Fault, fault, policy, seen_by_administrator, workflow};
use crate::doctor::{CALLER, DOCTOR};

pub(super) fn faults() -> Vec<Fault> {
    vec![
        fault(
            "no workflow calls the rollback",
            |world| workflow(world, "rollback", "on: workflow_dispatch\njobs: {}\n"),
            "will-fail rollback-workflow",
            "no workflow on `main`",
        ),
        fault("broken workflow file", |world| workflow(world, "rollback", "on: [\n"), "will-fail rollback-workflow", "cannot be read"),
        fault(
            "cannot be started by hand",
            |world| {
                workflow(
                    world,
                    "rollback",
                    &CALLER.replace("  workflow_dispatch:\n", "  workflow_call:\n").replace("on:\n", "on:\n  push:\n"),
                )
            },
            "will-fail dispatch",
            "cannot be started by hand",
        ),
        fault(
            "input missing",
            |world| workflow(world, "rollback", &CALLER.replace("      reason: {", "      why: {")),
            "will-fail dispatch",
            "no input `reason`",
        ),
        fault(
            "one more required input",
            |world| {
                workflow(
                    world,
                    "rollback",
                    &CALLER.replace("      good: { ", "      ticket: { description: Ticket, required: true }\n      good: { "),
                )
            },
            "will-fail dispatch",
            "asks for `ticket`",
        ),
        fault(
            "input not passed on",
            |world| workflow(world, "rollback", &CALLER.replace("reason: \"${{ inputs.reason }}\", ", "")),
            "will-fail dispatch",
            "does not pass `reason`",
        ),
        fault(
            "permission missing",
            |world| workflow(world, "rollback", &CALLER.replace("contents: write", "contents: read")),
            "will-fail permissions",
            "`contents`",
        ),
        fault(
            "a doctor that may not open its issue",
            |world| workflow(world, "rollback-doctor", &DOCTOR.replace("issues: write", "issues: read")),
            "will-fail permissions",
            "the job `doctor` of `.github/workflows/rollback-doctor.yml` does not grant enough of `issues`",
        ),
        fault(
            "a job of its own that may not read the incident",
            |world| {
                let grants = "actions: write, contents: write, pull-requests: read";
                let own = format!(
                    "on: workflow_dispatch\njobs:\n  finish:\n    permissions: {{ {grants} }}\n    steps:\n      - uses: org/rollback-action@v1\n        with: {{ command: finish }}\n"
                );
                workflow(world, "own", &own);
            },
            "will-fail permissions",
            "the job `finish` of `.github/workflows/own.yml` does not grant enough of `issues`",
        ),
        fault(
            "lock around the gates",
            |world| workflow(world, "rollback", &CALLER.replace("permissions: {}\n", "permissions: {}\nconcurrency: rollback\n")),
            "will-fail concurrency",
            "30 days",
        ),
        fault(
            "started by strangers",
            |world| workflow(world, "rollback", &CALLER.replace("on:\n", "on:\n  pull_request_target:\n")),
            "will-fail triggers",
            "`pull_request_target`",
        ),
        fault(
            "switched off",
            |world| {
                let path = ".github/workflows/rollback.yml".to_owned();
                world.runs.states.insert(path, github_simulator::workflows::WorkflowState::DisabledManually);
            },
            "will-fail enabled",
            "disabled_manually",
        ),
        fault(
            "schedule asleep",
            |world| {
                let path = ".github/workflows/rollback-doctor.yml".to_owned();
                world.runs.states.insert(path, github_simulator::workflows::WorkflowState::DisabledInactivity);
            },
            "will-fail enabled",
            "disabled_inactivity",
        ),
        fault(
            "schedule late",
            |world| {
                for run in world.runs.runs.values_mut() {
                    run.created_at -= chrono::TimeDelta::days(20);
                }
            },
            "will-fail schedule",
            "last ran",
        ),
        fault(
            "nothing but the reminder by schedule",
            |world| workflow(world, "rollback-doctor", include_str!("../../../src/init/remind.yml")),
            "note schedule",
            "no workflow runs `doctor` by schedule",
        ),
        fault("schedule never ran", |world| world.runs.runs.clear(), "will-fail schedule", "never ran"),
        fault(
            "nothing finishes",
            |world| workflow(world, "rollback-finish", "on: push\njobs: {}\n"),
            "will-fail finish-workflow",
            "nothing would be tagged",
        ),
        fault(
            "release workflow missing",
            |world| policy(world, "release: { workflow: publish.yml }\n"),
            "will-fail release-workflow",
            "`release: workflow: publish.yml`",
        ),
        fault(
            "release workflow cannot be dispatched",
            |world| {
                workflow(world, "publish", "on: push\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
            },
            "will-fail release-workflow",
            "cannot be dispatched",
        ),
        fault(
            "release workflow asks for more",
            |world| {
                workflow(world, "publish", "on: { workflow_dispatch: { inputs: { tag: { required: true } } } }\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
            },
            "will-fail release-workflow",
            "asks for `tag`",
        ),
        seen_by_administrator(fault(
            "bots may not open pull requests",
            |world| world.repository.allow_bots_to_open_prs = false,
            "will-fail bots-open-pulls",
            "may not open",
        )),
    ]
}
