//! Attempts with another plan than the one people read.

use github_simulator::runs::Conclusion;
use rollback_action::commands::{Execute, Exit};
use rollback_action::gate::gate_job_name;
use rollback_action::plan::Step;

use super::{Attack, CONFIRMED, policy};
use crate::scenario::Scenario;

/// Everything is approved; then the plan is changed, and its digest made to fit.
#[track_caller]
fn forged(change: impl FnOnce(&mut rollback_action::plan::Plan), words: &str) {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.forge(change);
    attack.is_refused(words);
}

#[test]
fn an_approval_of_an_older_plan_does_not_count() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.arguments.reason = "and another thing".into();
    attack.document = attack.scenario.planned();
    attack.is_refused("it was asked for another plan than");
}

#[test]
fn a_plan_edited_between_the_jobs_is_noticed() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.document = attack.document.replace("0.0.13", "0.0.14");
    attack.is_refused_with(Exit::Stale, &Execute::default(), "the plan was changed after it was made");
}

#[test]
fn a_plan_edited_with_its_digest_is_another_plan() {
    forged(|plan| plan.tag = "v9.9.9".parse().unwrap(), "it was asked for another plan than");
}

#[test]
fn a_plan_with_other_content_is_another_plan() {
    forged(|plan| plan.content.tree = plan.content.base.clone(), "it was asked for another plan than");
}

#[test]
fn a_plan_with_another_step_is_another_plan() {
    forged(|plan| plan.steps = vec![Step::Forward { branch: "main".parse().unwrap() }], "it was asked for another plan than");
}

#[test]
fn a_plan_without_gates_is_approved_by_nobody() {
    forged(|plan| plan.gates.clear(), "the plan has no gate before execute");
}

#[test]
fn a_plan_with_its_gates_moved_to_a_later_stage_is_approved_by_nobody() {
    forged(
        |plan| plan.gates.iter_mut().for_each(|gate| gate.stage = rollback_action::domain::gate::Stage::Close),
        "the plan has no gate before execute",
    );
}

/// A plan with one gate that the attacker's accomplice may answer, held by a job of the right name, and really approved.
#[test]
fn a_plan_with_fewer_gates_is_not_the_policy_s() {
    let attack = Attack::forged(|plan| {
        plan.gates.truncate(1);
        plan.rules.minimum_people = 1;
    });
    attack.approve(CONFIRMED, "lead-login");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("the plan's gates are not those of the policy on `main`");
}

#[test]
fn a_plan_with_looser_rules_is_not_the_policy_s() {
    let attack = Attack::forged(|plan| plan.rules.administrators_may_bypass = true);
    attack.pass_all_but(&[]);
    attack.is_refused("the plan counts approvals by other rules than the policy on `main`");
}

#[test]
fn a_plan_with_the_attacker_in_the_role_does_not_put_them_there() {
    let attack = Attack::forged(|plan| plan.roles.get_mut("technical-lead").unwrap().users.push("mallory".parse().unwrap()));
    attack.scenario.world(|world| world.add_person("mallory", github_simulator::world::Role::Write));
    attack.environment(CONFIRMED, |environment| {
        environment.reviewers.push(github_simulator::environments::Reviewer::User("mallory".into()));
    });
    attack.pass_all_but(&[CONFIRMED]);
    attack.approve(CONFIRMED, "mallory");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`mallory` is not in `technical-lead` any more");
}

impl Attack {
    /// A run whose gates wait for a plan made by hand.
    fn forged(change: impl FnOnce(&mut rollback_action::plan::Plan)) -> Self {
        let scenario = Scenario::new();
        let mut attack = Self { document: scenario.planned(), scenario, jobs: std::collections::BTreeMap::new() };
        attack.forge(change);
        attack.wait();
        attack
    }
}

#[test]
fn a_plan_of_another_repository_is_not_for_this_one() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.forge(|plan| plan.repository = "acme/entity-other".parse().unwrap());
    attack.is_refused_with(Exit::Stale, &Execute::default(), "the plan is for `acme/entity-other`, this is");
}

#[test]
fn a_plan_by_a_policy_of_the_attacker_s_own_is_not_the_policy_s() {
    let path = std::env::temp_dir().join(format!("rollback-lenient-{}.yml", std::process::id()));
    let more = "approvals: { minimum-people: 1, requester-may-approve: true, administrators-may-bypass: true }\n";
    std::fs::write(&path, policy(&["lead-login"], &["owner-login"], more)).unwrap();
    let scenario = Scenario::new().asking(|arguments| arguments.config = Some(path.clone()));
    let attack = Attack::on(scenario);
    std::fs::remove_file(path).unwrap();
    attack.pass_all_but(&[]);
    attack.is_refused("the plan counts approvals by other rules than the policy on `main`");
}

#[test]
fn a_policy_tightened_after_the_plan_is_the_one_that_counts() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    let text = policy(&["lead-login"], &["owner-login"], "approvals: { valid-hours: 1 }\n");
    attack.scenario.world(|world| world.push_file(rollback_action::observe::POLICY_PATH, &text, "Tighten").unwrap());
    attack.is_refused("the plan counts approvals by other rules than the policy on `main`");
}

#[test]
fn a_policy_that_was_deleted_after_the_plan_approves_nothing() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| world.push_file(rollback_action::observe::POLICY_PATH, "version: [", "Break it").unwrap());
    attack.is_refused("the policy could not be read again");
}

#[test]
fn a_plan_replayed_in_a_later_run_is_approved_by_nobody() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[]);
    let earlier = attack.document.clone();
    attack.scenario.run = attack
        .scenario
        .world(|world| world.start_run("rollback.yml", "main", rollback_action::commands::REQUESTER, serde_json::json!({})).unwrap());
    attack.scenario.arguments.reason = "the second time".into();
    attack.document = attack.scenario.planned();
    attack.jobs.clear();
    attack.wait();
    attack.pass_all_but(&[]);
    attack.document = earlier;
    attack.is_refused("it was asked for another plan than");
}

#[test]
fn a_bad_tag_moved_after_the_approval_stops_the_run() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| {
        let head = world.default_head();
        world.git.set_ref("refs/tags/v0.1.0", head.as_deref()).unwrap();
    });
    attack.is_refused_with(Exit::Stale, &Execute::default(), "the plan expected");
}

#[test]
fn a_good_tag_moved_after_the_approval_stops_the_run() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| {
        let head = world.default_head();
        world.git.set_ref("refs/tags/v0.0.12", head.as_deref()).unwrap();
    });
    attack.is_refused_with(Exit::Stale, &Execute::default(), "the plan expected");
}

#[test]
fn two_rollbacks_of_one_release_at_once_make_one() {
    let mut attack = Attack::waiting();
    attack.scenario.arguments.reason = "the same thing, asked for by somebody else".into();
    let other = attack.scenario.planned();
    attack.pass_all_but(&[]);
    assert_eq!(attack.scenario.execute(&attack.document).exit, Exit::Done);
    attack.document = other;
    attack.scenario.run = attack
        .scenario
        .world(|world| world.start_run("rollback.yml", "main", rollback_action::commands::REQUESTER, serde_json::json!({})).unwrap());
    attack.jobs.clear();
    attack.wait();
    attack.pass_all_but(&[]);
    let (log, before) = attack.scenario.world(|world| (world.log.len(), super::Standing::of(world)));
    let ended = attack.scenario.execute(&attack.document);
    assert_eq!(ended.exit, Exit::Incomplete, "{}", ended.text);
    assert!(ended.text.contains("never overwritten"), "{}", ended.text);
    assert_eq!(attack.scenario.writes_after(log), [""; 0]);
    attack.scenario.world(|world| assert_eq!(super::Standing::of(world), before));
}

#[test]
fn a_job_named_for_another_plan_in_the_same_run_is_no_second_chance() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.scenario.world(|world| {
        let job = world.start_job(attack.scenario.run, &gate_job_name(CONFIRMED, "0123456789ab"), Some(CONFIRMED)).unwrap();
        world.approve(attack.scenario.run, CONFIRMED, "lead-login", "which of the two?").unwrap();
        world.finish_job(job, Conclusion::Success).unwrap();
    });
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("its job came up 2 times in this run, and 1 review is on record");
}
