"""A stock voice is its engine's: when a profile has got another, what was spoken before is not spoken wrongly again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sidecar.engines.table import StockVoice
from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio

OTHER = replace(spec(), id="other", name="Other", voices=(StockVoice("x", "X", "en", "male"),))


async def test_after_another_voice_has_come_no_engine_speaks_one_that_it_has_not_got(data_dir: Path) -> None:
    data_dir.mkdir()
    bundle = str(data_dir.parent / "tone.voicebox")
    async with Studio(data_dir, [spec(), OTHER]) as studio:
        other_voice = {"kind": "preset", "engine": "other", "voice_id": "x"}
        await studio.call("profiles.create", name="Tone", voice=other_voice)
        await studio.call("profiles.export", profile_id="tone", path=bundle, wait=True)
        await studio.call("profiles.delete", profile_id="tone")
        await studio.call("profiles.create", name="Tone", voice=VOICE)
        cast = {"text": "TONE: A good day.", "speakers": {"TONE": "tone"}}
        play = await studio.call("projects.from_script", name="Play", **cast, wait=True)
        (line,) = (await studio.call("projects.list_lines", project_id=play["project"]["id"]))["items"]
        await studio.call("profiles.import", path=bundle, on_conflict="replace", wait=True)

        again = await studio.answer("generation.regenerate", generation_id=line["generation_id"])
        assert again["error"]["data"]["kind"] == "unsupported"
        changed = await studio.call("projects.update_line", line_id=line["id"], text="And a good night.", wait=True)
        (line,) = (await studio.call("projects.list_lines", project_id=play["project"]["id"]))["items"]
        spoken = await studio.call("history.get", generation_id=line["generation_id"])
        assert changed["changes"]["lines"] == [line["id"]]
        assert (spoken["generation"]["engine"], spoken["generation"]["status"]) == ("other", "completed")
