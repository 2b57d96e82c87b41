//! Playing the runner and the reviewers from outside.

use serde_json::{Value, json};

use super::lacks;
use crate::call::Call;
use crate::reply::Reply;
use crate::runs::{Conclusion, Job, Rerun, Run};
use crate::world::{ACTIONS_BOT, World};

/// Answers `runs/…`.
pub(super) fn route(world: &mut World, call: &Call, method: &str, tail: &[&str]) -> Option<Result<Reply, Reply>> {
    Some(match (method, tail) {
        ("POST", []) => start(world, call),
        ("GET", [run]) => number(run).and_then(|run| show(world, run)),
        ("POST", [run, "jobs"]) => number(run).and_then(|run| start_job(world, call, run)),
        ("POST", [_, "jobs", job, "complete"]) => number(job).and_then(|job| finish_job(world, call, job)),
        ("POST", [run, "complete"]) => number(run).and_then(|run| finish(world, run)),
        ("POST", [run, "rerun"]) => number(run).and_then(|run| rerun(world, call, run)),
        ("POST", [run, verb @ ("approve" | "reject" | "bypass")]) => number(run).and_then(|run| review(world, call, run, verb)),
        _ => return None,
    })
}

fn start(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    let workflow = call.text("workflow").ok_or_else(|| lacks("workflow"))?;
    let reference = call.text("ref").unwrap_or(&world.repository.default_branch).to_owned();
    let actor = call.text("actor").unwrap_or(ACTIONS_BOT);
    let event = call.text("event").unwrap_or("workflow_dispatch");
    let inputs = if call.body["inputs"].is_null() { json!({}) } else { call.body["inputs"].clone() };
    let run = match call.body["pull"].as_u64() {
        Some(pull) => world.start_run_of_merge(workflow, pull, actor)?,
        None => world.start_run_of(workflow, event, &reference, actor, inputs)?,
    };
    Ok(Reply::created(shown(world.run(run)?)))
}

fn show(world: &mut World, run: u64) -> Result<Reply, Reply> {
    world.settle();
    Ok(Reply::ok(shown(world.run(run)?)))
}

fn start_job(world: &mut World, call: &Call, run: u64) -> Result<Reply, Reply> {
    let name = call.text("name").ok_or_else(|| lacks("name"))?;
    let job = world.start_job(run, name, call.text("environment"))?;
    let (.., job) = world.job(job)?;
    Ok(Reply::created(shown_job(job)))
}

fn finish_job(world: &mut World, call: &Call, job: u64) -> Result<Reply, Reply> {
    let word = call.text("conclusion").unwrap_or("success");
    let conclusion = Conclusion::parse(word).ok_or_else(|| Reply::error(422, &format!("simulator: `{word}` is no conclusion")))?;
    world.finish_job(job, conclusion)?;
    let (.., job) = world.job(job)?;
    Ok(Reply::ok(shown_job(job)))
}

fn finish(world: &mut World, run: u64) -> Result<Reply, Reply> {
    world.finish_run(run)?;
    Ok(Reply::ok(shown(world.run(run)?)))
}

fn rerun(world: &mut World, call: &Call, run: u64) -> Result<Reply, Reply> {
    let which = if call.flag("failed_only") == Some(true) { Rerun::Failed } else { Rerun::All };
    world.rerun(run, which, call.text("actor").unwrap_or(ACTIONS_BOT))?;
    Ok(Reply::created(shown(world.run(run)?)))
}

fn review(world: &mut World, call: &Call, run: u64, verb: &str) -> Result<Reply, Reply> {
    let environment = call.text("environment").ok_or_else(|| lacks("environment"))?;
    let login = call.text("login").ok_or_else(|| lacks("login"))?;
    let comment = call.text("comment").unwrap_or_default();
    match verb {
        "approve" => world.approve(run, environment, login, comment)?,
        "reject" => world.reject(run, environment, login, comment)?,
        _ => world.bypass(run, environment, login)?,
    }
    Ok(Reply::ok(shown(world.run(run)?)))
}

fn shown(run: &Run) -> Value {
    let attempt = run.attempt();
    json!({
        "id": run.id,
        "number": run.number,
        "attempt": attempt.number,
        "status": attempt.status(),
        "conclusion": attempt.conclusion.map(Conclusion::name),
        "jobs": attempt.jobs.iter().map(shown_job).collect::<Vec<_>>(),
    })
}

fn shown_job(job: &Job) -> Value {
    json!({
        "id": job.id,
        "name": job.name,
        "environment": job.environment,
        "status": job.status.name(),
        "conclusion": job.conclusion.map(Conclusion::name),
    })
}

fn number(text: &str) -> Result<u64, Reply> {
    text.parse().map_err(|_| Reply::not_found())
}
