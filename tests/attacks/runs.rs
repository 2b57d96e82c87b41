//! Attempts with the run: another branch, another run, another attempt, a workflow that was changed.

use chrono::Duration;
use github_simulator::runs::{Conclusion, Rerun};
use github_simulator::world::Role;
use rollback_action::commands::{Exit, REQUESTER};
use rollback_action::gate::gate_job_name;

use super::{Attack, CONFIRMED, SCOPE};
use crate::scenario::Scenario;

/// A run on a branch where the workflow was changed; the environments let none of its jobs through.
fn on_a_branch() -> Attack {
    let mut scenario = Scenario::new();
    scenario.run = scenario.world(|world| {
        let head = world.default_head();
        let ungated = "on: workflow_dispatch\njobs:\n  execute:\n    runs-on: ubuntu-latest\n    steps: []\n";
        let changed = world.push_file(".github/workflows/rollback.yml", ungated, "Ask nobody").unwrap();
        world.git.set_ref("refs/heads/feature", Some(&changed)).unwrap();
        world.git.set_ref("refs/heads/main", head.as_deref()).unwrap();
        world.start_run("rollback.yml", "feature", REQUESTER, serde_json::json!({})).unwrap()
    });
    Attack::on(scenario)
}

#[test]
fn a_dispatch_from_a_feature_branch_reaches_no_gate() {
    let mut attack = on_a_branch();
    attack.scenario.variables = vec![("GITHUB_REF".into(), "refs/heads/feature".into())];
    attack.is_refused("this run is on `refs/heads/feature`; start it on the default branch `main`");
    attack.is_refused("its job failed");
}

#[test]
fn a_branch_that_says_it_is_the_default_one_is_not_believed() {
    on_a_branch().is_refused("GitHub has this run on record for `feature`");
}

#[test]
fn a_tag_named_like_the_default_branch_is_not_it() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.variables = vec![("GITHUB_REF".into(), "refs/tags/main".into())];
    attack.is_refused("this run is on `refs/tags/main`");
}

#[test]
fn execute_outside_a_workflow_has_no_gates_to_show() {
    for missing in ["GITHUB_RUN_ID", "GITHUB_REF"] {
        let mut attack = Attack::waiting();
        attack.pass_all_but(&[]);
        attack.scenario.variables = vec![(missing.into(), String::new())];
        attack.is_refused("this is not a workflow run, so no gate can have been approved");
    }
}

#[test]
fn gates_of_another_run_are_not_this_one_s() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.run = attack.scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
    attack.is_refused("no job of this run held it");
}

#[test]
fn one_gate_passed_in_another_run_is_not_passed_here() {
    let mut attack = Attack::waiting();
    attack.pass(CONFIRMED);
    attack.scenario.run = attack.scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
    attack.jobs.clear();
    attack.wait();
    attack.pass_all_but(&[CONFIRMED]);
    attack.is_refused("it is still waiting for its reviewer");
}

#[test]
fn a_job_of_the_gate_s_name_without_its_environment_is_unreviewed() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    let name = gate_job_name(CONFIRMED, attack.plan().id().short());
    attack.scenario.world(|world| {
        let run = world.runs.runs.get_mut(&attack.scenario.run).unwrap();
        run.attempts.last_mut().unwrap().jobs.retain(|job| job.name != name);
        let job = world.start_job(attack.scenario.run, &name, None).unwrap();
        world.finish_job(job, Conclusion::Success).unwrap();
    });
    attack.is_refused("no review on record (administrator bypass?)");
}

#[test]
fn a_forged_job_beside_the_real_one_stops_the_run() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    let name = gate_job_name(CONFIRMED, attack.plan().id().short());
    attack.scenario.world(|world| {
        let job = world.start_job(attack.scenario.run, &format!("other / {name}"), None).unwrap();
        world.finish_job(job, Conclusion::Success).unwrap();
    });
    attack.is_refused("several jobs of this run claim to be it");
}

/// The job goes on without its gate's answer, as `if: always()` would have it.
#[track_caller]
fn ends_as(conclusion: Conclusion, words: &str) {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.approve(SCOPE, "owner-login");
    attack.end_job(SCOPE, conclusion);
    attack.is_refused(words);
}

#[test]
fn a_gate_that_was_skipped_was_not_passed() {
    ends_as(Conclusion::Skipped, "its job was skipped, so nobody was asked");
}

#[test]
fn a_gate_that_was_cancelled_was_not_passed() {
    ends_as(Conclusion::Cancelled, "its job was cancelled");
}

#[test]
fn a_gate_that_failed_was_not_passed() {
    ends_as(Conclusion::Failure, "its job failed");
}

#[test]
fn a_gate_that_ran_out_of_time_was_not_passed() {
    ends_as(Conclusion::TimedOut, "its job failed");
}

#[test]
fn a_gate_that_still_waits_is_not_passed() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.is_refused("it is still waiting for its reviewer");
}

#[test]
fn a_gate_that_nobody_answers_for_thirty_days_fails() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| world.clock.advance(Duration::days(31)));
    attack.is_refused("its job failed, or nobody answered for 30 days");
    attack.is_refused("its approval is older than 24 h");
}

#[test]
fn an_approval_of_the_day_before_yesterday_does_not_count() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| world.clock.advance(Duration::hours(25)));
    attack.is_refused("its approval is older than 24 h");
}

impl Attack {
    /// The run ends without success and is run again.
    fn run_again(&mut self, which: Rerun) {
        self.scenario.world(|world| {
            let run = self.scenario.run;
            let job = world.start_job(run, "execute", None).unwrap();
            world.finish_job(job, Conclusion::Failure).unwrap();
            world.finish_run(run).unwrap();
            world.clock.advance(Duration::minutes(10));
            world.rerun(run, which, REQUESTER).unwrap();
        });
        self.jobs.clear();
    }
}

#[test]
fn running_only_the_failed_jobs_again_keeps_the_approvals_of_the_same_plan() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.run_again(Rerun::Failed);
    assert_eq!(attack.scenario.execute(&attack.document).exit, Exit::Done);
}

#[test]
fn running_all_jobs_again_asks_everybody_again() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.run_again(Rerun::All);
    attack.wait();
    attack.is_refused("it is still waiting for its reviewer");
    attack.pass_all_but(&[]);
    assert_eq!(attack.scenario.execute(&attack.document).exit, Exit::Done);
}

#[test]
fn an_approval_of_an_earlier_attempt_does_not_cover_a_bypass_in_a_later_one() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.run_again(Rerun::All);
    attack.wait();
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = true);
    attack.scenario.world(|world| {
        world.add_person("admin", Role::Admin);
        world.bypass(attack.scenario.run, CONFIRMED, "admin").unwrap();
    });
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = false);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("its job came up 2 times in this run, and 1 review is on record");
}

#[test]
fn an_approval_of_another_plan_in_an_earlier_attempt_does_not_cover_a_bypass_either() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.run_again(Rerun::All);
    attack.scenario.world(|world| world.cancel_waiting(attack.scenario.run));
    attack.scenario.arguments.reason = "with another plan".into();
    attack.document = attack.scenario.planned();
    attack.wait();
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = true);
    attack.scenario.world(|world| {
        world.add_person("admin", Role::Admin);
        world.bypass(attack.scenario.run, CONFIRMED, "admin").unwrap();
    });
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = false);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.pass_all_but(&[CONFIRMED]);
    attack.is_refused("(administrator bypass?)");
}

/// What a new plan does to the jobs that were named for the old one.
trait CancelWaiting {
    fn cancel_waiting(&mut self, run: u64);
}

impl CancelWaiting for github_simulator::World {
    fn cancel_waiting(&mut self, run: u64) {
        self.runs.runs.get_mut(&run).unwrap().attempts.last_mut().unwrap().jobs.clear();
    }
}

#[test]
fn running_all_jobs_again_with_a_policy_edited_on_a_branch_changes_nothing() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| {
        // The policy is loosened on a branch, and the default branch is left as it is.
        let head = world.default_head().unwrap();
        let text = super::policy(&["lead-login", REQUESTER], &["owner-login", REQUESTER], "approvals: { minimum-people: 1 }\n");
        let loosened = world.push_file(rollback_action::observe::POLICY_PATH, &text, "Loosen").unwrap();
        world.git.set_ref("refs/heads/main", Some(&head)).unwrap();
        world.git.set_ref("refs/heads/loosened", Some(&loosened)).unwrap();
    });
    let approved = attack.document.clone();
    attack.run_again(Rerun::All);
    assert_eq!(attack.scenario.planned(), approved);
    attack.wait();
    attack.is_refused("it is still waiting for its reviewer");
}
