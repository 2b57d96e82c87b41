//! `doctor` finds nothing on a healthy repository, and every fault that is planted.

mod faults;

use std::collections::BTreeSet;
use std::sync::Arc;

use github_simulator::World;
use github_simulator::environments::Reviewer;
use github_simulator::world::{Label, Role};
use rollback_action::commands::{Connection, Doctor, Ended, Exit, Format, Made, Place, Stage, StageOptions, doctor, example};
use rollback_action::github::Token;
use rollback_action::runner::Environment;
use serde_json::Value;

use crate::secrets::{Searched, assert_no_token_was_sent};
use faults::{GATE, faults, gate, policy, takes, workflow};

const CALLER: &str = include_str!("../examples/rollback.yml");
const FINISH: &str = include_str!("../examples/finish.yml");
const DOCTOR: &str = include_str!("../src/init/doctor.yml");
/// Two people in each role, so that any of them may ask for a rollback.
const ROLES: &str =
    "version: 1\nroles:\n  technical-lead: { users: [lead-login, second-lead] }\n  product-owner: { users: [owner-login, second-owner] }\n";
/// Tokens, so that each can be told from its owner's name where it is looked for.
const ADMINISTRATOR: &str = "sim-token-administrator";
pub(crate) const JOB: &str = "sim-token-job";
/// What the doctor's own job is granted.
const GRANTS: &[(&str, &str)] = &[("actions", "read"), ("contents", "read"), ("issues", "write"), ("pull-requests", "read")];

/// A repository in which a rollback would work.
fn healthy(made: &Made) -> Searched {
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
        world.add_person("the-administrator", Role::Admin);
        world.add_user_token(ADMINISTRATOR, "the-administrator");
        world.add_actions_token(JOB, GRANTS);
    }
    Searched(stage)
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
    assert_no_token_was_sent(stage, before, &[format!("{ended:?}")]);
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
    let (exit, bad) = found(&stage, JOB);
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
fn a_repository_with_gates_at_every_stage_and_a_glass_has_nothing_that_would_fail() {
    let made = example().unwrap();
    let stage = healthy(&made);
    {
        let mut world = stage.lock();
        let gates: String = ["finish", "close", "re-release"]
            .map(|stage| format!("  before-{stage}: {{ question: Is it?, roles: [product-owner], stage: {stage} }}\n"))
            .concat();
        policy(&mut world, &format!("gates:\n{gates}break-glass: {{ roles: [technical-lead] }}\n"));
        let like = world.environments.get(GATE).unwrap().clone();
        for name in ["rollback-before-finish", "rollback-before-close", "rollback-before-re-release"] {
            world.ensure_environment(name);
            let environment = world.environments.get_mut(name).unwrap();
            let (id, name) = (environment.id, environment.name.clone());
            *environment = github_simulator::environments::Environment { id, name, ..like.clone() };
        }
        let button = CALLER.replace("permissions: {}\n", "      break-glass: {}\n      break-glass-reason: {}\npermissions: {}\n").replace(
            "with: { ",
            "with: { break-glass: \"${{ inputs.break-glass }}\", break-glass-reason: \"${{ inputs.break-glass-reason }}\", ",
        );
        let publish = "on: { push: { tags: [v*] } }\njobs:\n  publish:\n    permissions: { actions: read, contents: read, pull-requests: read }\n    steps:\n      - uses: org/rollback-action@v1\n        with: { command: guard, tag: x }\n";
        let files = [
            ("rollback", button.as_str()),
            ("rollback-close", include_str!("../src/init/close.yml")),
            ("rollback-re-release", include_str!("../src/init/re-release.yml")),
            ("publish", publish),
        ];
        files.iter().for_each(|(name, text)| workflow(&mut world, name, text));
    }
    let (exit, bad) = found(&stage, ADMINISTRATOR);
    assert_eq!(bad.iter().map(|(what, _)| what.as_str()).collect::<Vec<_>>(), [ALWAYS], "{bad:#?}");
    assert_eq!(exit, Exit::Done);
}

#[test]
fn what_cannot_be_known_counts_only_when_asked() {
    let made = example().unwrap();
    let stage = healthy(&made);
    assert_eq!(examined(&stage, JOB, &Doctor { strict: true, ..Doctor::default() }).exit, Exit::Failed);
    assert_eq!(examined(&stage, ADMINISTRATOR, &Doctor { strict: true, ..Doctor::default() }).exit, Exit::Done);
}

#[test]
fn one_issue_is_opened_when_something_rots_then_refreshed_and_never_closed() {
    let made = example().unwrap();
    let stage = healthy(&made);
    let looking = Doctor { open_issue: true, ..Doctor::default() };
    let issues = |stage: &Stage| -> Vec<(u64, bool, String)> {
        stage.lock().issues.values().map(|issue| (issue.number, issue.open, issue.body.clone().unwrap_or_default())).collect()
    };
    assert_eq!(examined(&stage, JOB, &looking).exit, Exit::Done);
    assert_eq!(issues(&stage), []);
    gate(&mut stage.lock(), |gate| gate.reviewers.clear());
    assert_eq!(examined(&stage, JOB, &looking).exit, Exit::Incomplete);
    let first = issues(&stage);
    let [(number, true, body)] = first.as_slice() else { panic!() };
    assert!(body.starts_with("<!-- rollback-action:doctor -->\n") && body.contains("no required reviewers"), "{body}");
    let before = stage.lock().log.len();
    assert_eq!(examined(&stage, JOB, &looking).exit, Exit::Incomplete);
    let writes = stage.lock().log.iter().skip(before).filter(|entry| entry.method != "GET" && entry.path != "/graphql").count();
    assert_eq!((writes, issues(&stage).len()), (0, 1), "nothing changed, so nothing is written");
    gate(&mut stage.lock(), |gate| gate.prevent_self_review = false);
    takes(&mut stage.lock(), &["main", "x"]);
    examined(&stage, JOB, &looking);
    let second = issues(&stage);
    let [(again, true, body)] = second.as_slice() else { panic!() };
    assert!(again == number && body.contains("takes `x` too"), "{body}");
    gate(&mut stage.lock(), |gate| {
        gate.reviewers = ["owner-login", "second-owner"].map(|login| Reviewer::User(login.into())).to_vec();
        gate.prevent_self_review = true;
    });
    takes(&mut stage.lock(), &["main"]);
    assert_eq!(examined(&stage, JOB, &looking).exit, Exit::Done);
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
    let ended = examined(&stage, JOB, &Doctor::default());
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
    let ended = examined(&stage, JOB, &Doctor::default());
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
