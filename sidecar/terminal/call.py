"""`voicebox-sidecar call`: one request to a sidecar of its own, its result as JSON on stdout.

A parameter is key=value: text where the method takes text, JSON elsewhere (seed=7, generation_ids='["..."]'). A dot
leads into an object (sampling.top_k=5), @ reads a file (text=@story.txt), null is null. A method that starts a job
waits for its end unless wait=false is given; the job then goes on when a sidecar next uses the data folder.

Exit codes: 0 a result, 1 an error, 2 a call that makes no sense, 3 the data folder is in use, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from sidecar.terminal.assignments import parameters_of
from sidecar.terminal.child import Child, Message
from sidecar.terminal.faults import EXIT_INTERRUPTED, EXIT_OK, EXIT_REFUSED, in_words
from sidecar.terminal.interface import Interface
from sidecar.terminal.printable import printable
from sidecar.terminal.progress import ProgressLine


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("method", help="such as generation.create; rpc.discover describes them all")
    parser.add_argument("parameters", nargs="*", metavar="key=value", help="its parameters")
    parser.add_argument("--json", type=_object, default={}, metavar="'{...}'", help="parameters as a JSON object")
    parser.add_argument("--raw", action="store_true", help="print the line that the sidecar answers, as it comes")


def run(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    """Send the request, show how far it is, print what comes back; gives the exit code."""
    line = ProgressLine(sys.stderr)

    def notice(method: str, params: Message) -> None:
        if method == "job.progress":
            line.show(params)

    with Child(options, notice) as child:
        interface = Interface(child.result("rpc.discover", {}))
        method = interface.method(arguments.method)
        answer = child.call(method.name, parameters_of(interface, method, arguments.parameters, arguments.json))
        line.clear()
    if arguments.raw:
        print(printable(answer.line))
    elif "result" in answer.message:
        print(pretty(answer.message["result"]))
    if error := answer.message.get("error"):
        line.say(f"voicebox-sidecar: {method.name}: {in_words(error)}")
    if answer.interrupted:
        return EXIT_INTERRUPTED
    return EXIT_REFUSED if error else EXIT_OK


def pretty(result: Any) -> str:
    """JSON for people."""
    return printable(json.dumps(result, ensure_ascii=False, indent=2))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as fault:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON ({fault})") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object")
    return value
