"""`python -m tests.fuzz --seed 1 --lines 1000000 --files 10000`: prints the seed, news now and then, and a table."""

from __future__ import annotations

import argparse
import logging
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.fuzz.rounds import Outcome, fuzz_files, fuzz_lines, fuzz_parsers

LINES_A_ROUND = 20_000
FILES_A_ROUND = 1_000
PARSERS_A_ROUND = 50_000
HEAD = (
    "| fuzzed | tried | got a result | internal errors and other faults | deaths and hangs | memory grown |\n"
    "|---|---:|---:|---:|---:|---:|"
)
Round = Callable[[Path, random.Random, int], Outcome]


def main() -> int:
    """Fuzz in rounds, each with a seed of its own that follows from the one that is printed."""
    asked = _arguments()
    # The parsers warn of each damaged file, as they should.
    logging.disable()
    print("seed", asked.seed, flush=True)
    rows, bad = [], 0
    for name, whole, share, one in (
        ("lines", asked.lines, LINES_A_ROUND, fuzz_lines),
        ("files", asked.files, FILES_A_ROUND, fuzz_files),
        ("parsers", asked.parsers, PARSERS_A_ROUND, fuzz_parsers),
    ):
        outcomes, deaths = _rounds(name, whole, share, one, asked.seed)
        faults = sum(len(outcome.faults) for outcome in outcomes)
        grown = max((outcome.grown_bytes for outcome in outcomes), default=0) >> 20
        tried, taken = sum(outcome.tried for outcome in outcomes), sum(outcome.taken for outcome in outcomes)
        rows.append(f"| {name} | {tried:,} | {taken:,} | {faults} | {deaths} | {grown} MiB |")
        bad += faults + deaths
    print("\n".join([HEAD, *rows]))
    return min(bad, 1)


def _rounds(name: str, whole: int, share: int, one: Round, seed: int) -> tuple[list[Outcome], int]:
    outcomes: list[Outcome] = []
    deaths, begun = 0, time.monotonic()
    for number in range(-(-whole // share)):
        sandbox = Path(tempfile.mkdtemp(prefix="voicebox-fuzz-"))
        try:
            outcome = one(sandbox, random.Random(f"{seed} {name} {number}"), min(share, whole - number * share))
        except (AssertionError, OSError) as fault:
            deaths += 1
            print(f"DIED OR HUNG: {name}, seed {seed}, round {number}; kept: {sandbox}\n{fault}", flush=True)
            continue
        outcomes.append(outcome)
        if outcome.faults:
            print(f"FAULTS: {name}, seed {seed}, round {number}; kept: {sandbox}", *outcome.faults[:20], sep="\n")
        else:
            shutil.rmtree(sandbox)
        print(f"{(time.monotonic() - begun) / 60:.1f} min: {name}, round {number + 1}", flush=True)
    return outcomes, deaths


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--lines", type=int, default=100_000, metavar="N")
    parser.add_argument("--files", type=int, default=1_000, metavar="N")
    parser.add_argument("--parsers", type=int, default=100_000, metavar="N")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
