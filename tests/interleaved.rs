//! Two people press the button, or a job is started twice: two runs of the same command at once.

use std::sync::Arc;

use rollback_action::commands::{Ended, Exit};

use crate::convergence::{Part, approved, assert_same};
use crate::figures::figure_of_test;
use crate::scenario::Scenario;
use crate::turnstile::Turnstile;

/// A small generator of the same numbers every time: the seed is in the message of a test that fails.
struct Chance(u64);

impl Chance {
    fn draw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Runs a command twice at once, request by request in this order.
fn both(scenario: &Scenario, order: Vec<usize>, run: impl Fn(&str) -> Ended + Sync) -> (Vec<Ended>, usize) {
    let upstream = scenario.stage.url().trim_start_matches("http://").parse().unwrap();
    let turnstile = Turnstile::new(upstream, 2, order);
    let ended = std::thread::scope(|scope| {
        let handles = [0, 1].map(|client| {
            let (turnstile, run) = (Arc::clone(&turnstile), &run);
            scope.spawn(move || {
                let ended = run(&turnstile.door(client));
                turnstile.leave(client);
                ended
            })
        });
        handles.map(|handle| handle.join().unwrap()).into()
    });
    (ended, turnstile.passed())
}

#[test]
fn two_executes_at_once_make_one_branch_and_one_pull_request() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (_, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    let mut schedules: Vec<(String, Vec<usize>)> = Vec::new();
    // One run stops at every request until the other is through, and both go in step.
    for at in 0..=requests {
        let order = [vec![0; at], vec![1; requests * 3], vec![0; requests * 3]].concat();
        schedules.push((format!("the first waits after {at} requests"), order));
    }
    schedules.push(("in step".into(), [0, 1].repeat(requests * 3)));
    schedules.push(("two by two".into(), [0, 0, 1, 1].repeat(requests * 2)));
    for seed in 1..=24_u64 {
        let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        schedules.push((format!("seed {seed}"), (0..requests * 6).map(|_| usize::from(chance.draw().is_multiple_of(2))).collect()));
    }
    figure_of_test("interleavings", schedules.len());
    for (name, order) in schedules {
        scenario.rewind(&part.from);
        let (ended, passed) = both(&scenario, order, |url| scenario.execute_through(url, &document));
        assert!(passed >= 2 * requests / 2, "{name}: {passed}");
        for ended in &ended {
            assert!(matches!(ended.exit, Exit::Done | Exit::Incomplete), "{name}: {:?} {}", ended.exit, ended.text);
        }
        assert!(ended.iter().any(|ended| ended.exit == Exit::Done), "{name}: {}\n{}", ended[0].text, ended[1].text);
        assert_same(&name, &scenario.outcome(), &wanted);
        part.again(&name, Exit::Done, &wanted);
    }
}

#[test]
fn two_finishes_at_once_make_one_tag_and_one_release() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.finish());
    let (_, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    figure_of_test("interleavings", requests + 1);
    for at in 0..=requests {
        scenario.rewind(&part.from);
        let order = [vec![0; at], vec![1; requests * 3], vec![0; requests * 3]].concat();
        let (ended, _) = both(&scenario, order, |url| scenario.finish_through(url));
        let name = format!("the first waits after {at} requests");
        for ended in &ended {
            assert_eq!(ended.exit, Exit::Done, "{name}: {}\n{:?}", ended.text, ended.problems);
        }
        assert_same(&name, &scenario.outcome(), &wanted);
        part.again(&name, Exit::Done, &wanted);
    }
}
