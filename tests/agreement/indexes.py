"""A crate index and a Python index on one loopback port, for real clients: what lies in them can be changed while they serve.

The crate index is sparse, the Python one is the simple index as JSON and as HTML, with yanked files. Only the standard library.
"""

import base64
import functools
import hashlib
import html
import io
import json
import re
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON = "application/vnd.pypi.simple.v1+json"


class Indexes:
    """`crates` and `wheels` name, for each package, its versions and whether each is yanked."""

    def __init__(self):
        self.crates, self.wheels = {}, {}
        indexes = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                kind, body = indexes.answer(self.path, self.headers.get("Accept", ""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(body)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path, accept):
        """Returns content type and body; no type for what is not there."""
        parts = path.strip("/").split("/")
        if parts == ["crates", "config.json"]:
            return "application/json", json.dumps({"dl": f"{self.url}/crate"}).encode()
        if parts[0] == "crates" and parts[-1] in self.crates:
            lines = [self.line(parts[-1], version, yanked) for version, yanked in self.crates[parts[-1]].items()]
            return "text/plain", "".join(lines).encode()
        if parts[0] == "crate" and parts[1] in self.crates and parts[2] in self.crates[parts[1]]:
            return "application/gzip", crate(parts[1], parts[2])
        if parts[0] == "simple" and len(parts) == 2 and parts[1] in self.wheels:
            return self.simple(parts[1], accept)
        if parts[0] == "wheel" and len(parts) == 4 and parts[2] in self.wheels.get(parts[1], {}):
            is_metadata = parts[3].endswith(".metadata")
            return "application/octet-stream", metadata(parts[1], parts[2]).encode() if is_metadata else wheel(parts[1], parts[2])
        return None, b""

    def line(self, name, version, yanked):
        digest = hashlib.sha256(crate(name, version)).hexdigest()
        return json.dumps({"name": name, "vers": version, "deps": [], "cksum": digest, "features": {}, "yanked": yanked}) + "\n"

    def simple(self, name, accept):
        files = []
        for version, yanked in self.wheels[name].items():
            filename = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
            digest = hashlib.sha256(wheel(name, version)).hexdigest()
            url = f"{self.url}/wheel/{name}/{version}/{filename}"
            known = hashlib.sha256(metadata(name, version).encode()).hexdigest()
            hashes = {"hashes": {"sha256": digest}, "core-metadata": {"sha256": known}}
            files.append({"filename": filename, "url": url, **hashes, "yanked": "bad release" if yanked else False})
        if JSON in accept:
            page = {"meta": {"api-version": "1.1"}, "name": name, "versions": list(self.wheels[name]), "files": files}
            return JSON, json.dumps(page).encode()
        anchors = [
            f'<a href="{one["url"]}#sha256={one["hashes"]["sha256"]}"' + (f' data-yanked="{html.escape(one["yanked"])}"' if one["yanked"] else "") + f'>{one["filename"]}</a>'
            for one in files
        ]
        return "text/html", f"<!DOCTYPE html><html><body>{''.join(anchors)}</body></html>".encode()


def metadata(name, version):
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"


@functools.cache
def wheel(name, version):
    """A wheel with nothing in it but its own description."""
    stem = f"{name.replace('-', '_')}-{version}.dist-info"
    files = {
        f"{stem}/METADATA": metadata(name, version),
        f"{stem}/WHEEL": "Wheel-Version: 1.0\nGenerator: agreement\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }

    def digest(text):
        return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()

    record = [f"{path},sha256={digest(text)},{len(text)}" for path, text in files.items()] + [f"{stem}/RECORD,,"]
    files[f"{stem}/RECORD"] = "\n".join(record) + "\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for path, text in files.items():
            packed.writestr(zipfile.ZipInfo(path), text)
    return buffer.getvalue()


@functools.cache
def crate(name, version):
    """A crate with an empty library."""
    files = {"Cargo.toml": f'[package]\nname = "{name}"\nversion = "{version}"\nedition = "2021"\n', "src/lib.rs": ""}
    return archive(f"{name}-{version}", files)


@functools.cache
def npm_tarball(name, version):
    return archive("package", {"package.json": json.dumps({"name": name, "version": version})})


def archive(top, files):
    """A `.tar.gz` that is the same each time."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(f"{top}/{path}")
            entry.size, entry.mode = len(text.encode()), 0o644
            tar.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def python_spelling(version):
    """`2.0.0-rc.1` as a Python build writes it into a file's name: `2.0.0rc1`."""
    return re.sub(r"-rc\.?(\d+)$", r"rc\1", version)
