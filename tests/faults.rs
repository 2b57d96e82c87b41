//! GitHub in trouble at every request of every command: each fault ends in the right world or in a clear stop, and a run
//! after it comes to the end of an undisturbed one.

mod commands;
mod comments;
mod story;

use std::sync::atomic::Ordering;
use std::time::Duration;

use github_simulator::faults::{Distortion, Effect, When};
use github_simulator::{Fault, World};
use rollback_action::commands::Exit;
use rollback_action::plan::Plan;
use serde_json::{Value, json};

use crate::convergence::{Part, assert_same, same};
use crate::explore::cases;
use crate::faults_stop::{Befallen, Leaves, assert_waits_are_said};
use crate::figures::figure;
use crate::scenario::Scenario;

/// The longest a request may take where answers stall.
const SHORT: u64 = 400;
/// A connection that breaks, in the words of the libraries under it.
const BROKEN: &[&str] = &["connection", "end of file"];
const UNREAD: &[&str] = &["form that is not understood", "may have been done"];
const LACKING: &[&str] = &["form that is not understood", "may have been done", "GitHub does not say"];

/// What can befall a request.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// How often in a row.
    pub(crate) times: u64,
    effect: fn(&World) -> Effect,
    /// How a wait for it to pass begins; nothing where it is not waited for.
    pub(crate) waits: &'static [&'static str],
    /// What a stop says of it, one of these.
    pub(crate) said: &'static [&'static str],
    /// Whether it goes unnoticed until the next run: something is said to be missing, or to be so before.
    lies: bool,
    /// Whether nothing may be lost: the answer is all there.
    harmless: bool,
}

impl Kind {
    const fn new(name: &'static str, times: u64, effect: fn(&World) -> Effect) -> Self {
        Self { name, times, effect, waits: &[], said: &[], lies: false, harmless: false }
    }

    const fn waits(mut self, waits: &'static [&'static str]) -> Self {
        self.waits = waits;
        self
    }

    const fn said(mut self, said: &'static [&'static str]) -> Self {
        self.said = said;
        self
    }

    const fn lies(mut self) -> Self {
        self.lies = true;
        self
    }

    const fn harmless(mut self) -> Self {
        self.harmless = true;
        self
    }
}

fn limited(status: u16, message: &str, headers: &[(&str, &str)]) -> Effect {
    headers.iter().fold(Fault::status(status, message), |fault, (name, value)| fault.header(name, value)).into()
}

/// The primary limit is used up, for so long by GitHub's clock.
fn exhausted(world: &World, seconds: i64) -> Effect {
    let reset = (world.now().timestamp() + seconds).to_string();
    limited(403, "API rate limit exceeded", &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", &reset)])
}

fn page(status: u16, html: &str) -> Effect {
    Fault::Page { status, html: html.into() }.into()
}

fn clock_off(hours: i64) -> Effect {
    Effect::Do(Box::new(move |world| world.clock.advance(chrono::Duration::hours(hours))))
}

const LIMIT: &[&str] = &["GitHub's rate limit for "];
const SECONDARY: &str = "You have exceeded a secondary rate limit.";

fn kinds() -> Vec<Kind> {
    vec![
        Kind::new("429 with retry-after", 1, |_| limited(429, "Too many requests", &[("retry-after", "2")])).waits(LIMIT),
        Kind::new("429 without a hint", 1, |_| limited(429, "Too many requests", &[])).waits(LIMIT),
        Kind::new("403 with retry-after", 1, |_| limited(403, "Wait a moment", &[("retry-after", "2")])).waits(LIMIT),
        Kind::new("403 without a hint", 1, |_| limited(403, SECONDARY, &[])).waits(LIMIT),
        Kind::new("the primary limit, for a minute", 1, |world| exhausted(world, 60)).waits(LIMIT),
        Kind::new("the primary limit, for an hour", 9, |world| exhausted(world, 3600)).said(&["request limit is used up until "]),
        Kind::new("500 for long", 9, |_| limited(500, "Server Error", &[])).waits(&["GitHub answered 500 for "]).said(&[" with 500: "]),
        Kind::new("502 with HTML", 2, |_| page(502, "<html><h1>Bad Gateway</h1></html>"))
            .waits(&["GitHub answered 502 for "])
            .said(&[" with 502: "]),
        Kind::new("503 once", 1, |_| limited(503, "Service Unavailable", &[])).waits(&["GitHub answered 503 for "]).said(&[" with 503: "]),
        Kind::new("401", 1, |_| limited(401, "Bad credentials", &[])).said(&["the token is wrong or has expired"]),
        Kind::new("404", 1, |_| limited(404, "Not Found", &[])).lies(),
        Kind::new("cut before", 1, |_| Fault::CloseBefore.into()).waits(BROKEN).said(&["may have been done"]),
        Kind::new("cut after", 1, |_| Fault::CloseAfter.into()).waits(BROKEN).said(&["may have been done"]),
        Kind::new("cut after, for long", 9, |_| Fault::CloseAfter.into())
            .waits(BROKEN)
            .said(&["cannot reach GitHub", "may have been done"]),
        Kind::new("half an answer", 1, |_| Fault::Truncate(7).into()).waits(BROKEN).said(&["may have been done"]),
        Kind::new("a login page", 1, |_| page(200, "<html>please log in</html>")).said(UNREAD),
        Kind::new("broken JSON", 1, |_| page(200, "{\"id\": 1,")).said(UNREAD),
        Kind::new("an answer without fields", 1, |_| Fault::Status { status: 200, headers: Vec::new(), body: json!({}) }.into())
            .said(UNREAD),
        Kind::new("fewer fields", 1, |_| Fault::Distort(Distortion::FewerFields(0)).into()).said(LACKING),
        Kind::new("other fewer fields", 1, |_| Fault::Distort(Distortion::FewerFields(1)).into()).said(LACKING),
        Kind::new("still other fewer fields", 1, |_| Fault::Distort(Distortion::FewerFields(2)).into()).said(LACKING),
        Kind::new("unknown fields", 1, |_| Fault::Distort(Distortion::MoreFields).into()).harmless(),
        Kind::new("every item twice", 1, |_| Fault::Distort(Distortion::Twice).into()).harmless(),
        Kind::new("lists backwards", 1, |_| Fault::Distort(Distortion::Backwards).into()).harmless(),
        Kind::new("stalled before", 1, |_| Fault::Delay(Duration::from_secs(3600)).into())
            .waits(&["no answer within "])
            .said(&["no answer within "]),
        Kind::new("stalled after", 1, |_| Fault::Stall(None).into()).waits(&["no answer within "]).said(&["no answer within "]),
        Kind::new("stalled halfway", 1, |_| Fault::Stall(Some(7)).into()).waits(&["no answer within "]).said(&["no answer within "]),
        Kind::new("an hour ahead", 1, |_| clock_off(1)),
        Kind::new("an hour behind", 1, |_| clock_off(-1)).said(&["starts in the future"]),
    ]
}

/// A command in trouble.
struct Trouble<'s> {
    part: Part<'s>,
    leaves: Leaves,
    /// Whether it leaves comments that tell the time they were written at, which nobody writes anew.
    dated: bool,
}

impl Trouble<'_> {
    /// Tries every kind of fault at every request, or a share of these pairs; returns how many befell the command.
    fn at_every_request(&self, what: &'static str, share: usize) -> usize {
        let (exit, wanted, requests) = self.part.undisturbed();
        let pairs = (0..kinds().len()).flat_map(|kind| (1..=requests).map(move |at| (kind, at)));
        let (mut befallen, mut ridden_out) = (0, 0);
        for (kind, at) in cases(what, share, pairs.collect()) {
            let kind = &kinds()[kind];
            let context = format!("{} at request {at} of {requests}", kind.name);
            if let Some(how) = self.once(&context, kind, at, (exit, &wanted)) {
                befallen += 1;
                figure("faults", kind.name, 1);
                ridden_out += usize::from(how == How::RiddenOut);
            }
        }
        figure("faults ridden out", what, ridden_out);
        assert!(befallen < 20 || ridden_out > befallen / 4, "{ridden_out} of {befallen}");
        befallen
    }

    /// Lets one fault befall the command, and runs it again; nothing where there was nothing to befall.
    fn once(&self, context: &str, kind: &Kind, at: u64, (exit, wanted): (Exit, &Value)) -> Option<How> {
        let scenario = self.part.scenario;
        scenario.rewind(&self.part.from);
        let before = scenario.outcome();
        if let Leaves::Journal { file, .. } = &self.leaves {
            let _ = std::fs::remove_file(file);
        }
        scenario.world(|world| {
            let effect = (kind.effect)(world);
            world.schedule(When::request(at).times(kind.times), effect);
        });
        scenario.deadline.store(if kind.name.starts_with("stalled") { SHORT } else { 60_000 }, Ordering::Relaxed);
        let clock = scenario.world(|world| world.clock);
        let said = scenario.waits.lock().unwrap().len();
        let ended = (self.part.run)();
        scenario.world(|world| world.clock = clock);
        scenario.deadline.store(60_000, Ordering::Relaxed);
        let waits = scenario.waits.lock().unwrap()[said..].to_vec();
        scenario.world(|world| assert_waits_are_said(context, kind, &world.log, &waits));
        if scenario.world(|world| world.log.iter().all(|entry| !entry.befallen)) {
            return None;
        }
        let after = scenario.outcome();
        let journal = match &self.leaves {
            Leaves::Journal { file, .. } => std::fs::read_to_string(file).ok().map(|text| serde_json::from_str(&text).unwrap()),
            Leaves::Page | Leaves::Nothing => None,
        };
        if ended.exit == exit && same(&after, wanted) {
            return Some(How::RiddenOut);
        }
        assert!(!kind.harmless, "{context}: {:?} {}\n{:?}", ended.exit, ended.text, ended.problems);
        let stop = Befallen { context, kind, ended: &ended, wanted: exit, worlds: (&before, &after), journal };
        // A page shows the time of day, and what it was told.
        let shown = matches!(self.leaves, Leaves::Page) && (kind.name.ends_with("fewer fields") || kind.name.starts_with("an hour"));
        // A comment that GitHub says it took and did not is missed by the next run.
        // Since when somebody waits is read off the question, and written by whoever reads it.
        let shown = shown || (kind.name == "an answer without fields" && matches!(self.leaves, Leaves::Page) && ended.exit == exit);
        let shown = shown || (self.dated && ended.exit == exit && undated(&after) == undated(wanted));
        scenario.world(|world| match kind.lies || shown {
            true => stop.says_what_was_written(&self.leaves, world),
            false => stop.stopped_clearly(&self.leaves, world),
        });
        if self.dated && kind.name.starts_with("an hour") {
            let again = (self.part.run)();
            assert_eq!(again.exit, exit, "{context}: {}\n{:?}", again.text, again.problems);
            assert_same(context, &undated(&scenario.outcome()), &undated(wanted));
        } else {
            self.part.recovers_once(context, exit, wanted);
        }
        Some(How::Stopped)
    }
}

/// The same with no more of each comment than its first line, by which it is found again, and without the words of a page
/// on since when somebody is waited for, which are the comment's time.
fn undated(world: &Value) -> Value {
    let mut world = world.clone();
    for issue in world["issues"].as_array_mut().unwrap() {
        let mut parts = issue["body"].as_str().unwrap_or_default().split(" since ");
        let first = parts.next().unwrap_or_default().to_owned();
        let rest = parts.map(|part| part.split_once(" UTC").map_or(part, |(_, rest)| rest));
        issue["body"] = (first + &rest.collect::<String>()).into();
    }
    for comment in world["comments"].as_array_mut().unwrap() {
        let first = comment["body"].as_str().unwrap().lines().next().unwrap_or_default().to_owned();
        comment["body"] = first.into();
    }
    world
}

/// How a command came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    RiddenOut,
    Stopped,
}

impl<'s> Trouble<'s> {
    /// `execute`, up to the pull request or the delivery.
    fn of_execute(scenario: &'s Scenario, document: &'s str) -> Self {
        let file = scenario.journal_file();
        let leaves = Leaves::Journal { plan: Box::new(Plan::from_document(document).unwrap()), file: file.clone() };
        Self { part: Part::new(scenario, move || scenario.execute_leaving(&file, document)), leaves, dated: false }
    }

    /// `finish`, with the plan of its run where the delivery was direct.
    fn of_finish(scenario: &'s Scenario, document: &'s str, direct: bool) -> Self {
        let file = scenario.journal_file();
        let leaves = Leaves::Journal { plan: Box::new(Plan::from_document(document).unwrap()), file: file.clone() };
        let planned = direct.then_some(document);
        Self { part: Part::new(scenario, move || scenario.finish_leaving(Some(&file), planned)), leaves, dated: false }
    }

    fn of_page(part: Part<'s>) -> Self {
        Self { part: part.at_once(), leaves: Leaves::Page, dated: false }
    }

    /// A page beside which it comments, with the time.
    fn of_comments(part: Part<'s>) -> Self {
        Self { dated: true, ..Self::of_page(part) }
    }

    fn of_reading(part: Part<'s>) -> Self {
        Self { part, leaves: Leaves::Nothing, dated: false }
    }
}
