//! The small world, and what the procedure says of it: a slow, obvious second implementation.

use std::collections::BTreeSet;

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
pub(super) enum Env {
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
pub(super) enum Ran {
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
pub(super) enum Earlier {
    Nothing,
    /// It came up to the environment too.
    AskedToo,
    /// It had succeeded, and this attempt carries that over.
    CarriedOver,
}

#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) env: Env,
    pub(super) ran: Ran,
    pub(super) earlier: Earlier,
    pub(super) approved: Vec<Who>,
    pub(super) rejected: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) asks: Vec<Asked>,
    /// Whether the asks are two halves of one gate, or a gate each.
    pub(super) one_gate: bool,
    pub(super) bypass_counts: bool,
    pub(super) requester_may: bool,
    pub(super) minimum: u32,
    /// Who started the newest attempt, beside `Req`, who started the first.
    pub(super) restarted_by: Who,
}

/// What a decision comes to.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub(crate) enum Verdict {
    Approved,
    Waiting,
    Rejected,
}

pub(super) const REVIEWS: &[&[Who]] = &[
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
pub(super) const ENVS: &[Env] = &[
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
pub(super) const RAN: &[Ran] = &[Ran::Passed, Ran::ForAnotherPlan, Ran::Failed, Ran::Waiting, Ran::Skipped, Ran::Never, Ran::Twice];
pub(super) const EARLIER: &[Earlier] = &[Earlier::Nothing, Earlier::AskedToo, Earlier::CarriedOver];
pub(super) const BOTH: &[bool] = &[false, true];

impl Asked {
    pub(super) fn passed_by(approved: &[Who], earlier: Earlier) -> Self {
        Self { env: Env::Closed, ran: Ran::Passed, earlier, approved: approved.to_vec(), rejected: false }
    }
}

// ---- the oracle: one sentence of the procedure after the other, by trying everything ----

impl Model {
    pub(super) fn verdict(&self) -> Verdict {
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

pub(super) fn passing() -> Model {
    Model {
        asks: vec![Asked::passed_by(&[Who::Ann], Earlier::Nothing), Asked::passed_by(&[Who::Cat], Earlier::Nothing)],
        one_gate: false,
        bypass_counts: false,
        requester_may: false,
        minimum: 2,
        restarted_by: Who::Req,
    }
}
