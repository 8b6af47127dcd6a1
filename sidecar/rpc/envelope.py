"""The JSON-RPC 2.0 envelope: what makes one decoded JSON value a request, and the shape of each answer.

jsonrpcserver would reject a whole batch for one bad element, so every element is checked here, by hand, before
that library sees it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
CANCELLED = -32800

_KINDS = {PARSE_ERROR: "parse_error", INVALID_REQUEST: "invalid_request", METHOD_NOT_FOUND: "method_not_found"}
_MEANINGS = {
    PARSE_ERROR: "A line that is no JSON text, or too long.",
    INVALID_REQUEST: "JSON that is no request.",
    METHOD_NOT_FOUND: "No such method.",
}
_MEMBERS = {"jsonrpc", "method", "params", "id"}

RequestId = str | int | None


class Call(NamedTuple):
    """One valid element of a line: a request, or a notification when it has no id at all."""

    method: str
    message: dict[str, Any]
    id: RequestId
    wants_answer: bool


class Malformed(NamedTuple):
    """One element that is no request, with the answer it gets."""

    answer: dict[str, Any]


def parse(line: bytes) -> Any:
    """Decode one line. Raises `ValueError` on bad UTF-8, bad JSON, NaN and Infinity."""
    return orjson.loads(line)


def serialise(message: Any) -> bytes:
    """Encode one message as a line of JSON, with its newline."""
    return orjson.dumps(message, option=orjson.OPT_APPEND_NEWLINE)


def encode(answer: dict[str, Any]) -> bytes:
    """Encode one answer of a batch."""
    return orjson.dumps(answer)


def serialise_batch(encoded: Iterable[bytes]) -> bytes:
    """The line of a batch whose answers are encoded already, with its newline."""
    return b"[%s]\n" % b",".join(encoded)


def read_call(element: Any) -> Call | Malformed:
    """Check one element of a line against the specification, section 4."""
    fault = _fault(element)
    if fault:
        return Malformed(error(_id_of(element), INVALID_REQUEST, f"Not a JSON-RPC 2.0 request: {fault}."))
    return Call(element["method"], element, element.get("id"), "id" in element)


def result(request_id: RequestId, value: dict[str, Any]) -> dict[str, Any]:
    """An answer to what succeeded."""
    return {"jsonrpc": "2.0", "result": value, "id": request_id}


def error(request_id: RequestId, code: int, message: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
    """An error answer; the spec's own codes get their `data.kind` here."""
    body = {"kind": _KINDS[code]} if code in _KINDS else {}
    return {
        "jsonrpc": "2.0",
        "error": {"code": code, "message": message, "data": body | (data or {})},
        "id": request_id,
    }


def errors_of_the_spec() -> list[dict[str, Any]]:
    """The errors of JSON-RPC itself for `rpc.discover`: code, kind and what it means."""
    return [{"code": code, "kind": kind, "meaning": _MEANINGS[code]} for code, kind in _KINDS.items()]


def notification(method: str, params: dict[str, Any]) -> dict[str, Any]:
    """A message from the server that nobody answers."""
    return {"jsonrpc": "2.0", "method": method, "params": params}


def is_request_id(value: object) -> bool:
    """Ids are strings or integers: other numbers do not survive a round trip through every client."""
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))


def _fault(element: Any) -> str | None:
    if not isinstance(element, dict):
        return "it must be an object"
    if element.get("jsonrpc") != "2.0":
        return 'its "jsonrpc" must be "2.0"'
    if not isinstance(element.get("method"), str):
        return 'its "method" must be a string'
    if "params" in element and not isinstance(element["params"], dict | list):
        return 'its "params" must be an object'
    if "id" in element and not is_request_id(element["id"]):
        return 'its "id" must be a string or an integer of at most 64 bits'
    if unknown := element.keys() - _MEMBERS:
        return f"it has an unknown member {sorted(unknown)[0]!r}"
    return None


def _id_of(element: Any) -> RequestId:
    request_id = element.get("id") if isinstance(element, dict) else None
    return request_id if is_request_id(request_id) else None
