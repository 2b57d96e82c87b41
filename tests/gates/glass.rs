//! Going past missing approvals, in the same small world.

use rollback_action::config::{BreakGlass as GlassPolicy, Order};
use rollback_action::domain::gate::Stage;
use rollback_action::gate::{BreakGlass, Decision, Evidence, break_glass, decide, gate_job_name};
use rollback_action::github::{Review, ReviewState};
use rollback_action::plan::Plan;

use super::model::{Asked, BOTH, ENVS, Earlier, Env, RAN, Verdict, Who, passing};
use super::world::{World, login};

/// Every way in which a run, a plan or a policy can be another than it should: none is approved, glass or not.
#[test]
fn nobody_goes_past_another_branch_another_policy_or_a_rejection() {
    type Change = fn(&mut Plan, &mut Evidence);
    let changes: &[(&str, Change)] = &[
        ("ref", |_, evidence| evidence.run.reference = "refs/heads/feature".into()),
        ("tag of the branch's name", |_, evidence| evidence.run.reference = "refs/tags/main".into()),
        ("bare ref", |_, evidence| evidence.run.reference = "main".into()),
        ("case of the ref", |_, evidence| evidence.run.reference = "refs/heads/Main".into()),
        ("branch on record", |_, evidence| evidence.run.branch = Some("feature".into())),
        ("no branch on record", |_, evidence| evidence.run.branch = None),
        ("policy unreadable", |_, evidence| evidence.policy = Err("503".into())),
        ("gate added since", |_, evidence| {
            let policy = evidence.policy.as_mut().unwrap();
            let mut more = policy.gates[0].clone();
            more.id = "one-more".into();
            policy.gates.push(more);
        }),
        ("gate left out of the plan", |plan, _| {
            plan.gates.pop();
        }),
        ("no gate at all", |plan, evidence| {
            plan.gates.clear();
            evidence.policy.as_mut().unwrap().gates.clear();
        }),
        ("other role asked", |plan, _| plan.gates[0].approvals[0].roles = vec!["product-owner".into()]),
        ("fewer people", |plan, _| plan.rules.minimum_people = 1),
        ("self-approval let in", |plan, _| plan.rules.requester_may_approve = true),
        ("bypass let in", |plan, _| plan.rules.administrators_may_bypass = true),
        ("longer validity", |plan, _| plan.rules.valid_hours = 720),
        ("other order", |plan, _| plan.rules.order = Order::InOrder),
        ("rejected", |plan, evidence| {
            evidence.reviews.push(Review {
                environments: vec![plan.gates[0].approvals[0].environment.to_uppercase()],
                state: ReviewState::Rejected,
                user: None,
                comment: "no\n::error::no".into(),
            });
        }),
        ("rejected where the environment is gone", |_, evidence| {
            evidence.reviews.push(Review {
                environments: Vec::new(),
                state: ReviewState::Rejected,
                user: login(Who::Cat),
                comment: String::new(),
            });
        }),
    ];
    let world = World::new();
    for (name, change) in changes {
        let (mut plan, mut evidence) = world.stage(&passing());
        evidence.policy.as_mut().unwrap().break_glass = Some(GlassPolicy { roles: vec!["technical-lead".into()] });
        change(&mut plan, &mut evidence);
        // The jobs are named for the changed plan: it is not the name that stops it.
        let id = plan.id().short().to_owned();
        for jobs in [&mut evidence.jobs, &mut evidence.all_jobs] {
            for job in jobs {
                job.name = gate_job_name(job.name.split(' ').nth(1).unwrap(), &id);
            }
        }
        assert!(!matches!(decide(&plan, Stage::Execute, &evidence), Decision::Approved(_)), "{name}");
        let broken = break_glass(&plan, Stage::Execute, &evidence, &glass(&plan));
        assert!(!matches!(broken, Decision::Approved(_)), "{name}, with the glass broken");
    }
}

fn glass(plan: &Plan) -> BreakGlass {
    BreakGlass { confirmation: format!("roll back {}", plan.bad.tag), reason: "the site is down".into() }
}

#[test]
fn the_glass_is_broken_only_by_whom_the_policy_names_and_only_where_something_is_missing() {
    let world = World::new();
    let mut broken = 0;
    for ran in RAN {
        for env in ENVS {
            for restarted_by in [Who::Ann, Who::Bob, Who::Cat, Who::Outsider, Who::Bot, Who::Gone] {
                for named in BOTH {
                    let mut model = passing();
                    model.restarted_by = restarted_by;
                    model.asks[0] = Asked { env: *env, ran: *ran, ..Asked::passed_by(&[Who::Bob], Earlier::Nothing) };
                    let (plan, mut evidence) = world.stage(&model);
                    evidence.policy.as_mut().unwrap().break_glass = named.then(|| GlassPolicy { roles: vec!["technical-lead".into()] });
                    // Where a gate is not closed there is no glass: nobody knows who opened it.
                    let closed = matches!(env, Env::Closed | Env::BypassUnsaid | Env::ProtectedAndIs);
                    let may = closed && *named && matches!(restarted_by, Who::Ann | Who::Bob);
                    match break_glass(&plan, Stage::Execute, &evidence, &glass(&plan)) {
                        Decision::Approved(approved) => {
                            assert!(may, "{model:?}");
                            assert_eq!(approved.broken_glass().is_none(), model.verdict() == Verdict::Approved, "{model:?}");
                            if let Some(glass) = approved.broken_glass() {
                                broken += 1;
                                assert_eq!((Some(&glass.by), glass.missing.is_empty()), (login(restarted_by).as_ref(), false));
                            }
                        }
                        Decision::Waiting(reasons) => assert!(!may && !reasons.is_empty(), "{model:?}: {reasons:?}"),
                        Decision::Rejected(reasons) => panic!("{reasons:?}"),
                    }
                }
            }
        }
    }
    assert!(broken > 30, "{broken}");
}
