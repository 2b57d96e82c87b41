"""Stories of a repository whose gates are answered by comments, with the files that `init` writes: from the button to the
closed incident, with a gate at every stage."""

import functools
import re

from written import INPUTS, PUBLISH, STAGES, comments, incident, nobody_is_asked, publish, pulls

from ecosystems import ECOSYSTEMS, ready
from stage import git

OWNERS = ["scope-assessed", "stakeholder-approval/product-owner", "communication-ready"]


def stories(binary):
    yield "comments", functools.partial(answered_by_comments, binary), [
        the_comments_on_the_incident_open_the_pull_request,
        the_run_of_the_merge_says_whom_it_waits_for_and_is_no_failure,
        a_no_holds_the_tag_until_a_new_run_asks_anew,
        the_last_comment_before_finish_releases,
        the_last_comment_before_close_closes_the_incident,
        a_comment_on_the_closed_incident_lets_the_work_out_again,
    ]


def answered_by_comments(binary, path):
    ready(binary, path, ECOSYSTEMS["python"], STAGES, "--approvals=comments", more={".github/workflows/publish.yml": PUBLISH})
    written = path / ".github/workflows/rollback-approve.yml"
    caller = written.read_text()
    assert caller.count("    cache-mode: none\n") == 1
    # `act` does not know `cache-mode`.
    written.write_text(caller.replace("    cache-mode: none\n", ""))
    git(path, "commit", "--quiet", "--all", "--message", "For act", date="2024-05-14T10:00:00Z")
    return path


def lines(runner):
    """What the incident's page says is to be commented now: each gate's line."""
    return {gate: line for line, gate in re.findall(r"comment `(/approve (\S+) [0-9a-f]{12})`", incident(runner)["body"])}


def questions(runner):
    return len([body for body in comments(runner, incident(runner)) if body.startswith("<!-- rollback-action:asked:")])


def the_comments_on_the_incident_open_the_pull_request(runner):
    ended = runner.run("rollback.yml", "workflow_dispatch", nobody_is_asked, inputs=INPUTS)
    assert ended.code == 0 and ended.exit_of("incident_opened") == 0 and ended.exit_of("execute") is None, ended.said()
    asked = lines(runner)
    assert len(asked) == 7, incident(runner)["body"]
    of = {login: "\n".join(line for gate, line in asked.items() if (gate in OWNERS) == (login == "barbara")) for login in ["ada", "barbara"]}
    talk = runner.comment(incident(runner), "ada", "Looking at it: " + of["ada"])
    assert talk.exit_of("answer") is None, "a comment that only mentions a command started something\n" + talk.said()
    first = runner.comment(incident(runner), "ada", of["ada"])
    assert first.code == 0 and first.exit_of("answer") == 0 and first.exit_of("execute") is None, first.said()
    assert pulls(runner, "all") == [] and not [ref for ref in runner.github.refs() if "rollback" in ref], runner.github.refs()
    second = runner.comment(incident(runner), "barbara", of["barbara"])
    assert second.code == 0 and second.exit_of("execute") == 0 and second.exit_of("incident_refreshed") == 0, second.said()
    assert [pull["head"]["ref"] for pull in pulls(runner)] == ["rollback/v1.1.0"], pulls(runner)


def waits_for(ended, gate, stage):
    """A run with nothing to do yet: it ends well, and says who answers what, and that this is all."""
    assert ended.code == 0 and ended.exit_of("gates") == 0 and ended.exit_of("incident_waiting") == 0, ended.said()
    assert ended.exit_of(stage) is None, ended.said()
    said = ended.summary_of("gates")
    for words in ["1 answer by comments on the incident", "there is nothing to press", "product-owner", f"/approve {gate}"]:
        assert words in said, f"the summary lacks `{words}`:\n{said}"


def the_run_of_the_merge_says_whom_it_waits_for_and_is_no_failure(runner):
    [pull] = pulls(runner)
    ended = runner.finish("rollback-finish.yml", pull, runner.merge(pull), nobody_is_asked)
    waits_for(ended, "packages-checked", "finish")
    assert "refs/tags/v1.0.1" not in runner.github.refs()
    assert list(lines(runner)) == ["packages-checked"], incident(runner)["body"]


def a_no_holds_the_tag_until_a_new_run_asks_anew(runner):
    ended = runner.comment(incident(runner), "barbara", "/reject packages-checked\n\nThey do not install.")
    assert ended.exit_of("answer") == 6 and ended.exit_of("finish") is None and ended.code != 0, ended.said()
    assert "Stopped: gate `packages-checked`: rejected by barbara" in incident(runner)["body"].replace("\\", ""), incident(runner)["body"]
    assert questions(runner) == 1
    ended = runner.run("rollback-finish.yml", "workflow_dispatch", nobody_is_asked, inputs={"bad": "v1.1.0"})
    waits_for(ended, "packages-checked", "finish")
    assert questions(runner) == 2 and "Stopped" not in incident(runner)["body"], incident(runner)["body"]


def the_last_comment_before_finish_releases(runner):
    ended = runner.comment(incident(runner), "barbara", lines(runner)["packages-checked"])
    assert ended.code == 0 and ended.exit_of("finish") == 0 and ended.exit_of("incident_refreshed") == 0, ended.said()
    assert "refs/tags/v1.0.1" in runner.github.refs()
    assert runner.github.get(runner.github.of_repository("/releases/latest"))["tag_name"] == "v1.0.1"
    assert "before the release, Do the good packages still install?: approved by barbara" in incident(runner)["body"]


def the_last_comment_before_close_closes_the_incident(runner):
    ended = runner.run("rollback-close.yml", "workflow_dispatch", nobody_is_asked, inputs={"bad": "v1.1.0"})
    waits_for(ended, "all-told", "close")
    # What is left to people is done, and ticked.
    issue = incident(runner)
    path = runner.github.of_repository(f"/issues/{issue['number']}")
    ticked = {"body": issue["body"].replace("- [ ]", "- [x]")}
    status, answer = runner.github.ask("PATCH", path, ticked, token=runner.github.people["release-manager"])
    assert status == 200, answer
    ended = runner.comment(incident(runner), "barbara", lines(runner)["all-told"])
    assert ended.code == 0 and ended.exit_of("close") == 0, ended.said()
    assert incident(runner)["state"] == "closed", incident(runner)


def a_comment_on_the_closed_incident_lets_the_work_out_again(runner):
    held = publish(runner, "v1.2.0")
    assert held.exit_of("publish") == 6 and held.code != 0, held.said()
    id = re.search(r"Plan `([0-9a-f]{12})`", incident(runner)["body"]).group(1)
    for login, role in [("ada", "technical-lead"), ("barbara", "product-owner")]:
        ended = runner.comment(incident(runner), login, f"/approve tested-by-users/{role} {id}")
        assert ended.code == 0 and ended.exit_of("answer") == 0 and ended.exit_of("execute") is None, ended.said()
    free = publish(runner, "v1.2.0")
    assert free.exit_of("publish") == 0 and free.code == 0, free.said()
