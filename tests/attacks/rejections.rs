//! Attempts to have a no forgotten: by an approval, by editing or deleting it.

use github_simulator::world::Role;
use rollback_action::commands::{Exit, Incident, REQUESTER, incident};

use super::comments::{Asked, CONFIRMED};
use crate::scenario::INCIDENT;

#[test]
fn a_rejection_among_hundreds_of_comments_is_found() {
    let asked = Asked::new();
    asked.talk(150);
    asked.answer_all_but(&[]);
    asked.talk(90);
    asked.comment("owner-login", "/reject scope-assessed");
    asked.is_refused("gate `scope-assessed`: rejected by owner-login");
}

#[test]
fn an_approval_after_a_rejection_changes_nothing() {
    let asked = Asked::new();
    asked.comment("lead-login", "/reject critical-issue-confirmed it is a configuration error");
    asked.answer_all_but(&[]);
    asked.is_refused("rejected by lead-login (`it is a configuration error`)");
}

#[test]
fn a_comment_that_approves_and_rejects_rejects() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    asked.comment("lead-login", &format!("{}\n/reject {CONFIRMED}", asked.line(CONFIRMED)));
    asked.is_refused("rejected by lead-login");
}

#[test]
fn a_rejection_of_somebody_who_may_not_answer_stops_nothing() {
    let asked = Asked::new();
    asked.world(|world| world.add_person("stranger", Role::Read));
    asked.answer_all_but(&[]);
    asked.comment("stranger", "/reject critical-issue-confirmed");
    asked.comment("owner-login", "/reject critical-issue-confirmed");
    asked.is_carried_out();
}

#[test]
fn a_rejection_that_is_edited_away_stays() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.comment("lead-login", "/reject critical-issue-confirmed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "lead-login").exit, Exit::Gates);
    asked.world(|world| world.edit_comment(comment, "never mind"));
    asked.approve(CONFIRMED, "lead-login");
    asked.is_refused("the plan was rejected by a comment that was changed or deleted since");
}

#[test]
fn a_rejection_that_is_deleted_stays() {
    let asked = Asked::new();
    asked.answer_all_but(&[CONFIRMED]);
    let comment = asked.comment("lead-login", "/reject critical-issue-confirmed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "lead-login").exit, Exit::Gates);
    asked.world(|world| world.delete_comment(comment, "lead-login"));
    asked.approve(CONFIRMED, "lead-login");
    asked.is_refused("the plan was rejected by a comment that was changed or deleted since");
}

#[test]
fn somebody_else_s_comment_that_was_deleted_may_have_been_a_no() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let comment = asked.comment("owner-login", "/reject scope-assessed");
    asked.world(|world| world.delete_comment(comment, "the-administrator"));
    asked.is_refused("a comment of `owner-login` was deleted");
}

#[test]
fn the_record_of_a_rejection_cannot_be_deleted_unseen() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    let comment = asked.comment("owner-login", "/reject scope-assessed");
    assert_eq!(asked.scenario.answer_to(asked.incident, comment, "owner-login").exit, Exit::Gates);
    asked.world(|world| {
        let found = world.comments.values().find(|one| one.body.starts_with("<!-- rollback-action:rejected:")).unwrap();
        let record = found.id;
        world.delete_comment(record, "the-administrator");
        world.delete_comment(comment, "owner-login");
    });
    asked.is_refused("a comment of `github-actions[bot]` was deleted");
}

#[test]
fn a_no_is_not_taken_back_by_a_run_that_nobody_started_by_hand() {
    let asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.comment("owner-login", "/reject scope-assessed");
    let scenario = &asked.scenario;
    for run in [scenario.started_by_comment("lead-login"), scenario.started_by_schedule(), scenario.run] {
        let refreshed =
            scenario.command_of(run, &scenario.stage.url(), "incident", INCIDENT, Some(&asked.document), async |hub, environment| {
                incident(&Incident::default(), &hub, &environment).await
            });
        assert_eq!(refreshed.exit, Exit::Gates, "{}", refreshed.text);
    }
    asked.is_refused("rejected by owner-login");
}

#[test]
fn approvals_from_before_a_no_do_not_count_for_the_run_that_asks_anew() {
    let mut asked = Asked::new();
    asked.answer_all_but(&[]);
    asked.comment("owner-login", "/reject scope-assessed");
    asked.scenario.run = asked.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
    assert_eq!(asked.scenario.opened(&asked.document), asked.incident);
    asked.is_refused("it was approved before the plan was asked here");
}
