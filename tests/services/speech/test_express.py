from __future__ import annotations

from pathlib import Path

from tests.scripted_engine import VOICE, spec
from tests.services.studio import Studio

CHAPTERS = " ".join(f"This is sentence number {number} of a very long book." for number in range(300))


async def test_a_sentence_is_spoken_while_a_long_text_is_being_spoken(data_dir: Path) -> None:
    data_dir.mkdir()
    async with Studio(data_dir, [spec()]) as studio:
        await studio.answer("profiles.create", name="Tone", voice=VOICE)
        book = await studio.call("generation.create", profile_id="Tone", text=CHAPTERS)
        await studio.hear("job.progress", lambda told: told["job_id"] == book["job_id"] and told["stage"] == "speaking")
        sentence = await studio.call("generation.create", profile_id="Tone", text="Good day.", wait=True)
        assert sentence["generation"]["status"] == "completed"
        job = (await studio.call("jobs.get", job_id=book["job_id"]))["job"]
        assert job["status"] == "running"
        await studio.call("jobs.cancel", job_id=book["job_id"])
