"""Checks style, types and layers: `python3 build/lint.py [--fix]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from setup import REPOSITORY, run_inside

CHECKS = (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",))
FIXES = (("ruff", "check", "--fix"), ("ruff", "format"), ("mypy",))


def main() -> int:
    """Run every check, even after one has failed."""
    run_inside(("test",), Path(__file__))
    checks = FIXES if "--fix" in sys.argv[1:] else CHECKS
    codes = [subprocess.run([sys.executable, "-m", *check], cwd=REPOSITORY).returncode for check in checks]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
