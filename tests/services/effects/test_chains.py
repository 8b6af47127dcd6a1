from __future__ import annotations

from typing import Any

import pytest

from sidecar.errors import InvalidParams, Unsupported
from sidecar.services.effects import chains as effect_chains
from sidecar.services.effects.chains import describe, require_packages, whole
from sidecar.services.effects.table import EFFECTS, PRESETS


def link(type: str, **params: Any) -> dict[str, Any]:
    return {"type": type, "params": params}


def test_what_a_chain_leaves_out_has_its_default() -> None:
    assert whole([link("delay", mix=1)]) == [link("delay", delay_s=0.3, feedback=0.3, mix=1.0)]


def test_a_whole_chain_stays_as_it_is() -> None:
    chain = whole([link(effect.type) for effect in EFFECTS])
    assert whole(chain) == chain


@pytest.mark.parametrize(
    ("params", "says"),
    [
        ({"semitones": 12.5}, r"It is 12\.5; a number from -12 to 12 \(semitones\) is allowed"),
        ({"semitones": -13}, "a number from -12 to 12"),
        ({"semitones": float("nan")}, "It is nan"),
        ({"semitones": float("inf")}, "It is inf"),
        ({"semitones": True}, "It is True"),
        ({"semitones": "3"}, "It is '3'"),
        ({"semitones": None}, "It is None"),
        ({"semitone": 3}, "pitch_shift has no such parameter; it has semitones"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_with_what_is_allowed(params: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidParams, match=says) as refusal:
        whole([link("gain"), link("pitch_shift", **params)])
    (fault,) = refusal.value.data["errors"]
    assert fault["loc"] == ["effects", 1, "params", *params]
    assert refusal.value.message.startswith(f"effects.1.params.{next(iter(params))}: ")


def test_an_unknown_effect_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidParams, match=r"no effect 'wobble'; there are pitch_shift, .*, distortion") as refusal:
        whole([link("wobble")], "default_effects")
    assert refusal.value.data["errors"][0]["loc"] == ["default_effects", 0, "type"]


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(InvalidParams, match=r"\(2 more\)") as refusal:
        whole([link("gain", gain_db=99), link("reverb", mix=0, room_size=2)])
    places = [fault["loc"] for fault in refusal.value.data["errors"]]
    assert places == [
        ["effects", 0, "params", "gain_db"],
        ["effects", 1, "params", "mix"],
        ["effects", 1, "params", "room_size"],
    ]


def test_without_its_packages_a_chain_is_refused_with_the_extra_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    require_packages([link("gain")])
    monkeypatch.setattr(effect_chains, "PACKAGES", ("json", "no_such_package"))
    require_packages([])
    with pytest.raises(Unsupported, match=r"packages no_such_package; .* extra 'effects'"):
        require_packages([link("gain")])


def test_every_default_lies_within_its_bounds() -> None:
    parameters = [parameter for effect in EFFECTS for parameter in effect.parameters]
    assert not [each for each in parameters if not each.minimum <= each.default <= each.maximum or each.step <= 0]


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)
def test_a_preset_is_a_valid_chain(preset: Any) -> None:
    assert [effect["type"] for effect in whole(preset.effects)] == [effect["type"] for effect in preset.effects]


def test_the_presets_are_those_that_were_promised() -> None:
    assert [preset.name for preset in PRESETS] == ["Robotic", "Radio", "Echo Chamber", "Deep Voice", "M3GAN"]


def test_a_chain_is_described_in_a_few_words() -> None:
    assert describe([link("reverb"), link("gain")]) == "Reverb, Gain"
