// Holds recorded traffic against GitHub's published descriptions of its interfaces.
//
// Usage: node scripts/contract/check.cjs FILE.jsonl…      (NODE_PATH names the installed packages)
//
// Each line is one exchange: method, path, query, status, request_body, response_body. A request must be documented in
// its path, method, query and body, with no property or parameter beyond; a response must be documented for its
// status. Ends with 1 and every problem where anything is not. Asks no server.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Rest } = require("./rest.cjs");
const { Graph } = require("./graph.cjs");

function exchanges(files) {
  return files.flatMap((file) => {
    const lines = fs.readFileSync(file, "utf8").split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, at) => ({ ...JSON.parse(line), place: `${file}:${at + 1}` }));
  });
}

/** Returns the path of a package's file; not every package lets `require` find all of its own. */
function published(file) {
  const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => path.join(folder, file)).find((whole) => fs.existsSync(whole));
  if (!found) throw new Error(`\`${file}\` is in no folder of NODE_PATH; run scripts/test, which installs it`);
  return found;
}

function main(files) {
  if (files.length === 0) {
    console.error("error: no recording was named\nhint: give the JSON Lines files that `--record` wrote");
    return 2;
  }
  const rest = new Rest(require("@octokit/openapi/generated/api.github.com.json"));
  const graph = new Graph(fs.readFileSync(published("@octokit/graphql-schema/schema.graphql"), "utf8"));
  const routes = new Map();
  const problems = new Map();
  let count = 0;
  let unanswered = 0;

  for (const exchange of exchanges(files)) {
    // The simulator's own routes are nobody's contract.
    if (exchange.path.startsWith("/_simulator")) continue;
    count += 1;
    const found = exchange.path.endsWith("/graphql") ? graph.check(exchange) : rest.check(exchange);
    // A cut connection, and what stands in for a broken server, has no documented form.
    if (exchange.status === 0 || exchange.status >= 500) unanswered += 1;
    const route = routes.get(found.route) ?? { count: 0, statuses: new Map(), unread: 0 };
    routes.set(found.route, route);
    route.count += 1;
    route.statuses.set(exchange.status, (route.statuses.get(exchange.status) ?? 0) + 1);
    route.unread += found.unread ? 1 : 0;
    for (const problem of found.problems) {
      const text = `${found.route}: ${problem}`;
      problems.set(text, [...(problems.get(text) ?? []), exchange.place]);
    }
  }

  for (const [name, route] of [...routes].sort(([one], [other]) => one.localeCompare(other))) {
    const statuses = [...route.statuses].sort(([one], [other]) => one - other).map(([status, times]) => `${status}×${times}`);
    const unread = route.unread > 0 ? `   (${route.unread} not JSON)` : "";
    console.log(`${String(route.count).padStart(6)}  ${name}   ${statuses.join(" ")}${unread}`);
  }
  for (const [text, places] of problems) {
    const more = places.length > 1 ? ` and ${places.length - 1} more` : "";
    console.error(`problem: ${text}\n  at ${places[0]}${more}`);
  }
  console.log(`contract: ${count} exchanges over ${routes.size} routes (${unanswered} cut or 5xx), ${problems.size} problems`);
  if (count === 0) {
    console.error("error: the recordings hold no exchange, so nothing was proved");
    return 1;
  }
  return problems.size > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
