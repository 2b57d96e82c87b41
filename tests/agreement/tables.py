"""What ought to come out: the decision tables, and the tables that the program prints.

A registry's state is a column of the decision tables: `before`, `P`, `F+w`, …; `L` is npm's `latest` moved back and nothing else.
"""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

DECISIONS = Path(__file__).resolve().parents[2] / "src/versions/testdata/decision-tables.md"
RELEASES = {"before": "", "w only": "", "P": "P", "F": "F", "B": "B", "P,F": "PF", "P+w": "P", "F+w": "F", "B+w": "B", "P,F+w": "PF", "L": ""}
STRATEGIES = ["patch", "forward", "forward-breaking", "both", "retag"]


@dataclass(frozen=True)
class Case:
    """One bad release, and what a rollback of it can be called."""

    number: int
    good: str
    bad: str
    patch: str
    forward: str
    breaking: str
    also_bad: tuple = ()
    burned: tuple = ()

    def package(self, state):
        """A package of its own for each state of its registry, so that all the states are there at once."""
        slug = {"before": "now", "w only": "w"}.get(state, re.sub(r"[^a-z]", "", state.lower()))
        return f"entity-core-{self.number}-{slug}"

    def releases(self, state):
        """What is released in a state, in order."""
        named = {"P": self.patch, "F": self.forward, "B": self.breaking}
        return list(dict.fromkeys(named[letter] for letter in RELEASES[state]))

    def shelf(self, state):
        """What lies in the registry, and whether it is withdrawn."""
        before = {self.good: False} | {version: True for version in self.burned}
        bad = {version: withdrawn(state) for version in [*self.also_bad, self.bad]}
        return before | bad | {version: False for version in self.releases(state)}

    def latest(self, state):
        """Where npm's `latest` points: a patch is published under another tag, and a withdrawal moves it."""
        if state == "L" or state == "w only":
            return self.good
        if state == "P" or state == "before":
            return self.bad
        return self.releases(state)[-1]

    def state(self, released, yanked, tool):
        """The state that a column of the program's table is about."""
        if not released:
            return "w only" if yanked else ("L" if tool == "npm" else "before")
        letters = {self.patch: "P", self.breaking: "B"} | {self.forward: "F"}
        return ",".join(letters[version] for version in released) + ("+w" if yanked else "")


# What the decision tables have no case of: two bad releases at once, and a number that is used up already.
STORIES = [
    Case(6, "0.0.12", "0.1.1", "0.0.13", "0.1.2", "0.2.0", also_bad=("0.1.0",)),
    Case(7, "1.3.7", "1.4.0", "1.3.9", "1.4.1", "2.0.0", burned=("1.3.8",)),
]


def withdrawn(state):
    return state == "w only" or state.endswith("+w")


@dataclass(frozen=True)
class Expected:
    """One cell: who says it, what a client is asked, and what it gets. `!` stands for a warning, `FAIL` for no version."""

    source: str
    ask: tuple
    gets: str

    @property
    def tool(self):
        return self.ask[0]


def decisions():
    """Returns the cases, and every cell of the decision tables."""
    cases, cells, columns = [], [], []
    for line in DECISIONS.read_text().splitlines():
        fields = [field.strip() for field in line.strip("|").split("|")]
        if line.startswith("####"):
            named = dict(word.split("=") for word in line.split() if "=" in word)
            cases.append(Case(len(cases), named["good"], named["bad"], named["P"], named["F"], named["B"]))
        elif fields[0] == "consumer":
            columns = fields[1:]
        elif line and not line.startswith("|---"):
            tool, spec = fields[0].replace("`", "").split(" ")
            kind, spec = ("range", "" if spec == "(bare)" else spec.removeprefix("@"))
            for state, gets in zip(columns, fields[1:], strict=True):
                ask = (tool, kind, spec, cases[-1].package(state), state, cases[-1])
                source = f"decision tables, bad {cases[-1].bad}, {state}"
                cells.append(Expected(source, ask, gets))
                if tool == "pip":
                    cells.append(Expected(source, ("poetry", *ask[1:]), gets))
    counted = dict(Counter(cell.tool for cell in cells))
    assert counted == {"cargo": 420, "npm": 480, "pip": 420, "poetry": 420}, f"the decision tables have {counted} cells"
    return cases, cells


# Each consumer that the program's tables know, as what a client is asked. `N` stands for the package's name.
CONSUMERS = {
    "cargo": {
        r"cargo add N": "add",
        r"cargo update \((.*) in Cargo\.toml\)": "update",
        r"cargo build \((.*) in Cargo\.lock\)": "locked",
        r'N = "(.*)"': "range",
    },
    "npm": {
        r"npm install N": "install",
        r"npm update N \((.*) in package\.json\)": "update",
        r"npm ci \((.*) in package-lock\.json\)": "locked",
        r"N@(.*)": "range",
    },
    "pip": {
        r"pip install N": "range",
        r"pip install -U N \((.*) installed\)": "upgrade",
        r"uv sync \((.*) in uv\.lock\)": "uv-sync",
        r"uv lock --upgrade \((.*) in uv\.lock\)": "uv-upgrade",
        r"N([~=<>!].*)": "range",
    },
}
REGISTRIES = {"cargo": "crates", "npm": "npm", "pip": "pypi"}


def predictions(binary, case, tool, strategy, environment):
    """Returns every cell of the table that the program prints for one question, having read the index itself."""
    name = case.package("before")
    command = [binary, "versions", f"--bad={','.join([*case.also_bad, case.bad])}", f"--good={case.good}", f"--registry={REGISTRIES[tool]}", f"--package={name}"]
    ended = subprocess.run([*command, f"--strategy={strategy}", "--json"], env=environment, cwd=environment["HOME"], capture_output=True, text=True, timeout=60)
    said = f"`versions` of {case.bad} on {tool}, {strategy}: {ended.stdout}{ended.stderr}"
    assert ended.returncode == 0, said
    table = json.loads(ended.stdout)["table"]
    assert not any("computed from tags alone" in line for line in table["headline"]), f"the index was not read: {said}"
    moments = {
        "now": "before",
        "after-release": case.state(table["released"], False, tool),
        "after-withdrawal": case.state(table["released"], bool(table["withdrawn"]), tool),
    }
    cells = []
    assert table["rows"], said
    for row in table["rows"]:
        kind, spec = asked(tool, row["consumer"].replace(name, "N"))
        for moment, state in moments.items():
            # Without a new version and without a pointer, nothing happens before the withdrawal.
            ask = (tool, kind, spec, case.package(state), state, case)
            cells.append(Expected(f"versions {case.bad}, {strategy}, {moment}", ask, spelled(row[moment])))
    return cells


def asked(tool, consumer):
    for pattern, kind in CONSUMERS[tool].items():
        if match := re.fullmatch(pattern, consumer):
            return kind, (match.groups() or ("",))[0]
    raise AssertionError(f"no client is asked for `{consumer}`: teach `CONSUMERS` this row")


def spelled(gets):
    if gets == "nothing":
        return "FAIL"
    (kind, version), = gets.items()
    return version + ("!" if kind == "version-with-warning" else "")
