"""Verdaccio, a real npm registry, and what a maintainer does to it: publish, move `latest`, deprecate, in npm's own protocol."""

import base64
import hashlib
import json
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from indexes import npm_tarball


class Registry:
    def __init__(self, top, environment, node):
        top.mkdir(parents=True)
        command = ["node", str(Path(__file__).with_name("registry.cjs")), str(top)]
        self.process = subprocess.Popen(command, env=environment | {"NODE_PATH": str(node / "node_modules")}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=top)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith("http://"), f"the npm registry did not start: {self.url}"

    def ask(self, method, path, body=None):
        request = urllib.request.Request(self.url + path, method=method, data=None if body is None else json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from None

    def publish(self, name, version, tag):
        """As `npm publish --tag` does."""
        tarball = npm_tarball(name, version)
        file = f"{name}-{version}.tgz"
        dist = {
            "tarball": f"{self.url}/{name}/-/{file}",
            "shasum": hashlib.sha1(tarball).hexdigest(),
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(tarball).digest()).decode(),
        }
        manifest = {"name": name, "version": version, "dist": dist}
        data = base64.b64encode(tarball).decode()
        attachment = {"content_type": "application/octet-stream", "data": data, "length": len(tarball)}
        self.ask("PUT", f"/{name}", {"_id": name, "name": name, "dist-tags": {tag: version}, "versions": {version: manifest}, "_attachments": {file: attachment}})

    def point(self, name, version):
        """As `npm dist-tag add NAME@VERSION latest` does."""
        self.ask("PUT", f"/-/package/{name}/dist-tags/latest", version)

    def deprecate(self, name, version):
        """As `npm deprecate` does."""
        packument = self.ask("GET", f"/{name}?write=true")
        packument["versions"][version]["deprecated"] = "bad release"
        self.ask("PUT", f"/{name}", packument)

    def stop(self):
        self.process.terminate()
        self.process.wait()
