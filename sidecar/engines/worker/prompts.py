"""Voice prompts, built once: in memory within a bound, on disk as safetensors."""

from __future__ import annotations

import json
import logging
import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from sidecar.durable import half_written, publish
from sidecar.engines.base import VoicePrompt

log = logging.getLogger(__name__)

DETAILS = "details"


class PromptCache:
    """The prompts used last in memory, as many as fit, and all in a folder: one that is damaged or gone is built again.

    The sidecar removes the files used longest ago; a file's modification time is when it was used last.
    """

    def __init__(self, bound_bytes: int) -> None:
        self._bound = bound_bytes
        self._held: OrderedDict[str, VoicePrompt] = OrderedDict()

    def get(self, key: str, path: Path, build: Callable[[], VoicePrompt]) -> tuple[VoicePrompt, bool]:
        """The prompt under this key, and whether it was cached; built and stored at `path` if not."""
        prompt = self._held.get(key) or self._read(path)
        cached = prompt is not None
        if prompt is None:
            prompt = build()
            _store(prompt, path)
        else:
            _mark_used(path)
        self._hold(key, prompt)
        return prompt, cached

    def _hold(self, key: str, prompt: VoicePrompt) -> None:
        self._held[key] = prompt
        self._held.move_to_end(key)
        while len(self._held) > 1 and sum(held.nbytes for held in self._held.values()) > self._bound:
            self._held.popitem(last=False)

    @staticmethod
    def _read(path: Path) -> VoicePrompt | None:
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="numpy") as file:
                details: dict[str, Any] = dict(json.loads(file.metadata()[DETAILS]))
                return VoicePrompt({name: file.get_tensor(name) for name in file.keys()}, details)  # noqa: SIM118
        except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as fault:
            log.warning("the cached voice prompt %s is damaged and is built again: %s", path.name, fault)
            path.unlink(missing_ok=True)
            return None


def _mark_used(path: Path) -> None:
    # It may have been removed while this process held what was in it.
    with suppress(FileNotFoundError):
        os.utime(path)


def _store(prompt: VoicePrompt, path: Path) -> None:
    temporary = half_written(path)
    # The library's own way into a file leaves one of another name behind when it is killed, which no sweep would know.
    temporary.write_bytes(save(prompt.arrays, metadata={DETAILS: json.dumps(prompt.details)}))
    publish(temporary, path)
