//! The model as the evidence GitHub would give.

use chrono::{DateTime, TimeDelta, Utc};
use rollback_action::config::Policy;
use rollback_action::domain::gate::{Ask, Gate, Stage};
use rollback_action::domain::person::{Login, Role};
use rollback_action::gate::{Evidence, RunFacts, gate_job_name};
use rollback_action::github::{Environment, Job, Protection, Review, ReviewState, ReviewerRule};
use rollback_action::plan::{Plan, Rules};

use super::model::{Earlier, Env, Model, Ran, Who};
use crate::scenario::Scenario;

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) policy: Policy,
}

/// What the lead and the owner are asked.
pub(crate) fn both_roles() -> impl Iterator<Item = Ask> {
    let roles = ["technical-lead", "product-owner"].into_iter();
    roles.map(|role| Ask { environment: format!("rollback-{role}"), roles: vec![role.to_owned()] })
}

/// A gate before `execute`.
pub(crate) fn gate(id: &str, asks: &[Ask]) -> Gate {
    Gate { id: id.into(), question: "may it go on?".into(), evidence: String::new(), stage: Stage::Execute, approvals: asks.to_vec() }
}

impl World {
    /// A real plan, with as little in it as a digest needs to be quick.
    pub(crate) fn new() -> Self {
        let scenario = Scenario::new();
        let mut plan = Plan::from_document(&scenario.planned()).unwrap();
        plan.content.put.clear();
        plan.content.edits.clear();
        plan.content.places.clear();
        plan.removes = rollback_action::plan::Removes::default();
        plan.window.window.phases.clear();
        for list in [&mut plan.headline, &mut plan.warnings, &mut plan.manual] {
            list.clear();
        }
        plan.who_gets_what.clear();
        plan.steps.clear();
        plan.finish.clear();
        let people = |people: &[Who]| Role { users: people.iter().filter_map(|who| login(*who)).collect(), teams: Vec::new() };
        let mut policy = scenario.stage.policy.clone();
        policy.roles.clear();
        policy.roles.insert("technical-lead".into(), people(&[Who::Ann, Who::Bob, Who::Req]));
        policy.roles.insert("product-owner".into(), people(&[Who::Bob, Who::Cat, Who::Req]));
        Self { plan, policy }
    }

    pub(super) fn stage(&self, model: &Model) -> (Plan, Evidence) {
        let mut policy = self.policy.clone();
        let asks: Vec<Ask> = both_roles().take(model.asks.len()).collect();
        policy.gates = match model.one_gate {
            true => vec![gate("both", &asks)],
            false => asks.iter().map(|ask| gate(&ask.roles[0], std::slice::from_ref(ask))).collect(),
        };
        policy.approvals.minimum_people = model.minimum;
        policy.approvals.requester_may_approve = model.requester_may;
        policy.approvals.administrators_may_bypass = model.bypass_counts;
        let mut plan = self.plan.clone();
        plan.gates.clone_from(&policy.gates);
        plan.roles.clone_from(&policy.roles);
        plan.rules = Rules::of(&policy);
        plan.requester = login(Who::Req);
        let id = plan.id().short().to_owned();
        let mut evidence = Evidence {
            now: now(),
            run: RunFacts {
                event: "workflow_dispatch".into(),
                reference: "refs/heads/main".into(),
                branch: Some("main".into()),
                actor: login(Who::Req),
                triggering_actor: login(model.restarted_by),
            },
            policy: Ok(policy),
            environments: Ok(Vec::new()),
            reviews: Vec::new(),
            jobs: Vec::new(),
            all_jobs: Vec::new(),
            private: false,
            answers: None,
        };
        for (asked, ask) in model.asks.iter().zip(&asks) {
            evidence.environments.as_mut().unwrap().extend(environment(&ask.environment, asked.env));
            evidence.jobs.extend(jobs(&ask.environment, asked.ran, &id));
            evidence.all_jobs.extend(earlier_jobs(&ask.environment, asked.earlier, &id));
            let review = |state, user| Review { environments: vec![ask.environment.clone()], state, user, comment: "seen".into() };
            evidence.reviews.extend(asked.approved.iter().map(|who| review(ReviewState::Approved, login(*who))));
            evidence.reviews.extend(asked.rejected.then(|| review(ReviewState::Rejected, login(Who::Cat))));
        }
        evidence.all_jobs.extend(evidence.jobs.clone());
        (plan, evidence)
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_718_050_000, 0).unwrap()
}

pub(crate) fn login(who: Who) -> Option<Login> {
    let name = match who {
        Who::Ann => "ann",
        Who::Bob => "bob",
        Who::Cat => "cat",
        Who::Req => "req",
        Who::Outsider => "outsider",
        Who::Bot => "ann[bot]",
        Who::Gone => return None,
    };
    Some(name.parse().unwrap())
}

pub(super) fn environment(name: &str, env: Env) -> Option<Environment> {
    let rule = ReviewerRule {
        users: [Who::Ann, Who::Bob, Who::Cat, Who::Req].iter().filter_map(|who| login(*who)).collect(),
        teams: Vec::new(),
        prevent_self_review: env != Env::SelfReview,
    };
    let branches = match env {
        Env::EveryBranch | Env::ProtectedAndIs | Env::ProtectedAndIsNot => None,
        Env::OtherBranch => Some(vec!["main".into(), "feature/*".into()]),
        _ => Some(vec!["main".into()]),
    };
    let protection = Protection {
        reviewers: (env != Env::Open).then_some(rule),
        branches,
        protected_branches_only: matches!(env, Env::ProtectedAndIs | Env::ProtectedAndIsNot),
        default_branch_protected: Some(env == Env::ProtectedAndIs),
        administrators_may_bypass: match env {
            Env::BypassUnsaid => None,
            env => Some(env == Env::BypassOn),
        },
    };
    (env != Env::Missing).then(|| Environment { name: name.to_owned(), protection })
}

pub(super) fn job(name: String, conclusion: Option<&str>, hours_ago: i64) -> Job {
    Job {
        name,
        status: if conclusion.is_some() { "completed" } else { "waiting" }.into(),
        conclusion: conclusion.map(str::to_owned),
        started_at: Some(now() - TimeDelta::hours(hours_ago)),
        attempt: None,
        url: None,
    }
}

fn jobs(environment: &str, ran: Ran, id: &str) -> Vec<Job> {
    let mine = |conclusion| job(gate_job_name(environment, id), conclusion, 1);
    match ran {
        Ran::Passed => vec![mine(Some("success"))],
        Ran::ForAnotherPlan => vec![job(gate_job_name(environment, "0123456789ab"), Some("success"), 1)],
        Ran::Failed => vec![mine(Some("failure"))],
        Ran::Waiting => vec![mine(None)],
        Ran::Skipped => vec![mine(Some("skipped"))],
        Ran::Never => Vec::new(),
        Ran::Twice => vec![mine(Some("success")), mine(Some("success"))],
    }
}

fn earlier_jobs(environment: &str, earlier: Earlier, id: &str) -> Vec<Job> {
    match earlier {
        Earlier::Nothing => Vec::new(),
        Earlier::AskedToo => vec![job(gate_job_name(environment, "aaaaaaaaaaaa"), Some("failure"), 2)],
        Earlier::CarriedOver => vec![job(gate_job_name(environment, id), Some("success"), 1)],
    }
}
