//! Asking for reviews: <https://docs.github.com/rest/pulls/review-requests>.

use serde_json::{Value, json};

use super::{people, pulls, shape};
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::reply::Reply;
use crate::world::{Role, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["pulls", number, "requested_reviewers"]) => list(world, call, number),
        ("POST", ["pulls", number, "requested_reviewers"]) => ask(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn list(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, _) = pulls::find(world, number)?;
    let teams = pull.requested_teams.iter().filter_map(|slug| world.teams.get(slug));
    Ok(Reply::ok(json!({
        "users": pull.requested_reviewers.iter().map(|login| shape::user(world, call, login)).collect::<Vec<_>>(),
        "teams": teams.map(|team| shape::team(world, call, team)).collect::<Vec<_>>(),
    })))
}

fn names(call: &Call, field: &str) -> Vec<String> {
    let named = call.body.get(field).and_then(Value::as_array);
    named.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// One name that is refused drops the whole request.
fn ask(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Write)?;
    let (pull, issue) = pulls::find(world, number)?;
    let (number, author) = (pull.number, issue.author.clone());
    let (people, teams) = (names(call, "reviewers"), names(call, "team_reviewers"));
    if people.contains(&author) {
        return Err(Reply::error(422, "Review cannot be requested from pull request author."));
    }
    let no_collaborator = || {
        Err(Reply::error(
            422,
            &format!(
                "Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the {} repository.",
                world.repository.full_name()
            ),
        ))
    };
    if people.iter().any(|login| !people::is_member(world, login)) {
        return no_collaborator();
    }
    for slug in &teams {
        let Some(team) = world.teams.get(slug).filter(|team| team.role > Role::None) else {
            return no_collaborator();
        };
        // An installation token without `members: read` cannot see teams, and no GITHUB_TOKEN can have it:
        // https://github.com/actions/github-script/issues/572
        let sees_teams = match &call.identity {
            Identity::Anonymous | Identity::Actions(_) => false,
            Identity::App(..) => call.is_granted("members", Level::Read),
            Identity::User(_) => true,
        };
        if !sees_teams {
            let node = shape::node_id("T", team.id);
            return Err(Reply::error(422, &format!("Could not resolve to a node with the global id of '{node}'.")));
        }
    }
    if let Some(pull) = world.pulls.get_mut(&number) {
        for (asked, names) in [(&mut pull.requested_reviewers, people), (&mut pull.requested_teams, teams)] {
            for name in names {
                if !asked.contains(&name) {
                    asked.push(name);
                }
            }
        }
    }
    let (pull, issue) = pulls::find(world, &number.to_string())?;
    Ok(Reply::created(pulls::brief(world, call, pull, issue)))
}
