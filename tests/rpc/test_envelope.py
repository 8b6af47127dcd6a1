from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.rpc import envelope
from sidecar.rpc.envelope import Call, Malformed

REQUEST = {"jsonrpc": "2.0", "method": "profiles.list", "params": {}, "id": 1}


def without(member: str) -> dict[str, Any]:
    return {name: value for name, value in REQUEST.items() if name != member}


@given(st.text() | st.integers(-(2**53), 2**53))
def test_an_id_comes_back_as_the_type_it_was_sent(request_id: str | int) -> None:
    call = envelope.read_call(REQUEST | {"id": request_id})
    assert isinstance(call, Call)
    assert call.wants_answer
    assert (type(call.id), call.id) == (type(request_id), request_id)


@pytest.mark.parametrize("request_id", [True, False, 1.5, 1.0, None, [], {}])
def test_an_id_that_is_neither_string_nor_integer_is_refused_and_not_repeated(request_id: Any) -> None:
    call = envelope.read_call(REQUEST | {"id": request_id})
    assert isinstance(call, Malformed)
    assert call.answer["error"]["code"] == envelope.INVALID_REQUEST
    assert call.answer["id"] is None


def test_a_request_without_an_id_is_a_notification() -> None:
    call = envelope.read_call(without("id"))
    assert isinstance(call, Call)
    assert not call.wants_answer


def test_parameters_may_be_left_out() -> None:
    assert isinstance(envelope.read_call(without("params")), Call)


@pytest.mark.parametrize(
    ("element", "named"),
    [
        (without("jsonrpc"), "jsonrpc"),
        (REQUEST | {"jsonrpc": "1.0"}, "jsonrpc"),
        (REQUEST | {"jsonrpc": 2.0}, "jsonrpc"),
        (without("method"), "method"),
        (REQUEST | {"method": None}, "method"),
        (REQUEST | {"params": None}, "params"),
        (REQUEST | {"params": "all"}, "params"),
        (REQUEST | {"result": 1}, "result"),
    ],
)
def test_the_answer_to_a_malformed_request_names_the_member_and_keeps_the_id(element: Any, named: str) -> None:
    call = envelope.read_call(element)
    assert isinstance(call, Malformed)
    assert call.answer["id"] == 1
    assert call.answer["error"]["code"] == envelope.INVALID_REQUEST
    assert call.answer["error"]["data"] == {"kind": "invalid_request"}
    assert f"{named!r}" in call.answer["error"]["message"].replace('"', "'")


@pytest.mark.parametrize("line", [b"{", b"NaN", b"[Infinity]", b"-Infinity", b'"\xff"', b"'a'", b'"\\ud800"', b"1 2"])
def test_what_is_no_json_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        envelope.parse(line)


def test_a_serialised_message_is_exactly_one_line() -> None:
    line = envelope.serialise(envelope.notification("job.progress", {"message": "a\nb\u2028c"}))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert envelope.parse(line)["params"]["message"] == "a\nb\u2028c"
