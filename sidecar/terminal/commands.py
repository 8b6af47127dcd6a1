"""The commands of `voicebox-sidecar`, each a module: from the words of the command line to an exit code."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from typing import Protocol

from sidecar.terminal import call, demo, repl, schema
from sidecar.terminal.faults import EXIT_INTERRUPTED, EXIT_REFUSED, EXIT_USAGE, ChildEnded, Refused, UsageError, near
from sidecar.terminal.printable import printable

PROGRAM = "voicebox-sidecar"


class Command(Protocol):
    """What the module of a command has; its docstring is the help."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Say what the command takes beside what every command takes."""

    def run(self, arguments: argparse.Namespace, options: Sequence[str]) -> int:
        """Do it, with a sidecar that has these options; gives the exit code."""


COMMANDS: dict[str, Command] = {"call": call, "repl": repl, "schema": schema, "demo": demo}


def run_command(options: Sequence[str], words: Sequence[str]) -> int:
    """Run the command that these words spell, with a sidecar that has these options; gives the exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # JSON is UTF-8 wherever it is piped to; Windows would choose a code page.
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        return _run(options, *words)
    except UsageError as fault:
        return _fail(fault, EXIT_USAGE)
    except Refused as fault:
        return _fail(fault, EXIT_REFUSED)
    except ChildEnded as fault:
        # One that has never been ready has said on stderr itself why: the folder is in use (3) or unusable (1).
        return _fail(fault, EXIT_REFUSED) if fault.was_ready else fault.code or EXIT_REFUSED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def _run(options: Sequence[str], name: str, *words: str) -> int:
    if name not in COMMANDS:
        raise UsageError(f"There is no command {name!r}.{near(name, COMMANDS)} Say --help for all of them.")
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} {name}",
        description=(command.__doc__ or "").partition(": ")[2],
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data-dir", help="where everything is kept (default: the platform's own place)")
    command.add_arguments(parser)
    arguments = parser.parse_intermixed_args(words)
    if arguments.data_dir is not None:
        options = [*options, "--data-dir", arguments.data_dir]
    return command.run(arguments, options)


def _fail(fault: Exception, code: int) -> int:
    sys.stderr.write(f"{PROGRAM}: {printable(str(fault))}\n")
    return code
