"""One round each of what is fuzzed: a fresh sandbox, a share of the work, a clean end, a look from outside."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.fuzz.corpus import Whole, corpus
from tests.fuzz.damage import damaged
from tests.fuzz.parsers import parser_faults
from tests.fuzz.requests import Requests, as_line
from tests.fuzz.target import Target, sandbox_in
from tests.scripted_engine import VOICE

FILE_WINDOW = 16
"""Damaged files on their way at once."""
WHOLE_EVERY = 4
"""Of the lines of a round, one in so many is not damaged."""
FENCE_EVERY = 500
"""After so many lines all that is open must be answered before the next."""
TAKEN_BY: Mapping[str, tuple[str, ...]] = {
    "audio": (
        "audio.probe",
        "audio.validate",
        "audio.waveform",
        "audio.convert",
        "profiles.add_sample",
        "history.import_audio",
        "projects.add_clip",
    ),
    "profile": ("profiles.import", "projects.import", "system.restore"),
    "project": ("projects.import", "profiles.import"),
    "backup": ("system.restore",),
    "script": ("projects.from_script", "generation.batch"),
    "picture": ("profiles.set_avatar", "projects.render"),
    "model": ("models.install",),
}
"""What takes in a kind of file."""


@dataclass
class Outcome:
    """What a round came to: how much was tried, what of it got a result, what went wrong.

    `grown_bytes` is resident memory at the end beyond that after the first tenth.
    """

    tried: int
    taken: int
    faults: list[str]
    grown_bytes: int


def fuzz_lines(sandbox: Path, rng: random.Random, count: int) -> Outcome:
    """Requests made from the OpenRPC document, some whole, most with their bytes damaged."""
    with Target(sandbox_in(sandbox)) as target:
        requests = _requests(target, rng)
        target.learn = requests.learn
        settled_bytes = 0
        for number in range(count):
            if number % WHOLE_EVERY:
                target.send(requests.damaged_line(f"damaged {number}"))
            else:
                line = requests.line(f"whole {number}")
                target.ask(f"whole {number}", line, line[:300].decode())
            if number % FENCE_EVERY == 0:
                target.drain()
            if number == count // 10:
                settled_bytes = target.rss_bytes
        grown_bytes = _finished(target) - settled_bytes
    target.examine()
    return Outcome(count, target.taken, target.faults, grown_bytes)


def fuzz_files(sandbox: Path, rng: random.Random, count: int) -> Outcome:
    """Damaged files of all kinds, given to all that takes them in."""
    with Target(sandbox_in(sandbox)) as target:
        whole = corpus(target)
        context = _context(target)
        settled_bytes = 0
        for number, (path, method, params) in enumerate(_damaged_files(target, rng, whole, context, count)):
            line = as_line({"jsonrpc": "2.0", "id": str(number), "method": method, "params": params})
            target.ask(str(number), line, f"{method} of {path.name}", FILE_WINDOW)
            if number == count // 10:
                settled_bytes = target.rss_bytes
        grown_bytes = _finished(target) - settled_bytes
    target.examine()
    return Outcome(count, target.taken, target.faults, grown_bytes)


def fuzz_parsers(folder: Path, rng: random.Random, count: int) -> Outcome:
    """Damage given to the parsers themselves, in this process."""
    before_bytes = _own_bytes()
    faults, taken = parser_faults(folder, rng, count)
    return Outcome(count, taken, faults, _own_bytes() - before_bytes)


def _own_bytes() -> int:
    return int(psutil.Process().memory_info().rss)


def _finished(target: Target) -> int:
    """Wait for all answers, see that it still is well, and give its resident memory in bytes."""
    target.drain()
    if target.call("system.health")["status"] != "ok":
        target.faults.append("system.health is not ok")
    return target.rss_bytes


def _requests(target: Target, rng: random.Random) -> Requests:
    target.call("profiles.create", name="Tone", voice=VOICE)
    whole = target.sandbox / "in" / "whole.wav"
    made = target.call("generation.create", profile_id="Tone", text="Hello.", wait=True)["generation"]
    whole.write_bytes(Path(made["audio_path"]).read_bytes())
    script = target.sandbox / "in" / "whole.md"
    script.write_text("Tone: Hello there.\n", "utf-8")
    inside = [str(path) for path in (whole, script, target.sandbox / "in" / "pipe", target.sandbox / "in")]
    outside = [str(target.sandbox / "out" / f"{number}.wav") for number in range(5)]
    paths = {
        **{name: [*inside, *outside] for name in ("path", "path_out", "cover_path")},
        "profile_id": ["Tone"],
        "model": ["scripted"],
        "engine": ["scripted"],
        "voice_id": ["tone"],
    }
    return Requests(rng, target.call("rpc.discover"), paths)


def _context(target: Target) -> dict[str, dict[str, Any]]:
    """What the methods need beside the path."""
    project = target.call("projects.create", name="Fuzz")["project"]
    track = target.call("projects.add_track", project_id=project["id"], name="Voices")["track"]
    clip = {"project_id": project["id"], "track_id": track["id"], "start_s": 0.0}
    target.call("projects.add_clip", silence_s=0.2, **clip)
    speakers = {"speakers": {"Ada": "Tone", "Bob": "Tone"}, "default_profile": "Tone", "name": "Fuzz"}
    return {
        "profiles.add_sample": {"profile_id": "Clone", "wait": True},
        "history.import_audio": {"wait": True},
        "profiles.import": {"on_conflict": "rename", "wait": True},
        "projects.import": {"wait": True},
        "models.install": {"model": "scripted", "wait": True},
        "projects.from_script": speakers,
        "generation.batch": {"defaults": {"profile_id": "Tone"}},
        "profiles.set_avatar": {"profile_id": "Tone"},
        "projects.add_clip": clip,
        "projects.render": {"project_id": project["id"], "format": "flac", "wait": True},
        "audio.convert": {"format": "wav"},
    }


def _damaged_files(
    target: Target, rng: random.Random, whole: list[Whole], context: dict[str, dict[str, Any]], count: int
) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Damaged files with the request that takes each in; a file is gone once so many others came after it."""
    left: list[Path] = []
    for number in range(count):
        chosen = rng.choice(whole)
        path = target.sandbox / "in" / f"{number}-{chosen.name}"
        path.write_bytes(damaged(rng, chosen.data))
        left.append(path)
        if len(left) > 2 * FILE_WINDOW:
            left.pop(0).unlink()
        method = rng.choice(TAKEN_BY[chosen.taken_by])
        params = dict(context.get(method, {}))
        if method == "projects.render":
            params |= {"cover_path": str(path), "path": str(target.sandbox / "out" / f"{number}.flac")}
        else:
            params["path"] = str(path)
        if method == "audio.convert":
            params["path_out"] = str(target.sandbox / "out" / f"{number}.wav")
        yield path, method, params
