"""`rpc.*`."""

from __future__ import annotations

import asyncio

from sidecar import __version__
from sidecar.errors import wire_errors
from sidecar.rpc.envelope import errors_of_the_spec
from sidecar.rpc.openrpc import openrpc_document
from sidecar.rpc.registry import Registry
from sidecar.schema.common import Empty
from sidecar.schema.events import EVENTS
from sidecar.schema.rpc import OpenRpcDocument

TITLE = "voicebox-sidecar"


class RpcHandlers:
    """The interface itself."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._describing: asyncio.Task[OpenRpcDocument] | None = None

    async def discover(self, params: Empty) -> OpenRpcDocument:
        """Describe every method, type, error and notification as an OpenRPC document."""
        if self._describing is None:
            # It takes a second of a processor: however many ask before it is done, it is done once.
            self._describing = asyncio.create_task(asyncio.to_thread(self._describe))
        return await asyncio.shield(self._describing)

    def _describe(self) -> OpenRpcDocument:
        errors = [*errors_of_the_spec(), *wire_errors()]
        return OpenRpcDocument(**openrpc_document(self._registry.methods, EVENTS, errors, TITLE, __version__))
