//! Two people press the button, or a job is started twice: two runs of the same command at once.

use std::sync::Arc;

use rollback_action::commands::{Ended, Exit};

use crate::convergence::{Part, approved, assert_same};
use crate::explore::{Chance, cases, drawn};
use crate::scenario::Scenario;
use crate::turnstile::Turnstile;

/// Runs two commands at once, request by request in this order.
pub(crate) fn both(scenario: &Scenario, order: Vec<usize>, run: impl Fn(usize, &str) -> Ended + Sync) -> (Vec<Ended>, usize) {
    let upstream = scenario.stage.url().trim_start_matches("http://").parse().unwrap();
    let turnstile = Turnstile::new(upstream, 2, order);
    let ended = std::thread::scope(|scope| {
        let handles = [0, 1].map(|client| {
            let (turnstile, run) = (Arc::clone(&turnstile), &run);
            scope.spawn(move || {
                let ended = run(client, &turnstile.door(client));
                turnstile.leave(client);
                ended
            })
        });
        handles.map(|handle| handle.join().unwrap()).into()
    });
    (ended, turnstile.passed())
}

/// Who goes when.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Schedule {
    /// The first stops after so many requests until the other is through.
    Waits(usize),
    /// One after the other, so many requests at a time.
    InStep(usize),
    /// By chance.
    Seed(u64),
}

impl Schedule {
    /// All there is for commands of so many requests; chance has no end, so it is as often as is asked for.
    pub(crate) fn all(requests: usize, seeds: u64) -> Vec<Self> {
        let waits = (0..=requests).map(Self::Waits);
        waits.chain([Self::InStep(1), Self::InStep(2)]).chain((1..=drawn(seeds)).map(Self::Seed)).collect()
    }

    pub(crate) fn order(self, requests: usize) -> Vec<usize> {
        match self {
            Self::Waits(at) => [vec![0; at], vec![1; requests * 3], vec![0; requests * 3]].concat(),
            Self::InStep(length) => [vec![0; length], vec![1; length]].concat().repeat(requests * 3 / length),
            Self::Seed(seed) => {
                let mut chance = Chance::new(seed);
                (0..requests * 6).map(|_| usize::from(chance.draw() % 512 < 256)).collect()
            }
        }
    }
}

#[test]
fn two_executes_at_once_make_one_branch_and_one_pull_request_interleaved_at_every_request() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (_, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    for schedule in cases("two runs of execute", 2, Schedule::all(requests, 60)) {
        scenario.rewind(&part.from);
        let (ended, passed) = both(&scenario, schedule.order(requests), |_, url| scenario.execute_through(url, &document));
        let name = format!("{schedule:?}");
        assert!(passed >= requests, "{name}: {passed}");
        for ended in &ended {
            assert!(matches!(ended.exit, Exit::Done | Exit::Incomplete), "{name}: {:?} {}", ended.exit, ended.text);
        }
        assert!(ended.iter().any(|ended| ended.exit == Exit::Done), "{name}: {}\n{}", ended[0].text, ended[1].text);
        assert_same(&name, &scenario.outcome(), &wanted);
        part.again(&name, Exit::Done, &wanted);
    }
}

#[test]
fn two_finishes_at_once_make_one_tag_and_one_release_interleaved_at_every_request() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.finish());
    let (_, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    for schedule in cases("two runs of finish", 1, Schedule::all(requests, 12)) {
        scenario.rewind(&part.from);
        let (ended, _) = both(&scenario, schedule.order(requests), |_, url| scenario.finish_through(url));
        let name = format!("{schedule:?}");
        for ended in &ended {
            assert_eq!(ended.exit, Exit::Done, "{name}: {}\n{:?}", ended.text, ended.problems);
        }
        assert_same(&name, &scenario.outcome(), &wanted);
        part.again(&name, Exit::Done, &wanted);
    }
}

/// Both may open an issue, since nothing on GitHub can forbid it; the later one is closed by whoever sees both.
#[test]
fn two_incidents_at_once_leave_one_open_interleaved_at_every_request() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.incident(&document)).at_once();
    let (_, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    for schedule in cases("two runs of the incident", 1, Schedule::all(requests, 12)) {
        scenario.rewind(&part.from);
        let (ended, _) = both(&scenario, schedule.order(requests), |_, url| scenario.incident_through(url, &document));
        let name = format!("{schedule:?}");
        for ended in &ended {
            assert_eq!(ended.exit, Exit::Done, "{name}: {}\n{:?}", ended.text, ended.problems);
        }
        assert_one_incident(&name, &scenario, &wanted);
        part.again(&name, Exit::Done, &scenario.outcome());
    }
}

/// The oldest incident is as it has to be, and every later one is closed and leads to it.
#[track_caller]
pub(crate) fn assert_one_incident(context: &str, scenario: &Scenario, wanted: &serde_json::Value) {
    let mut is = scenario.outcome();
    let issues = is["issues"].as_array_mut().unwrap();
    for later in issues.split_off(wanted["issues"].as_array().unwrap().len()) {
        let body = later["body"].as_str().unwrap();
        assert!(later["open"] == false && later["state_reason"] == "duplicate", "{context}: {later}");
        assert!(body.starts_with("> [!NOTE]\n> Opened twice. Everything is in #1;"), "{context}: {body}");
    }
    assert_same(context, &is, wanted);
}
