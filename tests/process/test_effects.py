from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sidecar.audio.decode import decode
from sidecar.audio.encode import encode
from tests.process.conftest import PRESET, Start
from tests.process.sidecar_process import Message, Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

RATE = 24_000
SENTENCE = "The quick brown fox jumps over the lazy dog."
QUIETER = {"type": "gain", "params": {"gain_db": -12}}
ECHO = {"type": "delay", "params": {"delay_s": 0.5, "feedback": 0.5}}


@pytest.fixture
def spoken(sidecar: SidecarProcess) -> Message:
    """A sentence without effects."""
    return speak(sidecar)


def speak(sidecar: SidecarProcess, profile_id: str = "heart", **settings: Any) -> Message:
    made = sidecar.call("generation.create", profile_id=profile_id, text=SENTENCE, seed=1, wait=True, **settings)
    return dict(made["generation"])


def versions_of(sidecar: SidecarProcess, generation: Message) -> list[Message]:
    return list(sidecar.call("generation.list_versions", generation_id=generation["id"])["items"])


def samples_of(shown: Message, key: str = "audio_path") -> NDArray[np.float32]:
    return decode(Path(shown[key]), RATE)


def peak_db(samples: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.abs(samples).max()))


def refusal(sidecar: SidecarProcess, method: str, **params: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        sidecar.call(method, **params)
    return caught.value


def test_every_effect_is_told_with_its_parameters(sidecar: SidecarProcess) -> None:
    told = sidecar.call("effects.list")
    assert told["total"] == len(told["items"]) == 11
    pitch = told["items"][0]
    assert pitch["type"] == "pitch_shift"
    assert pitch["parameters"][0].keys() == {"name", "description", "default", "minimum", "maximum", "step", "unit"}


def test_effects_make_a_new_version_and_leave_the_original(sidecar: SidecarProcess, spoken: Message) -> None:
    before = Path(spoken["audio_path"]).read_bytes()
    made = sidecar.call("generation.apply_effects", generation_id=spoken["id"], effects=[QUIETER], wait=True)
    take, version = versions_of(sidecar, spoken)
    assert made["version"] == version
    assert (version["kind"], version["source_version_id"], version["is_default"]) == ("effects", take["id"], True)
    assert (version["label"], version["seed"], version["effects"]) == ("Gain", 1, [QUIETER])
    assert (take["kind"], take["is_default"], take["effects"]) == ("take", False, [])
    assert Path(take["audio_path"]).read_bytes() == before
    assert peak_db(samples_of(version)) == pytest.approx(peak_db(samples_of(take)) - 12, abs=0.1)
    assert made["generation"]["audio_path"] == version["audio_path"]
    assert made["generation"]["version_count"] == 2


def test_effects_may_be_applied_to_any_version_and_keep_their_tails(sidecar: SidecarProcess, spoken: Message) -> None:
    (take,) = versions_of(sidecar, spoken)
    sidecar.call("generation.apply_effects", generation_id=spoken["id"], effects=[QUIETER], wait=True)
    params = {"generation_id": spoken["id"], "version_id": take["id"], "effects": [ECHO], "label": "In the hills"}
    started = sidecar.call("generation.apply_effects", **params)
    assert started["version"] is None
    version = sidecar.event("job.finished", job_id=started["job_id"])["result"]["version"]
    assert (version["source_version_id"], version["label"]) == (take["id"], "In the hills")
    # 0.5 s to the first echo, then ten times half of what was: 60 dB.
    assert version["duration_s"] == pytest.approx(take["duration_s"] + 0.5 + 0.5 * 60 / 6.0206, abs=0.01)


def test_the_default_version_can_be_chosen_and_deleted(sidecar: SidecarProcess, spoken: Message) -> None:
    for effect in (QUIETER, ECHO):
        sidecar.call("generation.apply_effects", generation_id=spoken["id"], effects=[effect], wait=True)
    take, quiet, echo = versions_of(sidecar, spoken)
    assert echo["source_version_id"] == quiet["id"]
    chosen = sidecar.call("generation.set_default_version", generation_id=spoken["id"], version_id=quiet["id"])
    assert chosen["version"] == quiet | {"is_default": True}
    assert chosen["generation"]["audio_path"] == quiet["audio_path"]
    left = sidecar.call("generation.delete_version", generation_id=spoken["id"], version_id=quiet["id"])["generation"]
    assert left["audio_path"] == echo["audio_path"]
    assert not Path(quiet["audio_path"]).exists()
    assert versions_of(sidecar, spoken) == [take, echo | {"source_version_id": None, "is_default": True}]


def test_the_last_version_stays(sidecar: SidecarProcess, spoken: Message) -> None:
    (take,) = versions_of(sidecar, spoken)
    refused = refusal(sidecar, "generation.delete_version", generation_id=spoken["id"], version_id=take["id"])
    assert (refused.data["kind"], "last version" in refused.message) == ("conflict", True)
    unknown = refusal(sidecar, "generation.set_default_version", generation_id=spoken["id"], version_id="nobody")
    assert unknown.data == {"kind": "not_found", "resource": "version", "id": "nobody"}


def test_a_generation_with_effects_keeps_the_unprocessed_take(sidecar: SidecarProcess, spoken: Message) -> None:
    made = speak(sidecar, effects=[QUIETER])
    take, version = versions_of(sidecar, made)
    assert np.array_equal(samples_of(take), samples_of(spoken))
    assert (version["kind"], version["source_version_id"], version["is_default"]) == ("effects", take["id"], True)
    assert made["audio_path"] == version["audio_path"]
    assert made["settings"]["effects"] == [QUIETER]


def test_a_profiles_effects_are_used_unless_others_are_asked_for(sidecar: SidecarProcess) -> None:
    profile = sidecar.call("profiles.create", name="Quiet", voice=PRESET, default_effects=[QUIETER])["profile"]
    assert profile["default_effects"] == [QUIETER]
    assert [version["kind"] for version in versions_of(sidecar, speak(sidecar, "quiet"))] == ["take", "effects"]
    assert [version["kind"] for version in versions_of(sidecar, speak(sidecar, "quiet", effects=[]))] == ["take"]
    cleared = sidecar.call("profiles.update", profile_id="quiet", default_effects=None)["profile"]
    assert cleared["default_effects"] == []


@pytest.mark.parametrize(
    ("effect", "loc"),
    [
        ({"type": "pitch_shift", "params": {"semitones": 40}}, ["params", "semitones"]),
        ({"type": "pitch_shift", "params": {"semitones": True}}, ["params", "semitones"]),
        ({"type": "pitch_shift", "params": {"pitch": 1}}, ["params", "pitch"]),
        ({"type": "wobble"}, ["type"]),
    ],
)
def test_a_chain_that_makes_no_sense_is_refused_everywhere(
    sidecar: SidecarProcess, spoken: Message, effect: Message, loc: list[str]
) -> None:
    asked: list[tuple[str, str, Message]] = [
        ("generation.create", "effects", {"profile_id": "heart", "text": "No."}),
        ("generation.apply_effects", "effects", {"generation_id": spoken["id"]}),
        ("effects.preview", "effects", {"generation_id": spoken["id"]}),
        ("effects.presets_create", "effects", {"name": "No"}),
        ("profiles.create", "default_effects", {"name": "No"}),
        ("profiles.update", "default_effects", {"profile_id": "heart"}),
    ]
    for method, parameter, params in asked:
        refused = refusal(sidecar, method, **params, **{parameter: [QUIETER, effect]})
        assert refused.code == -32602
        assert [error["loc"] for error in refused.data["errors"]] == [[parameter, 1, *loc]]


def test_a_preview_is_a_short_file_of_its_own(sidecar: SidecarProcess, spoken: Message, tmp_path: Path) -> None:
    heard = sidecar.call("effects.preview", generation_id=spoken["id"], effects=[QUIETER])
    assert Path(heard["path"]).parent == sidecar.data_dir / "cache" / "previews"
    assert peak_db(samples_of(heard, "path")) == pytest.approx(peak_db(samples_of(spoken)) - 12, abs=0.1)
    assert len(versions_of(sidecar, spoken)) == 1
    encode(tmp_path / "long.flac", [np.tile(samples_of(spoken), 5)], RATE, "flac")
    of_a_file = sidecar.call("effects.preview", path=str(tmp_path / "long.flac"), effects=[QUIETER])
    assert of_a_file["duration_s"] == 10.0


def test_previews_are_gone_after_a_restart(start: Start, data_dir: Path, recordings: Path) -> None:
    with start(data_dir) as sidecar:
        path = sidecar.call("effects.preview", path=str(recordings / "en_david.wav"), effects=[QUIETER])["path"]
    assert Path(path).exists()
    with start(data_dir) as sidecar:
        sidecar.call("system.health")
        assert not Path(path).exists()


def test_presets_come_with_the_product_and_can_be_added(sidecar: SidecarProcess, spoken: Message) -> None:
    names = ["Robotic", "Radio", "Echo Chamber", "Deep Voice", "M3GAN"]
    assert [preset["name"] for preset in sidecar.call("effects.presets_list")["items"]] == names
    mine = sidecar.call("effects.presets_create", name="Mine", effects=[QUIETER])["preset"]
    assert sidecar.call("effects.presets_list")["items"][-1] == mine
    assert (mine["builtin"], mine["effects"]) == (False, [QUIETER])
    changed = sidecar.call("effects.presets_update", preset_id=mine["id"], name="Ours")["preset"]
    assert changed == mine | {"name": "Ours"}
    for name in ("ours", "RADIO"):
        assert refusal(sidecar, "effects.presets_create", name=name, effects=[ECHO]).data["kind"] == "conflict"
    sidecar.call("effects.presets_delete", preset_id=mine["id"])
    assert [preset["name"] for preset in sidecar.call("effects.presets_list")["items"]] == names
    gone = refusal(sidecar, "effects.presets_update", preset_id=mine["id"], name="Mine")
    assert gone.data["kind"] == "not_found"


def test_a_preset_of_the_product_stays_as_it_is(sidecar: SidecarProcess) -> None:
    for method, params in (("effects.presets_update", {"name": "Wireless"}), ("effects.presets_delete", {})):
        assert refusal(sidecar, method, preset_id="radio", **params).data["kind"] == "conflict"


def test_every_preset_of_the_product_can_be_heard(sidecar: SidecarProcess, spoken: Message) -> None:
    for preset in sidecar.call("effects.presets_list")["items"]:
        heard = sidecar.call("effects.preview", generation_id=spoken["id"], effects=preset["effects"])
        assert -25 < peak_db(samples_of(heard, "path")) < -0.99, preset["name"]
