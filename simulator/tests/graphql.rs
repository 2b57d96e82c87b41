//! GraphQL over HTTP, on real objects.

use serde_json::{Value, json};

use crate::wire::Story;

async fn repository(story: &Story, selection: &str) -> Value {
    let answer = story.query("reads", &format!("{{ repository(owner: \"acme\", name: \"entity-core\") {{ {selection} }} }}")).await;
    assert_eq!(answer.get("errors"), None, "{answer}");
    answer["data"]["repository"].clone()
}

#[tokio::test]
async fn many_files_of_many_refs_come_in_one_query() {
    let story = Story::begin().await;
    let found = repository(
        &story,
        r#"good: object(expression: "v0.0.12:Cargo.toml") { ... on Blob { text byteSize isBinary isTruncated } }
           bad: object(expression: "HEAD:Cargo.toml") { ... on Blob { text } }
           data: object(expression: "main:src/data.bin") { ... on Blob { text isBinary } }
           missing: object(expression: "v0.0.12:src/data.bin") { __typename }
           elsewhere: object(expression: "gone:Cargo.toml") { __typename }"#,
    )
    .await;
    let good = json!({"text": "version = \"0.0.12\"\n", "byteSize": 19, "isBinary": false, "isTruncated": false});
    assert_eq!(found["good"], good);
    assert_eq!(found["bad"]["text"], "version = \"0.1.0\"\n");
    assert_eq!(found["data"], json!({"text": null, "isBinary": true}));
    assert_eq!((&found["missing"], &found["elsewhere"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_long_text_is_cut() {
    let story = Story::begin().await;
    story.served.lock().push_file("long.txt", &"a".repeat(512_001), "Add much").unwrap();
    let found = repository(&story, r#"object(expression: "main:long.txt") { ... on Blob { text isTruncated byteSize } }"#).await;
    assert_eq!(found["object"]["text"].as_str().unwrap().len(), 512_000);
    assert_eq!((&found["object"]["isTruncated"], &found["object"]["byteSize"]), (&json!(true), &json!(512_001)));
}

#[tokio::test]
async fn revisions_are_read_as_git_reads_them() {
    let story = Story::begin().await;
    let (head, parent, tree) = {
        let world = story.served.lock();
        let head = world.default_head().unwrap();
        let commit = world.git.commit(&head).unwrap();
        (head, commit.parents[0].clone(), commit.tree)
    };
    for (expression, oid) in [
        ("HEAD".to_owned(), &head),
        ("refs/heads/main".to_owned(), &head),
        (head.clone(), &head),
        (head[..8].to_owned(), &head),
        ("main^{commit}".to_owned(), &head),
        ("main^{tree}".to_owned(), &tree),
        (format!("{head}:"), &tree),
        ("main~1".to_owned(), &parent),
        ("main^".to_owned(), &parent),
        ("refs/heads/main^1".to_owned(), &parent),
    ] {
        let found = repository(&story, &format!("object(expression: \"{expression}\") {{ oid }}")).await;
        assert_eq!(found["object"]["oid"], json!(oid), "{expression}");
    }
    let none = repository(
        &story,
        r#"a: object(expression: "main~99") { oid } b: object(oid: "0000000000000000000000000000000000000000") { oid }"#,
    )
    .await;
    assert_eq!(none, json!({"a": null, "b": null}));
}

#[tokio::test]
async fn an_annotated_tag_is_peeled_only_on_request() {
    let story = Story::begin().await;
    let head = {
        let mut world = story.served.lock();
        let head = world.default_head().unwrap();
        let commit = world.git.commit(&head).unwrap();
        let oid = world.git.write_tag("v0.1.0", &head, github_simulator::git::Kind::Commit, &commit.author, "The bad one\n").unwrap();
        world.git.set_ref("refs/tags/v0.1.0", Some(&oid)).unwrap();
        head
    };
    let found = repository(
        &story,
        r#"refs(refPrefix: "refs/tags/", first: 10, orderBy: {field: TAG_COMMIT_DATE, direction: DESC}) { totalCount nodes { name prefix target { __typename ... on Tag { message target { oid } } } } }
           peeled: object(expression: "v0.1.0^{commit}") { oid }"#,
    )
    .await;
    assert_eq!(found["peeled"]["oid"], json!(head));
    let tag = json!({"name": "v0.1.0", "prefix": "refs/tags/", "target": {"__typename": "Tag", "message": "The bad one", "target": {"oid": head}}});
    assert_eq!(found["refs"]["totalCount"], 2);
    assert!(found["refs"]["nodes"].as_array().unwrap().contains(&tag), "{found}");
}

#[tokio::test]
async fn trees_state_modes_as_decimal_numbers() {
    let story = Story::begin().await;
    let found = repository(&story, r#"object(expression: "main:.github") { ... on Tree { entries { name path mode type object { ... on Tree { entries { path mode } } } } } }"#).await;
    let files = json!([{"path": ".github/workflows/rollback.yml", "mode": 33188}, {"path": ".github/workflows/test.yml", "mode": 33188}]);
    let entry = json!({"name": "workflows", "path": ".github/workflows", "mode": 16384, "type": "tree", "object": {"entries": files}});
    assert_eq!(found["object"]["entries"], json!([entry]));
}

#[tokio::test]
async fn a_commit_tells_its_message_and_history() {
    let story = Story::begin().await;
    let found = repository(
        &story,
        r#"defaultBranchRef { name target { ... on Commit { messageHeadline messageBody history(first: 2) { totalCount nodes { messageHeadline } pageInfo { hasNextPage } } } } }
           ref(qualifiedName: "refs/tags/v0.0.12") { compare(headRef: "main") { aheadBy behindBy status commits(first: 1) { totalCount nodes { messageHeadline } } } }"#,
    )
    .await;
    let commit = &found["defaultBranchRef"]["target"];
    assert_eq!((&commit["messageHeadline"], &commit["messageBody"]), (&json!("Release 0.1.0"), &json!("With a body.")));
    assert_eq!(commit["history"]["totalCount"], 5);
    assert_eq!(commit["history"]["pageInfo"]["hasNextPage"], true);
    let compared = json!({"aheadBy": 4, "behindBy": 0, "status": "AHEAD", "commits": {"totalCount": 4, "nodes": [{"messageHeadline": "Add the rollback"}]}});
    assert_eq!(found["ref"]["compare"], compared);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_githubs_words() {
    let story = Story::begin().await;
    let answer = story.query("reads", "{ repository(owner: \"o\", name: \"r\") { name } }").await;
    assert_eq!(answer["data"], json!({"repository": null}));
    assert_eq!(answer["errors"][0]["message"], "Could not resolve to a Repository with the name 'o/r'.");
    let answer =
        story.query("reads", "{ repository(owner: \"acme\", name: \"entity-core\") { name pullRequest(number: 7) { title } } }").await;
    assert_eq!(answer["data"], json!({"repository": {"name": "entity-core", "pullRequest": null}}));
    assert_eq!(answer["errors"][0]["path"], json!(["repository", "pullRequest"]));
    story.ask("", "POST", "/graphql", json!({"query": "{ viewer { login } }"})).await.expect(401);
}

#[tokio::test]
async fn a_pull_request_is_made_found_and_merged_by_mutations() {
    let story = Story::begin().await;
    {
        let mut world = story.served.lock();
        let tag = world.git.reference("refs/tags/v0.0.12").unwrap().to_owned();
        let head = world.default_head().unwrap();
        let commit = world.git.commit(&head).unwrap();
        let rollback = github_simulator::git::NewCommit {
            tree: world.git.tree_of(&tag).unwrap(),
            parents: vec![head],
            author: commit.author.clone(),
            committer: commit.committer,
            message: "Roll back".to_owned(),
            signature: None,
        };
        let oid = world.git.write_commit(&rollback).unwrap();
        world.git.set_ref("refs/heads/rollback/v0.1.0", Some(&oid)).unwrap();
    }
    let id = repository(&story, "id").await["id"].as_str().unwrap().to_owned();
    let mutation = |text: &str| format!("mutation {{ {text} }}");
    let create = format!(
        "createPullRequest(input: {{repositoryId: \"{id}\", headRefName: \"rollback/v0.1.0\", baseRefName: \"main\", title: \"Roll back\", body: \"b\", draft: true}}) {{ pullRequest {{ id number isDraft state mergeStateStatus author {{ login }} files(first: 10) {{ totalCount }} }} }}"
    );
    let made = story.query("lead", &mutation(&create)).await;
    let pull = &made["data"]["createPullRequest"]["pullRequest"];
    assert_eq!((&pull["state"], &pull["isDraft"], &pull["mergeStateStatus"]), (&json!("OPEN"), &json!(true), &json!("DRAFT")), "{made}");
    assert_eq!(pull["files"]["totalCount"], 4);
    let again = story.query("lead", &mutation(&create)).await;
    assert_eq!(again["errors"][0]["type"], "UNPROCESSABLE", "{again}");
    let id = pull["id"].as_str().unwrap();
    let ready = format!("markPullRequestReadyForReview(input: {{pullRequestId: \"{id}\"}}) {{ pullRequest {{ isDraft mergeable }} }}");
    assert_eq!(story.query("reads", &mutation(&ready)).await["errors"][0]["type"], "FORBIDDEN");
    let ready = story.query("lead", &mutation(&ready)).await;
    assert_eq!(
        ready["data"]["markPullRequestReadyForReview"]["pullRequest"],
        json!({"isDraft": false, "mergeable": "MERGEABLE"}),
        "{ready}"
    );
    let auto =
        format!("enablePullRequestAutoMerge(input: {{pullRequestId: \"{id}\", mergeMethod: SQUASH}}) {{ pullRequest {{ number }} }}");
    let refused = story.query("lead", &mutation(&auto)).await;
    assert_eq!(refused["errors"][0]["message"], "Pull request Auto merge is not allowed for this repository");
    story.served.lock().repository.allow_auto_merge = true;
    let refused = story.query("lead", &mutation(&auto)).await;
    assert_eq!(refused["errors"][0]["message"], "Pull request Pull request is in clean status");
    let comment =
        format!("addComment(input: {{subjectId: \"{id}\", body: \"seen\"}}) {{ commentEdge {{ node {{ body author {{ login }} }} }} }}");
    let said = story.query("lead", &mutation(&comment)).await;
    assert_eq!(said["data"]["addComment"]["commentEdge"]["node"], json!({"body": "seen", "author": {"login": "lead"}}), "{said}");
    let merge = format!("mergePullRequest(input: {{pullRequestId: \"{id}\"}}) {{ pullRequest {{ state merged mergedBy {{ login }} }} }}");
    let merged = story.query("lead", &mutation(&merge)).await;
    assert_eq!(
        merged["data"]["mergePullRequest"]["pullRequest"],
        json!({"state": "MERGED", "merged": true, "mergedBy": {"login": "lead"}}),
        "{merged}"
    );
    let found = repository(&story, "pullRequests(first: 5, states: [MERGED], headRefName: \"rollback/v0.1.0\") { totalCount nodes { comments(first: 1) { totalCount } } }").await;
    assert_eq!(found["pullRequests"], json!({"totalCount": 1, "nodes": [{"comments": {"totalCount": 1}}]}));
}

#[tokio::test]
async fn a_client_can_ask_what_a_type_can_do() {
    let story = Story::begin().await;
    let answer = story.query("reads", "{ __type(name: \"PullRequest\") { kind fields(includeDeprecated: true) { name } } missing: __type(name: \"Nonsense\") { name } }").await;
    let fields = answer["data"]["__type"]["fields"].as_array().unwrap();
    assert!(fields.contains(&json!({"name": "headRefOid"})));
    assert_eq!(answer["data"]["missing"], Value::Null);
}

#[tokio::test]
async fn an_issue_is_opened_edited_labelled_and_closed_by_mutations() {
    let story = Story::begin().await;
    let id = repository(&story, "id").await["id"].clone();
    let mutate = async |name: &str, input: Value, selection: &str| {
        let kind = name[..1].to_uppercase() + &name[1..];
        let query = format!("mutation($input: {kind}Input!) {{ {name}(input: $input) {selection} }}");
        let answer = story.ask("lead", "POST", "/graphql", json!({"query": query, "variables": {"input": input}})).await.expect(200);
        assert_eq!(answer.get("errors"), None, "{answer}");
        answer["data"][name].clone()
    };
    story.post("lead", "/labels", json!({"name": "needs help", "color": "ff0000"})).await.expect(201);
    let label = repository(&story, "labels(first: 1) { nodes { id name } }").await["labels"]["nodes"][0]["id"].clone();
    let issue =
        mutate("createIssue", json!({"repositoryId": id, "title": "Incident", "body": "It broke"}), "{ issue { id number state } }").await;
    let id = issue["issue"]["id"].clone();
    mutate("addLabelsToLabelable", json!({"labelableId": id, "labelIds": [label]}), "{ __typename }").await;
    let edited =
        mutate("updateIssue", json!({"id": id, "title": "Incident #1"}), "{ issue { title body labels(first: 1) { nodes { name } } } }")
            .await;
    assert_eq!(edited["issue"], json!({"title": "Incident #1", "body": "It broke", "labels": {"nodes": [{"name": "needs help"}]}}));
    let search = |text: &str| {
        format!("{{ search(type: ISSUE, first: 5, query: \"{text}\") {{ issueCount nodes {{ ... on Issue {{ title }} }} }} }}")
    };
    let found = story.query("lead", &search("( incident ) repo:acme/entity-core state:open type:issue label:\\\"needs help\\\"")).await;
    assert_eq!(found["data"]["search"], json!({"issueCount": 1, "nodes": [{"title": "Incident #1"}]}), "{found}");
    mutate("removeLabelsFromLabelable", json!({"labelableId": id, "labelIds": [label]}), "{ __typename }").await;
    let closed = mutate(
        "closeIssue",
        json!({"issueId": id, "stateReason": "NOT_PLANNED"}),
        "{ issue { state stateReason labels(first: 1) { totalCount } } }",
    )
    .await;
    assert_eq!(closed["issue"], json!({"state": "CLOSED", "stateReason": "NOT_PLANNED", "labels": {"totalCount": 0}}));
    let open = story.query("lead", &search("is:open is:issue")).await;
    assert_eq!(open["data"]["search"]["issueCount"], 0);
}
