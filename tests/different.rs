//! Two different rollbacks at once: whatever the order of their requests, the world ends as if one had come after the
//! other, or one of them stops and says why.

use github_simulator::git::Kind;
use rollback_action::commands::{Ended, Exit, REQUESTER, StageOptions};
use rollback_action::plan::Plan;
use serde_json::{Value, json};

use crate::convergence::{assert_same, same};
use crate::explore::cases;
use crate::interleaved::{Schedule, both};
use crate::repository::Repository;
use crate::scenario::Scenario;

const POLICY: &str = "roles:\n  technical-lead: { users: [lead-login] }\n  product-owner: { users: [owner-login] }\n";

/// v0.0.12 is good; v0.2.0 turns out bad, and to others v0.1.0 with it.
fn repository() -> Repository {
    let mut repository = Repository::new();
    let package = |version: &str| format!("[project]\nname = \"acme-core\"\nversion = \"{version}\"\n");
    repository.file(".github/rollback.yml", Some(POLICY)).file("src/plugins.py", Some("PLUGINS = 1\n"));
    repository.file(".github/workflows/rollback.yml", Some("name: rollback\non: workflow_dispatch\njobs: {}\n"));
    repository.file("pyproject.toml", Some(&package("0.0.12")));
    repository.commit("Release 0.0.12", Some("v0.0.12"));
    repository.file("pyproject.toml", Some(&package("0.1.0"))).file("src/compat.py", Some("COMPAT = 1\n"));
    repository.commit("Release 0.1.0", Some("v0.1.0"));
    repository.file("pyproject.toml", Some(&package("0.2.0"))).file("src/new.py", Some("NEW = 1\n"));
    repository.commit("Release 0.2.0", Some("v0.2.0"));
    repository
}

/// One rollback, planned and approved in a run of its own.
struct Side {
    bad: &'static str,
    run: u64,
    document: String,
}

impl Side {
    fn approved(scenario: &mut Scenario, bad: &'static str, good: Option<&str>) -> Self {
        scenario.run = scenario.world(|world| world.start_run("rollback.yml", "main", REQUESTER, json!({})).unwrap());
        (scenario.arguments.bad, scenario.arguments.good) = (bad.into(), good.map(str::to_owned));
        let document = scenario.planned();
        scenario.approve_all(&document);
        Self { bad, run: scenario.run, document }
    }
}

/// Both planned and approved.
struct Two {
    scenario: Scenario,
    sides: [Side; 2],
    /// Last, so that it outlives the scenario that borrows its objects.
    _repository: Repository,
}

impl Two {
    fn new(prepare: impl FnOnce(&mut Scenario) -> [Side; 2]) -> Self {
        let repository = repository();
        let options = StageOptions { bad: Some("v0.2.0".into()), ..StageOptions::default() };
        let mut scenario = Scenario::on(repository.path(), &options);
        let sides = prepare(&mut scenario);
        Self { scenario, sides, _repository: repository }
    }

    /// The same bad release, and to one of them another one with it: one branch for two plans.
    fn rivals(good: Option<&str>) -> Self {
        Self::new(|scenario| [Side::approved(scenario, "v0.1.0,v0.2.0", None), Side::approved(scenario, "v0.2.0", good)])
    }

    /// v0.1.0 is to be rolled back; meanwhile v0.2.0 comes out and is bad too. `good` is what the second goes back to.
    fn apart(good: Option<&str>) -> Self {
        Self::new(|scenario| {
            let come_out = scenario.world(|world| {
                let (head, tag) = (world.default_head().unwrap(), world.git.reference("refs/tags/v0.2.0").unwrap().to_owned());
                let before = world.git.commit(&head).unwrap().parents[0].clone();
                let id = *world.releases.iter().find(|(_, release)| release.tag_name == "v0.2.0").unwrap().0;
                let release = world.releases.remove(&id).unwrap();
                world.git.set_ref("refs/heads/main", Some(&before)).unwrap();
                world.git.set_ref("refs/tags/v0.2.0", None).unwrap();
                (head, tag, release)
            });
            let first = Side::approved(scenario, "v0.1.0", None);
            scenario.world(|world| {
                let (head, tag, release) = come_out;
                world.git.set_ref("refs/heads/main", Some(&head)).unwrap();
                world.git.set_ref("refs/tags/v0.2.0", Some(&tag)).unwrap();
                world.releases.insert(release.id, release);
            });
            [first, Side::approved(scenario, "v0.2.0", good)]
        })
    }

    fn execute(&self, side: usize, url: &str) -> Ended {
        self.scenario.execute_of(self.sides[side].run, url, &self.sides[side].document)
    }

    fn finish(&self, side: usize, url: &str) -> Ended {
        self.scenario.finish_of(self.sides[side].bad, url)
    }

    /// Somebody merges it with git, since both sides changed the version: the rollback's content wins.
    fn merge(&self, side: usize) {
        let branch = Plan::from_document(&self.sides[side].document).unwrap().branch.to_string();
        self.scenario.world(|world| {
            let (head, tip) = (world.default_head().unwrap(), world.git.branch(&branch).unwrap().to_owned());
            let who = "A <a@b.example> 1709500000 +0000";
            let tree = world.git.tree_of(&tip).unwrap();
            let text = format!("tree {tree}\nparent {head}\nparent {tip}\nauthor {who}\ncommitter {who}\n\nMerge it\n");
            let merged = world.git.write(Kind::Commit, text.as_bytes()).unwrap();
            world.git.set_ref("refs/heads/main", Some(&merged)).unwrap();
            let now = world.now();
            let pull = world.pulls.values_mut().find(|pull| pull.head == branch).unwrap();
            (pull.merged_at, pull.merge_commit, pull.merged_by) = (Some(now), Some(merged), Some(REQUESTER.into()));
            let issue = world.issues.get_mut(&pull.number).unwrap();
            (issue.open, issue.closed_at) = (false, Some(now));
        });
    }

    /// The world with pull requests named after their branches: their numbers say only who came first.
    fn outcome(&self) -> Value {
        let mut outcome = self.scenario.outcome();
        let names: Vec<(u64, String)> =
            self.scenario.world(|world| world.pulls.values().map(|pull| (pull.number, pull.head.clone())).collect());
        let mut text = outcome.to_string();
        for (number, head) in &names {
            text = text.replace(&format!("/pull/{number}"), &format!("/pull/{head}"));
            text = text.replace(&format!("\"number\":{number},"), &format!("\"number\":\"{head}\","));
            text = text.replace(&format!("#{number} "), &format!("#{head} "));
        }
        outcome = serde_json::from_str(&text).unwrap();
        for list in ["pulls", "issues"] {
            outcome[list].as_array_mut().unwrap().sort_by_key(|item| item["number"].to_string());
        }
        outcome
    }
}

fn said(ended: &[Ended]) -> String {
    let one = |ended: &Ended| format!("{:?} {}\n{:?}\n", ended.exit, ended.text, ended.problems);
    ended.iter().map(one).collect()
}

/// Interleaves two commands and asserts that the world ends as after one order or the other, and rests there.
fn ends_as_one_after_the_other(two: &Two, what: &'static str, share: usize, run: impl Fn(usize, &str) -> Ended + Sync) {
    let (scenario, url) = (&two.scenario, two.scenario.stage.url());
    let from = scenario.moment();
    let (mut ends, mut exits, mut requests) = (Vec::new(), Vec::new(), 0);
    for order in [[0, 1], [1, 0]] {
        scenario.rewind(&from);
        let mut ended: Vec<(usize, Ended)> = order.iter().map(|side| (*side, run(*side, &url))).collect();
        requests = requests.max(scenario.requests());
        ended.sort_by_key(|(side, _)| *side);
        exits.push(ended.iter().map(|(_, ended)| ended.exit).collect::<Vec<Exit>>());
        ends.push(two.outcome());
    }
    for schedule in cases(what, share, Schedule::all(requests, 40)) {
        scenario.rewind(&from);
        let (ended, _) = both(scenario, schedule.order(requests), &run);
        let context = format!("{schedule:?}\n{}", said(&ended));
        for ended in &ended {
            assert!(exits.iter().flatten().any(|exit| *exit == ended.exit) || ended.exit == Exit::Incomplete, "{context}");
        }
        // Whoever was overtaken runs again, as the journal says.
        let again: Vec<Ended> = [0, 1].iter().map(|side| run(*side, &url)).collect();
        let context = format!("{context}again\n{}", said(&again));
        let is = two.outcome();
        if !ends.iter().any(|end| same(&is, end)) {
            assert_same(&context, &is, &ends[0]);
        }
        let before = scenario.requests();
        let last: Vec<Ended> = [0, 1].iter().map(|side| run(*side, &url)).collect();
        assert_eq!(scenario.writes_after(before), [""; 0], "{context}last\n{}", said(&last));
    }
}

#[test]
fn two_different_rollbacks_interleaved_at_every_request_of_execute_end_as_one_after_the_other() {
    let two = Two::apart(None);
    ends_as_one_after_the_other(&two, "two different rollbacks, execute", 3, |side, url| two.execute(side, url));
    two.scenario.world(|world| {
        let heads: Vec<&str> = world.pulls.values().map(|pull| pull.head.as_str()).collect();
        assert_eq!(heads.len(), 2, "{heads:?}");
    });
}

#[test]
fn two_rollbacks_to_the_same_version_interleaved_at_every_request_of_execute_end_as_one_after_the_other() {
    let two = Two::apart(Some("v0.0.12"));
    ends_as_one_after_the_other(&two, "two rollbacks to one version, execute", 3, |side, url| two.execute(side, url));
}

#[test]
fn of_two_plans_for_the_same_bad_release_interleaved_at_every_request_one_is_done_and_the_other_stops() {
    let two = Two::rivals(None);
    ends_as_one_after_the_other(&two, "two plans for one bad release, execute", 3, |side, url| two.execute(side, url));
    let ended: Vec<Ended> = [0, 1].iter().map(|side| two.execute(*side, &two.scenario.stage.url())).collect();
    let mut exits: Vec<Exit> = ended.iter().map(|ended| ended.exit).collect();
    exits.sort_by_key(|exit| *exit == Exit::Done);
    assert_eq!(exits, [Exit::Incomplete, Exit::Done], "{}", said(&ended));
    let text = said(&ended).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("the rollback of another plan") && text.contains("it is never overwritten"), "{text}");
}

#[test]
fn the_end_of_one_rollback_interleaved_at_every_request_with_another_ones_execute_disturbs_neither() {
    let two = Two::apart(None);
    assert_eq!(two.execute(0, &two.scenario.stage.url()).exit, Exit::Done);
    two.merge(0);
    let run = |side: usize, url: &str| if side == 0 { two.finish(0, url) } else { two.execute(1, url) };
    ends_as_one_after_the_other(&two, "two different rollbacks, finish and execute", 2, run);
}

#[test]
fn of_two_rollbacks_to_the_same_version_interleaved_at_every_request_of_finish_one_stops() {
    let two = Two::apart(Some("v0.0.12"));
    let url = two.scenario.stage.url();
    for side in [0, 1] {
        let ended = [two.execute(side, &url)];
        assert_eq!(ended[0].exit, Exit::Done, "{}", said(&ended));
    }
    two.merge(0);
    two.merge(1);
    let from = two.scenario.moment();
    let requests = {
        assert_eq!(two.finish(0, &url).exit, Exit::Done);
        let ended = [two.finish(1, &url)];
        assert_eq!(ended[0].exit, Exit::Incomplete, "{}", said(&ended));
        two.scenario.requests()
    };
    for schedule in cases("two rollbacks to one version, finish", 1, Schedule::all(requests, 12)) {
        two.scenario.rewind(&from);
        let (ended, _) = both(&two.scenario, schedule.order(requests), |side, url| two.finish(side, url));
        let context = format!("{schedule:?}\n{}", said(&ended));
        let mut exits: Vec<Exit> = ended.iter().map(|ended| ended.exit).collect();
        exits.sort_by_key(|exit| *exit == Exit::Done);
        assert_eq!(exits, [Exit::Incomplete, Exit::Done], "{context}");
        let stopped = ended.iter().find(|ended| ended.exit == Exit::Incomplete).unwrap();
        let text = stopped.text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains("a tag is never moved"), "{context}");
        let released = two.scenario.world(|world| world.releases.values().filter(|release| release.tag_name == "v0.0.13").count());
        assert_eq!(released, 1, "{context}");
    }
}
