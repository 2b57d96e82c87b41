//! The real program, really killed.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rollback_action::commands::Exit;

use crate::convergence::{approved, assert_same};
use crate::figures::figure_of_test;
use crate::scenario::Scenario;

fn start(scenario: &Scenario, document: &str, token: &str) -> Child {
    let program = env!("CARGO_BIN_EXE_rollback-action");
    let mut command = Command::new(program);
    // Nothing of the caller's own job reaches the program.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["GITHUB_", "RUNNER_", "ACTIONS_", "GH_", "ROLLBACK_"].iter().any(|prefix| name.starts_with(prefix)) {
            command.env_remove(name);
        }
    }
    command
        .args(["execute", "--repository", &scenario.stage.repository, "--api-url", &scenario.stage.url()])
        .env("GITHUB_TOKEN", token)
        .env("GITHUB_RUN_ID", scenario.run.to_string())
        .env("GITHUB_REF", format!("refs/heads/{}", scenario.stage.default_branch))
        .env("ROLLBACK_PLAN", document)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits until so many requests have come, or the program has ended.
fn until(scenario: &Scenario, requests: usize, child: &mut Child) {
    let started = Instant::now();
    while scenario.requests() < requests && started.elapsed() < Duration::from_secs(20) {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn a_program_killed_at_any_request_is_finished_by_the_next() {
    let (scenario, document) = approved(None);
    let from = scenario.moment();
    // Makes the token that the program is given.
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let wanted = scenario.outcome();
    let requests = scenario.requests();
    scenario.rewind(&from);
    scenario.world(|world| {
        world.add_actions_token("sim-killed", &[("contents", "write"), ("pull-requests", "write"), ("actions", "read"), ("issues", "read")])
    });
    let from = scenario.moment();
    for at in 1..=requests {
        for wait in [0, 3] {
            scenario.rewind(&from);
            scenario.world(|world| world.latency = Duration::from_millis(2));
            let mut child = start(&scenario, &document, "sim-killed");
            until(&scenario, at, &mut child);
            let pause = Instant::now();
            while pause.elapsed() < Duration::from_millis(wait) {
                std::thread::yield_now();
            }
            // On Unix this is SIGKILL.
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            scenario.world(|world| world.latency = Duration::ZERO);
            let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(!printed.contains("sim-killed"), "the token leaked: {printed}");
            let child = start(&scenario, &document, "sim-killed");
            let output = child.wait_with_output().unwrap();
            let printed = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert_eq!(output.status.code(), Some(0), "killed at {at}: {printed}");
            assert_same(&format!("killed at {at}"), &scenario.outcome(), &wanted);
        }
    }
    figure_of_test("processes killed", 2 * requests);
}
