//! The content that is proposed, checked with plain git; and the policy's ways of restoring and delivering it.

use rollback_action::commands::{Exit, StageOptions};
use rollback_action::plan::Plan;

use crate::repository::Repository;
use crate::scenario::{Scenario, output};

const ROLES: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";

/// v1.0.0 is good, v1.1.0 is bad; the policy has these lines beside its roles.
fn repository(policy: &str) -> Repository {
    released(policy, &[])
}

/// The same, with these files in v1.1.0.
fn released(policy: &str, files: &[(&str, &str)]) -> Repository {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}{policy}")));
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.0.0\"\n"));
    repository.file("src/plugins/a.py", Some("A = 1\n")).file("src/plugins/b.py", Some("B = 1\n")).file("docs/guide.md", Some("guide\n"));
    repository
        .file("run.sh", Some("#!/bin/sh\n"))
        .file("big.bin", Some("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"));
    repository.git(&["add", "--all"]);
    repository.git(&["update-index", "--chmod=+x", "run.sh"]);
    repository.git(&["update-index", "--add", "--cacheinfo", "160000,0123456789012345678901234567890123456789,vendored"]);
    let link = repository.git(&["rev-parse", ":run.sh"]);
    repository.git(&["update-index", "--add", "--cacheinfo", &format!("120000,{},link", link.trim())]);
    repository.git(&["commit", "--quiet", "--message", "Start"]);
    repository.git(&["tag", "v1.0.0"]);
    repository.git(&["checkout", "--quiet", "--force", "main"]);
    repository.commit("Tidy", None);
    repository.file("pyproject.toml", Some("[project]\nname = \"acme-core\"\nversion = \"1.1.0\"\n"));
    repository.file("src/plugins/a.py", Some("A = 2\n")).file("src/plugins/b.py", None).file("src/compat.py", Some("C = 2\n"));
    repository.file("docs/guide.md", Some("new guide\n"));
    for (path, text) in files {
        repository.file(path, Some(text));
    }
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    repository
}

fn scenario(repository: &Repository) -> Scenario {
    Scenario::on(repository.path(), &StageOptions { bad: Some("v1.1.0".into()), bodies: true, ..StageOptions::default() })
}

/// Plans, approves, executes; returns the plan and the lines of `git diff --name-status FROM rollback`.
#[track_caller]
fn executed(scenario: &Scenario, from: &str) -> (Plan, Vec<String>) {
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    let plan = Plan::from_document(&document).unwrap();
    let rollback = format!("refs/heads/{}", plan.branch);
    let tree = scenario.world(|world| world.git.run(&["rev-parse", &format!("{rollback}^{{tree}}")]).unwrap());
    assert_eq!(tree.trim(), plan.content.tree.as_str());
    let diff = scenario.world(|world| world.git.run(&["diff", "--name-status", "--no-renames", from, &rollback]).unwrap());
    (plan, diff.lines().map(|line| line.replace('\t', " ")).filter(|line| !line.ends_with(".github/workflows/rollback.yml")).collect())
}

#[test]
fn everything_but_the_version_is_byte_for_byte_the_good_release_modes_links_and_submodules_included() {
    let repository = repository("");
    let scenario = scenario(&repository);
    let (_, diff) = executed(&scenario, "v1.0.0");
    assert_eq!(diff, ["M pyproject.toml"]);
    let entries = scenario.world(|world| world.git.run(&["ls-tree", "refs/heads/rollback/v1.1.0"]).unwrap());
    for wanted in ["100755 blob", "120000 blob", "160000 commit 0123456789012345678901234567890123456789\tvendored"] {
        assert!(entries.contains(wanted), "{entries}");
    }
}

#[test]
fn the_changelog_stays_and_says_what_was_withdrawn_and_why() {
    let log = "# Changelog\n\n## 1.1.0 - 2024-03-03\n\n- Plugins\n\n## 1.0.0 - 2024-03-01\n\n- Start\n";
    let repository = released("", &[("CHANGELOG.md", log)]);
    let scenario = scenario(&repository);
    let (_, diff) = executed(&scenario, "v1.0.0");
    assert_eq!(diff, ["A CHANGELOG.md", "M pyproject.toml"]);
    let text = scenario.world(|world| world.git.run(&["show", "refs/heads/rollback/v1.1.0:CHANGELOG.md"]).unwrap());
    let (entry, rest) = text.split_once("## 1.1.0").unwrap();
    assert_eq!(format!("## 1.1.0{rest}"), log.split_once("\n\n").unwrap().1);
    for said in ["## 1.0.1 - ", "- Roll back 1.1.0: the plugins cannot be imported\n", "- The content is that of 1.0.0; 1.1.0 is withdrawn"]
    {
        assert!(entry.contains(said), "{entry}");
    }
}

#[test]
fn a_build_number_rises_above_the_bad_releases() {
    let mut repository = Repository::new();
    let app = |version: &str| format!("name: acme_app\nversion: {version}\n");
    repository.file(".github/rollback.yml", Some(ROLES)).file("pubspec.yaml", Some(&app("1.0.0+30")));
    repository.commit("Release 1.0.0", Some("v1.0.0"));
    repository.file("pubspec.yaml", Some(&app("1.1.0+41")));
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    let scenario = scenario(&repository);
    executed(&scenario, "v1.0.0");
    let text = scenario.world(|world| world.git.run(&["show", "refs/heads/rollback/v1.1.0:pubspec.yaml"]).unwrap());
    assert_eq!(text, app("1.0.1+42"));
}

#[test]
fn the_marker_tag_is_warned_of_where_a_workflow_would_publish_it() {
    let warned = |tags: &str| {
        let text = format!("name: publish\non: {{ push: {{ tags: ['{tags}'] }} }}\njobs: {{}}\n");
        let repository = released("marker-tag: true\n", &[(".github/workflows/publish.yml", &text)]);
        let plan = scenario(&repository).planned();
        plan.contains("`.github/workflows/publish.yml` runs on tags like the marker tag v1.0.1-rollback and would take it for a release")
    };
    assert!(warned("v*"));
    assert!(!warned("v[0-9]+.[0-9]+.[0-9]+"));
}

#[test]
fn a_kept_path_stays_as_on_the_default_branch() {
    let repository = repository("restore: { keep: [docs] }\n");
    let (_, diff) = executed(&scenario(&repository), "v1.0.0");
    assert_eq!(diff, ["M docs/guide.md", "M pyproject.toml"]);
}

#[test]
fn with_paths_only_these_are_restored_and_removed_on_top_of_the_default_branch() {
    let repository = repository("restore:\n  paths: [src/plugins]\n  remove: [src/compat.py]\n");
    let (plan, diff) = executed(&scenario(&repository), "v1.1.0");
    assert_eq!(diff, ["M pyproject.toml", "D src/compat.py", "M src/plugins/a.py", "A src/plugins/b.py"]);
    assert_eq!(plan.version.to_string(), "1.0.1");
}

#[test]
fn a_bad_release_of_another_branch_and_a_good_one_that_was_passed_by_are_warned_of() {
    let repository = repository("");
    let usual = scenario(&repository).planned();
    assert!(!usual.contains("history of") && !usual.contains("on the same line"), "{usual}");
    let scenario = scenario(&repository);
    scenario.world(|world| {
        let made = |tree: &str| {
            let arguments =
                ["-c", "user.name=A", "-c", "user.email=a@example.com", "commit-tree", tree, "-p", "v1.0.0^{commit}", "-m", "elsewhere"];
            world.git.run(&arguments).unwrap().trim().to_owned()
        };
        // Both are made on the good release, and `main` has neither.
        let (fix, bad) = (made("v1.0.0^{tree}"), made("v1.1.0^{tree}"));
        world.git.set_ref("refs/tags/v1.0.1", Some(&fix)).unwrap();
        world.git.set_ref("refs/tags/v1.1.0", Some(&bad)).unwrap();
        let mut release = world.releases.values().find(|release| release.tag_name == "v1.0.0").unwrap().clone();
        release.id = world.next_id();
        release.tag_name = "v1.0.1".into();
        world.releases.insert(release.id, release);
    });
    let plan = scenario.planned();
    assert!(
        plan.contains("v1.1.0 is not in the history of main: it was released from another branch, and main loses what it has besides"),
        "{plan}"
    );
    assert!(
        plan.contains("v1.0.1 is newer than v1.0.0 on the same line, and what it changed goes away too; `--good v1.0.1` returns to it"),
        "{plan}"
    );
}

#[test]
fn a_kept_file_that_would_still_state_the_bad_version_stops_the_plan() {
    let chart = ("charts/acme/Chart.yaml", "apiVersion: v2\nname: acme\nversion: 1.1.0\nappVersion: \"1.1.0\"\n");
    let ended = scenario(&released("restore: { keep: [charts] }\n", &[chart])).plan();
    assert_eq!(ended.exit, Exit::Refused);
    let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "error: charts/acme/Chart.yaml:3:10: `version` would still state `1.1.0` after the rollback\nhint: let it become the new version in `.github/rollback.yml`: `packages: [{ name: acme-core, registry: github-releases, manifests: [{ path: charts/acme/Chart.yaml, locator: 'rewrite:yaml:version' }] }]`; or correct `restore`, where it takes the file from the wrong tree",
            "error: charts/acme/Chart.yaml:4:14: `appVersion` would still state `1.1.0` after the rollback\nhint: let it become the new version in `.github/rollback.yml`: `packages: [{ name: acme-core, registry: github-releases, manifests: [{ path: charts/acme/Chart.yaml, locator: 'rewrite:yaml:appVersion' }] }]`; or correct `restore`, where it takes the file from the wrong tree",
        ]
    );
}

#[test]
fn a_restored_file_that_would_still_state_the_good_version_stops_the_plan() {
    let mut repository = Repository::new();
    let package = |version: &str| format!("{{ \"name\": \"acme-plugin\", \"version\": \"{version}\" }}\n");
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}restore: {{ paths: [packages/plugin] }}\n")));
    let root = |version: &str| format!("{{ \"name\": \"acme\", \"version\": \"{version}\", \"workspaces\": [\"packages/*\"] }}\n");
    repository.file("package.json", Some(&root("1.0.0"))).file("packages/plugin/package.json", Some(&package("1.0.0")));
    repository.commit("Release 1.0.0", Some("v1.0.0"));
    repository.file("package.json", Some(&root("1.1.0"))).file("packages/plugin/package.json", Some(&package("1.1.0")));
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    let ended = scenario(&repository).plan();
    assert_eq!(ended.exit, Exit::Refused);
    let said = ended.problems[0].to_string();
    assert!(said.starts_with("error: packages/plugin/package.json:1:38: `version` would still state `1.0.0` after the rollback"), "{said}");
}

#[test]
fn what_is_wrong_with_the_number_the_manifests_and_the_policys_paths_is_said_at_once() {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}restore: {{ keep: [docs] }}\n"))).file("docs/guide.md", Some("guide\n"));
    repository.file("pyproject.toml", Some("[project\n")).file("package.json", Some("{ \"name\": \"acme\", \"version\": \"0.9.0\" }\n"));
    repository.commit("Release 1.0.0", Some("v1.0.0"));
    repository.file("src/a.py", Some("A = 2\n"));
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    let ended = scenario(&repository).asking(|arguments| arguments.strategy = Some("0.9.9".into())).plan();
    assert_eq!(ended.exit, Exit::Refused);
    let said = ended.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    for wanted in
        ["`0.9.9`", "error: pyproject.toml:1:", "error: package.json:1:31: `version` states `0.9.0`, and the good release is `1.0.0`"]
    {
        assert!(said.contains(wanted), "{wanted} is not in\n{said}");
    }
}

#[test]
fn consumed_change_files_do_not_come_back_and_pending_ones_do() {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(ROLES)).file("package.json", Some("{ \"name\": \"acme\", \"version\": \"1.0.0\" }\n"));
    repository.file(".changeset/config.json", Some("{}\n")).file(".changeset/README.md", Some("How to\n"));
    let change = "---\n\"acme\": minor\n---\n\nPlugins\n";
    repository.file(".changeset/brave-dogs-sing.md", Some(change)).file(".changeset/old-cats-wait.md", Some(change));
    repository.commit("Release 1.0.0", Some("v1.0.0"));
    repository.file("package.json", Some("{ \"name\": \"acme\", \"version\": \"1.1.0\" }\n")).file(".changeset/brave-dogs-sing.md", None);
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    let scenario = scenario(&repository);
    let (plan, diff) = executed(&scenario, "v1.0.0");
    assert_eq!(diff, ["D .changeset/brave-dogs-sing.md", "M package.json"]);
    assert_eq!(plan.content.remove.iter().map(ToString::to_string).collect::<Vec<_>>(), [".changeset/brave-dogs-sing.md"]);
}

#[test]
fn a_path_that_is_nowhere_is_refused() {
    let repository = repository("restore:\n  paths: [src/plugin]\n  remove: [src/compat.py]\n");
    let ended = scenario(&repository).plan();
    assert_eq!(ended.exit, Exit::Refused);
    assert_eq!(
        ended.problems[0].to_string(),
        "error: `src/plugin` is not in the good release, so it cannot be restored (`restore.paths`, or a package's `path`)\nhint: correct the path in `.github/rollback.yml`"
    );
}

#[test]
fn direct_delivery_moves_the_default_branch_forward_and_never_by_force() {
    let repository = repository("delivery: direct\n");
    let scenario = scenario(&repository);
    let before = scenario.world(|world| world.default_head().unwrap());
    let (plan, _) = executed(&scenario, "v1.0.0");
    scenario.world(|world| {
        let head = world.default_head().unwrap();
        assert_eq!(world.git.run(&["rev-parse", &format!("{head}^")]).unwrap().trim(), before);
        assert_eq!(world.git.run(&["rev-parse", &format!("{head}^{{tree}}")]).unwrap().trim(), plan.content.tree.as_str());
        assert!(world.pulls.is_empty());
    });
}

#[test]
fn every_bad_release_that_is_named_gets_its_banner() {
    let mut repository = repository("");
    repository.file("src/compat.py", Some("C = 3\n"));
    repository.commit("Release 1.1.1", Some("v1.1.1"));
    let options = StageOptions { bad: Some("v1.1.1".into()), bodies: true, ..StageOptions::default() };
    let alone = Scenario::on(repository.path(), &options).asking(|arguments| arguments.bad = "v1.1.0".into());
    let ended = alone.plan();
    assert_eq!(ended.exit, Exit::Refused);
    assert_eq!(
        ended.problems[0].to_string(),
        "error: `1.1.1` is published above `1.1.0` and not named as bad\nhint: name it too, as in `1.1.0,1.1.1`, or check that the right release is bad"
    );
    let both = alone.asking(|arguments| arguments.bad = "v1.1.0,1.1.1".into());
    let (plan, diff) = executed(&both, "v1.0.0");
    assert_eq!((plan.branch.as_str(), diff.as_slice()), ("rollback/v1.1.1", ["M pyproject.toml".to_owned()].as_slice()));
    both.world(|world| {
        for tag in ["v1.1.0", "v1.1.1"] {
            let release = world.releases.values().find(|release| release.tag_name == tag).unwrap();
            assert!(release.prerelease && release.body.as_deref().unwrap_or_default().contains(&format!("{tag} is rolled back")), "{tag}");
        }
    });
}

#[test]
fn what_a_release_declares_irreversible_is_in_the_plan() {
    let repository = repository("irreversible: [\"mails that were sent\"]\n");
    let scenario = scenario(&repository);
    scenario.world(|world| {
        let bad = world.releases.values_mut().find(|release| release.tag_name == "v1.1.0").unwrap();
        bad.body = Some("Notes\n\n- **Irreversible:** migrations 0041 and 0042\n".into());
    });
    let plan = Plan::from_document(&scenario.planned()).unwrap();
    assert_eq!(plan.irreversible, ["mails that were sent", "migrations 0041 and 0042"]);
}

#[test]
fn the_marker_tag_is_on_the_rollback_commit_and_the_release_workflow_is_started_once() {
    let repository = repository("marker-tag: true\nrelease: { workflow: release.yml }\n");
    repository.file(".github/workflows/release.yml", Some("name: release\non: { workflow_dispatch: }\njobs: {}\n"));
    repository.git(&["add", "--all"]);
    repository.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    repository.git(&["tag", "--force", "--annotate", "--message", "v1.1.0", "v1.1.0"]);
    let scenario = scenario(&repository);
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    let at = |name: &str| scenario.world(|world| world.git.run(&["rev-parse", &format!("{name}^{{commit}}")]).unwrap());
    assert_eq!(at("refs/tags/v1.0.1-rollback"), at("refs/heads/rollback/v1.1.0"));
    scenario.merge(output(&ended, "pull-request").unwrap().parse().unwrap());
    let finished = scenario.finish();
    assert_eq!(finished.exit, Exit::Done, "{}\n{:?}", finished.text, finished.problems);
    let started = || scenario.requests_after(0).iter().filter(|line| line.contains("/dispatches")).count();
    assert_eq!(started(), 1);
    scenario.finish();
    assert_eq!(started(), 1);
}

#[test]
fn a_marker_tag_that_somebody_else_made_is_never_taken_for_ours() {
    let repository = repository("marker-tag: true\n");
    let scenario = scenario(&repository);
    let document = scenario.planned();
    scenario.approve_all(&document);
    scenario.world(|world| {
        let head = world.default_head().unwrap();
        world.git.set_ref("refs/tags/v1.0.1-rollback", Some(&head)).unwrap();
    });
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete, "{}", ended.text);
    assert!(ended.text.contains("the tag `v1.0.1-rollback` exists at"), "{}", ended.text);
}

/// Five hundred crates with names of their own, each of which requires the first, and their lock file.
fn write_workspace(repository: &Repository, version: &str) {
    const WORDS: [&str; 10] = ["archive", "broker", "calendar", "diff", "envelope", "forecast", "graph", "http", "index", "journal"];
    let name = |n: usize| format!("acme-{}-{}-{}", WORDS[n / 100], WORDS[n / 10 % 10], WORDS[n % 10]);
    let mut lock = String::from("# This file is automatically @generated by Cargo.\nversion = 4\n");
    for n in 0..500 {
        let (own, first) = (name(n), name(0));
        let pin = if n == 0 {
            String::new()
        } else {
            format!("\n[dependencies]\n{first} = {{ path = \"../{first}\", version = \"{version}\" }}\n")
        };
        let about = "A part of acme. ".repeat(n % 7);
        let manifest =
            format!("[package]\nname = \"{own}\"\ndescription = \"{about}\"\nversion = \"{version}\"\nedition = \"2024\"\n{pin}");
        repository.file(&format!("crates/{own}/Cargo.toml"), Some(&manifest));
        let needs = if n == 0 { String::new() } else { format!("dependencies = [\n \"{first}\",\n]\n") };
        lock += &["\n[[package]]\nname = \"", &own, "\"\nversion = \"", version, "\"\n", &needs].concat();
    }
    repository.file("Cargo.lock", Some(&lock));
}

#[test]
fn a_plan_for_five_hundred_packages_with_pins_and_a_lock_fits_a_job_output() {
    let mut repository = Repository::new();
    repository
        .file(".github/rollback.yml", Some(ROLES))
        .file("Cargo.toml", Some("[workspace]\nmembers = [\"crates/*\"]\nresolver = \"3\"\n"));
    write_workspace(&repository, "1.0.0");
    repository.commit("Release 1.0.0", Some("v1.0.0"));
    write_workspace(&repository, "1.1.0");
    repository.commit("Release 1.1.0", Some("v1.1.0"));
    let scenario = scenario(&repository);
    let document = scenario.planned();
    assert!(document.len() <= 24 * 1024, "{} bytes", document.len());
    let plan = Plan::from_document(&document).unwrap();
    assert_eq!(plan.content.place_count, 500 + 499 + 500);
    let (_, diff) = executed(&scenario, "v1.0.0");
    assert_eq!(diff.len(), 501);
    let changed = scenario.world(|world| {
        world.git.run(&["diff", "--unified=0", "v1.0.0", "refs/heads/rollback/v1.1.0", "--", "Cargo.lock", "crates"]).unwrap()
    });
    let lines = |sign: char, version: &str| {
        changed.lines().filter(|line| line.starts_with(sign) && line.contains(&format!("\"{version}\""))).count()
    };
    assert_eq!((lines('-', "1.0.0"), lines('+', "1.0.1")), (1499, 1499));
}

#[test]
fn a_project_that_states_its_version_nowhere_gets_the_good_release_s_very_tree() {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(ROLES)).file(".github/workflows/rollback.yml", Some("on: workflow_dispatch\njobs: {}\n"));
    repository.file("go.mod", Some("module example.com/acme/core\n")).file("core.go", Some("package core\n"));
    repository.commit("Start", Some("v1.0.0"));
    repository.file("core.go", Some("package core // v2\n"));
    repository.commit("More", Some("v1.1.0"));
    let scenario = scenario(&repository);
    let (plan, diff) = executed(&scenario, "v1.0.0");
    assert_eq!((plan.content.place_count, diff), (0, Vec::new()));
    assert_eq!(plan.content.tree, plan.content.base);
}

#[test]
fn a_version_is_rewritten_below_a_directory_that_is_kept_whole() {
    let policy = "restore: { keep: [charts] }\npackages:\n  - name: acme-core\n    registry: github-releases\n    manifests:\n      - { path: charts/acme/Chart.yaml, locator: 'rewrite:yaml:version' }\n      - { path: charts/acme/Chart.yaml, locator: 'rewrite:yaml:appVersion' }\n";
    let chart = "apiVersion: v2\nname: acme\nversion: 1.1.0\nappVersion: \"1.1.0\"\n";
    let repository = released(policy, &[("charts/acme/Chart.yaml", chart), ("charts/acme/values.yaml", "replicas: 3\n")]);
    for joined in [true, false] {
        let scenario = scenario(&repository);
        scenario.world(|world| world.quirks.tree_keeps_around_nested = joined);
        executed(&scenario, "v1.0.0");
        let read = |path: &str| scenario.world(|world| world.git.run(&["show", &format!("refs/heads/rollback/v1.1.0:{path}")]).unwrap());
        assert_eq!(read("charts/acme/Chart.yaml"), chart.replace("1.1.0", "1.1.1"));
        assert_eq!(read("charts/acme/values.yaml"), "replicas: 3\n");
    }
}
