//! Reads what a gate decision rests on, in one round trip, and a second where a run was run again. Where comments answer
//! the gates it takes two more: the incident, and who commented.

use std::collections::BTreeSet;

use futures_util::future::{join, join_all, join4, join5};

use super::execute::RunOfWorkflow;
use super::only_one::oldest;
use crate::config::{self, Policy};
use crate::domain::gate::{Holder, Stage};
use crate::domain::person::Login;
use crate::gate::{Answers, Evidence, RunFacts, asked};
use crate::gather::Gather as _;
use crate::github::{Ask, Error, Issue, Object, Reader, RepositoryFacts, Run, Thread, read_environments};
use crate::observe::POLICY_PATH;
use crate::plan::Plan;
use crate::report;

/// Reads the evidence of a stage's gates.
pub(super) async fn evidence(reader: &Reader, plan: &Plan, stage: Stage, run: &RunOfWorkflow) -> Result<Evidence, Error> {
    match plan.rules.by {
        Holder::Environments => evidence_of(reader, &plan.environments(stage), run).await,
        Holder::Comments => Ok(by_comments(reader, plan, run).await?.0),
    }
}

/// Reads the evidence of some environments.
pub(super) async fn evidence_of(reader: &Reader, names: &[&str], run: &RunOfWorkflow) -> Result<Evidence, Error> {
    let read = join5(read_environments(reader, names), reader.reviews(run.id), reader.jobs(run.id), reader.run(run.id), policy(reader));
    let (environments, reviews, jobs, facts, (repository, policy)) = read.await;
    let (reviews, jobs, facts) = (reviews?, jobs?, facts?);
    let all_jobs = match facts.attempt {
        0 | 1 => jobs.clone(),
        _ => reader.jobs_of_all_attempts(run.id).await?,
    };
    Ok(Evidence {
        now: repository.as_ref().and_then(|repository| repository.now).unwrap_or_else(chrono::Utc::now),
        run: run_facts(run, facts),
        policy,
        environments: environments.map_err(|error| error.with_hint()),
        reviews,
        jobs,
        all_jobs,
        private: repository.is_some_and(|repository| repository.private),
        answers: None,
    })
}

fn run_facts(run: &RunOfWorkflow, facts: Run) -> RunFacts {
    RunFacts {
        reference: run.reference.clone(),
        event: facts.event,
        branch: facts.branch,
        actor: facts.actor,
        triggering_actor: facts.triggering_actor,
    }
}

/// Reads the evidence of gates that comments answer, and the issues of which one is the incident.
pub(super) async fn by_comments(reader: &Reader, plan: &Plan, run: &RunOfWorkflow) -> Result<(Evidence, Vec<Issue>), Error> {
    let issues = reader.issues_labelled(report::incident_label(plan));
    let read = join4(reader.environments(), reader.run(run.id), policy(reader), issues).await;
    let (environments, facts, (repository, policy), issues) = read;
    let (facts, issues) = (facts?, issues?);
    let answers = match oldest(plan, &issues) {
        Some(incident) => answers(reader, plan, incident).await?,
        None => None,
    };
    let now = repository.as_ref().and_then(|repository| repository.now).or(answers.as_ref().and_then(|answers| answers.thread.now));
    let evidence = Evidence {
        now: now.unwrap_or_else(chrono::Utc::now),
        run: run_facts(run, facts),
        policy,
        environments: environments.map_err(|error| error.with_hint()),
        reviews: Vec::new(),
        jobs: Vec::new(),
        all_jobs: Vec::new(),
        private: repository.is_some_and(|repository| repository.private),
        answers,
    };
    Ok((evidence, issues))
}

/// Returns a rollback's incident: the oldest, should there ever be two.
async fn incident_of(reader: &Reader, plan: &Plan) -> Result<Option<Issue>, Error> {
    let issues = reader.issues_labelled(report::incident_label(plan)).await?;
    Ok(oldest(plan, &issues).cloned())
}

/// Returns the run that asked on a rollback's incident, where one did.
pub(super) async fn asking_run(reader: &Reader, plan: &Plan) -> Result<Option<u64>, Error> {
    let Some(incident) = incident_of(reader, plan).await? else { return Ok(None) };
    let thread = reader.thread(incident.number).await?;
    Ok(thread.and_then(|thread| asked(&thread).ok()).map(|asked| asked.asking.run))
}

async fn answers(reader: &Reader, plan: &Plan, incident: &Issue) -> Result<Option<Answers>, Error> {
    let Some(thread) = reader.thread_of(incident).await? else { return Ok(None) };
    let run = asked(&thread).ok().map(|asked| asked.asking.run);
    let asked_in = async {
        match run {
            Some(run) => reader.run(run).await.map_err(|error| error.with_hint()),
            None => Err("no run asked anything".to_owned()),
        }
    };
    let people = join_all(commenters(plan, &thread).into_iter().map(|login| async move {
        let standing = reader.collaborator(&login).await.map_err(|error| error.with_hint());
        (login, standing)
    }));
    let (asked_in, people) = join(asked_in, people).await;
    Ok(Some(Answers { thread, asked_in, people: people.into_iter().collect() }))
}

/// Those of the plan's people who wrote something that looks like a command: nobody else's standing matters.
fn commenters(plan: &Plan, thread: &Thread) -> BTreeSet<Login> {
    let named = |login: &Login| plan.roles.values().any(|role| role.users.contains(login));
    let commands = thread.comments.iter().filter(|comment| comment.body.starts_with('/'));
    commands.filter_map(|comment| comment.author.as_ref()).map(|author| author.login.clone()).filter(named).gather()
}

/// Reads the policy as it stands on the default branch now, and what else that answer says of the repository.
pub(super) async fn policy(reader: &Reader) -> (Option<RepositoryFacts>, Result<Policy, String>) {
    match reader.objects(&[Ask::Blob(format!("HEAD:{POLICY_PATH}"))]).await {
        Err(error) => (None, Err(error.with_hint())),
        Ok((facts, mut objects)) => {
            let policy = match objects.pop() {
                Some(Object::Blob { text: Some(text), .. }) => config::parse(&text, POLICY_PATH).map_err(|problems| problems.to_string()),
                Some(Object::Blob { text: None, .. }) => Err(format!("`{POLICY_PATH}` on the default branch is not UTF-8 text")),
                Some(_) | None => Err(format!("`{POLICY_PATH}` is not on the default branch any more")),
            };
            (Some(facts), policy)
        }
    }
}
