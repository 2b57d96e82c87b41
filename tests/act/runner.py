"""A real runner (`act`, host mode) against the served simulator, for the stories beside this file.

`act` knows no environments and no permissions, so three things that GitHub does are played here: a job in front of an
environment does not start before a reviewer approves (the stand-in around the program holds it), gates are on record
under their jobs' names (taken from what `act` shows), and each job's token can do what the job asks for. Everything else
is as a user has it: the callers, the reusable workflows, the action, its script, and the program over HTTP. In the copy
that `act` reads, `$/`, which it cannot parse, is written as the address of the same files.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from stage import ROOT, Simulator, git  # noqa: E402

SELF = "uses: $/.github/actions/rollback"
ADDRESS = "uses: org/rollback-action/.github/actions/rollback@v1"

# Stands where the program is. In a gate it waits until the simulator has let the gate's job go, as GitHub does with the
# whole job; afterwards it records how the job ended. The program gets a token with the job's own permissions, which
# `act` does not know either. It keeps each summary, since `act` throws them away.
STAND_IN = """#!{python}
import json, os, pathlib, shutil, subprocess, sys, time, urllib.request

notes = pathlib.Path({notes!r})
command = sys.argv[1]
gate = next((word.split("=", 1)[1] for word in sys.argv if word.startswith("--environment=")), "")
run = os.environ["GITHUB_API_URL"] + "/_simulator/runs/" + os.environ["GITHUB_RUN_ID"]

def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data=data), timeout=30) as answer:
        return json.load(answer)

def job():
    for _ in range(600):
        for found in ask(run)["jobs"]:
            if "gate " + gate + " (plan " in found["name"] and found["status"] in ("in_progress", "completed"):
                return found
        time.sleep(0.05)
    sys.exit("nobody reviewed " + gate)

forged = (notes / "forged").exists()
if gate and (notes / "unanswered").exists():
    # The runner gives up; on GitHub the job still waits.
    sys.exit(1)
if gate:
    held = job()
    if held["status"] == "completed":
        # Rejected: GitHub would not have started the job.
        sys.exit(0 if forged else 1)
grants = {{"kind": "actions", "permissions": {permissions!r}[os.environ["GITHUB_JOB"]]}}
token = ask(os.environ["GITHUB_API_URL"] + "/_simulator/tokens", grants)["token"]
code = subprocess.run([{binary!r}, *sys.argv[1:]], env={{**os.environ, "GITHUB_TOKEN": token}}).returncode
if gate:
    ask(run + "/jobs/" + str(held["id"]) + "/complete", {{"conclusion": "success" if code == 0 else "failure"}})
name = "-".join(filter(None, [os.environ["GITHUB_JOB"], gate]))
(notes / (name + ".code")).write_text(str(code))
shutil.copy(os.environ["GITHUB_STEP_SUMMARY"], notes / (name + ".md"))
sys.exit(code)
"""


def permissions(clone):
    """What each job of the reusable workflows, of those in the clone, and the one that publishes, is granted, by its id."""
    granted = {"publish": {"actions": "read", "contents": "read", "issues": "read", "pull-requests": "read"}}
    for file in [*(clone / ".github/workflows").glob("*.yml"), *(ROOT / ".github/workflows").glob("*.yml")]:
        text = file.read_text()
        jobs = re.split(r"^  (\w+):\n", text[text.index("\njobs:\n") :], flags=re.M)[1:]
        for job, settings in zip(jobs[::2], jobs[1::2]):
            granted[job] = dict(re.findall(r"^      ([a-z-]+): (read|write)\b", settings, flags=re.M))
    return granted


class Runner:
    """The simulator with a clone in it, and `act` with the action beside it."""

    def __init__(self, arguments, top, clone):
        self.act = arguments.act
        self.top = top
        self.binary = Path(arguments.binary).resolve()
        self.clone = clone
        self.github = Simulator(self.binary, self.clone)
        self.action = self.copy_of_the_action()

    def copy_of_the_action(self):
        copy = self.top / "action"
        (copy / "scripts").mkdir(parents=True)
        shutil.copytree(ROOT / ".github", copy / ".github")
        shutil.copy(ROOT / "action.yml", copy)
        shutil.copy(ROOT / "scripts/action-entry", copy / "scripts")
        rewritten = 0
        for file in (copy / ".github/workflows").glob("*.yml"):
            text = file.read_text()
            rewritten += text.count(SELF)
            file.write_text(text.replace(SELF, ADDRESS))
            assert "$/" not in re.sub(r"#.*", "", file.read_text()), f"`$/` is left in {file.name}"
        assert rewritten >= 13, "the workflows no longer use the action of their own commit"
        (copy / "bin").mkdir()
        git(self.top, "init", "--quiet", "--initial-branch=main", str(copy))
        return copy

    def run(self, workflow, event, people, *options, inputs=None, forged=False, run=None, ref="main"):
        """Lets `act` run a workflow of the clone while `people` review its gates; returns how it ended."""
        notes = self.top / f"notes-{len(list(self.top.glob('notes-*')))}"
        notes.mkdir()
        if forged:
            (notes / "forged").touch()
        if people is nobody_answers:
            (notes / "unanswered").touch()
        stand_in = self.action / "bin/rollback-action"
        stand_in.write_text(STAND_IN.format(python=sys.executable, notes=str(notes), binary=str(self.binary), permissions=permissions(self.clone)))
        stand_in.chmod(0o755)
        inputs = inputs or {}
        if run is None:
            # The button, pressed by a person.
            pressed = {"ref": ref, "inputs": inputs, "return_run_details": True}
            path = self.github.of_repository(f"/actions/workflows/{workflow}/dispatches")
            run = self.github.post(path, pressed, token=self.github.people["release-manager"])["workflow_run_id"]
        command = [
            self.act, event, "-W", f".github/workflows/{workflow}", "--json", "--no-cache-server",
            "-P", "ubuntu-latest=-self-hosted", "--actor", "release-manager",
            "--local-repository", f"org/rollback-action@v1={self.action}",
            "--env", f"GITHUB_API_URL={self.github.url}", "--env", f"GITHUB_RUN_ID={run}", "-s", f"GITHUB_TOKEN={self.github.token}",
            *(word for name, value in inputs.items() for word in ("--input", f"{name}={value}")), *options,
        ]  # fmt: skip
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.top / "home")}
        process = subprocess.Popen(command, cwd=self.clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        clock = threading.Timer(600, process.kill)
        clock.start()
        log = []
        try:
            for line in process.stdout:
                log.append(line)
                self.see(line, run, people, forged)
        except BaseException:
            process.kill()
            raise
        finally:
            code = process.wait()
            clock.cancel()
        (notes / "act.log").write_text("".join(log))
        return Ended(code, run, notes, "".join(log))

    def merge(self, pull):
        """Merges as a person does, and starts the run that GitHub starts then; returns what `run` takes."""
        github = self.github
        path = github.of_repository(f"/pulls/{pull['number']}/merge")
        status, answer = github.ask("PUT", path, {"merge_method": "merge"}, token=github.people["release-manager"])
        assert status == 200, answer
        head = {"ref": pull["head"]["ref"], "sha": pull["head"]["sha"], "repo": {"full_name": github.repository}}
        closed = {
            "action": "closed",
            "number": pull["number"],
            "pull_request": {"number": pull["number"], "merged": True, "head": head, "base": {"ref": "main"}},
        }
        event = self.top / "closed.json"
        event.write_text(json.dumps(closed))
        return event

    def finish(self, workflow, pull, event, people):
        """The run that the merge starts. `act` does not know that it is on the branch that was merged into."""
        started = self.github.post("/_simulator/runs", {"workflow": workflow, "pull": pull["number"], "actor": "release-manager"})
        return self.run(workflow, "pull_request", people, "-e", str(event), "--env", "GITHUB_REF=refs/heads/main", run=started["id"])

    def comment(self, issue, login, body):
        """A person comments, and GitHub starts the workflow."""
        comment = self.github.post(self.github.of_repository(f"/issues/{issue['number']}/comments"), {"body": body}, token=self.github.people[login])
        event = self.top / f"comment-{comment['id']}.json"
        user = {"login": login, "type": "User"}
        event.write_text(json.dumps({
            "action": "created",
            "issue": {"number": issue["number"], "state": "open", "body": issue["body"]},
            "comment": {"id": comment["id"], "body": body, "user": user},
            "repository": {"fork": False, "full_name": self.github.repository},
        }))  # fmt: skip
        asked = {"workflow": "rollback-approve.yml", "event": "issue_comment", "ref": "main", "actor": login}
        started = self.github.post("/_simulator/runs", asked)
        return self.run("rollback-approve.yml", "issue_comment", everybody_approves, "-e", str(event), run=started["id"])

    def see(self, line, run, people, forged):
        """Records a gate's job when `act` begins it, and lets people review it."""
        try:
            said = json.loads(line)
        except ValueError:
            return
        if said.get("step") != "Set up job" or not said.get("msg", "").startswith("⭐") or said.get("jobID") != "gate":
            return
        # `act` shows `caller/Workflow/name-3` where GitHub shows `caller / name`.
        caller, _, name = said["job"].strip().split("/", 2)
        name = f"{caller} / {re.sub(r'-[0-9]+$', '', name)}"
        gate = said["matrix"]["gate"]
        jobs = f"/_simulator/runs/{run}/jobs"
        if forged:
            job = self.github.post(jobs, {"name": name})["id"]
            self.github.post(f"{jobs}/{job}/complete", {"conclusion": "success"})
            return
        self.github.post(jobs, {"name": name, "environment": gate})
        people(self.github, run, gate)


class Ended:
    """How a run of `act` ended."""

    def __init__(self, code, run, notes, log):
        self.code, self.run, self.notes, self.log = code, run, notes, log

    def exit_of(self, job):
        file = self.notes / f"{job}.code"
        return int(file.read_text()) if file.exists() else None

    def summary_of(self, job):
        return (self.notes / f"{job}.md").read_text()

    def said(self):
        """The end of what the program said, for a failure's message."""
        messages = []
        for line in self.log.splitlines():
            try:
                messages.append(json.loads(line).get("msg", "").rstrip())
            except ValueError:
                messages.append(line)
        noise = re.compile(r"^\s*(⚙|⭐|✅|LocalRepositoryCache|Cleaning up container|Couldn.t get a valid docker|$)")
        return "\n".join([message for message in messages if not noise.match(message)][-25:])


def review(github, run, gate, state, reviewer=None):
    """Answers a gate the way people's clicks do."""
    waiting = github.get(github.of_repository(f"/actions/runs/{run}/pending_deployments"))
    found = next(one for one in waiting if one["environment"]["name"] == gate)
    login = reviewer or found["reviewers"][0]["reviewer"]["login"]
    answer = {"environment_ids": [found["environment"]["id"]], "state": state, "comment": f"{gate}: looked at it"}
    github.post(github.of_repository(f"/actions/runs/{run}/pending_deployments"), answer, token=github.people[login])


def everybody_approves(github, run, gate):
    review(github, run, gate, "approved")


def nobody_answers(github, run, gate):
    pass


def one_rejects(github, run, gate):
    review(github, run, gate, "rejected" if gate.endswith("scope-assessed") else "approved")
