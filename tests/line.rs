//! The line to GitHub: nobody listens any more, or nobody answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use github_simulator::Fault;
use github_simulator::faults::When;
use rollback_action::commands::Exit;

use crate::convergence::{Part, approved};
use crate::explore::{cases, enough};
use crate::figures::figure;
use crate::scenario::Scenario;
use crate::turnstile::Turnstile;

#[test]
fn an_answer_that_never_comes_is_waited_for_until_the_deadline_and_asked_for_again() {
    let (scenario, document) = approved(None);
    scenario.deadline.store(500, Ordering::Relaxed);
    scenario.world(|world| world.schedule(When::path("/actions/runs"), Fault::Stall(None)));
    let started = Instant::now();
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    assert!(started.elapsed() >= Duration::from_millis(500));
    let waits = scenario.waits.lock().unwrap().clone();
    assert!(waits.iter().any(|line| line.contains("no answer within 0.5 s") && line.contains("trying again in")), "{waits:?}");
}

#[test]
fn a_line_that_stays_dead_is_given_up_after_a_bounded_time_with_nothing_written() {
    let (scenario, document) = approved(None);
    scenario.deadline.store(200, Ordering::Relaxed);
    scenario.world(|world| world.schedule(When::request(1).times(u64::MAX), Fault::Stall(Some(3))));
    let before = scenario.requests();
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Failed, "{}", ended.text);
    let problem = ended.problems[0].to_string();
    assert!(problem.contains("no answer within 0.2 s"), "{problem}");
    assert_eq!(scenario.writes_after(before), [""; 0]);
}

/// The server closes its port: nothing that is sent from then on arrives anywhere.
#[test]
fn connections_refused_from_every_request_on_leave_what_the_next_run_finishes() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (exit, wanted, requests) = part.undisturbed();
    let mut refused = 0;
    for at in cases("connections refused", 2, (0..requests).collect()) {
        scenario.rewind(&part.from);
        let upstream = scenario.stage.url().trim_start_matches("http://").parse().unwrap();
        let turnstile = Turnstile::new(upstream, 1, Vec::new());
        let door = turnstile.door(0);
        turnstile.closes_after(at);
        let ended = scenario.execute_through(&door, &document);
        turnstile.leave(0);
        let context = format!("refused after {at} requests of {requests}: {}", ended.text);
        assert!(matches!(ended.exit, Exit::Failed | Exit::Incomplete | Exit::Gates | Exit::Done), "{context}: {:?}", ended.exit);
        let befallen = usize::from(ended.exit != Exit::Done);
        refused += befallen;
        figure("faults", "connection refused", befallen);
        part.recovers(&context, exit, &wanted);
    }
    enough(refused, 5);
}

#[test]
fn a_server_that_comes_back_while_it_is_waited_for_is_not_even_noticed() {
    let mut scenario = Scenario::new();
    // Somebody else's port, free again: nobody listens there, until the real server does.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let upstream: std::net::SocketAddr = scenario.stage.url().trim_start_matches("http://").parse().unwrap();
    scenario.variables.push(("GITHUB_API_URL".into(), format!("http://{address}")));
    let waits = Arc::clone(&scenario.waits);
    let late = std::thread::spawn(move || {
        while waits.lock().unwrap().is_empty() {
            std::thread::yield_now();
        }
        Turnstile::new(upstream, 1, Vec::new()).door_at(0, address)
    });
    scenario.real_waits.store(true, Ordering::Relaxed);
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    late.join().unwrap();
}
