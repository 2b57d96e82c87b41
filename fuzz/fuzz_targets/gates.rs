//! The decision about an approved plan, from reviews, jobs and environments of any form: nothing passes that a second,
//! plainer writing of the rules would not let pass.
#![no_main]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta};
use libfuzzer_sys::fuzz_target;
use rollback_action::config::{self, Policy};
use rollback_action::domain::gate::Stage;
use rollback_action::gate::{
    BreakGlass, Decision, Evidence, RunFacts, break_glass, confirmation, decide, decide_in_job, gate_job_name, recorded,
};
use rollback_action::github::{Environment, Job, Protection, Review, ReviewState, ReviewerRule};
use rollback_action::plan::Plan;

/// Bytes handed out one by one; zeros when there are none left.
struct Chance<'d>(std::slice::Iter<'d, u8>);

impl Chance<'_> {
    fn of(&mut self, most: u8) -> u8 {
        self.0.next().copied().unwrap_or(0) % most
    }

    /// One in so many is true.
    fn rarely(&mut self, most: u8) -> bool {
        self.of(most) == most - 1
    }
}

const PEOPLE: [&str; 6] = ["lead-login", "owner-login", "on-call", "stranger", "ghost", "github-actions[bot]"];

fuzz_target!(|data: &[u8]| {
    let mut chance = Chance(data.iter());
    let mut plan = rollback_action_fuzz::example_plan().clone();
    let mut policy = policy().clone();
    if chance.rarely(2) {
        policy.break_glass = Some(config::BreakGlass { roles: vec!["technical-lead".into()] });
    }
    plan.roles.clone_from(&policy.roles);
    plan.rules.minimum_people = u32::from(chance.of(4));
    plan.rules.administrators_may_bypass = chance.rarely(3);
    plan.rules.requester_may_approve = chance.rarely(3);
    let evidence = evidence(&mut chance, &plan, policy);
    let stage = Stage::Execute;
    let decision = decide(&plan, stage, &evidence);
    if let Decision::Approved(approved) = &decision {
        assert_eq!(approved.plan(), &plan);
        must_be_approved(&plan, &evidence);
        let counted: BTreeSet<_> = approved.approvals().iter().filter_map(|approval| approval.by.as_ref()).collect();
        assert!(counted.len() >= plan.rules.minimum_people as usize || plan.rules.administrators_may_bypass, "{counted:?}");
    }
    for environment in plan.environments(stage) {
        if let Decision::Approved(_) = decide_in_job(&plan, environment, &evidence) {
            assert!(reviewed(&plan, &evidence, environment), "{environment}");
        }
    }
    recorded(&plan, stage, &evidence);
    let asked = BreakGlass {
        confirmation: if chance.rarely(2) { confirmation(&plan) } else { "yes".into() },
        reason: if chance.rarely(2) { "nobody answers".into() } else { " ".into() },
    };
    if let Decision::Approved(_) = break_glass(&plan, stage, &evidence, &asked) {
        assert!(asked.confirmation == confirmation(&plan) && !asked.reason.trim().is_empty());
        let by = evidence.run.triggering_actor.as_ref().expect("somebody broke it");
        assert_eq!(by.as_str(), "lead-login");
        assert!(no_rejection(&plan, &evidence));
        sound(&plan, &evidence);
    }
});

/// A technical lead and a product owner.
fn policy() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| config::parse(config::minimal(), "p").unwrap_or_else(|problems| panic!("{problems}")))
}

fn evidence(chance: &mut Chance<'_>, plan: &Plan, policy: Policy) -> Evidence {
    let now = DateTime::from_timestamp(1_718_100_000, 0).unwrap();
    let login = |chance: &mut Chance<'_>| PEOPLE.get(usize::from(chance.of(7))).and_then(|name| name.parse().ok());
    let names: Vec<String> = plan.environments(Stage::Execute).into_iter().map(str::to_owned).collect();
    let mut reviews = Vec::new();
    let (mut environments, mut jobs) = (Vec::new(), Vec::new());
    for name in &names {
        let default = plan.basis.default_branch.to_string();
        if !chance.rarely(16) {
            environments.push(Environment {
                name: name.clone(),
                protection: Protection {
                    reviewers: (!chance.rarely(16)).then(|| ReviewerRule {
                        users: if chance.rarely(16) { Vec::new() } else { PEOPLE[..2].iter().map(|name| name.parse().unwrap()).collect() },
                        teams: Vec::new(),
                        prevent_self_review: !chance.rarely(16),
                    }),
                    branches: match chance.of(16) {
                        15 => None,
                        14 => Some(vec![default, "*".into()]),
                        _ => Some(vec![default]),
                    },
                    protected_branches_only: chance.rarely(16),
                    default_branch_protected: chance.rarely(2).then_some(true),
                    administrators_may_bypass: match chance.of(8) {
                        7 => Some(true),
                        6 => None,
                        _ => Some(false),
                    },
                },
            });
        }
        let role = plan.gates.iter().flat_map(|gate| &gate.approvals).find(|ask| &ask.environment == name).map_or("", |ask| &ask.roles[0]);
        let answerer = if chance.rarely(12) { login(chance) } else { PEOPLE[usize::from(role != "technical-lead")].parse().ok() };
        if !chance.rarely(16) {
            let state = match chance.of(16) {
                15 => ReviewState::Rejected,
                14 => ReviewState::Other,
                _ => ReviewState::Approved,
            };
            reviews.push(Review { environments: vec![name.clone()], state, user: answerer, comment: "seen".into() });
        }
        if !chance.rarely(16) {
            let id = if chance.rarely(16) { "0".repeat(12) } else { plan.id().short().to_owned() };
            let conclusion = match chance.of(16) {
                15 => None,
                14 => Some("failure"),
                13 => Some("skipped"),
                _ => Some("success"),
            };
            let started = TimeDelta::minutes(i64::from(chance.of(16)) * if chance.rarely(16) { 3000 } else { 1 } - 1);
            let prefix = if chance.rarely(4) { "rollback / " } else { "" };
            jobs.push(Job {
                name: format!("{prefix}{}", gate_job_name(name, &id)),
                status: "completed".into(),
                conclusion: conclusion.map(str::to_owned),
                started_at: (!chance.rarely(16)).then(|| now - started),
                attempt: Some(1),
                url: None,
            });
        }
    }
    let default = plan.basis.default_branch.to_string();
    let branch = if chance.rarely(8) { "other".to_owned() } else { default };
    let actor = if chance.rarely(4) { login(chance) } else { "on-call".parse().ok() };
    let all_jobs = if chance.rarely(4) { jobs.iter().cycle().take(jobs.len() * 2).cloned().collect() } else { jobs.clone() };
    Evidence {
        now,
        run: RunFacts {
            reference: format!("refs/heads/{branch}"),
            event: "workflow_dispatch".into(),
            branch: (!chance.rarely(8)).then_some(branch),
            actor: actor.clone(),
            triggering_actor: if chance.rarely(4) { login(chance) } else { actor },
        },
        policy: if chance.rarely(8) { Err("no answer".into()) } else { Ok(policy) },
        environments: if chance.rarely(16) { Err("no answer".into()) } else { Ok(environments) },
        reviews,
        jobs,
        all_jobs,
        private: false,
        answers: None,
    }
}

fn no_rejection(plan: &Plan, evidence: &Evidence) -> bool {
    let names = plan.environments(Stage::Execute);
    !evidence
        .reviews
        .iter()
        .any(|review| review.state == ReviewState::Rejected && review.environments.iter().any(|name| names.contains(&name.as_str())))
}

fn sound(plan: &Plan, evidence: &Evidence) {
    assert_eq!(evidence.run.reference, format!("refs/heads/{}", plan.basis.default_branch));
    assert!(evidence.policy.is_ok());
}

fn must_be_approved(plan: &Plan, evidence: &Evidence) {
    sound(plan, evidence);
    assert!(no_rejection(plan, evidence));
    for name in plan.environments(Stage::Execute) {
        assert!(reviewed(plan, evidence, name), "{name}");
        let wanted = gate_job_name(name, plan.id().short());
        let jobs: Vec<_> = evidence.jobs.iter().filter(|job| job.name.ends_with(&wanted)).collect();
        assert!(jobs.len() == 1 && jobs[0].conclusion.as_deref() == Some("success"), "{name}: {jobs:?}");
        let age = evidence.now - jobs[0].started_at.expect("a job that passed has started");
        assert!(age <= TimeDelta::hours(i64::from(plan.rules.valid_hours)), "{name}: {age}");
    }
}

/// The environment is closed, and everybody on record for it is somebody who may answer and did not start the run.
fn reviewed(plan: &Plan, evidence: &Evidence, name: &str) -> bool {
    let Ok(environments) = &evidence.environments else { return false };
    let Some(environment) = environments.iter().find(|environment| environment.name == name) else { return false };
    let Some(rule) = &environment.protection.reviewers else { return false };
    let only_default = environment.protection.branches.as_deref() == Some(&[plan.basis.default_branch.to_string()]);
    let by_protection = environment.protection.branches.is_none()
        && environment.protection.protected_branches_only
        && environment.protection.default_branch_protected == Some(true);
    let ask = plan.gates.iter().flat_map(|gate| &gate.approvals).find(|ask| ask.environment == name).expect("it is the plan's");
    let approvals: Vec<_> = evidence
        .reviews
        .iter()
        .filter(|review| review.state == ReviewState::Approved && review.environments.iter().any(|one| one == name))
        .collect();
    let fit = approvals.iter().all(|review| {
        let Some(user) = &review.user else { return false };
        let holds = ask.roles.iter().any(|role| plan.roles.get(role).is_some_and(|role| role.users.contains(user)));
        let started = evidence.run.actor.as_ref() == Some(user) || evidence.run.triggering_actor.as_ref() == Some(user);
        holds && (!started || plan.rules.requester_may_approve) && user.as_str() != "ghost"
    });
    !rule.users.is_empty()
        && (rule.prevent_self_review || plan.rules.requester_may_approve)
        && (only_default || by_protection)
        && fit
        && (!approvals.is_empty() || plan.rules.administrators_may_bypass)
}
