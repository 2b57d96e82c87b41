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

#[test]
fn the_whole_story_ends_with_a_release_of_the_good_content_and_one_incident() {
    let scenario = Scenario::new().asking(|arguments| arguments.reason = "the plugins cannot be imported".into());
    let document = scenario.planned();
    assert_eq!(scenario.incident(&document).exit, Exit::Done);
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}", ended.text);
    assert_eq!(scenario.incident(&document).exit, Exit::Done);
    scenario.merge(output(&ended, "pull-request").unwrap().parse().unwrap());
    let finished = scenario.finish();
    assert_eq!(finished.exit, Exit::Done, "{}\n{:?}", finished.text, finished.problems);
    assert_eq!(scenario.incident(&document).exit, Exit::Done);
    scenario.world(|world| {
        let incidents: Vec<_> = world.issues.values().filter(|issue| !world.pulls.contains_key(&issue.number)).collect();
        assert_eq!(incidents.len(), 1);
        let tree = |name: &str| world.git.run(&["rev-parse", &format!("{name}^{{tree}}")]).unwrap();
        assert_eq!(tree("v0.0.13"), tree("refs/heads/main"));
        let changed = world.git.run(&["diff", "--name-only", "v0.0.12", "v0.0.13", "--", ":!.github"]).unwrap();
        assert_eq!(changed, "CHANGELOG.md\npyproject.toml\nsrc/entity/__init__.py\n");
        let newest = world.releases.values().find(|release| release.tag_name == "v0.0.13").unwrap();
        assert!(!newest.draft && !newest.prerelease);
    });
    let before = scenario.world(|world| world.log.len());
    assert_eq!(scenario.finish().exit, Exit::Done);
    assert_eq!(scenario.writes_after(before), [""; 0]);
}
