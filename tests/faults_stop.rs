//! What a clear stop is: everything that was waited for was said, the journal says of each step what the world says of it,
//! whoever reads it learns what stopped the run, and what the next run does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use github_simulator::World;
use github_simulator::world::LogEntry;
use rollback_action::commands::{Ended, Exit};
use rollback_action::plan::{Plan, Step};
use serde_json::Value;

use crate::faults::Kind;
use crate::rewind::latest;

/// What a command leaves where it stops.
pub(crate) enum Leaves {
    /// A journal, in this file, of these steps; without one nothing was written.
    Journal { plan: Box<Plan>, file: PathBuf },
    /// A page or a comment. It decides nothing: what it lacks the next run adds. It shows the time of day.
    Page,
    /// Nothing at all: it reads.
    Nothing,
}

/// A run that something befell.
pub(crate) struct Befallen<'a> {
    pub(crate) context: &'a str,
    pub(crate) kind: &'a Kind,
    pub(crate) ended: &'a Ended,
    /// The undisturbed exit.
    pub(crate) wanted: Exit,
    /// The world before the run, and after it.
    pub(crate) worlds: (&'a Value, &'a Value),
    /// The journal, where it left one.
    pub(crate) journal: Option<Value>,
}

/// Everything people read, on one line.
pub(crate) fn said(ended: &Ended) -> String {
    let mut said = ended.text.clone();
    for problem in &ended.problems {
        let _ = write!(said, "\n{problem}");
    }
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Every request that was sent again was waited for aloud: what for, why, how long, and which attempt it was. Requests that
/// are sent together and fail together are told of once.
#[track_caller]
pub(crate) fn assert_waits_are_said(context: &str, kind: &Kind, log: &[LogEntry], waits: &[String]) {
    let line = |entry: &LogEntry| format!("{} {}", entry.method, entry.path);
    let same =
        |one: &LogEntry, other: &LogEntry| line(one) == line(other) && one.query == other.query && one.request_body == other.request_body;
    // With a deadline this short others may meet it too, on a busy machine.
    let is_slow = kind.name.starts_with("stalled");
    let mut failed: BTreeMap<String, usize> = BTreeMap::new();
    let mut again = 0;
    for (n, entry) in log.iter().enumerate().filter(|(_, entry)| entry.befallen) {
        let attempt = failed.entry(format!("{} {} {}", line(entry), entry.query, entry.request_body)).or_default();
        *attempt += 1;
        if *attempt > 4 || kind.waits.is_empty() || !log[n + 1..].iter().any(|later| same(entry, later)) {
            continue;
        }
        again += 1;
        let why = |wait: &&String| kind.waits.iter().any(|cause| wait.contains(cause)) && wait.contains("; trying again in ");
        // Two equal requests may be sent together: their faults are counted as one's here, and each tells of its own.
        let answered = log.iter().filter(|other| !other.befallen && same(entry, other)).count();
        let least = if answered > 1 { attempt.div_ceil(2) } else { *attempt };
        let is_it = |wait: &&String| (least..=*attempt).any(|attempt| wait.contains(&format!("(attempt {attempt} of 5)")));
        let named = waits.iter().filter(why).find(is_it);
        assert!(named.is_some(), "{context}: attempt {attempt} of {} was not said: {waits:#?}", line(entry));
        let alone = kind.times == 1 && !is_slow;
        assert!(!alone || named.is_some_and(|wait| wait.contains(&format!(" for {};", line(entry)))), "{context}: {waits:#?}");
    }
    assert!(again > 0 || is_slow || waits.is_empty(), "{context}: nothing was sent again: {waits:#?}");
    for wait in waits {
        let seconds = wait.split("trying again in ").nth(1).and_then(|rest| rest.split(' ').next()?.parse::<u64>().ok());
        assert!(seconds.is_some_and(|seconds| (1..=901).contains(&seconds)), "{context}: {wait}");
    }
}

impl Befallen<'_> {
    /// Asserts it of a run that did not end as an undisturbed one.
    #[track_caller]
    pub(crate) fn stopped_clearly(&self, leaves: &Leaves, world: &World) {
        let (context, said) = (self.context, said(self.ended));
        assert!(
            matches!(self.ended.exit, Exit::Done | Exit::Failed | Exit::Gates | Exit::Incomplete | Exit::Refused)
                || self.ended.exit == self.wanted,
            "{context}: {:?} {said}",
            self.ended.exit
        );
        let names_it = self.kind.said.iter().any(|words| said.contains(words));
        assert!(names_it, "{context}: nothing of {:?} is in {:?} {said}", self.kind.said, self.ended.exit);
        for problem in &self.ended.problems {
            assert!(self.ended.exit != Exit::Failed || problem.hint.is_some(), "{context}: no remedy in {problem}");
        }
        self.says_what_was_written(leaves, world);
    }

    /// Asserts it also of an end that rests on a lie: what is said of our own writes is true all the same.
    #[track_caller]
    pub(crate) fn says_what_was_written(&self, leaves: &Leaves, world: &World) {
        let (context, (before, after)) = (self.context, self.worlds);
        match (leaves, &self.journal) {
            (Leaves::Journal { plan, .. }, Some(journal)) => self.journal_is_true(plan, journal, world),
            (Leaves::Journal { .. }, None) => {
                assert_eq!(before, after, "{context}: there is no journal of what was written");
                assert!(said(self.ended).contains("nothing was written"), "{context}: {}", said(self.ended));
            }
            (Leaves::Page, _) => self.names_every_page(),
            (Leaves::Nothing, _) => {
                let writes = |entry: &&LogEntry| entry.method != "GET" && entry.path != "/graphql";
                assert_eq!(world.log.iter().filter(writes).count(), 0, "{context}");
                assert_eq!(before, after, "{context}");
            }
        }
    }

    /// Of each step: done is done, and what is not done was not done, or may have been.
    #[track_caller]
    fn journal_is_true(&self, plan: &Plan, journal: &Value, world: &World) {
        let (context, text) = (self.context, said(self.ended));
        let steps = if journal["stage"] == "finish" { &plan.finish } else { &plan.steps };
        for step in steps.iter().filter(|step| !matches!(step, Step::NoOp { .. })) {
            let what = step.to_string();
            let entries: Vec<&Value> =
                journal["entries"].as_array().unwrap().iter().filter(|entry| entry["what"] == what.as_str()).collect();
            let [entry] = entries.as_slice() else { panic!("{context}: {} entries of `{what}` in {journal:#}", entries.len()) };
            let (is_there, outcome) = (is_there(world, plan, step), entry["outcome"].as_str().unwrap());
            assert!(text.contains(&what), "{context}: `{what}` is not in {text}");
            match outcome {
                "done" | "already" => assert!(is_there, "{context}: `{what}` is {outcome}, and is not there"),
                "failed" | "manual" => {
                    let why = entry["why"].as_str().or(entry["task"].as_str()).unwrap();
                    // `Latest` may have gone there by itself, when its last holder got the warning.
                    let may_be = why.contains("may have been done") || matches!(step, Step::Latest { .. });
                    assert!(!is_there || may_be, "{context}: `{what}` is there, and is {outcome}: {why}");
                    assert!(text.contains(&words(why)), "{context}: {why:?} is not in {text}");
                }
                "no-op" => {}
                other => panic!("{context}: {other}"),
            }
        }
        if self.ended.exit == self.wanted {
            // Labels and reviewers are worth having, never worth failing for; that they are missing is said.
            let (before, after) = (&self.worlds.1["pulls"], &self.worlds.1["labels"]);
            assert!(text.contains("labels") || text.contains("request for review"), "{context}: {text}\n{before:#}\n{after:#}");
            return;
        }
        assert!(
            text.contains("running it again is safe at any time: it finds what is done, leaves it, and tries the rest"),
            "{context}: {text}"
        );
        assert!(text.contains(" next a maintainer "), "{context}: who does what next is not in {text}");
    }

    /// Every issue that was opened, changed or commented on is named.
    #[track_caller]
    fn names_every_page(&self) {
        let (context, text, (before, after)) = (self.context, said(self.ended), self.worlds);
        if self.ended.exit == self.wanted && self.ended.problems.is_empty() {
            return;
        }
        let of = |world: &Value, number: &Value| -> Vec<Value> {
            let lists = ["issues", "comments"].iter().flat_map(|list| world[list].as_array().unwrap());
            lists.filter(|item| item["number"] == *number).cloned().collect()
        };
        for issue in after["issues"].as_array().unwrap().iter().map(|issue| &issue["number"]) {
            let named = [format!("#{issue}"), format!("/issues/{issue}")].iter().any(|name| text.contains(name));
            let may_be = text.contains("may have been done");
            assert!(of(before, issue) == of(after, issue) || named || may_be, "{context}: #{issue} changed, and is not in {text}");
        }
    }
}

/// A text as it is in a journal of so many columns.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a step's effect is in the world.
fn is_there(world: &World, plan: &Plan, step: &Step) -> bool {
    let release = |tag: &str| world.releases.values().find(|release| release.tag_name == tag);
    let tag = |tag: &str| world.git.reference(&format!("refs/tags/{tag}")).is_some();
    let branch = world.git.branch(plan.branch.as_str());
    match step {
        Step::Commit { .. } | Step::Branch { .. } => branch.is_some(),
        Step::PullRequest { .. } => world.pulls.values().any(|pull| pull.head == plan.branch.as_str()),
        Step::Forward { .. } => branch.is_some() && world.default_head().as_deref() == branch,
        Step::Banner { tag, .. } => release(tag.as_str())
            .is_some_and(|release| release.prerelease && release.body.as_deref().unwrap_or_default().contains("[!CAUTION]")),
        Step::Latest { tag, .. } => latest(world).as_deref() == Some(tag.as_str()),
        Step::MarkerTag { tag: name } | Step::Tag { tag: name } | Step::TagBeside { tag: name, .. } => tag(name.as_str()),
        Step::Release { tag } | Step::ReleaseBeside { tag } => release(tag.as_str()).is_some(),
        Step::Dispatch { workflow, .. } => world.runs.runs.values().any(|run| run.workflow.ends_with(workflow.as_str())),
        Step::NoOp { .. } => false,
    }
}
