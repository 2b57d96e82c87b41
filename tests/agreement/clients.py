"""The real clients: each answers what it was asked, as `0.0.13`, `0.1.0!` with a warning, or `FAIL` where no version is left.

A client that fails for another reason than that is an error here, never a `FAIL`.
"""

import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
import venv
from pathlib import Path

from indexes import python_spelling
from registry import Registry
from tables import withdrawn

PROJECT = '[package]\nname = "consumer"\nversion = "1.0.0"\nedition = "2021"\n\n[dependencies]\n'


def run(command, cwd, environment, fails_with=None):
    """Runs a client. Returns standard output and error; only what `fails_with` matches may fail, and gives `None`."""
    ended = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
    if ended.returncode == 0:
        return ended.stdout, ended.stderr
    if fails_with and re.search(fails_with, ended.stderr + ended.stdout):
        return None
    raise AssertionError(f"`{' '.join(map(str, command))}` in `{cwd}` ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


class Cargo:
    """One project and one resolution for each question; what is in a lock file is asked for all packages at once."""

    tool = "cargo"
    NOTHING = "failed to select a version for the requirement|is yanked|could not find `.*` in registry"

    def __init__(self, top, environment, indexes):
        self.top, self.environment, self.indexes = top / "cargo", environment, indexes
        config = f'[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "sparse+{indexes.url}/crates/"\n'
        write(Path(environment["CARGO_HOME"]) / "config.toml", config)

    def version(self):
        return run(["cargo", "--version"], self.top.parent, self.environment)[0].split()[1]

    def publish(self, cases, states):
        """Every package as it is before the rollback."""
        self.indexes.crates |= {case.package(state): case.shelf("before") for case in cases for state in states}

    def prepare(self, asks):
        """Lock files that name the bad version, made while nothing else is there."""
        for kind in ["update", "locked"]:
            packages = {ask[3]: ask[5] for ask in asks if ask[1] == kind}
            self.project(kind, {package: f"={case.bad}" for package, case in packages.items()})
            run(["cargo", "generate-lockfile"], self.top / kind, self.environment)

    def advance(self, cases, states):
        self.indexes.crates |= {case.package(state): case.shelf(state) for case in cases for state in states}

    def project(self, name, dependencies):
        top = self.top / name
        write(top / "src/lib.rs", "")
        write(top / "Cargo.toml", PROJECT + "".join(f'{package} = "{spec}"\n' for package, spec in dependencies.items()))
        return top

    def answers(self, asks):
        alone = [ask for ask in asks if ask[1] in ("range", "add")]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            answers = dict(zip(alone, pool.map(self.alone, range(len(alone)), alone)))
        update = {ask[3]: ask for ask in asks if ask[1] == "update"}
        top = self.project("update", {package: ask[2] for package, ask in update.items()})
        run(["cargo", "update"], top, self.environment)
        locked = {ask[3]: ask for ask in asks if ask[1] == "locked"}
        run(["cargo", "metadata", "--locked", "--format-version=1"], self.top / "locked", self.environment)
        for kind, asked in [("update", update), ("locked", locked)]:
            found = self.lock(self.top / kind)
            answers |= {ask: found[package] for package, ask in asked.items()}
        return answers

    def alone(self, number, ask):
        _, kind, spec, package, _, _ = ask
        top = self.project(f"alone/{number}", {package: spec} if kind == "range" else {})
        if kind == "add" and run(["cargo", "add", "--quiet", package], top, self.environment, self.NOTHING) is None:
            return "FAIL"
        if run(["cargo", "generate-lockfile"], top, self.environment, self.NOTHING) is None:
            return "FAIL"
        return self.lock(top)[package]

    def stop(self):
        pass

    def lock(self, top):
        return {one["name"]: one["version"] for one in tomllib.loads((top / "Cargo.lock").read_text())["package"]}


class Npm:
    """All questions of one kind in one project: each package, and each range under an alias, is resolved on its own."""

    tool = "npm"

    def __init__(self, top, environment, node):
        self.top, self.environment = top / "npm", environment
        self.registry = Registry(self.top / "registry", environment, node)
        write(Path(environment["HOME"]) / ".npmrc", f"registry={self.registry.url}/\nfund=false\naudit=false\nupdate-notifier=false\n")

    def version(self):
        return run(["npm", "--version"], self.top, self.environment)[0].strip()

    def publish(self, cases, states):
        self.each([case.package(state) for case in cases for state in states], [case for case in cases for _ in states], self.begin)

    def begin(self, package, case):
        for version, gone in case.shelf("before").items():
            self.registry.publish(package, version, "latest")
            if gone:
                self.registry.deprecate(package, version)

    def advance(self, cases, states):
        pairs = [(case, state) for case in cases for state in states]
        self.each([case.package(state) for case, state in pairs], pairs, self.one)

    def one(self, package, pair):
        case, state = pair
        for version in case.releases(state):
            self.registry.publish(package, version, "latest" if version == case.latest(state) else "rollback")
        self.registry.point(package, case.latest(state))
        for version in [*case.also_bad, case.bad] if withdrawn(state) else []:
            self.registry.deprecate(package, version)

    def each(self, packages, values, function):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(function, packages, values))

    def prepare(self, asks):
        for kind in ["update", "locked"]:
            asked = {ask[3]: ask for ask in asks if ask[1] == kind}
            self.project(kind, {package: ask[5].bad for package, ask in asked.items()})
            run(["npm", "install", "--package-lock-only"], self.top / kind, self.environment)

    def project(self, name, dependencies):
        write(self.top / name / "package.json", json.dumps({"name": "consumer", "version": "1.0.0", "dependencies": dependencies}))
        return self.top / name

    def answers(self, asks):
        of = {kind: [ask for ask in asks if ask[1] == kind] for kind in ["range", "install", "update", "locked"]}
        aliases = {f"alias-{number}": ask for number, ask in enumerate(of["range"])}
        top = self.project("range", {alias: f"npm:{ask[3]}@{ask[2]}" for alias, ask in aliases.items()})
        run(["npm", "install", "--package-lock-only"], top, self.environment)
        found = self.lock(top)
        answers = {ask: found[alias] for alias, ask in aliases.items()}
        top = self.project("install", {})
        run(["npm", "install", "--package-lock-only", *(ask[3] for ask in of["install"])], top, self.environment)
        found = self.lock(top)
        answers |= {ask: found[ask[3]] for ask in of["install"]}
        top = self.relaxed("update", {ask[3]: ask[2] for ask in of["update"]})
        run(["npm", "update", "--package-lock-only"], top, self.environment)
        found = self.lock(top)
        answers |= {ask: found[ask[3]] for ask in of["update"]}
        _, said = run(["npm", "ci", "--ignore-scripts"], self.top / "locked", self.environment)
        for ask in of["locked"]:
            version = json.loads((self.top / "locked/node_modules" / ask[3] / "package.json").read_text())["version"]
            answers[ask] = version + ("!" if f"deprecated {ask[3]}@" in said else "")
        return answers

    def relaxed(self, name, ranges):
        """The project with these ranges in place of the exact versions, in its lock file too."""
        top = self.project(name, ranges)
        lock = json.loads((top / "package-lock.json").read_text())
        lock["packages"][""]["dependencies"] = ranges
        write(top / "package-lock.json", json.dumps(lock))
        return top

    def lock(self, top):
        entries = json.loads((top / "package-lock.json").read_text())["packages"].items()
        return {path.removeprefix("node_modules/"): one["version"] + ("!" if "deprecated" in one else "") for path, one in entries if path}

    def stop(self):
        self.registry.stop()


class Wheels:
    """What lies in the Python index, for its clients."""

    def publish(self, cases, states):
        for case in cases:
            for state in states:
                self.put(case.package(state), case.shelf("before"))

    def advance(self, cases, states):
        for case in cases:
            for state in states:
                self.put(case.package(state), case.shelf(state))

    def put(self, package, shelf):
        self.indexes.wheels[package] = {python_spelling(version): gone for version, gone in shelf.items()}


class Pip(Wheels):
    """One `pip install --dry-run` for each question; uv's lock files are asked for all packages at once."""

    tool = "pip"

    def __init__(self, top, environment, indexes, python):
        self.top, self.environment, self.indexes, self.python = top / "pip", environment, indexes, python
        write(Path(environment["HOME"]) / ".config/pip/pip.conf", f"[global]\nindex-url = {indexes.url}/simple\nno-cache-dir = true\ndisable-pip-version-check = true\n")
        venv.create(self.top / "venv", with_pip=False, symlinks=True)
        packages = next((self.top / "venv").glob("lib/python*/site-packages"))
        shutil.copytree(next(python.parent.parent.glob("lib/python*/site-packages/pip")), packages / "pip", ignore=shutil.ignore_patterns("__pycache__"))
        self.hosts = [self.host() for _ in range(os.cpu_count() or 1)]

    def host(self):
        command = [self.top / "venv/bin/python", Path(__file__).with_name("pip_host.py")]
        # Each pip would ask every `rustc` and `lsb_release` it finds for a version, for its `User-Agent`.
        environment = self.environment | {"PATH": str(self.top / "venv/bin")}
        return subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=self.top)

    def pip(self, host, *arguments):
        host.stdin.write(json.dumps(list(map(str, arguments))) + "\n")
        host.stdin.flush()
        answer = json.loads(host.stdout.readline())
        if answer["code"] != 0 and "No matching distribution found" not in answer["err"]:
            raise AssertionError(f"`pip {' '.join(map(str, arguments))}` ended with {answer['code']}\n{answer['out']}{answer['err']}")
        return answer

    def version(self):
        return self.pip(self.hosts[0], "--version")["out"].split()[1]

    def prepare(self, asks):
        pinned = {ask[3]: ask[5].bad for ask in asks if ask[1] == "upgrade"}
        answer = self.pip(self.hosts[0], "install", "--no-deps", *(f"{package}=={bad}" for package, bad in pinned.items()))
        assert answer["code"] == 0, answer
        for kind in ["uv-sync", "uv-upgrade"]:
            self.project(kind, {ask[3]: f"=={ask[5].bad}" for ask in asks if ask[1] == kind})
            self.uv(kind, "lock")

    def project(self, name, dependencies):
        wanted = "".join(f'    "{package}{spec}",\n' for package, spec in dependencies.items())
        index = f'[[tool.uv.index]]\nurl = "{self.indexes.url}/simple"\ndefault = true\n'
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        write(self.top / name / "pyproject.toml", f'[project]\nname = "consumer"\nversion = "1.0.0"\nrequires-python = "=={python}.*"\ndependencies = [\n{wanted}]\n\n{index}')

    def uv(self, name, *arguments):
        return run([self.python.parent / "uv", *arguments, "--no-progress"], self.top / name, self.environment)

    def answers(self, asks):
        alone = [ask for ask in asks if ask[1] in ("range", "upgrade")]
        answers, threads, wrong = {}, [], []

        def work(host, part):
            try:
                for ask in part:
                    answers[ask] = self.alone(host, ask)
            except AssertionError as why:
                wrong.append(why)

        for number, host in enumerate(self.hosts):
            threads.append(threading.Thread(target=work, args=(host, alone[number :: len(self.hosts)])))
            threads[-1].start()
        for thread in threads:
            thread.join()
        if wrong:
            raise wrong[0]
        sync = {ask[3]: ask for ask in asks if ask[1] == "uv-sync"}
        _, said = self.uv("uv-sync", "sync", "--no-install-project")
        packages = next((self.top / "uv-sync/.venv").glob("lib/python*/site-packages"))
        for package, ask in sync.items():
            stem, = packages.glob(f"{package.replace('-', '_')}-*.dist-info")
            answers[ask] = stem.name.split("-")[1].removesuffix(".dist") + ("!" if f"{package}==" in said and "yanked" in said else "")
        upgrade = {ask[3]: ask for ask in asks if ask[1] == "uv-upgrade"}
        self.project("uv-upgrade", {package: "" for package in upgrade})
        _, said = self.uv("uv-upgrade", "lock", "--upgrade")
        lock = {one["name"]: one["version"] for one in tomllib.loads((self.top / "uv-upgrade/uv.lock").read_text())["package"]}
        answers |= {ask: lock[package] for package, ask in upgrade.items()}
        return answers

    def alone(self, host, ask):
        _, kind, spec, package, _, case = ask
        report = self.top / f"report-{host.pid}"
        quiet = ["--dry-run", "--no-deps", f"--report={report}", "--quiet"]
        if kind == "upgrade":
            answer = self.pip(host, "install", "--upgrade", *quiet, package)
        else:
            answer = self.pip(host, "install", "--ignore-installed", *quiet, f"{package}{spec}")
        if answer["code"] != 0:
            return "FAIL"
        installed = json.loads(report.read_text())["install"]
        if not installed:
            return python_spelling(case.bad)
        return installed[0]["metadata"]["version"] + ("!" if "yanked version" in answer["err"] else "")

    def stop(self):
        for host in self.hosts:
            host.stdin.close()
            host.wait()


class Poetry(Wheels):
    """One `poetry lock` for all that asks alike, since packages are resolved on their own; what has no version fails alone."""

    tool = "poetry"
    NOTHING = "which doesn't match any versions, version solving failed"

    def __init__(self, top, environment, indexes):
        self.top, self.environment, self.indexes = top / "poetry", environment, indexes

    def version(self):
        return run(["poetry", "--version"], self.top, self.environment)[0].split()[-1].strip("()")

    def prepare(self, asks):
        pass

    def answers(self, asks):
        alone = [[ask] for ask in asks if withdrawn(ask[4]) and ask[2] == f"~={ask[5].bad}"]
        kinds = {}
        for ask in asks:
            if [ask] not in alone:
                # The same operator on the same kind of version: `~=` good, `~=` bad, `<` bad.
                kinds.setdefault((ask[2].rstrip("0123456789.-rc"), ask[5].bad in ask[2], ask[2].count(".")), []).append(ask)
        groups = [*kinds.values(), *alone]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return {ask: gets for answers in pool.map(self.lock, range(len(groups)), groups) for ask, gets in answers.items()}

    def lock(self, number, asks):
        top = self.top / str(number)
        assert len({ask[3] for ask in asks}) == len(asks), "two questions about one package would be answered together"
        wanted = "".join(f'    "{ask[3]}{ask[2]}",\n' for ask in asks)
        source = f'[[tool.poetry.source]]\nname = "here"\nurl = "{self.indexes.url}/simple"\npriority = "primary"\n'
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        head = f'[project]\nname = "consumer"\nversion = "1.0.0"\nrequires-python = "=={python}.*"\n'
        write(top / "pyproject.toml", f"{head}dependencies = [\n{wanted}]\n\n[tool.poetry]\npackage-mode = false\n\n{source}")
        ended = run(["poetry", "lock", "--no-interaction"], top, self.environment, self.NOTHING if len(asks) == 1 else None)
        if ended is None:
            return {asks[0]: "FAIL"}
        lock = {one["name"]: one["version"] for one in tomllib.loads((top / "poetry.lock").read_text())["package"]}
        said = " ".join("".join(ended).split())
        return {ask: lock[ask[3]] + ("!" if f"for {ask[3]} is a yanked version" in said else "") for ask in asks}

    def stop(self):
        pass
