"""Keeps the TypeScript client true: writes `client/src/generated.ts` from the sidecar's models.

    python3 build/client.py [--install]

With `--install` it writes nothing, but makes sure of what checks and tests the client: the compiler and Node's types,
in `client/node_modules`, by `npm ci`. A second time does nothing and needs no network.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from setup import REPOSITORY, run_inside

CLIENT = REPOSITORY / "build" / "client"
GENERATED = CLIENT / "src" / "generated.ts"
LOCK = CLIENT / "package-lock.json"
STAMP = CLIENT / "node_modules" / "installed"


def main() -> None:
    """Write the types, or install."""
    parser = argparse.ArgumentParser(description="Keeps the TypeScript client true.")
    parser.add_argument("--install", action="store_true", help="install what checks and tests the client")
    if parser.parse_args().install:
        install()
        return
    run_inside((), Path(__file__))
    GENERATED.write_bytes(types())


def types() -> bytes:
    """The types as the sidecar's models are now."""
    command = [sys.executable, "-m", "sidecar", "schema", "--typescript"]
    return subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE).stdout


def install() -> None:
    """Make sure of `node_modules` as the lock file has it."""
    lock = LOCK.read_bytes()
    if STAMP.exists() and STAMP.read_bytes() == lock:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is not on the PATH: the TypeScript client is tested with Node 20 or newer, which has it.")
    subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--prefer-offline"], cwd=CLIENT, check=True)
    STAMP.write_bytes(lock)


if __name__ == "__main__":
    main()
