//! Attempts on the environments: opening the gate itself.

use chrono::Duration;
use github_simulator::environments::{BranchPolicy, RefPattern, Reviewer};
use github_simulator::faults::{Fault, When};
use github_simulator::runs::Conclusion;
use github_simulator::world::{Role, Rule, Ruleset, Target};
use rollback_action::commands::{Exit, REQUESTER};
use rollback_action::gate::gate_job_name;

use super::{Attack, CONFIRMED, SCOPE};
use crate::scenario::{Scenario, output};

/// Every gate passed as it should be; then its environment is changed, and the gate is open for whoever comes next.
fn opened_after_approval(change: impl FnOnce(&mut github_simulator::environments::Environment), words: &str) {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.environment(SCOPE, change);
    attack.is_refused(words);
}

#[test]
fn an_environment_deleted_while_its_gate_waits_lets_nobody_through() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| world.environments.remove(SCOPE));
    assert_eq!(attack.run_gate(SCOPE).exit, Exit::Gates);
    attack.is_refused("does not exist; GitHub would create it open");
}

#[test]
fn an_environment_deleted_after_its_approval_does_not_count() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| world.environments.remove(SCOPE));
    attack.is_refused("does not exist; GitHub would create it open");
}

#[test]
fn a_typo_in_the_workflow_that_creates_an_open_environment_passes_nothing() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    let name = gate_job_name("rollback-scope-assesed", attack.plan().id().short());
    attack.scenario.world(|world| {
        let job = world.start_job(attack.scenario.run, &name, Some("rollback-scope-assesed")).unwrap();
        world.finish_job(job, Conclusion::Success).unwrap();
    });
    attack.is_refused("it is still waiting for its reviewer");
}

#[test]
fn a_policy_that_names_a_missing_environment_starts_no_gate() {
    let scenario = Scenario::new();
    scenario.world(|world| world.environments.remove(SCOPE));
    let ended = scenario.plan();
    assert_eq!((ended.exit, output(&ended, "gates")), (Exit::Gates, None));
}

#[test]
fn an_environment_created_again_by_the_attacker_is_not_the_gate() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.scenario.world(|world| {
        world.environments.remove(SCOPE);
        world.ensure_environment(SCOPE);
    });
    attack.environment(SCOPE, |environment| environment.reviewers = vec![Reviewer::User(REQUESTER.into())]);
    attack.approve(SCOPE, REQUESTER);
    attack.end_job(SCOPE, Conclusion::Success);
    attack.is_refused("lets whoever starts the run approve it");
}

#[test]
fn an_environment_created_again_as_it_was_keeps_no_approval() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| {
        let before = world.environments.get(SCOPE).unwrap().clone();
        world.environments.remove(SCOPE);
        world.ensure_environment(SCOPE);
        let new = world.environments.get_mut(SCOPE).unwrap();
        *new = github_simulator::environments::Environment { id: new.id, ..before };
    });
    attack.is_refused("no review on record");
}

#[test]
fn reviewers_removed_while_the_gate_waits_let_nobody_through() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.environment(SCOPE, |environment| environment.reviewers.clear());
    assert_eq!(attack.run_gate(SCOPE).exit, Exit::Gates);
    attack.is_refused("has no required reviewers, so anybody passes it");
}

#[test]
fn reviewers_removed_after_the_approval_open_the_gate() {
    opened_after_approval(|environment| environment.reviewers.clear(), "has no required reviewers");
}

#[test]
fn a_wait_timer_is_no_reviewer() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[SCOPE]);
    attack.environment(SCOPE, |environment| {
        environment.reviewers.clear();
        environment.wait_timer = 1;
    });
    attack.scenario.world(|world| world.clock.advance(Duration::minutes(2)));
    attack.is_refused("has no required reviewers");
}

#[test]
fn an_environment_that_takes_every_branch_is_open() {
    opened_after_approval(|environment| environment.branch_policy = BranchPolicy::All, "takes every branch");
}

fn pattern(pattern: &str, kind: &'static str) -> BranchPolicy {
    BranchPolicy::Custom(vec![
        RefPattern { id: 1, pattern: "main".into(), kind: "branch" },
        RefPattern { id: 2, pattern: pattern.into(), kind },
    ])
}

#[test]
fn an_environment_that_takes_any_name_is_open() {
    opened_after_approval(|environment| environment.branch_policy = pattern("*", "branch"), "takes `*` too");
}

#[test]
fn an_environment_that_takes_a_longer_name_is_open() {
    opened_after_approval(|environment| environment.branch_policy = pattern("main*", "branch"), "takes `main*` too");
}

#[test]
fn an_environment_that_takes_a_tag_of_the_branch_s_name_is_open() {
    opened_after_approval(|environment| environment.branch_policy = pattern("main", "tag"), "takes `tag:main` too");
}

#[test]
fn protected_branches_only_with_none_protected_is_every_branch() {
    opened_after_approval(
        |environment| environment.branch_policy = BranchPolicy::Protected,
        "is not protected; where none is, GitHub takes them all",
    );
}

#[test]
fn protected_branches_only_with_the_default_branch_protected_is_closed() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.environment(SCOPE, |environment| environment.branch_policy = BranchPolicy::Protected);
    attack.scenario.world(|world| {
        let rules = vec![Rule::Deletion];
        let include = vec!["~DEFAULT_BRANCH".into()];
        world.rulesets.push(Ruleset { id: 1, name: "main".into(), target: Target::Branch, include, rules, bypass: Vec::new() });
    });
    assert_eq!(attack.scenario.execute(&attack.document).exit, Exit::Done);
}

#[test]
fn an_administrator_who_allows_the_bypass_opens_the_gate() {
    opened_after_approval(|environment| environment.can_admins_bypass = true, "lets administrators go past it");
}

#[test]
fn an_administrator_s_bypass_leaves_no_review_and_does_not_count() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = true);
    attack.scenario.world(|world| {
        world.add_person("admin", Role::Admin);
        world.bypass(attack.scenario.run, CONFIRMED, "admin").unwrap();
    });
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = false);
    assert_eq!(attack.run_gate(CONFIRMED).exit, Exit::Gates);
    attack.is_refused("its job failed");
    // Neither does it where the workflow was made to go on.
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = true);
    attack.scenario.world(|world| {
        world.add_person("admin", Role::Admin);
        world.bypass(attack.scenario.run, CONFIRMED, "admin").unwrap();
    });
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = false);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("no review on record (administrator bypass?)");
}

#[test]
fn a_bypass_that_leaves_a_review_is_not_one_of_the_role() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[CONFIRMED]);
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = true);
    attack.scenario.world(|world| {
        world.runs.behaviour.bypass_leaves_review = true;
        world.add_person("admin", Role::Admin);
        world.bypass(attack.scenario.run, CONFIRMED, "admin").unwrap();
    });
    attack.environment(CONFIRMED, |environment| environment.can_admins_bypass = false);
    attack.end_job(CONFIRMED, Conclusion::Success);
    attack.is_refused("`admin` is not in `technical-lead`");
}

#[test]
fn environments_that_cannot_be_read_count_as_open() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    attack.scenario.world(|world| {
        world.schedule(When::matching("GET", "/environments").times(20), Fault::status(403, "Resource not accessible by integration"));
    });
    attack.is_refused("so it counts as open");
}

#[test]
fn reviews_that_cannot_be_read_approve_nothing() {
    let attack = Attack::waiting();
    attack.pass_all_but(&[]);
    let path = format!("/actions/runs/{}/approvals", attack.scenario.run);
    attack.scenario.world(|world| {
        world.schedule(When::matching("GET", &path).times(20), Fault::status(404, "Not Found"));
    });
    attack.is_refused_with(Exit::Failed, &rollback_action::commands::Execute::default(), "approvals");
}
