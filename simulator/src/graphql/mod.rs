//! GitHub's GraphQL interface: one query in, `data` and `errors` out, always with status 200 as GitHub does.

mod connection;
mod execute;
mod failure;
mod input;
mod language;
mod resolve;
mod schema;
mod validate;

use serde_json::{Value, json};

use crate::call::{Call, Identity};
use crate::reply::Reply;
use crate::world::World;
use execute::Source;
use resolve::Resolver;

/// Answers the one route; an enterprise server has it under `/api`.
pub(crate) fn route(world: &mut World, call: &Call) -> Option<Reply> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    if call.method != "POST" || !matches!(segments.as_slice(), ["graphql"] | ["api", "graphql"]) {
        return None;
    }
    if call.identity == Identity::Anonymous {
        return Some(Reply::error(401, "This endpoint requires you to be authenticated."));
    }
    let answer = execute(&call.body, &mut Resolver { world, call });
    Some(Reply::ok(answer))
}

/// Returns the answer to one request's body.
fn execute(body: &Value, source: &mut dyn Source) -> Value {
    let Some(query) = body.get("query").and_then(Value::as_str) else {
        return failed(json!([{"message": "A query attribute must be specified and must be a string."}]));
    };
    let document = match language::read(query) {
        Ok(document) => document,
        Err(message) => return failed(json!([{"message": message}])),
    };
    let wanted = body.get("operationName").and_then(Value::as_str);
    let operation = match wanted {
        Some(name) => document.operations.iter().find(|operation| operation.name.as_deref() == Some(name)),
        None => document.operations.first().filter(|_| document.operations.len() == 1),
    };
    let Some(operation) = operation else {
        let message = match wanted {
            Some(name) => format!("No operation named \"{name}\""),
            None => "An operation name is required".to_owned(),
        };
        return failed(json!([{"message": message}]));
    };
    let label = match &operation.name {
        Some(name) => format!("{} {name}", operation.word),
        None => operation.word.to_owned(),
    };
    let problems = validate::problems(&label, operation, &document);
    if !problems.is_empty() {
        return failed(json!(problems));
    }
    match input::variables(&operation.variables, body.get("variables").unwrap_or(&Value::Null)) {
        Ok(variables) => execute::run(operation.root, &operation.selections, &document.fragments, &variables, source),
        Err(problems) => failed(json!(problems)),
    }
}

fn failed(errors: Value) -> Value {
    json!({"errors": errors})
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::failure::Failure;
    use super::*;

    /// A source with one repository of 3 tags.
    struct Sample;

    impl Source for Sample {
        fn resolve(&mut self, of: &str, node: &Map<String, Value>, field: &str, arguments: &Map<String, Value>) -> Result<Value, Failure> {
            match (of, field) {
                ("Query", "repository") if arguments["name"] == "entity-core" => Ok(json!({"name": "entity-core"})),
                ("Query", "repository") => Err(Failure::not_found("Could not resolve to a Repository with the name 'o/r'.")),
                ("Repository", "refs") => Ok(connection::items((1..=3).map(|n| json!({"name": format!("v{n}")})).collect())),
                ("Repository", "object") => Ok(json!({"__typename": "Blob", "text": arguments["expression"]})),
                ("Ref", "prefix") => Ok(json!("refs/tags/")),
                ("Blob", "isTruncated") => Ok(Value::Null),
                _ => panic!("`{of}.{field}` of {node:?} is not in the sample"),
            }
        }
    }

    fn ask(query: &str, variables: Value) -> Value {
        execute(&json!({"query": query, "variables": variables}), &mut Sample)
    }

    const REPOSITORY: &str = r#"repository(owner: "o", name: "entity-core")"#;

    #[test]
    fn a_field_is_answered_under_its_alias() {
        let answer = ask(&format!("{{ it: {REPOSITORY} {{ called: name __typename }} }}"), json!({}));
        assert_eq!(answer, json!({"data": {"it": {"called": "entity-core", "__typename": "Repository"}}}));
    }

    #[test]
    fn fragments_apply_to_their_type_only() {
        let query = format!(
            "query Q {{ {REPOSITORY} {{ object(expression: \"x\") {{ ...A ... on Tree {{ oid }} ... on GitObject {{ __typename }} }} }} }} fragment A on Blob {{ text }}"
        );
        assert_eq!(ask(&query, json!({})), json!({"data": {"repository": {"object": {"text": "x", "__typename": "Blob"}}}}));
    }

    #[test]
    fn include_and_skip_follow_their_variables() {
        let query = format!("query($yes: Boolean!) {{ {REPOSITORY} {{ a: name @include(if: $yes) b: name @skip(if: $yes) }} }}");
        assert_eq!(ask(&query, json!({"yes": true})), json!({"data": {"repository": {"a": "entity-core"}}}));
        assert_eq!(ask(&query, json!({"yes": false})), json!({"data": {"repository": {"b": "entity-core"}}}));
    }

    #[test]
    fn a_variable_falls_back_to_its_default() {
        let query = format!(
            "query($n: Int = 2) {{ {REPOSITORY} {{ refs(refPrefix: \"refs/tags/\", first: $n) {{ totalCount nodes {{ name }} }} }} }}"
        );
        assert_eq!(
            ask(&query, json!({})),
            json!({"data": {"repository": {"refs": {"totalCount": 3, "nodes": [{"name": "v1"}, {"name": "v2"}]}}}})
        );
    }

    #[test]
    fn a_list_is_walked_page_by_page() {
        let query = format!(
            "query($after: String) {{ {REPOSITORY} {{ refs(refPrefix: \"refs/tags/\", first: 2, after: $after) {{ nodes {{ name prefix }} pageInfo {{ endCursor hasNextPage }} }} }} }}"
        );
        let first = ask(&query, json!({"after": null}));
        let info = &first["data"]["repository"]["refs"]["pageInfo"];
        assert_eq!(info["hasNextPage"], json!(true));
        let second = ask(&query, json!({"after": info["endCursor"]}));
        let page = &second["data"]["repository"]["refs"];
        assert_eq!(page["nodes"], json!([{"name": "v3", "prefix": "refs/tags/"}]));
        assert_eq!(page["pageInfo"]["hasNextPage"], json!(false));
    }

    #[test]
    fn a_list_without_first_or_last_is_refused() {
        let answer = ask(&format!("{{ {REPOSITORY} {{ refs(refPrefix: \"refs/tags/\") {{ nodes {{ name }} }} }} }}"), json!({}));
        assert_eq!(answer["data"], json!({"repository": {"refs": null}}));
        assert_eq!(answer["errors"][0]["type"], json!("MISSING_PAGINATION_BOUNDARIES"));
        let answer =
            ask(&format!("{{ {REPOSITORY} {{ refs(refPrefix: \"refs/tags/\", first: 101) {{ nodes {{ name }} }} }} }}"), json!({}));
        assert_eq!(
            answer["errors"][0]["message"],
            json!("Requesting 101 records on the `refs` connection exceeds the `first` limit of 100 records.")
        );
    }

    #[test]
    fn a_count_alone_needs_no_page() {
        let query = format!("{{ {REPOSITORY} {{ refs(refPrefix: \"refs/tags/\") {{ totalCount }} }} }}");
        assert_eq!(ask(&query, json!({})), json!({"data": {"repository": {"refs": {"totalCount": 3}}}}));
    }

    #[test]
    fn what_is_not_there_is_null_with_an_error_that_names_the_path() {
        let answer = ask("{ repository(owner: \"o\", name: \"r\") { name } }", json!({}));
        let error = json!({"type": "NOT_FOUND", "path": ["repository"], "locations": [{"line": 1, "column": 3}], "message": "Could not resolve to a Repository with the name 'o/r'."});
        assert_eq!(answer, json!({"data": {"repository": null}, "errors": [error]}));
    }

    #[test]
    fn a_null_that_may_not_be_makes_its_object_null() {
        let answer =
            ask(&format!("{{ {REPOSITORY} {{ name object(expression: \"x\") {{ ... on Blob {{ isTruncated }} }} }} }}"), json!({}));
        assert_eq!(answer["data"], json!({"repository": {"name": "entity-core", "object": null}}));
        assert_eq!(answer["errors"][0]["path"], json!(["repository", "object", "isTruncated"]));
    }

    #[test]
    fn an_unknown_field_is_an_error_without_data() {
        let answer = ask(&format!("query Q {{ {REPOSITORY} {{ nonsense }} }}"), json!({}));
        assert_eq!(answer.get("data"), None);
        assert_eq!(answer["errors"][0]["message"], json!("Field 'nonsense' doesn't exist on type 'Repository'"));
        assert_eq!(answer["errors"][0]["path"], json!(["query Q", "repository", "nonsense"]));
        assert_eq!(answer["errors"][0]["extensions"], json!({"code": "undefinedField", "typeName": "Repository", "fieldName": "nonsense"}));
    }

    #[test]
    fn wrong_arguments_and_variables_are_errors() {
        let message = |answer: Value| answer["errors"][0]["message"].as_str().map(ToOwned::to_owned);
        assert_eq!(
            message(ask("{ repository(name: \"r\") { name } }", json!({}))).unwrap(),
            "Field 'repository' is missing required arguments: owner"
        );
        assert_eq!(message(ask("{ viewer(x: 1) { login } }", json!({}))).unwrap(), "Field 'viewer' doesn't accept argument 'x'");
        assert_eq!(
            message(ask(&format!("query($x: Int) {{ {REPOSITORY} {{ name }} }}"), json!({}))).unwrap(),
            "Variable $x is declared by anonymous query but not used"
        );
        assert_eq!(
            message(ask("{ repository(owner: $o, name: \"r\") { name } }", json!({}))).unwrap(),
            "Variable $o is used by anonymous query but not declared"
        );
        assert_eq!(
            message(ask("query($o: String!) { repository(owner: $o, name: \"r\") { name } }", json!({}))).unwrap(),
            "Variable $o of type String! was provided invalid value"
        );
        assert_eq!(
            message(ask(&format!("{{ {REPOSITORY} }}"), json!({}))).unwrap(),
            "Field must have selections (field 'repository' returns Repository but has no selections. Did you mean 'repository { ... }'?)"
        );
    }
}
