//! Answers older than our last write, as from a replica that lags behind: nothing is doubled by them, and what they hide is
//! found by the next run.

use github_simulator::Fault;
use github_simulator::faults::{Effect, When};
use rollback_action::commands::{Ended, Exit};
use serde_json::Value;

use crate::convergence::{Part, approved, assert_same};
use crate::explore::{cases, enough};
use crate::figures::figure;
use crate::interleaved::assert_one_incident;

/// What of a first run comes before the run that gets old answers.
#[derive(Debug, Clone, Copy)]
enum First {
    /// All of it.
    Whole,
    /// As much as arrives before the connection is cut within this request, after its effect.
    Until(u64),
}

/// Which requests of the later run get old answers.
#[derive(Debug, Clone, Copy)]
enum Stale {
    One(u64),
    Every,
}

/// Runs it once, or as far as it comes, and once more on old answers; then `holds` has to hold, and a run on new ones ends
/// like an undisturbed one. Returns how often an old answer was another one than the truth.
fn survives_stale_answers(part: &Part<'_>, what: &'static str, share: usize, holds: impl Fn(&str, &Ended, &Value)) -> usize {
    let scenario = part.scenario;
    scenario.world(|world| world.log_bodies = true);
    let (exit, wanted, requests) = part.undisturbed();
    let whole = (1..=requests).map(Stale::One).chain([Stale::Every]).map(|stale| (First::Whole, stale));
    let until = (1..=requests).map(|at| (First::Until(at), Stale::Every));
    let mut befallen = 0;
    for (first, stale) in cases(what, share, whole.chain(until).collect()) {
        scenario.rewind(&part.from);
        if let First::Until(at) = first {
            scenario.world(|world| {
                world.schedule(When::request(at), Fault::CloseAfter);
                world.schedule(When::request(at + 1).times(u64::MAX), Fault::CloseBefore);
            });
        }
        let _ = (part.run)();
        let when = match stale {
            Stale::One(at) => When::request(at),
            Stale::Every => When::request(1).times(u64::MAX),
        };
        let answered = scenario.world(|world| {
            world.faults.clear();
            world.schedule(when, Effect::StaleRead);
            world.log.len()
        });
        let ended = (part.run)();
        let old = scenario.world(|world| world.log.iter().skip(answered).filter(|entry| entry.befallen).count());
        scenario.world(|world| world.faults.clear());
        if old == 0 {
            continue;
        }
        befallen += 1;
        figure("faults", "an answer older than our last write", 1);
        let context = format!("{first:?}, then {stale:?} old, {old} of them untrue: {:?} {}\n{:?}", ended.exit, ended.text, ended.problems);
        assert!(matches!(ended.exit, Exit::Done | Exit::Incomplete | Exit::Failed | Exit::Gates), "{context}");
        holds(&context, &ended, &wanted);
        let last = (part.run)();
        assert_eq!(last.exit, exit, "{context}\nthen {}\n{:?}", last.text, last.problems);
        holds(&context, &last, &wanted);
        let before = scenario.requests();
        let _ = (part.run)();
        assert_eq!(scenario.writes_after(before), [""; 0], "{context}");
    }
    befallen
}

#[test]
fn old_answers_at_every_request_of_execute_double_nothing() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let holds = |context: &str, ended: &Ended, wanted: &Value| {
        if ended.exit == Exit::Done {
            assert_same(context, &scenario.outcome(), wanted);
        }
        scenario.world(|world| assert!(world.pulls.len() <= 1, "{context}"));
    };
    enough(survives_stale_answers(&part, "old answers to execute", 1, holds), 5);
}

#[test]
fn old_answers_at_every_request_of_direct_delivery_double_nothing() {
    let (scenario, document) = approved(Some("delivery: direct\nmarker-tag: true"));
    let part = Part::new(&scenario, || scenario.execute(&document));
    let holds = |context: &str, ended: &Ended, wanted: &Value| {
        if ended.exit == Exit::Done {
            assert_same(context, &scenario.outcome(), wanted);
        }
    };
    enough(survives_stale_answers(&part, "old answers to direct delivery", 2, holds), 5);
}

#[test]
fn old_answers_at_every_request_of_finish_double_nothing() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.finish());
    let holds = |context: &str, ended: &Ended, wanted: &Value| {
        if ended.exit == Exit::Done {
            assert_same(context, &scenario.outcome(), wanted);
        }
    };
    enough(survives_stale_answers(&part, "old answers to finish", 1, holds), 3);
}

/// Nothing on GitHub can forbid a second issue: one that an old list has opened is closed by whoever sees both.
#[test]
fn old_answers_at_every_request_of_the_incident_leave_one_open() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.incident(&document)).at_once();
    let holds = |context: &str, _: &Ended, _: &Value| {
        let open = scenario.world(|world| world.issues.values().filter(|issue| issue.open).count());
        assert!(open <= 2, "{context}: {open} open");
    };
    enough(survives_stale_answers(&part, "old answers to the incident", 1, holds), 2);
    let (_, wanted, _) = part.undisturbed();
    scenario.rewind(&part.from);
    let _ = (part.run)();
    scenario.world(|world| world.schedule(When::request(1).times(u64::MAX), Effect::StaleRead));
    let _ = (part.run)();
    scenario.world(|world| world.faults.clear());
    assert_eq!((part.run)().exit, Exit::Done);
    assert_one_incident("after old answers", &scenario, &wanted);
}
