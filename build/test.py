"""Sets everything up and passes the tests: `python3 build/test.py [pytest arguments]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from setup import REPOSITORY, run_inside

EXTRAS = (
    "kokoro",
    "qwen",
    "effects",
    "speed",
    "normalise",
    "espeak",
    "studio",
    "vllm-omni",
    "freeze",
    "demo",
    "fuzz",
    "test",
)


def main() -> int:
    """Assemble the models, check the style, fetch the clients' tools, run the tests."""
    run_inside(EXTRAS, Path(__file__))
    steps = [
        [sys.executable, "build/models.py"],
        [sys.executable, "build/models.py", "--only", "recordings", "piper-joe"],
        [sys.executable, "build/lint.py"],
        [sys.executable, "build/client.py", "--install"],
        # Two at once on the two cores that the tests were made for; what shares a program stays together. In their own
        # order, since the files with the fewest tests, which else come last, are the slow ones.
        [
            sys.executable,
            "-m",
            "pytest",
            "--numprocesses",
            "2",
            "--dist",
            "loadfile",
            "--no-loadscope-reorder",
            "--durations",
            "20",
            *sys.argv[1:],
        ],
    ]
    for step in steps:
        if code := subprocess.run(step, cwd=REPOSITORY).returncode:
            return code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
