//! Several packages in one repository: one goes back, or several at once, each from its own line of releases.

use rollback_action::commands::{Exit, StageOptions};
use rollback_action::plan::Plan;

use crate::convergence::Part;
use crate::repository::Repository;
use crate::scenario::{Scenario, output};

const POLICY: &str = "\
roles:
  technical-lead: { users: [lead-login] }
  product-owner: { users: [owner-login] }
packages:
  - { name: \"@acme/core\", registry: npm, path: packages/core, tag: \"core@{version}\" }
  - { name: \"@acme/ui\", registry: npm, path: packages/ui, tag: \"ui@{version}\" }
";

fn manifest(name: &str, version: &str, needs: &str) -> String {
    let needs = if needs.is_empty() { String::new() } else { format!(",\n  \"dependencies\": {{ \"@acme/core\": \"{needs}\" }}") };
    format!("{{\n  \"name\": \"@acme/{name}\",\n  \"version\": \"{version}\"{needs}\n}}\n")
}

fn lock(core: &str, ui: &str, needs: &str) -> String {
    format!(
        "{{\n  \"name\": \"acme\",\n  \"lockfileVersion\": 3,\n  \"packages\": {{\n    \"\": {{ \"name\": \"acme\", \"workspaces\": [\"packages/*\"] }},\n    \"packages/core\": {{ \"name\": \"@acme/core\", \"version\": \"{core}\" }},\n    \"packages/ui\": {{ \"name\": \"@acme/ui\", \"version\": \"{ui}\", \"dependencies\": {{ \"@acme/core\": \"{needs}\" }} }}\n  }}\n}}\n"
    )
}

/// core 1.0.0 and ui 2.0.0 are good; core 1.1.0 and then ui 2.0.1 are bad.
fn repository(policy: &str) -> Repository {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(policy));
    repository.file("package.json", Some("{\n  \"name\": \"acme\",\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n"));
    repository.file("packages/core/package.json", Some(&manifest("core", "1.0.0", "")));
    repository.file("packages/core/index.js", Some("export const core = 1;\n"));
    repository.file("packages/core/CHANGELOG.md", Some("# core\n\n## 1.0.0\n\n- Start\n"));
    repository.file("packages/ui/package.json", Some(&manifest("ui", "2.0.0", "^1.0.0")));
    repository.file("packages/ui/index.js", Some("export const ui = 1;\n"));
    repository.file("package-lock.json", Some(&lock("1.0.0", "2.0.0", "^1.0.0")));
    repository.commit("Start", Some("core@1.0.0"));
    repository.git(&["tag", "--annotate", "--message", "ui", "ui@2.0.0"]);
    repository.file("packages/core/package.json", Some(&manifest("core", "1.1.0", "")));
    repository.file("packages/core/index.js", Some("export const core = 2;\n"));
    repository.file("packages/core/added.js", Some("export const added = 2;\n"));
    repository.file("packages/core/CHANGELOG.md", Some("# core\n\n## 1.1.0\n\n- Added\n\n## 1.0.0\n\n- Start\n"));
    repository.file("packages/ui/package.json", Some(&manifest("ui", "2.0.0", "^1.1.0")));
    repository.file("package-lock.json", Some(&lock("1.1.0", "2.0.0", "^1.1.0")));
    repository.commit("Release core 1.1.0", Some("core@1.1.0"));
    repository.file("packages/ui/package.json", Some(&manifest("ui", "2.0.1", "^1.1.0")));
    repository.file("packages/ui/index.js", Some("export const ui = 2;\n"));
    repository.file("package-lock.json", Some(&lock("1.1.0", "2.0.1", "^1.1.0")));
    repository.commit("Release ui 2.0.1", Some("ui@2.0.1"));
    repository
}

fn scenario(repository: &Repository, bad: &str) -> Scenario {
    // The clock is set by the newest release, so that the default branch has both.
    let options = StageOptions { bad: Some("ui@2.0.1".into()), bodies: true, ..StageOptions::default() };
    Scenario::on(repository.path(), &options).asking(|arguments| arguments.bad = bad.to_owned())
}

fn show(scenario: &Scenario, reference: &str, path: &str) -> String {
    scenario.world(|world| world.git.run(&["show", &format!("{reference}:{path}")]).unwrap())
}

fn changed(scenario: &Scenario, from: &str, to: &str) -> Vec<String> {
    let diff = scenario.world(|world| world.git.run(&["diff", "--name-status", "--no-renames", from, to]).unwrap());
    diff.lines().map(|line| line.replace('\t', " ")).filter(|line| !line.ends_with(".github/workflows/rollback.yml")).collect()
}

/// Plans, approves, executes, and checks that the tree is the plan's.
#[track_caller]
fn executed(scenario: &Scenario) -> (Plan, u64) {
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    let plan = Plan::from_document(&document).unwrap();
    let tree = scenario.world(|world| world.git.run(&["rev-parse", &format!("refs/heads/{}^{{tree}}", plan.branch)]).unwrap());
    assert_eq!(tree.trim(), plan.content.tree.as_str());
    (plan, output(&ended, "pull-request").unwrap().parse().unwrap())
}

#[test]
fn the_tag_tells_the_package_and_only_its_own_path_goes_back() {
    let repository = repository(POLICY);
    let scenario = scenario(&repository, "core@1.1.0");
    let (plan, pull) = executed(&scenario);
    let (branch, main) = ("refs/heads/rollback/core@1.1.0", plan.basis.head.as_str());
    assert_eq!((plan.version.as_str(), plan.tag.as_str(), plan.good.reference.as_str()), ("1.0.1", "core@1.0.1", "core@1.0.0"));
    assert_eq!(
        changed(&scenario, main, branch),
        [
            "M package-lock.json",
            "M packages/core/CHANGELOG.md",
            "D packages/core/added.js",
            "M packages/core/index.js",
            "M packages/core/package.json",
            "M packages/ui/package.json"
        ]
    );
    assert_eq!(show(&scenario, branch, "packages/core/package.json"), manifest("core", "1.0.1", ""));
    assert_eq!(show(&scenario, branch, "packages/core/index.js"), "export const core = 1;\n");
    // What other packages require of it, and the lock file, agree with its new number; their own content stays.
    assert_eq!(show(&scenario, branch, "packages/ui/package.json"), manifest("ui", "2.0.1", "^1.0.1"));
    assert_eq!(show(&scenario, branch, "package-lock.json"), lock("1.0.1", "2.0.1", "^1.0.1"));
    let log = show(&scenario, branch, "packages/core/CHANGELOG.md");
    assert!(log.starts_with("# core\n\n## 1.0.1\n\n- Roll back 1.1.0: ") && log.contains("## 1.1.0\n\n- Added"), "{log}");
    scenario.merge(pull);
    let finished = scenario.finish();
    assert_eq!(finished.exit, Exit::Done, "{}\n{:?}", finished.text, finished.problems);
    // Another package's release was Latest, and still is.
    assert_eq!(scenario.outcome()["latest"], "ui@2.0.1");
}

#[test]
fn one_of_two_packages_that_share_a_tag_goes_back_when_it_is_asked_for() {
    let policy = POLICY.replace("ui@{version}", "core@{version}");
    let repository = repository(&policy);
    let scenario = scenario(&repository, "core@1.1.0").asking(|arguments| arguments.package = Some("@acme/core".into()));
    let (plan, _) = executed(&scenario);
    let changed = changed(&scenario, plan.basis.head.as_str(), "refs/heads/rollback/core@1.1.0");
    assert!(!changed.contains(&"M packages/ui/index.js".to_owned()), "{changed:?}");
}

#[test]
fn several_packages_go_back_in_one_pull_request_each_from_its_own_line() {
    let repository = repository(POLICY);
    let scenario = scenario(&repository, "ui@2.0.1,core@1.1.0");
    let (plan, pull) = executed(&scenario);
    let branch = "refs/heads/rollback/ui@2.0.1";
    assert_eq!(plan.new_tags().iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), ["ui@2.0.2", "core@1.0.1"]);
    assert_eq!(show(&scenario, branch, "packages/core/package.json"), manifest("core", "1.0.1", ""));
    assert_eq!(show(&scenario, branch, "packages/core/index.js"), "export const core = 1;\n");
    assert_eq!(show(&scenario, branch, "packages/ui/index.js"), "export const ui = 1;\n");
    assert_eq!(show(&scenario, branch, "package-lock.json"), lock("1.0.1", "2.0.2", "^1.0.1"));
    assert_eq!(show(&scenario, branch, "packages/ui/package.json"), manifest("ui", "2.0.2", "^1.0.1"));
    scenario.merge(pull);
    let part = Part::new(&scenario, || scenario.finish());
    let points = part.survives_death_anywhere();
    assert!(points > 8, "{points}");
    scenario.world(|world| {
        let tree = |name: &str| world.git.run(&["rev-parse", &format!("{name}^{{tree}}")]).unwrap();
        assert_eq!((tree("refs/tags/ui@2.0.2"), tree("refs/tags/core@1.0.1")), (tree("refs/heads/main"), tree("refs/heads/main")));
        for (tag, new) in [("ui@2.0.1", "ui@2.0.2"), ("core@1.1.0", "core@1.0.1")] {
            let bad = world.releases.values().find(|release| release.tag_name == tag).unwrap();
            let body = bad.body.as_deref().unwrap_or_default();
            assert!(bad.prerelease && body.contains(&format!("`{tag}` is rolled back")) && body.contains(new), "{body}");
            // What to pin is of this package only.
            let (own, other) = if tag.starts_with("ui") { ("@acme/ui@2.0.0", "@acme/core@") } else { ("@acme/core@1.0.0", "@acme/ui@") };
            assert!(body.contains(own) && !body.contains(other), "{body}");
            let notes = world.releases.values().find(|release| release.tag_name == new).unwrap().body.clone().unwrap_or_default();
            assert!(notes.contains(tag), "{notes}");
        }
    });
    assert_eq!(scenario.outcome()["latest"], "ui@2.0.2");
}

#[test]
fn a_package_that_the_policy_does_not_have_is_a_wrong_command_line() {
    let repository = repository(POLICY);
    let scenario = scenario(&repository, "core@1.1.0");
    let said = |name: &str| {
        let arguments = rollback_action::commands::PlanArguments { package: Some(name.into()), ..scenario.arguments.clone() };
        let ended = scenario.plan_with(&arguments);
        (ended.exit, ended.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    };
    assert_eq!(
        said("@acme/cor"),
        (Exit::Usage, "error: the policy has no package `@acme/cor` (`--package`)\nhint: did you mean `@acme/core` or `@acme/ui`?".into())
    );
    assert_eq!(
        said("@acme/ui"),
        (
            Exit::Refused,
            "error: `core@1.1.0` is a tag of `@acme/core`, not of `@acme/ui` (`--package`)\nhint: name `@acme/core` with `--package`, or leave it out: the tag tells the package".into()
        )
    );
}

#[test]
fn without_packages_in_the_policy_everything_goes_back_and_the_plan_says_so() {
    let policy = POLICY.split("packages:").next().unwrap();
    let repository = repository(policy);
    let scenario = scenario(&repository, "core@1.1.0");
    let plan = Plan::from_document(&scenario.planned()).unwrap();
    let told = "releases tagged like `ui@{version}` lie between, and the policy names no packages: theirs goes back to the content of core@1.0.0 too";
    assert!(plan.warnings.iter().any(|warning| warning.starts_with(told)), "{:?}", plan.warnings);
}

#[test]
fn two_releases_or_one_version_are_asked_for_of_one_package_only() {
    let repository = repository(POLICY);
    let scenario = scenario(&repository, "core@1.1.0,ui@2.0.1");
    let refused = |scenario: &Scenario| -> Vec<String> {
        let ended = scenario.plan();
        assert_eq!(ended.exit, Exit::Refused, "{}", ended.text);
        ended.problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect()
    };
    let scenario = scenario.asking(|arguments| arguments.strategy = Some("both".into()));
    assert_eq!(
        refused(&scenario)[0],
        "error: the strategy `both` makes two releases of one package, and 2 packages go back\nhint: roll back one package in each run, or ask for another way with `--strategy`"
    );
    let scenario = scenario.asking(|arguments| (arguments.strategy, arguments.rollback_version) = (None, Some("2.0.2".into())));
    assert_eq!(
        refused(&scenario)[0],
        "error: the version `2.0.2` is for one package, and 2 packages go back\nhint: roll back one package in each run, or leave `--rollback-version` out"
    );
    let scenario = scenario.asking(|arguments| (arguments.strategy, arguments.rollback_version) = (Some("forward".into()), None));
    assert_eq!(scenario.plan().exit, Exit::Done);
}
