//! Attempts to get a rollback written that was not approved, each from the dispatch to its refusal, with nothing
//! written. `docs/threat-model.md` lists them by name.

mod commenters;
mod comments;
mod finish;
mod glass;
mod late;
mod people;
mod places;
mod plans;
mod questions;
mod rejections;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use github_simulator::World;
use github_simulator::environments::{Environment, Reviewer};
use github_simulator::runs::Conclusion;
use github_simulator::world::Role;
use rollback_action::commands::{Ended, Execute, Exit};
use rollback_action::domain::gate::Stage;
use rollback_action::gate::gate_job_name;
use rollback_action::observe::POLICY_PATH;
use rollback_action::plan::Plan;

use crate::scenario::Scenario;

/// The seven environments of the standard procedure.
const CONFIRMED: &str = "rollback-critical-issue-confirmed";
const SCOPE: &str = "rollback-scope-assessed";
const HOTFIX: &str = "rollback-hotfix-ruled-out";
const LEADS: &str = "rollback-stakeholder-approval-technical-lead";
const OWNERS: &str = "rollback-stakeholder-approval-product-owner";
const COMMUNICATION: &str = "rollback-communication-ready";
const TEAM: &str = "rollback-team-assembled";
const ENVIRONMENTS: &[&str] = &[CONFIRMED, SCOPE, HOTFIX, LEADS, OWNERS, COMMUNICATION, TEAM];
/// Those that the product owner answers; the technical lead answers the others.
const OWNERS_GATES: &[&str] = &[SCOPE, OWNERS, COMMUNICATION];

/// A rollback that somebody tries to bend.
struct Attack {
    scenario: Scenario,
    document: String,
    jobs: BTreeMap<String, u64>,
}

impl Attack {
    /// A run whose plan is made and whose gates wait.
    fn waiting() -> Self {
        Self::on(Scenario::new())
    }

    /// The same with these roles, and with what else stands in the policy; the environments ask the same people.
    fn with_policy(leads: &[&str], owners: &[&str], more: &str) -> Self {
        let scenario = Scenario::new();
        scenario.world(|world| set_policy(world, leads, owners, more));
        Self::on(scenario)
    }

    fn on(scenario: Scenario) -> Self {
        let document = scenario.planned();
        let mut attack = Self { scenario, document, jobs: BTreeMap::new() };
        attack.wait();
        attack
    }

    fn wait(&mut self) {
        let plan = self.plan();
        for environment in plan.environments(Stage::Execute) {
            let name = gate_job_name(environment, plan.id().short());
            let job = self.scenario.world(|world| world.start_job(self.scenario.run, &name, Some(environment)).unwrap());
            self.jobs.insert(environment.to_owned(), job);
        }
    }

    fn plan(&self) -> Plan {
        Plan::from_document(&self.document).unwrap()
    }

    /// Puts a plan that was changed, with a digest that fits, in place of the approved one.
    fn forge(&mut self, change: impl FnOnce(&mut Plan)) {
        let mut plan = self.plan();
        change(&mut plan);
        self.document = plan.to_document();
    }

    fn environment(&self, name: &str, change: impl FnOnce(&mut Environment)) {
        self.scenario.world(|world| change(world.environments.get_mut(name).unwrap()));
    }

    fn approve(&self, environment: &str, login: &str) {
        self.scenario.world(|world| world.approve(self.scenario.run, environment, login, "seen").unwrap());
    }

    /// The gate's job goes on: `gate` runs in it, and it ends as that does.
    fn run_gate(&self, environment: &str) -> Ended {
        let ended = self.scenario.gate(environment, &self.document);
        self.end_job(environment, if ended.exit == Exit::Done { Conclusion::Success } else { Conclusion::Failure });
        ended
    }

    /// The job ends as somebody who changed the workflow would have it.
    fn end_job(&self, environment: &str, conclusion: Conclusion) {
        self.scenario.world(|world| world.finish_job(self.jobs[environment], conclusion).unwrap());
    }

    /// One gate, as it should be.
    fn pass(&self, environment: &str) {
        self.approve(environment, if OWNERS_GATES.contains(&environment) { "owner-login" } else { "lead-login" });
        self.end_job(environment, Conclusion::Success);
    }

    /// Every gate but these, as it should be.
    fn pass_all_but(&self, left_out: &[&str]) {
        ENVIRONMENTS.iter().filter(|environment| !left_out.contains(environment)).for_each(|environment| self.pass(environment));
    }

    /// `execute` refuses with these words, and nothing is written.
    #[track_caller]
    fn is_refused(&self, words: &str) {
        self.is_refused_with(Exit::Gates, &Execute::default(), words);
    }

    #[track_caller]
    fn is_refused_with(&self, exit: Exit, arguments: &Execute, words: &str) {
        let (log, before) = self.scenario.world(|world| (world.log.len(), Standing::of(world)));
        let ended = self.scenario.execute_with(arguments, &self.document);
        let said: Vec<String> = ended.problems.iter().map(ToString::to_string).collect();
        assert_eq!(ended.exit, exit, "{}\n{said:#?}", ended.text);
        assert!(said.iter().any(|line| line.contains(words)), "`{words}` is not in {said:#?}");
        assert_eq!(self.scenario.writes_after(log), [""; 0]);
        self.scenario.world(|world| assert_eq!(Standing::of(world), before));
    }
}

/// Everything a rollback could have changed.
#[derive(Debug, PartialEq, Eq)]
struct Standing {
    refs: String,
    pulls: usize,
    issues: usize,
    releases: Vec<(String, Option<String>, bool, Option<u64>)>,
}

impl Standing {
    fn of(world: &World) -> Self {
        let releases = world.releases.values();
        Self {
            refs: world.git.run(&["for-each-ref"]).unwrap(),
            pulls: world.pulls.len(),
            issues: world.issues.len(),
            releases: releases.map(|found| (found.tag_name.clone(), found.body.clone(), found.prerelease, found.made_latest)).collect(),
        }
    }
}

fn policy(leads: &[&str], owners: &[&str], more: &str) -> String {
    let (leads, owners) = (leads.join(", "), owners.join(", "));
    format!(
        "version: 1\nroles:\n  technical-lead: {{ users: [{leads}] }}\n  product-owner: {{ users: [{owners}] }}\npackages:\n  - name: entity-core\n    registry: pypi\nrestore:\n  keep: [CHANGELOG.md]\n{more}"
    )
}

fn set_policy(world: &mut World, leads: &[&str], owners: &[&str], more: &str) {
    world.push_file(POLICY_PATH, &policy(leads, owners, more), "Change the policy").unwrap();
    for login in leads.iter().chain(owners) {
        if !world.people.contains_key(*login) {
            world.add_person(login, Role::Write);
        }
    }
    for name in ENVIRONMENTS {
        let people = if OWNERS_GATES.contains(name) { owners } else { leads };
        if let Some(environment) = world.environments.get_mut(name) {
            environment.reviewers = people.iter().map(|login| Reviewer::User((*login).to_owned())).collect();
        }
    }
}

#[test]
fn the_same_rollback_without_an_attack_is_carried_out() {
    let attack = Attack::waiting();
    for environment in ENVIRONMENTS {
        attack.approve(environment, if OWNERS_GATES.contains(environment) { "owner-login" } else { "lead-login" });
        let ended = attack.run_gate(environment);
        assert_eq!(ended.exit, Exit::Done, "{environment}: {:?}", ended.problems);
    }
    let ended = attack.scenario.execute(&attack.document);
    assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
    attack.scenario.world(|world| assert_eq!(world.pulls.len(), 1));
}

#[test]
fn every_attack_is_in_the_threat_model_and_the_other_way_round() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let tests: BTreeSet<String> =
        ["commenters", "comments", "finish", "glass", "late", "people", "places", "plans", "questions", "rejections", "runs"]
            .iter()
            .flat_map(|file| {
                let text = read(&format!("tests/attacks/{file}.rs"));
                let names = text.split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split('(').next().map(str::to_owned));
                names.collect::<Vec<_>>()
            })
            .collect();
    let page = read("docs/threat-model.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name.to_owned());
    assert_eq!(rows.collect::<BTreeSet<_>>(), tests);
    assert!(page.contains(&format!("\n{} tests: attempts, ", tests.len())), "{} attacks", tests.len());
}
