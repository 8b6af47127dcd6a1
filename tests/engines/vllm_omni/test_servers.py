from __future__ import annotations

import json

import pytest

from sidecar.engines.vllm_omni.faults import MOST_SAID_CHARS
from sidecar.engines.vllm_omni.servers import Checkpoint, checkpoints_told


def test_a_server_tells_what_it_has_loaded_and_under_which_name() -> None:
    told = b'{"data": [{"id": "tts", "root": "Qwen/Qwen3-TTS-12Hz-0.6B-Base"}, {"id": "/models/a-VoiceDesign"}]}'
    assert checkpoints_told(told, None) == (
        Checkpoint("tts", "tts", "Base", obeys=False),
        Checkpoint("/models/a-VoiceDesign", "/models/a-VoiceDesign", "VoiceDesign", obeys=True),
    )


def test_a_name_is_asked_for_as_it_is_and_told_as_it_may_be_shown() -> None:
    told = json.dumps({"data": [{"id": "sk-1\x1b[2J-Base"}, {"id": "x" * 5_000}]}).encode()
    hostile, endless = checkpoints_told(told, "sk-1")
    assert (hostile.id, hostile.shown) == ("sk-1\x1b[2J-Base", "… [2J-Base")
    assert (len(endless.id), len(endless.shown)) == (5_000, MOST_SAID_CHARS)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" * 200_000,
        b'{"data": 1}',
        b'{"data": [1]}',
        b'{"data": [{"id": ' + b"[" * 1_000 + b"]" * 1_000 + b"}]}",
    ],
)
def test_what_is_no_list_of_models_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        checkpoints_told(body, None)
