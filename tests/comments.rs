//! Gates that comments answer, from the dispatch to the pull request, in a private repository without environments.

mod changed;
mod late;

use rollback_action::commands::{Ended, Exit, Incident, REQUESTER, incident};
use rollback_action::plan::Plan;

use crate::scenario::{INCIDENT, Scenario, output};

/// Who answers what, as the example's policy says.
const LEAD: &[&str] = &["critical-issue-confirmed", "hotfix-ruled-out", "stakeholder-approval/technical-lead", "team-assembled"];
const OWNER: &[&str] = &["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"];

fn lines(verb: &str, gates: &[&str], plan: &Plan) -> String {
    gates.iter().map(|gate| format!("/{verb} {gate} {}\n", plan.id().short())).collect()
}

fn approved(ended: &Ended) -> Option<String> {
    output(ended, "approved")
}

fn page(scenario: &Scenario, incident: u64) -> String {
    scenario.world(|world| world.issues[&incident].body.clone().unwrap())
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

/// A person presses the button again.
fn pressed_again(scenario: &mut Scenario) {
    scenario.run = scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
}

/// The page is refreshed in the run that a comment started.
fn refreshed_by_comment(scenario: &Scenario, login: &str, document: &str) -> Ended {
    let run = scenario.started_by_comment(login);
    scenario.command_of(run, &scenario.stage.url(), "incident", INCIDENT, Some(document), async |connection, environment| {
        incident(&Incident::default(), &connection, &environment).await
    })
}

#[test]
fn a_no_stands_until_a_new_run_asks_everybody_anew() {
    let mut scenario = Scenario::private();
    let document = scenario.planned();
    let plan = Plan::from_document(&document).unwrap();
    let incident = scenario.opened(&document);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    let no = scenario.answer(incident, "owner-login", "/reject scope-assessed\n\nOnly 2 % of users are affected.");
    assert!(no.problems[0].error.contains("start the workflow again, which asks everybody anew"), "{:?}", no.problems);
    scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    for refreshed in [refreshed_by_comment(&scenario, "owner-login", &document), scenario.incident(&document)] {
        assert_eq!((refreshed.exit, asked_times(&scenario)), (Exit::Gates, 1), "the run that asked, and one that nobody started by hand");
    }
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Gates);
    pressed_again(&mut scenario);
    for _ in 0..2 {
        assert_eq!((scenario.opened(&document), asked_times(&scenario)), (incident, 2), "once");
        assert!(!page(&scenario, incident).contains("Stopped"), "{}", page(&scenario, incident));
    }
    let held = scenario.execute_after_comment("owner-login", &document);
    assert!(held.problems[0].error.contains("it was approved before the plan was asked here"), "{:?}", held.problems);
    scenario.answer(incident, "lead-login", &lines("approve", LEAD, &plan));
    let last = scenario.answer(incident, "owner-login", &lines("approve", OWNER, &plan));
    assert_eq!(starts(&last).as_deref(), Some("execute"), "{}", last.text);
    assert_eq!(scenario.execute_after_comment("owner-login", &document).exit, Exit::Done);
}
