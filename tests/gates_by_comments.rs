//! The gate decision from comments against a slow, obvious model: every combination of a small world, in both directions.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use rollback_action::config::{Order, Policy};
use rollback_action::domain::gate::{Ask, Holder, Stage};
use rollback_action::domain::person::Login;
use rollback_action::gate::{Answers, Asking as AskedBy, Evidence, RunFacts, decide, rejected_line};
use rollback_action::github::{Account, Comment, Deletion, Run, Thread};
use rollback_action::plan::{Plan, Rules, embedded};

use crate::figures::figure_of_test;
use crate::gates::{Counted, Verdict, Who, World, agrees, both_roles, gate, login, now};

/// What became of a comment that approves, or what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Good,
    Edited,
    Hidden,
    BeforeItWasAsked,
    Expired,
    FromTheFuture,
    OtherPlan,
    FewDigits,
    Quoted,
    WithOtherWords,
    NoCollaborator,
    OtherAccount,
    StandingUnread,
}

const STATES: &[State] = &[
    State::Good,
    State::Edited,
    State::Hidden,
    State::BeforeItWasAsked,
    State::Expired,
    State::FromTheFuture,
    State::OtherPlan,
    State::FewDigits,
    State::Quoted,
    State::WithOtherWords,
    State::NoCollaborator,
    State::OtherAccount,
    State::StandingUnread,
];
const PEOPLE: &[Who] = &[Who::Ann, Who::Bob, Who::Cat, Who::Req, Who::Outsider, Who::Bot, Who::Gone];

/// Who said no, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum No {
    Nobody,
    ByOwner,
    ByOutsider,
    ByRequester,
    Edited,
    /// On record by the run it started, and the comment is gone.
    OnRecord,
    /// Somebody deleted a comment of an owner.
    MaybeDeleted,
    /// Somebody deleted a comment of an outsider.
    OutsidersDeleted,
    OfAnotherPlan,
    BeforeItWasAsked,
}

const NOS: &[No] = &[
    No::Nobody,
    No::ByOwner,
    No::ByOutsider,
    No::ByRequester,
    No::Edited,
    No::OnRecord,
    No::MaybeDeleted,
    No::OutsidersDeleted,
    No::OfAnotherPlan,
    No::BeforeItWasAsked,
];

/// What became of the comment in which the run asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    Good,
    /// The same plan was posted twice, since GitHub's answer was lost.
    Twice,
    /// Eight minutes later another run asked the same plan anew.
    Anew,
    Never,
    Edited,
    ByAPerson,
    NewerPlan,
    Moved,
    RunOnBranch,
    RunUnread,
}

const ASKINGS: &[Asking] = &[
    Asking::Good,
    Asking::Twice,
    Asking::Anew,
    Asking::Never,
    Asking::Edited,
    Asking::ByAPerson,
    Asking::NewerPlan,
    Asking::Moved,
    Asking::RunOnBranch,
    Asking::RunUnread,
];

#[derive(Debug, Clone, Copy)]
struct Said {
    by: Who,
    state: State,
    /// Minutes after the plan was asked.
    at: i64,
}

#[derive(Debug, Clone)]
struct Model {
    /// The comments on each approval, the lead's first.
    asks: [Vec<Said>; 2],
    one_gate: bool,
    in_order: bool,
    requester_may: bool,
    minimum: u32,
    no: No,
    asking: Asking,
}

fn good(by: Who, at: i64) -> Said {
    Said { by, state: State::Good, at }
}

impl Model {
    fn passing() -> Self {
        Self {
            asks: [vec![good(Who::Ann, 1)], vec![good(Who::Cat, 2)]],
            one_gate: false,
            in_order: false,
            requester_may: false,
            minimum: 2,
            no: No::Nobody,
            asking: Asking::Good,
        }
    }

    // ---- the oracle: one sentence of the procedure after the other, by trying everything ----

    fn verdict(&self) -> Verdict {
        if !matches!(self.asking, Asking::Good | Asking::Twice | Asking::Anew | Asking::RunOnBranch | Asking::RunUnread) {
            return Verdict::Waiting;
        }
        // Each no was said before that, and whoever asks anew asks everybody.
        let no = if self.asking == Asking::Anew { No::Nobody } else { self.no };
        if matches!(no, No::ByOwner | No::ByRequester | No::Edited | No::OnRecord) {
            return Verdict::Rejected;
        }
        if no == No::MaybeDeleted || matches!(self.asking, Asking::RunOnBranch | Asking::RunUnread) {
            return Verdict::Waiting;
        }
        // One comment for each approval must do, and everybody whose comment counts is somebody.
        let counts = |at: usize| self.asks[at].iter().filter(|said| self.counts(said, at)).copied().collect::<Vec<_>>();
        let (first, second) = (counts(0), counts(1));
        for one in &first {
            for other in &second {
                let in_time: Vec<Said> = second.iter().filter(|said| self.follows(said, &first)).copied().collect();
                let people: BTreeSet<Who> = first.iter().chain(&in_time).map(|said| said.by).collect();
                let different = !self.one_gate || self.minimum < 2 || one.by != other.by;
                if different && self.follows(other, &first) && people.len() >= self.minimum as usize {
                    return Verdict::Approved;
                }
            }
        }
        Verdict::Waiting
    }

    fn counts(&self, said: &Said, at: usize) -> bool {
        let in_role = match said.by {
            Who::Ann => at == 0,
            Who::Cat => at == 1,
            Who::Bob | Who::Req => true,
            Who::Outsider | Who::Bot | Who::Gone => false,
        };
        let everything = self.asks.iter().flatten();
        let mut of_the_person = everything.filter(|other| other.by == said.by);
        let stands = !of_the_person.any(|other| matches!(other.state, State::NoCollaborator | State::OtherAccount | State::StandingUnread));
        let in_time = self.asking != Asking::Anew || said.at > 8;
        said.state == State::Good && in_time && stands && in_role && (self.requester_may || said.by != Who::Req)
    }

    /// In order, the second gate is answered after the first has been; parts of one gate have no order.
    fn follows(&self, said: &Said, first: &[Said]) -> bool {
        !self.in_order || self.one_gate || first.iter().any(|before| before.at <= said.at)
    }

    // ---- the model as the evidence GitHub would give ----

    fn stage(&self, world: &World) -> (Plan, Evidence) {
        let (mut plan, mut policy) = (world.plan.clone(), world.policy.clone());
        let asks: Vec<Ask> = both_roles().collect();
        policy.gates = match self.one_gate {
            true => vec![gate("both", &asks)],
            false => vec![gate("lead", &asks[..1]), gate("owner", &asks[1..])],
        };
        policy.approvals.minimum_people = self.minimum;
        policy.approvals.requester_may_approve = self.requester_may;
        policy.approvals.order = if self.in_order { Order::InOrder } else { Order::AllAtOnce };
        policy.approvals.by = Some(Holder::Comments);
        plan.gates.clone_from(&policy.gates);
        plan.roles.clone_from(&policy.roles);
        plan.rules = Rules::of(&policy);
        // That the one who asked is known by the run, too, is enough.
        plan.requester = None;
        let evidence = self.evidence(&plan, policy);
        (plan, evidence)
    }

    fn evidence(&self, plan: &Plan, policy: Policy) -> Evidence {
        let mut people = BTreeMap::new();
        let comments = self.comments(plan, &mut people);
        let deletions = match self.no {
            No::MaybeDeleted => vec![Deletion { at: asked_at() + TimeDelta::hours(29), author: login(Who::Cat) }],
            No::OutsidersDeleted => vec![Deletion { at: asked_at() + TimeDelta::hours(29), author: login(Who::Outsider) }],
            _ => Vec::new(),
        };
        let thread = Thread { number: 7, comments, moved: self.asking == Asking::Moved, deletions, now: None };
        let run = |branch: &str| Run {
            attempt: 1,
            event: "workflow_dispatch".into(),
            branch: Some(branch.into()),
            actor: login(Who::Req),
            triggering_actor: login(Who::Req),
        };
        let asked_in = match self.asking {
            Asking::RunOnBranch => Ok(run("feature")),
            Asking::RunUnread => Err("404".into()),
            _ => Ok(run("main")),
        };
        Evidence {
            now: now(),
            // The run that a comment starts is the commenter's own.
            run: RunFacts {
                event: "issue_comment".into(),
                reference: "refs/heads/main".into(),
                branch: Some("main".into()),
                actor: login(Who::Cat),
                triggering_actor: login(Who::Cat),
            },
            policy: Ok(policy),
            environments: Ok(Vec::new()),
            reviews: Vec::new(),
            jobs: Vec::new(),
            all_jobs: Vec::new(),
            private: true,
            answers: Some(Answers { thread, asked_in, people }),
        }
    }

    fn comments(&self, plan: &Plan, people: &mut BTreeMap<Login, Result<Option<u64>, String>>) -> Vec<Comment> {
        let mut comments: Vec<(i64, Comment)> = Vec::new();
        let body = |plan: &Plan| format!("{}\n\nread this\n\n{}\n", AskedBy::first(5).line(), embedded(plan));
        let ours = |at: i64, body: String| (at, Comment { author: account("github-actions[bot]"), ours: true, ..comment(at, body) });
        match self.asking {
            Asking::Never => {}
            Asking::Edited => comments.push((0, Comment { edited: true, ..ours(0, body(plan)).1 })),
            Asking::ByAPerson => comments.push((0, Comment { author: account("ann"), ..comment(0, body(plan)) })),
            Asking::Twice => comments.extend([ours(0, body(plan)), ours(3, body(plan))]),
            Asking::Anew => comments.extend([
                ours(0, body(plan)),
                ours(8, body(plan).replacen(&AskedBy::first(5).line(), &AskedBy { run: 5, by: 9, after: 1 }.line(), 1)),
            ]),
            Asking::NewerPlan => {
                let other = Plan { reason: "another".into(), ..plan.clone() };
                comments.extend([ours(0, body(plan)), ours(3, body(&other))]);
            }
            Asking::Good | Asking::Moved | Asking::RunOnBranch | Asking::RunUnread => comments.push(ours(0, body(plan))),
        }
        let names = if self.one_gate { ["both/technical-lead", "both/product-owner"] } else { ["lead", "owner"] };
        for (name, said) in names.iter().zip(&self.asks).flat_map(|(name, all)| all.iter().map(move |said| (*name, said))) {
            comments.push(approval(plan, name, said));
            let login = comments.last().and_then(|(_, comment)| comment.author.clone()).map(|account| account.login);
            let standing = match said.state {
                State::NoCollaborator => Ok(None),
                State::OtherAccount => Ok(Some(99)),
                State::StandingUnread => Err("503".into()),
                _ => Ok(Some(number(said.by))),
            };
            // A person has one standing; the worst of what is said of them is theirs.
            if let Some(login) = login
                && !matches!(people.get(&login), Some(Ok(None) | Ok(Some(99)) | Err(_)))
            {
                people.insert(login, standing);
            }
        }
        let no = |at: i64, who: Who, body: &str| (at, Comment { author: person(who), ..comment(at, body.into()) });
        let gate = if self.one_gate { "both" } else { "owner" };
        match self.no {
            No::Nobody | No::MaybeDeleted | No::OutsidersDeleted => {}
            No::ByOwner => comments.push(no(5, Who::Cat, &format!("/reject {gate} we are not ready"))),
            No::ByRequester => comments.push(no(5, Who::Req, &format!("/reject {gate} {}", plan.id()))),
            No::ByOutsider => comments.push(no(5, Who::Outsider, &format!("/reject {gate}"))),
            No::Edited => comments.push((5, Comment { edited: true, minimized: true, ..no(5, Who::Cat, &format!("/reject {gate}")).1 })),
            No::OnRecord => comments.push(ours(5, format!("{}\n\nby cat\n", rejected_line(plan)))),
            No::OfAnotherPlan => comments.push(no(5, Who::Cat, &format!("/reject {gate} 0123456789ab"))),
            No::BeforeItWasAsked => comments.push(no(-5, Who::Cat, &format!("/reject {gate}"))),
        }
        comments.sort_by_key(|(at, _)| *at);
        comments.into_iter().enumerate().map(|(id, (_, comment))| Comment { id: id as u64, ..comment }).collect()
    }
}

fn asked_at() -> DateTime<Utc> {
    now() - TimeDelta::hours(30)
}

fn comment(at: i64, body: String) -> Comment {
    Comment {
        id: 0,
        author: None,
        body,
        created_at: asked_at() + TimeDelta::hours(29) + TimeDelta::minutes(at),
        edited: false,
        minimized: false,
        ours: false,
    }
}

fn number(who: Who) -> u64 {
    10 + who as u64
}

fn account(login: &str) -> Option<Account> {
    Some(Account { login: login.parse().unwrap(), id: Some(1) })
}

fn person(who: Who) -> Option<Account> {
    login(who).map(|login| Account { login, id: Some(number(who)) })
}

/// A comment that approves, at its place in the thread.
fn approval(plan: &Plan, name: &str, said: &Said) -> (i64, Comment) {
    let id = plan.id();
    let line = match said.state {
        State::OtherPlan => format!("/approve {name} 0123456789ab"),
        State::FewDigits => format!("/approve {name} {}", &id.as_str()[..11]),
        State::Quoted => format!("> /approve {name} {}", id.short()),
        State::WithOtherWords => format!("/approve {name} {} unless it rains", id.short()),
        _ => format!("/approve {name} {}", id.short()),
    };
    let mut found = Comment { author: person(said.by), ..comment(said.at, line) };
    found.edited = said.state == State::Edited;
    found.minimized = said.state == State::Hidden;
    match said.state {
        State::Expired => found.created_at = now() - TimeDelta::hours(24) - TimeDelta::minutes(1),
        State::FromTheFuture => found.created_at = now() + TimeDelta::minutes(6),
        _ => {}
    }
    (if said.state == State::BeforeItWasAsked { -1 } else { said.at }, found)
}

/// Compares the decision with the oracle; returns what it was.
fn check(world: &World, model: &Model) -> Verdict {
    let (plan, evidence) = model.stage(world);
    agrees(decide(&plan, Stage::Execute, &evidence), model.verdict(), model.minimum, model)
}

#[test]
fn no_comment_approves_but_one_that_counts_whoever_wrote_it_and_whatever_became_of_it() {
    let (world, mut counted) = (World::new(), Counted::default());
    for state in STATES {
        for by in PEOPLE {
            for besides in [None, Some(good(Who::Bob, 1)), Some(good(Who::Cat, 1))] {
                for rules in 0..8_u32 {
                    let is = |bit: u32| rules & (1 << bit) != 0;
                    let first = std::iter::once(Said { by: *by, state: *state, at: 1 }).chain(besides).collect();
                    let model = Model {
                        asks: [first, vec![good(Who::Cat, 2)]],
                        one_gate: is(0),
                        requester_may: is(1),
                        minimum: 1 + u32::from(is(2)),
                        ..Model::passing()
                    };
                    counted.add(check(&world, &model));
                }
            }
        }
    }
    assert_eq!(counted.cases, 2_184);
    figure_of_test("decisions compared", counted.cases);
    assert!(counted.approved > 500 && counted.approved < 1_200, "{counted:?}");
}

#[test]
fn comments_of_enough_different_people_in_the_order_that_is_asked_for_approve() {
    let (world, mut counted) = (World::new(), Counted::default());
    let who = [Who::Ann, Who::Bob, Who::Cat, Who::Req];
    let some: Vec<Vec<Said>> = std::iter::once(Vec::new())
        .chain(who.iter().flat_map(|one| [1, 3].map(|at| vec![good(*one, at)])))
        .chain(who.iter().flat_map(|one| who.iter().map(move |other| vec![good(*one, 1), good(*other, 3)])))
        .collect();
    for first in &some {
        for second in &some {
            for rules in 0..16_u32 {
                let is = |bit: u32| rules & (1 << bit) != 0;
                // An approval of the second gate comes a minute after or before one of the first.
                let second = second.iter().map(|said| Said { at: said.at - 1, ..*said }).collect();
                let model = Model {
                    asks: [first.clone(), second],
                    one_gate: is(0),
                    in_order: is(1),
                    requester_may: is(2),
                    minimum: 1 + u32::from(is(3)),
                    ..Model::passing()
                };
                counted.add(check(&world, &model));
            }
        }
    }
    assert_eq!((counted.cases, counted.rejected), (10_000, 0));
    figure_of_test("decisions compared", counted.cases);
    assert!(counted.approved > 1_000, "{counted:?}");
}

#[test]
fn a_no_stands_and_only_the_newest_plan_of_a_trusted_run_is_asked() {
    let (world, mut counted) = (World::new(), Counted::default());
    for no in NOS {
        for asking in ASKINGS {
            for one_gate in [false, true] {
                for asks in [
                    Model::passing().asks,
                    [vec![good(Who::Bob, 1)], vec![good(Who::Cat, 4)]],
                    [Vec::new(), vec![good(Who::Cat, 2)]],
                    [vec![good(Who::Bob, 9)], vec![good(Who::Cat, 10)]],
                ] {
                    let model = Model { asks, one_gate, no: *no, asking: *asking, ..Model::passing() };
                    counted.add(check(&world, &model));
                }
            }
        }
    }
    assert_eq!(counted.cases, 800);
    figure_of_test("decisions compared", counted.cases);
    assert!(counted.approved > 20 && counted.rejected > 60, "{counted:?}");
}
