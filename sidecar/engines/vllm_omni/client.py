"""Speaking through several servers: each in its turn, another where one fails, again after a pause where that may help.

A request changes nothing on a server, so it may be repeated for as long as nothing of its answer was handed on.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sidecar.engines.base import Samples
from sidecar.engines.vllm_omni.exchange import Exchange, Patience
from sidecar.engines.vllm_omni.faults import ServerFault
from sidecar.engines.vllm_omni.servers import Server, Servers
from sidecar.engines.vllm_omni.spec import Task
from sidecar.errors import EngineFailed, ModelUnavailable, VoiceboxError
from sidecar.server_urls import ServerUrl

ROUNDS = 3
"""How often every server is asked at most."""
SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
"""Between rounds: a random part of half a second, doubled each time ("full jitter", Brooker, AWS Architecture Blog,
2015), so that those who failed together do not come back together."""
LONGEST_WAIT_S = 30.0
"""Who asks by Retry-After for more gets no wait but an error that says so."""

MOST_SERVED = 10
"""So many checkpoints are told at most where none is the one that is asked for."""

Faults = dict[ServerUrl, ServerFault]
"""What each server said last, in the order in which they failed first."""


@dataclass(frozen=True)
class Wanted:
    """One speech request: its body but for the model, the longest speech that it may make, and what it asks for."""

    task: Task
    body: dict[str, Any]
    limit_s: float

    @property
    def instructed(self) -> bool:
        """Whether an instruction is to be followed; a designed voice's description is one."""
        return "instructions" in self.body


@dataclass(frozen=True)
class Timing:
    """The clock that never goes back, in seconds; sleeping; and a number from 0 to 1."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    chance: Callable[[], float] = random.random


class SpeechClient:
    """Belongs to one event loop; any number of requests may be under way. `tell` is given the host that is asked."""

    def __init__(
        self, urls: Sequence[ServerUrl], patience: Patience | None = None, timing: Timing | None = None
    ) -> None:
        self._timing = timing or Timing()
        self._servers = Servers(urls, self._timing.clock)
        self._exchange = Exchange(patience or Patience())

    async def close(self) -> None:
        """Close every connection."""
        await self._exchange.close()

    async def speak(
        self, wanted: Wanted, key: str | None, tell: Callable[[str], None], hear: Callable[[Samples], None]
    ) -> None:
        """Hand each piece of the speech, float32 (n,) at 24 kHz, to `hear` as it comes.

        Raises:
            Busy: the servers have too much to do.
            ModelUnavailable: none of them serves such a checkpoint.
            Unsupported: the server cannot speak this.
            EngineFailed: no server could be reached, or none answered as it should; `data.reason`.

        """
        heard = 0

        def hear_too(piece: Samples) -> None:
            nonlocal heard
            heard += len(piece)
            hear(piece)

        faults: Faults = {}
        for number in range(ROUNDS):
            if number:
                await self._pause(number, faults)
            for server in self._servers.in_turn():
                if _is_settled(faults.get(server.url)) or not server.breaker.admit():
                    continue
                try:
                    if await self._ask(server, wanted, key, tell, hear_too):
                        return
                except ServerFault as fault:
                    if heard:
                        raise fault.error from fault
                    faults[server.url] = fault
            if not any(fault.passing for fault in faults.values()):
                break
        refusal = self._refusal(wanted, faults)
        self._servers.forget_what_they_serve()
        raise refusal

    async def take(
        self, wanted: Wanted, key: str | None, tell: Callable[[str], None], hear: Callable[[Samples], None]
    ) -> Samples:
        """`speak`, all of it at last; where it broke off, once more from the beginning, which `hear` is given too."""
        pieces: list[Samples] = []

        def keep(piece: Samples) -> None:
            pieces.append(piece)
            hear(piece)

        try:
            await self.speak(wanted, key, tell, keep)
        except EngineFailed:
            if not pieces:
                raise
            pieces.clear()
            await self.speak(wanted, key, tell, keep)
        return np.concatenate(pieces)

    async def _ask(
        self,
        server: Server,
        wanted: Wanted,
        key: str | None,
        tell: Callable[[str], None],
        hear: Callable[[Samples], None],
    ) -> bool:
        """Have one server speak, and remember how that went; False if it serves no such checkpoint."""
        try:
            if server.checkpoints is None:
                server.checkpoints = await self._exchange.examine(server.url, key)
            checkpoint = server.checkpoint_for(wanted.task)
            able = checkpoint is not None and (
                checkpoint.obeys or wanted.task != "CustomVoice" or not wanted.instructed
            )
            if checkpoint and able:
                tell(server.url.host)
                body = wanted.body | {"model": checkpoint.id}
                await self._exchange.speak(server.url, key, body, wanted.limit_s, hear)
        except ServerFault as fault:
            if fault.blames:
                server.checkpoints = None
                server.breaker.failed()
            else:
                server.breaker.gave_up()
            raise
        except BaseException:
            server.breaker.gave_up()
            raise
        server.breaker.succeeded()
        return able

    async def _pause(self, number: int, faults: Faults) -> None:
        """Wait before the next round: as long as the most patient server asks, or a while by chance."""
        passing = [fault for fault in faults.values() if fault.passing]
        asked = min(passing, key=lambda fault: fault.retry_after_s or 0.0)
        if (asked.retry_after_s or 0.0) > LONGEST_WAIT_S:
            raise asked.error from asked
        longest = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2 ** (number - 1))
        await self._timing.sleep(max(asked.retry_after_s or 0.0, longest * self._timing.chance()))

    def _refusal(self, wanted: Wanted, faults: Faults) -> VoiceboxError:
        """The error when nobody could do it: the last server's, with what the others said before it."""
        if not faults:
            return self._nobody(wanted)
        *others, last = faults.values()
        error = last.error
        if not others:
            return error
        before = " ".join(fault.error.message for fault in others)
        return type(error)(f"No server could speak this. {before} {error.message}", **error.data)

    def _nobody(self, wanted: Wanted) -> VoiceboxError:
        resting = [server for server in self._servers if not server.breaker.closed]
        if resting:
            wait_s = max(1.0, round(min(server.breaker.opens_in_s for server in resting)))
            hosts = ", ".join(server.url.host for server in resting)
            return EngineFailed(
                f"{hosts} failed several times in a row and is left alone for now; try again in {wait_s:g} s.",
                reason="resting",
                retry_after_s=wait_s,
            )
        served = sorted({told.shown for server in self._servers for told in server.checkpoints or ()})[:MOST_SERVED]
        size = (
            " of 1.7B, which alone follows instructions" if wanted.task == "CustomVoice" and wanted.instructed else ""
        )
        return ModelUnavailable(
            f"No server of the setting vllm_omni_servers serves a {wanted.task} checkpoint{size}; served are: "
            f"{', '.join(served) or 'none'}. Start one, as with: vllm serve Qwen/Qwen3-TTS-12Hz-1.7B-{wanted.task} "
            "--omni.",
            model=f"Qwen/Qwen3-TTS-12Hz-1.7B-{wanted.task}",
            served=served,
        )


def _is_settled(fault: ServerFault | None) -> bool:
    """Whether a server has said something that it would only say again."""
    return fault is not None and not fault.passing
