"""`rpc.*`."""

from __future__ import annotations

from pydantic import ConfigDict

from sidecar.schema.common import Result


class OpenRpcDocument(Result):
    """An OpenRPC 1.3 document, as https://spec.open-rpc.org describes it."""

    model_config = ConfigDict(extra="allow")
    openrpc: str
