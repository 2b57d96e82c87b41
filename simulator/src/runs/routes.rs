//! The routes of runs.

use serde_json::{Value, json};

use super::{Attempt, Job, Refused, Rerun, Run, Verdict, view};
use crate::access::{Level, integration_refused};
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::rest::pages;
use crate::world::{Role, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    if let ("GET", ["check-runs", job, "annotations"]) = (call.method.as_str(), tail.as_slice()) {
        return Some(annotations(world, call, job).unwrap_or_else(|refusal| refusal));
    }
    let ["actions", tail @ ..] = tail.as_slice() else {
        return None;
    };
    world.settle();
    let answer = match (call.method.as_str(), tail) {
        ("GET", ["runs"]) => list(world, call, None),
        ("GET", ["workflows", workflow, "runs"]) => list(world, call, Some(workflow)),
        ("GET", ["runs", run]) => get(world, call, run),
        ("GET", ["runs", run, "attempts", number]) => get_attempt(world, call, run, number),
        ("GET", ["runs", run, "jobs"]) => jobs(world, call, run),
        ("GET", ["runs", run, "attempts", number, "jobs"]) => attempt_jobs(world, call, run, number),
        ("GET", ["jobs", job]) => get_job(world, call, job),
        ("GET", ["runs", run, "artifacts"]) => artifacts(world, call, run),
        ("GET", ["runs", run, "approvals"]) => approvals(world, call, run),
        ("GET", ["runs", run, "pending_deployments"]) => pending(world, call, run),
        ("POST", ["runs", run, "pending_deployments"]) => review(world, call, run),
        ("POST", ["runs", run, "deployment_protection_rule"]) => rule(world, call, run),
        ("POST", ["runs", run, "cancel" | "force-cancel"]) => cancel(world, call, run),
        ("POST", ["runs", run, "rerun"]) => rerun(world, call, run, Rerun::All),
        ("POST", ["runs", run, "rerun-failed-jobs"]) => rerun(world, call, run, Rerun::Failed),
        ("GET", ["permissions", "workflow"]) => default_permissions(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn list(world: &World, call: &Call, workflow: Option<&str>) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Read)?;
    let path = match workflow {
        Some(named) => Some(world.workflow(named).ok_or_else(Reply::not_found)?.path),
        None => None,
    };
    // Newest first.
    let found: Vec<&Run> = world
        .runs
        .runs
        .values()
        .rev()
        .filter(|run| path.as_ref().is_none_or(|path| run.workflow == *path) && is_wanted(call, run))
        .collect();
    Ok(pages::counted(call, "workflow_runs", &found, |run| view::run(world, call, run, run.attempt())))
}

fn is_wanted(call: &Call, run: &Run) -> bool {
    let is = |name: &str, value: &str| call.param(name).is_none_or(|wanted| wanted == value);
    let conclusion = run.attempt().conclusion.map_or("", super::Conclusion::name);
    let status = call.param("status").is_none_or(|wanted| wanted == run.attempt().status() || wanted == conclusion);
    is("actor", &run.actor)
        && is("branch", run.recorded_branch())
        && is("event", &run.event)
        && is("head_sha", &run.sha)
        && status
        && call.param("created").is_none_or(|range| is_within(range, &stamp(run.created_at)))
}

/// Tells whether a time is in a range as searches write it: `>=a`, `<a`, `a..b`, or a day.
///
/// <https://docs.github.com/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates>
fn is_within(range: &str, time: &str) -> bool {
    // Times are compared as far as the bound is written, so that a day stands for all of it.
    let cut = |bound: &str| time.get(..bound.len().min(time.len())).unwrap_or(time).to_owned();
    let whole = |bound: &str| bound.trim_end_matches('Z').trim_end_matches("+00:00").to_owned();
    let compare = |bound: &str| cut(&whole(bound)).cmp(&whole(bound));
    if let Some((from, to)) = range.split_once("..") {
        (from == "*" || compare(from).is_ge()) && (to == "*" || compare(to).is_le())
    } else if let Some(bound) = range.strip_prefix(">=") {
        compare(bound).is_ge()
    } else if let Some(bound) = range.strip_prefix("<=") {
        compare(bound).is_le()
    } else if let Some(bound) = range.strip_prefix('>') {
        compare(bound).is_gt()
    } else if let Some(bound) = range.strip_prefix('<') {
        compare(bound).is_lt()
    } else {
        compare(range).is_eq()
    }
}

fn get(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    Ok(Reply::ok(view::run(world, call, run, run.attempt())))
}

fn get_attempt(world: &World, call: &Call, id: &str, number: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    Ok(Reply::ok(view::run(world, call, run, attempt(run, number)?)))
}

fn jobs(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    let attempts: Vec<&Attempt> = match call.param("filter") {
        Some("all") => run.attempts.iter().collect(),
        _ => vec![run.attempt()],
    };
    let jobs: Vec<(u64, &Job)> = attempts.iter().flat_map(|attempt| attempt.jobs.iter().map(|job| (attempt.number, job))).collect();
    Ok(pages::counted(call, "jobs", &jobs, |(number, job)| view::job(world, call, run, *number, job)))
}

fn attempt_jobs(world: &World, call: &Call, id: &str, number: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    let attempt = attempt(run, number)?;
    Ok(pages::counted(call, "jobs", &attempt.jobs, |job| view::job(world, call, run, attempt.number, job)))
}

fn get_job(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Read)?;
    let (run, attempt, job) = world.job(number(id)?)?;
    Ok(Reply::ok(view::job(world, call, run, attempt, job)))
}

/// A job is a check run too; the ones here annotate nothing.
fn annotations(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "checks", Level::Read)?;
    world.job(number(id)?)?;
    Ok(Reply::ok(json!([])))
}

fn artifacts(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    readable(world, call, id)?;
    Ok(Reply::ok(json!({"total_count": 0, "artifacts": []})))
}

/// The whole history at once: GitHub has no pages here.
fn approvals(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    let mut shown: Vec<Value> = run.approvals.iter().map(|approval| view::approval(world, call, approval)).collect();
    if world.runs.behaviour.newest_review_first {
        shown.reverse();
    }
    Ok(Reply::ok(json!(shown)))
}

fn pending(world: &World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let run = readable(world, call, id)?;
    Ok(Reply::ok(view::pending(world, call, run)))
}

fn review(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let login = match &call.identity {
        Identity::User(login) => login.clone(),
        Identity::Anonymous => return Err(Reply::error(401, "Requires authentication")),
        // Reviewers are people and teams; a bot is neither.
        Identity::Actions(_) | Identity::App(..) => {
            return Err(integration_refused("deployments=write"));
        }
    };
    let run = number(id)?;
    world.run(run)?;
    let missing = ["environment_ids", "state", "comment"].into_iter().find(|field| call.body[*field].is_null());
    if let Some(field) = missing {
        return Err(Reply::error(422, &format!("Invalid request.\n\n\"{field}\" wasn't supplied.")));
    }
    let environments: Option<Vec<u64>> = call.body["environment_ids"].as_array().map(|ids| ids.iter().filter_map(Value::as_u64).collect());
    let verdict = match call.text("state") {
        Some("approved") => Verdict::Approved,
        Some("rejected") => Verdict::Rejected,
        _ => {
            return Err(Reply::error(422, "Invalid request.\n\n\"state\" is not a member of [\"approved\", \"rejected\"]."));
        }
    };
    let (Some(environments), Some(comment)) = (environments.filter(|ids| !ids.is_empty()), call.text("comment")) else {
        return Err(Reply::error(422, "Invalid request.\n\nFor 'properties/environment_ids', no ids were supplied."));
    };
    let deployments = world.review(run, &environments, &login, verdict, comment)?;
    let shown: Vec<Value> =
        deployments.iter().filter_map(|id| world.deployments.get(id)).map(|deployment| view::deployment(world, call, deployment)).collect();
    Ok(Reply::ok(json!(shown)))
}

/// Answered by the Apps themselves, with their installation tokens.
fn rule(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    let Identity::App(app, _) = &call.identity else {
        return Err(integration_refused("deployments=write"));
    };
    world.require(call, "deployments", Level::Write)?;
    let Some(environment) = call.text("environment_name") else {
        return Err(Reply::error(422, "Invalid request.\n\n\"environment_name\" wasn't supplied."));
    };
    let verdict = match call.text("state") {
        Some("approved") => Some(Verdict::Approved),
        Some("rejected") => Some(Verdict::Rejected),
        _ => None,
    };
    let comment = call.text("comment").unwrap_or_default();
    world.rule(number(id)?, environment, app, verdict, comment)?;
    Ok(Reply::nothing())
}

fn cancel(world: &mut World, call: &Call, id: &str) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Write)?;
    world.cancel_run(number(id)?)?;
    Ok(Reply::new(202, json!({})))
}

fn rerun(world: &mut World, call: &Call, id: &str, which: Rerun) -> Result<Reply, Reply> {
    world.require(call, "actions", Level::Write)?;
    let actor = call.login().unwrap_or_default();
    world.rerun(number(id)?, which, &actor)?;
    Ok(Reply::created(json!({})))
}

/// Needs `administration`, which no `GITHUB_TOKEN` has.
fn default_permissions(world: &World, call: &Call) -> Result<Reply, Reply> {
    match &call.identity {
        Identity::User(login) if world.role(login) < Role::Admin => {
            return Err(Reply::error(403, "Must have admin rights to Repository."));
        }
        _ => world.require_admin(call, Level::Read)?,
    }
    Ok(Reply::ok(json!({
        "default_workflow_permissions": world.runs.default_permissions,
        "can_approve_pull_request_reviews": world.repository.allow_bots_to_open_prs,
    })))
}

fn readable<'world>(world: &'world World, call: &Call, id: &str) -> Result<&'world Run, Reply> {
    world.require(call, "actions", Level::Read)?;
    Ok(world.run(number(id)?)?)
}

fn attempt<'run>(run: &'run Run, wanted: &str) -> Result<&'run Attempt, Reply> {
    let wanted = number(wanted)?;
    Ok(run.attempts.iter().find(|attempt| attempt.number == wanted).ok_or_else(Refused::not_found)?)
}

fn number(text: &str) -> Result<u64, Reply> {
    text.parse().map_err(|_| Reply::not_found())
}

#[cfg(test)]
mod tests {
    use super::is_within;

    #[test]
    fn a_range_of_dates_holds_its_ends() {
        let time = "2026-11-23T05:00:00Z";
        for range in [">=2026-11-23", "2026-11-23", "2026-11-22..2026-11-23", "<=2026-11-23T05:00:00Z", "*..2026-12-01", ">2026-11-22"] {
            assert!(is_within(range, time), "`{range}` should hold {time}");
        }
        for range in ["<2026-11-23", ">2026-11-23T05:00:00Z", "2026-11-24..*", "2026-11-22"] {
            assert!(!is_within(range, time), "`{range}` should not hold {time}");
        }
    }
}
