import pytest

from sidecar.engines.vllm_omni.wording import frames_cap


@pytest.mark.parametrize(
    ("text", "frames"), [("Yes.", 192), ("x" * 48, 192), ("x" * 51, 204), ("字" * 100, 1200), ("字" * 400, 2048)]
)
def test_the_longest_speech_follows_the_text_between_the_servers_own_bounds(text: str, frames: int) -> None:
    assert frames_cap(text) == frames
