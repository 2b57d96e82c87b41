//! Every command in trouble whose gates are environments.

use github_simulator::environments::Environment;
use rollback_action::commands::{Exit, LateStage};

use super::Trouble;
use crate::convergence::{Part, approved};
use crate::explore::enough;
use crate::scenario::Scenario;

/// Approved, with a gate before `finish` and one before the work is released again.
fn with_late_gates() -> (Scenario, String) {
    let scenario = Scenario::new();
    scenario.world(|world| {
        world.log_bodies = false;
        for gate in ["packages-checked", "tested-by-users"] {
            let like = world.environments.get("rollback-scope-assessed").unwrap().clone();
            let name = format!("rollback-{gate}");
            let id = world.ensure_environment(&name);
            *world.environments.get_mut(&name).unwrap() = Environment { id, name: name.clone(), ..like };
        }
    });
    scenario.extend_policy(
        "gates:\n  packages-checked: { question: Do packages install?, roles: [product-owner], stage: finish }\n  \
         tested-by-users: { question: Did users test it?, roles: [product-owner], stage: re-release }",
    );
    let document = scenario.planned();
    scenario.approve_all(&document);
    (scenario, document)
}

#[test]
fn faults_at_every_request_of_execute_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    enough(Trouble::of_execute(&scenario, &document).at_every_request("faults of execute", 5), 120);
}

#[test]
fn faults_at_every_request_of_direct_delivery_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(Some("delivery: direct\nmarker-tag: true"));
    enough(Trouble::of_execute(&scenario, &document).at_every_request("faults of direct delivery", 10), 40);
}

#[test]
fn faults_at_every_request_of_finish_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    enough(Trouble::of_finish(&scenario, &document, false).at_every_request("faults of finish", 3), 50);
}

#[test]
fn faults_at_every_request_of_finish_after_direct_delivery_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(Some("delivery: direct"));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    enough(Trouble::of_finish(&scenario, &document, true).at_every_request("faults of finish after direct delivery", 8), 20);
}

#[test]
fn faults_at_every_request_of_the_incident_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.incident(&document));
    enough(Trouble::of_page(part).at_every_request("faults of the incident", 6), 50);
}

#[test]
fn faults_at_every_request_of_closing_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    scenario.opened(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    assert_eq!(scenario.finish().exit, Exit::Done);
    scenario.opened(&document);
    let part = Part::new(&scenario, || scenario.close(Some("nothing is left")));
    assert_eq!((part.run)().exit, Exit::Done);
    enough(Trouble::of_page(part).at_every_request("faults of closing", 8), 30);
}

#[test]
fn faults_at_every_request_of_a_gate_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = approved(None);
    let part = Part::new(&scenario, || scenario.gate("rollback-scope-assessed", &document));
    enough(Trouble::of_reading(part).at_every_request("faults of a gate", 4), 20);
}

#[test]
fn faults_at_every_request_of_naming_the_late_gates_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = with_late_gates();
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.gates(LateStage::Finish));
    assert_eq!((part.run)().exit, Exit::Done);
    enough(Trouble::of_reading(part).at_every_request("faults of the late gates", 4), 20);
}

#[test]
fn faults_at_every_request_of_the_guard_are_ridden_out_or_stop_clearly() {
    let (scenario, document) = with_late_gates();
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.merge(1);
    let part = Part::new(&scenario, || scenario.guard("v0.2.0"));
    assert_eq!((part.run)().exit, Exit::Gates, "nobody approved it");
    enough(Trouble::of_reading(part).at_every_request("faults of the guard", 6), 20);
}

#[test]
fn faults_at_every_request_of_a_plan_are_ridden_out_or_stop_clearly() {
    let scenario = Scenario::new();
    scenario.world(|world| world.log_bodies = false);
    let part = Part::new(&scenario, || scenario.plan());
    enough(Trouble::of_reading(part).at_every_request("faults of a plan", 10), 50);
}
