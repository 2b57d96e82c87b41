// The published descriptions, from the installed packages.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { Rest } = require("./rest.cjs");
const { Graph } = require("./graph.cjs");

/** Returns a function from an exchange to its route and its problems. With `ours` the requests count too. */
function contract(ours) {
  const rest = new Rest(require("@octokit/openapi/generated/api.github.com.json"), ours);
  const graph = new Graph(fs.readFileSync(published("@octokit/graphql-schema/schema.graphql"), "utf8"), ours);
  return (exchange) => (exchange.path.endsWith("/graphql") ? graph : rest).check(exchange);
}

/** Returns the path of a package's file; not every package lets `require` find all of its own. */
function published(file) {
  const folders = (process.env.NODE_PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const found = folders.map((folder) => path.join(folder, file)).find((whole) => fs.existsSync(whole));
  if (!found) throw new Error(`\`${file}\` is in no folder of NODE_PATH; run scripts/test, which installs it`);
  return found;
}

module.exports = { contract };
