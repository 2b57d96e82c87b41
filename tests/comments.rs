//! Gates that comments answer, from the dispatch to the pull request, in a private repository without environments.

use rollback_action::commands::{Ended, Execute, Exit, Incident, LateStage};
use rollback_action::plan::Plan;

use crate::scenario::{Scenario, output};

/// Who answers what, as the example's policy says.
const LEAD: &[&str] = &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"];
const OWNER: &[&str] = &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"];

fn lines(verb: &str, gates: &[&str], plan: &Plan) -> String {
    gates.iter().map(|gate| format!("/{verb} {gate} {}\n", plan.id().short())).collect()
}

fn approved(ended: &Ended) -> Option<String> {
    output(ended, "approved")
}

#[test]
fn a_private_repository_is_rolled_back_by_comments() {
    let scenario = Scenario::private();
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    assert_eq!(output(&ended, "gates").as_deref(), Some("[]"), "no job may wait for an environment that is not there");
    assert_eq!(output(&ended, "approvals").as_deref(), Some("comments"));
    let document = output(&ended, "plan").unwrap();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    let page = scenario.world(|world| world.issues[&incident].body.clone().unwrap());
    for gate in LEAD.iter().chain(OWNER) {
        assert!(page.contains(&format!("comment `/approve {gate} {}`", plan.id().short())), "{gate}\n{page}");
    }
    let first = scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    assert_eq!((first.exit, approved(&first).as_deref()), (Exit::Done, Some("false")), "{:?}", first.problems);
    assert_eq!(scenario.execute_after_comment("lead-login", &document).exit, Exit::Gates);
    let page = scenario.world(|world| world.issues[&incident].body.clone().unwrap());
    assert!(!page.contains("approved by lead-login"));
    scenario.opened(&document);
    let page = scenario.world(|world| world.issues[&incident].body.clone().unwrap());
    assert!(page.contains("approved by lead-login") && page.contains("waits for product-owner (owner-login) since "), "{page}");
    let second = scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    assert_eq!((second.exit, approved(&second).as_deref()), (Exit::Done, Some("true")), "{}\n{:?}", second.text, second.problems);
    assert_eq!(output(&second, "plan").as_deref(), Some(document.as_str()));
    let done = scenario.execute_after_comment("owner-login", &document);
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
    let message = scenario.world(|world| {
        assert_eq!(world.pulls.len(), 1);
        world.git.run(&["log", "-1", "--format=%B", "rollback/v0.1.0"]).unwrap()
    });
    for login in ["lead-login", "owner-login"] {
        assert!(message.contains(&format!("Rollback-Approved-By: {login}")), "{message}");
    }
    let again = scenario.execute_after_comment("owner-login", &document);
    assert_eq!(again.exit, Exit::Done, "{:?}", again.problems);
    scenario.world(|world| assert_eq!(world.pulls.len(), 1));
}

#[test]
fn the_plan_is_asked_once_and_found_again_by_its_digest() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    let incident = scenario.opened(&document);
    assert_eq!(scenario.opened(&document), incident);
    scenario.world(|world| {
        let asked: Vec<_> = world.comments.values().filter(|comment| comment.body.starts_with("<!-- rollback-action:asked:")).collect();
        assert_eq!((asked.len(), asked[0].author.as_str()), (1, "github-actions[bot]"));
        assert_eq!(rollback_action::plan::plan_in(&asked[0].body).as_deref(), Some(document.as_str()));
    });
}

#[test]
fn a_rejection_ends_it_with_who_and_why_and_stays_on_record() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    let ended = scenario.answer(incident, "owner-login", "/reject scope-assessed\n\nOnly 2 % of users are affected.");
    let said = ended.problems.iter().map(|problem| problem.error.clone()).collect::<Vec<_>>().join("\n");
    assert_eq!((ended.exit, approved(&ended).as_deref()), (Exit::Gates, Some("false")));
    assert!(said.contains("gate `scope-assessed`: rejected by owner-login (`Only 2 % of users are affected.`)"), "{said}");
    let refreshed = scenario.incident(&document);
    assert_eq!(refreshed.exit, Exit::Gates);
    let page = scenario.world(|world| world.issues[&incident].body.clone().unwrap());
    assert!(page.contains("**Stopped: ") && page.contains("rejected by owner-login"), "{page}");
    let records = scenario.world(|world| world.comments.values().filter(|one| one.body.contains("was rejected**")).count());
    assert_eq!(records, 1);
}

#[test]
fn a_comment_that_does_not_count_is_told_so_once_and_strangers_are_not_answered() {
    let scenario = Scenario::private();
    let document = scenario.planned();
    let incident = scenario.opened(&document);
    let replies = || scenario.world(|world| world.comments.values().filter(|one| one.body.contains("rollback-action:answered:")).count());
    let comment = scenario.world(|world| world.comment(incident, "lead-login", "/approve scope-assessed 4f1c9a"));
    for _ in 0..2 {
        let ended = scenario.answer_to(incident, comment, "lead-login");
        assert_eq!(ended.exit, Exit::Gates);
        assert!(ended.problems[0].error.contains("write at least the 12 digits"), "{:?}", ended.problems);
        assert_eq!(replies(), 1);
    }
    scenario.answer(incident, "stranger", "/approve scope-assessed 4f1c9a");
    assert_eq!(replies(), 1);
}

#[test]
fn a_public_repository_or_one_with_required_reviewers_keeps_its_environments() {
    let scenario = Scenario::new();
    assert_eq!(output(&scenario.plan(), "approvals").as_deref(), Some("environments"));
    scenario.world(|world| {
        world.repository.private = true;
        world.repository.plan = github_simulator::world::Plan::Enterprise;
    });
    assert_eq!(output(&scenario.plan(), "approvals").as_deref(), Some("environments"));
}

#[test]
fn the_policy_settles_what_holds_the_gates() {
    let scenario = Scenario::new();
    scenario.extend_policy("approvals: { by: comments }");
    assert_eq!(output(&scenario.plan(), "approvals").as_deref(), Some("comments"));
    let scenario = Scenario::private();
    scenario.extend_policy("approvals: { by: environments }");
    let ended = scenario.plan();
    assert_eq!((ended.exit, output(&ended, "approvals").as_deref()), (Exit::Gates, Some("environments")));
}

#[test]
fn a_role_of_teams_alone_cannot_answer_by_comments() {
    let scenario = Scenario::private();
    scenario.extend_policy("");
    scenario.world(|world| {
        let policy = "version: 1\nroles:\n  technical-lead: { teams: [leads] }\n  product-owner: { users: [owner-login] }\n";
        world.push_file(".github/rollback.yml", policy, "Change the policy").unwrap();
    });
    let ended = scenario.plan();
    assert_eq!(ended.exit, Exit::Gates);
    assert!(ended.problems.iter().any(|one| one.error.contains("nobody could answer it by a comment")), "{:?}", ended.problems);
}

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

const LATE: &str = "gates:\n  packages-checked: { question: Do packages install?, roles: [product-owner], stage: finish }\n  \
                    users-told: { question: Were users told?, roles: [product-owner], stage: close }\n  \
                    tested-by-users: { question: Did users test it?, roles: [technical-lead], stage: re-release }";

/// A rollback with gates at every stage, merged by people, and its incident.
fn merged(scenario: Scenario) -> (Scenario, Plan, u64) {
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

fn page(scenario: &Scenario, incident: u64) -> String {
    scenario.world(|world| world.issues[&incident].body.clone().unwrap())
}

/// What the newest run asks for.
fn asked_now(scenario: &Scenario, incident: u64) -> Plan {
    let body = scenario.world(|world| {
        let ours = world.comments.values().filter(|one| one.number == incident && one.body.starts_with("<!-- rollback-action:asked:"));
        ours.max_by_key(|one| one.id).unwrap().body.clone()
    });
    Plan::from_document(&rollback_action::plan::plan_in(&body).unwrap()).unwrap()
}

fn asked_times(scenario: &Scenario) -> usize {
    scenario.world(|world| world.comments.values().filter(|one| one.body.starts_with("<!-- rollback-action:asked:")).count())
}

/// What the comment brought about: whether a stage starts, and which.
fn starts(ended: &Ended) -> Option<String> {
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
    (approved(ended).as_deref() == Some("true")).then(|| output(ended, "stage").unwrap())
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
fn gates_that_were_changed_after_the_merge_are_asked_anew_and_can_be_answered() {
    let (scenario, plan, incident) = merged(Scenario::private());
    // The product owner left, and somebody else took over.
    scenario.world(|world| {
        world.add_person("new-owner", github_simulator::world::Role::Write);
        let head = world.default_head().unwrap();
        let policy = world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap();
        world.push_file(".github/rollback.yml", &policy.replace("owner-login", "new-owner"), "The owner left").unwrap();
    });
    let old = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!((old.exit, approved(&old).as_deref()), (Exit::Gates, Some("false")));
    assert!(old.problems[0].error.contains("were changed since plan"), "{:?}", old.problems);
    // Its run refreshes the incident with the plan in force, and that asks.
    let document = output(&old, "plan").unwrap();
    let now = Plan::from_document(&document).unwrap();
    assert_ne!(now.id(), plan.id());
    for _ in 0..2 {
        assert_eq!(scenario.opened(&document), incident);
        assert_eq!((asked_now(&scenario, incident).id(), asked_times(&scenario)), (now.id(), 2), "once");
    }
    let page = page(&scenario, incident);
    assert!(page.contains(&format!("comment `/approve packages-checked {}`", now.id().short())), "{page}");
    assert!(page.contains(&format!("Plan `{}` ·", plan.id().short())), "the page is the rollback's own\n{page}");
    assert_eq!(scenario.finish().exit, Exit::Gates);
    let last = scenario.answer(incident, "new-owner", &lines("approve", &["packages-checked"], &now));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
    let done = scenario.finish();
    assert_eq!(done.exit, Exit::Done, "{:?}", done.problems);
}

#[test]
fn a_policy_that_went_back_to_what_was_asked_first_is_asked_once_more() {
    let (scenario, plan, incident) = merged(Scenario::private());
    let first = scenario.world(|world| {
        let head = world.default_head().unwrap();
        world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap()
    });
    let push = |text: &str| scenario.world(|world| world.push_file(".github/rollback.yml", text, "Change the policy").unwrap());
    for (text, times) in [(first.replace("Do packages install?", "Do they?"), 2), (first.clone(), 3)] {
        push(&text);
        scenario.opened(&output(&scenario.gates(LateStage::Finish), "plan").unwrap());
        assert_eq!(asked_times(&scenario), times);
    }
    assert_eq!(asked_now(&scenario, incident).id(), plan.id());
    let last = scenario.answer(incident, "owner-login", &lines("approve", &["packages-checked"], &plan));
    assert_eq!(starts(&last).as_deref(), Some("finish"), "{}", last.text);
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
