//! Routes about GitHub itself: root, limits, meta.

use serde_json::{Value, json};

use crate::call::Call;
use crate::gather::Gather as _;
use crate::reply::Reply;
use crate::world::World;

/// Answers the routes of this family.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    match (call.method.as_str(), segments.as_slice()) {
        ("GET", []) => Some(root(call)),
        ("GET", ["rate_limit"]) => Some(rate_limit(world, call)),
        ("GET", ["meta"]) => Some(Reply::ok(json!({"verifiable_password_authentication": false, "api": ["192.0.2.0/24"]}))),
        ("GET", ["zen"]) => Some(Reply::raw("text/plain;charset=utf-8", b"Keep it logically awesome.".to_vec())),
        ("GET", ["versions"]) => Some(Reply::ok(json!(["2022-11-28", "2026-03-10"]))),
        _ => None,
    }
}

fn root(call: &Call) -> Reply {
    let base = &call.base;
    let paths = [
        ("current_user_url", "/user"),
        ("current_user_authorizations_html_url", "/settings/connections/applications{/client_id}"),
        ("authorizations_url", "/authorizations"),
        ("code_search_url", "/search/code?q={query}{&page,per_page,sort,order}"),
        ("commit_search_url", "/search/commits?q={query}{&page,per_page,sort,order}"),
        ("emails_url", "/user/emails"),
        ("emojis_url", "/emojis"),
        ("events_url", "/events"),
        ("feeds_url", "/feeds"),
        ("followers_url", "/user/followers"),
        ("following_url", "/user/following{/target}"),
        ("gists_url", "/gists{/gist_id}"),
        ("issue_search_url", "/search/issues?q={query}{&page,per_page,sort,order}"),
        ("issues_url", "/issues"),
        ("keys_url", "/user/keys"),
        ("label_search_url", "/search/labels?q={query}&repository_id={repository_id}{&page,per_page}"),
        ("notifications_url", "/notifications"),
        ("organization_url", "/orgs/{org}"),
        ("organization_repositories_url", "/orgs/{org}/repos{?type,page,per_page,sort}"),
        ("organization_teams_url", "/orgs/{org}/teams"),
        ("public_gists_url", "/gists/public"),
        ("rate_limit_url", "/rate_limit"),
        ("repository_url", "/repos/{owner}/{repo}"),
        ("repository_search_url", "/search/repositories?q={query}{&page,per_page,sort,order}"),
        ("current_user_repositories_url", "/user/repos{?type,page,per_page,sort}"),
        ("starred_url", "/user/starred{/owner}{/repo}"),
        ("starred_gists_url", "/gists/starred"),
        ("user_url", "/users/{user}"),
        ("user_organizations_url", "/user/orgs"),
        ("user_repositories_url", "/users/{user}/repos{?type,page,per_page,sort}"),
        ("user_search_url", "/search/users?q={query}{&page,per_page,sort,order}"),
    ];
    Reply::ok(Value::Object(paths.into_iter().map(|(name, path)| (name.to_owned(), Value::from(format!("{base}{path}")))).gather()))
}

fn rate_limit(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    let limit = world.limits.allowed(&call.identity);
    let window = *world.limits.window(call, now);
    let core = json!({
        "limit": limit,
        "used": window.used,
        "remaining": limit.saturating_sub(window.used),
        "reset": window.reset.timestamp(),
    });
    let untouched = json!({"limit": 30, "used": 0, "remaining": 30, "reset": window.reset.timestamp()});
    Reply::ok(json!({"resources": {"core": core, "graphql": core, "search": untouched}, "rate": core}))
}
