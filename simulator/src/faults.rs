//! Faults that were scheduled on requests.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Call;
use crate::handle;
use crate::reply::Reply;
use crate::world::{LogEntry, World};

/// One thing going wrong with one request.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Answers this in place of handling the request.
    Status {
        /// The HTTP status.
        status: u16,
        /// Headers beside the usual ones.
        headers: Vec<(String, String)>,
        /// The body.
        body: Value,
    },
    /// Answers this page in place of handling the request, as a proxy in front of GitHub does.
    Page {
        /// The HTTP status.
        status: u16,
        /// The page's HTML.
        html: String,
    },
    /// Handles the request after this time.
    Delay(Duration),
    /// Drops the connection without handling the request.
    CloseBefore,
    /// Handles the request, then drops the connection without an answer.
    CloseAfter,
    /// Handles the request and drops the connection after this many bytes of the body.
    Truncate(usize),
    /// Handles the request; then nothing is sent any more, and the connection stays. With a number, after this many bytes
    /// of the body.
    Stall(Option<usize>),
    /// Handles the request and answers something that is not quite the truth.
    Distort(Distortion),
    /// Handles the request, which reads, and answers what was true before.
    Stale {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Value,
    },
}

/// How an answer is not quite the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distortion {
    /// Every item of a list comes twice, as when something new moved it onto the next page meanwhile.
    Twice,
    /// A list comes in the opposite order.
    Backwards,
    /// Every object has a field that nobody knows yet.
    MoreFields,
    /// Every third field of every object is missing, from this one on.
    FewerFields(usize),
}

impl Distortion {
    /// Distorts a body.
    pub(crate) fn apply(self, body: &mut Value) {
        match (self, &mut *body) {
            (Self::Twice, Value::Array(items)) => *items = items.iter().flat_map(|item| [item.clone(), item.clone()]).collect(),
            (Self::Backwards, Value::Array(items)) => items.reverse(),
            // The lists of the Actions routes are one field beside their count.
            (Self::Twice | Self::Backwards, Value::Object(fields)) if fields.contains_key("total_count") => {
                fields.values_mut().filter(|field| field.is_array()).for_each(|field| self.apply(field));
            }
            (Self::MoreFields, Value::Object(fields)) => {
                fields.values_mut().for_each(|field| self.apply(field));
                fields.insert("added_in_2031".to_owned(), json!({"id": 1, "name": null}));
            }
            (Self::FewerFields(from), Value::Object(fields)) => {
                let gone: Vec<String> = fields.keys().skip(from).step_by(3).cloned().collect();
                fields.retain(|name, _| !gone.contains(name));
                fields.values_mut().for_each(|field| self.apply(field));
            }
            (Self::MoreFields | Self::FewerFields(_), Value::Array(items)) => items.iter_mut().for_each(|item| self.apply(item)),
            _ => {}
        }
    }
}

impl Fault {
    /// Returns a refusal with GitHub's usual error body.
    pub fn status(status: u16, message: &str) -> Self {
        let body = Reply::error(status, message).body;
        Self::Status { status, headers: Vec::new(), body }
    }

    /// Tells whether the fault shows whatever the answer would have been.
    fn always_shows(&self) -> bool {
        match self {
            Self::Status { .. } | Self::Page { .. } | Self::Delay(_) | Self::CloseBefore | Self::CloseAfter | Self::Stall(None) => true,
            Self::Truncate(_) | Self::Stall(Some(_)) | Self::Distort(_) | Self::Stale { .. } => false,
        }
    }

    /// Tells whether the answer shows the fault: one that distorts nothing, or ends after the whole answer, befell nobody.
    pub(crate) fn shows(&self, truth: &Reply, answer: &Reply) -> bool {
        match self {
            Self::Truncate(length) | Self::Stall(Some(length)) => *length < handle::bytes(answer).len(),
            _ => self.always_shows() || (truth.status, &truth.body) != (answer.status, &answer.body),
        }
    }

    /// Tells whether the answer's status or body is the fault's own; the others befall a true one on its way.
    pub(crate) fn makes_the_answer(&self) -> bool {
        match self {
            Self::Status { .. } | Self::Page { .. } | Self::Distort(_) | Self::Stale { .. } => true,
            Self::Delay(_) | Self::CloseBefore | Self::CloseAfter | Self::Truncate(_) | Self::Stall(_) => false,
        }
    }

    /// Adds a header to a refusal; the other faults have none.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// Which requests an effect befalls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct When {
    method: Option<String>,
    path: Option<String>,
    /// How many matching requests pass first.
    skip: u64,
    /// How many matching requests are befallen.
    count: u64,
}

impl When {
    /// The request of this number, counted from 1 at the time of scheduling.
    pub fn request(number: u64) -> Self {
        Self { method: None, path: None, skip: number.saturating_sub(1), count: 1 }
    }

    /// The first request of this method whose path begins like this; `/repos/{owner}/{repo}` may be left out.
    pub fn matching(method: &str, path: &str) -> Self {
        Self { method: Some(method.to_ascii_uppercase()), path: Some(path.to_owned()), skip: 0, count: 1 }
    }

    /// The first request of any method whose path begins like this.
    pub fn path(path: &str) -> Self {
        Self { method: None, ..Self::matching("", path) }
    }

    /// The matching request of this number, counted from 1.
    #[must_use]
    pub fn nth(mut self, number: u64) -> Self {
        self.skip = number.saturating_sub(1);
        self
    }

    /// So many matching requests in a row.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    fn fits(&self, call: &Call, repository: &str) -> bool {
        let method = self.method.as_ref().is_none_or(|method| *method == call.method);
        let inside = call.path.strip_prefix("/repos/").and_then(|path| path.get(repository.len()..)).filter(|_| {
            let named = call.path.get(7..7 + repository.len());
            named.is_some_and(|named| named.eq_ignore_ascii_case(repository))
        });
        let path =
            self.path.as_ref().is_none_or(|path| call.path.starts_with(path) || inside.is_some_and(|inside| inside.starts_with(path)));
        method && path
    }
}

/// What befalls a request.
pub enum Effect {
    /// A fault of the server or the line.
    Fault(Fault),
    /// A read, of GraphQL too, is answered as it was answered the last time, as from a replica that lags behind. A read
    /// that was never asked before is answered truly.
    StaleRead,
    /// Somebody pushes to the default branch just before the request is handled.
    MoveDefaultBranch,
    /// Anything else that happens in the world just before the request is handled.
    Do(Change),
}

/// One change of the world.
pub type Change = Box<dyn FnOnce(&mut World) + Send>;

impl fmt::Debug for Effect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault(fault) => fault.fmt(formatter),
            Self::StaleRead => formatter.write_str("StaleRead"),
            Self::MoveDefaultBranch => formatter.write_str("MoveDefaultBranch"),
            Self::Do(_) => formatter.write_str("Do"),
        }
    }
}

impl From<Fault> for Effect {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// The schedule.
#[derive(Debug, Default)]
pub struct Faults {
    scheduled: Vec<(When, Effect)>,
}

impl Faults {
    /// Returns how many effects are still to come.
    pub fn pending(&self) -> usize {
        self.scheduled.len()
    }

    /// Forgets what is still to come.
    pub fn clear(&mut self) {
        self.scheduled.clear();
    }
}

impl World {
    /// Schedules an effect on a coming request. Requests to the simulator's own routes do not count.
    pub fn schedule(&mut self, when: When, effect: impl Into<Effect>) {
        let effect = effect.into();
        if matches!(effect, Effect::StaleRead) {
            // What was answered before is found in the log.
            self.log_bodies = true;
        }
        self.faults.scheduled.push((when, effect));
    }
}

/// Returns the fault that befalls this request, and takes it off the schedule.
///
/// Of several effects on one request all changes of the world happen; of several faults the first one.
pub(crate) fn before(world: &mut World, call: &Call) -> Option<Fault> {
    if call.path.starts_with("/_") {
        return None;
    }
    let repository = world.repository.full_name();
    let mut fault = None;
    let mut kept = Vec::new();
    for (mut when, effect) in std::mem::take(&mut world.faults.scheduled) {
        if !when.fits(call, &repository) {
            kept.push((when, effect));
            continue;
        }
        if when.skip > 0 {
            when.skip -= 1;
            kept.push((when, effect));
            continue;
        }
        when.count = when.count.saturating_sub(1);
        let again = match effect {
            Effect::Fault(befalls) => {
                fault = fault.or(Some(befalls.clone()));
                Some(Effect::Fault(befalls))
            }
            Effect::StaleRead => {
                fault = fault.or_else(|| earlier_answer(world, call));
                Some(Effect::StaleRead)
            }
            Effect::MoveDefaultBranch => {
                befell(world);
                world.move_default_branch();
                Some(Effect::MoveDefaultBranch)
            }
            Effect::Do(change) => {
                befell(world);
                change(world);
                None
            }
        };
        if let (Some(effect), 1..) = (again, when.count) {
            kept.push((when, effect));
        }
    }
    if fault.as_ref().is_some_and(Fault::always_shows) {
        befell(world);
    }
    // A change may have scheduled more.
    kept.append(&mut world.faults.scheduled);
    world.faults.scheduled = kept;
    fault
}

/// Marks the request that is being handled.
fn befell(world: &mut World) {
    if let Some(entry) = world.log.last_mut() {
        entry.befallen = true;
    }
}

fn earlier_answer(world: &World, call: &Call) -> Option<Fault> {
    if !call.reads() {
        return None;
    }
    // The newest entry is the request itself.
    let query = &world.log.last()?.query;
    let is_same = |entry: &&LogEntry| {
        let asked = entry.method == call.method && entry.path == call.path && entry.query == *query && entry.request_body == call.body;
        // A page has no body that could be given again, and what a fault made was never true.
        asked && !entry.raw && !entry.injected && entry.response_body.is_some()
    };
    let earlier = world.log.iter().rev().skip(1).find(is_same)?;
    Some(Fault::Stale { status: earlier.status, body: earlier.response_body.clone()? })
}
