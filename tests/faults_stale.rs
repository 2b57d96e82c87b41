//! Answers older than our last write, as from a replica that lags behind: nothing is doubled by them, and what they hide is
//! found by the next run.

use github_simulator::Fault;
use github_simulator::faults::{Effect, When};
use rollback_action::commands::{Ended, Exit};
use rollback_action::domain::gate::Stage;
use serde_json::Value;

use crate::asked::{Asked, LATE_GATES};
use crate::convergence::{Part, approved, assert_same};
use crate::explore::{cases, enough};
use crate::figures::figure;
use crate::interleaved::assert_one_incident;
use crate::scenario::Scenario;

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

/// Runs it once, or as far as it comes, and once more on old answers; then `holds` has to hold. A run on new ones ends like
/// an undisturbed one, and `ends` has to hold. Returns how often an old answer was another one than the truth.
fn survives_stale_answers(
    part: &Part<'_>,
    what: &'static str,
    share: usize,
    holds: impl Fn(&str, &Ended, &Value),
    ends: impl Fn(&str, &Value),
) -> usize {
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
        ends(&context, &wanted);
        let before = scenario.requests();
        let _ = (part.run)();
        assert_eq!(scenario.writes_after(before), [""; 0], "{context}");
    }
    befallen
}

/// Whoever says that it is done left the world as it has to be.
fn done_is_done(scenario: &Scenario) -> impl Fn(&str, &Ended, &Value) {
    |context, ended, wanted| {
        if ended.exit == Exit::Done {
            assert_same(context, &scenario.outcome(), wanted);
        }
    }
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
    let ends = |context: &str, wanted: &Value| assert_same(context, &scenario.outcome(), wanted);
    enough(survives_stale_answers(&part, "old answers to execute", 1, holds, ends), 5);
}

#[test]
fn old_answers_at_every_request_of_direct_delivery_double_nothing() {
    let (scenario, document) = approved(Some("delivery: direct\nmarker-tag: true"));
    let part = Part::new(&scenario, || scenario.execute(&document));
    let ends = |context: &str, wanted: &Value| assert_same(context, &scenario.outcome(), wanted);
    enough(survives_stale_answers(&part, "old answers to direct delivery", 2, done_is_done(&scenario), ends), 5);
}

#[test]
fn old_answers_at_every_request_of_finish_double_nothing() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.finish());
    let ends = |context: &str, wanted: &Value| assert_same(context, &scenario.outcome(), wanted);
    enough(survives_stale_answers(&part, "old answers to finish", 1, done_is_done(&scenario), ends), 3);
}

/// One incident is open; it is as it has to be, and was asked on once. Others, closed as its duplicates, may carry the
/// question that was asked on them.
#[track_caller]
fn assert_one_open(context: &str, scenario: &Scenario, wanted: &Value) {
    scenario.world(|world| {
        let duplicates: Vec<u64> =
            world.issues.values().filter(|issue| issue.state_reason.as_deref() == Some("duplicate")).map(|issue| issue.number).collect();
        world.comments.retain(|_, comment| !duplicates.contains(&comment.number));
    });
    assert_one_incident(context, scenario, wanted);
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
    let ends = |context: &str, wanted: &Value| assert_one_open(context, &scenario, wanted);
    enough(survives_stale_answers(&part, "old answers to the incident", 1, holds, ends), 2);
    let (_, wanted, _) = part.undisturbed();
    scenario.rewind(&part.from);
    let _ = (part.run)();
    scenario.world(|world| world.schedule(When::request(1).times(u64::MAX), Effect::StaleRead));
    let _ = (part.run)();
    scenario.world(|world| world.faults.clear());
    assert_eq!((part.run)().exit, Exit::Done);
    assert_one_incident("after old answers", &scenario, &wanted);
}

#[test]
fn old_answers_at_every_request_of_an_incident_that_asks_leave_one_question() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    let part = Part::new(&scenario, || scenario.incident(&document)).at_once();
    let holds = |context: &str, _: &Ended, _: &Value| {
        let (open, asked) = scenario.world(|world| (world.issues.values().filter(|issue| issue.open).count(), world.comments.len()));
        assert!(open <= 2 && asked <= 2, "{context}: {open} open, {asked} questions");
    };
    let ends = |context: &str, wanted: &Value| assert_one_open(context, &scenario, wanted);
    enough(survives_stale_answers(&part, "old answers to an incident that asks", 1, holds, ends), 4);
}

#[test]
fn old_answers_at_every_request_of_an_answer_reply_once() {
    let asked = Asked::new("");
    for (said, times) in [("/approve scope-assessed 4f1c9a\n", 1), ("/reject scope-assessed", 1)] {
        let comment = asked.says("owner-login", said);
        let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comment));
        let before = asked.scenario.world(|world| world.comments.len());
        let holds = |context: &str, _: &Ended, _: &Value| {
            let replies = asked.scenario.world(|world| world.comments.len()) - before;
            assert!(replies <= 2, "{context}: {replies} replies");
        };
        let ends = |context: &str, wanted: &Value| assert_same(context, &asked.scenario.outcome(), wanted);
        assert!(survives_stale_answers(&part, "old answers to an answer", 1, holds, ends) >= times, "{said}");
    }
}

#[test]
fn old_answers_at_every_request_of_a_reminder_remind_once() {
    let asked = Asked::new("");
    asked.scenario.world(|world| world.clock.advance(chrono::Duration::minutes(70)));
    let part = Part::new(&asked.scenario, || asked.remind(&asked.url())).at_once();
    let holds = |context: &str, _: &Ended, _: &Value| {
        let reminders = asked.ours("<!-- rollback-action:reminded:");
        assert!(reminders <= 2, "{context}: {reminders} reminders");
    };
    let ends = |context: &str, wanted: &Value| assert_same(context, &asked.scenario.outcome(), wanted);
    enough(survives_stale_answers(&part, "old answers to a reminder", 1, holds, ends), 1);
}

#[test]
fn old_answers_at_every_request_of_an_execute_after_comments_double_nothing() {
    let asked = Asked::answered("");
    let part = Part::new(&asked.scenario, || asked.execute(&asked.url()));
    let ends = |context: &str, wanted: &Value| assert_same(context, &asked.scenario.outcome(), wanted);
    enough(survives_stale_answers(&part, "old answers to execute after comments", 2, done_is_done(&asked.scenario), ends), 3);
}

/// Everything is read, and nothing is written; then somebody says no.
fn refused(asked: &Asked, stage: Stage, run: &dyn Fn() -> Ended) {
    let scenario = &asked.scenario;
    scenario.world(|world| {
        for method in ["POST", "PATCH"] {
            for path in ["/git", "/pulls", "/releases", "/issues"] {
                world.schedule(When::matching(method, path).times(u64::MAX), Fault::CloseBefore);
            }
        }
    });
    let _ = run();
    scenario.world(|world| world.faults.clear());
    let (gate, login) = match stage {
        Stage::Execute => ("scope-assessed", "owner-login"),
        Stage::Finish => ("looked-at", "owner-login"),
        Stage::Close | Stage::ReRelease => ("told", "lead-login"),
    };
    asked.says(login, &format!("/reject {gate}\n"));
}

#[test]
fn no_gate_is_passed_on_an_old_answer_that_hides_a_no() {
    let mut befallen = 0;
    for stage in [Stage::Execute, Stage::Finish, Stage::Close] {
        let asked = match stage {
            Stage::Execute => Asked::answered(""),
            Stage::Finish => Asked::merged(),
            Stage::Close | Stage::ReRelease => Asked::finished(),
        };
        let scenario = &asked.scenario;
        scenario.world(|world| world.log_bodies = true);
        let run = || match stage {
            Stage::Execute => asked.execute(&asked.url()),
            Stage::Finish => scenario.finish(),
            Stage::Close | Stage::ReRelease => asked.close(&asked.url()),
        };
        let from = scenario.moment();
        scenario.rewind(&from);
        assert_eq!(run().exit, Exit::Done);
        let requests = scenario.requests() as u64;
        for at in cases("old answers that hide a no", 2, (1..=requests).collect()) {
            scenario.rewind(&from);
            refused(&asked, stage, &run);
            let (before, answered) = (scenario.outcome(), scenario.requests());
            scenario.world(|world| world.schedule(When::request(at), Effect::StaleRead));
            let ended = run();
            let old = scenario.world(|world| world.log.iter().skip(answered).any(|entry| entry.befallen));
            scenario.world(|world| world.faults.clear());
            let context = format!("{stage:?}: request {at} of {requests} old: {:?} {}\n{:?}", ended.exit, ended.text, ended.problems);
            assert!(matches!(ended.exit, Exit::Gates | Exit::Failed), "{context}");
            assert_same(&context, &scenario.outcome(), &before);
            assert_eq!(run().exit, Exit::Gates, "{context}");
            befallen += usize::from(old);
        }
    }
    enough(befallen, 1);
    figure("faults", "an answer older than a no", befallen);
}

/// Where every answer is old, nothing can know of the no: it is as if it were said a moment later. The pull request is
/// there then, and nothing is released from it.
#[test]
fn a_no_that_every_answer_hid_from_execute_is_said_by_the_next_run_and_holds_the_release() {
    let asked = Asked::answered(LATE_GATES);
    let scenario = &asked.scenario;
    scenario.world(|world| world.log_bodies = true);
    refused(&asked, Stage::Execute, &|| asked.execute(&asked.url()));
    scenario.world(|world| world.schedule(When::request(1).times(u64::MAX), Effect::StaleRead));
    assert_eq!(asked.execute(&asked.url()).exit, Exit::Done);
    scenario.world(|world| world.faults.clear());
    let told = scenario.incident(&asked.document);
    assert_eq!(told.exit, Exit::Gates);
    assert!(told.problems[0].error.contains("rejected by owner-login"), "{:?}", told.problems);
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    assert_eq!(scenario.finish().exit, Exit::Gates);
    scenario.world(|world| assert_eq!(world.git.reference("refs/tags/v0.0.13"), None));
}
