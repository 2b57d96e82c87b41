//! The gate decision against a slow, obvious model: every combination of a small world, in both directions.

mod glass;
mod model;
mod stages;
mod world;

use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::TimeDelta;
use rollback_action::config::Order;
use rollback_action::domain::gate::Stage;
use rollback_action::domain::person::Login;
use rollback_action::gate::{Decision, decide, gate_job_name};

use self::model::{Asked, BOTH, EARLIER, ENVS, Earlier, Model, RAN, REVIEWS, Ran, passing};
pub(crate) use self::model::{Verdict, Who};
use self::world::job;
pub(crate) use self::world::{World, both_roles, gate, login, now};
use crate::figures::figure_of_test;

/// Compares the decision with the oracle; returns what it was.
fn check(world: &World, model: &Model) -> Verdict {
    let (plan, evidence) = world.stage(model);
    agrees(decide(&plan, Stage::Execute, &evidence), model.verdict(), model.minimum, model)
}

/// Holds a decision against the oracle's verdict and returns it: who approved is enough, and every reason is a sentence.
pub(crate) fn agrees(decision: Decision, expected: Verdict, minimum: u32, model: &impl Debug) -> Verdict {
    let verdict = match &decision {
        Decision::Approved(_) => Verdict::Approved,
        Decision::Waiting(_) => Verdict::Waiting,
        Decision::Rejected(_) => Verdict::Rejected,
    };
    assert_eq!(verdict, expected, "{model:?}\n{decision:?}");
    match decision {
        Decision::Approved(approved) => {
            let people: BTreeSet<&Login> = approved.approvals().iter().filter_map(|approval| approval.by.as_ref()).collect();
            assert!(people.len() >= minimum as usize && approved.broken_glass().is_none(), "{model:?}");
        }
        Decision::Waiting(reasons) | Decision::Rejected(reasons) => {
            assert!(!reasons.is_empty(), "{model:?}");
            for reason in &reasons {
                let text = reason.to_string();
                assert!(text.len() > 40 && !text.ends_with('.') && !text.contains('\n'), "not a sentence: {text}");
            }
        }
    }
    verdict
}

/// How many of each verdict there were.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) cases: usize,
    pub(crate) approved: usize,
    pub(crate) rejected: usize,
}

impl Counted {
    pub(crate) fn add(&mut self, verdict: Verdict) {
        self.cases += 1;
        self.approved += usize::from(verdict == Verdict::Approved);
        self.rejected += usize::from(verdict == Verdict::Rejected);
    }
}

#[test]
fn no_plan_is_approved_unless_every_gate_was_passed_for_it_whatever_became_of_one_of_them() {
    let world = World::new();
    let mut counted = Counted::default();
    let others = [Asked::passed_by(&[Who::Cat], Earlier::Nothing), Asked::passed_by(&[Who::Bob], Earlier::Nothing)];
    for (env, ran, earlier, approved) in ENVS.iter().flat_map(|env| {
        RAN.iter().flat_map(move |ran| {
            EARLIER.iter().flat_map(move |earlier| REVIEWS.iter().map(move |approved| (*env, *ran, *earlier, *approved)))
        })
    }) {
        // A job that did not pass waits whatever the rules are; the rules are tried where it did.
        let rules: &[bool] = if ran == Ran::Passed { BOTH } else { &[false] };
        for (rejected, bypass_counts, requester_may) in
            rules.iter().flat_map(|rejected| rules.iter().flat_map(move |bypass| rules.iter().map(move |may| (*rejected, *bypass, *may))))
        {
            let ask = Asked { env, ran, earlier, approved: approved.to_vec(), rejected };
            for other in &others {
                let asks = vec![ask.clone(), other.clone()];
                let model = Model { asks, one_gate: false, bypass_counts, requester_may, minimum: 2, restarted_by: Who::Req };
                counted.add(check(&world, &model));
            }
        }
    }
    assert_eq!((counted.cases, counted.approved, counted.rejected), (10_080, 276, 2_880));
    figure_of_test("decisions compared", counted.cases);
}

#[test]
fn no_plan_is_approved_but_by_enough_different_people_who_may() {
    let world = World::new();
    let mut counted = Counted::default();
    for first in REVIEWS {
        for second in REVIEWS {
            for (once, again) in EARLIER.iter().flat_map(|one| EARLIER.iter().map(move |two| (*one, *two))) {
                for rules in 0..16_u32 {
                    let is = |bit: u32| rules & (1 << bit) != 0;
                    let model = Model {
                        asks: vec![Asked::passed_by(first, once), Asked::passed_by(second, again)],
                        one_gate: is(0),
                        bypass_counts: is(1),
                        requester_may: is(2),
                        minimum: 1 + u32::from(is(3)),
                        restarted_by: if first.len() > 1 { Who::Ann } else { Who::Req },
                    };
                    counted.add(check(&world, &model));
                }
            }
        }
    }
    assert_eq!((counted.cases, counted.approved, counted.rejected), (20_736, 1_294, 0));
    figure_of_test("decisions compared", counted.cases);
}

#[test]
fn an_approval_is_good_for_as_long_as_the_policy_says_and_not_from_the_future() {
    let world = World::new();
    let mut good = Vec::new();
    for minutes in [-60, -6, -5, 0, 1, 24 * 60 - 1, 24 * 60, 24 * 60 + 1, 30 * 24 * 60] {
        let (plan, mut evidence) = world.stage(&passing());
        evidence.jobs[0].started_at = Some(now() - TimeDelta::minutes(minutes));
        evidence.all_jobs.clone_from(&evidence.jobs);
        if matches!(decide(&plan, Stage::Execute, &evidence), Decision::Approved(_)) {
            good.push(minutes);
        }
    }
    assert_eq!(good, [-5, 0, 1, 24 * 60 - 1, 24 * 60]);
    let (plan, mut evidence) = world.stage(&passing());
    evidence.jobs[1].started_at = None;
    assert!(matches!(decide(&plan, Stage::Execute, &evidence), Decision::Waiting(_)));
}

#[test]
fn gates_in_order_are_passed_in_order() {
    let world = World::new();
    let mut counted = Counted::default();
    for (first, second) in (1..=4).flat_map(|first| (1..=4).map(move |second| (first, second))) {
        for order in [Order::AllAtOnce, Order::InOrder] {
            let (mut plan, mut evidence) = world.stage(&passing());
            evidence.policy.as_mut().unwrap().approvals.order = order;
            plan.rules.order = order;
            let id = plan.id().short().to_owned();
            let name = |at: usize| gate_job_name(&plan.gates[at].approvals[0].environment, &id);
            evidence.jobs = vec![job(name(0), Some("success"), first), job(name(1), Some("success"), second)];
            evidence.all_jobs.clone_from(&evidence.jobs);
            let approved = matches!(decide(&plan, Stage::Execute, &evidence), Decision::Approved(_));
            assert_eq!(approved, order == Order::AllAtOnce || first >= second, "{first} h and {second} h ago, {order:?}");
            counted.add(if approved { Verdict::Approved } else { Verdict::Waiting });
        }
    }
    assert_eq!((counted.cases, counted.approved), (32, 26));
    figure_of_test("decisions compared", counted.cases);
}
