// Asks the simulator for every route that GitHub documents, and holds the list in docs/simulator.md to what it has.
//
// Started by `tests/clients/run routes [--write]`, which says in the variable `SIMULATOR` where it is. A route is there
// when the answer is not the simulator's own "no route"; `--write` puts the list as it is into the document.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const description = require("@octokit/openapi/generated/api.github.com.json");

const DOCUMENT = path.join(__dirname, "../../docs/simulator.md");
const [BEGIN, END] = ["<!-- routes -->\n", "<!-- /routes -->"];
const told = JSON.parse(process.env.SIMULATOR);
const [owner, repo] = told.repository.split("/");
const values = { owner, repo, org: owner, username: "ada", basehead: "main...main", branch: "main", ref: "heads/main", workflow_id: "rollback.yml" };

/** Tells whether the simulator has a route. */
async function has(method, template, parameters) {
  const number = (name) => parameters.find((parameter) => parameter.name === name)?.schema?.type === "integer";
  const asked = template.replace(/\{([^}]+)\}/g, (_, name) => values[name] ?? (number(name) ? "1" : "x"));
  const body = ["GET", "DELETE"].includes(method) ? undefined : "{}";
  const headers = { authorization: `Bearer ${told.tokens.ada}`, "content-type": "application/json" };
  const answer = await fetch(told.url + asked, { method, headers, body, redirect: "manual" });
  await answer.arrayBuffer();
  return answer.status !== 501;
}

function resolved(parameter) {
  return parameter.$ref ? description.components.parameters[parameter.$ref.split("/").at(-1)] : parameter;
}

async function main() {
  const rows = [];
  let documented = 0;
  for (const [template, item] of Object.entries(description.paths)) {
    for (const [name, operation] of Object.entries(item)) {
      const method = name.toUpperCase();
      // Other repositories than its own do not exist there.
      if (!["GET", "PUT", "POST", "PATCH", "DELETE"].includes(method) || template.startsWith("/repos/{template_owner}")) continue;
      documented += 1;
      if (!(await has(method, template, (operation.parameters ?? []).map(resolved)))) continue;
      rows.push(`| [${operation.summary.toLowerCase()}](${operation.externalDocs.url}) | \`${method} ${template.replace("/repos/{owner}/{repo}", "…")}\` |\n`);
    }
  }
  const list = `| what | route |\n| --- | --- |\n${rows.sort().join("")}`;
  const text = fs.readFileSync(DOCUMENT, "utf8");
  const [from, to] = [text.indexOf(BEGIN) + BEGIN.length, text.indexOf(END)];
  if (process.argv.includes("--write")) {
    const counted = text.slice(to).replace(/\d+ of the \d+ routes/, `${rows.length} of the ${documented} routes`);
    const before = text.slice(0, from).replace(/\d+ of the \d+ routes/, `${rows.length} of the ${documented} routes`);
    fs.writeFileSync(DOCUMENT, before + list + counted);
  } else if (text.slice(from, to) !== list || !text.includes(`${rows.length} of the ${documented} routes`)) {
    console.error("docs/simulator.md does not list the routes that are there\nhint: tests/clients/run routes --write");
    process.exitCode = 1;
  }
  console.log(`routes: ${rows.length} of ${documented}, ${process.exitCode ? 0 : 1} passed, ${process.exitCode ?? 0} failed`);
}

main();
