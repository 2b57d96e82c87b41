// The published descriptions, from the installed packages.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Rest } = require("./rest.cjs");
const { Graph } = require("./graph.cjs");

/**
 * Returns a function from an exchange to its route and its problems. With `ours` the requests count too. With
 * `enterprise` the newest GitHub Enterprise Server is asked in place of github.com; of its GraphQL nothing is published
 * as a package, so github.com's schema stands in.
 */
function contract(ours, enterprise = false) {
  const name = enterprise ? newestEnterprise() : "api.github.com";
  const rest = new Rest(require(`@octokit/openapi/generated/${name}.json`), ours);
  const graph = new Graph(fs.readFileSync(published("@octokit/graphql-schema/schema.graphql"), "utf8"), ours);
  const check = (exchange) => (exchange.path.endsWith("/graphql") ? graph : rest).check(exchange);
  return Object.assign(check, { description: name });
}

/** Returns the name of the newest server's description among those in the package. */
function newestEnterprise() {
  const files = fs.readdirSync(published("@octokit/openapi/generated"));
  const versions = files.flatMap((file) => /^ghes-(\d+)\.(\d+)\.json$/.exec(file)?.slice(1).map(Number) ?? []);
  const pairs = versions.flatMap((number, at) => (at % 2 === 0 ? [[number, versions[at + 1]]] : []));
  const [major, minor] = pairs.sort((one, other) => other[0] - one[0] || other[1] - one[1])[0];
  return `ghes-${major}.${minor}`;
}

/** Returns the path of a package's file; not every package lets `require` find all of its own. */
function published(file) {
  const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => path.join(folder, file)).find((whole) => fs.existsSync(whole));
  if (!found) throw new Error(`\`${file}\` is in no folder of NODE_PATH; run scripts/test, which installs it`);
  return found;
}

module.exports = { contract };
