"""`voicebox-sidecar repl`: a prompt that keeps one sidecar for many requests.

Each line is METHOD key=value ..., as in call, with quotes around what holds a blank. help lists the methods, and
help METHOD its parameters; Tab completes; Ctrl-C cancels a request; exit or the end of input leaves.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from sidecar.terminal.assignments import parameters_of
from sidecar.terminal.call import pretty
from sidecar.terminal.child import Child, Message
from sidecar.terminal.completion import completions
from sidecar.terminal.describe import description, list_of_methods
from sidecar.terminal.editing import editing
from sidecar.terminal.faults import EXIT_OK, UsageError, in_words
from sidecar.terminal.interface import Interface
from sidecar.terminal.progress import ProgressLine

PROMPT = "voicebox> "
HISTORY_FILE = "repl_history"
NEWS_CHARS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes: nothing but what every command takes."""


def run(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    """Serve lines until the end of input; gives the exit code."""
    progress = ProgressLine(sys.stderr)
    with Child(options, partial(_notice, progress)) as child:
        repl = Repl(child, progress)
        for line in _lines(repl):
            if line == "exit":
                break
            repl.serve(line)
    return EXIT_OK


def _notice(progress: ProgressLine, method: str, params: Message) -> None:
    """Tell of a notification: progress in a line that moves, the others as they come, cut short."""
    if method == "job.progress":
        progress.show(params)
        return
    text = json.dumps(params, ensure_ascii=False)
    progress.say(f"{method} {text if len(text) <= NEWS_CHARS else text[:NEWS_CHARS] + '…'}")


class Repl:
    """One line after another, each with its answer."""

    def __init__(self, child: Child, progress: ProgressLine) -> None:
        self._child = child
        self._progress = progress
        self.interface = Interface(child.result("rpc.discover", {}))

    @property
    def history(self) -> Path:
        """Where the lines of earlier times are kept."""
        assert self._child.data_dir
        return self._child.data_dir / HISTORY_FILE

    def show_news(self) -> None:
        """Tell what has come since the last answer."""
        self._child.show_news()
        self._progress.clear()

    def serve(self, line: str) -> None:
        """Do what a line asks, and say what is wrong with it where it makes no sense."""
        try:
            words = _words(line)
            if words[:1] == ["help"]:
                print(self._help(words[1:]))
            elif words:
                self._request(*words)
        except UsageError as fault:
            self._progress.say(str(fault))
        sys.stdout.flush()

    def _help(self, names: list[str]) -> str:
        if not names:
            return list_of_methods(self.interface)
        return "\n\n".join(description(self.interface, self.interface.method(name)) for name in names)

    def _request(self, name: str, *assignments: str) -> None:
        method = self.interface.method(name)
        answer = self._child.call(name, parameters_of(self.interface, method, assignments, {}))
        self._progress.clear()
        if error := answer.message.get("error"):
            self._progress.say(f"error: {in_words(error)}")
        else:
            print(pretty(answer.message["result"]))


def _words(line: str) -> list[str]:
    """Split as a shell does, but a backslash is a backslash: Windows' paths have them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters, lexer.escape = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        raise UsageError("A quotation mark has no partner.") from None


def _lines(repl: Repl) -> Iterator[str]:
    """What is typed, or what is piped in, line by line."""
    if not sys.stdin.isatty():
        yield from map(str.strip, sys.stdin)
        return
    with editing(repl.history, partial(completions, repl.interface), repl.interface.takes_a_secret):
        while True:
            repl.show_news()
            try:
                yield input(PROMPT).strip()
            except KeyboardInterrupt:
                print()
            except EOFError:
                print()
                return
