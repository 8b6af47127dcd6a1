"""`python -m tests.fuzz.guided --seconds 300`: each parser under damage that is guided by the code it reaches.

Needs the extra `fuzz` (atheris). Plain damage (`python -m tests.fuzz`) tries more in the same time; this finds what
lies behind a comparison that chance does not meet.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.parsers import parsers

HEAD = "| parser | tried | branches reached by the seeds | in the end | faults |\n|---|---:|---:|---:|---:|"
LARGEST_BYTES = 4_096
HANG_S = 30
"""An input that takes longer is a fault."""
END_S = 60
COVERED = re.compile(r"^#(\d+)\s+(INITED|DONE)\s+cov: (\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Guided:
    """What came of one parser: inputs tried, branches reached at first and at last, and what the fault said if any."""

    name: str
    tried: int
    at_first: int
    at_last: int
    fault: str | None

    @property
    def row(self) -> str:
        """As a row of the table."""
        faults = 0 if self.fault is None else 1
        return f"| {self.name} | {self.tried:,} | {self.at_first:,} | {self.at_last:,} | {faults} |"


def fuzz(name: str, folder: Path, seed: int, seconds: int) -> Guided:
    """Fuzz a parser for so long, or to its first fault, which leaves its input in `folder`."""
    corpus, scratch = folder / "corpus", folder / "scratch"
    corpus.mkdir(parents=True)
    scratch.mkdir()
    options = {
        "seed": seed,
        "max_total_time": seconds,
        "max_len": LARGEST_BYTES,
        "timeout": HANG_S,
        "artifact_prefix": f"{folder}{os.sep}",
    }
    command = [sys.executable, "-m", "tests.fuzz.guided_target", name, str(corpus)]
    ended = subprocess.run(
        [*command, *(f"-{option}={value}" for option, value in options.items())],
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        timeout=seconds + END_S,
    )
    told = {stage: (int(tried), int(covered)) for tried, stage, covered in COVERED.findall(ended.stdout)}
    at_first, at_last = told.get("INITED", (0, 0)), told.get("DONE", (0, 0))
    fault = None if ended.returncode == 0 and "DONE" in told else ended.stdout[-2_000:]
    return Guided(name, at_last[0], at_first[1], at_last[1], fault)


def main() -> int:
    """Fuzz from the command line; 0 if nothing was found."""
    names = [parser.name for parser in parsers(Path())]
    arguments = _arguments(names)
    print("seed", arguments.seed, flush=True)
    folder = Path(tempfile.mkdtemp(prefix="voicebox-guided-"))
    outcomes = []
    for name in arguments.only or names:
        outcomes.append(fuzz(name, folder / name, arguments.seed, arguments.seconds))
        if fault := outcomes[-1].fault:
            print(f"FAULT: {name}; kept: {folder / name}\n{fault}", flush=True)
    print("\n".join([HEAD, *(outcome.row for outcome in outcomes)]))
    return int(any(outcome.fault for outcome in outcomes))


def _arguments(names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.guided", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 10**6))
    parser.add_argument("--seconds", type=int, default=60, metavar="N", help="for each parser (default 60)")
    parser.add_argument("--only", nargs="+", choices=names, metavar="PARSER", help=", ".join(names))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
