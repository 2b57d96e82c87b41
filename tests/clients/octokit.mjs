// Octokit, GitHub's own client for JavaScript, with its retry and throttling plugins, against the simulator.
//
// Started by `tests/clients/run octokit`, which says in the variable `SIMULATOR` where everything is.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const modules = process.env.NODE_PATH.split(path.delimiter).find((folder) => fs.existsSync(path.join(folder, "octokit")));
const { Octokit } = await import(pathToFileURL(path.join(modules, "octokit/dist-bundle/index.js")));

const told = JSON.parse(process.env.SIMULATOR);
const [owner, repo] = told.repository.split("/");
const here = { owner, repo };
const BRANCH = "rollback/v0.1.0";

/** Octokit as one person. The throttling plugin puts a second between any two writes, so only one test has it. */
function as(person, throttle = { enabled: false }) {
  return new Octokit({
    baseUrl: told.url,
    auth: told.tokens[person],
    userAgent: "a-team's-script",
    throttle,
    retry: { retryAfterBaseValue: 10 },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
}

const manager = as("release-manager");
const reviewer = as(told.reviewer);
const admin = as("ada");
const job = as("job");

/** Asks the simulator itself. */
async function simulator(route, body) {
  const answer = await fetch(`${told.url}/_simulator/${route}`, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
  assert.ok(answer.ok, `${route}: ${answer.status}`);
  return answer.json();
}

/** Expects a refusal of this status and returns it. */
async function refused(status, promise, message = "") {
  const error = await promise.then(() => assert.fail(`it was not refused with ${status}`), (error) => error);
  assert.equal(error.status, status, error.stack);
  assert.ok(error.message.includes(message), `${error.message}: no ${message}`);
  return error;
}

/** How many requests went out while something was done. */
async function counted(octokit, act) {
  let requests = 0;
  octokit.hook.before("request", () => void (requests += 1));
  return [await act(), requests];
}

/** What one test made and later ones use. */
const made = {};

const TESTS = {
  async "a person is known by the token"() {
    assert.equal((await manager.rest.users.getAuthenticated()).data.login, "release-manager");
    assert.equal((await reviewer.rest.users.getAuthenticated()).data.login, told.reviewer);
    const permission = await admin.rest.repos.getCollaboratorPermissionLevel({ ...here, username: "ada" });
    assert.equal(permission.data.permission, "admin");
  },

  async "a token that is nobody's is refused"() {
    const stranger = new Octokit({ baseUrl: told.url, auth: "ghp_nobody" });
    await refused(401, stranger.rest.repos.get(here), "Bad credentials");
  },

  async "the repository is shown"() {
    const { data } = await manager.rest.repos.get(here);
    assert.deepEqual([data.full_name, data.default_branch, data.archived, data.private], [told.repository, "main", false, false]);
  },

  async "releases come page by page until the last one"() {
    const client = as("release-manager");
    const [tags, requests] = await counted(client, () => client.paginate(client.rest.repos.listReleases, { ...here, per_page: 1 }, (page) => page.data.map((one) => one.tag_name)));
    assert.deepEqual(tags, ["v0.1.0", "v0.0.12"]);
    assert.equal(requests, 2);
  },

  async "a release is found by its tag, and the latest one without"() {
    const { data } = await manager.rest.repos.getReleaseByTag({ ...here, tag: "v0.0.12" });
    assert.deepEqual([data.tag_name, data.draft, data.prerelease], ["v0.0.12", false, false]);
    assert.equal((await manager.rest.repos.getLatestRelease(here)).data.tag_name, "v0.1.0");
    await refused(404, manager.rest.repos.getReleaseByTag({ ...here, tag: "v9.9.9" }), "Not Found");
  },

  async "an answer that is known already costs nothing"() {
    const first = await manager.rest.repos.getLatestRelease(here);
    const again = await refused(304, manager.rest.repos.getLatestRelease({ ...here, headers: { "if-none-match": first.headers.etag } }));
    assert.equal(again.response.headers["x-ratelimit-used"], first.headers["x-ratelimit-used"]);
    const { data } = await manager.rest.rateLimit.get();
    assert.equal(data.resources.core.limit - data.resources.core.remaining, data.resources.core.used);
  },

  async "tags and refs point where git says"() {
    const { data: ref } = await manager.rest.git.getRef({ ...here, ref: "tags/v0.0.12" });
    assert.equal(ref.object.type, "tag");
    const { data: tag } = await manager.rest.git.getTag({ ...here, tag_sha: ref.object.sha });
    assert.deepEqual([tag.tag, tag.object.sha], ["v0.0.12", told.commits["v0.0.12"]]);
    const { data: matching } = await manager.rest.git.listMatchingRefs({ ...here, ref: "tags/v0.0" });
    assert.deepEqual(matching.map((one) => one.ref), ["refs/tags/v0.0.12"]);
    const tags = await manager.paginate(manager.rest.repos.listTags, { ...here, per_page: 1 });
    assert.deepEqual(tags.map((one) => one.name).sort(), ["v0.0.12", "v0.1.0"]);
    const { data: branch } = await manager.rest.repos.getBranch({ ...here, branch: "main" });
    assert.deepEqual([branch.commit.sha, branch.protected], [told.commits.main, false]);
  },

  async "trees and files are those of git"() {
    const { data: tree } = await manager.rest.git.getTree({ ...here, tree_sha: told.trees["v0.0.12"], recursive: "true" });
    assert.equal(tree.sha, told.trees["v0.0.12"]);
    assert.ok(tree.tree.some((entry) => entry.path === "src/entity/plugins/gpt_oss/reasoning_trace.py" && entry.type === "blob"));
    const { data: file } = await manager.rest.repos.getContent({ ...here, path: "pyproject.toml", ref: "v0.0.12" });
    assert.ok(Buffer.from(file.content, file.encoding).toString().includes('version = "0.0.12"'));
    const raw = await manager.rest.repos.getContent({ ...here, path: "pyproject.toml", mediaType: { format: "raw" } });
    assert.ok(raw.data.includes('version = "0.1.0"'));
    const { data: between } = await manager.rest.repos.compareCommitsWithBasehead({ ...here, basehead: "v0.0.12...v0.1.0" });
    assert.deepEqual([between.status, between.ahead_by, between.behind_by], ["ahead", 2, 0]);
    assert.ok(between.files.some((one) => one.filename === "src/entity/plugins/gpt_oss_compat.py" && one.status === "added"));
    const commits = await manager.paginate(manager.rest.repos.listCommits, { ...here, per_page: 1 });
    assert.deepEqual(commits.map((one) => one.sha).at(0), told.commits.main);
    assert.equal(commits.length, 3);
  },

  async "a rollback commit is made of the good release's tree"() {
    const { data: good } = await manager.rest.git.getCommit({ ...here, commit_sha: told.commits["v0.0.12"] });
    const { data: blob } = await manager.rest.git.createBlob({ ...here, content: '[project]\nname = "entity-core"\nversion = "0.0.13"\n', encoding: "utf-8" });
    const github = (await manager.rest.git.getTree({ ...here, tree_sha: told.trees.main })).data.tree.find((entry) => entry.path === ".github");
    const { data: tree } = await manager.rest.git.createTree({
      ...here,
      base_tree: good.tree.sha,
      tree: [
        { path: "pyproject.toml", mode: "100644", type: "blob", sha: blob.sha },
        { path: ".github", mode: "040000", type: "tree", sha: github.sha },
        { path: "CHANGELOG.md", mode: "100644", type: "blob", sha: null },
      ],
    });
    const paths = (await manager.rest.git.getTree({ ...here, tree_sha: tree.sha })).data.tree.map((entry) => entry.path);
    assert.deepEqual(paths, [".github", "pyproject.toml", "src"]);
    const { data: commit } = await manager.rest.git.createCommit({ ...here, message: "Roll back v0.1.0", tree: tree.sha, parents: [told.commits.main] });
    assert.deepEqual(commit.parents.map((one) => one.sha), [told.commits.main]);
    made.commit = commit.sha;
    const { data: ref } = await manager.rest.git.createRef({ ...here, ref: `refs/heads/${BRANCH}`, sha: commit.sha });
    assert.deepEqual([ref.ref, ref.object.sha], [`refs/heads/${BRANCH}`, commit.sha]);
    await refused(422, manager.rest.git.createRef({ ...here, ref: `refs/heads/${BRANCH}`, sha: commit.sha }), "Reference already exists");
  },

  async "a branch moves forward only, unless forced"() {
    const back = { ...here, ref: `heads/${BRANCH}`, sha: told.commits["v0.0.12"] };
    await refused(422, manager.rest.git.updateRef({ ...back, force: false }), "not a fast forward");
    assert.equal((await manager.rest.git.getRef({ ...here, ref: `heads/${BRANCH}` })).data.object.sha, made.commit);
  },

  async "a workflow's token may not bring other workflow files back"() {
    const old = { ...here, ref: "refs/heads/old", sha: told.commits["v0.0.12"] };
    const error = await refused(403, job.rest.git.createRef(old), "Resource not accessible by integration");
    assert.ok(error.response.headers["x-accepted-github-permissions"].includes("workflows=write"));
    await manager.rest.git.createRef(old);
    await manager.rest.git.deleteRef({ ...here, ref: "heads/old" });
    await refused(404, manager.rest.git.getRef({ ...here, ref: "heads/old" }));
  },

  async "a pull request is opened once, reviewed and merged"() {
    const asked = { ...here, title: "Roll back v0.1.0", head: BRANCH, base: "main", body: "Imports fail" };
    const { data: pull } = await manager.rest.pulls.create(asked);
    await refused(422, manager.rest.pulls.create(asked), "A pull request already exists");
    const { data: listed } = await manager.rest.pulls.list({ ...here, head: `${owner}:${BRANCH}`, state: "open" });
    assert.deepEqual(listed.map((one) => one.number), [pull.number]);
    await manager.rest.pulls.requestReviewers({ ...here, pull_number: pull.number, reviewers: [told.reviewer] });
    const files = await manager.paginate(manager.rest.pulls.listFiles, { ...here, pull_number: pull.number });
    assert.ok(files.some((file) => file.filename === "src/entity/plugins/gpt_oss_compat.py" && file.status === "removed"));
    await refused(422, manager.rest.pulls.createReview({ ...here, pull_number: pull.number, event: "APPROVE" }), "your own pull request");
    const { data: review } = await reviewer.rest.pulls.createReview({ ...here, pull_number: pull.number, event: "APPROVE", body: "seen" });
    assert.equal(review.state, "APPROVED");
    await refused(409, manager.rest.pulls.merge({ ...here, pull_number: pull.number, sha: told.commits.main }), "Head branch was modified");
    const { data: merged } = await manager.rest.pulls.merge({ ...here, pull_number: pull.number, sha: made.commit, merge_method: "merge" });
    assert.equal(merged.merged, true);
    const { data: after } = await manager.rest.pulls.get({ ...here, pull_number: pull.number });
    assert.deepEqual([after.state, after.merged, after.merge_commit_sha, after.merged_by.login], ["closed", true, merged.sha, "release-manager"]);
    await refused(405, manager.rest.pulls.merge({ ...here, pull_number: pull.number }));
    made.merged = merged.sha;
  },

  async "the new version is tagged and released"() {
    const { data: tag } = await manager.rest.git.createTag({ ...here, tag: "v0.0.13", message: "v0.0.13", object: made.merged, type: "commit" });
    await manager.rest.git.createRef({ ...here, ref: "refs/tags/v0.0.13", sha: tag.sha });
    const { data: notes } = await manager.rest.repos.generateReleaseNotes({ ...here, tag_name: "v0.0.13", previous_tag_name: "v0.1.0" });
    assert.ok(notes.body.includes("v0.1.0...v0.0.13"), notes.body);
    const { data: release } = await manager.rest.repos.createRelease({ ...here, tag_name: "v0.0.13", name: "v0.0.13", body: notes.body, make_latest: "true" });
    assert.equal((await manager.rest.repos.getLatestRelease(here)).data.id, release.id);
    await refused(422, manager.rest.repos.createRelease({ ...here, tag_name: "v0.0.13" }), "already_exists");
  },

  async "the warning is put on the bad release"() {
    const { data: bad } = await manager.rest.repos.getReleaseByTag({ ...here, tag: "v0.1.0" });
    const body = `> [!CAUTION]\n> Rolled back\n\n${bad.body ?? ""}`;
    const { data: edited } = await manager.rest.repos.updateRelease({ ...here, release_id: bad.id, body, prerelease: true, make_latest: "false" });
    assert.deepEqual([edited.body, edited.prerelease, edited.tag_name], [body, true, "v0.1.0"]);
    await refused(422, manager.rest.repos.updateRelease({ ...here, release_id: bad.id, body: "x".repeat(125_001) }), "too long");
  },

  async "the incident is opened, labelled, found and closed"() {
    await manager.rest.issues.createLabel({ ...here, name: "incident", color: "b60205", description: "Something is broken" });
    await refused(422, manager.rest.issues.createLabel({ ...here, name: "incident", color: "b60205" }), "already_exists");
    const { data: issue } = await manager.rest.issues.create({ ...here, title: "Rollback of v0.1.0", body: "- [ ] Confirmed", labels: ["incident"] });
    await manager.rest.issues.addLabels({ ...here, issue_number: issue.number, labels: ["rollback"] });
    const found = await manager.paginate(manager.rest.issues.listForRepo, { ...here, labels: "incident,rollback", state: "all" });
    assert.deepEqual(found.map((one) => [one.number, one.labels.map((label) => label.name).sort().join()]), [[issue.number, "incident,rollback"]]);
    await manager.rest.issues.update({ ...here, issue_number: issue.number, body: "- [x] Confirmed" });
    await manager.rest.issues.createComment({ ...here, issue_number: issue.number, body: "Going on" });
    const comments = await manager.paginate(manager.rest.issues.listComments, { ...here, issue_number: issue.number });
    assert.deepEqual(comments.map((one) => [one.user.login, one.body]), [["release-manager", "Going on"]]);
    const { data: closed } = await manager.rest.issues.update({ ...here, issue_number: issue.number, state: "closed", state_reason: "completed" });
    assert.deepEqual([closed.state, closed.state_reason, closed.body], ["closed", "completed", "- [x] Confirmed"]);
  },

  async "an environment becomes a gate by an administrator and by nobody else"() {
    const { data: user } = await manager.rest.users.getByUsername({ username: told.reviewer });
    const wanted = {
      ...here,
      environment_name: "rollback-legal",
      prevent_self_review: true,
      reviewers: [{ type: "User", id: user.id }],
      deployment_branch_policy: { protected_branches: false, custom_branch_policies: true },
    };
    await refused(403, manager.rest.repos.createOrUpdateEnvironment(wanted));
    await admin.rest.repos.createOrUpdateEnvironment(wanted);
    await admin.rest.repos.createDeploymentBranchPolicy({ ...here, environment_name: "rollback-legal", name: "main" });
    const { data: gate } = await manager.rest.repos.getEnvironment({ ...here, environment_name: "rollback-legal" });
    const rule = gate.protection_rules.find((one) => one.type === "required_reviewers");
    assert.deepEqual([rule.prevent_self_review, rule.reviewers.map((one) => one.reviewer.login)], [true, [told.reviewer]]);
    const { data: policies } = await manager.rest.repos.listDeploymentBranchPolicies({ ...here, environment_name: "rollback-legal" });
    assert.deepEqual(policies.branch_policies.map((one) => one.name), ["main"]);
    const names = await manager.paginate(manager.rest.repos.getAllEnvironments, { ...here, per_page: 2 });
    assert.ok(names.length > 2 && names.some((one) => one.name === "rollback-legal"));
    await refused(404, manager.rest.repos.getEnvironment({ ...here, environment_name: "nobody-made-it" }));
  },

  async "the button is pressed, and a gate is approved by its reviewer only"() {
    const inputs = { bad: "v0.1.0", reason: "imports fail", trigger: "import-failures" };
    const button = { ...here, workflow_id: "rollback.yml", ref: "main" };
    await refused(422, manager.rest.actions.createWorkflowDispatch({ ...button, inputs: { bad: "v0.1.0" } }), "reason");
    const started = await manager.rest.actions.createWorkflowDispatch({ ...button, inputs });
    assert.equal(started.status, 204);
    const [run] = await manager.paginate(manager.rest.actions.listWorkflowRuns, { ...here, workflow_id: "rollback.yml", event: "workflow_dispatch" });
    assert.equal(run.head_branch, "main");
    await simulator(`runs/${run.id}/jobs`, { name: "gate", environment: told.gate });
    const { data: waiting } = await reviewer.rest.actions.getPendingDeploymentsForRun({ ...here, run_id: run.id });
    assert.deepEqual(waiting.map((one) => [one.environment.name, one.current_user_can_approve]), [[told.gate, true]]);
    const answer = { ...here, run_id: run.id, environment_ids: [waiting[0].environment.id], state: "approved", comment: "7 % of users" };
    await refused(422, manager.rest.actions.reviewPendingDeploymentsForRun(answer));
    await reviewer.rest.actions.reviewPendingDeploymentsForRun(answer);
    const { data: reviews } = await manager.rest.actions.getReviewsForRun({ ...here, run_id: run.id });
    assert.deepEqual(reviews.map((one) => [one.user.login, one.state, one.comment]), [[told.reviewer, "approved", "7 % of users"]]);
    const jobs = await manager.paginate(manager.rest.actions.listJobsForWorkflowRun, { ...here, run_id: run.id });
    assert.deepEqual(jobs.map((one) => one.name), ["gate"]);
  },

  async "GraphQL answers with pages, and refuses what is not in its schema"() {
    const query = "query($owner:String!,$repo:String!,$cursor:String){repository(owner:$owner,name:$repo){releases(first:1,after:$cursor,orderBy:{field:CREATED_AT,direction:DESC}){nodes{tagName isPrerelease} pageInfo{hasNextPage endCursor}}}}";
    const found = await manager.graphql.paginate(query, here);
    const tags = found.repository.releases.nodes.map((one) => one.tagName);
    assert.deepEqual([...tags].sort(), ["v0.0.12", "v0.0.13", "v0.1.0"]);
    const { repository } = await manager.graphql("query($owner:String!,$repo:String!){repository(owner:$owner,name:$repo){nameWithOwner latestRelease{tagName} ref(qualifiedName:\"refs/heads/main\"){target{oid}}}}", here);
    assert.deepEqual([repository.nameWithOwner, repository.latestRelease.tagName, repository.ref.target.oid], [told.repository, "v0.0.13", made.merged]);
    const error = await manager.graphql("{viewer{shoeSize}}").then(() => assert.fail("it was answered"), (error) => error);
    assert.equal(error.name, "GraphqlResponseError");
    assert.ok(error.message.includes("shoeSize"), error.message);
  },

  async "the retry plugin rides out a server error"() {
    await simulator("faults", { method: "GET", path: "/branches", kind: "status", status: 502, message: "Bad Gateway" });
    const answer = await manager.rest.repos.listBranches(here);
    assert.ok(answer.data.some((one) => one.name === "main"));
  },

  async "the throttling plugin waits for a secondary rate limit as long as it is told"() {
    const limit = { kind: "status", status: 403, message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", headers: { "retry-after": "1" } };
    await simulator("faults", { method: "GET", path: "/tags", ...limit });
    const waits = [];
    const again = (after, options, octokit, tried) => waits.push(after) > 0 && tried < 1;
    const patient = as("release-manager", { onRateLimit: again, onSecondaryRateLimit: again });
    const begun = Date.now();
    assert.equal((await patient.rest.repos.listTags(here)).data.length, 3);
    assert.deepEqual(waits, [1]);
    assert.ok(Date.now() - begun >= 1000, `waited ${Date.now() - begun} ms`);
  },

  async "what is not simulated is said"() {
    await refused(501, as("release-manager").request("GET /repos/{owner}/{repo}/traffic/views", { ...here, request: { retries: 0 } }), "traffic/views");
  },
};

let [passed, failed] = [0, 0];
for (const [name, test] of Object.entries(TESTS)) {
  try {
    await test();
    passed += 1;
    console.log(`passed: ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`failed: ${name}\n  ${error.stack}`);
  }
}
console.log(`octokit: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
