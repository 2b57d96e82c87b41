//! GitHub's REST routes, one family per file.

pub(crate) mod blobs;
pub(crate) mod branches;
pub(crate) mod checks;
pub(crate) mod comments;
pub(crate) mod commits;
pub(crate) mod compare;
pub(crate) mod contents;
pub(crate) mod deployments;
pub(crate) mod files;
pub(crate) mod git_commits;
pub(crate) mod git_tags;
pub(crate) mod issues;
pub(crate) mod labels;
pub(crate) mod latest;
pub(crate) mod merge;
pub(crate) mod meta;
pub(crate) mod pages;
pub(crate) mod people;
pub(crate) mod pull_writes;
pub(crate) mod pulls;
pub(crate) mod refs;
pub(crate) mod release_notes;
pub(crate) mod release_writes;
pub(crate) mod releases;
pub(crate) mod repository;
pub(crate) mod review_requests;
pub(crate) mod reviews;
pub(crate) mod rulesets;
pub(crate) mod shape;
pub(crate) mod statuses;
pub(crate) mod tree_edit;
pub(crate) mod trees;
pub(crate) mod typed;
pub(crate) mod workflow_rule;

use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// Answers the first family that knows the route.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let families = [
        meta::route,
        repository::route,
        people::route,
        branches::route,
        rulesets::route,
        compare::route,
        checks::route,
        statuses::route,
        commits::route,
        refs::route,
        trees::route,
        blobs::route,
        git_commits::route,
        git_tags::route,
        contents::route,
        releases::route,
        release_writes::route,
        release_notes::route,
        pulls::route,
        pull_writes::route,
        merge::route,
        reviews::route,
        review_requests::route,
        comments::route,
        labels::route,
        issues::route,
        deployments::route,
    ];
    if call.inside.is_some()
        && let Err(refusal) = typed::check(call)
    {
        return Some(refusal);
    }
    families.into_iter().find_map(|route| route(world, call))
}
