"""What devices are called: one way to read a list of them, and clear words for what is none."""

from __future__ import annotations

import re

import pytest

from sidecar.device_names import SEVERAL_DEVICES, answers_to, computing_name, memory_of, parse_devices


def test_processors_share_the_machines_memory_and_every_card_has_its_own() -> None:
    names = ("cpu", "cpu:1", "mps", "xpu:1", "cuda", "cuda:0", "cuda:1")
    assert [memory_of(device) for device in names] == ["ram", "ram", "ram", "ram", "cuda:0", "cuda:0", "cuda:1"]


@pytest.mark.parametrize("text", ["auto", "all", "cpu", "mps", "cuda:1", "cuda:0,cuda:1", "cpu:0,cpu:1", "cpu,cuda:0"])
def test_a_list_of_devices_is_read_as_the_schema_tells_it(text: str) -> None:
    assert parse_devices(text) == tuple(text.split(","))
    assert re.fullmatch(SEVERAL_DEVICES, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("abacus", "'abacus' names no device"),
        ("", "'' names no device"),
        ("cuda:0, cuda:1", "without spaces"),
        ("cuda:x", "'cuda:x' names no device"),
        ("cpu,auto", "auto and all stand alone"),
        ("cuda,cpu,cuda:0", "cuda:0 is named twice"),
        ("cuda:1,cuda:01", "cuda:01 is named twice"),
        (",".join(f"cuda:{number}" for number in range(17)), "17 devices; at most 16"),
    ],
)
def test_what_is_no_list_of_devices_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_devices(text)


def test_a_kind_without_a_number_is_every_device_of_that_kind() -> None:
    assert answers_to("cuda:1", "cuda")
    assert answers_to("cuda:1", "cpu,cuda:1")
    assert answers_to("cuda", "cuda:0")
    assert not answers_to("cuda:1", "cuda:0")
    assert answers_to("cpu:1", "auto")


def test_libraries_know_no_second_processor() -> None:
    assert [computing_name(device) for device in ("cpu:1", "cpu", "cuda:1", "mps")] == ["cpu", "cpu", "cuda:1", "mps"]
