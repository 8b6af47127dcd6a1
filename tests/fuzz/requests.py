"""Lines for every method of the OpenRPC document: mostly requests that get far, some that must not."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.fuzz.damage import damaged
from tests.fuzz.values import HOSTILE_SHAPES, Values

NEVER = {"system.shutdown"}
"""It ends the process, as it should."""
RARELY = {"models.delete", "models.move", "profiles.delete", "history.delete", "projects.delete", "engines.set_key"}
"""What leaves the other requests little to work with is asked one time in twenty that its turn comes."""
SLOW = {"jobs.wait"}
WAITS = 0.02
"""Of the requests that may wait for a job, this share does: the others go on meanwhile."""
KEPT_IDS = 40
ID_OF = {
    "profile": "profile_id",
    "generation": "generation_id",
    "sample": "sample_id",
    "version": "version_id",
    "job": "job_id",
    "project": "project_id",
    "track": "track_id",
    "clip": "clip_id",
    "marker": "marker_id",
    "line": "line_id",
    "transcription": "transcription_id",
    "preset": "preset_id",
}
"""The object of an answer whose `id` a parameter of this name takes."""


class Requests:
    """An endless supply of lines, the same for the same seed and answers."""

    def __init__(self, rng: random.Random, document: Mapping[str, Any], paths: Mapping[str, list[str]]) -> None:
        self._rng = rng
        self._methods = [method for method in document["methods"] if method["name"] not in NEVER]
        self._known: defaultdict[str, list[str]] = defaultdict(
            list, {name: list(found) for name, found in paths.items()}
        )
        self._values = Values(rng, document["components"]["schemas"], self._known)

    def learn(self, result: object) -> None:
        """Keep the ids in an answer, so that later requests are about things that there are."""
        for name, found in _ids(result):
            kept = self._known[name]
            if found not in kept:
                kept.append(found)
                del kept[:-KEPT_IDS]

    def request(self, name: str) -> dict[str, Any]:
        """One request, with its id."""
        method = self._rng.choice(self._methods)
        while method["name"] in RARELY and self._rng.random() < 0.95:
            method = self._rng.choice(self._methods)
        return {"jsonrpc": "2.0", "id": name, "method": method["name"], "params": self._params(method)}

    def line(self, name: str) -> bytes:
        """One request as a line."""
        return as_line(self.request(name))

    def damaged_line(self, name: str) -> bytes:
        """Bytes that were a request or a batch, and end in one newline. No path is in them that damage could bend."""
        messages = [message for _ in range(self._rng.randint(1, 3)) if "path" not in str(message := self.request(name))]
        whole = as_line(self._rng.choice((messages, *messages)) if messages else {"jsonrpc": "2.0", "id": name})
        return damaged(self._rng, whole[:-1]).replace(b"system.shutdown", b"") + b"\n"

    def _params(self, method: Mapping[str, Any]) -> Any:
        rng = self._rng
        if rng.random() < 0.01:
            return rng.choice(HOSTILE_SHAPES)
        required = [param["name"] for param in method["params"] if param["required"]]
        left_out = rng.choice(required) if required and rng.random() < 0.03 else None
        params = {
            param["name"]: self._values.some(param["name"], param["schema"])
            for param in method["params"]
            if (param["name"] in required or rng.random() < 0.3) and param["name"] != left_out
        }
        if params.get("wait") is True and rng.random() > WAITS:
            params["wait"] = False
        if method["name"] in SLOW:
            params["timeout_s"] = 0.05
        if rng.random() < 0.02:
            params[rng.choice(("nonsense", "", "__class__", "self"))] = self._values.hostile()
        return params


def as_line(message: object) -> bytes:
    """JSON as a careless client writes it: with NaN, with halves of surrogate pairs."""
    return json.dumps(message).encode() + b"\n"


def _ids(result: object) -> Iterator[tuple[str, str]]:
    """Every id in an answer, with the name of the parameter that takes it."""
    if isinstance(result, list):
        for item in result:
            yield from _ids(item)
    elif isinstance(result, dict):
        for name, value in result.items():
            if name in ID_OF.values() and isinstance(value, str):
                yield name, value
            elif isinstance(value, dict) and name in ID_OF and isinstance(value.get("id"), str):
                yield ID_OF[name], value["id"]
            elif isinstance(value, list) and name.removesuffix("s") in ID_OF:
                yield from ((ID_OF[name[:-1]], item["id"]) for item in value if isinstance(item, dict) and "id" in item)
            if isinstance(value, dict | list):
                yield from _ids(value)
