"""Stories of the workflows that `init` writes: every ecosystem from the button to the closed incident, gates at every
stage and one after another, the broken glass, the reminder and the doctor."""

import base64
import functools

from runner import everybody_approves, nobody_answers, one_rejects, review

from ecosystems import ECOSYSTEMS, ready

INPUTS = {"bad": "v1.1.0", "reason": "it does not start", "trigger": "import-failures"}

STAGES = """
gates:
  packages-checked: { question: Do the good packages still install?, roles: [product-owner], stage: finish }
  all-told: { question: Does everybody know?, roles: [product-owner], stage: close }
  tested-by-users: { question: Did users test it?, all-of: [technical-lead, product-owner], stage: re-release }
"""

PUBLISH = """
name: Publish
on: { workflow_dispatch: { inputs: { tag: { required: true } } } }
permissions: {}
jobs:
  publish:
    runs-on: ubuntu-latest
    permissions: { actions: read, contents: read, issues: read, pull-requests: read }
    steps:
      - uses: org/rollback-action@v1
        with: { command: guard, tag: "${{ inputs.tag }}" }
      - run: echo published
"""

GLASS = "\nbreak-glass: { roles: [captain] }\n"
ORDER = "\napprovals: { order: in-order }\n"


def stories(binary):
    for name, files in ECOSYSTEMS.items():
        yield name, functools.partial(ready, binary, files=files), [
            the_button_opens_the_pull_request,
            the_merge_is_tagged_and_released,
            a_closed_incident_says_who_closed_it_and_what_was_left,
        ]
    yield "stages", functools.partial(ready, binary, files=ECOSYSTEMS["python"], policy=STAGES, more={".github/workflows/publish.yml": PUBLISH}), [
        the_button_opens_the_pull_request,
        a_rejected_gate_before_finish_holds_the_tag,
        a_passed_gate_before_finish_lets_it_go_on,
        a_rejected_gate_before_close_leaves_the_incident_open,
        a_closed_incident_says_who_closed_it_and_what_was_left,
        a_release_that_brings_the_work_again_is_held,
        a_rejected_re_release_is_not_proved,
        a_release_that_brings_the_work_again_is_held,
        an_approved_re_release_is_proved,
        the_release_goes_on_then,
    ]
    yield "glass", functools.partial(ready, binary, files=ECOSYSTEMS["python"], policy=GLASS), [
        wrong_words_break_no_glass_and_ask_nobody,
        a_reason_alone_breaks_no_glass,
        a_broken_glass_waits_for_nobody_and_is_said_everywhere,
        the_incident_says_so_after_the_release_too,
    ]
    yield "order", functools.partial(ready, binary, files=ECOSYSTEMS["python"], policy=ORDER), [gates_in_order_wait_for_one_another]
    yield "remind", functools.partial(ready, binary, files=ECOSYSTEMS["python"]), [
        nobody_is_reminded_while_nothing_waits,
        whoever_lets_a_gate_wait_is_reminded_once,
    ]
    yield "doctor", functools.partial(ready, binary, files=ECOSYSTEMS["python"]), [
        the_doctor_opens_one_issue_for_what_rots,
        the_doctor_says_in_it_that_all_is_well_again,
    ]


def press(runner, people=everybody_approves, **inputs):
    return runner.run("rollback.yml", "workflow_dispatch", people, inputs=INPUTS | inputs)


def pulls(runner, state="open"):
    return runner.github.get(runner.github.of_repository(f"/pulls?state={state}"))


def incident(runner):
    issues = runner.github.get(runner.github.of_repository("/issues?state=all"))
    [issue] = [issue for issue in issues if "pull_request" not in issue]
    return issue


def nobody_is_asked(github, run, gate):
    raise AssertionError(f"{gate} was asked")


def one_of_two_rejects(github, run, gate):
    review(github, run, gate, "rejected" if gate.endswith("product-owner") else "approved")


def everybody_rejects(github, run, gate):
    review(github, run, gate, "rejected")


def the_button_opens_the_pull_request(runner):
    ended = press(runner)
    assert ended.code == 0 and ended.exit_of("execute") == 0, ended.said()
    [pull] = pulls(runner)
    assert pull["head"]["ref"] == "rollback/v1.1.0", pull
    news = runner.github.get(runner.github.of_repository(f"/contents/NEWS?ref={pull['head']['sha']}"))
    assert base64.b64decode(news["content"]) == b"1.0.0\n"


def the_merge_is_tagged_and_released(runner):
    [pull] = pulls(runner)
    ended = runner.finish("rollback-finish.yml", pull, runner.merge(pull), nobody_is_asked)
    assert ended.code == 0 and ended.exit_of("finish") == 0, ended.said()
    assert ended.exit_of("gates") == 0 and ended.exit_of("incident") == 0, ended.said()
    latest = runner.github.get(runner.github.of_repository("/releases/latest"))["tag_name"]
    # Above the good release, or above the bad one where people get the highest whatever it is called.
    assert latest in ("v1.0.1", "v1.1.1"), latest
    news = runner.github.get(runner.github.of_repository(f"/contents/NEWS?ref={latest}"))
    assert base64.b64decode(news["content"]) == b"1.0.0\n"


def close(runner, people=everybody_approves, **inputs):
    return runner.run("rollback-close.yml", "workflow_dispatch", people, inputs={"bad": "v1.1.0"} | inputs)


def a_closed_incident_says_who_closed_it_and_what_was_left(runner):
    ended = close(runner, left="the mirror keeps it $(id) `id`")
    assert ended.code == 0 and ended.exit_of("close") == 0, ended.said()
    issue = incident(runner)
    assert issue["state"] == "closed" and "**Closed by `release-manager`.**" in issue["body"], issue


def a_rejected_gate_before_finish_holds_the_tag(runner):
    [pull] = pulls(runner)
    ended = runner.finish("rollback-finish.yml", pull, runner.merge(pull), everybody_rejects)
    assert ended.exit_of("gates") == 0 and ended.exit_of("finish") is None and ended.code != 0, ended.said()
    assert "refs/tags/v1.0.1" not in runner.github.refs()


def a_passed_gate_before_finish_lets_it_go_on(runner):
    ended = runner.run("rollback-finish.yml", "workflow_dispatch", everybody_approves, inputs={"bad": "v1.1.0"})
    assert ended.code == 0 and ended.exit_of("gate-rollback-packages-checked") == 0, ended.said()
    assert "barbara" in ended.summary_of("gate-rollback-packages-checked")
    assert "refs/tags/v1.0.1" in runner.github.refs()
    assert "before the release, Do the good packages still install?: approved by barbara" in incident(runner)["body"]


def a_rejected_gate_before_close_leaves_the_incident_open(runner):
    ended = close(runner, everybody_rejects, left="nothing is")
    assert ended.code != 0 and ended.exit_of("close") is None, ended.said()
    assert incident(runner)["state"] == "open"


def approve_again(runner, people):
    return runner.run("rollback-re-release.yml", "workflow_dispatch", people, inputs={"bad": "v1.1.0"})


def publish(runner, tag):
    return runner.run("publish.yml", "workflow_dispatch", nobody_is_asked, inputs={"tag": tag})


def a_release_that_brings_the_work_again_is_held(runner):
    ended = publish(runner, "v1.2.0")
    assert ended.exit_of("publish") == 6 and ended.code != 0, ended.said()
    assert '"published' not in ended.log
    assert publish(runner, "v1.0.2").exit_of("publish") == 0, "a hotfix of the good release is not held"


def the_release_goes_on_then(runner):
    ended = publish(runner, "v1.2.0")
    assert ended.exit_of("publish") == 0 and ended.code == 0, ended.said()
    assert '"published' in ended.log


def a_rejected_re_release_is_not_proved(runner):
    ended = approve_again(runner, one_of_two_rejects)
    assert ended.code != 0 and ended.exit_of("guard") is None, ended.said()


def an_approved_re_release_is_proved(runner):
    ended = approve_again(runner, everybody_approves)
    assert ended.code == 0 and ended.exit_of("guard") == 0, ended.said()
    assert ended.exit_of("gate-rollback-tested-by-users-technical-lead") == 0, ended.said()


def wrong_words_break_no_glass_and_ask_nobody(runner):
    words = {"break-glass": "please", "break-glass-reason": "nobody answers"}
    ended = press(runner, nobody_is_asked, **words)
    assert ended.exit_of("execute") == 6 and ended.code != 0, ended.said()
    assert pulls(runner, "all") == [] and not [ref for ref in runner.github.refs() if "rollback" in ref]


def a_reason_alone_breaks_no_glass(runner):
    ended = press(runner, one_rejects, reason="it does not start at all", **{"break-glass-reason": "nobody answers"})
    assert ended.exit_of("execute") is None and ended.code != 0, ended.said()
    assert pulls(runner, "all") == []


def a_broken_glass_waits_for_nobody_and_is_said_everywhere(runner):
    github = runner.github
    ended = press(runner, nobody_is_asked, **{"break-glass": "roll back v1.1.0", "break-glass-reason": "nobody answers; shop is down"})
    assert ended.exit_of("execute") == 8 and ended.exit_of("incident_refreshed") == 0, ended.said()
    assert "release-manager went past it" in ended.summary_of("execute"), ended.summary_of("execute")
    assert "release-manager broke the glass" in ended.log and '"command":"error"' in ended.log
    [pull] = pulls(runner)
    assert pull["body"].startswith("> [!CAUTION]\n> **Break glass: `release-manager` went past 7 missing approvals.**"), pull["body"]
    assert "shop is down" in pull["body"]
    commit = github.get(github.of_repository(f"/git/commits/{pull['head']['sha']}"))
    assert "Rollback-Break-Glass: release-manager" in commit["message"], commit["message"]
    body = incident(runner)["body"]
    assert "Break glass: `release-manager` went past" in body and body.count("nobody approved it") == 7, body
    assert "have the missing approvals reviewed after the fact" in body, body


def the_incident_says_so_after_the_release_too(runner):
    [pull] = pulls(runner)
    event = runner.merge(pull)
    # Its branch, which says who broke the glass, goes when it is merged, as in most repositories.
    path = runner.github.of_repository("/git/refs/heads/rollback/v1.1.0")
    status, answer = runner.github.ask("DELETE", path, token=runner.github.people["release-manager"])
    assert status == 204, answer
    ended = runner.finish("rollback-finish.yml", pull, event, nobody_is_asked)
    assert ended.code == 0 and ended.exit_of("finish") == 0, ended.said()
    body = incident(runner)["body"]
    assert "Break glass: `release-manager` went past" in body and body.count("nobody approved it") == 7, body


def gates_in_order_wait_for_one_another(runner):
    asked = []

    def alone(github, run, gate):
        waiting = github.get(github.of_repository(f"/actions/runs/{run}/pending_deployments"))
        assert [one["environment"]["name"] for one in waiting] == [gate], waiting
        asked.append(gate)
        everybody_approves(github, run, gate)

    ended = press(runner, alone)
    assert ended.code == 0 and ended.exit_of("execute") == 0, ended.said()
    wanted = ["critical-issue-confirmed", "scope-assessed", "hotfix-ruled-out", "stakeholder-approval-technical-lead"]
    wanted += ["stakeholder-approval-product-owner", "communication-ready", "team-assembled"]
    assert asked == [f"rollback-{gate}" for gate in wanted], asked
    assert "6, one after another, by 7 approvals" in ended.summary_of("plan"), ended.summary_of("plan")


def comments(runner, issue):
    return [comment["body"] for comment in runner.github.get(runner.github.of_repository(f"/issues/{issue['number']}/comments"))]


def remind(runner):
    ended = runner.run("rollback-remind.yml", "workflow_dispatch", nobody_is_asked)
    assert ended.code == 0 and ended.exit_of("remind") == 0, ended.said()
    return ended


def nobody_is_reminded_while_nothing_waits(runner):
    remind(runner)
    assert runner.github.get(runner.github.of_repository("/issues?state=all")) == []


def whoever_lets_a_gate_wait_is_reminded_once(runner):
    ended = press(runner, nobody_answers)
    assert ended.exit_of("incident_opened") == 0 and ended.exit_of("execute") is None, ended.said()
    remind(runner)
    assert comments(runner, incident(runner)) == [], "the policy's hour is not over"
    runner.github.post("/_simulator/clock", {"advance_seconds": 3700})
    remind(runner)
    [body] = comments(runner, incident(runner))
    assert "@ada" in body and "@barbara" in body and "Scope assessment completed" in body, body
    remind(runner)
    assert len(comments(runner, incident(runner))) == 1


def doctor(runner):
    return runner.run("rollback-doctor.yml", "workflow_dispatch", nobody_is_asked)


def the_doctor_opens_one_issue_for_what_rots(runner):
    github = runner.github
    gate = github.of_repository("/environments/rollback-scope-assessed")
    github.post("/_simulator/people", {"login": "the-administrator", "role": "admin"})
    github.people["the-administrator"] = github.post("/_simulator/tokens", {"kind": "user", "login": "the-administrator"})["token"]
    status, answer = github.ask("DELETE", gate, token=github.people["the-administrator"])
    assert status == 204, answer
    for _ in range(2):
        ended = doctor(runner)
        assert ended.exit_of("doctor") == 8 and ended.code != 0, ended.said()
        [issue] = github.get(github.of_repository("/issues?state=all"))
        assert "the environment `rollback-scope-assessed` does not exist" in issue["body"], issue["body"]
    assert "Will fail" in ended.summary_of("doctor"), ended.summary_of("doctor")


def the_doctor_says_in_it_that_all_is_well_again(runner):
    github = runner.github
    body = {"prevent_self_review": True, "can_admins_bypass": False, "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}}
    body["reviewers"] = [{"type": "User", "id": github.get(f"/users/{login}")["id"]} for login in ["barbara", "radia"]]
    gate = github.of_repository("/environments/rollback-scope-assessed")
    for method, path, asked in [("PUT", gate, body), ("POST", f"{gate}/deployment-branch-policies", {"name": "main"})]:
        status, answer = github.ask(method, path, asked, token=github.people["the-administrator"])
        assert status == 200, answer
    for workflow in ["rollback-doctor.yml", "rollback-remind.yml"]:
        github.post("/_simulator/runs", {"workflow": workflow, "event": "schedule", "ref": "main", "actor": "github-actions[bot]"})
    ended = doctor(runner)
    assert ended.exit_of("doctor") == 0 and ended.code == 0, ended.summary_of("doctor")
    [issue] = github.get(github.of_repository("/issues?state=all"))
    assert issue["state"] == "open" and "can be closed" in issue["body"], issue
