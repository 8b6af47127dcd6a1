"""The client against servers over real sockets; time passes only where a test lets it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sidecar.engines.base import Samples
from sidecar.engines.vllm_omni.client import MOST_SERVED, SpeechClient, Timing, Wanted
from sidecar.engines.vllm_omni.exchange import Exchange, Patience
from sidecar.engines.vllm_omni.faults import ServerFault
from sidecar.errors import Busy, EngineFailed, ModelUnavailable, Unsupported, VoiceboxError
from sidecar.server_urls import parse_servers
from tests.vllm_server import Trouble, VllmServer, speech

KEY = "sk-hunter2"
BODY = {
    "input": "one two three four five six",
    "task_type": "CustomVoice",
    "voice": "vivian",
    "language": "English",
    "seed": 7,
    "response_format": "wav",
    "stream": True,
    "stream_format": "audio",
}
WANTED = Wanted("CustomVoice", BODY, limit_s=5.0)
SAID = speech(BODY) / np.float32(32768)
CALM = Patience(connect_s=10.0, first_s=10.0, piece_s=10.0, whole_s=20.0, examine_s=10.0)
HASTE = Patience(connect_s=10.0, first_s=0.5, piece_s=0.5, whole_s=1.0, examine_s=10.0)
"""For servers that say nothing for a while."""
SLOW = ("hang", "stall", "drip")


def patience_with(*troubles: Trouble) -> Patience:
    """As much as a busy machine may need, but for what is to be found too slow."""
    return HASTE if set(troubles) & set(SLOW) else CALM


class Studio:
    """Servers, and a client of theirs whose sleep only moves its clock."""

    def __init__(self, stack: ExitStack, patience: Patience, *servers: VllmServer, addresses: str = "") -> None:
        self.servers = [stack.enter_context(server) for server in servers]
        self.now = 0.0
        self.slept: list[float] = []
        self.told: list[str] = []
        self.heard: list[Samples] = []
        timing = Timing(lambda: self.now, self._sleep, lambda: 0.5)
        urls = parse_servers(addresses or " ".join(server.url for server in self.servers))
        self._client = SpeechClient(urls, patience, timing)
        self._runner = stack.enter_context(asyncio.Runner())
        stack.callback(lambda: self._runner.run(self._client.close()))

    def speak(self, wanted: Wanted = WANTED, key: str | None = None) -> Samples:
        self.heard.clear()
        self._runner.run(self._client.speak(wanted, key, self.told.append, self.heard.append))
        return np.concatenate(self.heard)

    def fault(self, wanted: Wanted = WANTED, key: str | None = None) -> VoiceboxError:
        with pytest.raises(VoiceboxError) as fault:
            self.speak(wanted, key)
        assert KEY not in str(fault.value.payload())
        return fault.value

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def studio(stack: ExitStack, *troubles: Trouble, **server: Any) -> Studio:
    """One server with these troubles ahead."""
    made = VllmServer("CustomVoice", **server)
    made.troubles.extend(troubles)
    return Studio(stack, patience_with(*troubles), made)


def test_the_speech_is_heard_in_pieces_sample_for_sample(stack: ExitStack) -> None:
    house = studio(stack)
    np.testing.assert_array_equal(house.speak(), SAID)
    assert len(house.heard) > 1
    assert house.told == [house.servers[0].host]


def test_servers_take_turns(stack: ExitStack) -> None:
    house = Studio(stack, CALM, *(VllmServer("CustomVoice") for _ in range(3)))
    for _ in range(6):
        house.speak()
    assert [len(server.requests) for server in house.servers] == [2, 2, 2]


@pytest.mark.parametrize("trouble", ["500", "503", "drop", "hang", "html", "junk", "empty", "redirect", "slow_rate"])
def test_another_server_speaks_at_once_where_one_fails(stack: ExitStack, trouble: Trouble) -> None:
    house = Studio(stack, patience_with(trouble), VllmServer("CustomVoice"), VllmServer("CustomVoice"))
    house.servers[0].troubles.append(trouble)
    np.testing.assert_array_equal(house.speak(), SAID)
    assert house.told == [server.host for server in house.servers]
    assert house.slept == []


def test_a_server_that_is_gone_is_left_alone_and_comes_back_after_its_rest(stack: ExitStack) -> None:
    house = Studio(stack, CALM, VllmServer("CustomVoice"), VllmServer("CustomVoice"))
    house.servers[0].troubles.extend(["500"] * 3)
    for _ in range(9):
        house.speak()
    assert len(house.servers[0].requests) == 3
    house.now += 15
    for _ in range(4):
        house.speak()
    assert len(house.servers[0].requests) == 5


def test_where_all_rest_the_error_comes_at_once_and_says_for_how_long(stack: ExitStack) -> None:
    house = studio(stack, "500", "500", "500")
    assert house.fault().data["status"] == 500
    asked = len(house.servers[0].requests)
    fault = house.fault()
    assert fault.data["reason"] == "resting"
    assert 0 < fault.data["retry_after_s"] <= 15
    assert len(house.servers[0].requests) == asked


@pytest.mark.parametrize("trouble", ["429", "503"])
def test_a_passing_trouble_is_waited_out_for_as_long_as_the_server_asks(stack: ExitStack, trouble: Trouble) -> None:
    house = studio(stack, trouble, trouble)
    house.servers[0].retry_after = "3"
    np.testing.assert_array_equal(house.speak(), SAID)
    assert house.slept == [3, 3]


def test_without_a_word_of_the_server_each_pause_is_a_part_of_a_longer_one(stack: ExitStack) -> None:
    house = studio(stack, "503", "503")
    house.speak()
    assert house.slept == [0.25, 0.5]


def test_a_server_that_asks_for_too_long_a_wait_gets_none(stack: ExitStack) -> None:
    house = studio(stack, "429")
    house.servers[0].retry_after = "3600"
    fault = house.fault()
    assert isinstance(fault, Busy)
    assert fault.data["retry_after_s"] == 3600
    assert house.slept == []


def test_too_many_requests_are_no_fault_of_the_server(stack: ExitStack) -> None:
    house = studio(stack, *["429"] * 6)
    assert isinstance(house.fault(), Busy)
    assert isinstance(house.fault(), Busy)
    np.testing.assert_array_equal(house.speak(), SAID)


@pytest.mark.parametrize(
    ("trouble", "kind", "reason"),
    [
        ("400", Unsupported, "wording"),
        ("401", EngineFailed, "key"),
        ("413", EngineFailed, "too_large"),
        ("redirect", EngineFailed, "redirect"),
        ("html", EngineFailed, "no_speech"),
        ("junk", EngineFailed, "no_speech"),
        ("empty", EngineFailed, "no_speech"),
        ("gzip", EngineFailed, "no_speech"),
        ("slow_rate", EngineFailed, "no_speech"),
    ],
)
def test_what_would_be_the_same_again_is_asked_once(
    stack: ExitStack, trouble: Trouble, kind: type[VoiceboxError], reason: str
) -> None:
    house = studio(stack, trouble)
    fault = house.fault()
    assert type(fault) is kind
    assert fault.data["reason"] == reason
    assert house.servers[0].host in fault.message
    assert len(house.servers[0].requests) == 1


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        ("cut", "broke_off"),
        ("odd", "broke_off"),
        ("short", "broke_off"),
        ("stall", "broke_off"),
        ("drip", "too_slow"),
        ("endless", "too_long"),
    ],
)
def test_a_bad_end_is_told_in_bounded_time_and_memory_and_not_papered_over(
    stack: ExitStack, trouble: Trouble, reason: str
) -> None:
    house = studio(stack, trouble)
    asked = time.monotonic()
    fault = house.fault()
    assert fault.data["reason"] == reason
    assert time.monotonic() - asked < 5
    assert sum(map(len, house.heard)) <= 24_000 * 6
    assert len(house.servers[0].requests) == 1


def test_the_key_goes_into_the_header_and_nowhere_else(stack: ExitStack) -> None:
    house = studio(stack, key=KEY)
    house.speak(key=KEY)
    assert house.servers[0].heads[-1]["Authorization"] == f"Bearer {KEY}"
    assert KEY not in str(house.servers[0].requests)


async def test_over_plain_http_to_another_machine_no_key_is_sent(stack: ExitStack) -> None:
    server = stack.enter_context(VllmServer(key=KEY))
    exchange = Exchange(CALM)
    url = replace(parse_servers(server.url)[0], may_have_key=False)
    with pytest.raises(ServerFault, match="over https only"):
        await exchange.examine(url, KEY)
    await exchange.close()
    assert [head for head in server.heads if "Authorization" in head] == []


def test_a_wrong_key_is_told_with_what_to_do(stack: ExitStack) -> None:
    house = studio(stack, key="another")
    fault = house.fault(key=KEY)
    assert fault.data["reason"] == "key"
    assert "engines.set_key" in fault.message


def test_a_server_that_repeats_the_key_does_not_get_it_into_the_error(stack: ExitStack) -> None:
    fault = studio(stack, *["echo"] * 3).fault(key=KEY)
    assert "cannot speak with" in fault.message


def test_nor_by_the_type_that_it_says_its_answer_is_of(stack: ExitStack) -> None:
    fault = studio(stack, "echo_type").fault(key=KEY)
    assert "answered with Text/Bearer …," in fault.message
    assert KEY not in fault.message


def test_nor_by_the_names_of_what_it_serves(stack: ExitStack) -> None:
    fault = studio(stack, name=f"{KEY}\x1b[2J-VoiceDesign").fault(key=KEY)
    assert fault.data["served"] == ["… [2J-VoiceDesign"]
    assert KEY not in fault.message


def test_of_many_checkpoints_that_do_not_serve_some_are_told(stack: ExitStack) -> None:
    servers = [VllmServer(name=f"{number:02}-Base") for number in range(MOST_SERVED + 1)]
    assert Studio(stack, CALM, *servers).fault().data["served"] == [f"{n:02}-Base" for n in range(MOST_SERVED)]


def test_a_request_goes_only_to_servers_with_such_a_checkpoint(stack: ExitStack) -> None:
    house = Studio(stack, CALM, VllmServer("Base"), VllmServer("CustomVoice"), VllmServer("VoiceDesign"))
    for _ in range(3):
        house.speak()
    assert [len(server.requests) for server in house.servers] == [0, 3, 0]
    assert house.servers[1].requests[0]["model"] == "Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice"


def test_a_server_whose_model_has_a_name_of_its_own_is_asked_by_that(stack: ExitStack) -> None:
    house = studio(stack, name="our-voice")
    house.speak()
    assert house.servers[0].requests[0]["model"] == "our-voice"


def test_where_no_server_has_such_a_checkpoint_the_error_says_what_to_start(stack: ExitStack) -> None:
    house = Studio(stack, CALM, VllmServer("Base"))
    fault = house.fault()
    assert isinstance(fault, ModelUnavailable)
    assert "vllm serve Qwen/Qwen3-TTS-12Hz-1.7B-CustomVoice --omni" in fault.message
    assert house.told == []


def test_what_was_missing_is_found_as_soon_as_somebody_has_started_it(stack: ExitStack) -> None:
    house = Studio(stack, CALM, VllmServer("Base"))
    assert isinstance(house.fault(), ModelUnavailable)
    house.servers[0].serve("CustomVoice")
    np.testing.assert_array_equal(house.speak(), SAID)


def test_two_servers_behind_one_address_are_told_apart_by_their_paths(stack: ExitStack) -> None:
    server = VllmServer("CustomVoice")
    house = Studio(stack, CALM, server, addresses=f"{server.url}/nobody {server.url}")
    for _ in range(4):
        np.testing.assert_array_equal(house.speak(), SAID)


def test_an_address_that_cannot_be_asked_leaves_the_others_to_speak(stack: ExitStack) -> None:
    server = VllmServer("CustomVoice")
    house = Studio(stack, CALM, server, addresses=f"https://1.2.3.999 {server.url}")
    for _ in range(2):
        np.testing.assert_array_equal(house.speak(), SAID)


def test_an_address_that_cannot_be_asked_is_told_with_the_setting_that_names_it(stack: ExitStack) -> None:
    fault = Studio(stack, CALM, addresses="https://1.2.3.999").fault()
    assert fault.data["reason"] == "misspelt"
    assert "vllm_omni_servers" in fault.message


def test_an_instruction_never_goes_to_a_checkpoint_that_drops_it_in_silence(stack: ExitStack) -> None:
    instructed = Wanted("CustomVoice", BODY | {"instructions": "Whisper."}, 5.0)
    house = Studio(stack, CALM, VllmServer("CustomVoice", "0.6B"))
    assert isinstance(house.fault(instructed), ModelUnavailable)
    np.testing.assert_array_equal(house.speak(), SAID)


def test_a_server_that_is_not_well_is_not_asked_to_speak(stack: ExitStack) -> None:
    house = studio(stack)
    house.servers[0].well = False
    assert house.fault().data["status"] == 503
    assert house.servers[0].requests == []


def test_a_server_that_nobody_started_is_told_with_the_setting_that_names_it(stack: ExitStack) -> None:
    house = studio(stack)
    house.servers[0].die()
    fault = house.fault()
    assert fault.data["reason"] == "unreachable"
    assert "vllm_omni_servers" in fault.message
