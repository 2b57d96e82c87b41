//! Comparing two commits.

use serde_json::{Value, json};

use super::pages::Page;
use super::{commits, files, shape};
use crate::access::Level;
use crate::call::Call;
use crate::reply::Reply;
use crate::world::World;

/// Files are shown on the first page alone, and no more than this:
/// <https://docs.github.com/rest/commits/commits#compare-two-commits>.
const MOST_FILES: usize = 300;

/// Commits that are shown where no page is asked for.
const MOST_COMMITS: usize = 250;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let tail = call.tail()?;
    match (call.method.as_str(), tail.as_slice()) {
        ("GET", ["compare", named @ ..]) => Some(compare(world, call, &named.join("/")).unwrap_or_else(|refusal| refusal)),
        _ => None,
    }
}

fn compare(world: &World, call: &Call, named: &str) -> Result<Reply, Reply> {
    world.require(call, "contents", Level::Read)?;
    let (base_name, head_name) = named.split_once("...").ok_or_else(Reply::not_found)?;
    let find = |name: &str| {
        let owner = format!("{}:", world.repository.owner);
        commits::resolve(world, name.strip_prefix(&owner).unwrap_or(name)).and_then(|oid| world.git.commit(&oid))
    };
    let (Some(base), Some(head)) = (find(base_name), find(head_name)) else {
        return Err(Reply::not_found());
    };
    let Some(merge_base) = world.git.merge_base(&base.oid, &head.oid).and_then(|oid| world.git.commit(&oid)) else {
        return Err(Reply::error(404, &format!("No common ancestor between {base_name} and {head_name}.")));
    };
    let (ahead, behind) = world.git.ahead_behind(&head.oid, &base.oid)?;
    let (page, paged) = (Page::of(call), call.param("page").is_some() || call.param("per_page").is_some());
    let mut new = world.git.history(&head.oid, Some(&base.oid), None, 0, 100_000)?;
    new.reverse();
    let (skip, size) = if paged { (page.skip(), page.size()) } else { (0, MOST_COMMITS) };
    let shown = new.iter().skip(skip).take(size).filter_map(|oid| world.git.commit(oid));
    let shown: Vec<Value> = shown.map(|commit| shape::commit(world, call, &commit)).collect();
    let changed: Vec<Value> = if page.is_first() {
        let changes = world.git.changes(&merge_base.oid, &head.oid)?;
        changes.iter().take(MOST_FILES).map(|change| files::changed(world, call, change, &head.oid)).collect()
    } else {
        Vec::new()
    };
    let (api, html) = (shape::api(world, call), shape::html(world));
    let (base_name, head_name) = (files::encoded(base_name), files::encoded(head_name));
    let page_url = format!("{html}/compare/{base_name}...{head_name}");
    let mut body = json!({
        "url": format!("{api}/compare/{base_name}...{head_name}"),
        "html_url": page_url,
        "permalink_url": format!("{html}/compare/{}...{}", base.oid, head.oid),
        "diff_url": format!("{page_url}.diff"),
        "patch_url": format!("{page_url}.patch"),
        "base_commit": shape::commit(world, call, &base),
        "merge_base_commit": shape::commit(world, call, &merge_base),
        "status": match (ahead, behind) {
            (0, 0) => "identical",
            (_, 0) => "ahead",
            (0, _) => "behind",
            _ => "diverged",
        },
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": ahead,
        "commits": shown,
    });
    if page.is_first() {
        body["files"] = Value::Array(changed);
    }
    let reply = Reply::ok(body);
    Ok(if paged { page.links(call, new.len(), reply) } else { reply })
}
