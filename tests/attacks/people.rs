//! Attempts by people: approving what is not theirs to approve, or as somebody else.

use github_simulator::environments::Reviewer;
use github_simulator::runs::{Conclusion, Rerun};
use github_simulator::world::{Account, AccountKind, Role, Team};
use rollback_action::commands::{Exit, REQUESTER};

use super::{Attack, COMMUNICATION, CONFIRMED, ENVIRONMENTS, HOTFIX, LEADS, OWNERS, OWNERS_GATES, SCOPE, TEAM, set_policy};
use crate::scenario::{Scenario, output};

/// Everything is passed but the confirmation, which somebody else approves in a workflow that goes on regardless.
#[track_caller]
fn approved_by(login: &str, add: impl FnOnce(&mut github_simulator::World), words: &str) {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.scenario.world(add);
    attack.environment(CONFIRMED, |environment| environment.reviewers.push(Reviewer::User(login.into())));
    attack.approve(CONFIRMED, login);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused(words);
}

#[test]
fn whoever_asked_cannot_approve_even_with_self_review_let_in_for_a_moment() {
    let attack = Attack::with_policy(&["lead-login", REQUESTER], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = false);
    attack.approve(CONFIRMED, REQUESTER);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = true);
    assert_eq!(attack.run_gate(CONFIRMED).exit, Exit::Gates);
    attack.is_refused("its job failed");
}

#[test]
fn whoever_asked_cannot_approve_in_a_workflow_that_goes_on() {
    let attack = Attack::with_policy(&["lead-login", REQUESTER], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = false);
    attack.approve(CONFIRMED, REQUESTER);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = true);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`release-manager` asked for the rollback and may not approve it");
}

#[test]
fn an_environment_that_lets_self_review_in_starts_no_gate() {
    let attack = Attack::waiting();
    attack.environment(CONFIRMED, |environment| {
        environment.prevent_self_review = false;
        environment.reviewers = vec![Reviewer::User(REQUESTER.into())];
    });
    assert_eq!(attack.scenario.plan().exit, Exit::Gates);
    attack.is_refused("lets whoever starts the run approve it");
}

#[test]
fn a_reviewer_list_of_the_requester_alone_is_passed_by_nobody() {
    let attack = Attack::with_policy(&["lead-login", REQUESTER], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.reviewers = vec![Reviewer::User(REQUESTER.into())]);
    let refused = attack.scenario.world(|world| world.approve(attack.scenario.run, CONFIRMED, REQUESTER, "mine"));
    assert!(refused.is_err());
    attack.is_refused("it is still waiting for its reviewer");
}

#[test]
fn a_requester_of_another_name_in_the_plan_does_not_free_the_one_who_dispatched() {
    let scenario = Scenario::new().asking(|arguments| arguments.requester = Some("somebody-else".into()));
    scenario.world(|world| set_policy(world, &["lead-login", REQUESTER], &["owner-login"], ""));
    let attack = Attack::on(scenario);
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = false);
    attack.approve(CONFIRMED, REQUESTER);
    attack.environment(CONFIRMED, |environment| environment.prevent_self_review = true);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`release-manager` asked for the rollback");
}

#[test]
fn a_login_in_other_letters_is_the_same_person() {
    let attack = Attack::with_policy(&["lead-login", "RELEASE-Manager"], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.approve(CONFIRMED, "RELEASE-Manager");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("asked for the rollback and may not approve it");
}

#[test]
fn an_approver_who_runs_it_again_has_asked_for_it_too() {
    let mut attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.end_job_of_failed(CONFIRMED);
    attack.scenario.world(|world| {
        world.finish_run(attack.scenario.run).unwrap();
        world.clock.advance(chrono::Duration::minutes(10));
        world.rerun(attack.scenario.run, Rerun::Failed, "lead-login").unwrap();
    });
    attack.jobs.clear();
    attack.is_refused("`lead-login` asked for the rollback and may not approve it");
}

impl Attack {
    fn end_job_of_failed(&self, environment: &str) {
        self.approve(environment, "lead-login");
        self.end_job(environment, Conclusion::Failure);
    }
}

#[test]
fn one_person_on_both_stakeholder_gates_is_one_too_few() {
    let attack = Attack::with_policy(&["lead-login"], &["owner-login", "lead-login"], "");
    attack.pass_all_but(&[OWNERS]);
    attack.approve(OWNERS, "lead-login");
    assert_eq!(attack.run_gate(OWNERS).exit, Exit::Done);
    attack.is_refused("`lead-login` approved the other part of `stakeholder-approval` too");
}

#[test]
fn one_person_on_every_gate_is_one_too_few() {
    let more = "gates:\n  stakeholder-approval: { enabled: false }\n";
    let attack = Attack::with_policy(&["lead-login", "lead-two"], &["owner-login", "lead-login"], more);
    for environment in attack.plan().environments(rollback_action::domain::gate::Stage::Execute) {
        attack.approve(environment, "lead-login");
        assert_eq!(attack.run_gate(environment).exit, Exit::Done);
    }
    attack.is_refused("the policy asks for at least 2 different people");
}

#[test]
fn an_approver_who_was_taken_out_of_the_role_meanwhile_does_not_count() {
    let attack = Attack::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.approve(CONFIRMED, "lead-two");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.scenario.world(|world| {
        world
            .push_file(rollback_action::observe::POLICY_PATH, &super::policy(&["lead-login"], &["owner-login"], ""), "Lead two left")
            .unwrap();
    });
    attack.is_refused("`lead-two` is not in `technical-lead` any more");
}

#[test]
fn somebody_put_into_the_role_meanwhile_was_not_in_the_plan() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.scenario.world(|world| set_policy(world, &["lead-login", "friend"], &["owner-login"], ""));
    attack.approve(CONFIRMED, "friend");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`friend` is not in `technical-lead`");
}

#[test]
fn a_reviewer_of_the_environment_who_is_in_no_role_does_not_count() {
    approved_by(
        "mallory",
        |world| {
            world.add_person("mallory", Role::Write);
        },
        "`mallory` is not in `technical-lead`",
    );
}

#[test]
fn a_look_alike_login_is_somebody_else() {
    approved_by(
        "1ead-login",
        |world| {
            world.add_person("1ead-login", Role::Write);
        },
        "`1ead-login` is not in `technical-lead`",
    );
}

#[test]
fn a_login_with_a_letter_of_another_script_is_nobody() {
    approved_by(
        "le\u{430}d-login",
        |world| {
            world.add_person("le\u{430}d-login", Role::Write);
        },
        "by an account that no longer exists",
    );
}

#[test]
fn an_app_is_no_approver() {
    approved_by(
        "approver[bot]",
        |world| drop(world.people.insert("approver[bot]".into(), Account::bot("approver[bot]", 77))),
        "`approver[bot]` is an app, and only people may approve",
    );
}

#[test]
fn an_app_that_looks_like_a_person_of_the_role_is_no_approver() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        set_policy(world, &["lead-login", "helper"], &["owner-login"], "");
        world.people.insert("helper".into(), Account { login: "helper".into(), id: 78, kind: AccountKind::Bot, role: Role::Write });
    });
    let attack = Attack::on(scenario);
    attack.pass_all_but(&[CONFIRMED]);
    attack.approve(CONFIRMED, "helper");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`helper[bot]` is an app");
}

#[test]
fn an_account_that_was_deleted_since_approved_nothing() {
    let attack = Attack::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    attack.pass_all_but(&[CONFIRMED]);
    attack.approve(CONFIRMED, "lead-two");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.scenario.world(|world| world.people.remove("lead-two"));
    attack.is_refused("by an account that no longer exists");
}

#[test]
fn a_team_of_no_role_lets_none_of_its_members_through() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.scenario.world(|world| {
        world.add_person("mallory", Role::Write);
        let members = vec!["mallory".to_owned()];
        world
            .teams
            .insert("everybody".into(), Team { slug: "everybody".into(), name: "Everybody".into(), id: 79, members, role: Role::Write });
    });
    attack.environment(CONFIRMED, |environment| environment.reviewers.push(Reviewer::Team("everybody".into())));
    attack.approve(CONFIRMED, "mallory");
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`mallory` is not in `technical-lead`");
}

#[test]
fn a_rejection_stands_though_others_approved() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| world.reject(attack.scenario.run, SCOPE, "owner-login", "0.2 % of users").unwrap());
    attack.is_refused("rejected by owner-login (`0.2 % of users`); a no stands for the whole run");
}

#[test]
fn a_rejection_is_not_undone_by_asking_somebody_else() {
    let mut attack = Attack::with_policy(&["lead-login"], &["owner-login", "owner-two"], "");
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| {
        world.reject(attack.scenario.run, SCOPE, "owner-login", "no").unwrap();
        world.finish_run(attack.scenario.run).unwrap();
        world.clock.advance(chrono::Duration::minutes(10));
        world.rerun(attack.scenario.run, Rerun::Failed, REQUESTER).unwrap();
    });
    attack.wait_again(SCOPE);
    attack.approve(SCOPE, "owner-two");
    attack.end_job(SCOPE, Conclusion::Success);
    attack.is_refused("rejected by owner-login");
}

#[test]
fn a_rejection_is_not_hidden_by_making_the_environment_anew() {
    let mut attack = Attack::with_policy(&["lead-login"], &["owner-login", "owner-two"], "");
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| {
        world.reject(attack.scenario.run, SCOPE, "owner-login", "no").unwrap();
        world.finish_run(attack.scenario.run).unwrap();
        let before = world.environments.get(SCOPE).unwrap().clone();
        world.environments.remove(SCOPE);
        world.ensure_environment(SCOPE);
        let new = world.environments.get_mut(SCOPE).unwrap();
        *new = github_simulator::environments::Environment { id: new.id, ..before };
        world.clock.advance(chrono::Duration::minutes(10));
        world.rerun(attack.scenario.run, Rerun::Failed, REQUESTER).unwrap();
    });
    attack.wait_again(SCOPE);
    attack.approve(SCOPE, "owner-two");
    attack.end_job(SCOPE, Conclusion::Success);
    attack.is_refused("a gate whose environment was deleted since was rejected by owner-login");
}

impl Attack {
    /// The job of a new attempt.
    fn wait_again(&mut self, environment: &str) {
        let name = rollback_action::gate::gate_job_name(environment, self.plan().id().short());
        let job = self.scenario.world(|world| world.start_job(self.scenario.run, &name, Some(environment)).unwrap());
        self.jobs.insert(environment.to_owned(), job);
    }
}

#[test]
fn gates_in_order_cannot_be_passed_the_other_way_round() {
    let attack = Attack::with_policy(&["lead-login"], &["owner-login"], "approvals: { order: in-order }\n");
    attack.pass(HOTFIX);
    attack.scenario.world(|world| world.clock.advance(chrono::Duration::minutes(10)));
    attack.pass_all_but(&[HOTFIX]);
    attack.is_refused("it was passed before `rollback-");
}

#[test]
fn a_gate_out_of_order_is_refused_in_its_own_job_and_asked_again_in_its_turn() {
    let mut attack = Attack::with_policy(&["lead-login"], &["owner-login"], "approvals: { order: in-order }\n");
    let planned = attack.scenario.plan();
    assert_eq!(output(&planned, "max-parallel").as_deref(), Some("1"));
    assert!(planned.text.contains("6, one after another, by 7 approvals"), "{}", planned.text);
    assert_eq!(output(&Attack::waiting().scenario.plan(), "max-parallel").as_deref(), Some("256"));
    let answer = |attack: &Attack, environment: &str| {
        attack.approve(environment, if OWNERS_GATES.contains(&environment) { "owner-login" } else { "lead-login" });
        attack.run_gate(environment)
    };
    let early = answer(&attack, HOTFIX);
    assert_eq!(early.exit, Exit::Gates);
    let error = &early.problems[0].error;
    assert!(error.contains("it came before `rollback-critical-issue-confirmed`, which is not passed yet"), "{error}");
    for environment in [CONFIRMED, SCOPE] {
        assert_eq!(answer(&attack, environment).exit, Exit::Done);
    }
    for environment in [LEADS, OWNERS, COMMUNICATION, TEAM] {
        let after = answer(&attack, environment);
        assert!(after.problems[0].error.contains("it came before `rollback-hotfix-ruled-out`"), "{:?}", after.problems);
    }
    attack.is_refused("its job failed");
    // What came too early is asked again, in its turn.
    attack.scenario.world(|world| {
        world.finish_run(attack.scenario.run).unwrap();
        world.clock.advance(chrono::Duration::minutes(10));
        world.rerun(attack.scenario.run, Rerun::Failed, REQUESTER).unwrap();
    });
    for environment in ENVIRONMENTS.iter().filter(|environment| ![CONFIRMED, SCOPE].contains(environment)) {
        attack.wait_again(environment);
        let ended = answer(&attack, environment);
        assert_eq!(ended.exit, Exit::Done, "{environment}: {:?}", ended.problems);
    }
    assert_eq!(attack.scenario.execute(&attack.document).exit, Exit::Done);
}
