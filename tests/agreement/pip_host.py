"""Runs pip's own command line many times, each in a child of one process that has imported pip already.

Reads one JSON list of arguments a line, answers with `{"code", "out", "err"}` a line. Importing is most of what a
`pip install --dry-run` costs; the child is otherwise what `python -m pip` is.
"""

import contextlib
import importlib
import json
import os
import sys
import tempfile
import traceback

from pip._internal.cli.main import main

# What `install` imports only once it runs.
for name in ["commands.install", "network.session", "resolution.resolvelib.resolver", "metadata.importlib", "index.collector"]:
    importlib.import_module(f"pip._internal.{name}")
for name in ["truststore", "rich.console"]:
    with contextlib.suppress(ImportError):
        importlib.import_module(f"pip._vendor.{name}")


def run(arguments):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                code = main(arguments)
            except SystemExit as ended:
                code = ended.code or 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out.seek(0)
        err.seek(0)
        return {"code": code, "out": out.read().decode(), "err": err.read().decode()}


for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)
