"""What a command has counted: a file of lines `what`, `kind`, `count`, with the commit and the day it was counted on."""

import datetime
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The kind of these lines says it, not their count.
COMMIT, DAY = "counted of", "counted on"


def commit():
    """The commit that is checked out; `+` says that files differ from it."""
    ask = lambda *words: subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()
    return ask("rev-parse", "--short=10", "HEAD") + ("+" if ask("status", "--porcelain", "--untracked-files=no") else "")


def stamp():
    return [(COMMIT, commit(), 1), (DAY, datetime.date.today().isoformat(), 1)]


def write(path, figures):
    """Leaves figures; only what held is one, so a command that fails removes its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{what}\t{kind}\t{count}\n" for what, kind, count in [*figures, *stamp()]))


def read(path):
    """The figures of a file; nothing where there is none."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [(what, kind, int(number)) for what, kind, number in (line.split("\t") for line in lines)]
