"""The engine process's operations on the keys of servers elsewhere: the sidecar process never holds the keyring."""

from __future__ import annotations

from typing import Any

from sidecar.engines.vllm_omni.key import find_key, keep_key
from sidecar.engines.worker.control import OperationControl
from sidecar.engines.worker.loop import Operation


def ask(params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
    """`{engine}` → `{source}`: where its key is kept, None if it has none; never the key. Raises as `find_key`."""
    found = find_key(params["engine"])
    return {"source": found[1] if found else None}


def keep(params: dict[str, Any], control: OperationControl) -> dict[str, Any]:
    """`{engine, key}`, None to forget it → what `ask` answers. Raises what `keep_key` raises."""
    keep_key(params["engine"], params["key"])
    return ask(params, control)


OPERATIONS: dict[str, Operation] = {"keys.ask": ask, "keys.keep": keep}
