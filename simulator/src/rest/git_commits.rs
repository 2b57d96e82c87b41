//! Commits as git objects.

use chrono::DateTime;
use serde_json::Value;

use super::refs::supplied;
use super::shape;
use crate::access::Level;
use crate::call::Call;
use crate::git::{Kind, NewCommit, Person};
use crate::reply::Reply;
use crate::world::World;

/// What stands in for the signature that GitHub makes with its own key.
pub(crate) const SIGNATURE: &str =
    "-----BEGIN PGP SIGNATURE-----\n\nsigned by the simulator in place of GitHub\n-----END PGP SIGNATURE-----";

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    let answer = match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["git", "commits", sha]) => get(world, call, sha),
        ("POST", ["git", "commits"]) => create(world, call),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal))
}

fn get(world: &World, call: &Call, sha: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let commit = world.git.commit(sha).ok_or_else(Reply::not_found)?;
    Ok(Reply::ok(shape::git_commit(world, call, &commit)))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Write)?;
    let (message, tree) = (supplied(call, "message")?, supplied(call, "tree")?);
    if !world.git.kind(tree).is_some_and(|(kind, _)| kind == Kind::Tree) {
        return Err(Reply::error(422, "Tree SHA does not exist"));
    }
    let parents: Vec<String> = match call.body.get("parents") {
        None | Some(Value::Null) => Vec::new(),
        Some(parents) => parents.as_array().into_iter().flatten().map(|sha| sha.as_str().unwrap_or_default().to_owned()).collect(),
    };
    if parents.iter().any(|sha| !world.git.kind(sha).is_some_and(|(kind, _)| kind == Kind::Commit)) {
        return Err(Reply::error(422, "Parent SHA does not exist or is not a commit object"));
    }
    let custom = ["author", "committer", "signature"].iter().any(|field| call.body.get(*field).is_some_and(|value| !value.is_null()));
    let author = person(world, call, "author")?;
    let committer = person(world, call, "committer")?;
    // Signed for bots, and only where nothing of it is custom:
    // https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots
    let signed = call.is_bot() && !custom;
    let author = author.unwrap_or_else(|| caller(world, call));
    let committer = match committer {
        Some(committer) => committer,
        None if signed => github(world),
        None => author.clone(),
    };
    let signature = match call.text("signature") {
        Some(signature) => Some(signature.to_owned()),
        None => signed.then(|| SIGNATURE.to_owned()),
    };
    let made = NewCommit { tree: tree.to_owned(), parents, author, committer, message: message.to_owned(), signature };
    let oid = world.git.write_commit(&made)?;
    let commit = world.git.commit(&oid).ok_or_else(Reply::not_found)?;
    Ok(Reply::created(shape::git_commit(world, call, &commit)))
}

/// Returns the account behind the call as the author of a commit.
pub(crate) fn caller(world: &World, call: &Call) -> Person {
    let login = call.login().unwrap_or_default();
    let id = world.people.get(&login).map_or(0, |account| account.id);
    Person { email: format!("{id}+{login}@users.noreply.github.com"), name: login, date: world.now() }
}

/// Returns GitHub itself, which commits what it signs.
pub(crate) fn github(world: &World) -> Person {
    Person { name: "GitHub".to_owned(), email: "noreply@github.com".to_owned(), date: world.now() }
}

fn person(world: &World, call: &Call, field: &str) -> Result<Option<Person>, Reply> {
    let Some(given) = call.body.get(field).filter(|given| !given.is_null()) else {
        return Ok(None);
    };
    let text = |name: &str| given.get(name).and_then(Value::as_str).map(str::to_owned);
    let (Some(name), Some(email)) = (text("name"), text("email")) else {
        return Err(Reply::error(422, &format!("Invalid request.\n\n\"name\", \"email\" weren't supplied for {field}.")));
    };
    let date = match text("date") {
        None => world.now(),
        Some(date) => DateTime::parse_from_rfc3339(&date)
            .map_err(|_| Reply::error(422, &format!("Invalid request.\n\n{field}.date is not a valid date-time.")))?
            .to_utc(),
    };
    Ok(Some(Person { name, email, date }))
}
