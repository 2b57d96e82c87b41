// Holds recorded traffic against GitHub's published descriptions of its interfaces.
//
// Usage: node scripts/contract/check.cjs [--answers-only] [--enterprise] FILE.jsonl…      (NODE_PATH names the packages)
//
// Each line is one exchange: method, path, query, status, request_body, response_body. A request must be documented in
// its path, method, query and body, with no property or parameter beyond; a response must be documented for its
// status. Ends with 1 and every problem where anything is not. Asks no server. `injected` marks an answer that a test's
// fault made up: its request counts, the answer does not; nor does one marked `raw`, a file in place of JSON.
//
// `--answers-only` is for what other clients asked: they are ahead of the published descriptions, and no measure of us.
// `--enterprise` asks the newest GitHub Enterprise Server's description; `exceptions.json` names what it lacks.
"use strict";

const fs = require("node:fs");
const { contract } = require("./descriptions.cjs");
const exceptions = require("./exceptions.json");

function exchanges(files) {
  return files.flatMap((file) => {
    const lines = fs.readFileSync(file, "utf8").split("\n").filter((line) => line.trim() !== "");
    return lines.map((line, at) => ({ ...JSON.parse(line), place: `${file}:${at + 1}` }));
  });
}

function main(words) {
  const [ours, enterprise] = [!words.includes("--answers-only"), words.includes("--enterprise")];
  const files = words.filter((word) => !word.startsWith("--"));
  if (files.length === 0) {
    console.error("error: no recording was named\nhint: give the JSON Lines files that `--record` wrote");
    return 2;
  }
  const check = contract(ours, enterprise);
  const lacking = enterprise ? exceptions["not on GitHub Enterprise Server"] : {};
  const routes = new Map();
  const problems = new Map();
  const known = new Set();
  let count = 0;
  let unanswered = 0;

  for (const exchange of exchanges(files)) {
    // The simulator's own routes are nobody's contract.
    if (exchange.path.startsWith("/_simulator")) continue;
    count += 1;
    const found = check(exchange);
    // A cut connection, and what stands in for a broken server, has no documented form.
    if (exchange.status === 0 || exchange.status >= 500) unanswered += 1;
    const route = routes.get(found.route) ?? { count: 0, statuses: new Map() };
    routes.set(found.route, route);
    route.count += 1;
    route.statuses.set(exchange.status, (route.statuses.get(exchange.status) ?? 0) + 1);
    for (const problem of found.problems) {
      const lacks = Object.keys(lacking).find((what) => `${found.route}: ${problem}`.includes(what));
      if (lacks) {
        known.add(lacks);
        continue;
      }
      const text = `${found.route}: ${problem}`;
      problems.set(text, [...(problems.get(text) ?? []), exchange.place]);
    }
  }

  for (const [name, route] of [...routes].sort(([one], [other]) => one.localeCompare(other))) {
    const statuses = [...route.statuses].sort(([one], [other]) => one - other).map(([status, times]) => `${status}×${times}`);
    console.log(`${String(route.count).padStart(6)}  ${name}   ${statuses.join(" ")}`);
  }
  for (const [text, places] of problems) {
    const more = places.length > 1 ? ` and ${places.length - 1} more` : "";
    console.error(`problem: ${text}\n  at ${places[0]}${more}`);
  }
  for (const what of known) console.log(`known: ${what}: ${lacking[what]}`);
  const against = `${check.description}, ${known.size} known differences`;
  console.log(`contract: ${count} exchanges over ${routes.size} routes (${unanswered} cut or 5xx) against ${against}, ${problems.size} problems`);
  if (count === 0) {
    console.error("error: the recordings hold no exchange, so nothing was proved");
    return 1;
  }
  return problems.size > 0 ? 1 : 0;
}

process.exitCode = main(process.argv.slice(2));
