//! The workflow's jobs, killed between any two of them and inside them; a person runs the failed jobs again, and the run's
//! next attempt does the rest.

use github_simulator::Fault;
use github_simulator::faults::When;
use github_simulator::runs::Conclusion;
use rollback_action::commands::{Ended, Exit};
use rollback_action::domain::gate::Stage;
use rollback_action::plan::Plan;
use serde_json::Value;

use crate::convergence::assert_same;
use crate::explore::{cases, enough};
use crate::figures::figure_of_test;
use crate::scenario::{Scenario, output};

/// Where the run dies: before a job, or after so many of its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Death {
    job: usize,
    requests: u64,
}

/// The whole story as the workflows play it.
struct Story<'s> {
    scenario: &'s Scenario,
    death: Option<Death>,
    jobs: usize,
    died: bool,
}

impl Story<'_> {
    /// Runs one job of the workflow, in a second attempt where the first dies in it.
    fn job(&mut self, name: &str, run: impl Fn() -> Ended) -> Ended {
        if let Some(death) = self.death.filter(|death| death.job == self.jobs) {
            self.die(name, death.requests, &run);
        }
        self.jobs += 1;
        run()
    }

    fn die(&mut self, name: &str, requests: u64, run: impl Fn() -> Ended) {
        let job = self.scenario.world(|world| world.start_job(self.scenario.run, name, None).unwrap());
        let before = self.scenario.requests();
        if requests > 0 {
            self.scenario.world(|world| world.schedule(When::request(requests).times(u64::MAX), Fault::CloseBefore));
            let _ = run();
        }
        self.died = self.scenario.world(|world| {
            world.faults.clear();
            world.finish_job(job, Conclusion::Failure).unwrap();
            // A job of fewer requests is over before.
            requests == 0 || world.log.iter().skip(before).any(|entry| entry.befallen)
        });
        self.scenario.run_failed_jobs_again();
    }

    /// Plays it to the end and returns the world, without the attempts it took.
    fn played(mut self) -> (Value, usize, bool) {
        let scenario = self.scenario;
        let done = |ended: Ended| {
            assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
            ended
        };
        let document = output(&done(self.job("plan", || scenario.plan())), "plan").unwrap();
        done(self.job("incident (opened)", || scenario.incident(&document)));
        let plan = Plan::from_document(&document).unwrap();
        for environment in plan.environments(Stage::Execute) {
            let reviewer = scenario.stage.reviewers[environment][0].clone();
            if let Some(death) = self.death.filter(|death| death.job == self.jobs) {
                self.die(environment, 0, || unreachable!("a gate's job waits outside"));
                assert_eq!(death.requests, 0);
            }
            self.jobs += 1;
            done(scenario.pass(environment, &reviewer, &document));
        }
        done(self.job("execute", || scenario.execute(&document)));
        done(self.job("incident", || scenario.incident(&document)));
        scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
        done(self.job("finish", || scenario.finish()));
        done(self.job("incident", || scenario.incident(&document)));
        let mut outcome = scenario.outcome();
        outcome["runs"] = Value::Null;
        (outcome, self.jobs, self.died)
    }
}

#[test]
fn a_run_killed_between_any_two_jobs_and_at_every_request_of_one_is_finished_by_its_next_attempt() {
    let scenario = Scenario::new();
    scenario.world(|world| world.log_bodies = false);
    let from = scenario.moment();
    let story = |death| Story { scenario: &scenario, death, jobs: 0, died: false }.played();
    let (wanted, jobs, _) = story(None);
    let between = (0..jobs).map(|job| Death { job, requests: 0 });
    // The gates' jobs are the third to the last but four.
    let inside = (0..2).chain(jobs - 4..jobs).flat_map(|job| (2..=24).map(move |requests| Death { job, requests }));
    let mut deaths = 0;
    for death in cases("the run's attempts", 8, between.chain(inside).collect()) {
        scenario.rewind(&from);
        let (is, _, died) = story(Some(death));
        assert!(died || death.requests > 0, "{death:?}");
        assert_same(&format!("{death:?}"), &is, &wanted);
        deaths += usize::from(died);
    }
    enough(deaths, 5);
    figure_of_test("crash points", deaths);
}
