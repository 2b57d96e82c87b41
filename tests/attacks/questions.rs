//! Attempts on what is asked: another plan, an older one, another issue, and who holds the gates at all.

use rollback_action::commands::{Exit, REQUESTER};
use rollback_action::plan::Plan;

use super::comments::{Asked, CONFIRMED};
use crate::scenario::{Scenario, output};

#[test]
fn a_comment_that_approves_an_older_plan_does_not_count() {
    let old = Asked::new();
    let line = old.line(CONFIRMED);
    let asked = old.asked_anew();
    asked.answer_all_but(&[CONFIRMED]);
    asked.comment("lead-login", &line);
    asked.is_refused("it was approved for another plan");
}

#[test]
fn an_older_plan_is_not_carried_out_once_a_newer_one_is_asked() {
    let old = Asked::new();
    old.answer_all_but(&[]);
    let document = old.document.clone();
    let asked = Asked { document, ..old.asked_anew() };
    asked.is_refused("now, not for");
}

#[test]
fn an_approval_given_before_the_plan_was_asked_does_not_count() {
    let first = Asked::new();
    let Asked { scenario, incident, .. } = first;
    let scenario = scenario.asking(|arguments| arguments.reason = "planned elsewhere first".into());
    let document = scenario.planned();
    let asked = Asked { scenario, document, incident };
    asked.answer_all_but(&[]);
    asked.scenario.opened(&asked.document);
    asked.answer_all_but(&[CONFIRMED]);
    asked.is_refused("it was approved before the plan was asked here");
}

#[test]
fn comments_on_another_issue_do_not_count() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let other = asked.world(|world| {
        let (mut copy, number) = (world.issues[&asked.incident].clone(), world.next_number());
        (copy.number, copy.id, copy.author) = (number, world.next_id(), "lead-login".into());
        world.issues.insert(number, copy);
        number
    });
    let ended = asked.scenario.answer(other, "lead-login", &asked.line(CONFIRMED));
    assert_eq!((ended.exit, output(&ended, "approved").as_deref()), (Exit::Gates, Some("false")));
    assert!(ended.problems[0].error.contains("no run asked anything on issue"), "{:?}", ended.problems);
    asked.is_refused("it waits for `technical-lead`");
}

#[test]
fn comments_on_a_pull_request_start_nothing() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.is_carried_out();
    let pull = asked.world(|world| *world.pulls.keys().next().unwrap());
    let ended = asked.scenario.answer(pull, "lead-login", &asked.line(CONFIRMED));
    assert_eq!((ended.exit, output(&ended, "approved").as_deref()), (Exit::Gates, Some("false")));
    assert!(ended.problems[0].error.contains("is no issue of this repository"), "{:?}", ended.problems);
}

#[test]
fn an_issue_that_came_from_another_repository_holds_no_answers() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| world.transferred.insert(asked.incident));
    asked.is_refused("came from another repository");
}

#[test]
fn a_plan_that_was_edited_where_it_is_asked_is_approved_by_nobody() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| {
        let found = world.comments.values().find(|one| one.body.starts_with("<!-- rollback-action:asked:")).unwrap();
        let (id, body) = (found.id, found.body.clone());
        world.edit_comment(id, &body);
    });
    asked.is_refused("the comment that holds the plan was edited");
}

#[test]
fn a_plan_that_a_person_posts_is_not_asked() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let mut plan = Plan::from_document(&asked.document).unwrap();
    plan.gates.truncate(1);
    let body = format!("<!-- rollback-action:asked:{} -->\n\n{}\n", asked.scenario.run, rollback_action::plan::embedded(&plan));
    asked.comment("lead-login", &body);
    let forged = Asked { document: plan.to_document(), ..asked };
    forged.approve(CONFIRMED, "lead-login");
    forged.is_refused("now, not for");
}

#[test]
fn a_plan_asked_by_a_run_of_another_branch_is_approved_by_nobody() {
    let mut scenario = Scenario::private();
    scenario.run = scenario.world(|world| {
        let head = world.default_head();
        world.git.set_ref("refs/heads/feature", head.as_deref()).unwrap();
        world.start_run("rollback.yml", "feature", REQUESTER, serde_json::json!({})).unwrap()
    });
    let asked = Asked::on(scenario);
    asked.answer_all_but(&[]);
    asked.is_refused("was not on `main`");
}

#[test]
fn comments_do_not_count_once_the_policy_wants_environments() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.scenario.extend_policy("approvals: { by: environments }");
    asked.is_refused("are held by environments now");
}

#[test]
fn comments_do_not_count_once_github_lets_the_repository_have_required_reviewers() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.world(|world| {
        world.repository.plan = github_simulator::world::Plan::Enterprise;
        world.set_up_gates(&["production"], &["lead-login"]);
    });
    asked.is_refused("are held by environments now");
}

#[test]
fn a_plan_with_fewer_gates_than_the_policy_is_approved_by_nobody() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.scenario.extend_policy(
        "gates:\n  packages-checked: { question: Do packages install, roles: [product-owner], environment: rollback-packages }",
    );
    asked.is_refused("the plan's gates are not those of the policy");
}
