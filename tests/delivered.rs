//! What comes after a rollback that no pull request brought: its plan is on its incident, and a button or a comment goes on.

use rollback_action::commands::{Exit, LateStage};
use rollback_action::plan::{Plan, plan_in};

use crate::scenario::{Scenario, output};

const LATE: &str = "delivery: direct\ngates:\n  packages-checked: { question: Do packages install?, roles: [product-owner], stage: finish }\n  \
                    users-told: { question: Were users told?, roles: [product-owner], stage: close }\n  \
                    tested-by-users: { question: Did users test it?, roles: [technical-lead], stage: re-release }";

fn page(scenario: &Scenario, incident: u64) -> String {
    scenario.world(|world| world.issues[&incident].body.clone().unwrap())
}

fn started(scenario: &Scenario, incident: u64, login: &str, gates: &[&str], plan: &Plan) -> Option<String> {
    let lines: String = gates.iter().map(|gate| format!("/approve {gate} {}\n", plan.id().short())).collect();
    let ended = scenario.answer(incident, login, &lines);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    (output(&ended, "approved").as_deref() == Some("true")).then(|| output(&ended, "stage").unwrap())
}

#[test]
fn a_direct_delivery_keeps_its_plan_on_the_incident_and_is_finished_by_the_button() {
    let scenario = Scenario::new();
    scenario.extend_policy("delivery: direct");
    let document = scenario.planned();
    let incident = scenario.opened(&document);
    let kept = || scenario.world(|world| world.comments.values().filter(|one| plan_in(&one.body).as_ref() == Some(&document)).count());
    scenario.approve_all(&document);
    assert_eq!((scenario.opened(&document), kept()), (incident, 0), "nothing was delivered yet");
    assert_eq!(scenario.finish().exit, Exit::Refused);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    for _ in 0..2 {
        assert_eq!((scenario.opened(&document), kept()), (incident, 1), "once");
    }
    let said = page(&scenario, incident);
    assert!(said.contains("The rollback is on the default branch, not released yet."), "{said}");
    assert!(said.contains("starts the workflow that finishes a rollback, with the bad release v0.1.0; it tags v0.0.13"), "{said}");
    let gates = scenario.gates(LateStage::Finish);
    assert_eq!((gates.exit, output(&gates, "plan").as_ref()), (Exit::Done, Some(&document)), "{:?}", gates.problems);
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
    scenario.opened(&document);
    assert_eq!(scenario.close(Some("nothing to withdraw")).exit, Exit::Done);
}

#[test]
fn after_a_direct_delivery_the_last_comment_starts_the_stage_that_is_open() {
    let scenario = Scenario::private();
    scenario.extend_policy(LATE);
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    let leads = ["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"];
    let owners = ["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"];
    assert_eq!(started(&scenario, incident, "lead-login", &leads, &plan), None);
    assert_eq!(started(&scenario, incident, "owner-login", &owners, &plan).as_deref(), Some("execute"));
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Done);
    assert_eq!(scenario.opened(&document), incident);
    let said = page(&scenario, incident);
    assert!(said.contains("not released yet. 1 approval missing before the release.**"), "{said}");
    assert_eq!(started(&scenario, incident, "lead-login", &leads, &plan), None, "execute is not started again");
    assert_eq!(scenario.finish().exit, Exit::Gates);
    assert_eq!(started(&scenario, incident, "owner-login", &["packages-checked"], &plan).as_deref(), Some("finish"));
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
    scenario.opened(&document);
    let comments = scenario.world(|world| world.comments.values().filter(|one| plan_in(&one.body).is_some()).count());
    assert_eq!(comments, 1, "the question holds the plan");
    assert_eq!(scenario.guard("v0.2.0").exit, Exit::Gates);
    assert_eq!(started(&scenario, incident, "lead-login", &["tested-by-users"], &plan), None);
    let free = scenario.guard("v0.2.0");
    assert_eq!(free.exit, Exit::Done, "{:?}", free.problems);
    assert_eq!(started(&scenario, incident, "owner-login", &["users-told"], &plan).as_deref(), Some("close"));
    assert_eq!(scenario.close(Some("nothing to withdraw")).exit, Exit::Done);
}

#[test]
fn a_plan_that_somebody_posts_is_not_the_one_that_was_delivered() {
    let scenario = Scenario::new();
    scenario.extend_policy("delivery: direct");
    let document = scenario.planned();
    let incident = scenario.opened(&document);
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let mut other = Plan::from_document(&document).unwrap();
    other.tag = "v0.9.9".parse().unwrap();
    scenario.world(|world| world.comment(incident, "lead-login", &rollback_action::plan::embedded(&other)));
    let log = scenario.world(|world| world.log.len());
    let held = scenario.finish();
    assert_eq!(held.exit, Exit::Gates, "{}", held.text);
    assert!(held.problems[0].error.contains("does not hold the commit of this plan"), "{:?}", held.problems);
    assert_eq!(scenario.writes_after(log), [""; 0]);
    scenario.opened(&document);
    assert_eq!(scenario.finish().exit, Exit::Done);
}
