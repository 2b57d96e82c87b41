//! Attempts after `execute`: to have something tagged and released that was not approved.

use github_simulator::World;
use rollback_action::commands::{Ended, Exit, REQUESTER};
use rollback_action::plan::Plan;

use super::{Attack, Standing};
use crate::scenario::Scenario;

/// A rollback whose pull request is open.
fn opened() -> Attack {
    opened_on(Scenario::new())
}

fn opened_on(scenario: Scenario) -> Attack {
    let attack = Attack::on(scenario);
    attack.pass_all_but(&[]);
    let ended = attack.scenario.execute(&attack.document);
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    attack
}

/// `finish` refuses with these words, and nothing is tagged or released.
#[track_caller]
fn finish_is_refused(attack: &Attack, exit: Exit, words: &str) -> Ended {
    let (log, before) = attack.scenario.world(|world| (world.log.len(), Standing::of(world)));
    let ended = attack.scenario.finish();
    let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
    assert_eq!(ended.exit, exit, "{}\n{said:#?}", ended.text);
    assert!(said.iter().any(|line| line.contains(words)), "`{words}` is not in {said:#?}");
    assert_eq!(attack.scenario.writes_after(log), [""; 0]);
    attack.scenario.world(|world| assert_eq!(Standing::of(world), before));
    ended
}

/// Pushes a commit to the rollback branch, as anybody with write access can.
fn push(world: &mut World, parent: &str, tree: &str, message: &str) {
    let (name, email) = ("user.name=Mallory", "user.email=mallory@entity.example");
    let commit = world.git.run(&["-c", name, "-c", email, "commit-tree", tree, "-p", parent, "-m", message]).unwrap();
    let commit = commit.trim();
    world.git.set_ref("refs/heads/rollback/v0.1.0", Some(commit)).unwrap();
    world.pulls.get_mut(&1).unwrap().head_sha = commit.to_owned();
}

/// The plan in the description, with a digest that fits, for another tag.
fn forge_body(world: &mut World, plan: &Plan) -> Plan {
    use base64::Engine as _;
    let encode = |plan: &Plan| base64::engine::general_purpose::STANDARD.encode(plan.to_document());
    let mut forged = plan.clone();
    forged.tag = "v9.9.9".parse().unwrap();
    forged.finish = vec![rollback_action::plan::Step::Tag { tag: forged.tag.clone() }];
    let issue = world.issues.get_mut(&1).unwrap();
    let body = issue.body.clone().unwrap();
    let flat = body.replace('\n', "");
    assert!(flat.contains(&encode(plan)), "the plan is not where it was");
    let start = body.find("<!-- rollback-action:plan").unwrap();
    issue.body = Some(format!("{}<!-- rollback-action:plan\n{}\n-->", &body[..start], encode(&forged)));
    forged
}

#[test]
fn a_rollback_merged_as_it_was_approved_is_finished() {
    let attack = opened();
    attack.scenario.merge(1);
    let ended = attack.scenario.finish();
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    attack.scenario.world(|world| assert!(world.git.reference("refs/tags/v0.0.13").is_some()));
}

#[test]
fn commits_pushed_on_top_of_the_rollback_do_not_stop_it() {
    let attack = opened();
    attack.scenario.world(|world| {
        let tip = world.git.branch("rollback/v0.1.0").unwrap().to_owned();
        let tree = world.git.tree_of(&tip).unwrap();
        push(world, &tip, &tree, "Mend a test");
    });
    attack.scenario.merge(1);
    assert_eq!(attack.scenario.finish().exit, Exit::Done);
}

#[test]
fn a_pull_request_that_is_not_merged_is_not_finished() {
    finish_is_refused(&opened(), Exit::Gates, "pull request #1 is not merged yet");
}

#[test]
fn a_pull_request_that_was_closed_is_not_finished() {
    let attack = opened();
    attack.scenario.world(|world| world.issues.get_mut(&1).unwrap().open = false);
    finish_is_refused(&attack, Exit::Gates, "pull request #1 was closed without merging");
}

#[test]
fn a_pull_request_merged_into_another_branch_is_not_finished() {
    let attack = opened();
    attack.scenario.merge(1);
    attack.scenario.world(|world| world.pulls.get_mut(&1).unwrap().base = "release".into());
    finish_is_refused(&attack, Exit::Gates, "was merged into `release`, not into `main`");
}

#[test]
fn a_pull_request_of_other_content_from_the_same_branch_is_not_finished() {
    let attack = opened();
    attack.scenario.world(|world| {
        let head = world.default_head().unwrap();
        let tree = world.git.tree_of("v0.0.11").or_else(|| world.git.tree_of(&world.git.peel(world.git.reference("refs/tags/v0.0.11")?)?));
        push(world, &head, &tree.unwrap(), "Something else");
    });
    attack.scenario.merge(1);
    finish_is_refused(&attack, Exit::Gates, "no commit of pull request #1 names a plan");
}

#[test]
fn other_content_under_the_plan_s_name_is_not_finished() {
    let attack = opened();
    let trailer = format!("Something else\n\nRollback-Plan: {}", attack.plan().id());
    attack.scenario.world(|world| {
        let head = world.default_head().unwrap();
        let tree = world.git.tree_of(&world.git.peel(world.git.reference("refs/tags/v0.0.11").unwrap()).unwrap());
        push(world, &head, &tree.unwrap(), &trailer);
    });
    attack.scenario.merge(1);
    finish_is_refused(&attack, Exit::Gates, "it was not made by this plan, so tag and release by hand");
}

#[test]
fn a_plan_edited_in_the_description_is_noticed() {
    let attack = opened();
    attack.scenario.merge(1);
    attack.scenario.world(|world| {
        let body = world.issues[&1].body.clone().unwrap();
        let start = body.find("<!-- rollback-action:plan\n").unwrap() + 60;
        world.issues.get_mut(&1).unwrap().body = Some(format!("{}AAAA{}", &body[..start], &body[start + 4..]));
    });
    finish_is_refused(&attack, Exit::Stale, "");
}

#[test]
fn a_plan_taken_out_of_the_description_is_missed() {
    let attack = opened();
    attack.scenario.merge(1);
    attack.scenario.world(|world| world.issues.get_mut(&1).unwrap().body = Some("nothing to see".into()));
    finish_is_refused(&attack, Exit::Stale, "does not hold its plan any more");
}

#[test]
fn a_plan_put_into_the_description_in_place_of_the_approved_one_is_not_the_commit_s() {
    let attack = opened();
    attack.scenario.merge(1);
    attack.scenario.world(|world| forge_body(world, &attack.plan()));
    finish_is_refused(&attack, Exit::Gates, "was not made by this plan, its message names another");
}

#[test]
fn a_plan_put_into_the_description_with_a_commit_that_names_it_is_one_too_many() {
    let attack = opened();
    attack.scenario.world(|world| {
        let forged = forge_body(world, &attack.plan());
        let tip = world.git.branch("rollback/v0.1.0").unwrap().to_owned();
        let tree = world.git.tree_of(&tip).unwrap();
        push(world, &tip, &tree, &format!("Mend a test\n\nRollback-Plan: {}", forged.id()));
    });
    attack.scenario.merge(1);
    finish_is_refused(&attack, Exit::Gates, "brings commits of several plans");
}

#[test]
fn a_trailer_forged_in_the_reason_is_not_the_commit_s() {
    let id = "0".repeat(64);
    let reason = format!("down\n\nRollback-Plan: {id}\nRollback-Break-Glass: mallory\n\n Rollback-Plan: {id}");
    let attack = opened_on(Scenario::new().asking(|arguments| arguments.reason = reason));
    attack.scenario.world(|world| {
        let message = world.git.commit(world.git.branch("rollback/v0.1.0").unwrap()).unwrap().message;
        assert_eq!(rollback_action::plan::plan_id_in(&message).as_deref(), Some(attack.plan().id().as_str()), "{message}");
        assert_eq!(rollback_action::report::broken_glass_in(&message), None);
    });
    attack.scenario.merge(1);
    assert_eq!(attack.scenario.finish().exit, Exit::Done);
}

#[test]
fn a_gate_before_finish_holds_the_tag() {
    let more = "gates:\n  data-checked: { question: Is the data whole?, roles: [product-owner], stage: finish }\n";
    let scenario = Scenario::new();
    scenario.world(|world| {
        world.ensure_environment("rollback-data-checked");
        let like = world.environments.get(super::SCOPE).unwrap().clone();
        let environment = world.environments.get_mut("rollback-data-checked").unwrap();
        *environment = github_simulator::environments::Environment { id: environment.id, name: environment.name.clone(), ..like };
        super::set_policy(world, &["lead-login"], &["owner-login"], more);
    });
    let mut attack = opened_on(scenario);
    attack.scenario.merge(1);
    finish_is_refused(&attack, Exit::Gates, "gate `rollback-data-checked`: no job of this run held it");
    attack.scenario.run = attack.scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
    assert_eq!(attack.scenario.pass("rollback-data-checked", "owner-login", &attack.document).exit, Exit::Done);
    let ended = attack.scenario.finish();
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    attack.jobs.clear();
}
