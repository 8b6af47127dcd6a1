"""From one line to one answer: every element through jsonrpcserver, every exception to its wire code.

`_Guarded` is the one place in the program where an exception becomes a JSON-RPC error.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from functools import partial
from typing import Any

from jsonrpcserver import Error, Result, Success
from jsonrpcserver.async_main import dispatch_to_serializable
from pydantic import BaseModel, ValidationError

from sidecar.errors import Busy, Cancelled, Internal, VoiceboxError, from_os_error
from sidecar.rpc import envelope
from sidecar.rpc.envelope import Call, Malformed, RequestId
from sidecar.rpc.gathering import Batch, Gathering
from sidecar.rpc.lines import LineTooLong
from sidecar.uninterrupted import cancel_once

log = logging.getLogger(__name__)

Method = Callable[..., Awaitable[BaseModel | dict[str, Any]]]
Admit = Callable[[str], None]
Dispatch = Callable[[Call], Coroutine[Any, Any, dict[str, Any] | None]]
CANCEL_REQUEST = "$/cancelRequest"
MAX_BATCH = 20_000
"""Elements of one batch: each is a task, and takes some kilobytes until all of them are answered."""
MAX_GATHERED_BYTES = 32 << 20
"""Of answers that wait until their batches are whole. What would begin after that is told to come again."""
RETRY_AFTER_S = 1.0


def _everything(_method: str) -> None:
    """Where nothing is limited."""


async def _at_once() -> None:
    """Where there is always room for an answer."""


class Dispatcher:
    """Answers lines. Elements of a batch run concurrently; each can be cancelled by its id while it runs.

    `admit` is asked before each call of a method, and may refuse it by raising a `VoiceboxError`.
    """

    def __init__(self, methods: Mapping[str, Method], max_line_bytes: int, admit: Admit = _everything) -> None:
        self._methods = {name: _Guarded(name, method, admit) for name, method in methods.items()}
        self._max_line_bytes = max_line_bytes
        self._running: dict[RequestId, set[asyncio.Task[Any]]] = {}
        self._gathering = Gathering(MAX_GATHERED_BYTES)

    async def answer(self, line: bytes | LineTooLong, room: Callable[[], Awaitable[None]] = _at_once) -> bytes | None:
        """The serialised answer to one line, or None if nothing in it asked for one.

        `room` returns when there is room for an answer; only then is a result made into bytes.
        """
        if isinstance(line, LineTooLong):
            limit = f"The line is longer than {self._max_line_bytes} bytes; send files by path instead."
            return envelope.serialise(envelope.error(None, envelope.PARSE_ERROR, limit))
        try:
            decoded = envelope.parse(line)
        except ValueError as fault:
            return envelope.serialise(envelope.error(None, envelope.PARSE_ERROR, f"The line is not JSON: {fault}."))
        if isinstance(decoded, list) and len(decoded) > MAX_BATCH:
            limit = f"A batch holds at most {MAX_BATCH} requests, this one {len(decoded)}; send lines instead."
            return envelope.serialise(envelope.error(None, envelope.INVALID_REQUEST, limit))
        if isinstance(decoded, list) and decoded:
            return await self._answer_batch(decoded, room)
        answer = await self._answer_element(decoded, self._dispatch)
        await room()
        return None if answer is None else envelope.serialise(answer)

    def cancel(self, request_id: RequestId) -> None:
        """Cancel the running requests with this id, if there are any. Each is still answered, with -32800."""
        for task in self._running.get(request_id, ()):
            cancel_once(task)

    def cancel_all(self) -> None:
        """Cancel every running request, also one that still ends what it was at."""
        for task in [task for running in self._running.values() for task in running]:
            task.cancel()

    async def _answer_batch(self, elements: list[Any], room: Callable[[], Awaitable[None]]) -> bytes | None:
        with self._gathering.batch() as batch:
            gathered = await asyncio.gather(*(self._gather(element, batch) for element in elements))
            answers = [answer for answer in gathered if answer is not None]
            await room()
            return envelope.serialise_batch(answers) if answers else None

    async def _gather(self, element: Any, batch: Batch) -> bytes | None:
        answer = await self._answer_element(element, partial(self._dispatch_in_turn, batch))
        if answer is None:
            return None
        # Bytes at once: as the objects that it is made of, an answer takes many times as much.
        encoded = envelope.encode(answer)
        batch.hold(encoded)
        return encoded

    async def _answer_element(self, element: Any, dispatch: Dispatch) -> dict[str, Any] | None:
        call = envelope.read_call(element)
        if isinstance(call, Malformed):
            return call.answer
        if call.method == CANCEL_REQUEST:
            self._cancel_by(call.message.get("params"))
            return envelope.result(call.id, {}) if call.wants_answer else None
        # A method that does not exist is not worth a task, but jsonrpcserver's answer to it lacks our `kind`.
        if call.method not in self._methods:
            return self._unknown_method(call)
        return await self._run(call, dispatch)

    async def _run(self, call: Call, dispatch: Dispatch) -> dict[str, Any] | None:
        task = asyncio.ensure_future(dispatch(call))
        running = self._running.setdefault(call.id, set())
        running.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            # Cancelled before its first step: the guard inside never ran, so the answer is made here.
            answer = envelope.error(call.id, envelope.CANCELLED, "The request was cancelled.", {"kind": "cancelled"})
            return answer if call.wants_answer else None
        finally:
            running.discard(task)
            if not running:
                self._running.pop(call.id, None)

    async def _dispatch_in_turn(self, batch: Batch, call: Call) -> dict[str, Any] | None:
        async with batch.turn():
            if call.wants_answer and not batch.has_room:
                return self._no_room(call)
            return await self._dispatch(call)

    async def _dispatch(self, call: Call) -> dict[str, Any] | None:
        # Decoded and checked already; what is left for the library is to find the method, bind and call it.
        answer: Any = await dispatch_to_serializable(
            call.message,
            methods=self._methods,
            deserializer=lambda already_decoded: already_decoded,
            validator=lambda already_checked: already_checked,
        )
        return answer  # type: ignore[no-any-return]

    def _unknown_method(self, call: Call) -> dict[str, Any] | None:
        if not call.wants_answer:
            return None
        message = f"There is no method {call.method!r}; rpc.discover lists those there are."
        return envelope.error(call.id, envelope.METHOD_NOT_FOUND, message, {"method": call.method})

    def _no_room(self, call: Call) -> dict[str, Any]:
        message = (
            f"The answers of the batches under way take {MAX_GATHERED_BYTES >> 20} MiB already, so this was not begun; "
            "send it again, in a line of its own."
        )
        return envelope.error(call.id, Busy.code, message, {"kind": Busy.kind, "retry_after_s": RETRY_AFTER_S})

    def _cancel_by(self, params: Any) -> None:
        if isinstance(params, dict) and envelope.is_request_id(params.get("id")):
            self.cancel(params["id"])


class _Guarded:
    """One method wrapped for jsonrpcserver: results become plain JSON values, exceptions become wire errors."""

    def __init__(self, name: str, method: Method, admit: Admit) -> None:
        self._name = name
        self._method = method
        self._admit = admit
        # jsonrpcserver asks for the signature at every call; working it out anew costs more than all else it does.
        self.__signature__ = inspect.signature(self.__call__)

    async def __call__(self, /, *args: Any, **params: Any) -> Result:
        try:
            self._admit(self._name)
            result = await self._method(*args, **params)
            return Success(result.model_dump(mode="json") if isinstance(result, BaseModel) else result)
        except asyncio.CancelledError:
            return _error(Cancelled("The request was cancelled."))
        except VoiceboxError as fault:
            return _error(fault)
        except ValidationError as fault:
            # Parameters were validated before the handler ran, so this is a result of ours that broke its promise.
            return _error(self._bug(fault))
        except OSError as fault:
            return _error(from_os_error(fault, f"{self._name}: a file operation"))
        except Exception as fault:
            return _error(self._bug(fault))

    def _bug(self, fault: Exception) -> Internal:
        error_id = str(uuid.uuid4())
        log.error("internal error %s in %s", error_id, self._name, exc_info=fault)
        return Internal(f"An internal error; the log has it under {error_id}. Please report it.", error_id=error_id)


def _error(fault: VoiceboxError) -> Result:
    return Error(code=fault.code, message=fault.message, data={"kind": fault.kind} | fault.data)
