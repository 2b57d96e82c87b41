"""What the drivers in `tests/act` and `tests/gh` share: the procedure's example as a clone, and the simulator around it.

Only the standard library, so that a fresh machine has all of it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

POLICY = """\
version: 1
roles:
  technical-lead: { users: [lead-login] }
  product-owner: { users: [owner-login] }
packages:
  - name: entity-core
    registry: pypi
restore:
  keep: [CHANGELOG.md]
"""

PYPROJECT = '[project]\nname = "entity-core"\nversion = "{}"\n'


def git(path, *arguments, date="2024-05-14T09:00:00Z"):
    """Runs git without the user's own settings and returns what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ["AUTHOR", "COMMITTER"]:
        environment |= {f"GIT_{who}_NAME": "Entity Team", f"GIT_{who}_EMAIL": "team@entity.example", f"GIT_{who}_DATE": date}
    return subprocess.run(["git", "-C", str(path), *arguments], env=environment, check=True, capture_output=True, text=True).stdout.strip()


def entity_core(path):
    """Makes `entity-core`: v0.0.12, the modularisation, v0.1.0; with the policy and the callers of the README."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    git(path, "remote", "add", "origin", "https://github.com/acme/entity-core.git")

    def commit(message, date, tag=None, **files):
        for name, text in files.items():
            file = path / name
            if text is None:
                file.unlink()
                continue
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", message, date=date)
        if tag:
            git(path, "tag", "--annotate", "--message", tag, tag, date=date)

    commit(
        "Reasoning traces (#31)",
        "2024-04-02T09:00:00Z",
        "v0.0.12",
        **{
            ".github/rollback.yml": POLICY,
            "pyproject.toml": PYPROJECT.format("0.0.12"),
            "CHANGELOG.md": "# Changelog\n\n## 0.0.12\n",
            "src/entity/__init__.py": '__version__ = "0.0.12"\n',
            "src/entity/plugins/gpt_oss/__init__.py": "from .reasoning_trace import ReasoningTracePlugin\n",
            "src/entity/plugins/gpt_oss/reasoning_trace.py": "class ReasoningTracePlugin: ...\n",
        },
    )
    commit(
        "Move the GPT-OSS plugins to a package of their own (#41)",
        "2024-05-10T09:00:00Z",
        **{
            "src/entity/plugins/gpt_oss/__init__.py": None,
            "src/entity/plugins/gpt_oss/reasoning_trace.py": None,
            "src/entity/plugins/gpt_oss_compat.py": "from entity_plugin_gpt_oss import *\n",
            ".github/workflows/rollback.yml": (ROOT / "examples/rollback.yml").read_text(),
            ".github/workflows/finish-rollback.yml": (ROOT / "examples/finish.yml").read_text(),
        },
    )
    commit(
        "Release 0.1.0 (#43)",
        "2024-05-14T09:00:00Z",
        "v0.1.0",
        **{
            "pyproject.toml": PYPROJECT.format("0.1.0"),
            "CHANGELOG.md": "# Changelog\n\n## 0.1.0\n\n## 0.0.12\n",
            "src/entity/__init__.py": '__version__ = "0.1.0"\n',
        },
    )
    return path


class Simulator:
    """`rollback-action simulator`, running on a clone."""

    def __init__(self, binary, repository, *options):
        self.binary = str(binary)
        command = [self.binary, "simulator", f"--repo={repository}", "--listen=127.0.0.1:0", *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.url, self.token, self.people, self.repository = "", "", {}, ""
        heard = []
        for line in self.process.stdout:
            heard.append(line)
            words = line.split()
            if line.startswith("http://"):
                self.url = line.strip()
            elif line.startswith("repository "):
                self.repository = words[1]
            elif line.startswith("token "):
                self.token = words[1]
            elif line.startswith("person "):
                self.people[words[1].rstrip(",")] = words[3]
            # The person who presses the button is named last.
            if line.startswith("person release-manager"):
                break
        else:
            sys.exit("error: the simulator ended before it was set up:\n" + "".join(heard))
        # What it says later must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def ask(self, method, path, body=None, *, token=None):
        """Returns status and JSON body."""
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        if token or not path.startswith("/_"):
            request.add_header("Authorization", f"Bearer {token or self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text, status = answer.read(), answer.status
        except urllib.error.HTTPError as error:
            text, status = error.read(), error.code
        return status, json.loads(text) if text else None

    def get(self, path, **options):
        status, body = self.ask("GET", path, **options)
        assert status == 200, f"GET {path}: {status} {body}"
        return body

    def post(self, path, body, **options):
        status, answer = self.ask("POST", path, body, **options)
        assert status < 300, f"POST {path}: {status} {answer}"
        return answer

    def of_repository(self, path=""):
        return f"/repos/{self.repository}{path}"

    def refs(self):
        return sorted(self.get("/_simulator/state")["refs"])

    def save_traffic(self, file):
        """Writes what was asked and answered so far, for `scripts/contract`."""
        file = Path(file)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(entry) + "\n" for entry in self.get("/_simulator/log")))


class Tests:
    """Runs functions one after the other and counts."""

    def __init__(self, what):
        self.what, self.passed, self.failed = what, 0, 0

    def run(self, test, *arguments):
        name = test.__name__.replace("_", " ")
        try:
            test(*arguments)
        except (AssertionError, LookupError, subprocess.SubprocessError) as why:
            self.failed += 1
            said = getattr(why, "stderr", None) or ""
            print(f"failed: {name}\n  {type(why).__name__}: {why}\n{said}", flush=True)
        else:
            self.passed += 1
            print(f"passed: {name}", flush=True)

    def end(self):
        print(f"{self.what}: {self.passed} passed, {self.failed} failed")
        sys.exit(self.failed > 0 or self.passed == 0)


def scratch():
    """Returns a directory that goes when the process ends normally."""
    directory = tempfile.TemporaryDirectory(prefix="rollback-")
    return directory, Path(directory.name)
