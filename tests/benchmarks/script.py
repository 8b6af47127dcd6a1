"""Prints what becomes of a script: `python -m tests.benchmarks.script [--lines 60]`. Nothing here asserts on a time.

A play for three voices goes to an mp3 with subtitles in one call; Whisper then says whether they tell what is heard.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.conftest import MODELS
from tests.process.sidecar_process import SidecarProcess
from tests.radio_play import PLAY, likeness, perform

PATIENCE_S = 1_800.0


def main() -> None:
    """Measure and print."""
    longest = len(PLAY.splitlines())
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=longest, choices=range(1, longest + 1), metavar=f"1-{longest}")
    lines = parser.parse_args().lines
    with (
        tempfile.TemporaryDirectory() as folder,
        SidecarProcess(Path(folder) / "data", VOICEBOX_MODELS_DIR=str(MODELS)) as sidecar,
    ):
        path = Path(folder) / "play.mp3"
        began = time.monotonic()
        made = perform(sidecar, lines, path, PATIENCE_S)
        took_s = time.monotonic() - began
        found = likeness(sidecar, lines, path, PATIENCE_S)
    rendered = made["result"]["render"]
    print(f"{made['result']['spoken']} of {lines} lines, {rendered['duration_s']:.1f} s of audio in {took_s:.1f} s")
    print(f"loudness {rendered['loudness_lufs']:.1f} LUFS, true peak {rendered['true_peak_db']:.1f} dBTP")
    print(f"word errors: {found.written:.1%} of the subtitles against the script, {found.heard:.1%} of the recognition")
    print(f"{found.shared:.1%} of the words are in both, {found.apart_s:.2f} s apart, at worst {found.worst_s:.2f} s")


if __name__ == "__main__":
    main()
