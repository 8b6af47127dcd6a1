"""Takes that are heard as they are made: real speech, real recognition, over the real pipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.process.sidecar_process import Refused, SidecarProcess

pytestmark = [pytest.mark.process, pytest.mark.models]

TEXT = "The coffee is hot. Please sit down by the fire.\n\nNobody came to the harbour on that evening."


def test_every_chunk_is_heard_and_what_was_found_is_told(sidecar: SidecarProcess) -> None:
    made = sidecar.call("generation.create", profile_id="heart", text=TEXT, verify="full", wait=True)["generation"]
    quality = made["quality"]
    assert (quality["verify"], quality["passed"], quality["retakes"]) == ("full", True, 0)
    assert [chunk["position"] for chunk in quality["chunks"]] == [0, 1]
    assert all(chunk["wer"] <= 0.2 and 3.0 < chunk["rate"] < 7.0 for chunk in quality["chunks"])


def test_a_matched_voice_is_not_compared_with_its_recordings(sidecar: SidecarProcess, recordings: Path) -> None:
    sample = {"path": str(recordings / "en_david.wav"), "text": "It seemed to him that it fell to earth."}
    sidecar.call("profiles.create", name="David", samples=[sample])
    made = sidecar.call("generation.create", profile_id="david", text=TEXT, verify="full", wait=True)["generation"]
    assert (made["fidelity"], made["quality"]["passed"], made["quality"]["similarity"]) == ("matched", True, None)


def test_takes_are_checked_by_their_length_unless_it_is_said_otherwise(sidecar: SidecarProcess) -> None:
    checked = sidecar.call("generation.create", profile_id="heart", text="Good evening.", wait=True)["generation"]
    assert (checked["quality"]["verify"], checked["quality"]["wer"]) == ("length", None)
    again = sidecar.call("generation.regenerate", generation_id=checked["id"], verify="off", wait=True)["generation"]
    assert again["quality"]["verify"] == "off"
    assert again["quality"]["rate"] is None


def test_a_strictness_that_there_is_none_of_is_refused_with_those_that_there_are(sidecar: SidecarProcess) -> None:
    with pytest.raises(Refused, match="'off', 'length' or 'full'"):
        sidecar.call("generation.create", profile_id="heart", text="Good evening.", verify="strict")
