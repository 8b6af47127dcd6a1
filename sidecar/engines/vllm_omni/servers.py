"""The servers in their turns: what each serves, and whether it is left alone for now."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from sidecar.engines.vllm_omni.breaker import Breaker
from sidecar.engines.vllm_omni.faults import fit_to_show
from sidecar.engines.vllm_omni.spec import Task
from sidecar.server_urls import ServerUrl

TASK_MARK = re.compile(r"(?:^|[-_.])(custom[-_.]?voice|voice[-_.]?design|base)$", re.IGNORECASE)
"""A checkpoint's folder or repository ends with its task; the server itself goes by that where nothing better is there
[qwen, `_get_model_variant`]."""
TASKS: dict[str, Task] = {"customvoice": "CustomVoice", "voicedesign": "VoiceDesign", "base": "Base"}


@dataclass(frozen=True)
class Checkpoint:
    """What a server has loaded, under the name that requests must give; `task` is None where its names do not tell.

    `shown` is that name as people may be told it.
    """

    id: str
    shown: str
    task: Task | None
    obeys: bool
    """Whether it follows an instruction; the 0.6B checkpoints drop it in silence."""


@dataclass
class Server:
    """One server. `checkpoints` is None until it was asked, and again when it has failed or was not able."""

    url: ServerUrl
    breaker: Breaker
    checkpoints: tuple[Checkpoint, ...] | None = None

    def checkpoint_for(self, task: Task) -> Checkpoint | None:
        """What it serves for a task: a checkpoint whose name says so, else one whose name says nothing."""
        known = sorted(self.checkpoints or (), key=lambda checkpoint: checkpoint.task is None)
        return next((checkpoint for checkpoint in known if checkpoint.task in (task, None)), None)


class Servers:
    """Round-robin: each call begins with the next server."""

    def __init__(self, urls: Sequence[ServerUrl], clock: Callable[[], float]) -> None:
        self._servers = [Server(url, Breaker(clock)) for url in urls]
        self._turn = 0

    def __iter__(self) -> Iterator[Server]:
        return iter(self._servers)

    def in_turn(self) -> list[Server]:
        """All of them, beginning with the one whose turn it is."""
        first = self._turn % len(self._servers)
        self._turn += 1
        return [*self._servers[first:], *self._servers[:first]]

    def forget_what_they_serve(self) -> None:
        """Have each asked again: what was missing may have been started by then."""
        for server in self._servers:
            server.checkpoints = None


def checkpoints_told(body: bytes, secret: str | None) -> tuple[Checkpoint, ...]:
    """What `GET /v1/models` tells in JSON: `{"data": [{"id", "root", …}]}`.

    The list is OpenAI's; `root`, the path or repository that was loaded, is vLLM's addition. `secret` is the key that
    the server was given; it may be what it tells.

    Raises:
        ValueError: it is no such list.

    """
    try:
        answer: Any = orjson.loads(body)
        told = [(model["id"], model.get("root") or model["id"]) for model in answer["data"]]
    except (KeyError, TypeError, AttributeError) as fault:
        raise ValueError("no list of models") from fault
    if not all(isinstance(word, str) for names in told for word in names):
        raise ValueError("a list of models without names")
    return tuple(
        Checkpoint(name, fit_to_show(name, secret), _task_of(root) or _task_of(name), "0.6b" not in root.lower())
        for name, root in told
    )


def _task_of(name: str) -> Task | None:
    found = TASK_MARK.search(re.split(r"[\\/]", name.rstrip("\\/"))[-1])
    return TASKS[re.sub("[-_.]", "", found[1].lower())] if found else None
