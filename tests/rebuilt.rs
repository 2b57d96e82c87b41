//! What the default branch and `Latest` look like when GitHub's own rules step in: nobody's work is undone unseen.

use github_simulator::faults::{Fault, When};
use github_simulator::world::World;
use rollback_action::commands::{Exit, StageOptions};
use rollback_action::plan::Plan;

use crate::repository::Repository;
use crate::scenario::Scenario;

const ROLES: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";

/// v1.0.0 is good, v1.1.0 is bad.
fn repository(policy: &str) -> Repository {
    released(policy, |_| {})
}

/// The same, with something else between the two.
fn released(policy: &str, between: impl FnOnce(&mut Repository)) -> Repository {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}{policy}")));
    repository.file(".github/workflows/test.yml", Some("name: test\non: push\njobs: {}\n"));
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.0.0\"\n"));
    repository.file("src/plugins.py", Some("A = 1\n"));
    repository.commit("Start", Some("v1.0.0"));
    between(&mut repository);
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.1.0\"\n"));
    repository.file("src/plugins.py", Some("A = 2\n")).file("docs/guide.md", Some("guide\n"));
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    repository
}

fn scenario(repository: &Repository) -> Scenario {
    Scenario::on(repository.path(), &StageOptions { bad: Some("v1.1.0".into()), bodies: true, ..StageOptions::default() })
}

/// Others push to the default branch between approval and execution, the workflows among it.
fn pushed_by_others(world: &mut World) {
    world.push_file(".github/workflows/test.yml", "name: test\non: push\njobs: {}\n# newer\n", "Change a workflow").unwrap();
    world.push_file("docs/unrelated.md", "Written meanwhile.\n", "Write a page").unwrap();
}

fn files_at(scenario: &Scenario, reference: &str) -> Vec<String> {
    let listed = scenario.world(|world| world.git.run(&["ls-tree", "-r", "--name-only", reference]).unwrap());
    listed.lines().map(str::to_owned).collect()
}

fn latest(scenario: &Scenario) -> String {
    scenario.world(|world| {
        let chosen = world.releases.values().filter(|release| !release.draft && !release.prerelease);
        let chosen = chosen.max_by_key(|release| (release.made_latest, release.created_at, release.id));
        chosen.unwrap().tag_name.clone()
    })
}

#[test]
fn a_plan_of_some_paths_is_not_put_on_a_later_head_where_it_would_undo_what_came_between() {
    let repository = repository("restore: { paths: [src] }\n");
    let scenario = scenario(&repository);
    let document = scenario.planned();
    scenario.approve_all(&document);
    scenario.world(pushed_by_others);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete, "{}", ended.text);
    assert!(ended.text.contains("would undo what came between") && ended.text.contains("start a new run"), "{}", ended.text);
    scenario.world(|world| assert!(world.pulls.is_empty() && world.git.branch("rollback/v1.1.0").is_none()));
}

#[test]
fn a_kept_file_that_states_the_version_is_not_taken_as_it_is_now() {
    let place = "packages:\n  - name: acme-core\n    registry: github-releases\n    manifests:\n      - { path: charts/acme/Chart.yaml, locator: 'rewrite:yaml:version' }\n";
    let chart = |version: &str| format!("name: acme\nversion: {version}\n");
    let repository = released(&format!("restore: {{ keep: [charts] }}\n{place}"), |repository| {
        repository.file("charts/acme/Chart.yaml", Some(&chart("1.1.0")));
    });
    let changes = [(format!("{}home: acme.example\n", chart("1.1.0")), Exit::Incomplete), (chart("1.1.0"), Exit::Done)];
    for (changed, exit) in changes {
        let scenario = scenario(&repository);
        let document = scenario.planned();
        scenario.approve_all(&document);
        scenario.world(|world| {
            pushed_by_others(world);
            world.push_file("charts/acme/Chart.yaml", &changed, "Touch the chart").unwrap();
        });
        let ended = scenario.execute(&document);
        assert_eq!(ended.exit, exit, "{}", ended.text);
        let made = scenario.world(|world| world.git.run(&["show", "refs/heads/rollback/v1.1.0:charts/acme/Chart.yaml"]).ok());
        assert_eq!(made, (exit == Exit::Done).then(|| chart("1.1.1")), "{}", ended.text);
        assert!(exit == Exit::Done || ended.text.contains("start a new run"), "{}", ended.text);
    }
}

#[test]
fn a_plan_of_some_paths_goes_through_when_the_workflows_stay() {
    let repository = repository("restore: { paths: [src] }\n");
    let scenario = scenario(&repository);
    let document = scenario.planned();
    scenario.approve_all(&document);
    scenario.world(|world| world.push_file("docs/unrelated.md", "Written meanwhile.\n", "Write a page").unwrap());
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}", ended.text);
    scenario.merge(1);
    let files = files_at(&scenario, "refs/heads/main");
    assert!(files.contains(&"docs/unrelated.md".to_owned()), "{files:?}");
}

#[test]
fn a_direct_delivery_never_moves_the_default_branch_over_others_commits() {
    for policy in ["delivery: direct\n", "delivery: direct\nrestore: { paths: [src] }\n"] {
        let repository = repository(policy);
        let scenario = scenario(&repository);
        let document = scenario.planned();
        scenario.approve_all(&document);
        scenario.world(pushed_by_others);
        let head = scenario.world(|world| world.default_head().unwrap());
        let ended = scenario.execute(&document);
        assert_eq!(ended.exit, Exit::Incomplete, "{policy}{}", ended.text);
        assert_eq!(scenario.world(|world| world.default_head().unwrap()), head, "{policy}");
        assert!(files_at(&scenario, "refs/heads/main").contains(&"docs/unrelated.md".to_owned()), "{policy}");
    }
}

/// v0.9.5 is a backport that was committed after v1.0.0, so GitHub takes it for `Latest` by itself once v1.1.0 is none.
fn with_a_backport() -> Repository {
    released("", |repository| {
        repository.git(&["checkout", "--quiet", "-b", "backport"]);
        repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"0.9.5\"\n"));
        repository.commit("Release 0.9.5", Some("v0.9.5"));
        repository.git(&["checkout", "--quiet", "main"]);
    })
}

#[test]
fn latest_goes_to_the_good_release_though_github_takes_a_backport_by_itself() {
    let repository = with_a_backport();
    let scenario = scenario(&repository);
    let document = scenario.planned();
    let good = Plan::from_document(&document).unwrap().good.reference;
    assert_eq!((good.as_str(), latest(&scenario).as_str()), ("v1.0.0", "v1.1.0"));
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!((ended.exit, latest(&scenario).as_str()), (Exit::Done, "v1.0.0"), "{}", ended.text);
}

#[test]
fn latest_goes_to_the_good_release_in_the_next_run_where_the_first_died_after_the_warning() {
    let repository = with_a_backport();
    let scenario = scenario(&repository);
    let document = scenario.planned();
    scenario.approve_all(&document);
    scenario.world(|world| {
        let good = world.releases.values().find(|release| release.tag_name == "v1.0.0").unwrap().id;
        world.schedule(When::matching("PATCH", &format!("/releases/{good}")).times(9), Fault::status(502, "Bad Gateway"));
    });
    let ended = scenario.execute(&document);
    assert_eq!((ended.exit, latest(&scenario).as_str()), (Exit::Incomplete, "v0.9.5"), "{}", ended.text);
    scenario.world(|world| world.faults.clear());
    let ended = scenario.execute(&document);
    assert_eq!((ended.exit, latest(&scenario).as_str()), (Exit::Done, "v1.0.0"), "{}", ended.text);
}
