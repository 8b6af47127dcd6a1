"""Keeps a data folder of every schema and shape that there was: has each earlier commit's own program make one.

    python3 build/old_data.py [COMMIT …]

Needs the history of the repository, and the models. Of commits that have made the same schema and whose unfinished work
has the same shape one is kept, the newest, as `tests/upgrades/data/SCHEMA-SHAPE-COMMIT.tar.xz`, for
`tests/upgrades/test_upgrades.py` to read. Commits whose files are not all there cannot start: they are left out.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from setup import REPOSITORY, run_inside

KEPT = REPOSITORY / "tests" / "upgrades" / "data"
LONGEST_S = 300.0


def main() -> None:
    """Have every commit with a schema make a data folder, oldest first."""
    parser = argparse.ArgumentParser(description="Keeps a data folder of every schema and shape that there was.")
    parser.add_argument("commits", nargs="*", metavar="COMMIT", help="which commits to ask, in full; every one if none")
    run_inside((), Path(__file__))
    every = _git("rev-list", "--reverse", "HEAD").decode().split()
    for commit in parser.parse_args().commits or every:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{commit[:7]}: {_made_by(commit, Path(folder))}", flush=True)


def _made_by(commit: str, folder: Path) -> str:
    """Have one commit's program make a data folder, and tell what became of it."""
    checkout, data = folder / "checkout", folder / "data"
    with tarfile.open(fileobj=io.BytesIO(_git("archive", commit, "sidecar"))) as archive:
        archive.extractall(checkout, filter="data")
    command = [sys.executable, "-m", "tests.upgrades.life", str(checkout), str(data)]
    lived = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=LONGEST_S)
    if lived.returncode:
        reason = lived.stderr.splitlines()[-1]
        return f"left out, {reason[-200:]}"
    keep = [sys.executable, "-m", "tests.upgrades.archives", str(data), commit, str(KEPT)]
    kept = subprocess.run(keep, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE, text=True)
    return f"{kept.stdout.strip()} {'; '.join(lived.stderr.splitlines())}".strip()


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main()
