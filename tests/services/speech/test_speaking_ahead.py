"""In a batch, an engine that gains from it speaks lines of several generations in one pass."""

from __future__ import annotations

from pathlib import Path

from tests.scripted_engine import VOICE, spec
from tests.services.studio import Message, Studio


async def batch(studio: Studio, *texts: str) -> list[Message]:
    await studio.answer("profiles.create", name="Tone", voice=VOICE)
    items = [{"profile_id": "Tone", "text": text, "seed": position} for position, text in enumerate(texts)]
    started = await studio.call("generation.batch", items=items)
    await studio.answer("jobs.wait", job_id=started["job_id"])
    found = [await studio.call("history.get", generation_id=item["id"]) for item in started["generations"]]
    return [one["generation"] for one in found]


async def test_a_batch_comes_out_as_single_calls_would(data_dir: Path) -> None:
    texts = ["A good day to you.", "I am mute twice, then I speak.", "And a good night.", "Now five.", "And six."]
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=3)]) as studio:
        together = await batch(studio, *texts)
        single = [
            (await studio.call("generation.create", profile_id="Tone", text=text, seed=position, wait=True))[
                "generation"
            ]
            for position, text in enumerate(texts)
        ]
    for one, other in zip(together, single, strict=True):
        assert Path(one["audio_path"]).read_bytes() == Path(other["audio_path"]).read_bytes()
        assert one["quality"] == other["quality"]


async def test_one_that_cannot_be_spoken_does_not_spoil_the_others(data_dir: Path) -> None:
    data_dir.mkdir()
    async with Studio(data_dir, [spec(max_batch=4)]) as studio:
        made = await batch(studio, "A good day.", "I stay mute.", "A good night.")
        assert [one["status"] for one in made] == ["completed", "failed", "completed"]
        made = await batch(studio, "A good day.", "This breaks the engine.", "A good night.")
        assert [one["status"] for one in made] == ["completed", "failed", "completed"]
