//! What wrong input and a refusing GitHub get: a sentence with the thing, the place and the remedy, a documented exit
//! code, and nothing written.

use std::path::Path;

use github_simulator::environments::{BranchPolicy, Reviewer};
use github_simulator::faults::When;
use github_simulator::world::Role;
use github_simulator::{Fault, World};
use rollback_action::commands::{Ended, Execute, Exit, REQUESTER, Rehearse, StageOptions, rehearse};

use crate::scenario::{Scenario, output};

/// Asserts how a command ended and what it said, and that it wrote nothing.
#[track_caller]
fn check(scenario: &Scenario, ended: &Ended, exit: Exit, said: &str) {
    let lines: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
    assert_eq!(short(lines.join("\n").trim_end()), said);
    assert_eq!(ended.exit, exit);
    let written = scenario.writes_after(0).into_iter().filter(|line| !line.contains("/pending_deployments "));
    assert_eq!(written.collect::<Vec<_>>(), [""; 0]);
}

/// The digests of plans change with every word of a policy's defaults.
fn short(text: &str) -> String {
    let is_digest = |word: &str| {
        word.len() == 14 && word.trim_matches('`').len() == 12 && word.trim_matches('`').bytes().all(|b| b.is_ascii_hexdigit())
    };
    let word = |word: &str| match word.trim_end_matches(',') {
        digest if is_digest(digest) => word.replace(digest, "`PLAN`"),
        _ => word.to_owned(),
    };
    text.split('\n').map(|line| line.split(' ').map(word).collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join("\n")
}

/// Asserts that each problem is about a gate and says this, in this order, and that nothing was written.
#[track_caller]
fn gates_say(scenario: &Scenario, ended: &Ended, wanted: &[(&str, &str)]) {
    assert_eq!(ended.exit, Exit::Gates);
    assert_eq!(ended.problems.len(), wanted.len(), "{:?}", ended.problems);
    for (problem, (gate, said)) in ended.problems.iter().zip(wanted) {
        assert!(problem.error.contains(gate) && problem.error.contains(said), "{problem}");
    }
    let written = scenario.writes_after(0).into_iter().filter(|line| !line.contains("/pending_deployments "));
    assert_eq!(written.collect::<Vec<_>>(), [""; 0]);
}

#[track_caller]
fn plan_says(scenario: &Scenario, exit: Exit, said: &str) {
    check(scenario, &scenario.plan(), exit, said);
}

fn asking(change: impl FnOnce(&mut rollback_action::commands::PlanArguments)) -> Scenario {
    Scenario::new().asking(change)
}

fn with_policy(text: &str) -> Scenario {
    let scenario = Scenario::new();
    scenario.world(|world| world.push_file(".github/rollback.yml", text, "Change the policy").unwrap());
    scenario
}

fn release<T>(world: &mut World, tag: &str, change: impl FnOnce(&mut github_simulator::world::Release) -> T) -> T {
    change(world.releases.values_mut().find(|release| release.tag_name == tag).unwrap())
}

/// Everything approved, the log empty.
fn approved() -> (Scenario, String) {
    let scenario = Scenario::new();
    let document = scenario.planned();
    scenario.approve_all(&document);
    scenario.world(|world| world.log.clear());
    (scenario, document)
}

#[test]
fn an_unknown_tag_is_refused_with_the_nearest_names() {
    plan_says(
        &asking(|asked| asked.bad = "0.1.0".into()),
        Exit::Refused,
        "error: `acme/entity-core` has no tag `0.1.0`\nhint: did you mean `v0.1.0`?",
    );
    plan_says(
        &asking(|asked| asked.bad = "v0.1".into()),
        Exit::Refused,
        "error: `acme/entity-core` has no tag `v0.1`\nhint: did you mean `v0.1.0`, `v0.0.11` or `v0.0.12`?",
    );
}

#[test]
fn a_text_that_is_no_tag_is_a_wrong_command_line() {
    plan_says(
        &asking(|asked| asked.bad = "-v0.1.0".into()),
        Exit::Usage,
        "error: `-v0.1.0` is not a tag: it starts with `-`\nhint: see `--bad`",
    );
}

#[test]
fn an_empty_reason_is_a_wrong_command_line() {
    plan_says(
        &asking(|asked| asked.reason = "  \n".into()),
        Exit::Usage,
        "error: the reason is empty\nhint: say with `--reason` what happened, in a sentence for the people who approve",
    );
}

#[test]
fn without_any_release_a_good_ref_must_be_named() {
    let scenario = Scenario::new();
    scenario.world(|world| world.releases.clear());
    plan_says(
        &scenario,
        Exit::Refused,
        "error: `acme/entity-core` has no releases\nhint: name the release or tag to return to with `--good`",
    );
}

#[test]
fn without_an_older_release_a_good_ref_must_be_named() {
    let scenario = asking(|asked| asked.bad = "v0.0.11".into());
    plan_says(
        &scenario,
        Exit::Refused,
        "error: no published release before v0.0.11 could be the last known good one (drafts, prereleases and releases rolled back before do not count)\nhint: name the release or tag to return to with `--good`",
    );
}

#[test]
fn a_good_ref_that_does_not_exist_is_refused_with_the_nearest_names() {
    plan_says(
        &asking(|asked| asked.good = Some("v0.0.21".into())),
        Exit::Refused,
        "error: there is no ref `v0.0.21` to return to (`--good`)\nhint: did you mean `v0.0.12`, `v0.0.11` or `v0.1.0`?",
    );
    plan_says(
        &asking(|asked| asked.good = Some("no such ref".into())),
        Exit::Refused,
        "error: `no such ref` cannot be the name of a ref (`--good`)\nhint: name a tag, a branch or a full sha",
    );
}

#[test]
fn a_rollback_goes_to_an_older_release_only() {
    let swapped = asking(|asked| {
        asked.bad = "v0.0.12".into();
        asked.good = Some("v0.1.0".into());
    });
    plan_says(
        &swapped,
        Exit::Refused,
        "error: the rollback window is over: the release is 42 d 13 h old, the window is 48 h\nhint: Post-mortem, hotfix only (Engineering Team): release a hotfix with the procedure's option 3, or lengthen `window` in the policy\nerror: the bad release 0.0.12 is not newer than the good one 0.1.0\nhint: check `--bad` and `--good`; a rollback goes to an older release",
    );
    let same = asking(|asked| asked.good = Some("v0.1.0".into()));
    plan_says(
        &same,
        Exit::Refused,
        "error: the bad release 0.1.0 is not newer than the good one 0.1.0\nhint: check `--bad` and `--good`; a rollback goes to an older release",
    );
}

#[test]
fn a_class_that_is_not_critical_and_an_unknown_trigger_are_refused() {
    plan_says(
        &asking(|asked| asked.trigger = "documentation".into()),
        Exit::Refused,
        "error: `documentation` (Documentation gaps or typos) is not a reason to roll back\nhint: help the users affected, or release a fix; critical triggers are `import-failures`, `data-corruption`, `performance-regression`, `security` and `dependency-conflict`",
    );
    plan_says(
        &asking(|asked| asked.trigger = "import-failure".into()),
        Exit::Refused,
        "error: the policy has no trigger `import-failure`\nhint: did you mean `import-failures`? critical triggers are `import-failures`, `data-corruption`, `performance-regression`, `security` and `dependency-conflict`",
    );
}

#[test]
fn after_the_window_only_a_hotfix_is_left() {
    let scenario = Scenario::new();
    scenario.world(|world| world.clock.advance(chrono::Duration::hours(40)));
    plan_says(
        &scenario,
        Exit::Refused,
        "error: the rollback window is over: the release is 53 h 0 min old, the window is 48 h\nhint: Post-mortem, hotfix only (Engineering Team): release a hotfix with the procedure's option 3, or lengthen `window` in the policy",
    );
}

#[test]
fn equal_trees_are_nothing_to_do() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let good = world.git.reference("refs/tags/v0.0.12").and_then(|tag| world.git.peel(tag)).unwrap();
        world.git.set_ref("refs/heads/main", Some(&good)).unwrap();
    });
    let ended = scenario.plan();
    assert_eq!((ended.exit, ended.text.as_str()), (Exit::Nothing, "`main` already has the content of v0.0.12; nothing to roll back\n"));
    check(&scenario, &ended, Exit::Nothing, "");
}

#[test]
fn a_rollback_that_is_open_already_is_named() {
    let (scenario, document) = approved();
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.world(|world| world.log.clear());
    plan_says(
        &scenario,
        Exit::Refused,
        "error: a rollback of v0.1.0 is already open: pull request #1\nhint: see https://github.com/acme/entity-core/pull/1; merge it, or close it and delete its branch to plan anew",
    );
}

#[test]
fn a_missing_policy_is_shown_in_its_smallest_form() {
    let scenario = Scenario::new();
    scenario.world(|world| remove(world, ".github/rollback.yml"));
    plan_says(
        &scenario,
        Exit::Refused,
        "error: there is no policy: `.github/rollback.yml` is not on the default branch\nhint: write one with `rollback-action init`, or give one with `--config`; the smallest is:\nversion: 1\nroles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }",
    );
}

/// Takes a file off the default branch.
fn remove(world: &mut World, path: &str) {
    let index = world.git.path().join("test-index").to_string_lossy().into_owned();
    let head = world.default_head().unwrap();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new("git")
            .arg("--git-dir")
            .arg(world.git.path())
            .args(arguments)
            .env("GIT_INDEX_FILE", &index)
            .env("GIT_WORK_TREE", world.git.path())
            .envs([
                ("GIT_AUTHOR_NAME", "a"),
                ("GIT_AUTHOR_EMAIL", "a@b.example"),
                ("GIT_COMMITTER_NAME", "a"),
                ("GIT_COMMITTER_EMAIL", "a@b.example"),
            ])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    run(&["read-tree", &head]);
    run(&["update-index", "--force-remove", path]);
    let tree = run(&["write-tree"]);
    let commit = run(&["commit-tree", &tree, "-p", &head, "-m", "Remove a file"]);
    let name = world.repository.default_ref();
    world.git.set_ref(&name, Some(&commit)).unwrap();
}

#[test]
fn a_malformed_policy_and_an_unknown_key_are_named_with_their_place() {
    plan_says(
        &with_policy("version: 1\nroles: [\n"),
        Exit::Policy,
        "error: .github/rollback.yml:3:1: this is not YAML: while parsing a node, did not find expected node content\n  hint: check the indentation, brackets and quotes of this line and the one above",
    );
    let unknown =
        "version: 1\nroles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\nwindw:\n  hours: 24\n";
    plan_says(
        &with_policy(unknown),
        Exit::Policy,
        "error: .github/rollback.yml:5:1: unknown key `windw`\n   |\n 5 | windw:\n   | ^^^^^\n  hint: did you mean `window`?",
    );
}

#[test]
fn an_empty_repository_is_said_to_be_empty() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let names: Vec<String> = world.git.refs.keys().cloned().collect();
        for name in names {
            world.git.set_ref(&name, None).unwrap();
        }
        world.releases.clear();
    });
    plan_says(
        &scenario,
        Exit::Refused,
        "error: `acme/entity-core` has no commits, so there is nothing to roll back\nhint: check `--repository`",
    );
}

#[test]
fn a_directory_that_is_no_repository_cannot_be_rehearsed_on() {
    let directory = std::env::temp_dir().join(format!("rollback-no-repository-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let said = |path: &Path| {
        let arguments = Rehearse { repo: Some(path.to_owned()), out: directory.join("out"), ..Rehearse::default() };
        let ended = rehearse(&arguments, &|_: &str| {});
        (ended.exit, ended.problems.iter().map(ToString::to_string).collect::<String>().replace(&*path.to_string_lossy(), "PATH"))
    };
    let (plain, missing) = (said(&directory), said(&directory.join("nowhere")));
    assert!(!directory.join("out").exists());
    std::fs::remove_dir_all(&directory).unwrap();
    let hint = "give a full clone that has the release's tag, with `--repo PATH` and `--bad TAG`";
    for ((exit, said), cause) in [(plain, "not a git repository"), (missing, "No such file or directory")] {
        assert_eq!(exit, Exit::Failed);
        assert!(said.starts_with("error: `PATH` is not a git repository: ") && said.contains(cause) && said.ends_with(hint), "{said}");
    }
}

#[test]
fn a_clone_without_releases_cannot_be_rehearsed_on() {
    let made = rollback_action::commands::example().unwrap();
    let tags =
        std::process::Command::new("git").arg("-C").arg(made.path()).args(["tag", "-d", "v0.0.11", "v0.0.12", "v0.1.0"]).output().unwrap();
    assert!(tags.status.success());
    let arguments = Rehearse { repo: Some(made.path().to_owned()), ..Rehearse::default() };
    let ended = rehearse(&arguments, &|_: &str| {});
    let said = ended.problems.iter().map(ToString::to_string).collect::<String>().replace(&*made.path().to_string_lossy(), "PATH");
    let wanted = "error: the clone at `PATH` has no tag that looks like a version\nhint: give a full clone that has the release's tag, with `--repo PATH` and `--bad TAG`";
    assert_eq!((ended.exit, said.as_str()), (Exit::Failed, wanted));
}

#[test]
fn an_api_that_cannot_be_reached_is_named_after_some_tries() {
    let mut scenario = Scenario::new();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    scenario.variables.push(("GITHUB_API_URL".into(), format!("http://127.0.0.1:{port}")));
    let ended = scenario.plan();
    let problem = ended.problems[0].to_string().replace(&port.to_string(), "PORT");
    assert!(problem.starts_with("error: cannot reach GitHub at `http://127.0.0.1:PORT/`: "), "{problem}");
    assert!(problem.ends_with("\nhint: check the address (`--api-url`, `GITHUB_API_URL`), the network and https://www.githubstatus.com; nothing was changed by this request"), "{problem}");
    assert_eq!((ended.exit, ended.problems.len()), (Exit::Failed, 1));
    assert!(!scenario.waits.lock().unwrap().is_empty(), "the waits are said");
}

#[test]
fn a_wrong_token_is_told_from_a_missing_one() {
    let mut scenario = Scenario::new();
    scenario.variables.push(("TOKEN".into(), "ghs_wrong".into()));
    plan_says(
        &scenario,
        Exit::Failed,
        "error: GitHub refused GET `/repos/acme/entity-core` with 401: Bad credentials\nhint: the token is wrong or has expired; in a workflow pass `token: ${{ github.token }}`, elsewhere set `GITHUB_TOKEN`",
    );
}

#[test]
fn a_private_repository_without_access_is_not_found() {
    let mut scenario = Scenario::new();
    scenario.world(|world| {
        world.repository.private = true;
        world.add_person("stranger", Role::None);
        world.add_user_token("sim-stranger", "stranger");
    });
    scenario.variables.push(("TOKEN".into(), "sim-stranger".into()));
    plan_says(
        &scenario,
        Exit::Failed,
        "error: GitHub refused GET `/repos/acme/entity-core` with 404: Not Found\nhint: it does not exist, or is private and the token has no access to it",
    );
}

#[test]
fn a_missing_permission_is_named_as_the_line_to_add() {
    let (mut scenario, document) = approved();
    scenario.world(|world| world.add_actions_token("sim-narrow", &[("contents", "read"), ("actions", "read"), ("pull-requests", "read")]));
    scenario.variables.push(("TOKEN".into(), "sim-narrow".into()));
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.text.contains("add `contents: write` under the job's `permissions:`"), "{}", ended.text);
    assert!(scenario.writes_after(0).iter().all(|line| line.ends_with(" 403")), "{:?}", scenario.writes_after(0));
}

#[test]
fn a_gate_job_that_may_not_read_the_run_names_the_permission() {
    let (mut scenario, document) = approved();
    scenario.world(|world| {
        world.repository.private = true;
        world.add_actions_token("sim-narrow", &[("contents", "read")]);
    });
    scenario.variables.push(("TOKEN".into(), "sim-narrow".into()));
    let ended = scenario.gate("rollback-scope-assessed", &document);
    assert!(matches!(ended.exit, Exit::Failed | Exit::Gates), "{:?}", ended.exit);
    let said = ended.problems.iter().map(ToString::to_string).collect::<String>();
    assert!(said.contains("add `actions: read` under the job's `permissions:`"), "{said}");
    assert_eq!(scenario.writes_after(0), [""; 0]);
    check(
        &scenario,
        &scenario.execute(&document),
        Exit::Failed,
        "error: GitHub refused GET `/repos/acme/entity-core/pulls?state=all&per_page=100&head=acme%3Arollback%2Fv0.1.0` with 403: Resource not accessible by integration\nhint: add `pull-requests: read` under the job's `permissions:`",
    );
}

#[test]
fn bots_that_may_not_open_pull_requests_keep_the_branch_and_go_on() {
    let (scenario, document) = approved();
    scenario.world(|world| world.repository.allow_bots_to_open_prs = false);
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.text.contains("https://github.com/acme/entity-core/compare/main...rollback/v0.1.0?expand=1"), "{}", ended.text);
    scenario.world(|world| {
        assert!(world.git.branch("rollback/v0.1.0").is_some() && world.pulls.is_empty());
        let bad = release(world, "v0.1.0", |release| release.clone());
        assert!(bad.prerelease && bad.body.unwrap().contains("[!CAUTION]"));
    });
}

#[test]
fn a_rate_limit_is_waited_for_aloud_and_then_the_story_goes_on() {
    let (scenario, document) = approved();
    let limited = Fault::status(403, "You have exceeded a secondary rate limit.").header("retry-after", "30");
    scenario.world(|world| world.schedule(When::matching("POST", "/git/refs"), limited));
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Done, "{}", ended.text);
    let waits = scenario.waits.lock().unwrap().clone();
    assert_eq!(waits.len(), 1, "{waits:?}");
    assert!(waits[0].starts_with("GitHub's rate limit for POST /repos/acme/entity-core/git/refs; trying again in 3"), "{waits:?}");
}

#[test]
fn a_rate_limit_that_is_too_long_to_wait_for_stops_with_the_reason() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        world.clock = github_simulator::Clock::Frozen("2024-05-14T22:00:00Z".parse().unwrap());
        world.limits.used.clear();
        world.limits.per_hour_of_actions = 0;
    });
    plan_says(
        &scenario,
        Exit::Failed,
        "error: GitHub refused GET `/repos/acme/entity-core` with 403: API rate limit exceeded for github-actions[bot].\nhint: GitHub's request limit is used up until 2024-05-14 23:00 UTC, too long to wait for; run again then",
    );
}

#[test]
fn a_workflow_rule_that_cannot_be_got_past_names_the_token_it_takes() {
    let (scenario, document) = approved();
    let refused = Fault::status(403, "Resource not accessible by integration")
        .header("x-accepted-github-permissions", "contents=write; contents=write,workflows=write");
    scenario.world(|world| world.schedule(When::matching("POST", "/git/refs").times(9), refused));
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.text.contains("workflows: write"), "{}", ended.text);
    scenario.world(|world| assert!(world.git.branch("rollback/v0.1.0").is_none() && world.pulls.is_empty()));
}

#[test]
fn a_plan_that_was_changed_by_hand_is_refused() {
    let (scenario, document) = approved();
    let changed = document.replace("the plugins cannot be imported", "the plugins can be imported");
    assert_ne!(changed, document);
    check(
        &scenario,
        &scenario.execute(&changed),
        Exit::Stale,
        "error: the plan was changed after it was made: it says it is `PLAN`, its content is `PLAN`\nhint: use the plan as `plan` wrote it; to change it, change what was asked for and plan again",
    );
    check(
        &scenario,
        &scenario.execute("{}"),
        Exit::Stale,
        "error: this is not a plan of this version: missing field `id`\nhint: use the plan as `plan` wrote it; to change it, change what was asked for and plan again",
    );
    check(
        &scenario,
        &scenario.execute("not a plan"),
        Exit::Stale,
        "error: this is not a plan of this version: expected ident at line 1 column 2\nhint: use the plan as `plan` wrote it; to change it, change what was asked for and plan again",
    );
}

#[test]
fn a_plan_of_another_repository_is_refused() {
    let (mut scenario, document) = approved();
    scenario.variables.push(("GITHUB_REPOSITORY".into(), "acme/other".into()));
    check(
        &scenario,
        &scenario.execute(&document),
        Exit::Stale,
        "error: the plan is for `acme/entity-core`, this is `acme/other`\nhint: plan again here",
    );
}

#[test]
fn a_tag_that_moved_or_went_away_after_planning_makes_the_plan_stale() {
    let (scenario, document) = approved();
    scenario.world(|world| {
        let other = world.git.resolve("refs/tags/v0.0.11").unwrap();
        world.git.set_ref("refs/tags/v0.1.0", Some(&other)).unwrap();
    });
    let ended = scenario.execute(&document);
    check(
        &scenario,
        &ended,
        Exit::Stale,
        "error: tag `v0.1.0` points at 9b688bd, the plan expected a83a7eb\nhint: it was changed after planning; start a new run, which makes a new plan",
    );
    scenario.world(|world| world.git.set_ref("refs/tags/v0.1.0", None).unwrap());
    check(
        &scenario,
        &scenario.execute(&document),
        Exit::Stale,
        "error: tag `v0.1.0` is gone; the plan expected it at a83a7eb\nhint: it was changed after planning; start a new run, which makes a new plan",
    );
}

#[test]
fn a_default_branch_that_was_renamed_makes_the_plan_stale() {
    let (scenario, document) = approved();
    scenario.world(|world| {
        let head = world.default_head().unwrap();
        world.git.set_ref("refs/heads/trunk", Some(&head)).unwrap();
        world.git.set_ref("refs/heads/main", None).unwrap();
        world.repository.default_branch = "trunk".into();
    });
    check(
        &scenario,
        &scenario.execute(&document),
        Exit::Stale,
        "error: the default branch is `trunk`, the plan was made for `main`\nhint: it was changed after planning; start a new run, which makes a new plan",
    );
}

#[test]
fn notes_of_125000_characters_are_left_whole_and_their_owner_told_to_make_room() {
    let (scenario, document) = approved();
    let long = "ä".repeat(124_990) + "\nthe end of the notes";
    scenario.world(|world| release(world, "v0.1.0", |release| release.body = Some(long)));
    let ended = scenario.execute(&document);
    assert_eq!(ended.exit, Exit::Incomplete);
    assert!(ended.text.contains("shorten the notes of v0.1.0 and run this again"), "{}", ended.text);
    let bad = scenario.world(|world| release(world, "v0.1.0", |release| release.clone()));
    assert!(bad.prerelease && bad.body.unwrap().ends_with("the end of the notes"), "nothing is cut off, and nobody is sent there");
    let before = scenario.requests();
    assert_eq!(scenario.execute(&document).exit, Exit::Incomplete);
    assert_eq!(scenario.writes_after(before), [""; 0]);
    scenario.world(|world| release(world, "v0.1.0", |release| release.body = Some("short".into())));
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    let body = scenario.world(|world| release(world, "v0.1.0", |release| release.body.clone().unwrap()));
    assert!(body.contains("[!CAUTION]") && body.ends_with("short"), "{body}");
}

#[test]
fn a_tag_of_a_tag_is_followed_to_its_commit() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let inner = world.git.resolve("refs/tags/v0.0.12").unwrap();
        let outer = format!("object {inner}\ntype tag\ntag good\ntagger A <a@b.example> 1714000000 +0000\n\nA tag of a tag\n");
        let outer = world.git.write(github_simulator::git::Kind::Tag, outer.as_bytes()).unwrap();
        world.git.set_ref("refs/tags/good", Some(&outer)).unwrap();
    });
    let scenario = scenario.asking(|asked| asked.good = Some("good".into()));
    let document = scenario.planned();
    scenario.approve_all(&document);
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
}

#[test]
fn a_gate_that_is_missing_or_open_stops_the_run_before_it_is_used() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        world.environments.remove("rollback-scope-assessed");
        world.environments.get_mut("rollback-hotfix-ruled-out").unwrap().reviewers.clear();
        world.environments.get_mut("rollback-team-assembled").unwrap().branch_policy = BranchPolicy::All;
    });
    let ended = scenario.plan();
    assert_eq!(output(&ended, "gates"), None);
    gates_say(
        &scenario,
        &ended,
        &[
            ("rollback-scope-assessed", "does not exist; GitHub would create it open"),
            ("rollback-hotfix-ruled-out", "has no required reviewers"),
            ("rollback-team-assembled", "takes every branch"),
        ],
    );
}

#[test]
fn a_gate_that_was_opened_after_its_approval_stops_execute() {
    let (scenario, document) = approved();
    scenario.world(|world| world.environments.get_mut("rollback-scope-assessed").unwrap().reviewers.clear());
    let open = [("rollback-scope-assessed", "has no required reviewers")];
    gates_say(&scenario, &scenario.gate("rollback-scope-assessed", &document), &open);
    gates_say(&scenario, &scenario.execute(&document), &open);
}

#[test]
fn a_gate_the_plan_does_not_have_is_a_wrong_command_line() {
    let (scenario, document) = approved();
    check(
        &scenario,
        &scenario.gate("production", &document),
        Exit::Usage,
        "error: the plan has no gate `production`\nhint: its gates are `rollback-critical-issue-confirmed`, `rollback-scope-assessed`, `rollback-hotfix-ruled-out`, `rollback-stakeholder-approval-technical-lead`, `rollback-stakeholder-approval-product-owner`, `rollback-communication-ready` and `rollback-team-assembled`",
    );
}

#[test]
fn a_gate_that_whoever_asks_could_approve_counts_as_open() {
    let scenario = Scenario::new();
    scenario.world(|world| {
        let environment = world.environments.get_mut("rollback-scope-assessed").unwrap();
        environment.reviewers.push(Reviewer::User(REQUESTER.into()));
        environment.prevent_self_review = false;
    });
    gates_say(&scenario, &scenario.plan(), &[("rollback-scope-assessed", "lets whoever starts the run approve it")]);
}

#[test]
fn execute_outside_a_workflow_run_and_without_a_plan_is_refused() {
    let (mut scenario, document) = approved();
    scenario.variables.push(("GITHUB_RUN_ID".into(), String::new()));
    check(
        &scenario,
        &scenario.execute(&document),
        Exit::Gates,
        "error: this is not a workflow run, so no gate can have been approved\nhint: start the rollback workflow on GitHub; `plan` alone may be run anywhere",
    );
    check(
        &scenario,
        &scenario.execute(""),
        Exit::Usage,
        "error: no plan was given\nhint: give `--plan FILE`, or set `ROLLBACK_PLAN` to the plan job's output",
    );
}

#[test]
fn finish_before_the_merge_or_without_a_rollback_says_what_is_missing() {
    let (scenario, document) = approved();
    check(
        &scenario,
        &scenario.finish(),
        Exit::Refused,
        "error: there is no pull request from `rollback/v0.1.0`\nhint: run the rollback workflow first; after `delivery: direct`, its run keeps the plan on the incident, or give it with `--plan FILE`",
    );
    assert_eq!(scenario.execute(&document).exit, Exit::Done);
    scenario.world(|world| world.log.clear());
    gates_say(&scenario, &scenario.finish(), &[("pull request #1", "is not merged yet")]);
}

#[test]
fn a_run_on_another_branch_is_refused() {
    let (mut scenario, document) = approved();
    scenario.variables.push(("GITHUB_REF".into(), "refs/heads/feature".into()));
    gates_say(&scenario, &scenario.execute(&document), &[("refs/heads/feature", "start it on the default branch `main`")]);
}

#[test]
fn a_repository_or_address_that_cannot_be_one_is_a_wrong_command_line() {
    for (name, value, said) in [
        ("GITHUB_REPOSITORY", "entity-core", "error: `entity-core` is not a repository: write it as `owner/name`"),
        ("GITHUB_REPOSITORY", "", "error: no repository is named\nhint: give `--repository owner/name`, or set `GITHUB_REPOSITORY`"),
        (
            "GITHUB_API_URL",
            "http://api.example.com",
            "error: `http://api.example.com` is not an API address: plain `http` is for this machine only; use `https`\nhint: see `--api-url`",
        ),
    ] {
        let mut scenario = Scenario::new();
        scenario.variables.push((name.into(), value.into()));
        plan_says(&scenario, Exit::Usage, said);
    }
}

#[test]
fn a_bad_release_that_git_never_saw_cannot_be_staged() {
    let made = rollback_action::commands::example().unwrap();
    let options = StageOptions { bad: Some("v9".into()), ..StageOptions::default() };
    let ended = match rollback_action::commands::Stage::set(made.path(), &options) {
        Ok(_) => panic!("it was staged"),
        Err(not) => Ended::from(not),
    };
    assert_eq!(ended.exit, Exit::Failed);
    assert_eq!(
        ended.problems[0].to_string().replace(&*made.path().to_string_lossy(), "PATH"),
        "error: the clone at `PATH` has no tag `v9`; tags are case-sensitive, and need their `v` where they have one\nhint: give a full clone that has the release's tag, with `--repo PATH` and `--bad TAG`"
    );
}

const NO_TEXT: &[u8] = b"roles:\n  technical-lead: { users: [lead-login] }\n  # the\xe9\n";

#[test]
fn a_policy_that_is_no_utf8_is_named_with_the_place_of_its_first_other_byte() {
    let scenario = Scenario::new();
    scenario.world(|world| world.push_bytes(".github/rollback.yml", NO_TEXT, "Save it otherwise").unwrap());
    plan_says(&scenario, Exit::Policy, "error: .github/rollback.yml:3:8: this is not UTF-8 text\n  hint: save the file as UTF-8");
    let path = std::env::temp_dir().join(format!("rollback-no-text-{}.yml", std::process::id()));
    std::fs::write(&path, NO_TEXT).unwrap();
    let said = format!("error: {}:3:8: this is not UTF-8 text\n  hint: save the file as UTF-8", path.display());
    plan_says(&asking(|asked| asked.config = Some(path.clone())), Exit::Policy, &said);
    let out = std::env::temp_dir().join(format!("rollback-no-text-{}", std::process::id()));
    let ended = rehearse(&Rehearse { config: Some(path.clone()), out: out.clone(), ..Rehearse::default() }, &|_: &str| {});
    assert_eq!((ended.exit, ended.problems[0].to_string()), (Exit::Policy, said));
    assert!(!out.exists());
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_policy_that_is_no_utf8_any_more_stops_every_later_stage() {
    let (scenario, document) = approved();
    scenario.world(|world| {
        world.push_bytes(".github/rollback.yml", NO_TEXT, "Save it otherwise").unwrap();
        world.log.clear();
    });
    let said = "`.github/rollback.yml` on the default branch is not UTF-8 text";
    let ended = scenario.execute(&document);
    assert!(ended.problems.iter().any(|problem| problem.error.contains(said)), "{:?}", ended.problems);
    assert_eq!(ended.exit, Exit::Gates);
    let reminded = scenario.remind();
    assert_eq!((reminded.exit, reminded.problems[0].error.as_str()), (Exit::Policy, said));
    assert_eq!(scenario.writes_after(0), [""; 0]);
}

#[test]
fn a_plan_that_is_no_utf8_is_a_wrong_command_line() {
    let (scenario, _) = approved();
    let path = std::env::temp_dir().join(format!("rollback-no-text-{}.json", std::process::id()));
    std::fs::write(&path, b"{\"bad\": \"\xff\"}").unwrap();
    let arguments = Execute { plan: Some(path.clone()), ..Execute::default() };
    let said = format!("error: cannot read the plan `{}`: stream did not contain valid UTF-8\nhint: see `--plan`", path.display());
    check(&scenario, &scenario.execute_with(&arguments, ""), Exit::Usage, &said);
    std::fs::remove_file(path).unwrap();
}
