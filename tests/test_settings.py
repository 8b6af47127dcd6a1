from __future__ import annotations

import pytest

from sidecar.settings import Settings, from_environment, variable


def test_the_environment_fixes_only_what_it_names() -> None:
    given = {
        "VOICEBOX_DEVICE": "cuda:1",
        "VOICEBOX_INT8": "1",
        "VOICEBOX_ENGINE_IDLE_S": "0.5",
        "VOICEBOX_FORCE_CPU": "",
    }
    assert from_environment(given | {"PATH": "/bin"}) == {"device": "cuda:1", "int8": True, "engine_idle_s": 0.5}


@pytest.mark.parametrize(
    ("name", "text"), [("device", "gpu"), ("int8", "perhaps"), ("queue_limit", "1.5"), ("engine_idle_s", "-1")]
)
def test_a_variable_that_makes_no_sense_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{variable(name)}: "):
        from_environment({variable(name): text})


def test_the_defaults_keep_to_their_own_bounds() -> None:
    assert Settings.model_validate(Settings().model_dump()) == Settings()


def test_the_processor_can_be_forced_whatever_the_device() -> None:
    assert Settings(device="cuda").device_wanted == "cuda"
    assert Settings(device="cuda", force_cpu=True).device_wanted == "cpu"


@pytest.mark.parametrize(("keep_alive_s", "stays_s"), [(None, 60), (5, 5), (0, 0), (600, 60)])
def test_a_model_stays_no_longer_than_its_process(keep_alive_s: float | None, stays_s: float) -> None:
    assert Settings(engine_idle_s=60, keep_alive_s=keep_alive_s).model_stays_s == stays_s
