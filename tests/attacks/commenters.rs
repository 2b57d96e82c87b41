//! Attempts by people who may not answer: outsiders, apps, whoever asked, whoever left, and one person for two.

use github_simulator::world::{Account, AccountKind, Role};
use rollback_action::commands::{Exit, LateStage, REQUESTER};
use rollback_action::observe::POLICY_PATH;

use super::comments::{Asked, CONFIRMED, GATES, OWNERS};
use super::{policy, set_policy};
use crate::scenario::{Scenario, output};

#[test]
fn an_outsider_whose_login_looks_alike_does_not_count() {
    for login in ["lead-1ogin", "Iead-login", "lead-login1", "leadlogin"] {
        let asked = Asked::new();
        asked.world(|world| world.add_person(login, Role::Write));
        asked.answer_all_but(&[CONFIRMED]);
        asked.approve(CONFIRMED, login);
        asked.is_refused(&format!("`{login}` is not among the `users` of `technical-lead`"));
    }
}

#[test]
fn whoever_asked_cannot_answer_by_a_comment() {
    let asked = Asked::with_policy(&["lead-login", REQUESTER], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("`release-manager` asked for the rollback and may not approve it");
}

#[test]
fn whoever_dispatched_cannot_answer_under_another_name_in_the_plan() {
    let scenario = Scenario::private().asking(|arguments| arguments.requester = Some("somebody-else".into()));
    scenario.world(|world| set_policy(world, &["lead-login", REQUESTER], &["owner-login"], ""));
    let asked = Asked::on(scenario);
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("`release-manager` asked for the rollback");
}

#[test]
fn a_requester_named_in_other_letters_is_the_same_person() {
    let asked = Asked::with_policy(&["lead-login", "RELEASE-Manager"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, REQUESTER);
    asked.is_refused("asked for the rollback and may not approve it");
}

#[test]
fn an_app_cannot_answer_by_a_comment() {
    let asked = Asked::new();
    asked.world(|world| world.people.insert("lead-login[bot]".into(), Account::bot("lead-login[bot]", 77)));
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-login[bot]");
    asked.is_refused("`lead-login[bot]` is an app");
}

#[test]
fn an_account_of_the_kind_bot_cannot_answer_under_a_person_s_name() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-login");
    asked.world(|world| world.people.get_mut("lead-login").unwrap().kind = AccountKind::Bot);
    asked.is_refused("`lead-login[bot]` is an app");
}

#[test]
fn a_comment_of_a_deleted_account_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "ghost"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "ghost");
    asked.is_refused("an account that no longer exists");
}

#[test]
fn somebody_who_was_removed_from_the_repository_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-two");
    asked.world(|world| world.people.get_mut("lead-two").unwrap().role = Role::None);
    asked.is_refused("`lead-two` is no collaborator of the repository any more");
}

#[test]
fn an_approver_taken_out_of_the_role_after_the_comment_does_not_count() {
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login"], "");
    asked.answer_all_but(&[CONFIRMED]);
    asked.approve(CONFIRMED, "lead-two");
    asked.world(|world| world.push_file(POLICY_PATH, &policy(&["lead-login"], &["owner-login"], ""), "Lead two left").unwrap());
    asked.is_refused("`lead-two` is not in `technical-lead` any more");
}

#[test]
fn somebody_put_into_the_role_after_the_plan_cannot_answer() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.world(|world| set_policy(world, &["lead-login", "friend"], &["owner-login"], ""));
    asked.approve(CONFIRMED, "friend");
    asked.is_refused("`friend` is not among the `users` of `technical-lead`");
}

#[test]
fn one_person_on_both_parts_of_a_gate_is_one_too_few() {
    let asked = Asked::with_policy(&["lead-login"], &["owner-login", "lead-login"], "");
    asked.answer_all_but(&[OWNERS]);
    asked.approve(OWNERS, "lead-login");
    asked.is_refused("`stakeholder-approval` takes 2 different people, and was approved by `lead-login` alone");
}

#[test]
fn one_person_s_comments_on_every_gate_are_one_too_few() {
    let more = "gates:\n  stakeholder-approval: { enabled: false }\n";
    let asked = Asked::with_policy(&["lead-login", "lead-two"], &["owner-login", "lead-login"], more);
    for gate in GATES.iter().filter(|gate| !gate.contains('/')) {
        asked.approve(gate, "lead-login");
    }
    asked.is_refused("the policy asks for at least 2 different people");
}

#[test]
fn whoever_started_the_rollback_cannot_answer_what_is_asked_anew_after_the_merge_and_whoever_merged_can() {
    let leads = &["lead-login", REQUESTER];
    let scenario = Scenario::private();
    scenario.world(|world| set_policy(world, leads, &["owner-login"], ""));
    let mut asked = Asked::on(scenario);
    asked.answer_all_but(&[]);
    asked.is_carried_out();
    let pull = asked.world(|world| *world.pulls.keys().next().unwrap());
    asked.scenario.merge(pull);
    let late = "gates:\n  looked-at: { question: Is it?, roles: [technical-lead], stage: finish }\n";
    asked.world(|world| set_policy(world, leads, &["owner-login"], late));
    // GitHub has the run of the merge on record for the branch that was merged.
    asked.scenario.run = asked.scenario.world(|world| world.start_run_of_merge("rollback.yml", pull, "lead-login").unwrap());
    asked.document = output(&asked.scenario.gates(LateStage::Finish), "plan").unwrap();
    assert_eq!(asked.scenario.opened(&asked.document), asked.incident);
    asked.approve("looked-at", REQUESTER);
    let held = asked.scenario.finish();
    assert_eq!(held.exit, Exit::Gates, "{}", held.text);
    assert!(held.problems[0].error.contains("`release-manager` asked for the rollback and may not approve it"), "{:?}", held.problems);
    asked.approve("looked-at", "lead-login");
    let done = asked.scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}
