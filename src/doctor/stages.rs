//! What the policy allows beyond the button and the merge: gates of later stages, which some workflow must ask, and the
//! glass, which somebody must be able to break.

use super::facts::Facts;
use super::finding::{Check, Finding, or_ok};
use super::ours::Ours;
use super::workflow_file::{Called, WorkflowFile};
use crate::config::Policy;
use crate::domain::gate::{Gate, Stage};
use crate::domain::person::Login;
use crate::github::Standing;
use crate::words::{count, list};

/// Looks at the workflows that hold what comes after the merge.
pub(super) fn late_gates(policy: &Policy, files: &[WorkflowFile], ours: &[Ours<'_>]) -> Vec<Finding> {
    let late: Vec<&Gate> = policy.gates.iter().filter(|gate| gate.stage != Stage::Execute).collect();
    if late.is_empty() {
        return Vec::new();
    }
    let before = |stage: Stage| late.iter().filter(|gate| gate.stage == stage).map(|gate| gate.id.as_str()).collect::<Vec<_>>();
    let mut found = Vec::new();
    let mut unasked = |stage: Stage, what: &str, workflow: &str, asked: bool| {
        let gates = before(stage);
        if !gates.is_empty() && !asked {
            found.push(
                Finding::fails(
                    Check::LateGates,
                    format!("no workflow asks the gates before {what} ({}), so they would stop it", list(&gates, "and")),
                    format!("call the reusable `{workflow}`, as `rollback-action init` writes it"),
                )
                .with(["rollback-action init".into()]),
            );
        }
    };
    unasked(Stage::Finish, "the rollback is released", "finish.yml", ours.iter().any(|ours| ours.asks(&Called::Finish, "finish")));
    unasked(Stage::Close, "the incident is closed", "close.yml", ours.iter().any(|ours| ours.asks(&Called::Close, "close")));
    unasked(Stage::ReRelease, "a re-release", "re-release.yml", ours.iter().any(|ours| ours.asks(&Called::ReRelease, "guard")));
    let again = before(Stage::ReRelease);
    if !again.is_empty() && !files.iter().any(guards) {
        found.push(Finding::fails(
            Check::LateGates,
            format!("no workflow runs `guard` in front of a release, so {} holds nothing", list(&again, "and")),
            "add to the workflow that publishes, before it does: `- uses: org/rollback-action@v1` with `{ command: guard, tag: \"${{ github.ref_name }}\" }`",
        ));
    }
    or_ok(found, Check::LateGates, format!("{} after the merge asked by workflows", are(late.len())))
}

fn are(gates: usize) -> String {
    format!("{} {}", count(gates as u64, "gate"), if gates == 1 { "is" } else { "are" })
}

fn guards(file: &WorkflowFile) -> bool {
    let steps = file.says().into_iter().flat_map(|says| &says.calls).flat_map(|call| &call.what);
    steps.into_iter().any(|called| *called == Called::Command("guard".into()))
}

/// Looks whether somebody could break the glass: the people, and the button's input.
pub(super) fn break_glass(facts: &Facts, policy: &Policy, ours: &[Ours<'_>]) -> Vec<Finding> {
    let Some(glass) = &policy.break_glass else { return Vec::new() };
    let roles = list(&glass.roles, "or");
    let fails = |sentence: String, remedy: &str| Finding::fails(Check::BreakGlass, sentence, remedy);
    let people: Vec<&Login> = glass.roles.iter().filter_map(|role| policy.roles.get(role)).flat_map(|role| &role.users).collect();
    let may = |login: &Login| match facts.people.get(login) {
        Some(Ok(Standing::Collaborator(role))) => !matches!(role.as_str(), "read" | "triage" | "none"),
        Some(Ok(Standing::NoAccount | Standing::NoAccess | Standing::Outsider)) => false,
        // Who could not be read is reported for themselves.
        Some(Err(_)) | None => true,
    };
    let mut found = Vec::new();
    if people.is_empty() {
        found.push(fails(
            format!("{roles} may break the glass and has no `users`; who is in a team is not shown to a job's token, so nobody could"),
            "name people under `users` in one of these roles",
        ));
    } else if !people.iter().any(|login| may(login) && !login.is_bot()) {
        found.push(fails(
            format!("nobody of {roles} may start a workflow, so nobody could break the glass"),
            "give one of them write access, or name somebody else who has it",
        ));
    }
    let inputs = ["break-glass", "break-glass-reason"];
    for button in ours.iter().filter(|ours| ours.calls_rollback()) {
        if !inputs.iter().all(|input| button.takes_and_passes(input)) {
            found.push(fails(
                format!(
                    "`{}` does not take {} and pass them on, so the glass cannot be broken there",
                    button.file.path,
                    list(&inputs, "and")
                ),
                "add them to its inputs and to `with`, as `rollback-action init` writes it",
            ));
        }
    }
    or_ok(
        found,
        Check::BreakGlass,
        format!("{} can break the glass", list(&people.iter().map(|login| login.as_str()).collect::<Vec<_>>(), "or")),
    )
}
