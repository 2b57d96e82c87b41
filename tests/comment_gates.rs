//! Gates that comments answer, and what comes after the merge: killed anywhere, and two runs at once. The compared world
//! holds every comment, so nothing is asked, answered or said twice.

use chrono::Duration;
use rollback_action::commands::{Ended, Exit, Gate, Incident, gate, incident};
use rollback_action::domain::gate::Stage;
use rollback_action::gate::gate_job_name;
use rollback_action::plan::Plan;
use rollback_action::report::CLOSED_MARKER;

use crate::asked::Asked;
use crate::convergence::{Part, approved, assert_same};
use crate::explore::{cases, enough};
use crate::interleaved::{Schedule, assert_one_incident, both};
use crate::scenario::{INCIDENT, LATE, Scenario};

// ---- killed at every request ----

#[test]
fn an_incident_that_asks_killed_anywhere_asks_once() {
    let scenario = Scenario::private();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let points = Part::new(&scenario, || scenario.incident(&document)).at_once().survives_death_anywhere();
    assert!(points > 20, "{points}");
    scenario.world(|world| assert_eq!((world.issues.len(), world.comments.len()), (1, 1)));
}

#[test]
fn an_answer_killed_anywhere_is_weighed_again_and_replied_to_once() {
    let asked = Asked::new("");
    for (said, exit, replies) in [
        (asked.lines("approve", &["scope-assessed"]), Exit::Done, 0),
        ("/approve scope-assessed 4f1c9a\n".to_owned(), Exit::Gates, 1),
        (format!("/reject scope-assessed\n{}", asked.lines("approve", &["no-such-gate"])), Exit::Gates, 3),
    ] {
        let comment = asked.says("owner-login", &said);
        let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comment));
        assert_eq!(part.undisturbed().0, exit, "{said}");
        part.survives_death_anywhere();
        assert_eq!(asked.ours("<!-- rollback-action:answered:") + asked.ours("<!-- rollback-action:rejected:"), replies, "{said}");
    }
}

#[test]
fn an_execute_after_comments_killed_anywhere_is_finished_by_running_it_again() {
    let asked = Asked::answered("");
    let points = Part::new(&asked.scenario, || asked.execute(&asked.url())).survives_death_anywhere();
    assert!(points > 20, "{points}");
}

#[test]
fn a_reminder_killed_anywhere_is_written_once() {
    let asked = Asked::new("");
    asked.scenario.world(|world| world.clock.advance(Duration::minutes(70)));
    Part::new(&asked.scenario, || asked.remind(&asked.url())).at_once().survives_death_anywhere();
    assert_eq!(asked.ours("<!-- rollback-action:reminded:"), 1);
}

#[test]
fn the_later_gates_and_the_finish_they_hold_killed_anywhere_come_to_the_same_end() {
    let asked = Asked::merged();
    let points = Part::new(&asked.scenario, || asked.gates(&asked.url())).survives_death_anywhere();
    assert!(points > 3, "{points}");
    Part::new(&asked.scenario, || asked.scenario.finish()).survives_death_anywhere();
}

#[test]
fn a_guard_and_a_close_killed_anywhere_come_to_the_same_end() {
    let asked = Asked::finished();
    let guarded = Part::new(&asked.scenario, || asked.guard(&asked.url()));
    assert_eq!(guarded.undisturbed().0, Exit::Done);
    guarded.survives_death_anywhere();
    let closed = Part::new(&asked.scenario, || asked.close(&asked.url())).at_once();
    assert_eq!(closed.undisturbed().0, Exit::Done);
    closed.survives_death_anywhere();
    asked.scenario.world(|world| assert!(!world.issues[&asked.incident].open));
}

#[test]
fn a_gate_s_job_killed_anywhere_proves_the_gate_when_it_runs_again() {
    let scenario = Scenario::new();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let environment = plan.environments(Stage::Execute)[0];
    let name = gate_job_name(environment, plan.id().short());
    scenario.world(|world| {
        world.start_job(scenario.run, &name, Some(environment)).unwrap();
        world.approve(scenario.run, environment, &scenario.stage.reviewers[environment][0], "seen").unwrap();
    });
    let part = Part::new(&scenario, || scenario.gate(environment, &document));
    assert_eq!(part.undisturbed().0, Exit::Done);
    assert!(part.survives_death_anywhere() > 8);
}

// ---- two at once ----

/// Runs two commands in every order of a schedule; the world must be that of one of them, and the next run writes nothing.
fn one_of_two(part: &Part<'_>, what: &'static str, share: usize, exits: &[Exit], run: impl Fn(usize, &str) -> Ended + Sync) {
    let (exit, wanted, requests) = part.undisturbed();
    let requests = usize::try_from(requests).unwrap();
    let mut tried = 0;
    for schedule in cases(what, share, Schedule::all(requests, 12)) {
        part.scenario.rewind(&part.from);
        let (ended, _) = both(part.scenario, schedule.order(requests), &run);
        let name = format!("{schedule:?}");
        for ended in &ended {
            assert!(exits.contains(&ended.exit), "{name}: {:?} {}\n{:?}", ended.exit, ended.text, ended.problems);
        }
        assert_one_incident(&name, part.scenario, &wanted);
        part.again(&name, exit, &part.scenario.outcome());
        tried += 1;
    }
    enough(tried, 5);
}

#[test]
fn two_incidents_that_ask_at_once_leave_one_question_interleaved_at_every_request() {
    let scenario = Scenario::private();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let part = Part::new(&scenario, || scenario.incident(&document)).at_once();
    one_of_two(&part, "two incidents that ask", 1, &[Exit::Done], |_, url| scenario.incident_through(url, &document));
}

/// Both buttons were pressed with the same words, so both runs ask for one plan on an incident that is there already.
#[test]
fn two_runs_that_ask_for_one_plan_leave_one_question_interleaved_at_every_request() {
    let scenario = Scenario::private();
    scenario.world(|world| world.log_bodies = false);
    let document = scenario.planned();
    let other = scenario
        .world(|world| world.start_run("rollback.yml", "main", rollback_action::commands::REQUESTER, serde_json::json!({})).unwrap());
    let of = |run: u64, url: &str| {
        let act = async |connection, environment| incident(&Incident::default(), &connection, &environment).await;
        scenario.command_of(run, url, "incident", INCIDENT, Some(&document), act)
    };
    let from = scenario.moment();
    scenario.rewind(&from);
    assert_eq!(of(other, &scenario.stage.url()).exit, Exit::Done);
    let requests = scenario.requests();
    for schedule in cases("two runs that ask", 1, Schedule::all(requests, 12)) {
        scenario.rewind(&from);
        let (ended, _) = both(&scenario, schedule.order(requests), |client, url| of([scenario.run, other][client], url));
        assert!(ended.iter().all(|ended| ended.exit == Exit::Done), "{schedule:?}: {ended:?}");
        for _ in 0..2 {
            assert_eq!(scenario.world(|world| world.comments.len()), 1, "{schedule:?}");
            assert_eq!(of(other, &scenario.stage.url()).exit, Exit::Done);
        }
    }
}

#[test]
fn two_answers_at_once_are_replied_to_once_interleaved_at_every_request() {
    let asked = Asked::new("");
    let comment = asked.says("owner-login", "/approve scope-assessed 4f1c9a");
    let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comment));
    one_of_two(&part, "two answers to one comment", 1, &[Exit::Gates], |_, url| asked.answer(url, comment));
    let comments = [asked.says("owner-login", "/reject scope-assessed"), asked.says("lead-login", "/reject team-assembled")];
    let part = Part::new(&asked.scenario, || asked.answer(&asked.url(), comments[0]));
    one_of_two(&part, "two rejections", 1, &[Exit::Gates], |client, url| asked.answer(url, comments[client]));
}

#[test]
fn two_reminders_at_once_leave_one_interleaved_at_every_request() {
    let asked = Asked::new("");
    asked.scenario.world(|world| world.clock.advance(Duration::minutes(70)));
    let part = Part::new(&asked.scenario, || asked.remind(&asked.url())).at_once();
    one_of_two(&part, "two reminders", 1, &[Exit::Done], |_, url| asked.remind(url));
}

#[test]
fn two_executes_after_comments_at_once_make_one_pull_request_interleaved_at_every_request() {
    let asked = Asked::answered("");
    let part = Part::new(&asked.scenario, || asked.execute(&asked.url()));
    let exits = [Exit::Done, Exit::Incomplete];
    one_of_two(&part, "two executes after comments", 3, &exits, |_, url| asked.execute(url));
}

#[test]
fn two_closes_at_once_close_it_once_interleaved_at_every_request() {
    let asked = Asked::finished();
    let part = Part::new(&asked.scenario, || asked.close(&asked.url())).at_once();
    assert_eq!(part.undisturbed().0, Exit::Done);
    one_of_two(&part, "two runs of close", 1, &[Exit::Done], |_, url| asked.close(url));
}

/// The page is written and the incident closed at the same moment. Nothing on GitHub can forbid that the page forgets how
/// it was closed; the run that wrote it says so, and `close` puts it there.
#[test]
fn a_refresh_and_a_close_at_once_leave_the_incident_closed_interleaved_at_every_request() {
    let asked = Asked::finished();
    asked.scenario.world(|world| {
        let page = world.issues.get_mut(&asked.incident).unwrap();
        page.body = page.body.as_ref().map(|body| body.replace("v0.0.13", "v0.0.?"));
    });
    let from = asked.scenario.moment();
    asked.scenario.rewind(&from);
    asked.done(&asked.scenario.incident(&asked.document));
    assert_eq!(asked.scenario.writes_after(0).len(), 1, "the page is written anew");
    let requests = asked.scenario.requests();
    let mut forgotten = 0;
    for schedule in cases("two at once, a refresh and a close", 1, Schedule::all(requests, 12)) {
        asked.scenario.rewind(&from);
        let (ended, _) = both(&asked.scenario, schedule.order(requests), |client, url| match client {
            0 => asked.scenario.incident_through(url, &asked.document),
            _ => asked.close(url),
        });
        let name = format!("{schedule:?}: {ended:?}");
        assert_eq!(ended[1].exit, Exit::Done, "{name}");
        let page = || asked.scenario.world(|world| world.issues[&asked.incident].clone());
        let forgot = !page().body.unwrap().contains(CLOSED_MARKER);
        assert_eq!(ended[0].exit == Exit::Incomplete, forgot, "{name}");
        forgotten += usize::from(forgot);
        asked.done(&asked.close(&asked.url()));
        assert!(!page().open && page().body.unwrap().contains(CLOSED_MARKER), "{name}");
        assert_eq!(page().body.unwrap().matches("**Closed").count(), 1, "{name}");
        let wanted = asked.scenario.outcome();
        asked.done(&asked.scenario.incident(&asked.document));
        asked.done(&asked.close(&asked.url()));
        assert_same(&name, &asked.scenario.outcome(), &wanted);
    }
    enough(forgotten, 0);
}

#[test]
fn what_only_reads_says_the_same_twice_at_once_interleaved_at_every_request() {
    let (scenario, document) = approved(None);
    let read = |url: &str| {
        let arguments = Gate { environment: "rollback-scope-assessed".into(), plan: None };
        let act = async |connection, environment| gate(&arguments, &connection, &environment).await;
        scenario.command_of(scenario.run, url, "gate", LATE, Some(&document), act)
    };
    let part = Part::new(&scenario, || read(&scenario.stage.url()));
    one_of_two(&part, "two jobs of a gate", 1, &[Exit::Done], |_, url| read(url));
    let asked = Asked::finished();
    let part = Part::new(&asked.scenario, || asked.guard(&asked.url()));
    one_of_two(&part, "two guards", 1, &[Exit::Done], |_, url| asked.guard(url));
    let part = Part::new(&asked.scenario, || asked.gates(&asked.url()));
    one_of_two(&part, "two readings of later gates", 1, &[Exit::Done], |_, url| asked.gates(url));
}
