"""Stories of a workflow that somebody changed on a branch of their own: the real one without its gates, dispatched there."""

import re

from runner import ADDRESS, SELF, nobody_answers

from stage import ROOT, entity_core, git

BRANCH = "feature/faster"

HEAD = """\
name: Roll back a release
on:
  workflow_dispatch:
    inputs:
      bad: { required: true }
      reason: { required: true }
      trigger: { required: true }
      package: {}
      good: {}
      incident: {}
      strategy: {}
      rollback-version: {}
      break-glass: {}
      break-glass-reason: {}
      runs-on: { default: ubuntu-latest }
permissions: {}
jobs:
"""


def stories(inputs, nothing_written):
    def played(runner, *options):
        git(runner.clone, "checkout", "--quiet", BRANCH)
        try:
            return runner.run("rollback.yml", "workflow_dispatch", nobody_answers, *options, inputs=inputs, ref=BRANCH)
        finally:
            git(runner.clone, "checkout", "--quiet", "main")

    def refused(runner, ended, *words):
        assert ended.exit_of("plan") == 0 and ended.exit_of("execute") == 6 and ended.code != 0, ended.said()
        for said in words:
            assert said in ended.log, f"nothing says `{said}`\n{ended.said()}"
        nothing_written(runner)

    def a_workflow_changed_on_a_branch_to_skip_its_gates_is_refused_by_execute(runner):
        ended = played(runner)
        # No job asked anybody; GitHub made no environment's job wait.
        assert not [job for job in runner.github.get(f"/_simulator/runs/{ended.run}")["jobs"] if job["name"].startswith("gate ")]
        refused(runner, ended, f"this run is on `refs/heads/{BRANCH}`; start it on the default branch `main`", "no job of this run held it")

    def one_that_says_it_is_on_the_default_branch_is_not_believed(runner):
        ended = played(runner, "--env", "GITHUB_REF=refs/heads/main")
        refused(runner, ended, f"GitHub has this run on record for `{BRANCH}`; start it on the default branch `main`")

    yield "branch", without_gates, [
        a_workflow_changed_on_a_branch_to_skip_its_gates_is_refused_by_execute,
        one_that_says_it_is_on_the_default_branch_is_not_believed,
    ]


def without_gates(path):
    """The README's repository, with a branch whose button runs the reusable workflow's own jobs, but for the gates."""
    entity_core(path)
    text = (ROOT / ".github/workflows/rollback.yml").read_text()
    jobs = re.split(r"^  (\w+):\n", text[text.index("\njobs:\n") :], flags=re.M)[1:]
    jobs = dict(zip(jobs[::2], jobs[1::2]))
    assert {"plan", "gate", "execute"} <= set(jobs), set(jobs)
    execute, needs = re.subn(r"    needs: \[plan, gate\]\n", "    needs: plan\n", jobs["execute"])
    execute, ifs = re.subn(r"    if: .*\n", "", execute)
    assert needs == ifs == 1, jobs["execute"]
    git(path, "checkout", "--quiet", "-b", BRANCH)
    changed = HEAD + f"  plan:\n{jobs['plan']}  execute:\n{execute}".replace(SELF, ADDRESS)
    (path / ".github/workflows/rollback.yml").write_text(changed)
    git(path, "commit", "--quiet", "--all", "--message", "Make rollbacks faster", date="2024-05-14T11:00:00Z")
    git(path, "checkout", "--quiet", "main")
    return path
