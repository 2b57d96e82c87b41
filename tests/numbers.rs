//! Which number the rollback gets on a real repository: from tags wherever they are, drafts and registries.

use github_simulator::world::Release;
use rollback_action::commands::{Exit, StageOptions};
use rollback_action::plan::Plan;

use crate::repository::Repository;
use crate::scenario::{Scenario, output};

const ROLES: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";

/// The procedure's example with further tags and no releases of them: name and the ref they are put on.
fn tagged(tags: &[(&str, &str)]) -> Scenario {
    let scenario = Scenario::new();
    scenario.world(|world| {
        for (tag, at) in tags {
            let commit = world.git.run(&["rev-parse", &format!("{at}^{{commit}}")]).unwrap();
            world.git.set_ref(&format!("refs/tags/{tag}"), Some(commit.trim())).unwrap();
        }
    });
    scenario
}

fn plan(scenario: &Scenario) -> Plan {
    Plan::from_document(&scenario.planned()).unwrap()
}

#[track_caller]
fn refused(scenario: &Scenario, exit: Exit) -> Vec<String> {
    let ended = scenario.plan();
    assert_eq!(ended.exit, exit, "{}", ended.text);
    ended.problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect()
}

#[test]
fn a_tag_takes_its_number_with_and_without_the_v() {
    let plan = plan(&tagged(&[("0.0.13", "v0.0.12"), ("v0.0.14", "v0.0.12")]));
    assert_eq!((plan.version.to_string().as_str(), plan.tag.as_str()), ("0.0.15", "v0.0.15"));
    for said in ["0.0.13 is taken by tag `0.0.13` and was skipped", "0.0.14 is taken by tag `v0.0.14` and was skipped"] {
        assert!(plan.warnings.iter().any(|warning| warning == said), "{:?}", plan.warnings);
    }
}

#[test]
fn tags_above_the_bad_release_must_be_named_though_they_have_no_release() {
    assert_eq!(
        refused(&tagged(&[("v0.2.0", "main"), ("0.3.0", "main")]), Exit::Refused),
        [
            "error: `0.2.0` and `0.3.0` are published above `0.1.0` and not named as bad\nhint: name them too, as in `0.1.0,0.2.0,0.3.0`, or check that the right release is bad"
        ]
    );
}

#[test]
fn the_release_that_followed_a_bad_prerelease_is_seen() {
    let scenario =
        tagged(&[("v0.1.0-rc.1", "v0.1.0")]).asking(|asked| (asked.bad, asked.good) = ("v0.1.0-rc.1".into(), Some("v0.0.12".into())));
    let said = refused(&scenario, Exit::Refused);
    assert!(said[0].starts_with("error: `0.1.0` is published above `0.1.0-rc.1` and not named as bad"), "{said:?}");
}

#[test]
fn a_higher_tag_on_an_older_commit_is_another_line_and_its_number_is_taken_all_the_same() {
    let scenario = tagged(&[("v0.2.0", "v0.0.11")]);
    let planned = plan(&scenario);
    assert_eq!(planned.version.to_string(), "0.0.13");
    let said = "`0.2.0` is above `0.1.0` and older, so it does not go back; if what is wrong is there too, name it with `--bad`";
    assert!(planned.warnings.iter().any(|warning| warning == said), "{:?}", planned.warnings);
    let scenario = scenario.asking(|asked| asked.strategy = Some("forward-breaking".into()));
    assert_eq!(plan(&scenario).version.to_string(), "0.2.1");
    let scenario = scenario.asking(|asked| (asked.strategy, asked.rollback_version) = (None, Some("0.2.0".into())));
    assert_eq!(
        refused(&scenario, Exit::Refused),
        ["error: `0.2.0` is already taken by tag `v0.2.0`\nhint: published versions are never used again; ask for another"]
    );
}

/// The example with v0.2.0 at a commit, released some minutes after the commit of v0.1.0, whose release comes an hour after it.
fn released_between(minutes: i64, at: impl Fn(&github_simulator::World) -> String) -> Scenario {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let commit = at(world);
        world.git.set_ref("refs/tags/v0.2.0", Some(commit.trim())).unwrap();
        let committed = world.git.run(&["log", "-1", "--format=%cI", "v0.1.0"]).unwrap();
        let committed: chrono::DateTime<chrono::Utc> = committed.trim().parse().unwrap();
        let bad = world.releases.values_mut().find(|release| release.tag_name == "v0.1.0").unwrap();
        bad.published_at = Some(committed + chrono::TimeDelta::hours(1));
        let model = bad.clone();
        let id = world.releases.keys().max().unwrap() + 1;
        let published_at = Some(committed + chrono::TimeDelta::minutes(minutes));
        world.releases.insert(id, Release { id, tag_name: "v0.2.0".into(), published_at, ..model });
    });
    scenario
}

#[test]
fn a_release_that_came_out_before_a_late_release_page_has_the_bad_content_if_its_history_does() {
    let error = "error: `0.2.0` is published above `0.1.0` and not named as bad\nhint: name it too, as in `0.1.0,0.2.0`, or check that the right release is bad";
    let on_top = |world: &github_simulator::World| world.git.run(&["rev-parse", "refs/heads/main"]).unwrap();
    let beside = |world: &github_simulator::World| {
        let author = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
        let commit = ["commit-tree", "v0.0.11^{tree}", "-p", "v0.0.11^{commit}", "-m", "Release 0.2.0"];
        world.git.run(&[author.as_slice(), commit.as_slice()].concat()).unwrap()
    };
    for minutes in [0, 59, 60, 61] {
        assert_eq!(refused(&released_between(minutes, on_top), Exit::Refused), [error], "{minutes}");
    }
    for (minutes, passes) in [(-1, true), (0, true), (59, true), (60, false), (61, false)] {
        let scenario = released_between(minutes, beside);
        match passes {
            true => {
                let warnings = plan(&scenario).warnings;
                assert!(
                    warnings.iter().any(|warning| warning.starts_with("`0.2.0` is above `0.1.0` and older")),
                    "{minutes}: {warnings:?}"
                );
            }
            false => assert_eq!(refused(&scenario, Exit::Refused), [error], "{minutes}"),
        }
    }
}

#[test]
fn a_version_is_asked_for_by_name_in_one_way_only() {
    let scenario = Scenario::new().asking(|asked| asked.rollback_version = Some("0.0.20".into()));
    assert_eq!(plan(&scenario).version.to_string(), "0.0.20");
    let scenario = scenario.asking(|asked| asked.strategy = Some("0.0.21".into()));
    assert_eq!(
        refused(&scenario, Exit::Usage),
        [
            "error: `--rollback-version 0.0.20` and `--strategy 0.0.21` both say which version the rollback gets\nhint: leave one of them out"
        ]
    );
    let scenario = scenario.asking(|asked| (asked.strategy, asked.rollback_version) = (None, Some("v0.0.20".into())));
    assert_eq!(
        refused(&scenario, Exit::Usage),
        ["error: `v0.0.20` is not a version: a version has no `v`; that belongs to the tag\nhint: see `--rollback-version`"]
    );
}

#[test]
fn a_draft_that_the_plan_could_not_see_stops_execute_before_any_write() {
    let scenario = Scenario::new();
    let id = scenario.world(|world| {
        let model = world.releases.values().find(|release| release.tag_name == "v0.1.0").unwrap().clone();
        let id = world.releases.keys().max().unwrap() + 1;
        world.releases.insert(id, Release { id, tag_name: "v0.0.13".into(), draft: true, ..model });
        id
    });
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    assert_eq!(plan.version.to_string(), "0.0.13");
    assert!(
        plan.version_why
            .ends_with("; GitHub shows this token no draft releases, so `execute` looks again whether one has taken the number")
    );
    scenario.approve_all(&document);
    scenario.world(|world| world.log.clear());
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Stale);
    assert_eq!(
        ended.problems[0].to_string().trim_end(),
        "error: the draft release `v0.0.13` has taken a number of this plan, whose token was not shown drafts\nhint: start a new run that names another with `rollback-version`, or delete the draft and run this job again"
    );
    assert_eq!(scenario.writes_after(0), Vec::<String>::new());
    scenario.world(|world| world.releases.remove(&id));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
}

#[test]
fn the_plan_and_its_pages_say_what_every_number_would_have_meant_and_who_gets_what() {
    let mut repository = Repository::new();
    let package = |version: &str| format!("[project]\nname = \"acme-core\"\nversion = \"{version}\"\n");
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}packages:\n  - {{ name: acme-core, registry: pypi }}\n")));
    repository.file("pyproject.toml", Some(&package("1.3.7")));
    repository.commit("Release 1.3.7", Some("v1.3.7"));
    repository.file("pyproject.toml", Some(&package("1.4.0")));
    repository.commit("Release 1.4.0", Some("v1.4.0"));
    let scenario = Scenario::on(repository.path(), &StageOptions { bad: Some("v1.4.0".into()), bodies: true, ..StageOptions::default() });
    let ended = scenario.plan();
    for said in [
        "  version   1.3.8: `1.4.0` can be withdrawn on PyPI",
        "  instead   forward 1.4.1: reaches everyone who floats at once",
        "            forward-breaking 2.0.0: formally clean above",
        "            both 1.3.8 1.4.1: two releases of the same content",
        "            retag: publishes nothing",
    ] {
        assert!(ended.text.contains(said), "{}", ended.text);
    }
    let document = output(&ended, "plan").unwrap();
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let body =
        scenario.world(|world| world.issues.values().find_map(|issue| issue.body.clone().filter(|body| body.contains("rolled back"))));
    for page in [ended.summary, body.unwrap()] {
        for said in [
            "| `forward` | 1.4.1 | reaches everyone who floats at once",
            "| `patch` (chosen) | 1.3.8 |",
            "| `retag` | – |",
            "<details><summary>Who gets what, all 10 rows</summary>",
            "| `acme-core~=1.3.7` | 1.3.7 | 1.3.8 | 1.3.8 |",
            "| `acme-core>=1.3.7` |",
            "| `uv sync (1.4.0 in uv.lock)` | 1.4.0 | 1.4.0 | 1.4.0 |",
            "the index of `acme-core` on PyPI was not read",
        ] {
            assert!(page.contains(said), "{said}\n{page}");
        }
    }
}

#[test]
fn of_five_packages_on_one_tag_the_most_telling_consumers_are_named_and_of_four_all() {
    for (packages, rows, more) in
        [(4, 40, None), (5, 12, Some("38 more rows are left out; `versions` prints them, one package at a time."))]
    {
        let mut repository = Repository::new();
        let package = |n: usize, version: &str| format!("[project]\nname = \"acme-{n}\"\nversion = \"{version}\"\n");
        let listed = |n| format!("  - {{ name: acme-{n}, registry: pypi, path: packages/{n} }}\n");
        let all: String = (0..packages).map(listed).collect();
        repository.file(".github/rollback.yml", Some(&format!("{ROLES}packages:\n{all}")));
        for version in ["0.0.12", "0.1.0"] {
            for n in 0..packages {
                repository.file(&format!("packages/{n}/pyproject.toml"), Some(&package(n, version)));
            }
            repository.commit(&format!("Release {version}"), Some(&format!("v{version}")));
        }
        let plan = plan(&Scenario::on(repository.path(), &StageOptions { bad: Some("v0.1.0".into()), ..StageOptions::default() }));
        assert_eq!(plan.who_gets_what.len(), rows);
        assert_eq!(plan.who_gets_what.iter().any(|row| row.long), more.is_none());
        assert_eq!(plan.headline.last().filter(|last| last.contains("left out")).map(String::as_str), more);
    }
}

#[test]
fn a_go_module_retracts_the_bad_version_in_the_rollbacks_own_content() {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}packages:\n  - {{ name: acme.example/core, registry: go }}\n")));
    repository.file("go.mod", Some("module acme.example/core\n\ngo 1.22\n")).file("core.go", Some("package core\n"));
    repository.commit("Release 0.0.12", Some("v0.0.12"));
    repository.file("core.go", Some("package core\n\nvar New = 1\n"));
    repository.commit("Release 0.1.0", Some("v0.1.0"));
    let scenario = Scenario::on(repository.path(), &StageOptions { bad: Some("v0.1.0".into()), bodies: true, ..StageOptions::default() });
    let plan = plan(&scenario);
    assert_eq!((plan.version.to_string().as_str(), plan.manual.len()), ("0.1.1", 0), "{:?}", plan.manual);
    let document = scenario.planned();
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let text = scenario.world(|world| world.git.run(&["show", "refs/heads/rollback/v0.1.0:go.mod"]).unwrap());
    assert_eq!(text, "module acme.example/core\n\ngo 1.22\n\nretract v0.1.0 // rolled back: the plugins cannot be imported\n");
}
