"""Checks style, types and layers: `python3 build/lint.py [--fix]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from setup import REPOSITORY, run_inside

# What one operating system alone has lies in a single module, whose types are checked for the other ones too.
FOR_OTHERS = tuple(
    ("mypy", "--platform", name, "--cache-dir", f".mypy_cache/{name}", "sidecar/operating_system.py")
    for name in ("darwin", "win32")
)
WORKFLOWS = sorted(str(path) for path in (REPOSITORY / ".github" / "workflows").glob("*.yml"))
CHECKS = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    *FOR_OTHERS,
    ("check_jsonschema", "--quiet", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS),
)
FIXES = (("ruff", "check", "--fix"), ("ruff", "format"), *CHECKS[2:])


def main() -> int:
    """Run every check, even after one has failed."""
    run_inside(("test",), Path(__file__))
    checks = FIXES if "--fix" in sys.argv[1:] else CHECKS
    codes = [subprocess.run([sys.executable, "-m", *check], cwd=REPOSITORY).returncode for check in checks]
    return max(codes)


if __name__ == "__main__":
    raise SystemExit(main())
