//! The world moves between plan and execute, and between two runs of execute.

use github_simulator::World;
use github_simulator::git::Kind;
use github_simulator::world::{Rule, Ruleset, Target};
use rollback_action::commands::{Exit, REQUESTER};
use rollback_action::plan::Plan;

use crate::figures::figure;
use crate::moving_any_time::visible;
use crate::scenario::Scenario;

const BRANCH: &str = "rollback/v0.1.0";

/// Planned and approved; then the world changes; then execute.
struct Moved {
    scenario: Scenario,
    document: String,
    plan: Plan,
}

impl Moved {
    fn after(change: impl FnOnce(&mut World)) -> Self {
        Self::with_policy("", change)
    }

    /// The same, with these lines in the policy.
    fn with_policy(lines: &str, change: impl FnOnce(&mut World)) -> Self {
        let moved = Self::planned(lines);
        moved.and_then(change);
        moved
    }

    /// Executed once; then the world changes.
    fn executed(change: impl FnOnce(&mut World)) -> Self {
        let moved = Self::planned("");
        moved.says(Exit::Done, &[]);
        moved.and_then(change);
        moved
    }

    fn planned(lines: &str) -> Self {
        let scenario = Scenario::new();
        if !lines.is_empty() {
            scenario.extend_policy(lines);
        }
        let document = scenario.planned();
        scenario.approve_all(&document);
        Self { plan: Plan::from_document(&document).unwrap(), scenario, document }
    }

    /// The world changes, and the log begins anew.
    fn and_then(&self, change: impl FnOnce(&mut World)) {
        self.scenario.world(|world| {
            let before = visible(world);
            change(world);
            // What only schedules a move moves nothing yet.
            figure("moves of the world", "between two commands", usize::from(before != visible(world)));
            world.log.clear();
        });
    }

    /// Somebody merges the pull request.
    fn merged(&self) {
        figure("moves of the world", "between two commands", 1);
        self.scenario.merge(1);
        self.scenario.world(|world| world.log.clear());
    }

    /// Runs execute and asserts its exit and some of what it said.
    #[track_caller]
    fn says(&self, exit: Exit, said: &[&str]) {
        let ended = self.scenario.execute(&self.document);
        let problems = ended.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let text = format!("{}\n{problems}\n{}", ended.text, ended.summary);
        assert_eq!(ended.exit, exit, "{text}");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in said {
            assert!(text.contains(words), "`{words}` is not in {text}");
        }
    }

    /// Runs execute, which must refuse or find everything done, and asserts that nothing was written.
    #[track_caller]
    fn writes_nothing(&self, exit: Exit, said: &[&str]) {
        self.says(exit, said);
        assert_eq!(self.scenario.writes_after(0), [""; 0]);
    }

    fn tip(&self) -> (String, String, Vec<String>) {
        self.scenario.world(|world| {
            let tip = world.git.branch(BRANCH).unwrap().to_owned();
            let commit = world.git.commit(&tip).unwrap();
            (tip, commit.tree, commit.parents)
        })
    }

    fn changed_paths(&self, from: &str, to: &str) -> Vec<String> {
        self.scenario
            .world(|world| world.git.run(&["diff-tree", "-r", "--name-only", from, to]).unwrap().lines().map(str::to_owned).collect())
    }
}

pub(crate) fn rename_default_branch(world: &mut World) {
    let head = world.default_head().unwrap();
    world.git.set_ref("refs/heads/trunk", Some(&head)).unwrap();
    world.git.set_ref("refs/heads/main", None).unwrap();
    world.repository.default_branch = "trunk".into();
    for pull in world.pulls.values_mut().filter(|pull| pull.base == "main") {
        pull.base = "trunk".into();
    }
}

pub(crate) fn protect_default_branch(world: &mut World) {
    rule(world, Target::Branch, "~DEFAULT_BRANCH", &[Rule::PullRequest { approvals: 1 }, Rule::Deletion, Rule::NonFastForward]);
}

pub(crate) fn rule(world: &mut World, target: Target, include: &str, rules: &[Rule]) {
    let id = world.next_id();
    let ruleset = Ruleset { id, name: "late".into(), target, include: vec![include.into()], rules: rules.to_vec(), bypass: Vec::new() };
    world.rulesets.push(ruleset);
}

pub(crate) fn release<T>(world: &mut World, tag: &str, change: impl FnOnce(&mut github_simulator::world::Release) -> T) -> T {
    change(world.releases.values_mut().find(|release| release.tag_name == tag).unwrap())
}

/// Somebody pushes a commit onto a branch.
pub(crate) fn push_on(world: &mut World, branch: &str, message: &str) -> String {
    let tip = world.git.branch(branch).unwrap().to_owned();
    let tree = world.git.tree_of(&tip).unwrap();
    let text = format!(
        "tree {tree}\nparent {tip}\nauthor A <a@b.example> 1715724000 +0000\ncommitter A <a@b.example> 1715724000 +0000\n\n{message}\n"
    );
    let commit = world.git.write(Kind::Commit, text.as_bytes()).unwrap();
    world.git.set_ref(&format!("refs/heads/{branch}"), Some(&commit)).unwrap();
    commit
}

#[test]
fn commits_that_came_between_are_listed_and_the_branch_stays_on_the_planned_base() {
    let moved = Moved::after(|world| {
        world.push_file("src/entity/new.py", "NEW = 1\n", "Add something meanwhile").unwrap();
        world.push_file("README.md", "# Entity\n", "Rename it").unwrap();
    });
    moved.says(Exit::Done, &["Add something meanwhile", "Rename it"]);
    let (_, tree, parents) = moved.tip();
    assert_eq!((tree.as_str(), parents), (moved.plan.content.tree.as_str(), vec![moved.plan.basis.head.to_string()]));
    let body = moved.scenario.world(|world| world.issues[&1].body.clone().unwrap_or_default());
    assert!(body.contains("Add something meanwhile"), "{body}");
    moved.merged();
    moved.scenario.world(|world| {
        let merged = world.default_head().unwrap();
        let tree = world.git.tree_of(&merged).unwrap();
        assert!(world.git.entry_at(&tree, "src/entity/new.py").is_some(), "later work stays, as git merges it");
        assert!(world.git.entry_at(&tree, "src/entity/plugins/gpt_oss/__init__.py").is_some());
    });
    assert_eq!(moved.scenario.finish().exit, Exit::Done);
}

#[test]
fn changed_workflows_rebuild_the_rollback_once_with_only_kept_paths_different() {
    let moved = Moved::after(|world| {
        world.push_file(".github/workflows/test.yml", "name: test\non: push\njobs: {}\n# newer\n", "Change a workflow").unwrap();
    });
    moved.says(Exit::Done, &["rebuilt", "Change a workflow"]);
    let (tip, tree, parents) = moved.tip();
    assert_eq!(parents, [moved.scenario.world(|world| world.default_head().unwrap())]);
    assert_eq!(moved.changed_paths(moved.plan.content.tree.as_str(), &tree), [".github/workflows/test.yml"]);
    let changelog = moved.scenario.world(|world| world.git.run(&["cat-file", "blob", &format!("{tip}:CHANGELOG.md")]).unwrap());
    assert!(changelog.contains("0.0.13"), "what did not change stays as approved: {changelog}");
    moved.scenario.world(|world| world.log.clear());
    moved.writes_nothing(Exit::Done, &[]);
}

#[test]
fn a_kept_path_that_changed_with_the_workflows_comes_as_it_is_now() {
    let moved = Moved::after(|world| {
        world.push_file(".github/workflows/new.yml", "name: new\non: push\njobs: {}\n", "Add a workflow").unwrap();
        world.push_file("CHANGELOG.md", "# Changelog\n\nRewritten.\n", "Rewrite the changelog").unwrap();
    });
    moved.says(Exit::Done, &["rebuilt"]);
    let (_, tree, _) = moved.tip();
    assert_eq!(moved.changed_paths(moved.plan.content.tree.as_str(), &tree), [".github/workflows/new.yml", "CHANGELOG.md"]);
}

#[test]
fn workflows_that_change_while_execute_runs_rebuild_it_too() {
    let moved = Moved::after(|world| {
        let change = Box::new(|world: &mut World| {
            world.push_file(".github/workflows/late.yml", "name: late\non: push\njobs: {}\n", "Add a late workflow").unwrap();
        });
        world.schedule(github_simulator::faults::When::matching("POST", "/git/refs"), github_simulator::faults::Effect::Do(change));
    });
    // What was read before the change has not the new workflow, so the next run has to build it.
    let first = moved.scenario.execute(&moved.document);
    assert!(matches!(first.exit, Exit::Done | Exit::Incomplete), "{}", first.text);
    moved.says(Exit::Done, &[]);
    let (_, tree, _) = moved.tip();
    assert_eq!(moved.changed_paths(moved.plan.content.tree.as_str(), &tree), [".github/workflows/late.yml"]);
    moved.scenario.world(|world| assert_eq!(world.pulls.len(), 1));
}

#[test]
fn a_default_branch_that_was_rewritten_makes_the_plan_stale() {
    let moved = Moved::after(|world| {
        let old = world.git.reference("refs/tags/v0.1.0").and_then(|tag| world.git.peel(tag)).unwrap();
        world.git.set_ref("refs/heads/main", Some(&old)).unwrap();
    });
    moved.writes_nothing(Exit::Stale, &["`main` was rewritten", "start a new run"]);
}

#[test]
fn a_good_tag_that_moved_or_went_away_makes_the_plan_stale() {
    let moved = Moved::after(|world| {
        let other = world.git.reference("refs/tags/v0.0.11").unwrap().to_owned();
        world.git.set_ref("refs/tags/v0.0.12", Some(&other)).unwrap();
    });
    moved.writes_nothing(Exit::Stale, &["`v0.0.12` points at", "the plan expected"]);
    moved.and_then(|world| world.git.set_ref("refs/tags/v0.0.12", None).unwrap());
    moved.writes_nothing(Exit::Stale, &["`v0.0.12` is gone"]);
}

#[test]
fn a_bad_tag_that_moved_or_went_away_makes_the_plan_stale() {
    let moved = Moved::after(|world| {
        let other = world.git.reference("refs/tags/v0.0.11").unwrap().to_owned();
        world.git.set_ref("refs/tags/v0.1.0", Some(&other)).unwrap();
    });
    moved.writes_nothing(Exit::Stale, &["tag `v0.1.0` points at", "the plan expected"]);
    moved.and_then(|world| world.git.set_ref("refs/tags/v0.1.0", None).unwrap());
    moved.writes_nothing(Exit::Stale, &["tag `v0.1.0` is gone"]);
}

#[test]
fn a_default_branch_of_another_name_makes_the_plan_stale() {
    let moved = Moved::after(rename_default_branch);
    moved.writes_nothing(Exit::Stale, &["the default branch is `trunk`, the plan was made for `main`", "start a new run"]);
}

#[test]
fn a_default_branch_protected_since_the_plan_changes_nothing_before_the_merge() {
    let moved = Moved::after(protect_default_branch);
    moved.says(Exit::Done, &["pull/1"]);
    let (_, tree, parents) = moved.tip();
    assert_eq!((tree.as_str(), parents), (moved.plan.content.tree.as_str(), vec![moved.plan.basis.head.to_string()]));
    moved.scenario.world(|world| world.log.clear());
    moved.writes_nothing(Exit::Done, &[]);
}

#[test]
fn direct_delivery_to_a_branch_protected_since_the_plan_leaves_the_branch_says_so_and_goes_on_without_the_protection() {
    let moved = Moved::with_policy("delivery: direct", protect_default_branch);
    let head = moved.scenario.world(|world| world.default_head());
    let said =
        ["failed main moved forward to the rollback commit", "a ruleset or branch protection forbids it", "done branch rollback/v0.1.0"];
    moved.says(Exit::Incomplete, &[said[0], said[1], said[2], "done banner on v0.1.0"]);
    assert_eq!(moved.scenario.world(|world| world.default_head()), head, "nothing goes past a rule");
    let tip = moved.tip();
    moved.scenario.world(|world| world.log.clear());
    // What is refused is tried again, and nothing else.
    moved.says(Exit::Incomplete, &[said[0], said[1]]);
    let writes = moved.scenario.writes_after(0);
    assert!(matches!(writes.as_slice(), [line] if line.starts_with("PATCH ") && line.contains("/git/refs/heads/main ")), "{writes:?}");
    assert_eq!(moved.tip(), tip);
    moved.and_then(|world| world.rulesets.clear());
    moved.says(Exit::Done, &["done main moved forward to the rollback commit"]);
    assert_eq!(moved.scenario.world(|world| world.default_head()), Some(tip.0));
}

#[test]
fn a_rule_for_the_rollback_branch_or_its_tag_is_named_and_nothing_goes_past_it() {
    let moved = Moved::after(|world| rule(world, Target::Branch, "rollback/*", &[Rule::Creation]));
    moved.says(Exit::Incomplete, &["failed branch rollback/v0.1.0", "a ruleset or branch protection forbids it", "done banner on v0.1.0"]);
    moved.scenario.world(|world| assert!(world.git.branch(BRANCH).is_none() && world.pulls.is_empty()));
    moved.and_then(|world| world.rulesets.clear());
    moved.says(Exit::Done, &["done branch rollback/v0.1.0", "pull/1"]);
    moved.merged();
    moved.and_then(|world| rule(world, Target::Tag, "~ALL", &[Rule::Creation]));
    let ended = moved.scenario.finish();
    let text = ended.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(ended.exit, Exit::Incomplete, "{text}");
    assert!(text.contains("failed tag v0.0.13") && text.contains("a ruleset or branch protection forbids it"), "{text}");
    assert!(text.contains("failed release v0.0.13 as Latest not tried:"), "{text}");
    moved.scenario.world(|world| assert!(world.releases.values().all(|release| release.tag_name != "v0.0.13")));
    moved.and_then(|world| world.rulesets.clear());
    assert_eq!(moved.scenario.finish().exit, Exit::Done);
}

#[test]
fn labels_that_were_deleted_are_made_again_with_the_pull_request() {
    let moved = Moved::after(|world| world.labels.clear());
    moved.says(Exit::Done, &[]);
    let labels = moved.scenario.world(|world| world.issues[&1].labels.clone());
    assert!(!labels.is_empty(), "{labels:?}");
    moved.and_then(|world| {
        world.labels.clear();
        world.issues.get_mut(&1).unwrap().labels.clear();
    });
    moved.says(Exit::Done, &[]);
    assert_eq!(moved.scenario.world(|world| world.issues[&1].labels.clone()), labels);
}

#[test]
fn what_people_write_into_the_release_notes_survives() {
    let moved =
        Moved::after(|world| release(world, "v0.1.0", |release| release.body = Some("Our own notes.\r\n\r\n- and a list\r\n".into())));
    moved.says(Exit::Done, &[]);
    let body = |moved: &Moved| moved.scenario.world(|world| release(world, "v0.1.0", |release| release.body.clone().unwrap()));
    assert!(body(&moved).ends_with("Our own notes.\r\n\r\n- and a list\r\n"), "{:?}", body(&moved));
    let edited = format!("{}\nSee also the wiki.", body(&moved));
    moved.and_then(|world| release(world, "v0.1.0", |release| release.body = Some(edited.clone())));
    moved.writes_nothing(Exit::Done, &[]);
    assert_eq!(body(&moved), edited);
}

#[test]
fn a_bad_release_that_was_deleted_is_said_and_the_rest_goes_on() {
    let moved = Moved::after(|world| world.releases.retain(|_, release| release.tag_name != "v0.1.0"));
    moved.says(Exit::Incomplete, &["the release of v0.1.0 is gone", "pull/1"]);
    moved.scenario.world(|world| world.log.clear());
    moved.writes_nothing(Exit::Incomplete, &[]);
}

#[test]
fn an_immutable_release_still_gets_its_banner() {
    let moved = Moved::after(|world| {
        release(world, "v0.1.0", |release| release.immutable = true);
        release(world, "v0.0.12", |release| release.immutable = true);
    });
    moved.says(Exit::Done, &[]);
}

#[test]
fn somebody_elses_choice_of_latest_stays() {
    let moved = Moved::after(|world| release(world, "v0.0.11", |release| release.made_latest = Some(u64::MAX)));
    moved.says(Exit::Done, &["v0.0.11 is Latest", "somebody has acted"]);
    moved.scenario.world(|world| world.log.clear());
    moved.writes_nothing(Exit::Done, &[]);
}

#[test]
fn a_pull_request_that_was_closed_is_not_opened_again() {
    let moved = Moved::executed(|world| {
        let issue = world.issues.get_mut(&1).unwrap();
        issue.open = false;
        issue.closed_at = Some(issue.created_at);
    });
    moved.writes_nothing(Exit::Incomplete, &["pull request #1 was closed without merging"]);
    moved.and_then(|world| world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap());
    moved.writes_nothing(Exit::Incomplete, &["pull request #1 was closed without merging"]);
}

#[test]
fn after_a_closed_pull_request_and_its_deleted_branch_a_new_plan_goes_through() {
    let mut moved = Moved::executed(|world| {
        let issue = world.issues.get_mut(&1).unwrap();
        issue.open = false;
        issue.closed_at = Some(issue.created_at);
        world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap();
        world.push_file("README.md", "# Entity\n", "Another commit, hence another plan").unwrap();
        release(world, "v0.1.0", |release| release.prerelease = false);
        release(world, "v0.1.0", |release| release.made_latest = Some(u64::MAX - 1));
    });
    moved.scenario.run = moved.scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, serde_json::json!({})).unwrap());
    moved.document = moved.scenario.planned();
    moved.scenario.approve_all(&moved.document);
    moved.says(Exit::Done, &["pull/2"]);
    moved.scenario.world(|world| assert_eq!(world.pulls.len(), 2));
}

#[test]
fn after_the_merge_execute_finds_everything_done_even_without_its_branch() {
    let moved = Moved::planned("");
    moved.says(Exit::Done, &[]);
    moved.merged();
    moved.writes_nothing(Exit::Done, &[]);
    moved.and_then(|world| world.git.set_ref("refs/heads/rollback/v0.1.0", None).unwrap());
    moved.writes_nothing(Exit::Done, &[]);
    assert_eq!(moved.scenario.finish().exit, Exit::Done);
}

#[test]
fn what_people_push_on_the_rollback_branch_stays() {
    let moved = Moved::executed(|world| {
        push_on(world, BRANCH, "Mend the tests of the rollback");
        push_on(world, BRANCH, "And once more");
    });
    let before = moved.tip();
    moved.writes_nothing(Exit::Done, &[]);
    assert_eq!(moved.tip(), before);
    moved.merged();
    assert_eq!(moved.scenario.finish().exit, Exit::Done);
}

#[test]
fn a_branch_of_that_name_that_is_not_ours_is_never_overwritten() {
    let moved = Moved::after(|world| {
        let head = world.default_head().unwrap();
        world.git.set_ref("refs/heads/rollback/v0.1.0", Some(&head)).unwrap();
    });
    let before = moved.tip();
    moved.says(Exit::Incomplete, &["it is never overwritten", "done banner on v0.1.0"]);
    assert_eq!(moved.tip(), before);
    moved.scenario.world(|world| assert!(world.pulls.is_empty()));
}

#[test]
fn a_reviewer_who_has_reviewed_is_not_asked_again() {
    let moved = Moved::executed(|world| {
        let pull = world.pulls.get_mut(&1).unwrap();
        assert_eq!(pull.requested_reviewers, ["lead-login"]);
        pull.requested_reviewers.clear();
        let (id, commit, submitted_at) = (world.next_id(), world.git.branch(BRANCH).unwrap().to_owned(), world.now());
        let review = github_simulator::world::Review {
            id,
            number: 1,
            author: "lead-login".into(),
            state: "APPROVED".into(),
            body: String::new(),
            commit,
            submitted_at,
        };
        world.reviews.insert(id, review);
    });
    moved.writes_nothing(Exit::Done, &[]);
}

#[test]
fn a_gate_that_was_deleted_stops_the_run() {
    let moved = Moved::after(|world| assert!(world.environments.remove("rollback-team-assembled")));
    moved.writes_nothing(Exit::Gates, &["`rollback-team-assembled` does not exist"]);
}

#[test]
fn an_archived_repository_is_named_as_such_and_nothing_changes() {
    let moved = Moved::after(|world| world.repository.archived = true);
    let before = moved.scenario.outcome();
    moved.says(Exit::Incomplete, &["unarchive the repository"]);
    assert_eq!(moved.scenario.outcome(), before);
    let moved = Scenario::new();
    moved.world(|world| world.repository.archived = true);
    let ended = moved.plan();
    assert_eq!(
        ended.problems[0].to_string(),
        "error: `acme/entity-core` is archived, hence read-only\nhint: unarchive it under Settings first"
    );
}

#[test]
fn a_repository_made_private_goes_on() {
    Moved::after(|world| world.repository.private = true).says(Exit::Done, &[]);
}

#[test]
fn a_pull_request_that_was_pointed_elsewhere_is_not_finished() {
    let moved = Moved::executed(|world| {
        let head = world.default_head().unwrap();
        world.git.set_ref("refs/heads/release", Some(&head)).unwrap();
        world.pulls.get_mut(&1).unwrap().base = "release".into();
    });
    moved.merged();
    let ended = moved.scenario.finish();
    assert_eq!(ended.exit, Exit::Gates);
    assert!(ended.problems[0].error.contains("was merged into `release`, not into `main`"), "{:?}", ended.problems);
    assert_eq!(moved.scenario.writes_after(0), [""; 0]);
}

#[test]
fn a_tag_of_the_new_version_made_by_somebody_else_is_never_moved() {
    let moved = Moved::planned("");
    moved.says(Exit::Done, &[]);
    moved.merged();
    let other = moved.scenario.world(|world| world.git.reference("refs/tags/v0.0.11").unwrap().to_owned());
    moved.and_then(|world| world.git.set_ref("refs/tags/v0.0.13", Some(&other)).unwrap());
    let ended = moved.scenario.finish();
    assert_eq!(ended.exit, Exit::Incomplete, "{}", ended.text);
    let text = ended.text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("a tag is never moved hint: find out who made `v0.0.13`; if nothing was published from it, delete it"), "{text}");
    moved.scenario.world(|world| {
        assert_eq!(world.git.reference("refs/tags/v0.0.13"), Some(other.as_str()));
        assert!(world.releases.values().all(|release| release.tag_name != "v0.0.13"));
    });
}
