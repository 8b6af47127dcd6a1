"""`voicebox-sidecar schema`: the whole interface, as OpenRPC or as TypeScript types, on stdout.

It is what rpc.discover answers, asked of a sidecar with an empty data folder that is thrown away: your own may be in
use.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence

from sidecar.terminal.call import pretty
from sidecar.terminal.child import Child
from sidecar.terminal.faults import EXIT_OK
from sidecar.terminal.typescript import typescript


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    forms = parser.add_mutually_exclusive_group(required=True)
    forms.add_argument("--openrpc", action="store_const", dest="write", const=pretty, help="the OpenRPC document")
    forms.add_argument("--typescript", action="store_const", dest="write", const=typescript, help="TypeScript types")


def run(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    """Ask and print; gives the exit code."""
    with (
        tempfile.TemporaryDirectory(prefix="voicebox-schema-") as folder,
        Child([*options, "--data-dir", folder], lambda method, params: None) as child,
    ):
        document = child.result("rpc.discover", {})
    print(arguments.write(document))
    return EXIT_OK
