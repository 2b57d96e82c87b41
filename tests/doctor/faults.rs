//! Every fault that can be planted, and that `doctor` finds it.

mod gates;
mod releases;
mod stages;
mod workflows;

use std::collections::BTreeSet;

use github_simulator::World;
use github_simulator::environments::{BranchPolicy, Environment, RefPattern};
use github_simulator::world::{Rule, Ruleset, Target};
use rollback_action::commands::{Exit, Made, example};

use super::{ADMINISTRATOR, JOB, ROLES, found, healthy};

/// Whose token looks.
#[derive(Clone, Copy)]
pub(super) enum By {
    Job,
    Administrator,
}

pub(super) struct Fault {
    pub(super) name: &'static str,
    pub(super) plant: fn(&mut World),
    pub(super) by: By,
    /// `verdict check`.
    pub(super) found: &'static str,
    /// What the sentence must say.
    pub(super) says: &'static str,
}

pub(super) const fn fault(name: &'static str, plant: fn(&mut World), found: &'static str, says: &'static str) -> Fault {
    Fault { name, plant, by: By::Job, found, says }
}

pub(super) const fn seen_by_administrator(fault: Fault) -> Fault {
    Fault { by: By::Administrator, ..fault }
}

pub(super) const GATE: &str = "rollback-scope-assessed";

pub(super) fn policy(world: &mut World, more: &str) {
    people(world, ROLES, more);
}

pub(super) fn people(world: &mut World, roles: &str, more: &str) {
    world.push_file(".github/rollback.yml", &format!("{roles}{more}"), "Change the policy").unwrap();
}

pub(super) fn workflow(world: &mut World, name: &str, text: &str) {
    world.push_file(&format!(".github/workflows/{name}.yml"), text, "Change a workflow").unwrap();
}

pub(super) fn gate(world: &mut World, change: impl FnOnce(&mut Environment)) {
    change(world.environments.get_mut(GATE).unwrap());
}

pub(super) fn takes(world: &mut World, patterns: &[&str]) {
    let patterns = patterns.iter().map(|pattern| RefPattern { id: world.next_id(), pattern: (*pattern).into(), kind: "branch" }).collect();
    gate(world, |gate| gate.branch_policy = BranchPolicy::Custom(patterns));
}

pub(super) fn rule(world: &mut World, target: Target, include: &str, rule: Rule) {
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

pub(super) fn faults() -> Vec<Fault> {
    [gates::faults(), workflows::faults(), stages::faults(), releases::faults()].into_iter().flatten().collect()
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
        By::Job => JOB,
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
    assert_eq!(checks.len(), 34, "{checks:?}");
}
