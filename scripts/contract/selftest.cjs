// Tests the contract check itself: exchanges that break the contract, each with what has to be said of it.
"use strict";

const { contract } = require("./descriptions.cjs");

const SHA = "c3d0be41ecbe669545ee3e94d31ed9a4bc91ee3c";
const reference = { ref: "refs/heads/main", node_id: "x", url: "https://api.github.com/x", object: { sha: SHA, type: "commit", url: "https://api.github.com/y" } };
const rest = (method, route, status, response_body, request_body = null, query = "") => ({ method, path: `/repos/acme/entity-core${route}`, query, status, request_body, response_body });
const graph = (query, data, variables = {}) => ({ method: "POST", path: "/graphql", query: "", status: 200, request_body: { query, variables }, response_body: { data } });

const CASES = [
  ["a documented answer", rest("GET", "/git/ref/heads/main", 200, reference), []],
  ["a route with a slash in a name", rest("GET", "/git/ref/heads/rollback/v0.1.0", 200, reference), []],
  ["a missing field", rest("GET", "/git/ref/heads/main", 200, { ...reference, object: undefined }), ["the 200 answer at `itself` must have required property 'object'"]],
  ["an invented field", rest("GET", "/git/ref/heads/main", 200, { ...reference, color: 1 }), ["the 200 answer holds `color`, which is not documented"]],
  ["an undocumented property sent", rest("POST", "/git/refs", 201, reference, { ref: "refs/heads/x", sha: SHA, force: true }), ["the request at `itself` must NOT have unevaluated properties (force)"]],
  ["a missing body", rest("POST", "/git/refs", 201, reference), ["its body is missing"]],
  ["a body that is not taken", rest("GET", "/git/ref/heads/main", 200, reference, {}), ["it takes no body, and one was sent"]],
  ["an undocumented parameter", rest("GET", "/releases", 200, [], null, "page=2&sort=asc"), ["the query parameter `sort` is not documented"]],
  ["a parameter of a wrong type", rest("GET", "/releases", 200, [], null, "per_page=all"), ["the query parameter `per_page` at `itself` must be integer"]],
  ["an undocumented status", rest("GET", "/releases", 206, []), ["status 206 is not documented"]],
  ["a body that was not recorded", rest("GET", "/releases", 200, null), ["the 200 answer has no body, or it was not recorded"]],
  ["an answer of a fault", { ...rest("GET", "/releases", 418, "no tea"), injected: true }, []],
  ["a refusal", rest("GET", "/releases/tags/v9", 404, { message: "Not Found", documentation_url: "https://docs.github.com/rest", status: "404" }), []],
  ["a refusal of another form", rest("GET", "/releases/tags/v9", 404, { message: 404 }), ["the 404 answer at `/message` must be string"]],
  ["a refusal of which only the status is documented", rest("GET", "/collaborators/ada", 404, { message: "Not Found" }), []],
  ["a body where none is documented", rest("GET", "/collaborators/ada", 204, {}), ["status 204 has no body, and one was given"]],
  ["an unknown route", rest("GET", "/rollbacks", 200, []), ["no such route is documented"]],
  ["a query", graph("{repository(owner:\"a\",name:\"b\"){name isPrivate}}", { repository: { name: "b", isPrivate: false } }), []],
  ["an unknown field", graph("{repository(owner:\"a\",name:\"b\"){color}}", { repository: {} }), ["the query: Cannot query field \"color\" on type \"Repository\"."]],
  ["null where it must not be", graph("{repository(owner:\"a\",name:\"b\"){name}}", { repository: { name: null } }), ["`data.repository.name` is null and must not be"]],
  ["a field that was not asked for", graph("{repository(owner:\"a\",name:\"b\"){name}}", { repository: { name: "b", id: "x" } }), ["`data.repository.id` was not asked for"]],
  ["a variable of a wrong type", graph("query($n:Int!){repository(owner:\"a\",name:\"b\"){issue(number:$n){title}}}", { repository: { issue: { title: "x" } } }, { n: "one" }), ["a variable: Variable \"$n\" got invalid value \"one\"; Int cannot represent non-integer value: \"one\""]],
];

/** What github.com documents and the newest server does not. */
const dispatch = rest("POST", "/actions/workflows/rollback.yml/dispatches", 204, null, { ref: "main", return_run_details: true });
const ON_SERVER = [
  ["a documented answer of a server", rest("GET", "/git/ref/heads/main", 200, reference), []],
  ["a property that servers do not take yet", dispatch, ["the request at `itself` must NOT have unevaluated properties (return_run_details)"]],
];
CASES.push(["a property that github.com takes", dispatch, []]);

/** What other clients ask is their own affair; what is answered is not. */
const status = { url: "https://api.github.com/z", id: 1, node_id: "x", state: "success", description: "", creator: null, target_url: "", environment_url: "", log_url: "", created_at: "2026-01-01T00:00:00Z", updated_at: "2026-01-01T00:00:00Z", deployment_url: "https://api.github.com/d", repository_url: "https://api.github.com/r" };
const OF_OTHERS = [
  ["an unknown route, asked in vain", rest("GET", "/rollbacks", 404, { message: "Not Found" }), []],
  ["an unknown route that answers", rest("GET", "/rollbacks", 200, []), ["no such route is documented"]],
  ["no address where none is the default", rest("GET", "/deployments/1/statuses", 200, [status]), []],
  ["no address where there must be one", rest("GET", "/deployments/1/statuses", 200, [{ ...status, url: "" }]), ['the 200 answer at `/*/url` must match format "uri"']],
  ["the top of the tree", rest("GET", "/contents/", 200, []), []],
];

const [check, onServer, ofOthers] = [contract(true), contract(true, true), contract(false)];
const all = [[check, CASES], [onServer, ON_SERVER], [ofOthers, OF_OTHERS]].flatMap(([check, cases]) => cases.map((one) => [check, ...one]));
let failed = 0;
for (const [check, name, exchange, wanted] of all) {
  const found = check(exchange).problems;
  if (JSON.stringify(found) === JSON.stringify(wanted)) continue;
  failed += 1;
  console.error(`failed: ${name}\n  wanted ${JSON.stringify(wanted)}\n  found  ${JSON.stringify(found)}`);
}
console.log(`contract's own: ${all.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
