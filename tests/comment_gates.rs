//! Gates that comments answer, and what comes after the merge: killed anywhere, and two runs at once. The compared world
//! holds every comment, so nothing is asked, answered or said twice.

use chrono::Duration;
use rollback_action::commands::{
    Answer, Close, Ended, Exit, Gate, Gates, Guard, Incident, LateStage, Remind, answer, close, gate, gates, guard, incident, remind,
};
use rollback_action::domain::gate::Stage;
use rollback_action::gate::gate_job_name;
use rollback_action::plan::Plan;

use crate::convergence::{Part, approved};
use crate::explore::{cases, enough};
use crate::interleaved::{Schedule, assert_one_incident, both};
use crate::scenario::{INCIDENT, LATE, Scenario};

/// Who answers what, as the example's policy says.
const LEAD: &[&str] = &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"];
const OWNER: &[&str] = &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"];
const LATE_GATES: &str = "gates:\n  looked-at: { question: Was it looked at?, roles: [product-owner], stage: finish }\n  \
                          told: { question: Was everybody told?, roles: [technical-lead], stage: close }\n  \
                          tested: { question: Did users test it?, roles: [technical-lead], stage: re-release }";

/// A rollback whose gates comments answer.
struct Asked {
    scenario: Scenario,
    document: String,
    plan: Plan,
    incident: u64,
    /// The run that the comments start.
    run: u64,
}

impl Asked {
    fn new(policy: &str) -> Self {
        let scenario = Scenario::private();
        scenario.extend_policy(policy);
        let document = scenario.planned();
        let incident = scenario.opened(&document);
        let started = |world: &mut github_simulator::World| {
            world.start_run_of("rollback-approve.yml", "issue_comment", "main", "lead-login", serde_json::Value::Null).unwrap()
        };
        let run = scenario.world(started);
        scenario.world(|world| world.log_bodies = false);
        Self { plan: Plan::from_document(&document).unwrap(), scenario, document, incident, run }
    }

    /// Answered by both, before anything is done.
    fn answered(policy: &str) -> Self {
        let asked = Self::new(policy);
        asked.says("lead-login", &asked.lines("approve", LEAD));
        asked.says("owner-login", &asked.lines("approve", OWNER));
        asked
    }

    /// Merged by a person, and each later gate answered.
    fn merged() -> Self {
        let asked = Self::answered(LATE_GATES);
        asked.done(&asked.execute(&asked.url()));
        let pull = asked.scenario.world(|world| *world.pulls.keys().next().unwrap());
        asked.scenario.merge(pull);
        asked.says("owner-login", &asked.lines("approve", &["looked-at"]));
        asked.says("lead-login", &asked.lines("approve", &["told", "tested"]));
        asked
    }

    fn finished() -> Self {
        let asked = Self::merged();
        asked.done(&asked.scenario.finish());
        asked.done(&asked.scenario.incident(&asked.document));
        asked
    }

    #[track_caller]
    fn done(&self, ended: &Ended) {
        assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    }

    fn url(&self) -> String {
        self.scenario.stage.url()
    }

    fn lines(&self, verb: &str, gates: &[&str]) -> String {
        gates.iter().map(|gate| format!("/{verb} {gate} {}\n", self.plan.id().short())).collect()
    }

    fn says(&self, login: &str, body: &str) -> u64 {
        self.scenario.world(|world| world.comment(self.incident, login, body))
    }

    fn answer(&self, url: &str, comment: u64) -> Ended {
        let arguments = Answer { issue: self.incident, comment };
        let act = async |connection, environment| answer(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "answer", INCIDENT, None, act)
    }

    fn remind(&self, url: &str) -> Ended {
        let act = async |connection, environment| remind(&Remind {}, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "remind", INCIDENT, None, act)
    }

    fn execute(&self, url: &str) -> Ended {
        self.scenario.execute_of(self.run, url, &self.document)
    }

    fn close(&self, url: &str) -> Ended {
        let arguments = Close { bad: "v0.1.0".into(), left: Some("the rest is done next week".into()) };
        let act = async |connection, environment| close(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "close", INCIDENT, None, act)
    }

    fn gates(&self, url: &str) -> Ended {
        let arguments = Gates { bad: "v0.1.0".into(), stage: LateStage::Finish, plan: None };
        let act = async |connection, environment| gates(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "gates", LATE, None, act)
    }

    fn guard(&self, url: &str) -> Ended {
        let arguments = Guard { tag: Some("v0.2.0".parse().unwrap()), bad: None };
        let act = async |connection, environment| guard(&arguments, &connection, &environment).await;
        self.scenario.command_of(self.run, url, "guard", LATE, None, act)
    }

    /// How many comments of ours begin like this.
    fn ours(&self, start: &str) -> usize {
        let is = |comment: &&github_simulator::world::Comment| comment.author.ends_with("[bot]") && comment.body.starts_with(start);
        self.scenario.world(|world| world.comments.values().filter(is).count())
    }
}

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
fn what_comes_after_the_merge_killed_anywhere_is_finished_by_running_it_again() {
    let asked = Asked::merged();
    let points = Part::new(&asked.scenario, || asked.gates(&asked.url())).survives_death_anywhere();
    assert!(points > 3, "{points}");
    Part::new(&asked.scenario, || asked.scenario.finish()).survives_death_anywhere();
    Part::new(&asked.scenario, || asked.scenario.incident(&asked.document)).at_once().survives_death_anywhere();
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
