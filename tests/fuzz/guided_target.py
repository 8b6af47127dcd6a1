"""One parser as libFuzzer calls it: `python -m tests.fuzz.guided_target PARSER CORPUS [-max_total_time=60 …]`.

libFuzzer keeps in the folder CORPUS what reached code that nothing before it had reached, and mutates that. It ends
with the first fault: the traceback goes to stdout, the input into a file whose place `-artifact_prefix` tells. The
first byte of an input seeds what the parser leaves to chance.
"""

from __future__ import annotations

import logging
import random
import sys
import tempfile
from pathlib import Path

import atheris


def main() -> None:
    """Fuzz until told to stop; libFuzzer ends the process."""
    name, corpus, *options = sys.argv[1:]
    # What is imported here is watched: which lines of it run, and what they compare.
    with atheris.instrument_imports(include=["sidecar"]):
        from tests.fuzz.parsers import parsers
    logging.disable()
    # libFuzzer ends the process without any clean-up, so whoever starts it says where.
    (parser,) = (parser for parser in parsers(Path(tempfile.gettempdir())) if parser.name == name)

    def one(data: bytes) -> None:
        try:
            parser.read(data[1:], random.Random(data[:1]))
        except parser.may_raise:
            return

    for number, seed in enumerate(parser.seeds):
        (Path(corpus) / f"seed-{number}").write_bytes(b"\0" + seed)
    atheris.Setup([sys.argv[0], *options, corpus], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
