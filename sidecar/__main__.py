"""The command line: claim the pipe before anything else, then be the sidecar or one of its engine processes.

A command, such as `call`, makes it a client instead, with a sidecar of its own.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from sidecar import __version__
from sidecar.rpc.pipe import claim_standard_streams

MIN_LINE_BYTES = 1_024
DEFAULT_LINE_BYTES = 64 << 20
COMMANDS = """\
without a command it is the sidecar itself; the commands, each with its own --help, are for a terminal:
  call METHOD key=value ...       one request, its result as JSON
  repl                            a prompt for many requests
  schema --openrpc|--typescript   the whole interface
  demo                            a first sentence, as a WAV in this folder
"""


def main() -> None:
    """Run the program; the process ends here, whatever threads of whatever library are left."""
    words = sys.argv[1:]
    arguments = _parse(words)
    if arguments.command:
        from sidecar.terminal.commands import run_command

        options = words[: -len(arguments.command)]
        sys.exit(run_command(options, arguments.command))
    pipe = claim_standard_streams()
    # Everything else is imported behind the claim, so that no library can print on the protocol's pipe.
    if arguments.engine:
        from sidecar.engines.worker.main import run_engine

        run_engine(pipe)
    from sidecar.config import Config
    from sidecar.run import run_sidecar

    try:
        config = Config.from_environment(os.environ, arguments.data_dir, arguments.max_line_bytes)
    except ValueError as fault:
        sys.exit(f"voicebox-sidecar: {fault}")
    code = run_sidecar(pipe, config, arguments.log_level, arguments.parent_pid)
    if sys.stderr is not None:
        sys.stderr.flush()
    os._exit(code)


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="voicebox-sidecar",
        usage="%(prog)s [options] [COMMAND ...]",
        description="A voice studio's backend: JSON-RPC 2.0 lines in, answers and progress out.",
        epilog=COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", type=_folder, help="where everything is kept (default: the platform's own place)")
    parser.add_argument("--parent-pid", type=int, help="end when this process is gone")
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")
    parser.add_argument("--max-line-bytes", type=_line_bytes, default=DEFAULT_LINE_BYTES, help="longest line taken")
    parser.add_argument("--version", action="version", version=f"voicebox-sidecar {__version__}")
    parser.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _folder(value: str) -> Path:
    """A folder that is named; an empty name, as of a variable that is not set, would be the one that we are in."""
    if not value:
        raise argparse.ArgumentTypeError("must name a folder; leave it out for the default one")
    return Path(value)


def _line_bytes(value: str) -> int:
    number = int(value)
    if number < MIN_LINE_BYTES:
        raise argparse.ArgumentTypeError(f"must be at least {MIN_LINE_BYTES}")
    return number


if __name__ == "__main__":
    main()
