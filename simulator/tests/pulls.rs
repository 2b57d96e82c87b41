//! Pull requests.

use github_simulator::world::{Role, Rule, Target, Team};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::scene::Scene;

fn open(scene: &Scene) -> Answer {
    scene.post("./pulls", json!({"title": "Roll back", "head": "rollback", "base": "main", "body": "why"}))
}

fn with_branch() -> Scene {
    let scene = Scene::new();
    scene.branch("rollback", &[("Cargo.toml", "version = \"0.0.13\"\n")]);
    scene
}

fn merge(scene: &Scene, body: Value) -> Answer {
    scene.ask("actions", "PUT", "./pulls/1/merge", Some(&body))
}

#[test]
fn a_pull_request_is_opened_found_and_shows_its_change() {
    let scene = with_branch();
    let made = open(&scene).expect(201);
    assert_eq!((&made.body["number"], &made.body["mergeable_state"]), (&1.into(), &"clean".into()));
    assert_eq!((&made.body["commits"], &made.body["additions"], &made.body["deletions"]), (&1.into(), &1.into(), &1.into()));
    for (query, count) in
        [("head=acme:rollback&base=main", 1), ("head=acme:other", 0), ("base=other", 0), ("state=closed", 0), ("state=all", 1)]
    {
        assert_eq!(scene.get(&format!("./pulls?{query}")).expect(200).body.as_array().unwrap().len(), count, "{query}");
    }
    assert_eq!(scene.get("./pulls/1/files").expect(200).body[0]["filename"], "Cargo.toml");
    assert_eq!(scene.get("./pulls/1/commits").expect(200).body.as_array().unwrap().len(), 1);
    let head = scene.sha("rollback");
    assert_eq!(scene.get(&format!("./commits/{head}/pulls")).expect(200).body[0]["number"], 1);
}

#[test]
fn what_cannot_become_a_pull_request_is_refused_in_githubs_words() {
    let scene = with_branch();
    open(&scene).expect(201);
    open(&scene).refused(422, "A pull request already exists for acme:rollback.");
    let make = |head: &str, base: &str| scene.post("./pulls", json!({"title": "x", "head": head, "base": base}));
    make("main", "rollback").refused(422, "No commits between rollback and main");
    make("nope", "main").refused(422, "\"field\":\"head\"");
    make("rollback", "nope").refused(422, "\"field\":\"base\"");
    let long = json!({"title": "x", "head": "rollback", "base": "main", "body": "x".repeat(65_537)});
    scene.post("./pulls", long).refused(422, "body is too long (maximum is 65536 characters)");
}

#[test]
fn workflow_tokens_may_be_forbidden_to_open_pull_requests() {
    let scene = with_branch();
    scene.world().repository.allow_bots_to_open_prs = false;
    open(&scene).refused(403, "GitHub Actions is not permitted to create or approve pull requests.");
    let body = json!({"title": "x", "head": "rollback", "base": "main"});
    scene.ask("app", "POST", "./pulls", Some(&body)).expect(201);
}

#[test]
fn a_merge_is_a_compare_and_swap_on_the_head() {
    let scene = with_branch();
    open(&scene).expect(201);
    merge(&scene, json!({"sha": scene.sha("main")})).refused(409, "Head branch was modified. Review and try the merge again.");
    let head = scene.sha("rollback");
    let merged = merge(&scene, json!({"sha": head})).expect(200);
    assert_eq!(merged.body["sha"], scene.sha("main").as_str());
    let pull = scene.get("./pulls/1").expect(200);
    assert_eq!((&pull.body["merged"], &pull.body["state"], &pull.body["head"]["sha"]), (&true.into(), &"closed".into(), &head.into()));
    merge(&scene, json!({})).refused(405, "Pull Request is not mergeable");
}

#[test]
fn each_merge_method_makes_the_same_tree_and_may_be_switched_off() {
    for (method, parents) in [("merge", 2), ("squash", 1), ("rebase", 1)] {
        let scene = with_branch();
        open(&scene).expect(201);
        let sha = merge(&scene, json!({"merge_method": method})).expect(200).body["sha"].as_str().unwrap().to_owned();
        let world = scene.world();
        let commit = world.git.commit(&sha).unwrap();
        assert_eq!(commit.parents.len(), parents, "{method}");
        assert_eq!(Some(commit.tree), world.git.tree_of(&world.git.resolve("rollback").unwrap()), "{method}");
    }
    let scene = with_branch();
    open(&scene).expect(201);
    scene.world().repository.allow_squash_merge = false;
    merge(&scene, json!({"merge_method": "squash"})).refused(405, "Squash merges are not allowed on this repository.");
}

#[test]
fn a_conflict_is_not_mergeable() {
    let scene = with_branch();
    open(&scene).expect(201);
    let other = scene.branch("other", &[("Cargo.toml", "version = \"7\"\n")]);
    scene.ask("dev", "PATCH", "./git/refs/heads/main", Some(&json!({"sha": other}))).expect(200);
    assert_eq!(scene.get("./pulls/1").expect(200).body["mergeable_state"], "dirty");
    merge(&scene, json!({})).refused(405, "Pull Request is not mergeable");
}

#[test]
fn required_approvals_hold_a_merge_until_somebody_with_write_access_approves() {
    let scene = with_branch();
    scene.rule(Target::Branch, "main", Rule::PullRequest { approvals: 1 });
    open(&scene).expect(201);
    assert_eq!(scene.get("./pulls/1").body["mergeable_state"], "blocked");
    merge(&scene, json!({})).refused(405, "At least 1 approving review is required");
    let approve = |token: &str| scene.ask(token, "POST", "./pulls/1/reviews", Some(&json!({"event": "APPROVE"})));
    approve("actions").refused(422, "Can not approve your own pull request");
    approve("reader").expect(200);
    merge(&scene, json!({})).expect(405);
    approve("dev").expect(200);
    assert_eq!(scene.get("./pulls/1/reviews").expect(200).body.as_array().unwrap().len(), 2);
    merge(&scene, json!({})).expect(200);
}

#[test]
fn a_merge_queue_and_a_draft_forbid_the_direct_merge() {
    let scene = with_branch();
    scene.rule(Target::Branch, "main", Rule::MergeQueue);
    open(&scene).expect(201);
    merge(&scene, json!({})).refused(405, "Changes must be made through the merge queue");
    scene.world().rulesets.clear();
    scene.world().pulls.get_mut(&1).unwrap().draft = true;
    merge(&scene, json!({})).refused(405, "draft");
}

#[test]
fn unsigned_commits_are_not_merged_where_signatures_are_required() {
    let scene = with_branch();
    scene.rule(Target::Branch, "main", Rule::RequiredSignatures);
    open(&scene).expect(201);
    merge(&scene, json!({})).refused(405, "Commits must have verified signatures.");
}

#[test]
fn an_open_pull_request_follows_its_branches_and_closes_without_them() {
    let scene = with_branch();
    open(&scene).expect(201);
    let next = scene.branch("next", &[("Cargo.toml", "version = \"0.0.14\"\n")]);
    scene.patch("./git/refs/heads/rollback", json!({"sha": next, "force": true})).expect(200);
    assert_eq!(scene.get("./pulls/1").body["head"]["sha"], next.as_str());
    scene.ask("actions", "DELETE", "./git/refs/heads/rollback", None).expect(204);
    assert_eq!(scene.get("./pulls/1").body["state"], "closed");
}

#[test]
fn one_reviewer_who_cannot_be_asked_drops_them_all() {
    let scene = with_branch();
    open(&scene).expect(201);
    let core = Team { slug: "core".to_owned(), name: "Core".to_owned(), id: 88, members: vec!["dev".to_owned()], role: Role::Write };
    scene.world().teams.insert("core".to_owned(), core);
    let ask = |token: &str, body| scene.ask(token, "POST", "./pulls/1/requested_reviewers", Some(&body));
    ask("actions", json!({"reviewers": ["dev", "github-actions[bot]"]}))
        .refused(422, "Review cannot be requested from pull request author.");
    ask("actions", json!({"reviewers": ["dev", "stranger"]})).refused(422, "Reviews may only be requested from collaborators.");
    ask("actions", json!({"reviewers": ["dev"], "team_reviewers": ["core"]}))
        .refused(422, "Could not resolve to a node with the global id of 'T_");
    assert!(scene.world().pulls[&1].requested_reviewers.is_empty());
    ask("actions", json!({"reviewers": ["dev"]})).expect(201);
    ask("app", json!({"team_reviewers": ["core"]})).expect(201);
    let asked = scene.get("./pulls/1/requested_reviewers").expect(200);
    assert_eq!((&asked.body["users"][0]["login"], &asked.body["teams"][0]["slug"]), (&"dev".into(), &"core".into()));
}

#[test]
fn a_pull_request_is_edited_closed_and_opened_again() {
    let scene = with_branch();
    open(&scene).expect(201);
    let edited = scene.patch("./pulls/1", json!({"title": "New", "body": null, "state": "closed"})).expect(200);
    assert_eq!((&edited.body["title"], &edited.body["body"], &edited.body["state"]), (&"New".into(), &Value::Null, &"closed".into()));
    scene.patch("./pulls/1", json!({"state": "open"})).expect(200);
    scene.ask("readonly", "PATCH", "./pulls/1", Some(&json!({"title": "x"}))).expect(403);
}

#[test]
fn whether_it_can_be_merged_may_be_known_only_at_the_second_look() {
    let scene = with_branch();
    scene.world().quirks.mergeable_comes_late = true;
    open(&scene).expect(201);
    assert_eq!(scene.get("./pulls/1").body["mergeable"], Value::Null);
    assert_eq!(scene.get("./pulls/1").body["mergeable"], true);
}
