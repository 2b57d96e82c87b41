//! What a workflow file says of itself: what starts it, and what of ours it calls with which permissions.

use std::collections::{BTreeMap, BTreeSet};

use serde_yaml::Value;

use crate::gather::Gather as _;

/// One file below `.github/workflows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Its path.
    pub path: String,
    /// What it says; why it cannot be read as YAML.
    pub content: Result<Content, String>,
}

/// What a workflow says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Content {
    /// The events that start it.
    pub events: BTreeSet<String>,
    /// The inputs of a start by hand: name → whether one must be given.
    pub inputs: BTreeMap<String, bool>,
    /// Its schedules.
    pub crons: Vec<String>,
    /// Whether the whole run holds a lock in which a later run would be cancelled.
    pub locked: bool,
    /// Its jobs that call us, or another workflow of this repository.
    pub calls: Vec<Call>,
}

/// One job that calls something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The job.
    pub job: String,
    /// What it calls.
    pub what: Vec<Called>,
    /// The permissions it grants.
    pub grants: Grants,
    /// The inputs it passes on.
    pub with: BTreeSet<String>,
    /// Whether the job holds a lock in which a later run would be cancelled.
    pub locked: bool,
}

/// What a job calls.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Called {
    /// The reusable rollback.
    Rollback,
    /// The reusable finish.
    Finish,
    /// The reusable answer to a comment.
    Answer,
    /// The reusable close.
    Close,
    /// The reusable approval of a re-release.
    ReRelease,
    /// One command of the action.
    Command(String),
    /// A workflow of this repository, by path.
    Local(String),
}

/// The doctor that opens an issue, which takes more than one that only looks.
pub(super) const OPENS_ISSUE: &str = "doctor with open-issue";

/// What a job's token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grants {
    /// Whatever the repository's default is.
    Default,
    /// `read-all` or `write-all`.
    All(Level),
    /// Only these.
    These(BTreeMap<String, Level>),
}

/// How far a permission goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Not at all.
    None,
    /// Looking.
    Read,
    /// Changing.
    Write,
}

impl Level {
    /// Returns GitHub's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    fn of(word: &str) -> Self {
        match word {
            "write" | "write-all" => Self::Write,
            "read" | "read-all" => Self::Read,
            _ => Self::None,
        }
    }
}

/// How deep `[` and `{` may nest. A reader of YAML takes time that grows with the square of it.
const DEEPEST: usize = 100;

/// Tells whether a text opens more brackets within each other than any file does.
pub(crate) fn nests_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    text.bytes().any(|byte| {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

impl WorkflowFile {
    /// Reads a workflow file.
    pub fn read(path: &str, text: &str) -> Self {
        let content = match nests_too_deep(text) {
            true => Err(format!("it nests deeper than {DEEPEST} levels")),
            false => serde_yaml::from_str::<Value>(text).map_err(|error| error.to_string()),
        };
        Self { path: path.to_owned(), content: content.and_then(|value| content_of(&value)) }
    }

    /// Returns its name without the directory.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Returns what it says, where it can be read.
    pub fn says(&self) -> Option<&Content> {
        self.content.as_ref().ok()
    }
}

impl Content {
    /// Tells whether an event starts it.
    pub fn starts_on(&self, event: &str) -> bool {
        self.events.contains(event)
    }
}

fn content_of(value: &Value) -> Result<Content, String> {
    let Some(jobs) = value.get("jobs").and_then(Value::as_mapping) else { return Err("it has no `jobs`".into()) };
    let on = value.get("on").ok_or("it has no `on`")?;
    let inherited = grants(value.get("permissions")).unwrap_or(Grants::Default);
    Ok(Content {
        events: events(on),
        inputs: inputs(on),
        crons: crons(on),
        locked: locks(value.get("concurrency")),
        calls: jobs.iter().filter_map(|(name, job)| call(text(name)?, job, &inherited)).collect(),
    })
}

fn text(value: &Value) -> Option<&str> {
    value.as_str()
}

fn events(on: &Value) -> BTreeSet<String> {
    match on {
        Value::String(event) => BTreeSet::from([event.clone()]),
        Value::Sequence(events) => events.iter().filter_map(text).map(str::to_owned).gather(),
        Value::Mapping(events) => events.keys().filter_map(text).map(str::to_owned).gather(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Tagged(_) => BTreeSet::new(),
    }
}

fn inputs(on: &Value) -> BTreeMap<String, bool> {
    let inputs = on.get("workflow_dispatch").and_then(|dispatch| dispatch.get("inputs")).and_then(Value::as_mapping);
    let flag = |input: &Value, key: &str| input.get(key).and_then(Value::as_bool).unwrap_or(false);
    let must = |input: &Value| flag(input, "required") && input.get("default").is_none();
    inputs.into_iter().flatten().filter_map(|(name, input)| Some((text(name)?.to_owned(), must(input)))).gather()
}

fn crons(on: &Value) -> Vec<String> {
    let schedules = on.get("schedule").and_then(Value::as_sequence);
    schedules.into_iter().flatten().filter_map(|schedule| text(schedule.get("cron")?)).map(str::to_owned).collect()
}

/// `queue: max` keeps every waiting run; anything else keeps one and cancels the others.
fn locks(concurrency: Option<&Value>) -> bool {
    concurrency.is_some_and(|concurrency| concurrency.get("queue").and_then(text) != Some("max"))
}

fn grants(permissions: Option<&Value>) -> Option<Grants> {
    match permissions? {
        Value::String(word) => Some(Grants::All(Level::of(word))),
        Value::Mapping(these) => {
            Some(Grants::These(these.iter().filter_map(|(name, level)| Some((text(name)?.to_owned(), Level::of(text(level)?)))).gather()))
        }
        Value::Null => Some(Grants::These(BTreeMap::new())),
        Value::Bool(_) | Value::Number(_) | Value::Sequence(_) | Value::Tagged(_) => None,
    }
}

fn call(name: &str, job: &Value, inherited: &Grants) -> Option<Call> {
    let what: Vec<Called> = match job.get("uses").and_then(text) {
        Some(uses) => workflow(uses).into_iter().collect(),
        None => job.get("steps").and_then(Value::as_sequence).into_iter().flatten().filter_map(command).collect(),
    };
    let with = job.get("with").and_then(Value::as_mapping);
    (!what.is_empty()).then(|| Call {
        job: name.to_owned(),
        what,
        grants: grants(job.get("permissions")).unwrap_or_else(|| inherited.clone()),
        with: with.into_iter().flatten().filter_map(|(name, _)| text(name)).map(str::to_owned).collect(),
        locked: job.get("uses").is_some() && locks(job.get("concurrency")),
    })
}

/// A fork or mirror has another owner, so only what follows it counts.
fn workflow(uses: &str) -> Option<Called> {
    let path = uses.split('@').next().unwrap_or(uses);
    if let Some(local) = path.strip_prefix("./").or_else(|| path.strip_prefix("$/")) {
        return Some(Called::Local(local.to_owned()));
    }
    match path.split_once('/').map(|(_, rest)| rest) {
        Some("rollback-action/.github/workflows/rollback.yml") => Some(Called::Rollback),
        Some("rollback-action/.github/workflows/finish.yml") => Some(Called::Finish),
        Some("rollback-action/.github/workflows/approve.yml") => Some(Called::Answer),
        Some("rollback-action/.github/workflows/close.yml") => Some(Called::Close),
        Some("rollback-action/.github/workflows/re-release.yml") => Some(Called::ReRelease),
        Some(_) | None => None,
    }
}

fn command(step: &Value) -> Option<Called> {
    let uses = step.get("uses").and_then(text)?;
    let path = uses.split('@').next().unwrap_or(uses);
    let own = matches!(path, "./" | "./.github/actions/rollback" | "$/.github/actions/rollback");
    let ours =
        path.split_once('/').is_some_and(|(_, rest)| rest == "rollback-action" || rest == "rollback-action/.github/actions/rollback");
    let with = step.get("with")?;
    let command = with.get("command").and_then(text)?;
    let opens = with.get("open-issue").is_some_and(|value| value.as_bool() == Some(true) || text(value) == Some("true"));
    let command = if command == "doctor" && opens { OPENS_ISSUE } else { command };
    (own || ours).then(|| Called::Command(command.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Content {
        WorkflowFile::read(".github/workflows/x.yml", text).content.unwrap()
    }

    #[test]
    fn a_caller_tells_its_inputs_permissions_and_what_it_calls() {
        let found = read(
            "on:\n  workflow_dispatch:\n    inputs:\n      bad: { required: true }\n      trigger: { required: true, default: security }\n      good: {}\npermissions: {}\njobs:\n  rollback:\n    permissions: { contents: write, actions: read }\n    uses: org/rollback-action/.github/workflows/rollback.yml@v1\n    with: { bad: x }\n",
        );
        assert!(found.starts_on("workflow_dispatch"));
        assert_eq!(found.inputs, BTreeMap::from([("bad".into(), true), ("trigger".into(), false), ("good".into(), false)]));
        let [call] = found.calls.as_slice() else { panic!("{found:?}") };
        assert_eq!(call.what, [Called::Rollback]);
        assert_eq!(call.grants, Grants::These(BTreeMap::from([("contents".into(), Level::Write), ("actions".into(), Level::Read)])));
        assert_eq!((call.with.contains("bad"), call.locked, found.locked), (true, false, false));
    }

    #[test]
    fn permissions_come_from_the_workflow_where_the_job_says_nothing() {
        let grants = |top: &str| {
            read(&format!(
                "on: push\n{top}jobs:\n  a:\n    steps:\n      - uses: org/rollback-action@v1\n        with: {{ command: doctor }}\n"
            ))
            .calls
            .remove(0)
            .grants
        };
        assert_eq!(grants(""), Grants::Default);
        assert_eq!(grants("permissions: read-all\n"), Grants::All(Level::Read));
        assert_eq!(grants("permissions: {}\n"), Grants::These(BTreeMap::new()));
    }

    #[test]
    fn schedules_and_locks_are_seen_in_every_spelling() {
        assert_eq!(read("on:\n  schedule:\n    - cron: '17 4 * * 1'\njobs: {}\n").crons, ["17 4 * * 1"]);
        assert!(read("on: push\nconcurrency: rollback\njobs: {}\n").locked);
        assert!(!read("on: push\nconcurrency: { group: rollback, queue: max }\njobs: {}\n").locked);
        assert_eq!(read("on: [push, workflow_dispatch]\njobs: {}\n").events.len(), 2);
    }

    #[test]
    fn other_actions_are_not_ours_and_broken_files_say_why() {
        let other = read(
            "on: push\njobs:\n  a:\n    uses: org/other/.github/workflows/rollback.yml@v1\n  b:\n    steps:\n      - uses: actions/checkout@v5\n",
        );
        assert_eq!(other.calls, []);
        assert_eq!(WorkflowFile::read("x.yml", "on: push\n").content, Err("it has no `jobs`".into()));
        assert!(WorkflowFile::read("x.yml", "on: [\n").content.is_err());
        let deep = format!("on: {}", "[".repeat(100_000));
        assert_eq!(WorkflowFile::read("x.yml", &deep).content, Err("it nests deeper than 100 levels".into()));
    }
}
