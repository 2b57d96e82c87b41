"""Repositories of six ecosystems, made ready by `rollback-action init`.

Only the standard library, so that a fresh machine has all of it.
"""

import os
import subprocess

from stage import git


def python(version):
    return {"pyproject.toml": f'[project]\nname = "entity-core"\nversion = "{version}"\n', "src/entity/__init__.py": f'__version__ = "{version}"\n'}


def npm(version):
    return {"package.json": f'{{\n  "name": "@acme/entity",\n  "version": "{version}"\n}}\n'}


def rust(version):
    return {
        "Cargo.toml": f'[package]\nname = "entity"\nversion = "{version}"\nedition = "2024"\n',
        "Cargo.lock": f'version = 4\n\n[[package]]\nname = "entity"\nversion = "{version}"\n',
        "src/lib.rs": "//! Entities.\n",
    }


def maven(version):
    head = "<project>\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.example.acme</groupId>\n  <artifactId>entity</artifactId>\n"
    return {"pom.xml": f"{head}  <version>{version}</version>\n</project>\n"}


def go(version):
    return {"go.mod": "module example.com/acme/entity\n\ngo 1.24\n", "entity.go": f"// Package entity is of {version}.\npackage entity\n"}


def dotnet(version):
    group = f"  <PropertyGroup>\n    <TargetFramework>net9.0</TargetFramework>\n    <Version>{version}</Version>\n  </PropertyGroup>\n"
    return {"src/Acme.Entity/Acme.Entity.csproj": f'<Project Sdk="Microsoft.NET.Sdk">\n{group}</Project>\n'}


ECOSYSTEMS = {"python": python, "npm": npm, "rust": rust, "maven": maven, "go": go, "dotnet": dotnet}


def ready(binary, path, files, policy="", *options, more=None):
    """Makes a repository with three releases and lets `init` make it ready between the first and the second; `policy` is
    added to what it writes, with a role `captain` for whoever presses the button, and `more` files beside it."""
    path.mkdir(parents=True)
    git(path, "init", "--quiet", "--initial-branch=main")
    git(path, "remote", "add", "origin", "https://github.com/acme/entity-core.git")

    def commit(message, date, tag=None):
        git(path, "add", "--all")
        git(path, "commit", "--quiet", "--message", message, date=date)
        if tag:
            git(path, "tag", "--annotate", "--message", tag, tag, date=date)

    def release(version, date):
        for name, text in files(version).items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_text(text)
        (path / "NEWS").write_text(f"{version}\n")
        commit(f"Release {version}", date, f"v{version}")

    release("0.9.0", "2024-04-01T09:00:00Z")
    init(binary, path, *options)
    written = path / ".github/rollback.yml"
    if policy:
        written.write_text(written.read_text().replace("roles:\n", "roles:\n  captain: { users: [release-manager] }\n", 1) + policy)
        # What the policy says now may ask for more.
        init(binary, path, *options, expected=8)
    for name, text in (more or {}).items():
        (path / name).write_text(text)
    commit("Get ready for a rollback", "2024-04-02T09:00:00Z")
    release("1.0.0", "2024-04-03T09:00:00Z")
    release("1.1.0", "2024-05-14T09:00:00Z")
    return path


def init(binary, path, *options, expected=0):
    words = [str(binary), "init", "--repo", str(path), "--lead=ada,grace", "--owner=barbara,radia", *options]
    ended = subprocess.run(words, env={"PATH": os.environ["PATH"]}, capture_output=True, text=True)
    assert ended.returncode == expected, f"init ended with {ended.returncode}\n{ended.stdout}{ended.stderr}"
