//! The main line, and what it leaves behind.

use rollback_action::commands::Exit;

use crate::scenario::{Scenario, output};

#[test]
fn nothing_is_written_by_planning_and_the_same_facts_give_the_same_plan() {
    let scenario = Scenario::new();
    let before = scenario.world(|world| world.log.len());
    let (first, second) = (scenario.planned(), scenario.planned());
    assert_eq!(first, second);
    assert_eq!(scenario.writes_after(before), [""; 0]);
}

#[test]
fn execute_opens_one_pull_request_and_a_second_run_does_nothing() {
    let scenario = Scenario::new();
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    assert_eq!(output(&ended, "pull-request").as_deref(), Some("1"));
    let before = scenario.world(|world| world.log.len());
    let again = scenario.execute(&document);
    assert_eq!(again.exit, Exit::Done, "{}", again.text);
    assert_eq!(scenario.writes_after(before), [""; 0]);
    scenario.world(|world| {
        assert_eq!(world.pulls.len(), 1);
        let latest: Vec<&str> =
            world.releases.values().filter(|release| release.prerelease).map(|release| release.tag_name.as_str()).collect();
        assert_eq!(latest, ["v0.1.0"]);
    });
}

#[test]
fn execute_without_approvals_writes_nothing() {
    let scenario = Scenario::new();
    let document = scenario.planned();
    let before = scenario.world(|world| world.log.len());
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Gates);
    assert_eq!(scenario.writes_after(before), [""; 0]);
}
