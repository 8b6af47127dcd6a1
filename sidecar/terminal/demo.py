"""`voicebox-sidecar demo`: says hello in the best preset voice of the installed models, into a WAV in this folder.

Nothing else of it stays: the profile and the take are deleted once the file is written.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sidecar.terminal.child import Child, Message
from sidecar.terminal.faults import EXIT_OK, EXIT_REFUSED, Refused
from sidecar.terminal.printable import printable
from sidecar.terminal.progress import ProgressLine

LANGUAGE = "en"
SENTENCE = "Hello! This is {name}, the first voice on this computer, and I have just learned to speak."
FAVOURITES = ("af_heart",)
"""The voices that their engine's own list grades best (A in VOICES.md of Kokoro-82M); elsewhere the first is taken."""
FILE_NAME = "voicebox-demo{number}.wav"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--text", default=SENTENCE, help="what to say; {name} in it is the voice's name")


def run(arguments: argparse.Namespace, options: Sequence[str]) -> int:
    """Speak and say where the file is; gives the exit code."""
    line = ProgressLine(sys.stderr)

    def notice(method: str, params: Message) -> None:
        if method == "job.progress":
            line.show(params)

    target = _free_path(Path.cwd())
    with Child(options, notice) as child:
        engines = child.result("engines.list", {})["items"]
        for voice in _voices(child, engines):
            try:
                duration_s = _speak(child, voice, arguments.text.replace("{name}", _spoken(voice["name"])), target)
            except Refused as fault:
                if fault.kind != "model_unavailable":
                    raise
                continue
            line.clear()
            print(printable(f"{voice['name']} of {voice['engine']} says it in {duration_s:.1f} s: {target}"))
            return EXIT_OK
    line.say("voicebox-sidecar: no model with voices of its own is installed.")
    for engine in engines:
        line.say(f"  {engine['name']}: {engine['reason'] or 'the model of its preset voices is not installed'}")
    return EXIT_REFUSED


def _voices(child: Child, engines: list[Any]) -> Iterator[Message]:
    """The best preset voice of every engine that works here and has any, best engine first."""
    for engine in engines:
        if engine["available"] and "preset" in engine["voice_kinds"]:
            voices = child.result("voices.list", {"engine": engine["id"], "language": LANGUAGE})["items"]
            yield from sorted(voices, key=lambda voice: voice["voice_id"] not in FAVOURITES)[:1]


def _spoken(name: str) -> str:
    """A voice's name without what stands in brackets behind it."""
    return name.partition(" (")[0]


def _speak(child: Child, voice: Message, text: str, target: Path) -> float:
    """Put a sentence into a WAV and leave nothing else behind; gives its duration in seconds."""
    chosen = {"kind": "preset", "engine": voice["engine"], "voice_id": voice["voice_id"]}
    profile = child.result("profiles.create", {"name": f"demo {uuid.uuid4()}", "voice": chosen})["profile"]
    try:
        request = {"profile_id": profile["id"], "text": text, "language": LANGUAGE, "wait": True}
        made = child.result("generation.create", request)["generation"]
        child.result("history.export", {"generation_id": made["id"], "path": str(target), "wait": True})
    finally:
        child.result("profiles.delete", {"profile_id": profile["id"], "delete_generations": True})
    return float(made["duration_s"])


def _free_path(folder: Path) -> Path:
    """A name that no file in this folder has."""
    numbers = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    paths = (folder / FILE_NAME.format(number=number) for number in numbers)
    return next(path for path in paths if not path.exists())
