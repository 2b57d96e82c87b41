//! Break glass: who may go past missing approvals, how loud it is, and what nobody goes past.

use github_simulator::world::Role;
use rollback_action::commands::{Execute, Exit};

use super::{Attack, CONFIRMED, SCOPE, set_policy};
use crate::scenario::Scenario;

const POLICY: &str = "break-glass: { roles: [technical-lead] }\n";

/// A run that this person started, with its gates waiting.
fn started_by(login: &str, more: &str) -> Attack {
    let mut scenario = Scenario::new();
    scenario.run = scenario.world(|world| {
        world.add_person(login, Role::Write);
        set_policy(world, &["lead-login", "lead-two"], &["owner-login"], more);
        world.start_run("rollback.yml", "main", login, serde_json::json!({})).unwrap()
    });
    scenario.variables = vec![("GITHUB_TRIGGERING_ACTOR".into(), login.into())];
    Attack::on(scenario)
}

fn glass(confirmation: &str, reason: &str) -> Execute {
    Execute { break_glass: Some(confirmation.into()), break_glass_reason: Some(reason.into()), ..Execute::default() }
}

fn words() -> Execute {
    glass("roll back v0.1.0", "the site is down\n\nRollback-Plan: 0 @everyone and nobody else is awake")
}

#[test]
fn a_broken_glass_is_carried_out_and_said_wherever_people_look() {
    let attack = started_by("lead-two", POLICY);
    attack.pass(SCOPE);
    let ended = attack.scenario.execute_with(&words(), &attack.document);
    assert_eq!(ended.exit, Exit::Incomplete, "{:?}", ended.problems);
    assert!(ended.text.contains("lead-two went past") && ended.text.contains("nobody else is awake"), "{}", ended.text);
    attack.scenario.world(|world| {
        let body = world.issues[&1].body.clone().unwrap();
        assert!(body.starts_with("> [!CAUTION]\n> **Break glass: `lead-two` went past 6 missing approvals.**"), "{body}");
        assert!(body.contains(CONFIRMED) && body.contains("nobody else is awake"), "{body}");
        let tip = world.git.branch("rollback/v0.1.0").unwrap();
        let message = world.git.commit(tip).unwrap().message;
        assert!(message.ends_with("\nRollback-Break-Glass: lead-two\n"), "{message}");
        assert_eq!(rollback_action::plan::plan_id_in(&message).as_deref(), Some(attack.plan().id().as_str()));
    });
    assert_eq!(attack.scenario.incident(&attack.document).exit, Exit::Done);
    attack.scenario.world(|world| {
        let incident = world.issues.values().find(|issue| issue.number != 1).unwrap();
        assert!(incident.body.as_deref().unwrap().contains("lead-two went past them"), "{:?}", incident.body);
    });
}

#[test]
fn the_glass_does_not_go_past_an_environment_that_was_opened_after_the_plan() {
    let opened = started_by("lead-two", POLICY);
    opened.scenario.world(|world| world.environments.get_mut(SCOPE).unwrap().reviewers.clear());
    opened.is_refused_with(Exit::Gates, &words(), "has no required reviewers, so anybody passes it");
    let deleted = started_by("lead-two", POLICY);
    deleted.scenario.world(|world| assert!(world.environments.remove(SCOPE)));
    deleted.is_refused_with(Exit::Gates, &words(), "does not exist; GitHub would create it open");
}

#[test]
fn no_glass_is_broken_where_nothing_is_missing() {
    let attack = started_by("lead-two", POLICY);
    attack.pass_all_but(&[]);
    let ended = attack.scenario.execute_with(&words(), &attack.document);
    assert_eq!(ended.exit, Exit::Done);
    attack.scenario.world(|world| assert!(!world.issues[&1].body.as_deref().unwrap().contains("Break glass")));
}

#[test]
fn without_a_word_in_the_policy_nobody_breaks_the_glass() {
    started_by("lead-two", "").is_refused_with(Exit::Gates, &words(), "the policy names nobody who may break it");
}

#[test]
fn somebody_of_another_role_cannot_break_the_glass() {
    started_by("owner-login", POLICY).is_refused_with(Exit::Gates, &words(), "`owner-login` is not among the `users` of `technical-lead`");
}

#[test]
fn a_variable_that_names_somebody_else_breaks_no_glass() {
    let mut attack = started_by("mallory", POLICY);
    attack.scenario.variables = vec![("GITHUB_TRIGGERING_ACTOR".into(), "lead-two".into()), ("GITHUB_ACTOR".into(), "lead-two".into())];
    attack.is_refused_with(Exit::Gates, &words(), "`mallory` is not among the `users` of `technical-lead`");
}

#[test]
fn an_app_cannot_break_the_glass() {
    let mut scenario = Scenario::new();
    scenario.run = scenario.world(|world| {
        set_policy(world, &["lead-login"], &["owner-login"], POLICY);
        world.start_run("rollback.yml", "main", "github-actions[bot]", serde_json::json!({})).unwrap()
    });
    Attack::on(scenario).is_refused_with(
        Exit::Gates,
        &words(),
        "`github-actions[bot]` is an app; a person of `technical-lead` must start the run",
    );
}

#[test]
fn the_glass_takes_the_very_words() {
    for wrong in ["yes", "roll back v0.1", "Roll back v0.1.0", "roll back v0.0.12", "roll back v0.1.0 please"] {
        started_by("lead-two", POLICY).is_refused_with(Exit::Gates, &glass(wrong, "down"), "the confirmation is not `roll back v0.1.0`");
    }
}

#[test]
fn the_glass_takes_a_reason() {
    started_by("lead-two", POLICY).is_refused_with(Exit::Gates, &glass("roll back v0.1.0", " \n"), "no reason was given");
}

#[test]
fn words_left_empty_break_no_glass() {
    started_by("lead-two", POLICY).is_refused_with(Exit::Gates, &glass("", "down"), "it is still waiting for its reviewer");
}

#[test]
fn a_rejection_is_behind_no_glass() {
    let attack = started_by("lead-two", POLICY);
    attack.scenario.world(|world| world.reject(attack.scenario.run, SCOPE, "owner-login", "not that many").unwrap());
    attack.is_refused_with(Exit::Gates, &words(), "rejected by owner-login (`not that many`)");
}

#[test]
fn another_branch_is_behind_no_glass() {
    let mut attack = started_by("lead-two", POLICY);
    attack.scenario.variables.push(("GITHUB_REF".into(), "refs/heads/feature".into()));
    attack.is_refused_with(Exit::Gates, &words(), "this run is on `refs/heads/feature`");
}

#[test]
fn fewer_gates_in_the_plan_are_behind_no_glass() {
    let mut attack = started_by("lead-two", "");
    attack.forge(|plan| plan.gates.truncate(1));
    attack.is_refused_with(Exit::Gates, &words(), "the plan's gates are not those of the policy on `main`");
}

#[test]
fn a_team_that_may_break_the_glass_must_name_its_people() {
    let mut scenario = Scenario::new();
    scenario.run = scenario.world(|world| {
        let more = "break-glass: { roles: [captains] }\n";
        let text =
            super::policy(&["lead-login"], &["owner-login"], more).replace("packages:", "  captains: { teams: [captains] }\npackages:");
        world.push_file(rollback_action::observe::POLICY_PATH, &text, "Name the captains").unwrap();
        world.add_person("captain", Role::Write);
        world.start_run("rollback.yml", "main", "captain", serde_json::json!({})).unwrap()
    });
    let attack = Attack::on(scenario);
    attack.is_refused_with(Exit::Gates, &words(), "this token cannot see who is in a team");
}
