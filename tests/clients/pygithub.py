"""PyGithub, the usual client for Python, against the simulator.

Started by `tests/clients/run pygithub`, which says in the variable `SIMULATOR` where everything is.
"""

import json
import logging
import os
import sys
import urllib.request
from pathlib import Path

import github
from github import Auth, Github, GithubException, InputGitTreeElement, UnknownObjectException
from github.EnvironmentDeploymentBranchPolicy import EnvironmentDeploymentBranchPolicyParams
from github.EnvironmentProtectionRuleReviewer import ReviewerParams
from github.GithubRetry import GithubRetry

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from stage import Tests  # noqa: E402

TOLD = json.loads(os.environ["SIMULATOR"])
BRANCH = "rollback/v0.1.0"


def as_(person):
    """PyGithub as one person, without the second it leaves between writes."""
    retry = GithubRetry(total=2, backoff_factor=0.01, secondary_rate_wait=1)
    token = Auth.Token(TOLD["tokens"].get(person, person))
    return Github(base_url=TOLD["url"], auth=token, retry=retry, seconds_between_requests=0, seconds_between_writes=0)


def simulator(route, body):
    """Asks the simulator itself."""
    request = urllib.request.Request(f"{TOLD['url']}/_simulator/{route}", method="POST", data=json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


def refused(status, act, message=""):
    """Expects a refusal of this status."""
    try:
        act()
    except GithubException as error:
        assert error.status == status and message in json.dumps(error.data), f"{error.status} {error.data}"
        return error
    raise AssertionError(f"it was not refused with {status}")


class Script:
    """What a script keeps between its steps."""

    def __init__(self):
        self.hub = as_("release-manager")
        self.repo = self.hub.get_repo(TOLD["repository"])


def a_person_is_known_by_the_token(script):
    assert script.hub.get_user().login == "release-manager"
    assert script.repo.get_collaborator_permission("ada") == "admin"
    refused(401, lambda: as_("ghp_nobody").get_user().login, "Bad credentials")


def the_repository_is_shown(script):
    repo = script.repo
    assert (repo.full_name, repo.default_branch, repo.archived, repo.private) == (TOLD["repository"], "main", False, False)
    refused(404, lambda: script.hub.get_repo("acme/nothing"))


def releases_come_page_by_page(script):
    hub = as_("release-manager")
    hub.per_page = 1
    releases = hub.get_repo(TOLD["repository"]).get_releases()
    assert releases.totalCount == 2
    assert [release.tag_name for release in releases] == ["v0.1.0", "v0.0.12"]
    assert [release.tag_name for release in releases.reversed] == ["v0.0.12", "v0.1.0"]


def a_release_is_found_by_its_tag(script):
    release = script.repo.get_release("v0.0.12")
    assert (release.tag_name, release.draft, release.prerelease) == ("v0.0.12", False, False)
    assert script.repo.get_release(release.id).tag_name == "v0.0.12"
    assert script.repo.get_latest_release().tag_name == "v0.1.0"
    try:
        script.repo.get_release("v9.9.9")
    except UnknownObjectException as error:
        assert error.status == 404
    else:
        raise AssertionError("a release that is not there was found")


def an_answer_that_is_known_already_costs_nothing(script):
    used = script.hub.get_rate_limit().resources.core.used
    assert script.repo.etag and not script.repo.update(), "nothing changed, and PyGithub was told something new"
    overview = script.hub.get_rate_limit().resources.core
    assert (overview.used, overview.limit - overview.remaining) == (used, used)


def refs_and_tags_point_where_git_says(script):
    ref = script.repo.get_git_ref("tags/v0.0.12")
    assert ref.object.type == "tag"
    assert script.repo.get_git_tag(ref.object.sha).object.sha == TOLD["commits"]["v0.0.12"]
    assert [ref.ref for ref in script.repo.get_git_matching_refs("tags/v0.0")] == ["refs/tags/v0.0.12"]
    assert {tag.name: tag.commit.sha for tag in script.repo.get_tags()} == {name: TOLD["commits"][name] for name in ["v0.0.12", "v0.1.0"]}
    assert script.repo.get_branch("main").commit.sha == TOLD["commits"]["main"]
    assert "main" in [branch.name for branch in script.repo.get_branches()]


def trees_and_files_are_those_of_git(script):
    tree = script.repo.get_git_tree(TOLD["trees"]["v0.0.12"], recursive=True)
    assert "src/entity/plugins/gpt_oss/reasoning_trace.py" in [entry.path for entry in tree.tree]
    file = script.repo.get_contents("pyproject.toml", ref="v0.0.12")
    assert b'version = "0.0.12"' in file.decoded_content
    assert [entry.name for entry in script.repo.get_contents("src/entity", ref="v0.0.12")] == ["__init__.py", "plugins"]
    between = script.repo.compare("v0.0.12", "v0.1.0")
    assert (between.status, between.ahead_by, between.behind_by) == ("ahead", 2, 0)
    assert {file.filename: file.status for file in between.files}["src/entity/plugins/gpt_oss_compat.py"] == "added"
    assert [commit.sha for commit in script.repo.get_commits()][0] == TOLD["commits"]["main"]


def a_rollback_commit_is_made_of_the_good_releases_tree(script):
    repo = script.repo
    good = repo.get_git_commit(TOLD["commits"]["v0.0.12"])
    workflows = next(entry for entry in repo.get_git_tree(TOLD["trees"]["main"]).tree if entry.path == ".github")
    blob = repo.create_git_blob('[project]\nname = "entity-core"\nversion = "0.0.13"\n', "utf-8")
    elements = [
        InputGitTreeElement("pyproject.toml", "100644", "blob", sha=blob.sha),
        InputGitTreeElement(".github", "040000", "tree", sha=workflows.sha),
        InputGitTreeElement("CHANGELOG.md", "100644", "blob", sha=None),
        InputGitTreeElement("NOTE.md", "100644", "blob", content="Rolled back\n"),
    ]
    tree = repo.create_git_tree(elements, good.tree)
    assert [entry.path for entry in tree.tree] == [".github", "NOTE.md", "pyproject.toml", "src"]
    head = repo.get_git_commit(TOLD["commits"]["main"])
    commit = repo.create_git_commit("Roll back v0.1.0", tree, [head])
    assert [parent.sha for parent in commit.parents] == [head.sha] and commit.verification.verified is False
    script.ref = repo.create_git_ref(f"refs/heads/{BRANCH}", commit.sha)
    refused(422, lambda: repo.create_git_ref(f"refs/heads/{BRANCH}", commit.sha), "Reference already exists")
    refused(422, lambda: script.ref.edit(good.sha, force=False), "not a fast forward")
    script.commit = commit


def a_file_is_written_on_the_branch(script):
    made = script.repo.create_file("docs/rollback.md", "Say why", "Imports fail\n", branch=BRANCH)
    file = script.repo.get_contents("docs/rollback.md", ref=BRANCH)
    assert file.decoded_content == b"Imports fail\n"
    refused(409, lambda: script.repo.update_file(file.path, "Say it again", "x", TOLD["trees"]["main"], branch=BRANCH))
    script.repo.update_file(file.path, "Say it better", "Imports fail for 14 %\n", file.sha, branch=BRANCH)
    assert script.repo.get_branch(BRANCH).commit.sha != made["commit"].sha


def a_workflows_token_may_not_bring_other_workflow_files_back(script):
    job = as_("job").get_repo(TOLD["repository"])
    refused(403, lambda: job.create_git_ref("refs/heads/old", TOLD["commits"]["v0.0.12"]), "Resource not accessible by integration")
    old = script.repo.create_git_ref("refs/heads/old", TOLD["commits"]["v0.0.12"])
    old.delete()
    refused(404, lambda: script.repo.get_git_ref("heads/old"))


def a_pull_request_is_opened_once_reviewed_and_merged(script):
    repo = script.repo
    pull = repo.create_pull(base="main", head=BRANCH, title="Roll back v0.1.0", body="Imports fail")
    refused(422, lambda: repo.create_pull(base="main", head=BRANCH, title="Again"), "A pull request already exists")
    owner = TOLD["repository"].split("/")[0]
    assert [one.number for one in repo.get_pulls(state="open", head=f"{owner}:{BRANCH}")] == [pull.number]
    pull.create_review_request(reviewers=[TOLD["reviewer"]])
    assert [user.login for user in pull.get_review_requests()[0]] == [TOLD["reviewer"]]
    pull.add_to_labels("rollback")
    assert "src/entity/plugins/gpt_oss_compat.py" in [file.filename for file in pull.get_files() if file.status == "removed"]
    assert [commit.commit.message for commit in pull.get_commits()] == ["Roll back v0.1.0", "Say why", "Say it better"]
    review = as_(TOLD["reviewer"]).get_repo(TOLD["repository"]).get_pull(pull.number).create_review(body="seen", event="APPROVE")
    assert review.state == "APPROVED" and [one.user.login for one in pull.get_reviews()] == [TOLD["reviewer"]]
    refused(409, lambda: pull.merge(sha=TOLD["commits"]["main"]), "Head branch was modified")
    merged = pull.merge(commit_title="Roll back v0.1.0", merge_method="squash", sha=pull.head.sha)
    assert merged.merged
    pull.update()
    assert (pull.state, pull.merged, pull.merged_by.login, pull.merge_commit_sha) == ("closed", True, "release-manager", merged.sha)
    assert [parent.sha for parent in repo.get_git_commit(merged.sha).parents] == [TOLD["commits"]["main"]]
    script.merged = merged.sha


def the_new_version_is_tagged_and_released(script):
    tag = script.repo.create_git_tag("v0.0.13", "v0.0.13", script.merged, "commit")
    script.repo.create_git_ref("refs/tags/v0.0.13", tag.sha)
    release = script.repo.create_git_release("v0.0.13", "v0.0.13", "As 0.0.12", make_latest="true")
    assert (release.tag_name, release.body, script.repo.get_latest_release().id) == ("v0.0.13", "As 0.0.12", release.id)
    assert "v0.0.13" in [tag.name for tag in script.repo.get_tags()]
    refused(422, lambda: script.repo.create_git_release("v0.0.13", "again", ""), "already_exists")


def the_warning_is_put_on_the_bad_release(script):
    bad = script.repo.get_release("v0.1.0")
    body = f"> [!CAUTION]\n> Rolled back\n\n{bad.body or ''}"
    edited = bad.update_release(bad.name, body, prerelease=True, make_latest="false")
    assert (edited.body, edited.prerelease, edited.tag_name) == (body, True, "v0.1.0")
    refused(422, lambda: bad.update_release("x", "x" * 125_001), "too long")


def the_incident_is_opened_labelled_found_and_closed(script):
    repo = script.repo
    repo.create_label("incident", "b60205", "Something is broken")
    refused(422, lambda: repo.create_label("incident", "b60205"), "already_exists")
    issue = repo.create_issue("Rollback of v0.1.0", "- [ ] Confirmed", labels=["incident"])
    issue.edit(body="- [x] Confirmed")
    issue.create_comment("Going on")
    assert [(one.user.login, one.body) for one in issue.get_comments()] == [("release-manager", "Going on")]
    found = repo.get_issues(state="all", labels=["incident"])
    assert [(one.number, one.body, one.comments) for one in found] == [(issue.number, "- [x] Confirmed", 1)]
    issue.remove_from_labels("incident")
    assert list(repo.get_issues(labels=["incident"])) == []
    issue.edit(state="closed", state_reason="not_planned")
    assert (repo.get_issue(issue.number).state, repo.get_issue(issue.number).state_reason) == ("closed", "not_planned")


def an_environment_becomes_a_gate_by_an_administrator_and_by_nobody_else(script):
    reviewer = script.hub.get_user(TOLD["reviewer"])
    wanted = {
        "reviewers": [ReviewerParams("User", reviewer.id)],
        "prevent_self_review": True,
        "deployment_branch_policy": EnvironmentDeploymentBranchPolicyParams(protected_branches=False, custom_branch_policies=True),
    }
    refused(403, lambda: script.repo.create_environment("rollback-legal", **wanted))
    as_("ada").get_repo(TOLD["repository"]).create_environment("rollback-legal", **wanted)
    gate = script.repo.get_environment("rollback-legal")
    rule = next(rule for rule in gate.protection_rules if rule.type == "required_reviewers")
    assert [one.reviewer.login for one in rule.reviewers] == [TOLD["reviewer"]]
    assert gate.deployment_branch_policy.custom_branch_policies is True
    assert "rollback-legal" in [environment.name for environment in script.repo.get_environments()]
    refused(404, lambda: script.repo.get_environment("nobody-made-it"))


def the_button_is_pressed_and_a_gate_is_approved_by_its_reviewer_only(script):
    workflow = script.repo.get_workflow("rollback.yml")
    inputs = {"bad": "v0.1.0", "reason": "imports fail", "trigger": "import-failures"}
    refused(422, lambda: workflow.create_dispatch("main", {"bad": "v0.1.0"}, throw=True), "reason")
    assert workflow.create_dispatch("main", inputs)
    run = workflow.get_runs(event="workflow_dispatch")[0]
    assert (run.event, run.head_branch) == ("workflow_dispatch", "main")
    simulator(f"runs/{run.id}/jobs", {"name": "gate", "environment": TOLD["gate"]})
    # PyGithub has no method for these; a script asks as it would.
    path = f"{script.repo.url}/actions/runs/{run.id}/pending_deployments"
    reviewer = as_(TOLD["reviewer"])
    _, waiting = reviewer.requester.requestJsonAndCheck("GET", path)
    assert [(one["environment"]["name"], one["current_user_can_approve"]) for one in waiting] == [(TOLD["gate"], True)]
    answer = {"environment_ids": [waiting[0]["environment"]["id"]], "state": "approved", "comment": "7 % of users"}
    refused(422, lambda: script.hub.requester.requestJsonAndCheck("POST", path, input=answer))
    reviewer.requester.requestJsonAndCheck("POST", path, input=answer)
    _, reviews = script.hub.requester.requestJsonAndCheck("GET", f"{run.url}/approvals")
    assert [(one["user"]["login"], one["state"]) for one in reviews] == [(TOLD["reviewer"], "approved")]
    assert [job.name for job in run.jobs()] == ["gate"]
    assert run.cancel()


def graphql_answers_and_refuses_what_is_not_in_its_schema(script):
    owner, name = TOLD["repository"].split("/")
    query = "query($owner:String!,$name:String!){repository(owner:$owner,name:$name){nameWithOwner latestRelease{tagName} releases(first:10){totalCount}}}"
    _, answer = script.hub.requester.graphql_query(query, {"owner": owner, "name": name})
    assert answer["data"]["repository"] == {"nameWithOwner": TOLD["repository"], "latestRelease": {"tagName": "v0.0.13"}, "releases": {"totalCount": 3}}
    try:
        script.hub.requester.graphql_query("{viewer{shoeSize}}", {})
    except GithubException as error:
        assert "shoeSize" in json.dumps(error.data), error.data
    else:
        raise AssertionError("a field that is not there was answered")


def the_retry_rides_out_a_server_error_and_waits_for_a_limit(script):
    simulator("faults", {"method": "GET", "path": "/tags", "kind": "status", "status": 502, "message": "Bad Gateway"})
    assert len(list(script.repo.get_tags())) == 3
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    simulator("faults", {"method": "GET", "path": "/branches", "kind": "status", "status": 403, "message": message, "headers": {"retry-after": "1"}})
    assert "main" in [branch.name for branch in script.repo.get_branches()]


def what_is_not_simulated_is_said(script):
    impatient = Github(base_url=TOLD["url"], auth=Auth.Token(TOLD["tokens"]["release-manager"]), retry=None)
    refused(501, lambda: impatient.get_repo(TOLD["repository"]).get_views_traffic(), "traffic/views")


def main():
    # PyGithub tells of every wait and refusal, which are wanted here.
    logging.disable(logging.CRITICAL)
    script, tests = Script(), Tests("pygithub")
    for test in [
        a_person_is_known_by_the_token,
        the_repository_is_shown,
        releases_come_page_by_page,
        a_release_is_found_by_its_tag,
        an_answer_that_is_known_already_costs_nothing,
        refs_and_tags_point_where_git_says,
        trees_and_files_are_those_of_git,
        a_rollback_commit_is_made_of_the_good_releases_tree,
        a_file_is_written_on_the_branch,
        a_workflows_token_may_not_bring_other_workflow_files_back,
        a_pull_request_is_opened_once_reviewed_and_merged,
        the_new_version_is_tagged_and_released,
        the_warning_is_put_on_the_bad_release,
        the_incident_is_opened_labelled_found_and_closed,
        an_environment_becomes_a_gate_by_an_administrator_and_by_nobody_else,
        the_button_is_pressed_and_a_gate_is_approved_by_its_reviewer_only,
        graphql_answers_and_refuses_what_is_not_in_its_schema,
        the_retry_rides_out_a_server_error_and_waits_for_a_limit,
        what_is_not_simulated_is_said,
    ]:
        tests.run(test, script)
    tests.end()


if __name__ == "__main__":
    main()
