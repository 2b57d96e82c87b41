//! A rollback on a simulated GitHub, step by step, with the world between the steps in the test's hands.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use github_simulator::World;
use github_simulator::runs::Conclusion;
use rollback_action::commands::TokenKind;
use rollback_action::commands::{
    Answer, Close, Connection, Ended, Execute, Exit, Finish, Format, Gate, Gates, Guard, Incident, LateStage, Made, Place, PlanArguments,
    REQUESTER, Remind, Stage, StageOptions, answer, close, example, execute, finish, gate, gates, guard, incident, person_token, plan,
    remind,
};
use rollback_action::domain;
use rollback_action::gate::gate_job_name;
use rollback_action::github::{Address, Client, Pace, Person, Token, Waits};
use rollback_action::plan::Plan;
use rollback_action::runner::Environment;

use crate::figures::figure_of_test;
use crate::secrets::{assert_no_token_is_left, assert_no_token_was_sent};

/// A stage, a run on it, and what the next command is told.
pub(crate) struct Scenario {
    pub(crate) stage: Stage,
    pub(crate) run: u64,
    pub(crate) arguments: PlanArguments,
    /// Variables that replace or extend the job's own.
    pub(crate) variables: Vec<(String, String)>,
    /// Lines said while waiting.
    pub(crate) waits: Arc<Mutex<Vec<String>>>,
    /// Whether waits take their time.
    pub(crate) real_waits: AtomicBool,
    /// The longest one request may take, in milliseconds.
    pub(crate) deadline: AtomicU64,
    /// How many texts have been searched for the tokens of their commands.
    searched: AtomicUsize,
    _made: Option<Arc<Made>>,
}

/// The example is only read, so the tests of one process share it.
static EXAMPLE: Mutex<Weak<Made>> = Mutex::new(Weak::new());

fn shared_example() -> Arc<Made> {
    let mut shared = EXAMPLE.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let made = Arc::new(example().unwrap());
        *shared = Arc::downgrade(&made);
        made
    })
}

/// The workflow that comments start, as `init` writes it.
pub(crate) const APPROVE: &str = include_str!("../examples/approve.yml");
const REMIND: &str = include_str!("../src/init/remind.yml");

const READ: &[(&str, &str)] = &[("contents", "read"), ("actions", "read"), ("pull-requests", "read"), ("issues", "read")];
pub(crate) const WRITE: &[(&str, &str)] = &[("contents", "write"), ("pull-requests", "write"), ("actions", "read"), ("issues", "read")];
pub(crate) const FINISH: &[(&str, &str)] = &[("contents", "write"), ("pull-requests", "read"), ("actions", "write"), ("issues", "read")];
pub(crate) const LATE: &[(&str, &str)] = &[("contents", "read"), ("actions", "read"), ("pull-requests", "read"), ("issues", "read")];
pub(crate) const INCIDENT: &[(&str, &str)] = &[("contents", "read"), ("actions", "read"), ("pull-requests", "read"), ("issues", "write")];

impl Scenario {
    /// The procedure's own example, v0.1.0 being bad.
    pub(crate) fn new() -> Self {
        let made = shared_example();
        let mut scenario = Self::on(made.path(), &StageOptions { bad: Some("v0.1.0".into()), bodies: true, ..StageOptions::default() });
        scenario._made = Some(made);
        scenario
    }

    /// Any repository.
    pub(crate) fn on(repository: &Path, options: &StageOptions) -> Self {
        crate::fail_fast::arm();
        let stage = match Stage::set(repository, options) {
            Ok(stage) => stage,
            Err(not) => panic!("{:?}", Ended::from(not).problems),
        };
        let run = stage.lock().start_run("rollback.yml", &stage.default_branch, REQUESTER, serde_json::json!({})).unwrap();
        let arguments = PlanArguments {
            bad: stage.bad.clone(),
            reason: "the plugins cannot be imported".into(),
            trigger: "import-failures".into(),
            package: None,
            good: None,
            incident: None,
            strategy: None,
            rollback_version: None,
            option: "git".into(),
            requester: None,
            config: None,
            format: Format::Text,
            out: None,
        };
        Self {
            stage,
            run,
            arguments,
            variables: Vec::new(),
            waits: Arc::default(),
            real_waits: AtomicBool::new(false),
            deadline: AtomicU64::new(60_000),
            searched: AtomicUsize::new(0),
            _made: None,
        }
    }

    /// The same in a private repository whose owner's plan has no required reviewers, so that GitHub has no environments.
    pub(crate) fn private() -> Self {
        let scenario = Self::new();
        scenario.world(|world| {
            (world.repository.private, world.repository.plan) = (true, github_simulator::world::Plan::Free);
            let names: Vec<String> = world.environments.iter().map(|environment| environment.name.clone()).collect();
            names.iter().for_each(|name| assert!(world.environments.remove(name)));
            world.push_file(".github/workflows/rollback-approve.yml", APPROVE, "Add a workflow").unwrap();
        });
        scenario
    }

    /// The incident, as `incident` opened it.
    #[track_caller]
    pub(crate) fn opened(&self, document: &str) -> u64 {
        let ended = self.incident(document);
        assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
        output(&ended, "incident").unwrap().parse().unwrap()
    }

    /// A person comments, and the workflow that starts runs `answer`.
    pub(crate) fn answer(&self, issue: u64, login: &str, body: &str) -> Ended {
        let comment = self.world(|world| world.comment(issue, login, body));
        self.answer_to(issue, comment, login)
    }

    /// The run that a comment starts.
    pub(crate) fn answer_to(&self, issue: u64, comment: u64, login: &str) -> Ended {
        self.answer_in(self.started_by_comment(login), issue, comment)
    }

    /// The same, in a run that goes on.
    pub(crate) fn answer_in(&self, run: u64, issue: u64, comment: u64) -> Ended {
        let arguments = Answer { issue, comment };
        self.command_of(run, &self.stage.url(), "answer", INCIDENT, None, async |connection, environment| {
            answer(&arguments, &connection, &environment).await
        })
    }

    /// The job `execute` of a run that a comment started.
    pub(crate) fn execute_after_comment(&self, login: &str, document: &str) -> Ended {
        let run = self.started_by_comment(login);
        self.command_of(run, &self.stage.url(), "execute", WRITE, Some(document), async |connection, environment| {
            execute(&Execute::default(), &connection, &environment).await
        })
    }

    /// The scheduled reminder.
    pub(crate) fn remind(&self) -> Ended {
        self.remind_in(self.started_by_schedule())
    }

    /// The same, in a run that goes on.
    pub(crate) fn remind_in(&self, run: u64) -> Ended {
        self.command_of(run, &self.stage.url(), "remind", INCIDENT, None, async |connection, environment| {
            remind(&Remind {}, &connection, &environment).await
        })
    }

    pub(crate) fn started_by_schedule(&self) -> u64 {
        self.world(|world| {
            if world.start_run_of("rollback-remind.yml", "schedule", "main", "github-actions[bot]", serde_json::Value::Null).is_err() {
                world.push_file(".github/workflows/rollback-remind.yml", REMIND, "Add a workflow").unwrap();
            }
            world.start_run_of("rollback-remind.yml", "schedule", "main", "github-actions[bot]", serde_json::Value::Null).unwrap()
        })
    }

    pub(crate) fn started_by_comment(&self, login: &str) -> u64 {
        let event = "issue_comment";
        self.world(|world| world.start_run_of("rollback-approve.yml", event, "main", login, serde_json::Value::Null).unwrap())
    }

    /// Changes the world.
    pub(crate) fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.stage.lock())
    }

    /// Adds lines to the policy on the default branch.
    pub(crate) fn extend_policy(&self, lines: &str) {
        self.world(|world| {
            let head = world.default_head().unwrap();
            let policy = world.git.run(&["cat-file", "blob", &format!("{head}:.github/rollback.yml")]).unwrap();
            world.push_file(".github/rollback.yml", &format!("{policy}{lines}\n"), "Change the policy").unwrap();
        });
    }

    /// Starts the run's next attempt, as the button "Re-run failed jobs" does.
    pub(crate) fn run_failed_jobs_again(&self) {
        self.world(|world| {
            world.finish_run(self.run).unwrap();
            world.rerun(self.run, github_simulator::runs::Rerun::Failed, REQUESTER).unwrap();
        });
    }

    /// Changes what is asked for.
    pub(crate) fn asking(mut self, change: impl FnOnce(&mut PlanArguments)) -> Self {
        change(&mut self.arguments);
        self
    }

    pub(crate) fn plan(&self) -> Ended {
        self.plan_with(&self.arguments)
    }

    pub(crate) fn plan_with(&self, arguments: &PlanArguments) -> Ended {
        self.command("plan", READ, None, async |connection, environment| plan(arguments, &connection, &environment).await)
    }

    /// The plan document, which must be there.
    #[track_caller]
    pub(crate) fn planned(&self) -> String {
        let ended = self.plan();
        assert_eq!(ended.exit, Exit::Done, "{:?}", ended.problems);
        output(&ended, "plan").unwrap()
    }

    /// Every gate before execute: its job waits, its first reviewer approves, `gate` runs in it.
    #[track_caller]
    pub(crate) fn approve_all(&self, document: &str) {
        let plan = Plan::from_document(document).unwrap();
        for environment in plan.environments(domain::gate::Stage::Execute) {
            let reviewer = self.stage.reviewers[environment][0].clone();
            let ended = self.pass(environment, &reviewer, document);
            assert_eq!(ended.exit, Exit::Done, "{environment}: {:?}", ended.problems);
        }
    }

    /// One gate, approved by one person through the API that people's clicks use.
    pub(crate) fn pass(&self, environment: &str, reviewer: &str, document: &str) -> Ended {
        let plan = Plan::from_document(document).unwrap();
        let name = gate_job_name(environment, plan.id().short());
        let job = self.world(|world| world.start_job(self.run, &name, Some(environment)).unwrap());
        let approved = self.as_person(reviewer, async |person| person.approve(self.run, environment, "seen").await);
        assert!(approved.is_ok(), "{approved:?}");
        let ended = self.gate(environment, document);
        let conclusion = if ended.exit == Exit::Done { Conclusion::Success } else { Conclusion::Failure };
        self.world(|world| world.finish_job(job, conclusion).unwrap());
        ended
    }

    pub(crate) fn gate(&self, environment: &str, document: &str) -> Ended {
        let arguments = Gate { environment: environment.to_owned(), plan: None };
        self.command("gate", &[("actions", "read"), ("contents", "read")], Some(document), async |connection, variables| {
            gate(&arguments, &connection, &variables).await
        })
    }

    pub(crate) fn execute(&self, document: &str) -> Ended {
        self.execute_with(&Execute::default(), document)
    }

    pub(crate) fn execute_with(&self, arguments: &Execute, document: &str) -> Ended {
        self.command("execute", WRITE, Some(document), async |connection, environment| execute(arguments, &connection, &environment).await)
    }

    /// The same with its journal in a file.
    pub(crate) fn execute_leaving(&self, journal: &Path, document: &str) -> Ended {
        self.execute_with(&Execute { journal: Some(journal.to_owned()), ..Execute::default() }, document)
    }

    /// A file of this scenario's own: nobody else listens on the stage's port.
    fn file(&self, what: &str) -> PathBuf {
        std::env::temp_dir().join(format!("rollback-{what}-{}.json", self.stage.url().rsplit(':').next().unwrap()))
    }

    /// Where a journal may be left.
    pub(crate) fn journal_file(&self) -> PathBuf {
        self.file("journal")
    }

    /// The same through another address of the simulator.
    pub(crate) fn execute_through(&self, url: &str, document: &str) -> Ended {
        let arguments = Execute::default();
        self.command_through(url, "execute", WRITE, Some(document), async |connection, environment| {
            execute(&arguments, &connection, &environment).await
        })
    }

    /// The same in another run.
    pub(crate) fn execute_of(&self, run: u64, url: &str, document: &str) -> Ended {
        let arguments = Execute::default();
        self.command_of(run, url, "execute", WRITE, Some(document), async |connection, environment| {
            execute(&arguments, &connection, &environment).await
        })
    }

    /// `finish` of another bad release.
    pub(crate) fn finish_of(&self, bad: &str, url: &str) -> Ended {
        let arguments = Finish { bad: bad.to_owned(), plan: None, journal: None };
        self.command_through(url, "finish", FINISH, None, async |connection, environment| {
            finish(&arguments, &connection, &environment).await
        })
    }

    pub(crate) fn incident(&self, document: &str) -> Ended {
        self.incident_with(&Incident::default(), document)
    }

    pub(crate) fn incident_with(&self, arguments: &Incident, document: &str) -> Ended {
        self.command("incident", INCIDENT, Some(document), async |connection, environment| {
            incident(arguments, &connection, &environment).await
        })
    }

    /// The same through another address of the simulator.
    pub(crate) fn incident_through(&self, url: &str, document: &str) -> Ended {
        let arguments = Incident::default();
        self.command_through(url, "incident", INCIDENT, Some(document), async |connection, environment| {
            incident(&arguments, &connection, &environment).await
        })
    }

    pub(crate) fn merge(&self, number: u64) {
        self.as_person(REQUESTER, async |person| person.merge(number).await).unwrap();
    }

    /// The same through another address of the simulator.
    pub(crate) fn finish_through(&self, url: &str) -> Ended {
        let arguments = Finish { bad: self.arguments.bad.clone(), plan: None, journal: None };
        self.command_through(url, "finish", FINISH, None, async |connection, environment| {
            finish(&arguments, &connection, &environment).await
        })
    }

    pub(crate) fn finish(&self) -> Ended {
        let arguments = Finish { bad: self.arguments.bad.clone(), plan: None, journal: None };
        self.command("finish", FINISH, None, async |connection, environment| finish(&arguments, &connection, &environment).await)
    }

    /// `finish` with the plan of its run, as after direct delivery.
    pub(crate) fn finish_planned(&self, document: &str) -> Ended {
        self.finish_leaving(None, Some(document))
    }

    /// `finish` with its journal in a file, and the plan of its run where one is given.
    pub(crate) fn finish_leaving(&self, journal: Option<&Path>, planned: Option<&str>) -> Ended {
        let plan = planned.map(|_| self.file("plan"));
        if let (Some(file), Some(document)) = (&plan, planned) {
            std::fs::write(file, document).unwrap();
        }
        let arguments = Finish { bad: self.arguments.bad.clone(), plan, journal: journal.map(Path::to_owned) };
        self.command("finish", FINISH, None, async |connection, environment| finish(&arguments, &connection, &environment).await)
    }

    pub(crate) fn gates(&self, stage: LateStage) -> Ended {
        let arguments = Gates { bad: self.arguments.bad.clone(), stage, plan: None };
        self.command("gates", LATE, None, async |connection, environment| gates(&arguments, &connection, &environment).await)
    }

    pub(crate) fn close(&self, left: Option<&str>) -> Ended {
        let arguments = Close { bad: self.arguments.bad.clone(), left: left.map(str::to_owned) };
        self.command("close", INCIDENT, None, async |connection, environment| close(&arguments, &connection, &environment).await)
    }

    /// In front of the release of a tag.
    pub(crate) fn guard(&self, tag: &str) -> Ended {
        let arguments = Guard { tag: Some(tag.parse().unwrap()), bad: None };
        self.command("guard", LATE, None, async |connection, environment| guard(&arguments, &connection, &environment).await)
    }

    /// Every request since a number, as `METHOD path status`.
    pub(crate) fn requests_after(&self, n: usize) -> Vec<String> {
        self.world(|world| world.log.iter().skip(n).map(|entry| format!("{} {} {}", entry.method, entry.path, entry.status)).collect())
    }

    /// Requests that could have changed something, since a number.
    pub(crate) fn writes_after(&self, n: usize) -> Vec<String> {
        self.requests_after(n).into_iter().filter(|line| !line.starts_with("GET ") && !line.starts_with("POST /graphql ")).collect()
    }

    pub(crate) fn as_person<T>(&self, login: &str, act: impl AsyncFnOnce(Person) -> T) -> T {
        runtime().block_on(async {
            let client = Client::new(
                Address::new(&self.stage.url()).unwrap(),
                Token::new(&person_token(login)),
                self.stage.repository.parse().unwrap(),
                Arc::new(|_: &str| {}),
            );
            act(Person::new(client.unwrap())).await
        })
    }

    fn command(
        &self,
        job: &str,
        permissions: &[(&str, &str)],
        document: Option<&str>,
        act: impl AsyncFnOnce(Connection, Environment) -> Ended,
    ) -> Ended {
        self.command_through(&self.stage.url(), job, permissions, document, act)
    }

    fn command_through(
        &self,
        url: &str,
        job: &str,
        permissions: &[(&str, &str)],
        document: Option<&str>,
        act: impl AsyncFnOnce(Connection, Environment) -> Ended,
    ) -> Ended {
        self.command_of(self.run, url, job, permissions, document, act)
    }

    pub(crate) fn command_of(
        &self,
        run: u64,
        url: &str,
        job: &str,
        permissions: &[(&str, &str)],
        document: Option<&str>,
        act: impl AsyncFnOnce(Connection, Environment) -> Ended,
    ) -> Ended {
        let token = self.stage.job_token(TokenKind::Actions, job, permissions);
        let (run, reference) = (run.to_string(), format!("refs/heads/{}", self.stage.default_branch));
        let mut variables = vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_API_URL", url),
            ("GITHUB_REPOSITORY", self.stage.repository.as_str()),
            ("GITHUB_RUN_ID", run.as_str()),
            ("GITHUB_REF", reference.as_str()),
            ("GITHUB_TRIGGERING_ACTOR", REQUESTER),
        ];
        variables.extend(document.map(|document| ("ROLLBACK_PLAN", document)));
        for (name, value) in &self.variables {
            variables.retain(|(known, _)| known != name);
            variables.push((name, value));
        }
        let environment = Environment::of(&variables);
        let token = self.variables.iter().find(|(name, _)| name == "TOKEN").map_or(token, |(_, token)| token.clone());
        let asked_before = self.requests();
        let waits = Arc::clone(&self.waits);
        let waiting_is = if self.real_waits.load(Ordering::Relaxed) { Waits::Real } else { Waits::Immediate };
        let pace = Pace { waits: waiting_is, deadline: Duration::from_millis(self.deadline.load(Ordering::Relaxed)) };
        let ended = runtime().block_on(async {
            let waiting = Arc::new(move |line: &str| waits.lock().unwrap().push(line.to_owned()));
            match Connection::paced(&Place::default(), &environment, Token::new(&token), waiting, pace) {
                Ok(connection) => act(connection, environment).await,
                Err(ended) => ended,
            }
        });
        // Here, since the log is forgotten when the world is taken back.
        let searched = assert_no_token_was_sent(&self.stage, asked_before, &[format!("{ended:?}")]);
        assert!(token.is_empty() || !format!("{ended:?}").contains(&token), "{job} says its token: {ended:?}");
        self.searched.fetch_add(searched, Ordering::Relaxed);
        ended
    }
}

impl Drop for Scenario {
    /// Searches what the test leaves for tokens, and leaves its traffic.
    fn drop(&mut self) {
        for left in ["plan", "journal"] {
            let _ = std::fs::remove_file(self.file(left));
        }
        if !std::thread::panicking() {
            assert!(!self.stage.has_panicked(), "the simulator panicked");
            let waits = self.waits.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let searched = assert_no_token_is_left(&self.stage, &waits);
            figure_of_test("texts searched for secrets", searched + self.searched.load(Ordering::Relaxed));
        }
        leave_traffic(&self.stage, 0);
    }
}

/// Leaves every request and answer since a number for the check against GitHub's published descriptions, where a
/// directory is named.
#[expect(clippy::disallowed_methods, reason = "the test run is told where by its caller")]
pub(crate) fn leave_traffic(stage: &Stage, from: usize) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let Ok(directory) = std::env::var("ROLLBACK_TEST_TRAFFIC") else { return };
    let world = stage.lock();
    // Without bodies there is nothing to hold against the description.
    if !world.log_bodies {
        return;
    }
    let lines: Vec<String> = world.log.iter().skip(from).map(|entry| entry.shown().to_string()).collect();
    let n = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = Path::new(&directory).join(format!("scenario-{}-{n}.jsonl", std::process::id()));
    std::fs::write(path, lines.join("\n") + "\n").unwrap_or_default();
}

/// Returns an output of a command.
pub(crate) fn output(ended: &Ended, name: &str) -> Option<String> {
    ended.outputs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
