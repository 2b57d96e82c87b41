//! Reviews of pull requests: <https://docs.github.com/rest/pulls/reviews>.

use serde_json::{Value, json};

use super::{issues, pages, pulls, shape};
use crate::access::Level;
use crate::call::{Call, Identity};
use crate::clock::stamp;
use crate::reply::Reply;
use crate::world::{Review, World};

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["pulls", number, "reviews"]) => list(world, call, number),
        ("POST", ["pulls", number, "reviews"]) => create(world, call, number),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn shown(world: &World, call: &Call, review: &Review) -> Value {
    let url = format!("{}/pulls/{}", shape::api(world, call), review.number);
    let page = format!("{}/pull/{}#pullrequestreview-{}", shape::html(world), review.number, review.id);
    json!({
        "id": review.id,
        "node_id": shape::node_id("PRR", review.id),
        "user": shape::user(world, call, &review.author),
        "body": review.body,
        "state": review.state,
        "html_url": page,
        "pull_request_url": url,
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "submitted_at": stamp(review.submitted_at),
        "commit_id": review.commit,
        "author_association": issues::association(world, &review.author),
    })
}

fn list(world: &World, call: &Call, number: &str) -> Result<Reply, Reply> {
    world.require(call, "pull-requests", Level::Read)?;
    let (pull, _) = pulls::find(world, number)?;
    let found: Vec<&Review> = world.reviews.values().filter(|review| review.number == pull.number).collect();
    Ok(pages::list(call, &found, |review| shown(world, call, review)))
}

fn create(world: &mut World, call: &Call, number: &str) -> Result<Reply, Reply> {
    let author = call.login().ok_or_else(|| Reply::error(401, "Requires authentication"))?;
    // Whoever can read may review; what it counts for is another matter.
    let needed = if call.is_bot() { Level::Write } else { Level::Read };
    world.require(call, "pull-requests", needed)?;
    let (pull, issue) = pulls::find(world, number)?;
    let (commit, own) = (pull.head_sha.clone(), issue.author == author);
    let unprocessable = |message: &str| {
        let mut reply = Reply::error(422, "Unprocessable Entity");
        reply.body["errors"] = json!([message]);
        Err(reply)
    };
    let state = match call.text("event") {
        Some("APPROVE") if own => return unprocessable("Can not approve your own pull request"),
        Some("REQUEST_CHANGES") if own => {
            return unprocessable("Can not request changes on your own pull request");
        }
        Some("APPROVE") if matches!(call.identity, Identity::Actions(_)) && !world.repository.allow_bots_to_open_prs => {
            return unprocessable("GitHub Actions is not permitted to approve pull requests.");
        }
        Some("APPROVE") => "APPROVED",
        Some("REQUEST_CHANGES") => "CHANGES_REQUESTED",
        Some("COMMENT") => "COMMENTED",
        None => "PENDING",
        Some(_) => {
            return Err(Reply::error(422, "Variable $event of type PullRequestReviewEvent was provided invalid value"));
        }
    };
    let review = Review {
        id: world.next_id(),
        number: pull_number(number)?,
        author: author.clone(),
        state: state.to_owned(),
        body: call.text("body").unwrap_or_default().to_owned(),
        commit: call.text("commit_id").map_or(commit, str::to_owned),
        submitted_at: world.now(),
    };
    if let Some(pull) = world.pulls.get_mut(&review.number) {
        pull.requested_reviewers.retain(|login| *login != author);
    }
    let answer = Reply::ok(shown(world, call, &review));
    world.reviews.insert(review.id, review);
    Ok(answer)
}

fn pull_number(number: &str) -> Result<u64, Reply> {
    number.parse().map_err(|_| Reply::not_found())
}
