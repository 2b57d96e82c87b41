//! Attempts on the gates after the merge: before the tag, before the incident is closed, before the work is released again.

use github_simulator::runs::Conclusion;
use rollback_action::commands::{Ended, Exit, LateStage, REQUESTER};
use rollback_action::gate::gate_job_name;
use rollback_action::plan::Plan;

use super::{Attack, SCOPE, Standing};
use crate::scenario::{Scenario, output};

const GATE: &str = "rollback-looked-at";
const AGAIN: &str = "rollback-out-again";

/// A policy's gate before a stage, answered by the product owner.
fn before(stage: &str) -> String {
    format!("gates:\n  looked-at: {{ question: Is it?, roles: [product-owner], stage: {stage} }}\n")
}

/// A repository with a closed environment for it.
fn guarded(more: &str) -> Scenario {
    let scenario = Scenario::new();
    scenario.world(|world| {
        for (name, like) in [(GATE, SCOPE), (AGAIN, super::TEAM)] {
            world.ensure_environment(name);
            let like = world.environments.get(like).unwrap().clone();
            let environment = world.environments.get_mut(name).unwrap();
            *environment = github_simulator::environments::Environment { id: environment.id, name: environment.name.clone(), ..like };
        }
        super::set_policy(world, &["lead-login"], &["owner-login"], more);
    });
    scenario
}

/// A rollback that was merged, in the run that the merge started.
fn merged(more: &str) -> Attack {
    let mut attack = Attack::on(guarded(more));
    attack.pass_all_but(&[]);
    let ended = attack.scenario.execute(&attack.document);
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    assert_eq!(attack.scenario.incident(&attack.document).exit, Exit::Done);
    attack.scenario.merge(1);
    attack.scenario.run = attack.scenario.world(|world| world.start_run_of_merge("rollback.yml", 1, REQUESTER).unwrap());
    attack
}

/// A rollback that is released, in a run of its own for what comes after.
fn released(more: &str) -> Attack {
    let mut attack = merged(more);
    let ended = attack.scenario.finish();
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    assert_eq!(attack.scenario.incident(&attack.document).exit, Exit::Done);
    attack.scenario.run = by_hand(&attack);
    attack
}

fn by_hand(attack: &Attack) -> u64 {
    attack.scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap())
}

/// The plan that the gates of a stage are asked for.
#[track_caller]
fn asked(attack: &Attack, stage: LateStage, gates: &str) -> String {
    let ended = attack.scenario.gates(stage);
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    assert_eq!(output(&ended, "gates").as_deref(), Some(gates));
    output(&ended, "plan").unwrap()
}

#[track_caller]
fn refused(attack: &Attack, exit: Exit, act: impl FnOnce(&Scenario) -> Ended, words: &str) {
    let (log, before) = attack.scenario.world(|world| (world.log.len(), Standing::of(world)));
    let ended = act(&attack.scenario);
    let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
    assert_eq!(ended.exit, exit, "{}\n{said:#?}", ended.text);
    assert!(said.iter().any(|line| line.contains(words)), "`{words}` is not in {said:#?}");
    assert_eq!(attack.scenario.writes_after(log), [""; 0]);
    attack.scenario.world(|world| assert_eq!(Standing::of(world), before));
}

#[track_caller]
fn done(ended: &Ended) {
    assert_eq!(ended.exit, Exit::Done, "{}\n{:?}", ended.text, ended.problems);
}

fn incident_is_open(attack: &Attack) -> bool {
    attack.scenario.world(|world| world.issues.values().find(|issue| issue.number != 1).unwrap().open)
}

#[test]
fn a_gate_before_finish_is_passed_in_the_run_that_the_merge_started() {
    let attack = merged(&before("finish"));
    let document = asked(&attack, LateStage::Finish, "[\"rollback-looked-at\"]");
    assert_eq!(document, attack.document, "the policy is the same, and so is the plan");
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    done(&attack.scenario.finish());
}

#[test]
fn a_gate_before_finish_that_was_skipped_holds_the_tag() {
    let attack = merged(&before("finish"));
    let name = gate_job_name(GATE, attack.plan().id().short());
    attack.scenario.world(|world| {
        let job = world.start_job(attack.scenario.run, &name, None).unwrap();
        world.finish_job(job, Conclusion::Skipped).unwrap();
    });
    refused(&attack, Exit::Gates, Scenario::finish, "its job was skipped, so nobody was asked");
}

#[test]
fn a_gate_before_finish_on_the_rollback_s_own_branch_holds_the_tag() {
    let mut attack = merged(&before("finish"));
    attack.scenario.run =
        attack.scenario.world(|world| world.start_run("rollback.yml", "rollback/v0.1.0", REQUESTER, serde_json::json!({})).unwrap());
    refused(&attack, Exit::Gates, Scenario::finish, "GitHub has this run on record for `rollback/v0.1.0`");
}

#[test]
fn a_gate_put_before_finish_after_the_plan_holds_the_tag_for_a_plan_of_its_own() {
    let attack = merged("");
    attack.scenario.world(|world| super::set_policy(world, &["lead-login"], &["owner-login"], &before("finish")));
    refused(&attack, Exit::Gates, Scenario::finish, "no job of this run held it");
    let document = asked(&attack, LateStage::Finish, "[\"rollback-looked-at\"]");
    assert_ne!(Plan::from_document(&document).unwrap().id(), attack.plan().id());
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    done(&attack.scenario.finish());
}

#[test]
fn an_open_environment_before_finish_starts_no_gate() {
    let attack = merged(&before("finish"));
    attack.environment(GATE, |environment| environment.reviewers.clear());
    let ended = attack.scenario.gates(LateStage::Finish);
    assert_eq!((ended.exit, output(&ended, "gates")), (Exit::Gates, None));
    refused(&attack, Exit::Gates, Scenario::finish, "has no required reviewers, so anybody passes it");
}

#[test]
fn a_policy_that_is_broken_after_the_merge_holds_the_tag() {
    let attack = merged("");
    attack.scenario.world(|world| world.push_file(rollback_action::observe::POLICY_PATH, "roles: [", "Break").map(drop)).unwrap();
    refused(&attack, Exit::Gates, Scenario::finish, "the policy could not be read");
}

#[test]
fn an_incident_whose_gate_nobody_passed_stays_open() {
    let attack = released(&before("close"));
    refused(&attack, Exit::Gates, |scenario| scenario.close(Some("nothing to withdraw")), "no job of this run held it");
    let document = asked(&attack, LateStage::Close, "[\"rollback-looked-at\"]");
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    assert!(incident_is_open(&attack));
    done(&attack.scenario.close(Some("nothing to withdraw")));
    assert!(!incident_is_open(&attack));
    attack.scenario.world(|world| {
        let page = world.issues.values().find(|issue| issue.number != 1).unwrap().body.clone().unwrap();
        assert!(page.contains("**Closed by `release-manager`.**\nApproved by owner-login."), "{page}");
    });
}

#[test]
fn an_incident_with_a_task_that_nobody_did_stays_open() {
    let attack = released("");
    refused(&attack, Exit::Refused, |scenario| scenario.close(None), "a task by hand is open: withdraw entity-core 0.1.0 on PyPI");
    attack.scenario.world(|world| {
        let issue = world.issues.values_mut().find(|issue| issue.number != 1).unwrap();
        issue.body = Some(issue.body.take().unwrap().replace("- [ ]", "- [x]"));
    });
    done(&attack.scenario.close(None));
    assert!(!incident_is_open(&attack));
    let log = attack.scenario.world(|world| world.log.len());
    done(&attack.scenario.close(None));
    done(&attack.scenario.incident(&attack.document));
    assert_eq!(attack.scenario.writes_after(log), [""; 0], "a closed incident stays as it was closed");
}

#[test]
fn an_incident_before_the_release_stays_open_whatever_the_reason() {
    let attack = merged("");
    refused(&attack, Exit::Refused, |scenario| scenario.close(Some("we are tired")), "v0.0.13 is not released");
}

#[test]
fn an_incident_whose_warning_was_taken_away_stays_open() {
    let attack = released("");
    attack.scenario.world(|world| {
        let bad = world.releases.values_mut().find(|release| release.tag_name == "v0.1.0").unwrap();
        bad.body = Some("all is well".into());
    });
    refused(&attack, Exit::Refused, |scenario| scenario.close(Some("nothing to withdraw")), "do not carry the warning any more");
}

#[test]
fn rolled_back_work_is_not_released_again_before_its_gate_is_passed() {
    let mut attack = released(&before("re-release"));
    for tag in ["v0.1.0", "v0.1.1", "v0.2.0", "1.0.0"] {
        refused(&attack, Exit::Gates, |scenario| scenario.guard(tag), "no job of this run held it");
    }
    // Below it, the rollback's own, a beta, and another line: none of them brings the work back.
    for tag in ["v0.0.14", "v0.0.13", "v0.2.0-beta.1", "helper-v3.0.0"] {
        done(&attack.scenario.guard(tag));
    }
    let document = asked(&attack, LateStage::ReRelease, "[\"rollback-looked-at\"]");
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    done(&attack.scenario.guard("v0.2.0"));
    // The release is another run, on its tag.
    attack.scenario.run = by_hand(&attack);
    attack.scenario.variables = vec![("GITHUB_REF".into(), "refs/tags/v0.2.0".into())];
    done(&attack.scenario.guard("v0.2.0"));
    attack.scenario.world(|world| world.clock.advance(chrono::TimeDelta::hours(25)));
    refused(
        &attack,
        Exit::Gates,
        |scenario| scenario.guard("v0.2.0"),
        "would bring back what v0.1.0 was rolled back for, and that is not approved",
    );
}

#[test]
fn an_approval_to_close_does_not_release_the_work_again() {
    let more = format!("{}  out-again: {{ question: Again?, roles: [technical-lead], stage: re-release }}\n", before("close"));
    let attack = released(&more);
    let document = asked(&attack, LateStage::Close, "[\"rollback-looked-at\"]");
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    refused(&attack, Exit::Gates, |scenario| scenario.guard("v0.2.0"), "gate `rollback-out-again`");
}

#[test]
fn a_rejected_re_release_is_held() {
    let attack = released(&before("re-release"));
    let name = gate_job_name(GATE, attack.plan().id().short());
    attack.scenario.world(|world| {
        world.start_job(attack.scenario.run, &name, Some(GATE)).unwrap();
        world.reject(attack.scenario.run, GATE, "owner-login", "not tested").unwrap();
    });
    refused(&attack, Exit::Gates, |scenario| scenario.guard("v0.2.0"), "rejected by owner-login (`not tested`)");
}

fn page(attack: &Attack) -> String {
    attack.scenario.world(|world| world.issues.values().find(|issue| issue.number != 1).unwrap().body.clone().unwrap())
}

#[test]
fn a_gate_before_finish_that_waits_or_is_rejected_is_on_the_incident_and_reminded_of() {
    let attack = merged(&before("finish"));
    let document = asked(&attack, LateStage::Finish, "[\"rollback-looked-at\"]");
    let name = gate_job_name(GATE, attack.plan().id().short());
    attack.scenario.world(|world| world.start_job(attack.scenario.run, &name, Some(GATE)).unwrap());
    done(&attack.scenario.incident(&document));
    let waits = page(&attack);
    assert!(waits.contains("not released yet. 1 approval missing before the release.**"), "{waits}");
    let run = format!("/actions/runs/{})", attack.scenario.run);
    assert!(waits.contains("answer on [the run's page](") && waits.contains(&run), "{waits}");
    attack.scenario.world(|world| world.clock.advance(chrono::TimeDelta::minutes(70)));
    done(&attack.scenario.remind());
    let reminders = attack.scenario.world(|world| {
        let bodies = world.comments.values().map(|comment| comment.body.clone());
        bodies.filter(|body| body.starts_with("<!-- rollback-action:reminded:")).collect::<Vec<_>>()
    });
    assert!(reminders.len() == 1 && reminders[0].contains("waits for 1 approval before the rollback is released since "), "{reminders:?}");
    attack.scenario.world(|world| world.reject(attack.scenario.run, GATE, "owner-login", "not tested").unwrap());
    let ended = attack.scenario.incident(&document);
    assert_eq!(ended.exit, Exit::Gates, "{}", ended.text);
    let stopped = page(&attack);
    assert!(stopped.contains("not released yet. Stopped: gate `rollback-looked-at`: rejected by owner-login"), "{stopped}");
}

#[test]
fn approvals_of_a_re_release_are_kept_once_on_the_closed_incident() {
    let attack = released(&before("re-release"));
    done(&attack.scenario.close(Some("nothing to withdraw")));
    let document = asked(&attack, LateStage::ReRelease, "[\"rollback-looked-at\"]");
    done(&attack.scenario.pass(GATE, "owner-login", &document));
    for _ in 0..2 {
        done(&attack.scenario.incident(&document));
    }
    let kept = attack.scenario.world(|world| {
        let bodies = world.comments.values().map(|comment| comment.body.clone());
        bodies.filter(|body| body.contains("may be released again")).collect::<Vec<_>>()
    });
    assert!(kept.len() == 1 && kept[0].contains("- Is it?: approved by owner-login before 20"), "{kept:?}");
}
