//! The real program, really killed: by `SIGKILL` while GitHub has one of its requests in hand, so that the request never
//! arrived, or took effect and was never answered. What dies after an answer dies before the next request. The same
//! command then runs again, and once more.

use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use github_simulator::Fault;
use github_simulator::faults::{Effect, When};
use rollback_action::commands::Exit;

use crate::convergence::{approved, assert_same};
use crate::explore::{cases, enough};
use crate::figures::figure_of_test;
use crate::scenario::Scenario;

const TOKEN: &str = "sim-killed";
const SIGKILL: i32 = 9;

/// One command of the story, as a job runs it.
struct Job<'s> {
    scenario: &'s Scenario,
    arguments: Vec<&'s str>,
    document: Option<&'s str>,
}

impl Job<'_> {
    fn start(&self) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rollback-action"));
        // Nothing of the caller's own job reaches the program.
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if ["GITHUB_", "RUNNER_", "ACTIONS_", "GH_", "ROLLBACK_"].iter().any(|prefix| name.starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        let stage = &self.scenario.stage;
        command
            .args(&self.arguments)
            .args(["--repository", &stage.repository, "--api-url", &stage.url()])
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_RUN_ID", self.scenario.run.to_string())
            .env("GITHUB_REF", format!("refs/heads/{}", stage.default_branch))
            .env("GITHUB_TRIGGERING_ACTOR", rollback_action::commands::REQUESTER)
            .envs(self.document.map(|document| ("ROLLBACK_PLAN", document)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Lets it run to its end, whoever brings that about.
    fn ended(&self, child: &Mutex<Option<Child>>) -> Output {
        // Whoever kills it waits here until it is there.
        let mut held = child.lock().unwrap();
        let mut started = self.start();
        let (mut out, mut err) = (started.stdout.take().unwrap(), started.stderr.take().unwrap());
        *held = Some(started);
        drop(held);
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        std::thread::scope(|scope| {
            scope.spawn(|| err.read_to_end(&mut stderr).unwrap());
            out.read_to_end(&mut stdout).unwrap();
        });
        let status = child.lock().unwrap().as_mut().unwrap().wait().unwrap();
        let output = Output { status, stdout, stderr };
        assert!(!said(&output).contains(TOKEN), "the token leaked: {}", said(&output));
        output
    }

    fn undisturbed(&self) -> Output {
        self.ended(&Mutex::new(None))
    }

    /// Lets it start and kills it while its request of this number is in GitHub's hand.
    fn killed(&self, at: u64, arrives: bool) -> Output {
        let child = Arc::new(Mutex::new(None));
        let victim = Arc::clone(&child);
        let kill = move |_: &mut github_simulator::World| {
            let mut child: std::sync::MutexGuard<'_, Option<Child>> = victim.lock().unwrap();
            let child = child.as_mut().unwrap();
            // On Unix this is `SIGKILL`; it is dead before GitHub goes on.
            child.kill().unwrap();
            child.wait().unwrap();
        };
        self.scenario.world(|world| {
            world.schedule(When::request(at), Effect::Do(Box::new(kill)));
            if !arrives {
                world.schedule(When::request(at), Fault::CloseBefore);
            }
        });
        let output = self.ended(&child);
        self.scenario.world(|world| world.faults.clear());
        output
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Kills a command at every request or a share of them, and compares what the next two runs leave and say with what two
/// undisturbed ones do.
fn survives_sigkill(scenario: &Scenario, what: &'static str, share: usize, arguments: &[&str], document: Option<&str>) {
    scenario.world(|world| {
        world.log_bodies = false;
        world.add_actions_token(TOKEN, &[("contents", "write"), ("pull-requests", "write"), ("actions", "write"), ("issues", "write")]);
    });
    let job = Job { scenario, arguments: arguments.to_vec(), document };
    let from = scenario.moment();
    // What ran before left its requests in the log.
    scenario.rewind(&from);
    let first = job.undisturbed();
    assert_eq!(first.status.code(), Some(Exit::Done as i32), "{}", said(&first));
    let (wanted, requests) = (scenario.outcome(), scenario.requests() as u64);
    let second = job.undisturbed();
    assert_same("undisturbed", &scenario.outcome(), &wanted);
    let deaths = (1..=requests).flat_map(|at| [(at, false), (at, true)]);
    let (mut tried, mut killed) = (0, 0);
    for (at, arrives) in cases(what, share, deaths.collect()) {
        scenario.rewind(&from);
        let context = format!("killed at request {at} of {requests}, which {}", if arrives { "took effect" } else { "did not arrive" });
        let died = job.killed(at, arrives);
        // Requests that are sent at once may be fewer in another order, so that it ends before.
        killed += usize::from(died.status.signal() == Some(SIGKILL));
        tried += 1;
        let next = job.undisturbed();
        assert_eq!(next.status.code(), Some(Exit::Done as i32), "{context}: {}", said(&next));
        assert_same(&context, &scenario.outcome(), &wanted);
        let before = scenario.requests();
        let last = job.undisturbed();
        assert_eq!((last.status.code(), said(&last)), (second.status.code(), said(&second)), "{context}");
        assert_eq!(scenario.writes_after(before), [""; 0], "{context}: a later run wrote");
        assert_same(&context, &scenario.outcome(), &wanted);
    }
    enough(tried, 1);
    assert_eq!(killed, tried, "every one of them died by the signal");
    figure_of_test("processes killed", killed);
}

#[test]
fn a_plan_killed_by_the_system_at_every_request_is_made_by_the_next() {
    let scenario = Scenario::new();
    let bad = scenario.arguments.bad.clone();
    let arguments = ["plan", "--bad", &bad, "--reason", "it fails", "--trigger", "import-failures", "--format", "json"];
    survives_sigkill(&scenario, "processes of plan killed", 6, &arguments, None);
    scenario.world(|world| assert!(world.pulls.is_empty() && world.issues.is_empty()));
}

#[test]
fn a_gate_killed_by_the_system_at_every_request_is_proved_by_the_next() {
    let (scenario, document) = approved(None);
    let arguments = ["gate", "--environment", "rollback-scope-assessed"];
    survives_sigkill(&scenario, "processes of a gate killed", 6, &arguments, Some(&document));
}

#[test]
fn an_execute_killed_by_the_system_at_every_request_is_finished_by_the_next() {
    let (scenario, document) = approved(None);
    survives_sigkill(&scenario, "processes of execute killed", 6, &["execute"], Some(&document));
}

#[test]
fn a_direct_delivery_killed_by_the_system_at_every_request_is_finished_by_the_next() {
    let (scenario, document) = approved(Some("delivery: direct\nmarker-tag: true"));
    survives_sigkill(&scenario, "processes of direct delivery killed", 6, &["execute"], Some(&document));
}

#[test]
fn a_finish_killed_by_the_system_at_every_request_is_finished_by_the_next() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    survives_sigkill(&scenario, "processes of finish killed", 6, &["finish", "--bad", "v0.1.0"], None);
}

#[test]
fn an_incident_killed_by_the_system_at_every_request_is_finished_by_the_next() {
    let (scenario, document) = approved(None);
    survives_sigkill(&scenario, "processes of the incident killed", 6, &["incident"], Some(&document));
}

#[test]
fn an_incident_that_asks_killed_by_the_system_at_every_request_asks_once() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    survives_sigkill(&scenario, "processes of an incident that asks killed", 6, &["incident"], Some(&document));
    scenario.world(|world| assert_eq!(world.comments.len(), 1));
}
