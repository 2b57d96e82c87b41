//! The story itself: the real commands over real HTTP, and between them what GitHub and people do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow};
use github_simulator::runs::Conclusion;

use super::Rehearse;
use super::stage::{REQUESTER, Stage, person_token};
use crate::commands::{Connection, Ended, Execute, Exit, Finish, Format, Gate, Incident, Place, PlanArguments, Problem};
use crate::commands::{execute, finish, gate, incident, plan};
use crate::github::{Person, Token};
use crate::plan::Plan;
use crate::runner::Environment;
use crate::words::{join, seconds};

/// What came of it.
pub(super) struct Played {
    /// How it ended.
    pub(super) exit: Exit,
    /// The one line at the end.
    pub(super) line: String,
    /// What went wrong.
    pub(super) problems: Vec<Problem>,
    /// Every stage's summary, for the report.
    pub(super) report: Vec<(String, String)>,
    /// The plan document.
    pub(super) plan: Option<String>,
    /// The journals, as JSON.
    pub(super) journals: Vec<serde_json::Value>,
}

/// What each job of the workflow is granted, as in `.github/workflows/rollback.yml`.
const READ: &[(&str, &str)] = &[("contents", "read"), ("actions", "read"), ("pull-requests", "read"), ("issues", "read")];
const WRITE: &[(&str, &str)] = &[("contents", "write"), ("pull-requests", "write"), ("actions", "read"), ("issues", "read")];
const FINISH: &[(&str, &str)] = &[("contents", "write"), ("pull-requests", "read"), ("actions", "write")];
const INCIDENT: &[(&str, &str)] = &[("contents", "read"), ("actions", "read"), ("pull-requests", "read"), ("issues", "write")];

/// Plays the whole story.
pub(super) async fn story(arguments: &Rehearse, stage: &Stage, say: &(dyn Fn(&str) + Sync)) -> Played {
    let mut actor = Actor {
        arguments,
        stage,
        say,
        played: Played {
            exit: Exit::Done,
            line: String::new(),
            problems: Vec::new(),
            report: Vec::new(),
            plan: None,
            journals: Vec::new(),
        },
        approvers: BTreeSet::new(),
    };
    if let Err(stopped) = actor.play().await {
        match stopped {
            Stopped::Command(stage, ended) => {
                actor.played.exit = ended.exit;
                actor.played.problems = ended.problems;
                actor.played.line = match ended.exit {
                    Exit::Nothing => ended.text.trim_end().to_owned(),
                    _ => format!("it would have stopped at {stage}"),
                };
            }
            Stopped::Stage(error) => {
                actor.played.exit = Exit::Failed;
                actor.played.problems = vec![Problem::new(format!("{error:#}"), None)];
                actor.played.line = "the rehearsal itself failed".into();
            }
        }
    }
    actor.played
}

enum Stopped {
    Command(&'static str, Box<Ended>),
    Stage(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Stage(error.into())
    }
}

struct Actor<'a> {
    arguments: &'a Rehearse,
    stage: &'a Stage,
    say: &'a (dyn Fn(&str) + Sync),
    played: Played,
    /// Who approved something already: a gate of two wants two people.
    approvers: BTreeSet<String>,
}

impl Actor<'_> {
    async fn play(&mut self) -> Result<(), Stopped> {
        let run = self
            .stage
            .lock()
            .start_run("rollback.yml", &self.stage.default_branch, REQUESTER, serde_json::json!({}))
            .map_err(|refused| anyhow!("{refused:?}"))?;
        let document = self.plan(run).await?;
        let plan = Plan::from_document(&document)?;
        self.incident(run, &document).await?;
        for environment in plan.environments(crate::domain::gate::Stage::Execute) {
            self.gate(run, environment, &plan, &document).await?;
        }
        let number = self.execute(run, &document).await?;
        self.incident(run, &document).await?;
        if plan.retag {
            self.played.line = format!(
                "{} would have been marked as bad, with {} to go back to: {} approvals, nothing new published",
                plan.bad.tag,
                plan.good.reference,
                plan.environments(crate::domain::gate::Stage::Execute).len()
            );
            return Ok(());
        }
        let Some(number) = number else {
            self.played.line =
                format!("the rollback of {} would have been made, and somebody would have to open its pull request", plan.bad.tag);
            return Ok(());
        };
        (self.say)(&format!("{REQUESTER} merges pull request #{number}"));
        Person::new(self.client(&person_token(REQUESTER))?).merge(number).await?;
        for environment in plan.environments(crate::domain::gate::Stage::Finish) {
            self.gate(run, environment, &plan, &document).await?;
        }
        self.finish(run, &plan).await?;
        self.incident(run, &document).await?;
        self.played.line = format!(
            "{} would have been rolled back to the content of {} as {}: {} approvals, pull request #{number}, release {}",
            plan.bad.tag,
            plan.good.reference,
            plan.version,
            plan.environments(crate::domain::gate::Stage::Execute).len(),
            join(&plan.new_tags().iter().map(|tag| tag.as_str()).collect::<Vec<_>>(), "and")
        );
        Ok(())
    }

    async fn plan(&mut self, run: u64) -> Result<String, Stopped> {
        let arguments = PlanArguments {
            bad: self.arguments.bad.clone().unwrap_or_else(|| self.stage.bad.clone()),
            reason: self.arguments.reason.clone(),
            trigger: self.arguments.trigger.clone(),
            package: self.arguments.package.clone(),
            good: self.arguments.good.clone(),
            incident: None,
            strategy: self.arguments.strategy.clone(),
            rollback_version: None,
            option: "git".into(),
            requester: None,
            config: None,
            format: Format::Text,
            out: None,
        };
        let (connection, environment) = self.job(run, "plan", READ, None)?;
        let started = Instant::now();
        let ended = plan(&arguments, &connection, &environment).await;
        let ended = self.done("plan", started, ended)?;
        (self.say)(&format!("\n{}", ended.text));
        let document =
            ended.outputs.iter().find(|(name, _)| *name == "plan").map(|(_, value)| value.clone()).context("`plan` gave no plan")?;
        self.played.plan = Some(document.clone());
        Ok(document)
    }

    /// The job waits, a reviewer approves it as people do, and then it runs.
    async fn gate(&mut self, run: u64, environment: &str, plan: &Plan, document: &str) -> Result<(), Stopped> {
        let name = crate::gate::gate_job_name(environment, plan.id().short());
        let job = self.stage.lock().start_job(run, &name, Some(environment)).map_err(|refused| anyhow!("{refused:?}"))?;
        let people = self.stage.reviewers.get(environment).map(Vec::as_slice).unwrap_or_default();
        let fresh = people.iter().find(|login| !self.approvers.contains(*login));
        let reviewer = fresh.or(people.first()).with_context(|| format!("nobody may approve `{environment}`"))?;
        self.approvers.insert(reviewer.clone());
        Person::new(self.client(&person_token(reviewer))?).approve(run, environment, "rehearsed").await?;
        let (connection, variables) = self.job(run, "gate", &[("actions", "read"), ("contents", "read")], Some(document))?;
        let started = Instant::now();
        let ended = gate(&Gate { environment: environment.to_owned(), plan: None }, &connection, &variables).await;
        let conclusion = if ended.exit == Exit::Done { Conclusion::Success } else { Conclusion::Failure };
        self.stage.lock().finish_job(job, conclusion).map_err(|refused| anyhow!("{refused:?}"))?;
        self.done("gate", started, ended)?;
        (self.say)(&format!("  {environment}: approved by {reviewer}"));
        Ok(())
    }

    async fn execute(&mut self, run: u64, document: &str) -> Result<Option<u64>, Stopped> {
        let (connection, environment) = self.job(run, "execute", WRITE, Some(document))?;
        let journal = self.scratch("execute.json")?;
        let started = Instant::now();
        let ended = execute(&Execute { journal: Some(journal.clone()), ..Execute::default() }, &connection, &environment).await;
        self.keep(&journal);
        let ended = self.done("execute", started, ended)?;
        (self.say)(&indented(&ended.text));
        let output = ended.outputs.iter().find(|(name, _)| *name == "pull-request");
        Ok(output.and_then(|(_, number)| number.parse().ok()))
    }

    async fn finish(&mut self, run: u64, plan: &Plan) -> Result<(), Stopped> {
        let (connection, environment) = self.job(run, "finish", FINISH, None)?;
        let journal = self.scratch("finish.json")?;
        let started = Instant::now();
        let ended =
            finish(&Finish { bad: plan.bad.tag.to_string(), plan: None, journal: Some(journal.clone()) }, &connection, &environment).await;
        self.keep(&journal);
        let ended = self.done("finish", started, ended)?;
        (self.say)(&indented(&ended.text));
        Ok(())
    }

    async fn incident(&mut self, run: u64, document: &str) -> Result<(), Stopped> {
        let (connection, environment) = self.job(run, "incident", INCIDENT, Some(document))?;
        let started = Instant::now();
        let ended = incident(&Incident::default(), &connection, &environment).await;
        self.done("incident", started, ended).map(drop)
    }

    /// A job's connection and environment variables, with a token that may do what the workflow grants the job.
    fn job(&self, run: u64, job: &str, permissions: &[(&str, &str)], plan: Option<&str>) -> Result<(Connection, Environment)> {
        let token = self.stage.job_token(self.arguments.token, job, permissions);
        let (url, run, reference) = (self.stage.url(), run.to_string(), format!("refs/heads/{}", self.stage.default_branch));
        let mut variables = vec![
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_API_URL", url.as_str()),
            ("GITHUB_REPOSITORY", self.stage.repository.as_str()),
            ("GITHUB_RUN_ID", run.as_str()),
            ("GITHUB_REF", reference.as_str()),
            ("GITHUB_TRIGGERING_ACTOR", REQUESTER),
        ];
        variables.extend(plan.map(|plan| ("ROLLBACK_PLAN", plan)));
        let environment = Environment::of(&variables);
        let connection = Connection::new(&Place::default(), &environment, Token::new(&token), Arc::new(|_: &str| {}));
        let connection = connection.map_err(|ended| anyhow!("{}", ended.problems.first().map(ToString::to_string).unwrap_or_default()))?;
        Ok((connection, environment))
    }

    fn client(&self, token: &str) -> Result<crate::github::Client> {
        let address = crate::github::Address::new(&self.stage.url())?;
        Ok(crate::github::Client::new(address, Token::new(token), self.stage.repository.parse()?, Arc::new(|_: &str| {}))?)
    }

    fn done(&mut self, name: &'static str, started: Instant, ended: Ended) -> Result<Ended, Stopped> {
        if name != "gate" {
            (self.say)(&format!("{name}: {}", seconds(started.elapsed())));
        }
        self.played.report.push((name.to_owned(), ended.summary.clone()));
        match ended.exit {
            Exit::Done | Exit::Incomplete => {
                self.played.exit = self.played.exit.max(ended.exit);
                Ok(ended)
            }
            _ => Err(Stopped::Command(name, Box::new(ended))),
        }
    }

    fn scratch(&self, name: &str) -> Result<std::path::PathBuf> {
        std::fs::create_dir_all(&self.arguments.out).with_context(|| format!("cannot write to `{}`", self.arguments.out.display()))?;
        Ok(self.arguments.out.join(name))
    }

    fn keep(&mut self, journal: &std::path::Path) {
        let read = std::fs::read(journal).ok().and_then(|text| serde_json::from_slice(&text).ok());
        self.played.journals.extend(read);
        let _ = std::fs::remove_file(journal);
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
