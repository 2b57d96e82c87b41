//! Killed anywhere and run again, a command leaves the same world as one that was never disturbed.

use std::collections::BTreeSet;

use github_simulator::faults::When;
use github_simulator::world::LogEntry;
use github_simulator::{Fault, World};
use rollback_action::commands::{Ended, Exit};
use serde_json::Value;

use crate::figures::figure_of_test;
use crate::rewind::Moment;
use crate::scenario::{Scenario, output};

/// Where in a request the process dies.
#[derive(Debug, Clone, Copy)]
enum Death {
    /// Before it arrives, which is also after the answer of the one before.
    Before,
    /// After it took effect, before the answer.
    After,
}

/// One command of the story, at the moment it starts.
pub(crate) struct Part<'s> {
    pub(crate) scenario: &'s Scenario,
    pub(crate) from: Moment,
    pub(crate) run: Box<dyn Fn() -> Ended + 's>,
    /// How much later it is run again.
    seconds: i64,
}

impl<'s> Part<'s> {
    pub(crate) fn new(scenario: &'s Scenario, run: impl Fn() -> Ended + 's) -> Self {
        Self { from: scenario.moment(), scenario, run: Box::new(run), seconds: 61 }
    }

    /// For a page that shows the time of day.
    pub(crate) fn at_once(self) -> Self {
        Self { seconds: 0, ..self }
    }

    /// The undisturbed end: exit code, world, and how many requests it takes.
    pub(crate) fn undisturbed(&self) -> (Exit, Value, u64) {
        self.scenario.rewind(&self.from);
        let ended = (self.run)();
        let requests = self.scenario.requests() as u64;
        let outcome = self.scenario.outcome();
        self.again("undisturbed", ended.exit, &outcome);
        (ended.exit, outcome, requests)
    }

    /// A later run ends the same way, writes nothing, and changes nothing.
    #[track_caller]
    pub(crate) fn again(&self, context: &str, exit: Exit, wanted: &Value) {
        let before = self.scenario.requests();
        let ended = (self.run)();
        assert_eq!(ended.exit, exit, "{context}, a later run: {}\n{:?}", ended.text, ended.problems);
        assert_eq!(self.scenario.writes_after(before), [""; 0], "{context}, a later run wrote");
        assert_same(context, &self.scenario.outcome(), wanted);
    }

    /// Kills the command at every request, before and after its effect; then runs it again, and once more.
    pub(crate) fn survives_death_anywhere(&self) -> usize {
        let (exit, wanted, requests) = self.undisturbed();
        let mut points = 0;
        for at in 1..=requests {
            for death in [Death::Before, Death::After] {
                self.scenario.rewind(&self.from);
                self.scenario.world(|world| match death {
                    Death::Before => world.schedule(When::request(at).times(u64::MAX), Fault::CloseBefore),
                    Death::After => {
                        world.schedule(When::request(at), Fault::CloseAfter);
                        world.schedule(When::request(at + 1).times(u64::MAX), Fault::CloseBefore);
                    }
                });
                let _ = (self.run)();
                let context = format!("killed at request {at} of {requests} ({death:?})");
                assert!(self.befallen() > 0, "{context}: it was over before");
                self.recovers(&context, exit, &wanted);
                points += 1;
            }
        }
        figure_of_test("crash points", points);
        points
    }

    /// How many requests met what was scheduled.
    fn befallen(&self) -> usize {
        self.scenario.world(|world| world.log.iter().filter(|entry| entry.befallen).count())
    }

    /// Lets any subset of the writes that do not wait for each other arrive, and no other. Returns how many subsets were
    /// really lost: one write may not be sent where another is.
    fn survives_any_subset_of(&self, writes: &[(&str, &str)]) -> usize {
        let (exit, wanted, _) = self.undisturbed();
        let mut tried = BTreeSet::new();
        for subset in 0..1_u32 << writes.len() {
            self.scenario.rewind(&self.from);
            let lost = writes.iter().enumerate().filter(|(n, _)| subset & (1 << n) == 0).map(|(_, write)| write);
            for (method, path) in lost {
                self.scenario.world(|world| world.schedule(When::matching(method, path).times(u64::MAX), Fault::CloseBefore));
            }
            let _ = (self.run)();
            let line = |entry: &LogEntry| format!("{} {}", entry.method, entry.path);
            let lost = |world: &World| world.log.iter().filter(|entry| entry.befallen).map(line).collect::<BTreeSet<_>>();
            tried.insert(self.scenario.world(|world| lost(world)));
            self.recovers(&format!("subset {subset:b} of {writes:?}"), exit, &wanted);
        }
        // Where nothing was lost, nothing was tried.
        tried.remove(&BTreeSet::new());
        figure_of_test("crash points", tried.len());
        tried.len()
    }

    /// One later run puts everything right.
    #[track_caller]
    pub(crate) fn recovers_once(&self, context: &str, exit: Exit, wanted: &Value) {
        self.scenario.world(|world| {
            world.faults.clear();
            world.clock.advance(chrono::Duration::seconds(self.seconds));
        });
        let ended = (self.run)();
        assert_eq!(ended.exit, exit, "{context}: {}\n{:?}", ended.text, ended.problems);
        assert_same(context, &self.scenario.outcome(), wanted);
    }

    #[track_caller]
    pub(crate) fn recovers(&self, context: &str, exit: Exit, wanted: &Value) {
        self.recovers_once(context, exit, wanted);
        self.again(context, exit, wanted);
    }
}

/// Tells whether two worlds are the same.
pub(crate) fn same(is: &Value, wanted: &Value) -> bool {
    is == wanted
}

/// Says only what differs: a whole world is long.
#[track_caller]
pub(crate) fn assert_same(context: &str, is: &Value, wanted: &Value) {
    let mut differences = Vec::new();
    differ("", is, wanted, &mut differences);
    assert!(differences.is_empty(), "{context}:\n{}", differences.join("\n"));
}

fn differ(at: &str, is: &Value, wanted: &Value, differences: &mut Vec<String>) {
    match (is, wanted) {
        (Value::Object(is), Value::Object(wanted)) => {
            for key in is.keys().chain(wanted.keys()).collect::<BTreeSet<_>>() {
                differ(&format!("{at}/{key}"), is.get(key).unwrap_or(&Value::Null), wanted.get(key).unwrap_or(&Value::Null), differences);
            }
        }
        (Value::Array(is), Value::Array(wanted)) if is.len() == wanted.len() => {
            is.iter().zip(wanted).enumerate().for_each(|(n, (is, wanted))| differ(&format!("{at}/{n}"), is, wanted, differences));
        }
        (is, wanted) if is == wanted => {}
        (Value::String(is), Value::String(wanted)) => {
            let lines = |one: &str, other: &str| {
                let known: BTreeSet<&str> = other.lines().collect();
                one.lines().filter(|line| !known.contains(line)).collect::<Vec<_>>().join("\n         ")
            };
            differences.push(format!("{at}\n  is     {}\n  wanted {}", lines(is, wanted), lines(wanted, is)));
        }
        (is, wanted) => differences.push(format!("{at}\n  is     {is}\n  wanted {wanted}")),
    }
}

/// The story up to approved gates.
pub(crate) fn approved(policy: Option<&str>) -> (Scenario, String) {
    let scenario = Scenario::new();
    scenario.world(|world| world.log_bodies = false);
    if let Some(lines) = policy {
        scenario.extend_policy(lines);
    }
    let document = scenario.planned();
    scenario.approve_all(&document);
    (scenario, document)
}

#[test]
fn a_plan_killed_anywhere_writes_nothing_and_comes_out_the_same() {
    let scenario = Scenario::new();
    let part = Part::new(&scenario, || scenario.plan());
    let wanted = output(&(part.run)(), "plan");
    let requests = scenario.requests() as u64;
    for at in 1..=requests {
        scenario.rewind(&part.from);
        scenario.world(|world| world.schedule(When::request(at).times(u64::MAX), Fault::CloseBefore));
        let ended = scenario.plan();
        // Environments that cannot be read count as open; there are no gates to wait at then.
        assert!(matches!(ended.exit, Exit::Failed | Exit::Gates), "at request {at}: {:?} {}", ended.exit, ended.text);
        assert!(!ended.problems.is_empty() && output(&ended, "gates").is_none());
        scenario.world(|world| world.faults.clear());
        assert_eq!(output(&scenario.plan(), "plan"), wanted, "after request {at}");
        assert_eq!(scenario.writes_after(0), [""; 0]);
    }
    figure_of_test("crash points", usize::try_from(requests).unwrap());
}

#[test]
fn execute_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved(None);
    let points = Part::new(&scenario, || scenario.execute(&document)).survives_death_anywhere();
    assert!(points > 20, "{points}");
}

#[test]
fn execute_recovers_whatever_subset_of_its_writes_arrived() {
    let (scenario, document) = approved(Some("marker-tag: true"));
    let part = Part::new(&scenario, || scenario.execute(&document));
    let release = |tag: &str| {
        scenario.world(|world| {
            let release = world.releases.values().find(|release| release.tag_name == tag).unwrap();
            format!("/releases/{}", release.id)
        })
    };
    let (bad, good) = (release("v0.1.0"), release("v0.0.12"));
    let writes = [("POST", "/pulls"), ("POST", "/issues"), ("POST", "/git/refs"), ("PATCH", bad.as_str()), ("PATCH", good.as_str())];
    let tried = part.survives_any_subset_of(&writes);
    assert!(tried > 8, "{tried}");
}

#[test]
fn direct_delivery_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved(Some("delivery: direct\nmarker-tag: true"));
    let points = Part::new(&scenario, || scenario.execute(&document)).survives_death_anywhere();
    assert!(points > 20, "{points}");
}

#[test]
fn finish_after_direct_delivery_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved(Some("delivery: direct"));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let points = Part::new(&scenario, || scenario.finish_planned(&document)).survives_death_anywhere();
    assert!(points > 8, "{points}");
    scenario.world(|world| {
        let tag = world.git.peel(world.git.reference("refs/tags/v0.0.13").unwrap());
        assert_eq!(tag, world.default_head());
    });
}

#[test]
fn finish_after_direct_delivery_needs_the_plans_own_commit_on_the_default_branch() {
    let (scenario, document) = approved(Some("delivery: direct"));
    let refused = |ended: Ended, exit: Exit, said: &str| {
        let problems: String = ended.problems.iter().map(ToString::to_string).collect();
        assert!(ended.exit == exit && problems.contains(said), "{:?} {problems}", ended.exit);
        assert_eq!(scenario.writes_after(0).iter().filter(|line| line.contains("/git/refs") || line.contains("POST /releases")).count(), 0);
    };
    scenario.world(|world| world.log.clear());
    refused(scenario.finish_planned(&document), Exit::Gates, "`main` does not hold the commit of this plan");
    refused(scenario.finish(), Exit::Refused, "keeps the plan on the incident, or give it with `--plan FILE`");
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    // Work on top of it, and the rollback branch cleaned away.
    scenario.world(|world| {
        world.push_file("src/entity/later.py", "LATER = 1\n", "Go on").unwrap();
        world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap();
        world.log.clear();
    });
    let ended = scenario.finish_planned(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    let delivered = scenario.world(|world| world.git.commit(&world.default_head().unwrap()).unwrap().parents[0].clone());
    scenario.world(|world| assert_eq!(world.git.peel(world.git.reference("refs/tags/v0.0.13").unwrap()), Some(delivered)));
    // Pushed away by force, it is not released a second time, nor is anything else.
    scenario.world(|world| {
        let before = world.git.peel(world.git.reference("refs/tags/v0.1.0").unwrap()).unwrap();
        world.git.set_ref("refs/heads/main", Some(&before)).unwrap();
        world.log.clear();
    });
    refused(scenario.finish_planned(&document), Exit::Gates, "`main` does not hold the commit of this plan");
}

#[test]
fn execute_where_bots_may_not_open_pull_requests_is_finished_by_running_it_again() {
    let (scenario, document) = approved(None);
    scenario.world(|world| world.repository.allow_bots_to_open_prs = false);
    let part = Part::new(&scenario, || scenario.execute(&document));
    assert_eq!((part.run)().exit, Exit::Incomplete);
    scenario.rewind(&part.from);
    let wanted = {
        (part.run)();
        scenario.outcome()
    };
    let requests = scenario.requests() as u64;
    for at in 1..=requests {
        scenario.rewind(&part.from);
        scenario.world(|world| world.schedule(When::request(at).times(u64::MAX), Fault::CloseBefore));
        let _ = (part.run)();
        scenario.world(|world| world.faults.clear());
        assert_eq!((part.run)().exit, Exit::Incomplete);
        assert_same(&format!("killed at {at}"), &scenario.outcome(), &wanted);
    }
    figure_of_test("crash points", usize::try_from(requests).unwrap());
}

#[test]
fn execute_killed_in_one_attempt_is_finished_by_the_next() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.execute(&document));
    let (_, wanted, requests) = part.undisturbed();
    for at in 1..=requests {
        scenario.rewind(&part.from);
        let job = scenario.world(|world| world.start_job(scenario.run, "execute", None).unwrap());
        scenario.world(|world| world.schedule(When::request(at).times(u64::MAX), Fault::CloseBefore));
        let _ = scenario.execute(&document);
        scenario.world(|world| {
            world.faults.clear();
            world.finish_job(job, github_simulator::runs::Conclusion::Failure).unwrap();
        });
        scenario.run_failed_jobs_again();
        let ended = scenario.execute(&document);
        assert_eq!(ended.exit, Exit::Done, "killed at {at}: {}\n{:?}", ended.text, ended.problems);
        let (mut is, mut wanted) = (scenario.outcome(), wanted.clone());
        for world in [&mut is, &mut wanted] {
            world["runs"] = Value::Null;
        }
        assert_same(&format!("killed at {at}"), &is, &wanted);
    }
    figure_of_test("crash points", usize::try_from(requests).unwrap());
}

#[test]
fn finish_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let points = Part::new(&scenario, || scenario.finish()).survives_death_anywhere();
    assert!(points > 8, "{points}");
}

#[test]
fn finish_starts_the_release_workflow_once_wherever_it_was_killed() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        world.push_file(".github/workflows/publish.yml", "name: publish\non: workflow_dispatch\njobs: {}\n", "Publish").unwrap();
    });
    scenario.extend_policy("release:\n  workflow: publish.yml");
    let document = scenario.planned();
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let points = Part::new(&scenario, || scenario.finish()).survives_death_anywhere();
    assert!(points > 10, "{points}");
}

#[test]
fn the_incident_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved(None);
    Part::new(&scenario, || scenario.incident(&document)).at_once().survives_death_anywhere();
    let _ = scenario.execute(&document);
    Part::new(&scenario, || scenario.incident(&document)).at_once().survives_death_anywhere();
}
