//! The same decision before every stage: in which order and how long ago its gates were answered, in which run, by whom,
//! in environments and by comments. The oracle knows four stages, minutes and people, and nothing of jobs or threads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rollback_action::config::Order;
use rollback_action::domain::gate::{Ask, Gate, Holder, Stage};
use rollback_action::gate::{Answers, Asking, Evidence, RunFacts, decide, gate_job_name};
use rollback_action::github::{Account, Comment, Review, ReviewState, Run, Thread};
use rollback_action::plan::{Plan, Rules, embedded};

use super::model::Env;
use super::world::{environment, job};
use super::{Counted, Verdict, Who, World, agrees, login, now};
use crate::figures::figure_of_test;

const STAGES: [Stage; 4] = [Stage::Execute, Stage::Finish, Stage::Close, Stage::ReRelease];
const LATE: [Stage; 3] = [Stage::Finish, Stage::Close, Stage::ReRelease];
const HOLDERS: [Holder; 2] = [Holder::Environments, Holder::Comments];

/// How long ago a part of a gate was answered, if ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Never,
    /// By a clock that is six minutes ahead, more than GitHub's are.
    TooFarAhead,
    Ahead,
    AnHour,
    /// As long ago as the policy lets an approval count, to the minute.
    Limit,
    OverIt,
}

const AGES: [Age; 6] = [Age::Never, Age::TooFarAhead, Age::Ahead, Age::AnHour, Age::Limit, Age::OverIt];

/// The run in which something happens, as GitHub has it on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// Somebody pressed the button, or commented.
    Main,
    /// The run of the rollback's own merge, on record for the branch that was merged.
    OwnMerge,
    OtherMerge,
    /// Dispatched on the rollback's own branch; the runner says it is the default one.
    OwnBranch,
    Feature,
    Unsaid,
}

const PLACES: [Where; 6] = [Where::Main, Where::OwnMerge, Where::OtherMerge, Where::OwnBranch, Where::Feature, Where::Unsaid];

/// A part of a gate.
#[derive(Debug, Clone, Copy)]
struct Part {
    stage: Stage,
    /// Its gate; parts of one gate have no order and take different people.
    gate: usize,
    /// Whether the lead answers it; the owner does otherwise.
    leads: bool,
    by: Who,
    age: Age,
    rejected: bool,
}

#[derive(Debug, Clone)]
struct Model {
    asked: Stage,
    holder: Holder,
    parts: Vec<Part>,
    in_order: bool,
    minimum: u32,
    valid_hours: u32,
    here: Where,
    /// The run that asked for comments.
    asked_in: Where,
}

impl Model {
    fn new(asked: Stage, holder: Holder, parts: Vec<Part>) -> Self {
        let valid_hours = [24, 2, 72, 720][STAGES.iter().position(|stage| *stage == asked).unwrap()];
        Self { asked, holder, parts, in_order: false, minimum: 2, valid_hours, here: Where::Main, asked_in: Where::Main }
    }

    // ---- the oracle: one sentence of the procedure after the other ----

    fn verdict(&self) -> Verdict {
        if self.parts.iter().any(|part| part.rejected && self.stops(part.stage)) {
            return Verdict::Rejected;
        }
        let mine: Vec<&Part> = self.parts.iter().filter(|part| part.stage == self.asked).collect();
        let everybody: BTreeSet<Who> = mine.iter().map(|part| part.by).collect();
        let is_enough = self.asked != Stage::Execute || everybody.len() >= self.minimum as usize;
        let answered = mine.iter().all(|part| self.is_fresh(part.age) && Self::may(part));
        match self.is_run_good() && answered && is_enough && self.are_different(&mine) && self.is_in_order(&mine) {
            true => Verdict::Approved,
            false => Verdict::Waiting,
        }
    }

    /// A no in an environment is of its stage. One in a comment stops whatever the plan does next; only a release of the
    /// work again waits for nobody, so a no to it holds nothing else.
    fn stops(&self, stage: Stage) -> bool {
        stage == self.asked || (self.holder == Holder::Comments && stage != Stage::ReRelease)
    }

    fn is_run_good(&self) -> bool {
        let here = self.here == Where::Main || (self.here == Where::OwnMerge && self.asked == Stage::Finish);
        // A merge asks for all that comes after it.
        let asked = self.asked_in == Where::Main || (self.asked_in == Where::OwnMerge && self.asked != Stage::Execute);
        here && (asked || self.holder == Holder::Environments)
    }

    fn is_fresh(&self, age: Age) -> bool {
        self.minutes(age).is_some_and(|minutes| (-5..=i64::from(self.valid_hours) * 60).contains(&minutes))
    }

    fn minutes(&self, age: Age) -> Option<i64> {
        let limit = i64::from(self.valid_hours) * 60;
        match age {
            Age::Never => None,
            Age::TooFarAhead => Some(-6),
            Age::Ahead => Some(-5),
            Age::AnHour => Some(60),
            Age::Limit => Some(limit),
            Age::OverIt => Some(limit + 1),
        }
    }

    fn may(part: &Part) -> bool {
        match part.by {
            Who::Ann => part.leads,
            Who::Cat => !part.leads,
            Who::Bob => true,
            Who::Req | Who::Outsider | Who::Bot | Who::Gone => false,
        }
    }

    fn are_different(&self, mine: &[&Part]) -> bool {
        let twice = |one: usize, other: usize| mine[one].gate == mine[other].gate && mine[one].by == mine[other].by;
        self.minimum < 2 || !(0..mine.len()).any(|one| (0..one).any(|other| twice(one, other)))
    }

    fn is_in_order(&self, mine: &[&Part]) -> bool {
        let before = |one: &Part, other: &Part| one.gate < other.gate && self.minutes(one.age) < self.minutes(other.age);
        !self.in_order || !mine.iter().any(|one| mine.iter().any(|other| before(one, other)))
    }

    // ---- the model as the evidence GitHub would give ----

    fn stage(&self, world: &World) -> (Plan, Evidence) {
        let (mut plan, mut policy) = (world.plan.clone(), world.policy.clone());
        policy.gates.clear();
        for (at, part) in self.parts.iter().enumerate() {
            let role = if part.leads { "technical-lead" } else { "product-owner" };
            let ask = Ask { environment: format!("rollback-{at}"), roles: vec![role.into()] };
            let id = format!("gate-{}", part.gate);
            match policy.gates.iter_mut().find(|gate| gate.id == id) {
                Some(gate) => gate.approvals.push(ask),
                None => policy.gates.push(Gate {
                    id,
                    question: "may it go on?".into(),
                    evidence: String::new(),
                    stage: part.stage,
                    approvals: vec![ask],
                }),
            }
        }
        policy.approvals.minimum_people = self.minimum;
        policy.approvals.order = if self.in_order { Order::InOrder } else { Order::AllAtOnce };
        policy.approvals.valid_hours = self.valid_hours;
        policy.approvals.by = Some(self.holder);
        plan.gates.clone_from(&policy.gates);
        plan.roles.clone_from(&policy.roles);
        plan.rules = Rules::of(&policy);
        plan.requester = login(Who::Req);
        let run = self.here.run(&plan);
        let mut evidence = Evidence {
            now: now(),
            run: RunFacts {
                reference: if self.here == Where::Feature { "refs/heads/feature" } else { "refs/heads/main" }.into(),
                event: run.event,
                branch: run.branch,
                actor: run.actor,
                triggering_actor: run.triggering_actor,
            },
            policy: Ok(policy),
            environments: Ok(Vec::new()),
            reviews: Vec::new(),
            jobs: Vec::new(),
            all_jobs: Vec::new(),
            private: self.holder == Holder::Comments,
            answers: None,
        };
        match self.holder {
            Holder::Environments => self.reviewed(&plan, &mut evidence),
            Holder::Comments => evidence.answers = Some(self.commented(&plan)),
        }
        (plan, evidence)
    }

    fn at(&self, age: Age) -> Option<DateTime<Utc>> {
        self.minutes(age).map(|minutes| now() - TimeDelta::minutes(minutes))
    }

    fn reviewed(&self, plan: &Plan, evidence: &mut Evidence) {
        for (at, part) in self.parts.iter().enumerate() {
            let name = format!("rollback-{at}");
            evidence.environments.as_mut().unwrap().extend(environment(&name, Env::Closed));
            let review = |state, user| Review { environments: vec![name.clone()], state, user, comment: "seen".into() };
            evidence.reviews.extend(part.rejected.then(|| review(ReviewState::Rejected, login(Who::Cat))));
            let Some(started_at) = self.at(part.age) else { continue };
            let mut passed = job(gate_job_name(&name, plan.id().short()), Some("success"), 0);
            passed.started_at = Some(started_at);
            evidence.jobs.push(passed);
            evidence.reviews.push(review(ReviewState::Approved, login(part.by)));
        }
        evidence.all_jobs.clone_from(&evidence.jobs);
    }

    fn commented(&self, plan: &Plan) -> Answers {
        let asked_at = now() - TimeDelta::days(40);
        let comment =
            |at, author, body: String| Comment { id: 0, author, body, created_at: at, edited: false, minimized: false, ours: false };
        let question = format!("{}\n\nread this\n\n{}\n", Asking::first(5).line(), embedded(plan));
        let mut comments = vec![Comment { ours: true, ..comment(asked_at, None, question) }];
        for part in &self.parts {
            let gate = &plan.gates.iter().find(|gate| gate.id == format!("gate-{}", part.gate)).unwrap();
            let ask = gate.approvals.iter().find(|ask| (ask.roles == ["technical-lead"]) == part.leads).unwrap();
            let name = gate.answer_name(ask);
            let said = |verb: &str| format!("/{verb} {name} {}", plan.id().short());
            comments.extend(part.rejected.then(|| comment(asked_at, account(Who::Bob), said("reject"))));
            comments.extend(self.at(part.age).map(|at| comment(at, account(part.by), said("approve"))));
        }
        comments.sort_by_key(|comment| comment.created_at);
        let people = [Who::Ann, Who::Bob, Who::Cat, Who::Req].map(|who| (login(who).unwrap(), Ok(Some(number(who)))));
        Answers {
            thread: Thread { number: 7, comments, ..Thread::default() },
            asked_in: Ok(self.asked_in.run(plan)),
            people: BTreeMap::from(people),
        }
    }
}

impl Where {
    fn run(self, plan: &Plan) -> Run {
        let branch = match self {
            Self::Main => Some("main".to_owned()),
            Self::OwnMerge | Self::OwnBranch => Some(plan.branch.to_string()),
            Self::OtherMerge | Self::Feature => Some("feature".into()),
            Self::Unsaid => None,
        };
        let event = if matches!(self, Self::OwnMerge | Self::OtherMerge) { "pull_request" } else { "workflow_dispatch" };
        Run { attempt: 1, event: event.into(), branch, actor: login(Who::Req), triggering_actor: login(Who::Req) }
    }
}

fn number(who: Who) -> u64 {
    10 + who as u64
}

fn account(who: Who) -> Option<Account> {
    login(who).map(|login| Account { login, id: Some(number(who)) })
}

fn check(world: &World, model: &Model) -> Verdict {
    let (plan, evidence) = model.stage(world);
    // How many different people there are is asked before `execute`.
    let minimum = if model.asked == Stage::Execute { model.minimum } else { 0 };
    agrees(decide(&plan, model.asked, &evidence), model.verdict(), minimum, model)
}

#[test]
fn before_every_stage_the_gates_are_answered_in_order_and_not_too_long_ago() {
    let (world, mut counted) = (World::new(), Counted::default());
    let part = |stage, gate, leads, by, age| Part { stage, gate, leads, by, age, rejected: false };
    for asked in STAGES {
        let other = if asked == Stage::Execute { Stage::Finish } else { Stage::Execute };
        let thirds = [Age::Ahead, Age::AnHour, Age::Limit];
        for ages in AGES.iter().flat_map(|one| AGES.iter().flat_map(move |two| thirds.map(|three| [*one, *two, three]))) {
            for rules in 0..8_u32 {
                let is = |bit: u32| rules & (1 << bit) != 0;
                // Three gates, or one of two parts and one more; and a gate of another stage, never answered or long ago.
                let (gates, elsewhere) = if is(0) { ([1, 2, 3], Age::Never) } else { ([1, 1, 3], Age::OverIt) };
                let parts = vec![
                    part(asked, gates[0], true, Who::Ann, ages[0]),
                    part(asked, gates[1], false, Who::Cat, ages[1]),
                    part(asked, gates[2], true, Who::Bob, ages[2]),
                    part(other, 4, false, Who::Cat, elsewhere),
                ];
                let holder = if is(1) { Holder::Comments } else { Holder::Environments };
                counted.add(check(&world, &Model { in_order: is(2), ..Model::new(asked, holder, parts) }));
            }
        }
    }
    assert_eq!((counted.cases, counted.approved, counted.rejected), (3_456, 624, 0));
    figure_of_test("decisions compared", counted.cases);
}

#[test]
fn before_every_stage_only_its_own_gates_hold_it_in_a_run_on_the_default_branch_or_of_the_merge() {
    let (world, mut counted) = (World::new(), Counted::default());
    let people = [(Who::Ann, Who::Cat), (Who::Bob, Who::Cat), (Who::Bob, Who::Bob), (Who::Ann, Who::Req), (Who::Ann, Who::Ann)];
    for (asked, late) in STAGES.iter().flat_map(|asked| LATE.iter().map(move |late| (*asked, *late))) {
        // Every run with people who may, and other people in a run that is as it should be.
        let mut cases: Vec<_> = runs().into_iter().map(|run| (run, people[0])).collect();
        cases.extend(HOLDERS.iter().flat_map(|holder| people[1..].iter().map(move |who| ((*holder, Where::Main, Where::Main), *who))));
        for ((holder, here, asked_in), (lead, owner)) in cases {
            for rules in 0..12_u32 {
                let (one_gate, minimum, no) = (rules & 1 != 0, 1 + (rules >> 1 & 1), rules >> 2);
                let part = |stage: Stage, n: usize, leads, by, rejected| {
                    let gate = if one_gate { stage as usize * 2 } else { stage as usize * 2 + n };
                    Part { stage, gate, leads, by, age: Age::AnHour, rejected }
                };
                let parts = vec![
                    part(Stage::Execute, 0, true, lead, no == 1),
                    part(Stage::Execute, 1, false, owner, false),
                    part(late, 0, true, lead, false),
                    part(late, 1, false, owner, no == 2),
                ];
                counted.add(check(&world, &Model { minimum, here, asked_in, ..Model::new(asked, holder, parts) }));
            }
        }
    }
    assert_eq!((counted.cases, counted.approved, counted.rejected), (3_600, 811, 1_500));
    figure_of_test("decisions compared", counted.cases);
}

/// Where the gates are looked at, and which run asked, one of them as it should be.
fn runs() -> Vec<(Holder, Where, Where)> {
    let mut runs: Vec<(Holder, Where, Where)> =
        HOLDERS.iter().flat_map(|holder| PLACES.iter().map(move |here| (*holder, *here, Where::Main))).collect();
    runs.extend(PLACES.iter().skip(1).map(|asked_in| (Holder::Comments, Where::Main, *asked_in)));
    runs
}
