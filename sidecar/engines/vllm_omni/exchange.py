"""One request to one server and its answer, over HTTP: bounded in time and memory, every fault a `ServerFault`.

The key goes nowhere but into the header `Authorization: Bearer` [vLLM's --api-key], and only where it may. Redirects
are not followed, and the environment's proxies and .netrc are not heeded: a voice goes where the setting says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from sidecar.engines.base import Samples
from sidecar.engines.vllm_omni.answer import SpeechAnswer
from sidecar.engines.vllm_omni.faults import (
    ServerFault,
    broke_off,
    fell_silent,
    fit_to_show,
    misspelt,
    no_speech,
    refused,
    seconds_to_wait,
    too_slow,
    unreachable,
    what_it_says,
)
from sidecar.engines.vllm_omni.servers import Checkpoint, checkpoints_told
from sidecar.server_urls import ServerUrl

MOST_ERROR_BYTES = 16 << 10
MOST_LIST_BYTES = 256 << 10
HEADERS = {"User-Agent": "voicebox-sidecar", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a connection, the first sound, each further one, all of an answer.

    The first sound may wait for its place in the server's queue. No text of 400 characters takes a server that is
    of any use the longest of these.
    """

    connect_s: float = 5.0
    first_s: float = 120.0
    piece_s: float = 30.0
    whole_s: float = 600.0
    examine_s: float = 10.0


class Exchange:
    """The connections to all servers, kept open between requests."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        timeout = httpx2.Timeout(None, connect=patience.connect_s)
        self._http = httpx2.AsyncClient(headers=HEADERS, timeout=timeout, trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def examine(self, url: ServerUrl, key: str | None) -> tuple[Checkpoint, ...]:
        """Whether a server is well, and what it serves. Raises `ServerFault`.

        `GET /health` answers 200 as long as vLLM's engine lives; a proxy that lets only `/v1` through may hide it.
        """
        limit_s = self._patience.examine_s
        try:
            async with asyncio.timeout(limit_s):
                async with self._response(url, key, "GET", "/health") as response:
                    if response.status_code != 404:
                        await _require_ok(url, key, response)
                async with self._response(url, key, "GET", "/v1/models") as response:
                    await _require_ok(url, key, response)
                    body = await _head(response, MOST_LIST_BYTES)
        except TimeoutError:
            raise too_slow(url.host, "did not say what it serves", limit_s) from None
        except httpx2.TransportError as fault:
            raise unreachable(url.host, _reason(fault, key)) from fault
        try:
            return checkpoints_told(body, key)
        except ValueError as fault:
            raise no_speech(url.host, "no list of its models") from fault

    async def speak(
        self, url: ServerUrl, key: str | None, body: dict[str, Any], limit_s: float, hear: Callable[[Samples], None]
    ) -> None:
        """`POST /v1/audio/speech`: give each piece to `hear` as it comes. Raises `ServerFault`."""
        answer = SpeechAnswer(url.host, limit_s)
        clock = asyncio.get_running_loop().time
        ends_at = clock() + self._patience.whole_s
        try:
            async with asyncio.timeout(self._patience.first_s) as waiting:
                async with self._response(url, key, "POST", "/v1/audio/speech", body) as response:
                    await _require_audio(url, key, response)
                    async for data in response.aiter_raw():
                        piece = answer.take(data)
                        if len(piece):
                            hear(piece)
                            waiting.reschedule(min(ends_at, clock() + self._patience.piece_s))
        except TimeoutError:
            raise self._slowness(url, answer, clock() >= ends_at) from None
        except httpx2.TransportError as fault:
            if answer.samples:
                raise broke_off(url.host, answer.seconds) from fault
            raise unreachable(url.host, _reason(fault, key)) from fault
        answer.end()

    def _slowness(self, url: ServerUrl, answer: SpeechAnswer, over: bool) -> ServerFault:
        if not answer.samples:
            return too_slow(url.host, "did not begin to speak", self._patience.first_s)
        if over:
            return too_slow(url.host, "did not finish", self._patience.whole_s)
        return fell_silent(url.host, answer.seconds, self._patience.piece_s)

    @asynccontextmanager
    async def _response(
        self, url: ServerUrl, key: str | None, method: str, path: str, body: dict[str, Any] | None = None
    ) -> AsyncIterator[httpx2.Response]:
        """The answer from its header on; what follows is still to come. Leaving closes what is not read."""
        headers = {"Authorization": f"Bearer {key}"} if key and url.may_have_key else {}
        try:
            request = self._http.build_request(method, url.base + path, json=body, headers=headers)
        except httpx2.InvalidURL as fault:
            raise misspelt(url.host) from fault
        response = await self._http.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


async def _require_audio(url: ServerUrl, key: str | None, response: httpx2.Response) -> None:
    await _require_ok(url, key, response)
    kind = response.headers.get("content-type", "")
    if not kind.lower().startswith(("audio/", "application/octet-stream")):
        raise no_speech(url.host, fit_to_show(kind, key).partition(";")[0] or "content of no type")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise no_speech(url.host, "compressed content that nobody asked for")


async def _require_ok(url: ServerUrl, key: str | None, response: httpx2.Response) -> None:
    status = response.status_code
    if status == 200:
        return
    said = what_it_says(await _head(response, MOST_ERROR_BYTES), response.headers.get("content-type", ""), key)
    if status in (401, 403) and key and not url.may_have_key:
        said = f"{said} A key is sent over https only, or to this machine; name the server with https."
    raise refused(url.host, status, said.strip(), seconds_to_wait(response.headers.get("retry-after"), time.time()))


async def _head(response: httpx2.Response, most: int) -> bytes:
    """The beginning of a body; the rest is never read."""
    head = b""
    async for data in response.aiter_raw():
        head += data
        if len(head) >= most:
            break
    return head[:most]


def _reason(fault: httpx2.TransportError, key: str | None) -> str:
    return fit_to_show(str(fault), key) or type(fault).__name__
