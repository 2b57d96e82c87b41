"""Repositories that are rolled back in a rehearsal, whose result the ecosystems' own tools then read.

Each fixture is a repository with the good release v0.0.12 and the bad v0.1.0. A dependency from outside has the good
release's number too, and must keep it.
"""

import json
import subprocess
from dataclasses import dataclass, field

from clients import run
from stage import POLICY, git

GOOD, BAD, NEW = "0.0.12", "0.1.0", "0.0.13"
BUILD = '[build-system]\nrequires = ["{0}"]\nbuild-backend = "{1}"\n'
SETUPTOOLS = BUILD.format("setuptools", "setuptools.build_meta")
PROJECT = '[project]\nname = "entity-core"\n'
MODULE = '"""Entities that reason."""\n\n__version__ = "@V@"\n'
NPM_LOCK = "npm install --package-lock-only"
POETRY = BUILD.format("poetry-core", "poetry.core.masonry.api")


@dataclass
class Fixture:
    """A repository's files, where `@V@` stands for its version, and how its lock files are made and its version is read."""

    name: str
    files: dict
    read: object
    locks: tuple = ()
    registry: str = "pypi"
    reads: dict = field(default_factory=lambda: {"entity-core": NEW})


CARGO = {
    "Cargo.toml": """\
[workspace]
members = ["core", "plugin", "cli"]
resolver = "2"

[workspace.package]
version = "@V@"
edition = "2021"

[workspace.dependencies]
entity-core = { path = "core", version = "=@V@" } # in step
gauge = "=0.0.12"
""",
    "core/Cargo.toml": '[package]\nname = "entity-core"\nversion.workspace = true\nedition.workspace = true\n\n[dependencies]\ngauge.workspace = true\n',
    "core/src/lib.rs": "",
    "plugin/Cargo.toml": "[package]\nname = 'entity-plugin'\nversion = { workspace = true }\nedition.workspace = true\n\n[dependencies]\nentity-core.workspace = true\n",
    "plugin/src/lib.rs": "",
    "cli/Cargo.toml": """\
[package]
name = "entity-cli"
version = "@V@"
edition = "2021"

[dependencies]
core = { package = "entity-core", version = "@V@", path = "../core" }

[target.'cfg(unix)'.dev-dependencies.entity-plugin]
path = "../plugin"
version = "^@V@"
""",
    "cli/src/main.rs": "fn main() {}\n",
}

NPM = {
    "package.json": '{\n\t"name": "entity",\n\t"version": "@V@",\n\t"private": true,\n\t"workspaces": ["packages/*"]\n}\n',
    "packages/core/package.json": '{ "name": "entity-core", "version": "@V@", "dependencies": { "gauge": "0.0.12" } }',
    "packages/plugin/package.json": '{\r\n  "name": "@acme/entity-plugin",\r\n  "version": "@V@",\r\n  "dependencies": { "entity-core": "^@V@" },\r\n  "peerDependencies": { "gauge": "0.0.12" }\r\n}\r\n',
}

# A range on another member, with the protocol and without it.
MEMBERS = {
    "packages/core/package.json": '{ "name": "entity-core", "version": "@V@", "dependencies": { "gauge": "0.0.12" } }',
    "packages/plugin/package.json": '{\n  "name": "@acme/entity-plugin",\n  "version": "@V@",\n  "dependencies": { "entity-core": "workspace:^@V@" },\n  "devDependencies": { "gauge": "^0.0.12" }\n}\n',
    "packages/cli/package.json": '{\n  "name": "entity-cli",\n  "version": "@V@",\n  "dependencies": { "entity-core": "^@V@", "@acme/entity-plugin": "workspace:*" }\n}\n',
}
PNPM = MEMBERS | {
    "package.json": '{ "name": "entity", "private": true }\n',
    "pnpm-workspace.yaml": "packages:\n  - packages/*\n",
    ".npmrc": "link-workspace-packages=true\n",
}
YARN = MEMBERS | {
    "package.json": '{ "name": "entity", "private": true, "workspaces": ["packages/*"] }\n',
    ".yarnrc.yml": "nodeLinker: node-modules\n",
}


def fixtures():
    python = {
        "pep621": {"pyproject.toml": PROJECT + "version = '@V@' # in step\ndependencies = ['gauge==0.0.12']\n\n" + SETUPTOOLS},
        "setuptools-attr": {
            "pyproject.toml": PROJECT + 'dynamic = ["version"]\n\n[tool.setuptools]\npackages = ["entity"]\npackage-dir = { "" = "src" }\n\n[tool.setuptools.dynamic]\nversion = { attr = "entity.__version__" }\n\n' + SETUPTOOLS,
            "src/entity/__init__.py": MODULE,
        },
        "setuptools-file": {
            "pyproject.toml": PROJECT + 'dynamic = ["version"]\n\n[tool.setuptools]\npy-modules = []\n\n[tool.setuptools.dynamic]\nversion = { file = "VERSION" }\n\n' + SETUPTOOLS,
            "VERSION": "@V@\n",
        },
        "setup-cfg": {
            "pyproject.toml": SETUPTOOLS,
            "setup.cfg": "[metadata]\nname = entity-core\nversion = @V@\n\n[options]\npy_modules =\ninstall_requires =\n    gauge==0.0.12\n\n[tool:pytest]\nminversion = 0.0.12\n",
        },
        "setup-py": {
            "pyproject.toml": SETUPTOOLS,
            "setup.py": 'from setuptools import setup\n\nsetup(\n    name="entity-core",\n    version="@V@",  # in step\n    py_modules=[],\n    install_requires=["gauge==0.0.12"],\n)\n',
        },
        "hatch": {
            "pyproject.toml": PROJECT + 'dynamic = ["version"]\n\n[tool.hatch.version]\npath = "src/entity_core/_version.py"\n\n' + BUILD.format("hatchling", "hatchling.build"),
            "src/entity_core/__init__.py": "from ._version import __version__\n",
            "src/entity_core/_version.py": "__version__ = '@V@'",
        },
        "flit": {
            "pyproject.toml": PROJECT + 'dynamic = ["version", "description"]\n\n[tool.flit.module]\nname = "entity"\n\n' + BUILD.format("flit_core", "flit_core.buildapi"),
            "entity/__init__.py": MODULE.replace("\n", "\r\n"),
        },
    }
    poetry = {
        "poetry": {
            "pyproject.toml": '[tool.poetry]\nname = "entity-core"\nversion = "@V@"\ndescription = ""\nauthors = ["Entity Team <team@entity.example>"]\npackages = [{ include = "entity" }]\n\n[tool.poetry.dependencies]\npython = "^3.11"\n\n' + POETRY,
            "entity/__init__.py": MODULE,
        },
        "poetry-pep621": {
            "pyproject.toml": PROJECT + 'version = "@V@"\nrequires-python = ">=3.11"\n\n[tool.poetry]\npackages = [{ include = "entity" }]\n\n' + POETRY,
            "entity/__init__.py": MODULE,
        },
    }
    uv = {"uv": {"pyproject.toml": PROJECT + 'version = "@V@"\nrequires-python = ">=3.11"\n\n' + SETUPTOOLS}}
    npm_reads = {"entity-core": NEW, "@acme/entity-plugin": NEW, "gauge": "0.0.12"}
    member_reads = {"entity-core": NEW, "@acme/entity-plugin": NEW, "entity-cli": NEW, "gauge": "0.0.12"}
    cargo_reads = {"entity-core": NEW, "entity-plugin": NEW, "entity-cli": NEW, "gauge": "0.0.12"}
    return [
        Fixture("cargo", CARGO, by_cargo, ("cargo generate-lockfile",), "crates", cargo_reads),
        Fixture("npm", NPM, by_npm, (NPM_LOCK,), "npm", npm_reads),
        Fixture("npm-shrinkwrap", NPM, by_npm, (NPM_LOCK, "npm shrinkwrap"), "npm", npm_reads),
        Fixture("pnpm", PNPM, by_pnpm, ("pnpm install --lockfile-only",), "npm", member_reads),
        Fixture("yarn", YARN, by_yarn, ("yarn install --mode=update-lockfile",), "npm", member_reads),
        *(Fixture(name, files, by_pip) for name, files in python.items()),
        *(Fixture(name, files, by_poetry, ("poetry lock",)) for name, files in poetry.items()),
        *(Fixture(name, files, by_uv, ("uv lock",)) for name, files in uv.items()),
    ]


def by_cargo(tree, environment):
    metadata = json.loads(run(["cargo", "metadata", "--locked", "--format-version=1"], tree, environment)[0])
    wanted = {one["req"] for package in metadata["packages"] for one in package["dependencies"] if one["name"].startswith("entity-")}
    version = next(one["version"] for one in metadata["packages"] if one["name"] == "entity-core")
    assert wanted == {f"={version}", f"^{version}"}, f"members want each other as {wanted}"
    return {package["name"]: package["version"] for package in metadata["packages"]}


def by_npm(tree, environment):
    lock = lock_file(tree)
    written = lock.read_bytes()
    run(NPM_LOCK.split(), tree, environment)
    assert lock.read_bytes() == written, f"npm writes `{lock.name}` differently"
    run(["npm", "ci", "--ignore-scripts", "--dry-run"], tree, environment)
    run(["npm", "ci", "--ignore-scripts"], tree, environment)
    listed = json.loads(run(["npm", "ls", "--all", "--json"], tree, environment)[0])
    assert "problems" not in listed, listed
    found = {"entity": listed["version"]}

    def walk(dependencies):
        for name, one in dependencies.items():
            assert found.setdefault(name, one["version"]) == one["version"], listed
            walk(one.get("dependencies", {}))

    walk(listed["dependencies"])
    assert found.pop("entity") == found["entity-core"], listed
    return found


def members(tree):
    """What is installed in the workspace: its members, and what they have from outside."""
    found = {}
    for manifest in [*tree.glob("packages/*/package.json"), *tree.glob("node_modules/gauge/package.json"), *tree.glob("packages/*/node_modules/gauge/package.json")]:
        one = json.loads(manifest.read_text())
        assert found.setdefault(one["name"], one["version"]) == one["version"], f"{manifest} has {one['version']}"
    return found


def by_pnpm(tree, environment):
    run(["pnpm", "install", "--frozen-lockfile", "--ignore-scripts"], tree, environment)
    lock = lock_file(tree)
    written = lock.read_bytes()
    run(["pnpm", "install", "--lockfile-only"], tree, environment)
    assert lock.read_bytes() == written, f"pnpm writes `{lock.name}` differently"
    return members(tree)


def by_yarn(tree, environment):
    run(["yarn", "install", "--immutable", "--mode=skip-build"], tree, environment)
    return members(tree)


def by_pip(tree, environment):
    options = ["--no-deps", "--no-build-isolation", "--dry-run", "--ignore-installed", "--quiet", "--report=-"]
    said, _ = run(["python", "-m", "pip", "install", *options, "."], tree, environment)
    return {one["metadata"]["name"]: one["metadata"]["version"] for one in json.loads(said)["install"]}


def by_poetry(tree, environment):
    run(["poetry", "check", "--lock"], tree, environment)
    version = run(["poetry", "version", "--short"], tree, environment)[0].strip()
    assert by_pip(tree, environment) == {"entity-core": version}
    return {"entity-core": version}


def by_uv(tree, environment):
    run(["uv", "lock", "--check"], tree, environment)
    version = run(["uv", "version", "--short", "--frozen"], tree, environment)[0].strip()
    assert by_pip(tree, environment) == {"entity-core": version}
    return {"entity-core": version}


def fill(top, files, version):
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_bytes(text.replace("@V@", version).encode())


def repository(top, fixture, environment):
    """Good and bad release, each with lock files by the ecosystem's own tool."""
    top.mkdir(parents=True)
    git(top, "init", "--quiet", "--initial-branch=main")
    git(top, "remote", "add", "origin", "https://github.com/acme/entity-core.git")
    policy = POLICY.replace("registry: pypi", f"registry: {fixture.registry}")
    for version, date in [(GOOD, "2024-04-02T09:00:00Z"), (BAD, "2024-05-14T09:00:00Z")]:
        files = {".github/rollback.yml": policy, ".gitignore": "node_modules/\n*.egg-info/\nbuild/\n", "README.md": f"# In {version}\n"}
        fill(top, files | fixture.files, version)
        for command in fixture.locks:
            run(command.split(), top, environment)
        git(top, "add", "--all")
        git(top, "commit", "--quiet", "--message", f"Release {version}", date=date)
        git(top, "tag", "--annotate", "--message", version, f"v{version}", date=date)
    return top


def checkout(repository, tag, top):
    top.mkdir(parents=True)
    archive = subprocess.run(["git", "-C", str(repository), "archive", tag], check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", str(top)], input=archive.stdout, check=True)
    return top


def read_back(fixture, binary, top, environment):
    """Rolls a repository back in a rehearsal; its own tools must read the new version everywhere, and nothing else changed."""
    clone = repository(top / fixture.name / "entity-core", fixture, environment)
    before = fixture.read(checkout(clone, f"v{GOOD}", top / fixture.name / "good"), environment)
    assert before == {name: GOOD for name in fixture.reads}, f"the fixture is wrong: in v{GOOD}, {before}"
    out = top / fixture.name / "out"
    run([binary, "rehearse", f"--repo={clone}", f"--bad=v{BAD}", f"--good=v{GOOD}", "--strategy=patch", f"--out={out}"], top, environment)
    tree = checkout(out / "repository.git", f"v{NEW}", top / fixture.name / "tree")
    read = fixture.read(tree, environment)
    assert read == fixture.reads, f"read {read}, not {fixture.reads}"
    return tree, top / fixture.name / "good"


def a_lock_file_left_alone_is_noticed(fixture, trees, environment):
    """The readers are worth something only if they can fail: with the good release's lock file beside the new manifests."""
    tree, good = trees
    lock = lock_file(tree)
    lock.write_bytes((good / lock.name).read_bytes())
    try:
        read = fixture.read(tree, environment)
    except AssertionError:
        return
    raise AssertionError(f"`{lock.name}` of {GOOD} passes for {NEW}: {read}")


def lock_file(tree):
    names = ["Cargo.lock", "npm-shrinkwrap.json", "package-lock.json", "pnpm-lock.yaml", "uv.lock", "yarn.lock"]
    return next(tree / name for name in names if (tree / name).exists())


def check(tests, binary, top, environment):
    """Runs every fixture as a test of its own."""
    for fixture in fixtures():
        trees = []

        def reads():
            trees.append(read_back(fixture, binary, top, environment))

        def fails():
            a_lock_file_left_alone_is_noticed(fixture, trees[0], environment)

        reads.__name__ = f"the_tools_of_{fixture.name}_read_what_the_rollback_wrote"
        tests.run(reads)
        if trees and fixture.name in ("cargo", "npm", "npm-shrinkwrap", "pnpm", "yarn", "uv"):
            fails.__name__ = f"a_lock_file_of_{fixture.name}_left_alone_is_noticed"
            tests.run(fails)
