//! A rollback that publishes nothing new: the warning on the bad release, `Latest` on the good one, and no code touched.

use rollback_action::commands::{Ended, Execute, Exit, Incident, LateStage, StageOptions};
use rollback_action::plan::Plan;

use crate::convergence::Part;
use crate::repository::Repository;
use crate::rewind::latest;
use crate::scenario::{Scenario, output};

const ROLES: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";

/// The procedure's example, to be retagged.
fn scenario() -> Scenario {
    Scenario::new().asking(|arguments| arguments.strategy = Some("retag".into()))
}

fn approved() -> (Scenario, String) {
    let scenario = scenario();
    let document = scenario.planned();
    scenario.approve_all(&document);
    (scenario, document)
}

/// Carried out, and on the incident.
fn carried_out() -> (Scenario, String) {
    let (scenario, document) = approved();
    done(&scenario.execute(&document));
    done(&scenario.incident(&document));
    (scenario, document)
}

#[track_caller]
fn done(ended: &Ended) {
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
}

fn problems(ended: &Ended) -> String {
    ended.problems.iter().map(|problem| problem.to_string().trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

fn refs(scenario: &Scenario) -> String {
    scenario.world(|world| world.git.run(&["for-each-ref"]).unwrap())
}

fn incident(scenario: &Scenario) -> String {
    scenario.world(|world| {
        let mut found = world.issues.values().filter(|issue| !world.pulls.contains_key(&issue.number));
        let page = found.next().unwrap().body.clone().unwrap();
        assert_eq!(found.count(), 0);
        page
    })
}

/// A repository of one npm package with these releases.
fn on_npm(versions: &[&str]) -> Repository {
    let mut repository = Repository::new();
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}packages:\n  - {{ name: acme-core, registry: npm }}\n")));
    for version in versions {
        repository.file("package.json", Some(&format!("{{\n  \"name\": \"acme-core\",\n  \"version\": \"{version}\"\n}}\n")));
        repository.commit(&format!("Release {version}"), Some(&format!("v{version}")));
    }
    repository
}

fn on(repository: &Repository, bad: &str) -> Scenario {
    Scenario::on(repository.path(), &StageOptions { bad: Some(bad.into()), bodies: true, ..StageOptions::default() })
}

#[test]
fn the_plan_says_that_nothing_is_published_what_stays_bad_and_what_people_do() {
    let repository = on_npm(&["1.3.7", "1.4.0"]);
    let scenario = on(&repository, "v1.4.0").asking(|arguments| arguments.strategy = Some("retag".into()));
    let ended = scenario.plan();
    done(&ended);
    let (title, rest) = ended.text.split_once("plan ").unwrap();
    let (head, rest) = (format!("{title}plan ID"), rest[12..].split_once("  version ").unwrap().1);
    insta::assert_snapshot!(format!("{head}\n  version {rest}"), @r#"
    Rollback of v1.4.0 to v1.3.7, with nothing new published       plan ID
      version   nothing new: `retag` was asked for
      instead   patch 1.3.8: always right by content; changes nothing for those who …
                forward 1.4.1: reaches everyone who floats at once and needs no …
                forward-breaking 2.0.0: formally clean above `1.4.0`, but reaches …
                both 1.3.8 1.4.1: two releases of the same content; once `1.4.0` is …
      content   none is proposed: main stays as it is
      removes   nothing
      stays     databases and data are as they are; nothing is declared irreversible

      who gets what          now    with latest moved  after withdrawing 1.4.0
      npm install acme-core  1.4.0  1.3.7              1.3.7
      acme-core@latest       1.4.0  1.3.7              1.3.7
      acme-core@^1.3.7       1.4.0  1.3.7              1.3.7
      acme-core@^1.4.0       1.4.0  1.4.0              1.4.0, with a warning
      acme-core@1.4.0        1.4.0  1.4.0              1.4.0, with a warning
                and 5 more, in the summary
      `npm install acme-core` gets 1.3.7 as soon as `latest` is moved.
      No index of `acme-core` was read from npm, so its rows are computed from tags
      alone.

      warning   the index of `acme-core` on npm was not read, since its address is
                not known: name it with `index` in the policy, or configure the
                client on the runner
                no code changes: main still holds what v1.4.0 brought, and the next
                release from it brings that again
      by hand   bring acme-core back from 1.4.0 on npm, once the plan is carried
                out: a person runs `npm dist-tag add acme-core@1.3.7 latest` and
                `npm deprecate acme-core@1.4.0 "rolled back, use 1.3.7"`; it takes
                both
                before the next release, take out of main what made v1.4.0 bad:
                merge a fix, or start a new run with the strategy `patch` or
                `forward`, which may follow this plan

      gates     6, by 7 approvals from at least 2 people; release-manager asked and
                may not approve
                technical-lead (lead-login): 4, product-owner (owner-login): 3
      steps     banner on v1.4.0, Latest to v1.3.7
      after     nothing to merge or release, 2 tasks by hand
    "#);
    assert_eq!((output(&ended, "version"), output(&ended, "branch")), (None, None));
    for said in [
        "## Rollback of v1.4.0 to v1.3.7, with nothing new published",
        "| **content** | none is proposed: main stays as it is |",
        "| **version** | nothing new: `retag` was asked for |",
        "> - no code changes: main still holds what v1.4.0 brought, and the next release from it brings that again",
        "| who gets what | now | with latest moved |",
        "| `npm install acme-core` | 1.4.0 | 1.3.7 |",
        "### Steps once all gates are passed\n\n1. banner on v1.4.0, no longer Latest\n2. Latest to v1.3.7\n\n### After that\n\n1. by hand:",
    ] {
        assert!(ended.summary.contains(said), "{said}\n{}", ended.summary);
    }
    let json = scenario.plan_with(&rollback_action::commands::PlanArguments {
        format: rollback_action::commands::Format::Json,
        ..scenario.arguments.clone()
    });
    assert!(json.text.contains("\"retag\":true"), "{}", json.text);
    let usual = scenario.asking(|arguments| arguments.strategy = None).planned();
    assert!(!usual.contains("\"retag\":"), "a plan that publishes has the form it always had");
}

#[test]
fn execute_marks_the_releases_and_touches_no_code() {
    let (scenario, document) = approved();
    let before = refs(&scenario);
    scenario.world(|world| world.log.clear());
    let ended = scenario.execute(&document);
    done(&ended);
    insta::assert_snapshot!(ended.text, @r#"
    Rollback of v0.1.0 to v0.0.12, with nothing new published: done

      done      banner on v0.1.0, no longer Latest
                https://github.com/acme/entity-core/releases/tag/v0.1.0
      already   Latest to v0.0.12
                found done; this step wrote nothing

      next      technical-lead (lead-login) does 2 tasks by hand, first: bring
                entity-core back from 0.1.0 on PyPI, once the plan is carried out: a
                person yanks `entity-core` `0.1.0` on PyPI, under the release's
                options; PyPI has no interface for programs to do it
      again     running it again is safe at any time: it finds what is done, leaves
                it, and tries the rest
    "#);
    assert!(!ended.summary.contains("merge") && !ended.summary.contains("pull request"), "{}", ended.summary);
    let writes = scenario.writes_after(0);
    // GitHub itself takes `Latest` from what becomes a pre-release.
    assert!(writes.len() == 1 && writes[0].starts_with("PATCH ") && writes[0].contains("/releases/"), "{writes:?}");
    assert_eq!(refs(&scenario), before);
    scenario.world(|world| {
        let bad = world.releases.values().find(|release| release.tag_name == "v0.1.0").unwrap();
        assert!(bad.prerelease && bad.body.clone().unwrap().contains("v0.1.0 is rolled back"), "{:?}", bad.body);
        assert!(!bad.body.clone().unwrap().contains("comes again"), "{:?}", bad.body);
        assert_eq!((latest(world).as_deref(), world.pulls.len(), world.releases.len()), (Some("v0.0.12"), 0, 3));
    });
}

#[test]
fn execute_killed_anywhere_is_finished_by_running_it_again() {
    let (scenario, document) = approved();
    scenario.world(|world| world.log_bodies = false);
    let points = Part::new(&scenario, || scenario.execute(&document)).survives_death_anywhere();
    assert!(points > 20, "{points}");
}

#[test]
fn the_incident_killed_anywhere_keeps_the_plan_once() {
    let (scenario, document) = approved();
    scenario.world(|world| world.log_bodies = false);
    done(&scenario.execute(&document));
    let points = Part::new(&scenario, || scenario.incident(&document)).at_once().survives_death_anywhere();
    assert!(points > 10, "{points}");
    scenario.world(|world| assert_eq!(world.comments.len(), 1));
}

#[test]
fn without_approvals_nothing_is_marked() {
    let scenario = scenario();
    let document = scenario.planned();
    scenario.world(|world| world.log.clear());
    assert_eq!(scenario.execute(&document).exit, Exit::Gates);
    assert_eq!(scenario.writes_after(0), [""; 0]);
}

#[test]
fn the_incident_has_no_pull_request_to_wait_for() {
    let scenario = scenario();
    let document = scenario.planned();
    done(&scenario.incident(&document));
    assert!(incident(&scenario).starts_with("**Planned. 7 approvals missing"), "{}", incident(&scenario));
    scenario.approve_all(&document);
    done(&scenario.execute(&document));
    done(&scenario.incident(&document));
    let page = incident(&scenario);
    // The time left is the test's own.
    let head =
        page.split("\n```mermaid").next().unwrap().lines().filter(|line| !line.contains("**window**")).collect::<Vec<_>>().join("\n");
    insta::assert_snapshot!(head, @r#"
    **Carried out: `v0.1.0` carries the warning, and `v0.0.12` is Latest. Nothing new is published, and no code changed.**

    **Next:** technical-lead (lead-login) takes care of 2 tasks by hand below, then the other lines.

    |  |  |
    | --- | --- |
    | **why** | Import failures: the plugins cannot be imported (critical: more than 10 % of users) |
    | **bad release** | [v0.1.0](https://github.com/acme/entity-core/releases/tag/v0.1.0): warning on its notes |
    | **back to** | v0.0.12, with nothing new published |
    | **removes** | nothing |
    | **stays** | databases and data are as they are; nothing is declared irreversible |
    | **Latest** | [v0.0.12](https://github.com/acme/entity-core/releases/tag/v0.0.12) |
    | **asked by** | release-manager |
    "#);
    for said in [
        "- [ ] Git rollback branch created (not by this plan, which changes no code)",
        "- [x] Critical issue confirmed and documented",
        "- [ ] before the next release, take out of main what made v0.1.0 bad: merge a fix, or start a new run",
    ] {
        assert!(page.contains(said), "{said}\n{page}");
    }
    assert!(!page.contains("pull request #") && !page.contains("`finish`"), "{page}");
}

#[test]
fn finish_has_nothing_to_do_and_says_so() {
    let (scenario, document) = carried_out();
    scenario.world(|world| world.log.clear());
    let ended = scenario.finish();
    assert_eq!(ended.exit, Exit::Nothing, "{}", problems(&ended));
    let id = Plan::from_document(&document).unwrap().id();
    assert_eq!(
        ended.text,
        format!(
            "there is nothing to finish: plan {} publishes nothing new, it marked v0.1.0 and left the code as it is; what is left is on the incident\n",
            id.short()
        )
    );
    assert_eq!(scenario.writes_after(0), [""; 0]);
}

#[test]
fn the_same_plan_a_second_time_is_nothing_to_do() {
    let (scenario, _) = carried_out();
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Nothing);
    assert!(
        ended.text.starts_with(
            "on GitHub nothing is left to do: v0.1.0 carries the warning, and v0.0.12 is Latest; what is left is done by hand: "
        ),
        "{}",
        ended.text
    );
}

#[test]
fn a_second_plan_with_another_strategy_releases_the_good_content() {
    let (scenario, first) = carried_out();
    let scenario = scenario.asking(|arguments| arguments.strategy = Some("patch".into()));
    let document = scenario.planned();
    scenario.approve_all(&document);
    let ended = scenario.execute(&document);
    done(&ended);
    done(&scenario.incident(&document));
    scenario.merge(output(&ended, "pull-request").unwrap().parse().unwrap());
    done(&scenario.finish());
    done(&scenario.incident(&document));
    assert!(incident(&scenario).starts_with("**Released: [v0.0.13]"), "{}", incident(&scenario));
    scenario.world(|world| {
        assert_eq!(latest(world).as_deref(), Some("v0.0.13"));
        let bad = world.releases.values().find(|release| release.tag_name == "v0.1.0").unwrap().body.clone().unwrap();
        assert!(bad.contains("comes again under the number `0.0.13`") && bad.matches("[!CAUTION]").count() == 1, "{bad}");
        world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap();
        world.log.clear();
    });
    // The first plan's job, run again, leaves the second one's warning alone.
    let again = scenario.execute(&first);
    done(&again);
    assert!(again.text.contains("the rollback of another plan (pull request #"), "{}", again.text);
    assert_eq!(scenario.writes_after(0), [""; 0]);
    assert_eq!(scenario.finish().exit, Exit::Done);
}

#[test]
fn the_marks_are_left_to_a_rollback_that_went_on_meanwhile() {
    let (scenario, document) = approved();
    let scenario = scenario.asking(|arguments| arguments.strategy = Some("patch".into()));
    let other = scenario.planned();
    scenario.approve_all(&other);
    done(&scenario.execute(&other));
    scenario.world(|world| world.log.clear());
    let ended = scenario.execute(&document);
    done(&ended);
    let id = Plan::from_document(&other).unwrap().id();
    assert!(ended.text.contains(&format!("the rollback of another plan ({}) goes on", id.short())), "{}", ended.text);
    assert_eq!(scenario.writes_after(0), [""; 0]);
}

#[test]
fn closing_waits_for_what_the_default_branch_still_holds() {
    let (scenario, _) = carried_out();
    let refused = scenario.close(None);
    assert_eq!(refused.exit, Exit::Refused);
    assert!(problems(&refused).contains("a task by hand is open: before the next release, take out of main"), "{}", problems(&refused));
    scenario.world(|world| {
        let page = world.issues.values_mut().next().unwrap();
        page.body = page.body.take().map(|body| body.replace("- [ ] before the next release", "- [x] before the next release"));
    });
    scenario.world(|world| world.releases.values_mut().find(|release| release.tag_name == "v0.1.0").unwrap().body = Some("Notes".into()));
    assert!(problems(&scenario.close(None)).contains("the notes of v0.1.0 do not carry the warning any more"));
    let (scenario, _) = carried_out();
    done(&scenario.close(Some("the fix is merged")));
    assert!(incident(&scenario).starts_with("<!-- rollback-action:closed -->"));
}

#[test]
fn the_next_release_from_the_default_branch_is_held_until_it_is_approved() {
    let mut repository = Repository::new();
    let gates = "gates:\n  released: { question: May it be tagged?, roles: [technical-lead], stage: finish }\n  tested: { question: Did users test it?, roles: [technical-lead], stage: re-release }\n";
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}{gates}")));
    repository.commit("Release 0.0.12", Some("v0.0.12"));
    repository.file("core.txt", Some("bad\n"));
    repository.commit("Release 0.1.0", Some("v0.1.0"));
    let scenario = on(&repository, "v0.1.0").asking(|arguments| arguments.strategy = Some("retag".into()));
    let document = scenario.planned();
    scenario.approve_all(&document);
    done(&scenario.execute(&document));
    done(&scenario.incident(&document));
    // What waits for a release that never comes waits for nothing.
    assert!(!incident(&scenario).contains("May it be tagged?"), "{}", incident(&scenario));
    let held = scenario.guard("v0.1.1");
    assert_eq!(held.exit, Exit::Gates, "{}", held.text);
    assert!(problems(&held).contains("v0.1.1 would bring back what v0.1.0 was rolled back for"), "{}", problems(&held));
    done(&scenario.guard("v0.0.13"));
    let asked = scenario.gates(LateStage::ReRelease);
    assert_eq!(output(&asked, "gates").as_deref(), Some("[\"rollback-tested\"]"), "{}", problems(&asked));
    let passed = scenario.pass("rollback-tested", "lead-login", &output(&asked, "plan").unwrap());
    done(&passed);
    done(&scenario.guard("v0.1.1"));
    let finish = scenario.gates(LateStage::Finish);
    assert_eq!(output(&finish, "gates").as_deref(), Some("[]"), "{}", problems(&finish));
}

#[test]
fn comments_that_were_edited_or_are_others_keep_no_plan() {
    let (scenario, document) = carried_out();
    let comment = scenario.world(|world| world.comments.values().next().unwrap().clone());
    scenario.world(|world| world.edit_comment(comment.id, &comment.body));
    assert_eq!(scenario.gates(LateStage::Close).exit, Exit::Refused);
    // The next run keeps it again.
    done(&scenario.incident(&document));
    done(&scenario.gates(LateStage::Close));
    scenario.world(|world| world.comments.clear());
    scenario.world(|world| world.comment(comment.number, "outsider", &comment.body));
    let ended = scenario.gates(LateStage::Close);
    assert_eq!(ended.exit, Exit::Refused);
    assert_eq!(
        problems(&ended),
        "error: there is no pull request from `rollback/v0.1.0`\nhint: run the rollback workflow first; after `delivery: direct`, its run keeps the plan on the incident, or give it with `--plan FILE`"
    );
}

#[test]
fn comments_answer_the_gates_of_a_plan_that_publishes_nothing() {
    let scenario = Scenario::private().asking(|arguments| arguments.strategy = Some("retag".into()));
    let document = scenario.planned();
    let (issue, id) = (scenario.opened(&document), Plan::from_document(&document).unwrap().id().short().to_owned());
    for (login, gates) in [
        ("lead-login", &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"][..]),
        ("owner-login", &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"][..]),
    ] {
        let lines: Vec<String> = gates.iter().map(|gate| format!("/approve {gate} {id}")).collect();
        done(&scenario.answer(issue, login, &lines.join("\n")));
    }
    done(&scenario.execute_after_comment("owner-login", &document));
    done(&scenario.incident(&document));
    assert!(incident(&scenario).starts_with("**Carried out: "), "{}", incident(&scenario));
    let late = scenario.answer(issue, "lead-login", &format!("/approve team-assembled {id}"));
    assert_eq!(
        (output(&late, "approved").as_deref(), late.text.contains("was carried out before")),
        (Some("false"), true),
        "{}",
        late.text
    );
}

#[test]
fn a_broken_glass_is_said_on_the_incident_though_there_is_no_commit() {
    let mut scenario = scenario();
    scenario.extend_policy("break-glass: { roles: [technical-lead] }");
    scenario.run = scenario.world(|world| world.start_run("rollback.yml", "main", "lead-login", serde_json::json!({})).unwrap());
    scenario.variables = vec![("GITHUB_TRIGGERING_ACTOR".into(), "lead-login".into())];
    let document = scenario.planned();
    let words = Some("roll back v0.1.0".to_owned());
    let glass = Execute { break_glass: words.clone(), break_glass_reason: Some("the site is down".into()), ..Execute::default() };
    let quiet = Incident { break_glass: words, ..Incident::default() };
    done(&scenario.incident_with(&quiet, &document));
    assert!(!incident(&scenario).contains("Break glass"), "{}", incident(&scenario));
    let ended = scenario.execute_with(&glass, &document);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(problems(&ended).contains("this summary has the reason"), "{}", problems(&ended));
    assert!(ended.summary.contains("the site is down"), "{}", ended.summary);
    done(&scenario.incident_with(&quiet, &document));
    let page = incident(&scenario);
    assert!(
        page.starts_with(
            "> [!CAUTION]\n> **Break glass: `lead-login` went past missing approvals.** The summary of its run has the reason"
        ),
        "{page}"
    );
    done(&scenario.incident(&document));
    assert!(incident(&scenario).contains("**Break glass: `lead-login`"));
}

#[test]
fn a_bad_prerelease_is_marked_and_latest_stays_where_it_is() {
    let repository = on_npm(&["1.9.3", "2.0.0-rc.1"]);
    let scenario = on(&repository, "v2.0.0-rc.1");
    let before = refs(&scenario);
    let ended = scenario.plan();
    done(&ended);
    let plan = Plan::from_document(&output(&ended, "plan").unwrap()).unwrap();
    insta::assert_snapshot!(plan.steps.iter().map(ToString::to_string).chain(plan.manual).chain(plan.warnings).collect::<Vec<_>>().join("\n"), @r#"
        banner on v2.0.0-rc.1, no longer Latest
        no change of Latest: v1.9.3 is Latest and stays, for GitHub shows no pre-release as Latest
        bring acme-core back from 2.0.0-rc.1 on npm, once the plan is carried out: a person runs `npm deprecate acme-core@2.0.0-rc.1 "rolled back, use 1.9.3"`, and where a tag such as `next` names it, `npm dist-tag add acme-core@1.9.3 next`
        before the next release, take out of main what made v2.0.0-rc.1 bad: merge a fix, or start a new run with the strategy `patch` or `forward`, which may follow this plan
        the index of `acme-core` on npm was not read, since its address is not known: name it with `index` in the policy, or configure the client on the runner
        no code changes: main still holds what v2.0.0-rc.1 brought, and the next release from it brings that again
    "#);
    let document = output(&ended, "plan").unwrap();
    scenario.approve_all(&document);
    done(&scenario.execute(&document));
    assert_eq!(refs(&scenario), before);
    scenario.world(|world| {
        let bad = world.releases.values().find(|release| release.tag_name == "v2.0.0-rc.1").unwrap();
        assert!(bad.body.clone().unwrap().contains("v2.0.0-rc.1 is rolled back"));
        assert_eq!(latest(world).as_deref(), Some("v1.9.3"));
    });
}

#[test]
fn a_retag_goes_back_to_a_published_release() {
    let scenario = scenario().asking(|arguments| arguments.good = Some("main~3".into()));
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Refused, "{}", ended.text);
    let head = scenario.world(|world| world.git.run(&["rev-parse", "v0.0.12^{commit}"]).unwrap().trim().to_owned());
    let scenario = scenario.asking(|arguments| arguments.good = Some(head.clone()));
    assert_eq!(
        problems(&scenario.plan()),
        format!(
            "error: the strategy `retag` goes back to a published release, and `{head}` is none\nhint: name a release's tag with `--good`, or ask for a version with `--strategy patch`"
        )
    );
}

#[test]
fn what_is_published_and_what_is_not_are_two_plans() {
    let mut repository = Repository::new();
    let packages = "packages:\n  - { name: core, registry: npm, path: core, tag: \"core@{version}\" }\n  - { name: ui, registry: npm, path: ui, tag: \"ui@{version}\" }\n";
    repository.file(".github/rollback.yml", Some(&format!("{ROLES}{packages}")));
    let package = |name: &str, version: &str| format!("{{\n  \"name\": \"{name}\",\n  \"version\": \"{version}\"\n}}\n");
    for (core, ui, tag) in [
        ("1.0.0", "1.0.0", "core@1.0.0"),
        ("1.0.0", "1.0.0", "ui@1.0.0"),
        ("1.1.0-rc.1", "1.0.0", "core@1.1.0-rc.1"),
        ("1.1.0-rc.1", "1.1.0", "ui@1.1.0"),
    ] {
        repository.file("core/package.json", Some(&package("core", core))).file("ui/package.json", Some(&package("ui", ui)));
        repository.commit(&format!("Release {tag}"), Some(tag));
    }
    let scenario = on(&repository, "ui@1.1.0").asking(|arguments| arguments.bad = "core@1.1.0-rc.1,ui@1.1.0".into());
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Refused, "{}", ended.text);
    assert!(
        problems(&ended)
            .contains("nothing has to be published for `core@1.1.0-rc.1`, and something has for `ui@1.1.0`, so they are not one plan"),
        "{}",
        problems(&ended)
    );
    let scenario = scenario.asking(|arguments| arguments.strategy = Some("retag".into()));
    let document = scenario.planned();
    scenario.approve_all(&document);
    done(&scenario.execute(&document));
    scenario.world(|world| {
        for (tag, good) in [("core@1.1.0-rc.1", "core@1.0.0"), ("ui@1.1.0", "ui@1.0.0")] {
            let bad = world.releases.values().find(|release| release.tag_name == tag).unwrap();
            assert!(bad.prerelease && bad.body.clone().unwrap().contains(&format!("Stay on `{good}`")), "{:?}", bad.body);
        }
        assert_eq!(latest(world).as_deref(), Some("ui@1.0.0"));
    });
}
