from __future__ import annotations

import pytest

from sidecar.engines.vllm_omni.servers import Checkpoint, checkpoints_told


def test_a_server_tells_what_it_has_loaded_and_under_which_name() -> None:
    told = b'{"data": [{"id": "tts", "root": "Qwen/Qwen3-TTS-12Hz-0.6B-Base"}, {"id": "/models/a-VoiceDesign"}]}'
    assert checkpoints_told(told) == (
        Checkpoint("tts", "Base", obeys=False),
        Checkpoint("/models/a-VoiceDesign", "VoiceDesign", obeys=True),
    )


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
        checkpoints_told(body)
