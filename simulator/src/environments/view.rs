//! Environments as GitHub shows them.

use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value, json};

use super::{BranchPolicy, CustomRule, Environment, RefPattern, Reviewer};
use crate::call::Call;
use crate::clock::stamp;
use crate::request::SEGMENT;
use crate::rest::shape;
use crate::world::World;

/// Returns the whole environment.
pub(super) fn environment(world: &World, call: &Call, environment: &Environment) -> Value {
    let mut shown = summary(world, call, environment);
    shown.insert(
        "created_at".to_owned(),
        json!(stamp(environment.created_at)),
    );
    shown.insert(
        "updated_at".to_owned(),
        json!(stamp(environment.updated_at)),
    );
    shown.insert(
        "protection_rules".to_owned(),
        rules(world, call, environment),
    );
    shown.insert(
        "deployment_branch_policy".to_owned(),
        policy(&environment.branch_policy),
    );
    if world.environments.shows_admin_bypass {
        shown.insert(
            "can_admins_bypass".to_owned(),
            json!(environment.can_admins_bypass),
        );
    }
    Value::Object(shown)
}

/// Returns what other answers say of an environment.
pub(crate) fn summary(world: &World, call: &Call, environment: &Environment) -> Map<String, Value> {
    let name = utf8_percent_encode(&environment.name, SEGMENT);
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(environment.id));
    shown.insert(
        "node_id".to_owned(),
        json!(shape::node_id("EN", environment.id)),
    );
    shown.insert("name".to_owned(), json!(environment.name));
    shown.insert(
        "url".to_owned(),
        json!(format!("{}/environments/{name}", shape::api(world, call))),
    );
    let html = format!(
        "{}/deployments/activity_log?environments_filter={name}",
        shape::html(world)
    );
    shown.insert("html_url".to_owned(), json!(html));
    shown
}

/// Returns the reviewers, each with its type.
pub(crate) fn reviewers(world: &World, call: &Call, environment: &Environment) -> Value {
    let shown = environment.reviewers.iter().map(|reviewer| match reviewer {
        Reviewer::User(login) => {
            json!({"type": "User", "reviewer": shape::user(world, call, login)})
        }
        Reviewer::Team(slug) => {
            let team = world
                .teams
                .get(slug)
                .map(|team| shape::team(world, call, team));
            json!({"type": "Team", "reviewer": team})
        }
    });
    shown.collect()
}

/// A rule is there only where it does something; its form depends on its `type`.
fn rules(world: &World, call: &Call, environment: &Environment) -> Value {
    let rule = |offset: u64, kind: &str| {
        let id = environment.id * 10 + offset;
        json!({"id": id, "node_id": shape::node_id("GA", id), "type": kind})
    };
    let mut rules = Vec::new();
    if environment.wait_timer > 0 {
        let mut timer = rule(1, "wait_timer");
        timer["wait_timer"] = json!(environment.wait_timer);
        rules.push(timer);
    }
    if !environment.reviewers.is_empty() {
        let mut required = rule(2, "required_reviewers");
        required["prevent_self_review"] = json!(environment.prevent_self_review);
        required["reviewers"] = reviewers(world, call, environment);
        rules.push(required);
    }
    if environment.branch_policy != BranchPolicy::All {
        rules.push(rule(3, "branch_policy"));
    }
    json!(rules)
}

fn policy(policy: &BranchPolicy) -> Value {
    match policy {
        BranchPolicy::All => Value::Null,
        BranchPolicy::Protected => {
            json!({"protected_branches": true, "custom_branch_policies": false})
        }
        BranchPolicy::Custom(_) => {
            json!({"protected_branches": false, "custom_branch_policies": true})
        }
    }
}

/// Returns a pattern of refs that may deploy.
pub(super) fn pattern(pattern: &RefPattern) -> Value {
    json!({"id": pattern.id, "node_id": shape::node_id("GABP", pattern.id), "name": pattern.pattern, "type": pattern.kind})
}

/// Returns a custom rule.
pub(super) fn custom_rule(rule: &CustomRule) -> Value {
    json!({
        "id": rule.id,
        "node_id": shape::node_id("GA", rule.id),
        "enabled": true,
        "app": {
            "id": rule.id,
            "node_id": shape::node_id("A", rule.id),
            "slug": rule.app,
            "integration_url": format!("https://api.github.com/apps/{}", rule.app),
        },
    })
}
