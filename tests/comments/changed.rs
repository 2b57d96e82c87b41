//! The policy is changed after the merge: its people, its gates, and what holds them.

use github_simulator::environments::{BranchPolicy, RefPattern, Reviewer};
use github_simulator::world;
use rollback_action::commands::{Exit, LateStage};
use rollback_action::domain::gate::Holder;
use rollback_action::plan::Plan;

use super::late::{LATE, merged};
use super::{approved, asked_times, lines, page, starts};
use crate::scenario::{APPROVE, Scenario, output};

/// What the newest run asks for.
fn asked_now(scenario: &Scenario, incident: u64) -> Plan {
    let body = scenario.world(|world| {
        let ours = world.comments.values().filter(|one| one.number == incident && one.body.starts_with("<!-- rollback-action:asked:"));
        ours.max_by_key(|one| one.id).unwrap().body.clone()
    });
    Plan::from_document(&rollback_action::plan::plan_in(&body).unwrap()).unwrap()
}

#[test]
fn gates_that_were_changed_after_the_merge_are_asked_anew_and_can_be_answered() {
    let (scenario, plan, incident) = merged(Scenario::private());
    // The product owner left, and somebody else took over.
    scenario.world(|world| {
        world.add_person("new-owner", world::Role::Write);
        let head = world.default_head().unwrap();
        let policy = world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap();
        world.push_file(".github/rollback.yml", &policy.replace("owner-login", "new-owner"), "The owner left").unwrap();
    });
    let old = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!((old.exit, approved(&old).as_deref()), (Exit::Gates, Some("false")));
    assert!(old.problems[0].error.contains("were changed since plan"), "{:?}", old.problems);
    // Its run refreshes the incident with the plan in force, and that asks.
    let document = output(&old, "plan").unwrap();
    let now = Plan::from_document(&document).unwrap();
    assert_ne!(now.id(), plan.id());
    for _ in 0..2 {
        assert_eq!(scenario.opened(&document), incident);
        assert_eq!((asked_now(&scenario, incident).id(), asked_times(&scenario)), (now.id(), 2), "once");
    }
    let page = page(&scenario, incident);
    assert!(page.contains(&format!("comment `/approve packages-checked {}`", now.id().short())), "{page}");
    assert!(page.contains(&format!("Plan `{}` ·", plan.id().short())), "the page is the rollback's own\n{page}");
    assert_eq!(scenario.finish().exit, Exit::Gates);
    let last = scenario.answer(incident, "new-owner", &lines("approve", &["packages-checked"], &now));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}

#[test]
fn a_policy_that_went_back_to_what_was_asked_first_is_asked_once_more() {
    let (scenario, plan, incident) = merged(Scenario::private());
    let first = scenario.world(|world| {
        let head = world.default_head().unwrap();
        world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap()
    });
    let push = |text: &str| scenario.world(|world| world.push_file(".github/rollback.yml", text, "Change the policy").unwrap());
    for (text, times) in [(first.replace("Do packages install?", "Do they?"), 2), (first.clone(), 3)] {
        push(&text);
        scenario.opened(&output(&scenario.gates(LateStage::Finish), "plan").unwrap());
        assert_eq!(asked_times(&scenario), times);
    }
    assert_eq!(asked_now(&scenario, incident).id(), plan.id());
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    assert_eq!(scenario.finish().exit, Exit::Done);
}

const CHECKED: &str = "rollback-packages-checked";

/// GitHub lets the repository have required reviewers now, and this environment has them.
fn gets_environments(scenario: &Scenario) {
    scenario.world(|world| {
        world.repository.plan = world::Plan::Enterprise;
        world.ensure_environment(CHECKED);
        let environment = world.environments.get_mut(CHECKED).unwrap();
        environment.reviewers = vec![Reviewer::User("owner-login".into())];
        (environment.prevent_self_review, environment.can_admins_bypass) = (true, false);
        environment.branch_policy = BranchPolicy::Custom(vec![RefPattern { id: 4000, pattern: "main".into(), kind: "branch" }]);
    });
}

#[test]
fn gates_that_comments_answered_are_held_by_environments_after_the_merge_once_the_policy_says_so() {
    let (scenario, plan, incident) = merged(Scenario::private());
    gets_environments(&scenario);
    scenario.extend_policy("approvals: { by: environments }");
    let old = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!((old.exit, approved(&old).as_deref()), (Exit::Gates, Some("false")));
    assert!(
        old.problems[0].error.contains("the policy has environments hold its gates; start the workflow of the stage"),
        "{:?}",
        old.problems
    );
    assert_eq!(scenario.finish().exit, Exit::Gates);
    let gates = scenario.gates(LateStage::Finish);
    assert_eq!((gates.exit, output(&gates, "approvals").as_deref()), (Exit::Done, Some("environments")), "{:?}", gates.problems);
    assert_eq!(output(&gates, "gates"), Some(format!("[\"{CHECKED}\"]")));
    let document = output(&gates, "plan").unwrap();
    assert_eq!(scenario.opened(&document), incident);
    assert_eq!(asked_times(&scenario), 1, "nobody is asked for comments any more");
    assert_eq!(scenario.pass(CHECKED, "owner-login", &document).exit, Exit::Done);
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}

#[test]
fn gates_that_environments_held_are_answered_by_comments_after_the_merge_once_the_policy_says_so() {
    let scenario = Scenario::new();
    scenario.world(|world| world.push_file(".github/workflows/rollback-approve.yml", APPROVE, "Add a workflow").map(drop).unwrap());
    scenario.extend_policy(LATE);
    let document = scenario.planned();
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let incident = scenario.opened(&document);
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    scenario.extend_policy("approvals: { by: comments }");
    let gates = scenario.gates(LateStage::Finish);
    let says = ["approvals", "gates", "waits"].map(|name| output(&gates, name).unwrap());
    assert_eq!((gates.exit, says), (Exit::Done, ["comments", "[]", "true"].map(String::from)), "{:?}", gates.problems);
    let document = output(&gates, "plan").unwrap();
    assert_eq!(scenario.opened(&document), incident);
    let now = asked_now(&scenario, incident);
    assert_eq!((now.to_document(), now.rules.by), (document, Holder::Comments));
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &now));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}

#[test]
fn where_the_policy_leaves_open_what_holds_the_gates_and_that_changed_it_is_to_say_so() {
    let (scenario, plan, incident) = merged(Scenario::private());
    gets_environments(&scenario);
    scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(output(&scenario.gates(LateStage::Finish), "waits").as_deref(), Some("false"));
    let log = scenario.world(|world| world.log.len());
    let held = scenario.finish();
    let wanted = "the plan's gates are answered by comments, and here they are held by environments now; write \
                  `approvals: { by: environments }` into the policy on `main`, then start the workflow of this stage again, which asks there";
    assert_eq!(held.exit, Exit::Gates);
    assert!(held.problems.iter().any(|problem| problem.error == wanted), "{:?}", held.problems);
    assert_eq!(scenario.writes_after(log), [""; 0]);
}
