//! Who may do what.

use serde_json::json;

use crate::client::send;
use crate::scene::Scene;

#[test]
fn another_repository_does_not_exist_and_names_ignore_case() {
    let scene = Scene::new();
    scene.get("/repos/acme/other").expect(404);
    scene.get("/repos/ACME/Entity-Core/branches").expect(200);
    scene.get("/repositories/501/branches").expect(200);
    scene.get("/repositories/502").expect(404);
}

#[test]
fn a_private_repository_is_hidden_from_strangers() {
    let scene = Scene::new();
    scene.world().repository.private = true;
    scene.ask("", "GET", ".", None).expect(404);
    scene.ask("stranger", "GET", ".", None).expect(404);
    scene.ask("reader", "GET", "./branches", None).expect(200);
}

#[test]
fn a_former_name_is_redirected_to_the_id() {
    let scene = Scene::new();
    scene.world().repository.former_names.push("acme/old-core".to_owned());
    let moved = scene.get("/repos/acme/old-core/git/ref/heads/main").expect(301);
    let location = format!("http://{}/repositories/501/git/ref/heads/main", scene.address);
    assert_eq!(moved.header("location"), Some(location.as_str()));
}

#[test]
fn an_archived_repository_is_read_only() {
    let scene = Scene::new();
    scene.world().repository.archived = true;
    scene.get("./branches").expect(200);
    scene.post("./issues", json!({"title": "x"})).refused(403, "Repository was archived so is read-only.");
    scene.ask("lead", "PATCH", ".", Some(&json!({"archived": false}))).expect(200);
    scene.post("./issues", json!({"title": "x"})).expect(201);
}

#[test]
fn a_token_without_the_permission_is_told_which_one_it_needs() {
    let scene = Scene::new();
    let sha = scene.sha("main");
    let body = json!({"ref": "refs/heads/x", "sha": sha});
    let refused = scene.ask("readonly", "POST", "./git/refs", Some(&body)).refused(403, "Resource not accessible by integration");
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("contents=write"));
    let refused = scene.ask("readonly", "POST", "./issues", Some(&json!({"title": "x"}))).expect(403);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("issues=write"));
    scene.ask("reader", "POST", "./git/refs", Some(&body)).expect(404);
    scene.ask("dev", "POST", "./git/refs", Some(&body)).expect(201);
}

#[test]
fn a_private_repository_is_read_with_the_permission_alone() {
    let scene = Scene::new();
    scene.ask("readonly", "GET", "./issues", None).expect(200);
    scene.world().repository.private = true;
    scene.ask("readonly", "GET", "./issues", None).expect(403);
    scene.ask("readonly", "GET", "./branches", None).expect(200);
}

#[test]
fn what_only_administrators_see_no_workflow_token_can_see() {
    let scene = Scene::new();
    let refused = scene.get("./branches/main/protection").expect(403);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("administration=read"));
    scene.ask("lead", "GET", "./branches/main/protection", None).refused(404, "Branch not protected");
    scene.ask("dev", "PATCH", ".", Some(&json!({"has_issues": false}))).refused(403, "Must have admin rights");
    scene.get("./teams").expect(403);
}

#[test]
fn people_have_roles_and_teams_lend_theirs() {
    let scene = Scene::new();
    let permission = |login: &str| scene.get(&format!("./collaborators/{login}/permission")).expect(200).body["permission"].clone();
    assert_eq!([permission("lead"), permission("dev"), permission("stranger")], ["admin", "write", "read"]);
    scene.get("./collaborators/stranger").expect(404);
    scene.world().teams.insert(
        "core".to_owned(),
        github_simulator::world::Team {
            slug: "core".to_owned(),
            name: "Core".to_owned(),
            id: 88,
            members: vec!["stranger".to_owned()],
            role: github_simulator::world::Role::Write,
        },
    );
    assert_eq!(permission("stranger"), "write");
    scene.get("./collaborators/stranger").expect(204);
    scene.get("./collaborators/nobody/permission").refused(404, "nobody is not a user");
    scene.get("/orgs/acme/teams/core").expect(403);
    scene.ask("app", "GET", "/orgs/acme/teams/core", None).expect(200);
}

#[test]
fn a_person_has_a_user_and_a_workflow_token_has_none() {
    let scene = Scene::new();
    assert_eq!(scene.ask("dev", "GET", "/user", None).expect(200).body["login"], "dev");
    scene.get("/user").refused(403, "Resource not accessible by integration");
    assert_eq!(scene.get("/users/github-actions%5Bbot%5D").expect(200).body["type"], "Bot");
    let headers = [("Authorization", "token dev")];
    send(scene.address, "GET", "/user", &headers, None).unwrap().expect(200);
}

#[test]
fn a_write_to_a_former_name_is_redirected_with_its_method() {
    let scene = Scene::new();
    scene.world().repository.former_names.push("acme/old-core".to_owned());
    scene.post("/repos/acme/old-core/issues", json!({"title": "x"})).expect(307);
}

#[test]
fn permissions_are_named_as_apps_write_them() {
    let scene = Scene::new();
    let refused = scene.ask("readonly", "POST", "./pulls", Some(&json!({"title": "x", "head": "x", "base": "main"}))).expect(403);
    assert_eq!(refused.header("x-accepted-github-permissions"), Some("pull_requests=write"));
}

#[test]
fn a_field_of_the_wrong_type_is_refused_by_name() {
    let scene = Scene::new();
    scene
        .post("./releases", json!({"tag_name": "v9", "prerelease": "true"}))
        .refused(422, "For 'properties/prerelease', \\\"true\\\" is not a boolean.");
    scene.patch("./git/refs/heads/main", json!({"sha": "x", "force": "yes"})).refused(422, "properties/force");
}

#[test]
fn no_token_is_in_the_debug_form_of_the_world() {
    let scene = Scene::new();
    scene.get(".").expect(200);
    let shown = format!("{:?}", scene.world());
    assert!(shown.contains("acme/entity-core"));
    assert!(!shown.contains("readonly"), "{shown}");
}
