//! The gates after the merge, answered by comments: which stage they start, and what is heard after a no.

use rollback_action::commands::{Execute, Exit, Incident, LateStage};
use rollback_action::plan::Plan;

use super::{LEAD, OWNER, approved, asked_times, lines, page, pressed_again, starts};
use crate::scenario::{Scenario, output};

#[test]
fn gates_after_the_merge_are_answered_by_comments_too() {
    let scenario = Scenario::private();
    scenario.extend_policy(
        "gates:\n  packages-checked: { question: Do packages install?, roles: [product-owner], stage: finish }\n  \
         tested-by-users: { question: Did users test it?, roles: [technical-lead], stage: re-release }",
    );
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    let early = scenario.guard("v0.1.0");
    assert_eq!(early.exit, Exit::Done, "{:?}", early.problems);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    let last = scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    assert_eq!(approved(&last).as_deref(), Some("true"), "gates after the merge hold nothing before it: {}", last.text);
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Done);
    let pull = scenario.world(|world| *world.pulls.keys().next().unwrap());
    scenario.merge(pull);
    assert_eq!(output(&scenario.gates(LateStage::Finish), "gates").as_deref(), Some("[]"));
    let held = scenario.finish();
    assert_eq!(held.exit, Exit::Gates);
    assert!(held.problems[0].error.contains("gate `packages-checked`: it waits for `product-owner`"), "{:?}", held.problems);
    scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
    let held = scenario.guard("v0.2.0");
    assert_eq!(held.exit, Exit::Gates, "{}", held.text);
    scenario.answer(incident, "lead-login", &lines("approve", &["tested-by-users"], &plan));
    let done = scenario.guard("v0.2.0");
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}

pub(super) const LATE: &str = "gates:\n  packages-checked: { question: Do packages install?, roles: [product-owner], stage: finish }\n  \
                    users-told: { question: Were users told?, roles: [product-owner], stage: close }\n  \
                    tested-by-users: { question: Did users test it?, roles: [technical-lead], stage: re-release }";

/// A rollback with gates at every stage, merged by people, and its incident.
pub(super) fn merged(scenario: Scenario) -> (Scenario, Plan, u64) {
    scenario.extend_policy(LATE);
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    let last = scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    assert_eq!((approved(&last).as_deref(), output(&last, "stage").as_deref()), (Some("true"), Some("execute")), "{}", last.text);
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Done);
    assert_eq!(scenario.opened(&document), incident);
    let pull = scenario.world(|world| *world.pulls.keys().next().unwrap());
    scenario.merge(pull);
    (scenario, plan, incident)
}

#[test]
fn the_last_comment_starts_the_stage_that_is_open() {
    let (scenario, plan, incident) = merged(Scenario::private());
    let document = output(&scenario.gates(LateStage::Finish), "plan").unwrap();
    assert_eq!(output(&scenario.gates(LateStage::Finish), "approvals").as_deref(), Some("comments"));
    scenario.opened(&document);
    let waits = page(&scenario, incident);
    for words in [
        "not released yet. 1 approval missing before the release.**",
        "product-owner (owner-login) answer by comments here, with the lines below; then `finish` tags v0.0.13",
        "Do packages install?: waits for product-owner (owner-login) since 20",
        &format!(": comment `/approve packages-checked {}`", plan.id().short()),
    ] {
        assert!(waits.contains(words), "no {words:?} in\n{waits}");
    }
    // A day later, what was carried out asks for nothing, and is not started a second time.
    scenario.world(|world| world.clock.advance(chrono::Duration::hours(25)));
    let late = scenario.answer(incident, "lead-login", &lines("approve", &["critical-issue-confirmed"], &plan));
    assert_eq!(starts(&late), None);
    assert!(late.text.contains("`execute` of plan") && late.text.contains("was carried out before"), "{}", late.text);
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    assert_eq!(scenario.finish().exit, Exit::Done);
    scenario.opened(&document);
    assert!(page(&scenario, incident).contains("1 approval missing before this issue is closed.**"), "{}", page(&scenario, incident));
    assert_eq!(starts(&scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan))), None);
    let again = scenario.answer(incident, "lead-login", &lines("approve", &["tested-by-users"], &plan));
    assert_eq!(starts(&again), None, "a re-release starts by its own tag");
    assert!(again.text.contains("has every approval before `re-release`; this comment starts nothing"), "{}", again.text);
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["users-told"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("close"), "{}", last.text);
    assert_eq!(scenario.close(Some("nothing to withdraw")).exit, Exit::Done);
    assert_eq!(asked_times(&scenario), 1, "nothing of the policy was changed");
}

#[test]
fn approvals_given_while_the_pull_request_is_open_start_nothing_and_count_after_the_merge() {
    let scenario = Scenario::private();
    scenario.extend_policy(LATE);
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Done);
    assert_eq!(starts(&scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan))), None, "execute is not started again");
    let early = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&early), None);
    assert!(early.text.contains("every approval before `finish`; this comment starts nothing"), "{}", early.text);
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    assert_eq!(scenario.finish().exit, Exit::Done);
}

#[test]
fn a_broken_glass_asks_nobody_is_on_the_incident_and_asks_only_for_what_comes_later() {
    let scenario = Scenario::private();
    scenario.extend_policy(&format!("{LATE}\nbreak-glass: {{ roles: [technical-lead] }}"));
    let words = Some("roll back v0.1.0".to_owned());
    let mut scenario = scenario;
    scenario.run = scenario.world(|world| world.start_run("rollback.yml", "main", "lead-login", serde_json::json!({})).unwrap());
    scenario.variables = vec![("GITHUB_TRIGGERING_ACTOR".into(), "lead-login".into())];
    let document = scenario.planned();
    let quiet = Incident { break_glass: words.clone(), ..Incident::default() };
    let opened = scenario.incident_with(&quiet, &document);
    let incident: u64 = output(&opened, "incident").unwrap().parse().unwrap();
    assert_eq!((opened.exit, asked_times(&scenario)), (Exit::Done, 0), "nobody is asked");
    let glass = Execute { break_glass: words, break_glass_reason: Some("the site is down".into()), ..Execute::default() };
    let ended = scenario.execute_with(&glass, &document);
    assert_eq!(ended.exit, Exit::Incomplete, "{:?}", ended.problems);
    assert_eq!(scenario.incident_with(&quiet, &document).exit, Exit::Done);
    let said = page(&scenario, incident);
    assert!(said.starts_with("> [!CAUTION]\n> **Break glass: `lead-login` went past missing approvals.**"), "{said}");
    let asked = scenario
        .world(|world| world.comments.values().find(|one| one.body.starts_with("<!-- rollback-action:asked:")).unwrap().body.clone());
    assert!(asked.contains("`/approve packages-checked ") && !asked.contains("`/approve scope-assessed "), "{asked}");
    // GitHub deletes the branch on merge; the page goes on saying it.
    scenario.merge(scenario.world(|world| *world.pulls.keys().next().unwrap()));
    scenario.world(|world| world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap());
    scenario.opened(&output(&scenario.gates(LateStage::Finish), "plan").unwrap());
    assert!(page(&scenario, incident).starts_with("> [!CAUTION]\n> **Break glass: `lead-login`"));
    let plan = Plan::from_document(&document).unwrap();
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
}

#[test]
fn a_no_before_the_release_is_on_the_page_and_holds_the_tag() {
    let (scenario, plan, incident) = merged(Scenario::private());
    let no = scenario.answer(incident, "owner-login", "/reject packages-checked\n\nThey do not install.");
    assert_eq!((no.exit, output(&no, "stage").as_deref()), (Exit::Gates, Some("finish")));
    let refreshed = scenario.incident(&plan.to_document());
    assert_eq!(refreshed.exit, Exit::Gates);
    let said = page(&scenario, incident);
    assert!(said.contains("not released yet. Stopped: gate `packages-checked`: rejected by owner-login"), "{said}");
    assert_eq!(scenario.finish().exit, Exit::Gates);
}

#[test]
fn a_no_to_a_re_release_on_the_closed_incident_is_heard_and_an_incident_closed_by_hand_goes_on_by_no_comment() {
    let (scenario, plan, incident) = merged(Scenario::private());
    scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked", "users-told"], &plan));
    assert_eq!(scenario.finish().exit, Exit::Done);
    assert_eq!(scenario.close(Some("nothing to withdraw")).exit, Exit::Done);
    let yes = scenario.answer(incident, "lead-login", &lines("approve", &["tested-by-users"], &plan));
    assert_eq!(starts(&yes), None);
    assert_eq!(scenario.guard("v0.2.0").exit, Exit::Done);
    let no = scenario.answer(incident, "lead-login", "/reject tested-by-users it fails again");
    assert_eq!((no.exit, output(&no, "stage").as_deref()), (Exit::Gates, Some("re-release")));
    let records = scenario.world(|world| world.comments.values().filter(|one| one.body.contains("was rejected**")).count());
    assert_eq!((records, scenario.guard("v0.2.0").exit), (1, Exit::Gates));

    let scenario = Scenario::private();
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    scenario.world(|world| world.issues.get_mut(&incident).unwrap().open = false);
    assert_eq!(starts(&scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan))), None);
}

#[test]
fn people_are_reminded_of_what_is_open_after_the_merge() {
    let (scenario, ..) = merged(Scenario::private());
    let after = |minutes: i64| {
        scenario.world(|world| world.clock.advance(chrono::Duration::minutes(minutes)));
        assert_eq!(scenario.remind().exit, Exit::Done);
        scenario.world(|world| {
            let bodies = world.comments.values().map(|comment| comment.body.clone());
            bodies.filter(|body| body.starts_with("<!-- rollback-action:reminded:")).collect::<Vec<_>>()
        })
    };
    assert_eq!(after(30), [""; 0]);
    let said = after(40);
    assert!(said.len() == 1 && said[0].contains(":finish:1 -->"), "{said:?}");
    assert!(
        said[0].contains("waits for 1 approval before the rollback is released since ") && said[0].contains("@owner-login"),
        "{said:?}"
    );
    assert_eq!(after(0).len(), 1);
}

#[test]
fn a_run_before_its_answers_waits_and_says_who_comments_what_and_one_after_them_goes_on() {
    let (scenario, plan, incident) = merged(Scenario::private());
    for (stage, gate, login, then) in [
        (LateStage::Finish, "packages-checked", "owner-login", "the last of them starts `finish`, and there is nothing to press"),
        (LateStage::Close, "users-told", "owner-login", "the last of them starts `close`, and there is nothing to press"),
        (LateStage::ReRelease, "tested-by-users", "lead-login", "once they are given, `guard` lets the release go out"),
    ] {
        let before = scenario.gates(stage);
        assert_eq!((before.exit, output(&before, "waits").as_deref()), (Exit::Done, Some("true")), "{:?}", before.problems);
        assert!(before.text.contains(&format!("waiting for 1 answer by comments on the incident; {then}")), "{}", before.text);
        let line = format!("who comment `/approve {gate} {}` on issue #{incident}", plan.id().short());
        assert!(before.text.contains(&line), "no {line:?} in\n{}", before.text);
        scenario.answer(incident, login, &lines("approve", &[gate], &plan));
        assert_eq!(output(&scenario.gates(stage), "waits").as_deref(), Some("false"));
    }
    // What no comment mends is not waited for: the stage itself ends with what is wrong.
    let comment = scenario.world(|world| world.comment(incident, "owner-login", "/approve"));
    scenario.world(|world| world.delete_comment(comment, "lead-login"));
    assert_eq!(output(&scenario.gates(LateStage::Finish), "waits").as_deref(), Some("false"));
    let held = scenario.finish();
    assert!(held.exit == Exit::Gates && held.problems[0].error.contains("was deleted on issue"), "{:?}", held.problems);
}

#[test]
fn a_no_after_the_merge_stands_until_a_new_run_of_the_stage_asks_everybody_anew() {
    let (mut scenario, plan, incident) = merged(Scenario::private());
    scenario.answer(incident, "owner-login", &lines("approve", &["users-told"], &plan));
    scenario.answer(incident, "owner-login", "/reject packages-checked\n\nThey do not install.");
    scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(scenario.finish().exit, Exit::Gates, "an approval after a no changes nothing");
    assert_eq!(
        output(&scenario.gates(LateStage::Finish), "waits").as_deref(),
        Some("false"),
        "the run that asked goes on to end with the no"
    );
    pressed_again(&mut scenario);
    assert_eq!(output(&scenario.gates(LateStage::Finish), "waits").as_deref(), Some("true"));
    for _ in 0..2 {
        scenario.opened(&output(&scenario.gates(LateStage::Finish), "plan").unwrap());
        assert_eq!(asked_times(&scenario), 2, "once");
    }
    let said = page(&scenario, incident);
    assert!(said.contains("1 approval missing before the release.**") && !said.contains("Stopped"), "{said}");
    assert_eq!(scenario.finish().exit, Exit::Gates);
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    assert_eq!(scenario.finish().exit, Exit::Done);
    let held = scenario.close(Some("nothing to withdraw"));
    assert!(held.problems[0].error.contains("it was approved before the plan was asked here"), "{:?}", held.problems);
}

#[test]
fn a_no_to_a_re_release_keeps_nobody_from_closing_the_incident() {
    let (scenario, plan, incident) = merged(Scenario::private());
    scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked", "users-told"], &plan));
    scenario.answer(incident, "lead-login", "/reject tested-by-users it fails again");
    assert_eq!(scenario.finish().exit, Exit::Done);
    assert_eq!(scenario.close(Some("nothing to withdraw")).exit, Exit::Done);
    assert_eq!(scenario.guard("v0.2.0").exit, Exit::Gates);
}
