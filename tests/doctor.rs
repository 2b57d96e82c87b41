//! `doctor` finds nothing on a healthy repository, and every fault that is planted.

use std::collections::BTreeSet;
use std::sync::Arc;

use github_simulator::World;
use github_simulator::environments::{BranchPolicy, RefPattern, Reviewer};
use github_simulator::world::{Label, Role, Rule, Ruleset, Target};
use rollback_action::commands::{Connection, Doctor, Ended, Exit, Format, Made, Place, Stage, StageOptions, doctor, example};
use rollback_action::github::Token;
use rollback_action::runner::Environment;
use serde_json::Value;

use crate::scenario::leave_traffic;

const CALLER: &str = include_str!("../examples/rollback.yml");
const FINISH: &str = include_str!("../examples/finish.yml");
const DOCTOR: &str = include_str!("../src/init/doctor.yml");
/// Two people in each role, so that any of them may ask for a rollback.
const ROLES: &str =
    "version: 1\nroles:\n  technical-lead: { users: [lead-login, second-lead] }\n  product-owner: { users: [owner-login, second-owner] }\n";
const ADMINISTRATOR: &str = "the-administrator";
/// What the doctor's own job is granted.
const GRANTS: &[(&str, &str)] = &[("actions", "read"), ("contents", "read"), ("issues", "write"), ("pull-requests", "read")];

/// A repository in which a rollback would work.
fn healthy(made: &Made) -> Stage {
    let config = made.path().with_file_name("policy.yml");
    if !config.exists() {
        std::fs::write(&config, ROLES).unwrap();
    }
    let options = StageOptions { bad: Some("v0.1.0".into()), config: Some(config), bodies: true, ..StageOptions::default() };
    let stage = match Stage::set(made.path(), &options) {
        Ok(stage) => stage,
        Err(not) => panic!("{:?}", Ended::from(not).problems),
    };
    {
        let mut world = stage.lock();
        for (name, text) in [("rollback", CALLER), ("rollback-finish", FINISH), ("rollback-doctor", DOCTOR)] {
            world.push_file(&format!(".github/workflows/{name}.yml"), text, "Add a workflow").unwrap();
        }
        world.start_run_of("rollback-doctor.yml", "schedule", "main", "github-actions[bot]", Value::Null).unwrap();
        label(&mut world, "rollback");
        world.add_person(ADMINISTRATOR, Role::Admin);
        world.add_user_token(ADMINISTRATOR, ADMINISTRATOR);
        world.add_actions_token("job", GRANTS);
    }
    stage
}

fn label(world: &mut World, name: &str) {
    let id = world.next_id();
    world.labels.insert(name.into(), Label { id, name: name.into(), color: "ededed".into(), description: None });
}

fn examined(stage: &Stage, token: &str, arguments: &Doctor) -> Ended {
    let (url, repository) = (stage.url(), stage.repository.clone());
    let environment = Environment::of(&[("GITHUB_API_URL", &url), ("GITHUB_REPOSITORY", &repository)]);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let before = stage.lock().log.len();
    let ended = runtime.block_on(async {
        match Connection::new(&Place::default(), &environment, Token::new(token), Arc::new(|_: &str| {})) {
            Ok(connection) => doctor(arguments, &connection, &environment).await,
            Err(ended) => ended,
        }
    });
    leave_traffic(stage, before);
    ended
}

/// What is not ok: `verdict check`, and the sentence.
fn found(stage: &Stage, token: &str) -> (Exit, Vec<(String, String)>) {
    let ended = examined(stage, token, &Doctor { format: Format::Json, ..Doctor::default() });
    let document: Value = serde_json::from_str(&ended.text).unwrap_or_else(|_| panic!("{:?}", ended.problems));
    let findings = document["findings"].as_array().unwrap().iter();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let bad = findings.filter(|finding| finding["verdict"] != "ok").map(|finding| {
        assert!(finding["remedy"].is_string() || finding["verdict"] == "note", "no remedy: {finding}");
        (format!("{} {}", text(finding, "verdict"), text(finding, "check")), text(finding, "sentence"))
    });
    (ended.exit, bad.collect())
}

/// The workflow files of the example really changed between its releases.
const ALWAYS: &str = "note workflow-drift";

#[test]
fn a_healthy_repository_has_nothing_that_would_fail() {
    let made = example().unwrap();
    let stage = healthy(&made);
    let (exit, bad) = found(&stage, ADMINISTRATOR);
    assert_eq!(bad.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), [ALWAYS], "{bad:#?}");
    assert_eq!(exit, Exit::Done);
    let before = stage.lock().log.len();
    let (exit, bad) = found(&stage, "job");
    assert_eq!(bad.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), ["unknown bots-open-pulls", ALWAYS], "{bad:#?}");
    assert_eq!(exit, Exit::Done);
    let writes: Vec<String> = stage
        .lock()
        .log
        .iter()
        .skip(before)
        .filter(|entry| entry.method != "GET" && entry.path != "/graphql")
        .map(|entry| entry.path.clone())
        .collect();
    assert_eq!(writes, [""; 0]);
}

#[test]
fn what_cannot_be_known_counts_only_when_asked() {
    let made = example().unwrap();
    let stage = healthy(&made);
    assert_eq!(examined(&stage, "job", &Doctor { strict: true, ..Doctor::default() }).exit, Exit::Failed);
    assert_eq!(examined(&stage, ADMINISTRATOR, &Doctor { strict: true, ..Doctor::default() }).exit, Exit::Done);
}

/// Whose token looks.
#[derive(Clone, Copy)]
enum By {
    Job,
    Administrator,
}

struct Fault {
    name: &'static str,
    plant: fn(&mut World),
    by: By,
    /// `verdict check`.
    found: &'static str,
    /// What the sentence must say.
    says: &'static str,
}

const fn fault(name: &'static str, plant: fn(&mut World), found: &'static str, says: &'static str) -> Fault {
    Fault { name, plant, by: By::Job, found, says }
}

const fn seen_by_administrator(fault: Fault) -> Fault {
    Fault { by: By::Administrator, ..fault }
}

const GATE: &str = "rollback-scope-assessed";

fn policy(world: &mut World, more: &str) {
    people(world, ROLES, more);
}

fn people(world: &mut World, roles: &str, more: &str) {
    world.push_file(".github/rollback.yml", &format!("{roles}{more}"), "Change the policy").unwrap();
}

fn workflow(world: &mut World, name: &str, text: &str) {
    world.push_file(&format!(".github/workflows/{name}.yml"), text, "Change a workflow").unwrap();
}

fn gate(world: &mut World, change: impl FnOnce(&mut github_simulator::environments::Environment)) {
    change(world.environments.get_mut(GATE).unwrap());
}

fn takes(world: &mut World, patterns: &[&str]) {
    let patterns = patterns.iter().map(|pattern| RefPattern { id: world.next_id(), pattern: (*pattern).into(), kind: "branch" }).collect();
    gate(world, |gate| gate.branch_policy = BranchPolicy::Custom(patterns));
}

fn rule(world: &mut World, target: Target, include: &str, rule: Rule) {
    let id = world.next_id();
    world.rulesets.push(Ruleset {
        id,
        name: "house rules".into(),
        target,
        include: vec![include.into()],
        rules: vec![rule],
        bypass: Vec::new(),
    });
}

fn faults() -> Vec<Fault> {
    vec![
        fault("archived", |world| world.repository.archived = true, "will-fail writable", "is archived"),
        fault("without issues", |world| world.repository.has_issues = false, "will-fail issues", "no issues"),
        fault("policy with a misspelled key", |world| policy(world, "gatess: {}\n"), "will-fail policy", "gatess"),
        fault(
            "policy that is no YAML",
            |world| {
                world.push_file(".github/rollback.yml", "roles: [", "Break").unwrap();
            },
            "will-fail policy",
            "is not YAML",
        ),
        fault(
            "gate deleted",
            |world| {
                world.environments.remove(GATE);
            },
            "will-fail gate-exists",
            "`rollback-scope-assessed` does not exist",
        ),
        fault(
            "gate without reviewers",
            |world| gate(world, |gate| gate.reviewers.clear()),
            "will-fail gate-closed",
            "no required reviewers",
        ),
        fault(
            "gate takes every branch",
            |world| gate(world, |gate| gate.branch_policy = BranchPolicy::All),
            "will-fail gate-branches",
            "takes every branch",
        ),
        fault("gate takes another branch too", |world| takes(world, &["main", "feature/*"]), "will-fail gate-branches", "`feature/*`"),
        fault(
            "gate does not take the default branch",
            |world| takes(world, &["master"]),
            "will-fail gate-branches",
            "does not take `main`",
        ),
        fault("gate takes no branch", |world| takes(world, &[]), "will-fail gate-branches", "no branch at all"),
        fault(
            "gate takes protected branches, and none is",
            |world| gate(world, |gate| gate.branch_policy = BranchPolicy::Protected),
            "will-fail gate-branches",
            "is not protected",
        ),
        fault(
            "self-review",
            |world| gate(world, |gate| gate.prevent_self_review = false),
            "will-fail gate-self-review",
            "approve what they started",
        ),
        fault(
            "administrators' bypass",
            |world| gate(world, |gate| gate.can_admins_bypass = true),
            "will-fail gate-bypass",
            "without a review",
        ),
        fault("bypass not shown", |world| world.environments.shows_admin_bypass = false, "unknown gate-bypass", "does not say"),
        fault(
            "a stranger reviews",
            |world| {
                world.add_person("stranger", Role::Write);
                gate(world, |gate| gate.reviewers.push(Reviewer::User("stranger".into())));
            },
            "will-fail gate-reviewers",
            "`stranger`",
        ),
        fault(
            "nobody of the role reviews",
            |world| {
                world.add_person("stranger", Role::Write);
                gate(world, |gate| gate.reviewers = vec![Reviewer::User("stranger".into())]);
            },
            "will-fail gate-reviewers",
            "nobody of `product-owner`",
        ),
        fault(
            "one of the role is not asked",
            |world| {
                world.add_person("third", Role::Write);
                people(world, &ROLES.replace("second-lead", "second-lead, third"), "");
            },
            "note gate-reviewers",
            "`third` of `technical-lead`",
        ),
        fault(
            "account renamed",
            |world| {
                world.people.remove("owner-login");
            },
            "will-fail people",
            "no account",
        ),
        fault(
            "person left",
            |world| world.people.get_mut("owner-login").unwrap().role = Role::None,
            "will-fail people",
            "no collaborator any more",
        ),
        fault(
            "person left a private repository",
            |world| {
                world.repository.private = true;
                world.people.get_mut("owner-login").unwrap().role = Role::None;
            },
            "will-fail people",
            "cannot read the repository",
        ),
        fault(
            "an app in a role",
            |world| people(world, &ROLES.replace("second-owner", "\"helper[bot]\""), ""),
            "will-fail policy",
            "is an app",
        ),
        fault(
            "everything hangs on one person",
            |world| people(world, &ROLES.replace("owner-login, second-owner", "lead-login").replace(", second-lead", ""), ""),
            "will-fail policy",
            "only 1 person could approve",
        ),
        fault(
            "too few people are asked",
            |world| {
                policy(world, "approvals: { minimum-people: 3 }\n");
                let names: Vec<String> = world.environments.iter().map(|environment| environment.name.clone()).collect();
                for name in names {
                    world.environments.get_mut(&name).unwrap().reviewers.truncate(1);
                }
            },
            "will-fail minimum-people",
            "2 different people can answer",
        ),
        fault(
            "too few people are left",
            |world| {
                policy(world, "approvals: { minimum-people: 4 }\n");
                world.people.get_mut("second-owner").unwrap().role = Role::None;
            },
            "will-fail minimum-people",
            "3 different people can answer",
        ),
        fault(
            "team whose members are hidden",
            |world| people(world, &ROLES.replace("users: [owner-login, second-owner]", "teams: [product]"), ""),
            "unknown people",
            "team `product`",
        ),
        fault(
            "no workflow calls the rollback",
            |world| workflow(world, "rollback", "on: workflow_dispatch\njobs: {}\n"),
            "will-fail rollback-workflow",
            "no workflow on `main`",
        ),
        fault("broken workflow file", |world| workflow(world, "rollback", "on: [\n"), "will-fail rollback-workflow", "cannot be read"),
        fault(
            "cannot be started by hand",
            |world| {
                workflow(
                    world,
                    "rollback",
                    &CALLER.replace("  workflow_dispatch:\n", "  workflow_call:\n").replace("on:\n", "on:\n  push:\n"),
                )
            },
            "will-fail dispatch",
            "cannot be started by hand",
        ),
        fault(
            "input missing",
            |world| workflow(world, "rollback", &CALLER.replace("      reason: {", "      why: {")),
            "will-fail dispatch",
            "no input `reason`",
        ),
        fault(
            "one more required input",
            |world| {
                workflow(
                    world,
                    "rollback",
                    &CALLER.replace("      good: { ", "      ticket: { description: Ticket, required: true }\n      good: { "),
                )
            },
            "will-fail dispatch",
            "asks for `ticket`",
        ),
        fault(
            "input not passed on",
            |world| workflow(world, "rollback", &CALLER.replace("reason: \"${{ inputs.reason }}\", ", "")),
            "will-fail dispatch",
            "does not pass `reason`",
        ),
        fault(
            "permission missing",
            |world| workflow(world, "rollback", &CALLER.replace("contents: write", "contents: read")),
            "will-fail permissions",
            "`contents`",
        ),
        fault(
            "lock around the gates",
            |world| workflow(world, "rollback", &CALLER.replace("permissions: {}\n", "permissions: {}\nconcurrency: rollback\n")),
            "will-fail concurrency",
            "30 days",
        ),
        fault(
            "started by strangers",
            |world| workflow(world, "rollback", &CALLER.replace("on:\n", "on:\n  pull_request_target:\n")),
            "will-fail triggers",
            "`pull_request_target`",
        ),
        fault(
            "switched off",
            |world| {
                let path = ".github/workflows/rollback.yml".to_owned();
                world.runs.states.insert(path, github_simulator::workflows::WorkflowState::DisabledManually);
            },
            "will-fail enabled",
            "disabled_manually",
        ),
        fault(
            "schedule asleep",
            |world| {
                let path = ".github/workflows/rollback-doctor.yml".to_owned();
                world.runs.states.insert(path, github_simulator::workflows::WorkflowState::DisabledInactivity);
            },
            "will-fail enabled",
            "disabled_inactivity",
        ),
        fault(
            "schedule late",
            |world| {
                for run in world.runs.runs.values_mut() {
                    run.created_at -= chrono::TimeDelta::days(20);
                }
            },
            "will-fail schedule",
            "last ran",
        ),
        fault("schedule never ran", |world| world.runs.runs.clear(), "will-fail schedule", "never ran"),
        fault(
            "nothing finishes",
            |world| workflow(world, "rollback-finish", "on: push\njobs: {}\n"),
            "will-fail finish-workflow",
            "nothing would be tagged",
        ),
        fault(
            "release workflow missing",
            |world| policy(world, "release: { workflow: publish.yml }\n"),
            "will-fail release-workflow",
            "`release: workflow: publish.yml`",
        ),
        fault(
            "release workflow cannot be dispatched",
            |world| {
                workflow(world, "publish", "on: push\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
            },
            "will-fail release-workflow",
            "cannot be dispatched",
        ),
        fault(
            "release workflow asks for more",
            |world| {
                workflow(world, "publish", "on: { workflow_dispatch: { inputs: { tag: { required: true } } } }\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
            },
            "will-fail release-workflow",
            "asks for `tag`",
        ),
        seen_by_administrator(fault(
            "bots may not open pull requests",
            |world| world.repository.allow_bots_to_open_prs = false,
            "will-fail bots-open-pulls",
            "may not open",
        )),
        fault(
            "a branch in the way",
            |world| {
                let head = world.default_head();
                world.git.set_ref("refs/heads/rollback", head.as_deref()).unwrap();
            },
            "will-fail branch-free",
            "`rollback/v0.1.0`",
        ),
        fault(
            "a branch left over",
            |world| {
                let head = world.default_head();
                world.git.set_ref("refs/heads/rollback/v0.1.0", head.as_deref()).unwrap();
            },
            "will-fail branch-free",
            "left over",
        ),
        fault(
            "branches may not be made",
            |world| rule(world, Target::Branch, "rollback/*", Rule::Creation),
            "will-fail branch-rules",
            "`rollback/v0.1.0`",
        ),
        fault(
            "checks before a branch is made",
            |world| rule(world, Target::Branch, "~ALL", Rule::RequiredStatusChecks(vec!["build".into()])),
            "will-fail branch-rules",
            "`build`",
        ),
        fault(
            "nobody may update the default branch",
            |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::Update),
            "will-fail merge-rules",
            "bypass list",
        ),
        fault(
            "direct delivery past a pull request rule",
            |world| {
                rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::PullRequest { approvals: 1 });
                policy(world, "delivery: direct\n");
            },
            "will-fail merge-rules",
            "by pull request only",
        ),
        fault(
            "direct delivery past the merge queue",
            |world| {
                rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::MergeQueue);
                policy(world, "delivery: direct\n");
            },
            "will-fail merge-rules",
            "merge queue",
        ),
        fault("merge queue", |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::MergeQueue), "note merge-rules", "merge queue"),
        fault(
            "required checks on a bot's pull request",
            |world| rule(world, Target::Branch, "~DEFAULT_BRANCH", Rule::RequiredStatusChecks(vec!["build".into()])),
            "note merge-rules",
            "Approve workflows to run",
        ),
        fault("signed commits", |world| rule(world, Target::Branch, "~ALL", Rule::RequiredSignatures), "note branch-rules", "signed"),
        fault(
            "tags may not be made",
            |world| rule(world, Target::Tag, "refs/tags/v*", Rule::Creation),
            "will-fail tag-rules",
            "`house rules`",
        ),
        fault("no release", |world| world.releases.clear(), "will-fail release", "no published release"),
        fault(
            "only drafts",
            |world| world.releases.values_mut().for_each(|release| release.draft = true),
            "will-fail release",
            "no published release",
        ),
        fault(
            "first release",
            |world| world.releases.retain(|_, release| release.tag_name == "v0.1.0"),
            "will-fail last-known-good",
            "no release before v0.1.0",
        ),
        fault(
            "earlier ones are prereleases",
            |world| {
                world.releases.values_mut().filter(|release| release.tag_name != "v0.1.0").for_each(|release| release.prerelease = true)
            },
            "will-fail last-known-good",
            "prereleases",
        ),
        fault(
            "notes too long",
            |world| world.releases.values_mut().for_each(|release| release.body = Some("x".repeat(124_990))),
            "will-fail release-notes",
            "124990 bytes",
        ),
        fault(
            "manifest that is not there",
            |world| {
                policy(
                    world,
                    "packages:\n  - name: entity-core\n    registry: pypi\n    manifests: [{ path: version.txt, locator: version }]\n",
                )
            },
            "will-fail plan",
            "version.txt",
        ),
        fault(
            "tag template that fits nothing",
            |world| policy(world, "packages:\n  - { name: entity-core, registry: pypi, tag: \"entity-core-v{version}\" }\n"),
            "will-fail tag-template",
            "entity-core-v{version}",
        ),
        fault("label missing", |world| world.labels.clear(), "note labels", "`rollback`"),
        fault(
            "immutable releases and a workflow that adds files",
            |world| {
                workflow(world, "publish", "on: workflow_dispatch\njobs: {}\n");
                policy(world, "release: { workflow: publish.yml }\n");
                world.releases.values_mut().for_each(|release| release.immutable = true);
            },
            "note immutable-releases",
            "`publish.yml`",
        ),
        fault(
            "token that may not read Actions",
            |world| {
                world.quirks.public_is_readable = false;
                world.add_actions_token("job", &[("contents", "read"), ("issues", "read")]);
            },
            "unknown gate-exists",
            "cannot be read",
        ),
    ]
}

#[test]
fn every_planted_fault_is_found() {
    let made = example().unwrap();
    drop(healthy(&made));
    let faults = faults();
    // Most of the time goes to waiting for git, so several worlds are looked at side by side.
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let share = faults.len().div_ceil(4);
        let parts: Vec<_> = faults
            .chunks(share)
            .map(|part| scope.spawn(|| part.iter().filter_map(|fault| missed(&made, fault)).collect::<Vec<_>>()))
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with the answer to one planted fault, if anything.
fn missed(made: &Made, fault: &Fault) -> Option<String> {
    let stage = healthy(made);
    (fault.plant)(&mut stage.lock());
    let token = match fault.by {
        By::Job => "job",
        By::Administrator => ADMINISTRATOR,
    };
    let (exit, bad) = found(&stage, token);
    let hit = bad.iter().any(|(what, sentence)| what == fault.found && sentence.contains(fault.says));
    let wanted = if bad.iter().any(|(what, _)| what.starts_with("will-fail")) { Exit::Incomplete } else { Exit::Done };
    (!hit || exit != wanted)
        .then(|| format!("{}: wanted {} saying {:?}, exit {exit:?}; found {bad:#?}", fault.name, fault.found, fault.says))
}

#[test]
fn the_planted_faults_are_many_and_touch_every_check() {
    let names: BTreeSet<&str> = faults().iter().map(|fault| fault.name).collect();
    assert_eq!(names.len(), faults().len());
    assert!(names.len() >= 50, "{}", names.len());
    let checks: BTreeSet<&str> = faults().iter().filter_map(|fault| fault.found.split(' ').nth(1)).collect();
    assert_eq!(checks.len(), 32, "{checks:?}");
}

#[test]
fn one_issue_is_opened_when_something_rots_then_refreshed_and_never_closed() {
    let made = example().unwrap();
    let stage = healthy(&made);
    let looking = Doctor { open_issue: true, ..Doctor::default() };
    let issues = |stage: &Stage| -> Vec<(u64, bool, String)> {
        stage.lock().issues.values().map(|issue| (issue.number, issue.open, issue.body.clone().unwrap_or_default())).collect()
    };
    assert_eq!(examined(&stage, "job", &looking).exit, Exit::Done);
    assert_eq!(issues(&stage), []);
    gate(&mut stage.lock(), |gate| gate.reviewers.clear());
    assert_eq!(examined(&stage, "job", &looking).exit, Exit::Incomplete);
    let first = issues(&stage);
    let [(number, true, body)] = first.as_slice() else { panic!() };
    assert!(body.starts_with("<!-- rollback-action:doctor -->\n") && body.contains("no required reviewers"), "{body}");
    let before = stage.lock().log.len();
    assert_eq!(examined(&stage, "job", &looking).exit, Exit::Incomplete);
    let writes = stage.lock().log.iter().skip(before).filter(|entry| entry.method != "GET" && entry.path != "/graphql").count();
    assert_eq!((writes, issues(&stage).len()), (0, 1), "nothing changed, so nothing is written");
    gate(&mut stage.lock(), |gate| gate.prevent_self_review = false);
    takes(&mut stage.lock(), &["main", "x"]);
    examined(&stage, "job", &looking);
    let second = issues(&stage);
    let [(again, true, body)] = second.as_slice() else { panic!() };
    assert!(again == number && body.contains("takes `x` too"), "{body}");
    gate(&mut stage.lock(), |gate| {
        gate.reviewers = ["owner-login", "second-owner"].map(|login| Reviewer::User(login.into())).to_vec();
        gate.prevent_self_review = true;
    });
    takes(&mut stage.lock(), &["main"]);
    assert_eq!(examined(&stage, "job", &looking).exit, Exit::Done);
    let third = issues(&stage);
    let [(_, true, body)] = third.as_slice() else { panic!() };
    assert!(body.contains("can be closed"), "{body}");
}

#[test]
fn a_token_that_is_not_taken_ends_the_look_with_what_helps() {
    let made = example().unwrap();
    let stage = healthy(&made);
    let ended = examined(&stage, "wrong", &Doctor::default());
    assert_eq!(ended.exit, Exit::Failed);
    assert!(ended.problems[0].hint.as_deref().unwrap().contains("GITHUB_TOKEN"), "{:?}", ended.problems);
}

#[test]
fn the_table_has_the_worst_first_with_the_command_that_mends_it() {
    let made = example().unwrap();
    let stage = healthy(&made);
    {
        let mut world = stage.lock();
        world.environments.remove(GATE);
        world.labels.clear();
    }
    let ended = examined(&stage, "job", &Doctor::default());
    let head: Vec<&str> = ended.text.lines().take(12).collect();
    insta::assert_snapshot!(head.join("\n"), @r#"
    acme/entity-core: 1 thing would stop a rollback, 1 thing cannot be known with this token, 2 to know, 29 ok

      will fail         the environment `rollback-scope-assessed` does not exist; GitHub would create it open
                        → an administrator creates it closed, or `rollback-action init --environments` does
                          gh api -X PUT repos/acme/entity-core/environments/rollback-scope-assessed -F prevent_self_review=true -F can_admins_bypass=false -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api users/owner-login --jq .id)" -F 'reviewers[][type]=User' -F "reviewers[][id]=$(gh api users/second-owner --jq .id)" -F 'deployment_branch_policy[protected_branches]=false' -F 'deployment_branch_policy[custom_branch_policies]=true'
                          gh api -X POST repos/acme/entity-core/environments/rollback-scope-assessed/deployment-branch-policies -f name=main
      cannot be known   whether Actions may open pull requests is shown to administrators only (this token may not read it)
                        → run `rollback-action doctor` once with an administrator's token in `GITHUB_TOKEN`
      to know           the workflow files changed since v0.0.12; a rollback keeps those of `main`, which must still build the old content
      to know           there is no label `rollback`; GitHub usually makes it when it is first used
                        → make it
                          gh label create rollback --repo acme/entity-core
    "#);
    assert!(ended.summary.contains("### Will fail") && ended.summary.contains("gh api -X PUT"), "{}", ended.summary);
}

#[test]
fn names_from_outside_cannot_change_the_summary() {
    let made = example().unwrap();
    let stage = healthy(&made);
    takes(&mut stage.lock(), &["main", "x</details>@everyone `a` [l](https://evil.example) ::error::"]);
    let ended = examined(&stage, "job", &Doctor::default());
    let events: Vec<pulldown_cmark::Event<'_>> = pulldown_cmark::Parser::new(&ended.summary).collect();
    let html: Vec<&str> = events
        .iter()
        .filter_map(|event| match event {
            pulldown_cmark::Event::Html(html) | pulldown_cmark::Event::InlineHtml(html) => Some(html.trim()),
            _ => None,
        })
        .collect();
    assert!(html.iter().all(|html| html.starts_with("<details><summary>") || *html == "</details>") && html.len() <= 2, "{html:?}");
    assert!(
        !events.iter().any(|event| matches!(event, pulldown_cmark::Event::Start(pulldown_cmark::Tag::Link { .. }))),
        "{}",
        ended.summary
    );
    let mentions = events.iter().any(|event| matches!(event, pulldown_cmark::Event::Text(text) if text.contains("@everyone")));
    assert!(!mentions, "{}", ended.summary);
    for line in ended.text.lines() {
        assert!(!line.trim_start().starts_with("::"), "{line}");
    }
}

#[test]
fn a_copy_of_the_reusable_workflow_counts_as_the_rollback() {
    let made = example().unwrap();
    let stage = healthy(&made);
    {
        let mut world = stage.lock();
        workflow(&mut world, "copied", include_str!("../.github/workflows/rollback.yml"));
        let caller = CALLER.replace("org/rollback-action/.github/workflows/rollback.yml@v1", "./.github/workflows/copied.yml");
        workflow(&mut world, "rollback", &caller);
    }
    let (exit, bad) = found(&stage, ADMINISTRATOR);
    assert_eq!(bad.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), [ALWAYS], "{bad:#?}");
    assert_eq!(exit, Exit::Done);
    workflow(
        &mut stage.lock(),
        "rollback",
        &CALLER
            .replace("org/rollback-action/.github/workflows/rollback.yml@v1", "./.github/workflows/copied.yml")
            .replace("issues: write", "issues: read"),
    );
    let (_, bad) = found(&stage, ADMINISTRATOR);
    assert!(bad.iter().any(|(what, sentence)| what == "will-fail permissions" && sentence.contains("`issues`")), "{bad:#?}");
}

#[test]
fn every_check_is_explained_in_the_document() {
    let document = include_str!("../docs/doctor.md");
    let made = example().unwrap();
    let ended = examined(&healthy(&made), ADMINISTRATOR, &Doctor { format: Format::Json, ..Doctor::default() });
    let shown: Value = serde_json::from_str(&ended.text).unwrap();
    let seen: BTreeSet<String> =
        shown["findings"].as_array().unwrap().iter().map(|finding| finding["check"].as_str().unwrap().to_owned()).collect();
    let planted = faults().iter().filter_map(|fault| fault.found.split(' ').nth(1)).map(str::to_owned).collect();
    for check in seen.union(&planted) {
        assert!(document.contains(&format!("| `{check}` |")), "docs/doctor.md does not explain `{check}`");
    }
}
