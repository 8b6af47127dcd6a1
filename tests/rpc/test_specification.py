"""The examples of the JSON-RPC 2.0 specification, section 7 (https://www.jsonrpc.org/specification#examples)."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from sidecar.rpc.dispatch import Dispatcher, Method

LIMIT = 1 << 20


async def subtract(minuend: int, subtrahend: int) -> Any:
    return minuend - subtrahend


async def accept(*values: Any) -> Any:
    return None


async def sum_up(*values: int) -> Any:
    return sum(values)


async def get_data() -> Any:
    return ["hello", 5]


METHODS: dict[str, Method] = {
    "subtract": subtract,
    "update": accept,
    "sum": sum_up,
    "notify_hello": accept,
    "notify_sum": accept,
    "get_data": get_data,
}

PARSE_ERROR = {"jsonrpc": "2.0", "error": -32700, "id": None}
INVALID_REQUEST = {"jsonrpc": "2.0", "error": -32600, "id": None}

EXAMPLES = {
    "positional parameters": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
        {"jsonrpc": "2.0", "result": 19, "id": 1},
    ),
    "positional parameters the other way round": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": [23, 42], "id": 2}',
        {"jsonrpc": "2.0", "result": -19, "id": 2},
    ),
    "named parameters": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
        {"jsonrpc": "2.0", "result": 19, "id": 3},
    ),
    "named parameters in another order": (
        '{"jsonrpc": "2.0", "method": "subtract", "params": {"minuend": 42, "subtrahend": 23}, "id": 4}',
        {"jsonrpc": "2.0", "result": 19, "id": 4},
    ),
    "a notification": ('{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', None),
    "a notification of an unknown method": ('{"jsonrpc": "2.0", "method": "foobar"}', None),
    "a method that does not exist": (
        '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
        {"jsonrpc": "2.0", "error": -32601, "id": "1"},
    ),
    "invalid JSON": ('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', PARSE_ERROR),
    "an invalid request": ('{"jsonrpc": "2.0", "method": 1, "params": "bar"}', INVALID_REQUEST),
    "a batch of invalid JSON": (
        '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"jsonrpc": "2.0", "method" ]',
        PARSE_ERROR,
    ),
    "an empty batch": ("[]", INVALID_REQUEST),
    "an invalid batch that is not empty": ("[1]", [INVALID_REQUEST]),
    "an invalid batch of three": ("[1,2,3]", [INVALID_REQUEST, INVALID_REQUEST, INVALID_REQUEST]),
    "a batch of all sorts": (
        """[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]},
            {"jsonrpc": "2.0", "method": "subtract", "params": [42,23], "id": "2"},
            {"foo": "boo"},
            {"jsonrpc": "2.0", "method": "foo.get", "params": {"name": "myself"}, "id": "5"},
            {"jsonrpc": "2.0", "method": "get_data", "id": "9"}]""",
        [
            {"jsonrpc": "2.0", "result": 7, "id": "1"},
            {"jsonrpc": "2.0", "result": 19, "id": "2"},
            INVALID_REQUEST,
            {"jsonrpc": "2.0", "error": -32601, "id": "5"},
            {"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"},
        ],
    ),
    "a batch of notifications": (
        """[{"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]},
            {"jsonrpc": "2.0", "method": "notify_hello", "params": [7]}]""",
        None,
    ),
}


@pytest.mark.parametrize(("sent", "expected"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_each_example_of_the_specification_is_answered_as_it_says(sent: str, expected: Any) -> None:
    answer = asyncio.run(Dispatcher(METHODS, LIMIT).answer(sent.encode()))
    assert (None if answer is None else _with_bare_codes(orjson.loads(answer))) == expected


def _with_bare_codes(answer: Any) -> Any:
    """The specification fixes an error's code; its message is for people and ours says more."""
    if isinstance(answer, list):
        return [_with_bare_codes(element) for element in answer]
    return answer | {"error": answer["error"]["code"]} if "error" in answer else answer
