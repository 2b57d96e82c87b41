//! One repository in which everything is rotten at once: nothing hides anything else.

use std::collections::BTreeSet;

use github_simulator::World;
use github_simulator::environments::{BranchPolicy, Reviewer};
use github_simulator::workflows::WorkflowState;
use github_simulator::world::{Role, Rule, Target};
use rollback_action::commands::{Exit, example};
use serde_json::json;

use super::{GATE, people, rule, workflow};
use crate::doctor::{ADMINISTRATOR, CALLER, ROLES, found, healthy};

const POLICY: &str = "\
gates:
  tested: { question: Did users test it?, roles: [product-owner], stage: finish }
  told: { question: Does everybody know?, roles: [product-owner], stage: close }
  again: { question: May it come again?, roles: [product-owner], stage: re-release }
release: { workflow: publish.yml }
break-glass: { roles: [captains] }
approvals: { minimum-people: 4 }
";
const PUBLISH: &str = "on: { workflow_dispatch: { inputs: { tag: { required: true } } } }\njobs: {}\n";
/// Runs `finish` without its gates, and with too few rights.
const FINISH: &str = "on: { pull_request: { types: [closed] } }\njobs:\n  finish:\n    permissions: { contents: read }\n    steps:\n      - uses: org/rollback-action@v1\n        with: { command: finish }\n";

fn rot(world: &mut World) {
    world.repository.archived = true;
    world.repository.has_issues = false;
    world.repository.allow_bots_to_open_prs = false;
    people(world, &format!("{ROLES}  captains: {{ teams: [captains] }}\n"), POLICY);
    gates(world);
    workflows(world);
    world.people.get_mut("second-owner").unwrap().role = Role::None;
    world.people.remove("second-lead");
    let head = world.default_head();
    world.git.set_ref("refs/heads/rollback/v0.1.0", head.as_deref()).unwrap();
    rule(world, Target::Branch, "rollback/*", Rule::Creation);
    rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::Update);
    rule(world, Target::Tag, "~ALL", Rule::Creation);
    let pattern = json!({"name": "", "negate": false, "operator": "regex", "pattern": "^r"});
    rule(world, Target::Tag, "~ALL", Rule::Other("tag_name_pattern", pattern));
    world.releases.values_mut().for_each(|release| {
        release.immutable = true;
        release.body = Some("x".repeat(124_990));
    });
    world.labels.clear();
}

fn gates(world: &mut World) {
    world.environments.remove(GATE);
    world.add_person("stranger", Role::Write);
    let mut environment = |name: &str| world.environments.get_mut(name).unwrap().clone();
    let mut confirmed = environment("rollback-critical-issue-confirmed");
    confirmed.reviewers.clear();
    let mut hotfix = environment("rollback-hotfix-ruled-out");
    hotfix.branch_policy = BranchPolicy::All;
    let mut told = environment("rollback-communication-ready");
    told.prevent_self_review = false;
    let mut team = environment("rollback-team-assembled");
    team.can_admins_bypass = true;
    let mut leads = environment("rollback-stakeholder-approval-technical-lead");
    leads.reviewers.push(Reviewer::User("stranger".into()));
    for changed in [confirmed, hotfix, told, team, leads] {
        let name = changed.name.clone();
        *world.environments.get_mut(&name).unwrap() = changed;
    }
}

fn workflows(world: &mut World) {
    let caller = CALLER
        .replace("on:\n", "on:\n  pull_request_target:\n")
        .replace("      reason: {", "      why: {")
        .replace("      good: { ", "      ticket: { description: Ticket, required: true }\n      good: { ")
        .replace("trigger: \"${{ inputs.trigger }}\", ", "")
        .replace("contents: write", "contents: read")
        .replace("permissions: {}\n", "permissions: {}\nconcurrency: rollback\n");
    workflow(world, "rollback", &caller);
    workflow(world, "rollback-finish", FINISH);
    workflow(world, "publish", PUBLISH);
    world.runs.states.insert(".github/workflows/rollback-doctor.yml".to_owned(), WorkflowState::DisabledInactivity);
    world.runs.runs.values_mut().for_each(|run| run.created_at -= chrono::TimeDelta::days(20));
}

/// What was planted, as `verdict check` and what the sentence says.
const PLANTED: &[(&str, &str)] = &[
    ("will-fail writable", "is archived"),
    ("will-fail issues", "no issues"),
    ("will-fail bots-open-pulls", "may not open"),
    ("will-fail gate-exists", "`rollback-scope-assessed`"),
    ("will-fail gate-exists", "`rollback-tested`"),
    ("will-fail gate-exists", "`rollback-told`"),
    ("will-fail gate-exists", "`rollback-again`"),
    ("will-fail gate-closed", "`rollback-critical-issue-confirmed`"),
    ("will-fail gate-branches", "`rollback-hotfix-ruled-out`"),
    ("will-fail gate-self-review", "`rollback-communication-ready`"),
    ("will-fail gate-bypass", "`rollback-team-assembled`"),
    ("will-fail gate-reviewers", "`stranger`"),
    ("will-fail people", "`second-lead`"),
    ("will-fail people", "`second-owner`"),
    ("will-fail minimum-people", "the policy asks for 4"),
    ("will-fail dispatch", "no input `reason`"),
    ("will-fail dispatch", "`ticket`"),
    ("will-fail dispatch", "does not pass `trigger`"),
    ("will-fail permissions", "the job `rollback`"),
    ("will-fail permissions", "the job `finish`"),
    ("will-fail concurrency", "30 days"),
    ("will-fail triggers", "`pull_request_target`"),
    ("will-fail late-gates", "before the rollback is released"),
    ("will-fail late-gates", "before the incident is closed"),
    ("will-fail late-gates", "before a re-release"),
    ("will-fail late-gates", "no workflow runs `guard`"),
    ("will-fail break-glass", "`captains` may break the glass"),
    ("will-fail break-glass", "does not take `break-glass`"),
    ("will-fail enabled", "disabled_inactivity"),
    ("will-fail schedule", "last ran"),
    ("will-fail release-workflow", "asks for `tag`"),
    ("will-fail branch-free", "left over"),
    ("will-fail branch-rules", "restricts who may create branches"),
    ("will-fail merge-rules", "bypass list"),
    ("will-fail tag-rules", "restricts who may create such tags"),
    ("unknown tag-rules", "`^r`"),
    ("will-fail release-notes", "124990 bytes"),
    ("note immutable-releases", "`publish.yml`"),
    ("note labels", "`rollback`"),
];

#[test]
fn a_repository_that_is_rotten_throughout_hides_none_of_its_faults() {
    let made = example().unwrap();
    let stage = healthy(&made);
    rot(&mut stage.lock());
    let (exit, bad) = found(&stage, ADMINISTRATOR);
    assert_eq!(exit, Exit::Incomplete);
    let is = |(what, says): &(&str, &str)| bad.iter().any(|(found, sentence)| found == what && sentence.contains(says));
    let missed: Vec<_> = PLANTED.iter().filter(|planted| !is(planted)).collect();
    assert!(missed.is_empty(), "{missed:#?}\n{bad:#?}");
    assert!(PLANTED.iter().collect::<BTreeSet<_>>().len() >= 35);
}
