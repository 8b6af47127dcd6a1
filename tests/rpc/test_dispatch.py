from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from pydantic import Field

from sidecar.errors import Busy, NotFound
from sidecar.rpc import gathering
from sidecar.rpc.dispatch import MAX_BATCH, MAX_GATHERED_BYTES, Dispatcher
from sidecar.rpc.gathering import BEGINNING_AT_ONCE
from sidecar.rpc.lines import LineTooLong
from sidecar.rpc.registry import Registry
from sidecar.schema.common import Params, Result

LIMIT = 1 << 20
MORE_THAN_BEGIN = 3 * BEGINNING_AT_ONCE
"""Elements of a batch, of which those at the end wait for their turns."""
CANCELLED = {"code": -32800, "message": "The request was cancelled.", "data": {"kind": "cancelled"}}


class SpeakParams(Params):
    """What to say, how fast."""

    text: str
    speed: float = 1.0
    seed: int = Field(default=0, ge=0)


class Spoken(Result):
    """What was said."""

    text: str
    speed: float


class Slow:
    """A method that ends when it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cleaned_up = False

    async def __call__(self) -> dict[str, Any]:
        self.begun.set()
        try:
            await self.go_on.wait()
        finally:
            self.cleaned_up = True
        return {}


async def fast() -> dict[str, Any]:
    return {"fast": True}


async def speak(params: SpeakParams) -> Spoken:
    return Spoken(text=params.text, speed=params.speed)


def dispatcher(**methods: Callable[..., Awaitable[Any]]) -> Dispatcher:
    return Dispatcher(methods, LIMIT)


def speaking() -> Dispatcher:
    registry = Registry()
    registry.add("speak", speak)
    return Dispatcher(registry.methods, LIMIT)


def request(method: str, request_id: Any = 1, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, "params": params, "id": request_id}


def many(number: int) -> list[dict[str, Any]]:
    """Requests for what is slow, with the numbers from 0 as their ids."""
    return [request("slow", request_id) for request_id in range(number)]


def cancellation(request_id: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": request_id}}


async def ask(server: Dispatcher, message: Any) -> Any:
    answer = await server.answer(orjson.dumps(message))
    return None if answer is None else orjson.loads(answer)


async def error_of(method: Callable[..., Awaitable[Any]]) -> dict[str, Any]:
    answer = await ask(dispatcher(fails=method), request("fails"))
    assert answer["id"] == 1
    error: dict[str, Any] = answer["error"]
    return error


async def test_a_slow_request_does_not_delay_a_fast_one() -> None:
    slow = Slow()
    server = dispatcher(slow=slow, fast=fast)
    waiting = asyncio.create_task(ask(server, request("slow")))
    await slow.begun.wait()
    assert (await ask(server, request("fast", 2)))["result"] == {"fast": True}
    assert not waiting.done()
    slow.go_on.set()
    assert (await waiting)["result"] == {}


async def test_the_elements_of_a_batch_run_beside_each_other() -> None:
    slow = Slow()

    async def release() -> dict[str, Any]:
        slow.go_on.set()
        return {}

    answers = await ask(dispatcher(slow=slow, release=release), [request("slow", "a"), request("release", "b")])
    assert {answer["id"] for answer in answers} == {"a", "b"}


async def test_no_element_of_a_batch_waits_for_slow_ones_however_many_they_are() -> None:
    slow = Slow()

    async def release() -> dict[str, Any]:
        slow.go_on.set()
        return {}

    answers = await ask(dispatcher(slow=slow, release=release), [*many(MORE_THAN_BEGIN), request("release", "last")])
    assert [answer["result"] for answer in answers] == [{}] * (MORE_THAN_BEGIN + 1)


async def test_no_batch_waits_for_the_turns_of_another() -> None:
    begun: list[int] = []
    has_begun, released = asyncio.Event(), asyncio.Event()

    async def wait(number: int) -> dict[str, Any]:
        begun.append(number)
        has_begun.set()
        await released.wait()
        return {}

    async def quick() -> dict[str, Any]:
        return {}

    server = dispatcher(wait=wait, quick=quick)
    waiting = [request("wait", number, number=number) for number in range(200 * BEGINNING_AT_ONCE)]
    held_up = asyncio.create_task(ask(server, waiting))
    await has_begun.wait()
    assert await ask(server, [request("quick", "a")]) == [{"jsonrpc": "2.0", "result": {}, "id": "a"}]
    assert len(begun) < len(waiting)
    held_up.cancel()


async def test_an_element_of_a_batch_is_cancelled_while_it_waits_for_its_turn() -> None:
    begun = []

    async def work(number: int) -> dict[str, Any]:
        begun.append(number)
        return {}

    requests = [request("work", number, number=number) for number in range(MORE_THAN_BEGIN)]
    answers = await ask(dispatcher(work=work), [*requests, cancellation(MORE_THAN_BEGIN - 1)])
    assert [answer["id"] for answer in answers] == list(range(MORE_THAN_BEGIN))
    assert answers[-1]["error"] == CANCELLED
    assert begun == list(range(MORE_THAN_BEGIN - 1))


async def test_a_cancelled_request_stops_and_is_answered() -> None:
    slow = Slow()
    server = dispatcher(slow=slow)
    waiting = asyncio.create_task(ask(server, request("slow", "a")))
    await slow.begun.wait()
    assert await ask(server, cancellation("a")) is None
    assert await waiting == {"jsonrpc": "2.0", "error": CANCELLED, "id": "a"}
    assert slow.cleaned_up


async def test_a_cancel_that_asks_for_an_answer_gets_one() -> None:
    slow = Slow()
    server = dispatcher(slow=slow)
    waiting = asyncio.create_task(ask(server, request("slow", "a")))
    await slow.begun.wait()
    assert await ask(server, cancellation("a") | {"id": "b"}) == {"jsonrpc": "2.0", "result": {}, "id": "b"}
    assert (await waiting)["error"] == CANCELLED
    assert await ask(server, cancellation("nobody") | {"id": 3}) == {"jsonrpc": "2.0", "result": {}, "id": 3}


async def test_a_request_that_is_cancelled_twice_still_ends_what_it_was_at() -> None:
    begun, go_on, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def careful() -> dict[str, Any]:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await go_on.wait()
            ended.set()
        return {}

    server = dispatcher(careful=careful)
    answering = asyncio.create_task(ask(server, request("careful", 1)))
    await begun.wait()
    for _ in range(2):
        await ask(server, cancellation(1))
        await asyncio.sleep(0)
    go_on.set()
    assert (await answering)["error"] == CANCELLED
    assert ended.is_set()


async def test_a_request_cancelled_before_its_first_step_is_answered_too() -> None:
    slow = Slow()
    answers = await ask(dispatcher(slow=slow), [request("slow", 7), cancellation(7)])
    assert answers == [{"jsonrpc": "2.0", "error": CANCELLED, "id": 7}]
    assert not slow.begun.is_set()


async def test_one_element_of_a_batch_is_cancelled_and_the_rest_is_answered() -> None:
    slow = Slow()
    answers = await ask(dispatcher(slow=slow, fast=fast), [request("slow", 1), request("fast", 2), cancellation(1)])
    assert answers[0]["error"] == CANCELLED
    assert answers[1]["result"] == {"fast": True}


@pytest.mark.parametrize("other_id", [2, "1", True, 1.0, None, [1]])
async def test_cancelling_an_id_that_is_not_running_does_nothing(other_id: Any) -> None:
    slow = Slow()
    server = dispatcher(slow=slow)
    waiting = asyncio.create_task(ask(server, request("slow", 1)))
    await slow.begun.wait()
    assert await ask(server, cancellation(other_id)) is None
    slow.go_on.set()
    assert (await waiting)["result"] == {}


async def test_cancelling_what_has_been_answered_does_nothing_to_the_next_request_with_that_id() -> None:
    server = dispatcher(fast=fast)
    await ask(server, request("fast", 1))
    await ask(server, cancellation(1))
    assert (await ask(server, request("fast", 1)))["result"] == {"fast": True}


async def test_at_the_end_every_running_request_is_cancelled_and_answered() -> None:
    slow = Slow()
    server = dispatcher(slow=slow)
    waiting = [asyncio.create_task(ask(server, request("slow", number))) for number in range(3)]
    await slow.begun.wait()
    server.cancel_all()
    assert [answer["error"] for answer in await asyncio.gather(*waiting)] == [CANCELLED] * 3


async def test_at_the_end_elements_of_a_batch_that_have_not_begun_are_answered_too() -> None:
    slow = Slow()
    server = dispatcher(slow=slow)
    waiting = asyncio.create_task(ask(server, many(MORE_THAN_BEGIN)))
    await slow.begun.wait()
    server.cancel_all()
    assert [answer["error"] for answer in await waiting] == [CANCELLED] * MORE_THAN_BEGIN


async def test_a_bug_is_internal_and_its_traceback_stays_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def fails() -> dict[str, Any]:
        raise ZeroDivisionError("the secret of the house")

    with caplog.at_level(logging.ERROR):
        error = await error_of(fails)
    assert error["code"] == -32603
    assert error["data"].keys() == {"kind", "error_id"}
    assert error["data"]["kind"] == "internal"
    assert "secret" not in str(error)
    assert "ZeroDivision" not in str(error)
    assert error["data"]["error_id"] in caplog.text
    assert "ZeroDivisionError: the secret of the house" in caplog.text


async def test_a_result_that_breaks_its_promise_is_a_bug_and_not_the_callers_fault() -> None:
    async def fails() -> Spoken:
        return Spoken(text=None, speed=1.0)  # type: ignore[arg-type]

    assert (await error_of(fails))["code"] == -32603


async def test_of_a_result_that_breaks_its_promise_the_log_has_the_field_and_not_what_is_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: Any = {"text": "Wombat", "speed": "marmalade", "title": "Quokka"}

    async def fails() -> Spoken:
        return Spoken(**said)

    with caplog.at_level(logging.DEBUG):
        await error_of(fails)
    assert "speed\n  Input should be a valid number" in caplog.text
    assert [word for word in said.values() if word in caplog.text] == []


async def test_a_known_fault_is_told_with_its_code_kind_and_data() -> None:
    async def fails() -> dict[str, Any]:
        raise NotFound("There is no profile 'x'.", resource="profile", id="x")

    assert await error_of(fails) == {
        "code": -32001,
        "message": "There is no profile 'x'.",
        "data": {"kind": "not_found", "resource": "profile", "id": "x"},
    }


async def test_a_fault_of_the_disk_is_a_storage_error() -> None:
    async def fails() -> dict[str, Any]:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/audio.wav")

    error = await error_of(fails)
    assert (error["code"], error["data"]["kind"]) == (-32007, "storage")
    assert "No space left on device" in error["message"]


async def test_parameters_are_validated_and_the_result_is_an_object() -> None:
    answer = await ask(speaking(), request("speak", text="Hello."))
    assert answer["result"] == {"text": "Hello.", "speed": 1.0}


async def test_positional_parameters_are_refused() -> None:
    answer = await ask(speaking(), request("speak") | {"params": ["Hello."]})
    assert answer["error"]["code"] == -32602
    assert [error["type"] for error in answer["error"]["data"]["errors"]] == ["positional"]


@pytest.mark.parametrize(
    ("params", "loc"),
    [
        ({}, ["text"]),
        ({"text": 1}, ["text"]),
        ({"text": "a", "seed": "1"}, ["seed"]),
        ({"text": "a", "seed": True}, ["seed"]),
        ({"text": "a", "seed": -1}, ["seed"]),
        ({"text": "a", "pitch": 1}, ["pitch"]),
    ],
)
async def test_every_parameter_that_does_not_fit_is_named(params: dict[str, Any], loc: list[str]) -> None:
    error = (await ask(speaking(), request("speak", **params)))["error"]
    assert error["code"] == -32602
    assert [fault["loc"] for fault in error["data"]["errors"]] == [loc]
    assert error["data"]["errors"][0].keys() == {"loc", "message", "type"}
    assert loc[0] in error["message"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
async def test_a_number_that_is_none_is_no_json(number: str) -> None:
    line = orjson.dumps(request("speak", text="a")).replace(b'"a"', b'"a","speed":' + number.encode())
    answer = await speaking().answer(line)
    assert answer is not None
    assert orjson.loads(answer)["error"]["code"] == -32700


async def test_an_unknown_method_is_named() -> None:
    error = (await ask(speaking(), request("sing")))["error"]
    assert error["code"] == -32601
    assert error["data"] == {"kind": "method_not_found", "method": "sing"}


async def test_a_line_that_is_too_long_is_told_with_the_limit() -> None:
    answer = orjson.loads(await dispatcher().answer(LineTooLong()) or b"")
    assert (answer["error"]["code"], answer["id"]) == (-32700, None)
    assert str(LIMIT) in answer["error"]["message"]


async def test_a_failing_notification_is_not_answered() -> None:
    message = request("speak")
    del message["id"]
    assert await ask(speaking(), message) is None


async def test_what_is_not_admitted_is_refused_before_it_begins() -> None:
    begun = []

    async def work() -> dict[str, Any]:
        begun.append("work")
        return {}

    def admit(method: str) -> None:
        if method == "work":
            raise Busy("Not now.", retry_after_s=0.5)

    limited = Dispatcher({"work": work, "fast": fast}, LIMIT, admit)
    refused = orjson.loads(await limited.answer(orjson.dumps(request("work"))) or b"")
    assert refused["error"] == {
        "code": -32006,
        "message": "Not now.",
        "data": {"kind": "busy", "retry_after_s": 0.5},
    }
    assert begun == []
    assert orjson.loads(await limited.answer(orjson.dumps(request("fast"))) or b"")["result"] == {"fast": True}


async def test_a_batch_that_is_too_long_is_refused_as_a_whole() -> None:
    line = b"[" + b",".join([b"1"] * (MAX_BATCH + 1)) + b"]"
    answer = orjson.loads(await dispatcher(fast=fast).answer(line) or b"")
    assert (answer["id"], answer["error"]["code"]) == (None, -32600)
    assert str(MAX_BATCH) in answer["error"]["message"]


async def test_a_batch_holds_so_many_bytes_of_answers_and_begins_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    # However busy the machine is, nobody is slow here.
    monkeypatch.setattr(gathering, "BEGINNING_S", 60.0)
    begun: list[int] = []
    noted = []
    size, asked = 1 << 20, 2 * MAX_GATHERED_BYTES >> 20

    async def much(number: int) -> dict[str, Any]:
        begun.append(number)
        return {"much": "x" * size}

    async def note() -> dict[str, Any]:
        noted.append(True)
        return {}

    server = dispatcher(much=much, note=note)
    notification = {"jsonrpc": "2.0", "method": "note"}
    batch = [*(request("much", number, number=number) for number in range(asked)), notification]
    line = await server.answer(orjson.dumps(batch)) or b""
    assert len(line) < MAX_GATHERED_BYTES + (BEGINNING_AT_ONCE + 1) * size
    assert line.count(b"\n") == 1
    answers = orjson.loads(line)
    assert [answer["id"] for answer in answers] == list(range(asked))
    assert [answer["id"] for answer in answers if "result" in answer] == begun
    assert {answer["error"]["data"]["kind"] for answer in answers[len(begun) :]} == {"busy"}
    assert all(answer["error"]["data"]["retry_after_s"] > 0 for answer in answers[len(begun) :])
    assert noted == [True], "what asks for no answer takes no room"
    (next_one,) = await ask(server, [request("much", number=asked)])
    assert "result" in next_one
