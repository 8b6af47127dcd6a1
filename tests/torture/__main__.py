"""`python -m tests.torture`: faults of every kind for as long as one likes, and a table of what was survived."""

from __future__ import annotations

import argparse
import os
import platform
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from tests.torture import disk, engine_faults, failpoints, kills, power, shell_faults, surroundings
from tests.torture.fault import Fault
from tests.torture.run import Plan, Run
from tests.torture.table import Tally

OTHERS = (failpoints, power, disk, engine_faults, shell_faults, surroundings)
"""Where the faults are that are no mere kills."""


def main() -> int:
    """Run from the command line; 0 if everything held."""
    arguments = _parse()
    seed = secrets.randbelow(10**9) if arguments.seed is None else arguments.seed
    print(f"seed {seed}", flush=True)
    folder = arguments.folder or Path(tempfile.mkdtemp(prefix="voicebox-torture-"))
    began = time.monotonic()
    count = arguments.at_once
    kills_each = arguments.kills and -(-arguments.kills // count)
    plans = [Plan(seed + number, arguments.minutes * 60, kills_each, arguments.stop) for number in range(count)]
    tally = Tally()
    with ProcessPoolExecutor(count) as runs:
        going = [runs.submit(_run, plan, folder / str(plan.seed), arguments.only) for plan in plans]
        for run in going:
            tally.add(run.result())
    table = tally.markdown()
    print(table, flush=True)
    if arguments.table:
        arguments.table.write_text(_report(seed, count, time.monotonic() - began, table), encoding="utf-8")
    return 1 if tally.broken else 0


def _run(plan: Plan, folder: Path, only: Sequence[str]) -> Tally:
    others = [fault for module in OTHERS for fault in module.faults()]
    return Run(plan, folder, _named(kills.faults(), only), _named(others, only)).go()


def _report(seed: int, count: int, took_s: float, table: str) -> str:
    machine = f"{os.cpu_count()} cores, {platform.platform()}, {datetime.now(UTC):%Y-%m-%d}"
    return (
        "# What was survived\n\n"
        f"`python -m tests.torture --seed {seed} --at-once {count}` ran for {took_s / 60:.0f} minutes ({machine}).\n"
        "After each fault everything had to hold that `invariants.py` and `ledger.py` tell of.\n\n"
        f"{table}\n"
    )


def _named(faults: Sequence[Fault], parts: Sequence[str]) -> list[Fault]:
    return [fault for fault in faults if not parts or any(part in fault.name for part in parts)]


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--seed", type=int, help="decides every choice (default: one by chance, which is printed)")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long (default 60)")
    parser.add_argument("--kills", type=int, help="go on beyond the time until so many kills are done")
    parser.add_argument("--at-once", type=int, default=1, help="so many runs side by side, their seeds counted up")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="only faults with this in their names")
    parser.add_argument("--stop", action="store_true", help="stop when something does not hold")
    parser.add_argument("--table", type=Path, metavar="FILE", help="write the table there, as Markdown")
    parser.add_argument("--folder", type=Path, help="where the data folders lie (default: a new temporary folder)")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
