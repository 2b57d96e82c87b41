//! Two releases of the same content: the default branch has the higher number, a commit beside it the lower one.

use rollback_action::commands::{Exit, REQUESTER};
use rollback_action::plan::Plan;

use crate::convergence::Part;
use crate::scenario::Scenario;

/// A rollback by `both` whose pull request is open.
fn opened(policy: &str) -> (Scenario, Plan) {
    let scenario = Scenario::new().asking(|arguments| arguments.strategy = Some("both".into()));
    scenario.world(|world| {
        world.push_file(".github/workflows/publish.yml", "name: publish\non: workflow_dispatch\njobs: {}\n", "Publish").unwrap();
    });
    scenario.extend_policy(policy);
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    (scenario, Plan::from_document(&document).unwrap())
}

fn git(scenario: &Scenario, arguments: &[&str]) -> String {
    scenario.world(|world| world.git.run(arguments).unwrap().trim().to_owned())
}

fn commit(scenario: &Scenario, tree: &str, parent: &str, message: &str) -> String {
    git(scenario, &["-c", "user.name=A", "-c", "user.email=a@example.com", "commit-tree", tree, "-p", parent, "-m", message])
}

#[track_caller]
fn released(scenario: &Scenario, plan: &Plan) {
    let second = plan.second.as_ref().unwrap();
    assert_eq!((plan.tag.as_str(), second.tag.as_str()), ("v0.1.1", "v0.0.13"));
    assert_eq!(git(scenario, &["rev-parse", "v0.1.1^{tree}"]), plan.content.tree.as_str());
    assert_eq!(git(scenario, &["rev-parse", "v0.0.13^{tree}"]), second.tree.as_str());
    assert_eq!(git(scenario, &["diff", "--name-only", "v0.1.1", "v0.0.13"]), "CHANGELOG.md\npyproject.toml\nsrc/entity/__init__.py");
    assert!(git(scenario, &["show", "v0.0.13:pyproject.toml"]).contains("version = \"0.0.13\""));
    assert!(git(scenario, &["show", "main:pyproject.toml"]).contains("version = \"0.1.1\""));
    assert_eq!(scenario.outcome()["latest"], "v0.1.1");
}

#[test]
fn both_are_tagged_released_and_published_once_wherever_finish_was_killed() {
    let (scenario, plan) = opened("release:\n  workflow: publish.yml");
    scenario.merge(1);
    let points = Part::new(&scenario, || scenario.finish()).survives_death_anywhere();
    assert!(points > 20, "{points}");
    released(&scenario, &plan);
}

#[test]
fn a_squash_merge_leaves_the_second_release_on_the_rollbacks_own_commit() {
    let (scenario, plan) = opened("");
    let rollback = git(&scenario, &["rev-parse", "refs/heads/rollback/v0.1.0"]);
    let squashed = commit(&scenario, plan.content.tree.as_str(), plan.basis.head.as_str(), "Roll back (#1)");
    scenario.world(|world| {
        world.git.set_ref("refs/heads/main", Some(&squashed)).unwrap();
        let now = world.now();
        let pull = world.pulls.get_mut(&1).unwrap();
        (pull.merged_at, pull.merge_commit, pull.merged_by) = (Some(now), Some(squashed.clone()), Some(REQUESTER.into()));
        world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap();
    });
    let ended = scenario.finish();
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    released(&scenario, &plan);
    assert_eq!(git(&scenario, &["rev-parse", "v0.1.1^{commit}"]), squashed);
    assert_eq!(git(&scenario, &["rev-parse", "v0.0.13^"]), rollback);
}

#[test]
fn what_somebody_else_tagged_with_the_second_number_is_not_released() {
    let (scenario, plan) = opened("");
    scenario.merge(1);
    // Everything but the tree is as this tool makes it.
    let rollback = git(&scenario, &["rev-parse", "refs/heads/rollback/v0.1.0"]);
    let bad = git(&scenario, &["rev-parse", "v0.1.0^{tree}"]);
    let forged = commit(&scenario, &bad, &rollback, &format!("Release it too\n\nRollback-Plan: {}", plan.id()));
    scenario.world(|world| world.git.set_ref("refs/tags/v0.0.13", Some(&forged)).unwrap());
    let ended = scenario.finish();
    assert_eq!(ended.exit, Exit::Incomplete, "{}", ended.text);
    assert!(ended.text.contains("the tag `v0.0.13` exists at"), "{}", ended.text);
    scenario.world(|world| assert!(world.releases.values().all(|release| release.tag_name != "v0.0.13")));
}
