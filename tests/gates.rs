//! The gate decision against a slow, obvious model: every combination of a small world, in both directions.

use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use rollback_action::config::{BreakGlass as GlassPolicy, Order, Policy};
use rollback_action::domain::gate::{Ask, Gate, Stage};
use rollback_action::domain::person::{Login, Role};
use rollback_action::gate::{BreakGlass, Decision, Evidence, RunFacts, break_glass, decide, gate_job_name};
use rollback_action::github::{Environment, Job, Protection, Review, ReviewState, ReviewerRule};
use rollback_action::plan::{Plan, Rules};

use crate::figures::figure_of_test;
use crate::scenario::Scenario;

/// The people of the small world. `Ann` leads, `Cat` owns, `Bob` and `Req` do both; `Req` pressed the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Ann,
    Bob,
    Cat,
    Req,
    Outsider,
    Bot,
    Gone,
}

/// What an environment turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Env {
    Closed,
    /// GitHub does not say whether administrators may go past it.
    BypassUnsaid,
    BypassOn,
    Open,
    Missing,
    SelfReview,
    EveryBranch,
    OtherBranch,
    ProtectedAndIs,
    ProtectedAndIsNot,
}

/// What became of the gate's job in the newest attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ran {
    Passed,
    ForAnotherPlan,
    Failed,
    Waiting,
    Skipped,
    Never,
    Twice,
}

/// What an earlier attempt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Earlier {
    Nothing,
    /// It came up to the environment too.
    AskedToo,
    /// It had succeeded, and this attempt carries that over.
    CarriedOver,
}

#[derive(Debug, Clone)]
struct Asked {
    env: Env,
    ran: Ran,
    earlier: Earlier,
    approved: Vec<Who>,
    rejected: bool,
}

#[derive(Debug, Clone)]
struct Model {
    asks: Vec<Asked>,
    /// Whether the asks are two halves of one gate, or a gate each.
    one_gate: bool,
    bypass_counts: bool,
    requester_may: bool,
    minimum: u32,
    /// Who started the newest attempt, beside `Req`, who started the first.
    restarted_by: Who,
}

/// What a decision comes to.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Verdict {
    Approved,
    Waiting,
    Rejected,
}

const REVIEWS: &[&[Who]] = &[
    &[],
    &[Who::Ann],
    &[Who::Bob],
    &[Who::Cat],
    &[Who::Req],
    &[Who::Outsider],
    &[Who::Bot],
    &[Who::Gone],
    &[Who::Ann, Who::Ann],
    &[Who::Ann, Who::Bob],
    &[Who::Bob, Who::Cat],
    &[Who::Bob, Who::Outsider],
];
const ENVS: &[Env] = &[
    Env::Closed,
    Env::BypassUnsaid,
    Env::BypassOn,
    Env::Open,
    Env::Missing,
    Env::SelfReview,
    Env::EveryBranch,
    Env::OtherBranch,
    Env::ProtectedAndIs,
    Env::ProtectedAndIsNot,
];
const RAN: &[Ran] = &[Ran::Passed, Ran::ForAnotherPlan, Ran::Failed, Ran::Waiting, Ran::Skipped, Ran::Never, Ran::Twice];
const EARLIER: &[Earlier] = &[Earlier::Nothing, Earlier::AskedToo, Earlier::CarriedOver];
const BOTH: &[bool] = &[false, true];

impl Asked {
    fn passed_by(approved: &[Who], earlier: Earlier) -> Self {
        Self { env: Env::Closed, ran: Ran::Passed, earlier, approved: approved.to_vec(), rejected: false }
    }
}

// ---- the oracle: one sentence of the procedure after the other, by trying everything ----

impl Model {
    fn verdict(&self) -> Verdict {
        if self.asks.iter().any(|ask| ask.rejected) {
            return Verdict::Rejected;
        }
        if (0..self.asks.len()).any(|at| !self.holds(at)) {
            return Verdict::Waiting;
        }
        // The history does not say which review was the last, so every way it may have been must be enough.
        let ways = self.asks.iter().fold(vec![Vec::new()], |ways: Vec<Vec<Option<Who>>>, ask| {
            let answers = self.answers(ask);
            ways.iter().flat_map(|way| answers.iter().map(move |answer| [way.as_slice(), &[*answer]].concat())).collect()
        });
        if ways.iter().all(|way| self.is_enough(way)) { Verdict::Approved } else { Verdict::Waiting }
    }

    /// Environment, job and everybody who approved, each by itself.
    fn holds(&self, at: usize) -> bool {
        let ask = &self.asks[at];
        let closed = match ask.env {
            Env::Closed | Env::BypassUnsaid | Env::ProtectedAndIs => true,
            Env::BypassOn => self.bypass_counts,
            Env::SelfReview => self.requester_may,
            Env::Open | Env::Missing | Env::EveryBranch | Env::OtherBranch | Env::ProtectedAndIsNot => false,
        };
        let reviewed = ask.approved.len() >= Self::times(ask) || self.bypass_counts;
        closed && ask.ran == Ran::Passed && reviewed && ask.approved.iter().all(|who| self.may(*who, at))
    }

    fn times(ask: &Asked) -> usize {
        match ask.earlier {
            Earlier::Nothing | Earlier::CarriedOver => 1,
            Earlier::AskedToo => 2,
        }
    }

    fn may(&self, who: Who, at: usize) -> bool {
        let leads = at == 0;
        let in_role = match who {
            Who::Ann => leads,
            Who::Cat => !leads,
            Who::Bob | Who::Req => true,
            Who::Outsider | Who::Bot | Who::Gone => false,
        };
        in_role && (self.requester_may || (who != Who::Req && who != self.restarted_by))
    }

    /// Whose answer it may have been; nobody's where an administrator may have gone past.
    fn answers(&self, ask: &Asked) -> Vec<Option<Who>> {
        match ask.approved.len() >= Self::times(ask) {
            true => ask.approved.iter().copied().collect::<BTreeSet<_>>().into_iter().map(Some).collect(),
            false => vec![None],
        }
    }

    fn is_enough(&self, way: &[Option<Who>]) -> bool {
        let people: BTreeSet<Who> = way.iter().flatten().copied().collect();
        let twice = self.one_gate && self.minimum > 1 && way[0].is_some() && way[0] == way[1];
        people.len() >= self.minimum as usize && !twice
    }
}

// ---- the model as the evidence GitHub would give ----

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) policy: Policy,
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

    fn stage(&self, model: &Model) -> (Plan, Evidence) {
        let mut policy = self.policy.clone();
        let asks: Vec<Ask> = ["technical-lead", "product-owner"]
            .iter()
            .map(|role| Ask { environment: format!("rollback-{role}"), roles: vec![(*role).to_owned()] })
            .take(model.asks.len())
            .collect();
        let gate = |id: &str, asks: &[Ask]| Gate {
            id: id.into(),
            question: "may it go on?".into(),
            evidence: String::new(),
            stage: Stage::Execute,
            approvals: asks.to_vec(),
        };
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

fn environment(name: &str, env: Env) -> Option<Environment> {
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

fn job(name: String, conclusion: Option<&str>, hours_ago: i64) -> Job {
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

fn passing() -> Model {
    Model {
        asks: vec![Asked::passed_by(&[Who::Ann], Earlier::Nothing), Asked::passed_by(&[Who::Cat], Earlier::Nothing)],
        one_gate: false,
        bypass_counts: false,
        requester_may: false,
        minimum: 2,
        restarted_by: Who::Req,
    }
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
