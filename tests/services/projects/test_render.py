from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
import tinytag

from sidecar import __version__
from tests.services.projects.arranging import Desk, desk_in
from tests.services.studio import Message

RATE = 48_000


def tone(path: Path, seconds: float, level: float = 0.2, channels: int = 1, rate: int = RATE) -> str:
    time_s = np.arange(round(seconds * rate)) / rate
    sound = level * np.sin(2 * np.pi * 300 * time_s) * np.sqrt(np.maximum(0.0, np.sin(2 * np.pi * 3 * time_s)))
    soundfile.write(path, np.tile(sound[:, None], channels), rate, "PCM_16")
    return str(path)


async def render(desk: Desk, path: Path, **how: Any) -> Message:
    """What a finished render tells."""
    wanted = {"format": path.suffix[1:], "path": str(path), "wait": True} | how
    return await desk.call("render", project_id=desk.project_id, **wanted)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where the user wants the files."""
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


async def test_a_project_becomes_the_file_that_was_arranged(data_dir: Path, out: Path, tmp_path: Path) -> None:
    given = tone(tmp_path / "given.wav", 2.0)
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        await desk.clip(track_id, 1.0, path=given)
        await desk.clip(track_id, 3.0, path=given, gain_db=-6.0, trim_start_s=0.5)
        told = await render(desk, out / "talk.wav")
        made, rate = soundfile.read(out / "talk.wav", always_2d=True)
        sound = soundfile.read(given)[0]
        expected = np.zeros(round(4.5 * RATE))
        expected[RATE : 3 * RATE] = sound
        expected[3 * RATE :] = sound[RATE // 2 :] * 10 ** (-6 / 20)
        assert (rate, made.shape) == (RATE, (len(expected), 2))
        assert np.max(np.abs(made - expected[:, None])) <= 2.0**-15
        assert (told["path"], told["duration_s"], told["channels"]) == (str(out / "talk.wav"), 4.5, 2)
        assert names(out) == {"talk.wav"}


async def test_a_split_and_its_undoing_change_no_byte_of_the_render(data_dir: Path, out: Path, tmp_path: Path) -> None:
    given = tone(tmp_path / "given.wav", 2.0, rate=44_100)
    async with desk_in(data_dir) as desk:
        how = {"fade_in_s": 0.9, "fade_out_s": 0.8, "fade_in_curve": "s_curve", "pan": 0.3}
        whole = await desk.clip(await desk.track(), 0.2, path=given, **how)
        await render(desk, out / "whole.wav")
        left = await desk.call("split_clip", clip_id=whole["id"], at_s=0.71)
        await desk.call("split_clip", clip_id=left["clips"][1]["id"], at_s=1.93)
        assert len(await desk.clips()) == 3
        await render(desk, out / "split.wav")
        await desk.call("undo", project_id=desk.project_id, steps=2)
        await render(desk, out / "undone.wav")
        assert (out / "split.wav").read_bytes() == (out / "whole.wav").read_bytes()
        assert (out / "undone.wav").read_bytes() == (out / "whole.wav").read_bytes()


async def test_a_clip_with_effects_rings_on_and_is_prepared_once(data_dir: Path, out: Path, tmp_path: Path) -> None:
    given = tone(tmp_path / "given.wav", 1.0)
    delay = [{"type": "delay", "params": {"delay_s": 0.5, "feedback": 0.0, "mix": 0.5}}]
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(), 0.0, path=given, effects=delay, speed=2.0)
        told = await render(desk, out / "talk.wav")
        assert (clip["duration_s"], told["duration_s"]) == (0.5, 0.75)
        (prepared,) = desk.files.prepared.iterdir()
        made_at = prepared.stat().st_ctime_ns, prepared.read_bytes()
        assert (await render(desk, out / "again.wav"))["duration_s"] == 0.75
        assert prepared.read_bytes() == made_at[1]
        assert (out / "again.wav").read_bytes() == (out / "talk.wav").read_bytes()
        await desk.call("trim_clip", clip_id=clip["id"], end_s=0.4)
        assert (await render(desk, out / "cut.wav"))["duration_s"] == 0.4


async def test_what_a_render_has_prepared_stays_until_it_has_ended(data_dir: Path, out: Path, tmp_path: Path) -> None:
    given = tone(tmp_path / "given.wav", 60.0)
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        for number in range(4):
            quieter = [{"type": "gain", "params": {"gain_db": -1.0 - number}}]
            await desk.clip(track_id, 60.0 * number, path=given, effects=quieter)
        rendering = asyncio.create_task(render(desk, out / "talk.wav"))
        while not names(desk.files.prepared):
            assert not rendering.done(), rendering.result()
            await asyncio.sleep(0.01)
        assert (await desk.studio.call("cache.clear", kinds=["prepared_clips"]))["freed_files"] == 0
        assert (await rendering)["duration_s"] == 240.0
        assert (await desk.studio.call("cache.clear", kinds=["prepared_clips"]))["freed_files"] == 4


async def test_a_clip_that_cannot_be_played_is_named_before_there_is_a_job(data_dir: Path, out: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track(name="Anna")
        waiting = await desk.clip(track_id, 1.5, generation_id=await desk.spoken(None), label="Greeting")
        how = {"project_id": desk.project_id, "format": "wav", "path": str(out / "talk.wav")}
        error = await desk.refusal("render", **how)
        assert error["data"]["kind"] == "conflict"
        assert error["data"]["id"] == waiting["id"]
        assert error["message"].startswith("The clip 'Greeting' at 1.500 s on the track 'Anna' has no audio")
        assert not names(out)


async def test_a_file_that_is_gone_is_named_with_its_clip_and_leaves_nothing(
    data_dir: Path, out: Path, tmp_path: Path
) -> None:
    async with desk_in(data_dir) as desk:
        clip = await desk.clip(await desk.track(name="Ben"), 2.0, path=tone(tmp_path / "given.wav", 1.0))
        Path(clip["source"]["audio_path"]).unlink()
        how = {"format": "wav", "path": str(out / "talk.wav"), "wait": True}
        error = await desk.refusal("render", project_id=desk.project_id, **how)
        assert error["data"]["clip_id"] == clip["id"]
        assert error["message"].startswith("The clip 'given.wav' at 2.000 s on the track 'Ben' cannot be played")
        assert not names(out)


async def test_a_cancelled_render_leaves_nothing(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        await desk.clip(await desk.track(), 7_200.0, silence_s=1.0)
        (out / "talk.wav").write_bytes(b"as it was")
        job_id = (await render(desk, out / "talk.wav", wait=False, stems=True))["job_id"]
        await desk.studio.hear("job.progress", lambda news: news["job_id"] == job_id and news["stage"] == "writing")
        began = asyncio.get_running_loop().time()
        job = await desk.studio.call("jobs.cancel", job_id=job_id)
        assert asyncio.get_running_loop().time() - began < 1.0
        assert job["job"]["status"] == "cancelled"
        assert names(out) == {"talk.wav"}
        assert (out / "talk.wav").read_bytes() == b"as it was"


async def test_a_book_that_is_cancelled_after_its_first_chapter_leaves_nothing(
    data_dir: Path, out: Path, tmp_path: Path
) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        await desk.clip(await desk.track(), 7_200.0, silence_s=1.0)
        for at_s, title in ((0.0, "Short"), (1.0, "Long")):
            await desk.call("add_marker", project_id=desk.project_id, at_s=at_s, title=title)
        job_id = (await render(desk, out / "book.wav", wait=False, per_chapter=True))["job_id"]
        await desk.studio.hear(
            "job.progress",
            lambda news: news["job_id"] == job_id and news["stage"] == "writing" and news["fraction"] > 0.5,
        )
        job = await desk.studio.call("jobs.cancel", job_id=job_id)
        assert job["job"]["status"] == "cancelled"
        assert not names(out)


async def test_a_render_that_the_programs_end_interrupts_is_made_at_the_next_start(
    data_dir: Path, out: Path, tmp_path: Path
) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        await desk.clip(await desk.track(), 60.0, silence_s=1.0)
        job_id = (await render(desk, out / "talk.wav", wait=False))["job_id"]
        await desk.studio.hear("job.progress", lambda news: news["job_id"] == job_id and news["stage"] == "writing")
    async with desk_in(data_dir) as desk:
        ended = await desk.studio.call("jobs.wait", job_id=job_id)
        assert ended["job"]["status"] == "completed"
        assert ended["result"]["duration_s"] == 61.0
        assert names(out) == {"talk.wav"}


async def test_stems_lie_beside_the_mix_named_after_their_tracks(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        for name in ("Anna", "A/B: <music>"):
            await desk.clip(await desk.track(name=name), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        await desk.clip(await desk.track(name="Never heard", muted=True), 0.0, path=str(tmp_path / "given.wav"))
        told = await render(desk, out / "talk.wav", stems=True)
        assert [Path(stem).name for stem in told["stems"]] == ["talk.1 Anna.wav", "talk.2 A B music.wav"]
        together = sum(soundfile.read(stem)[0] for stem in told["stems"])
        assert np.allclose(together, soundfile.read(told["path"])[0], atol=2.0**-14)


async def test_a_podcast_is_as_loud_as_podcasts_are(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.open(sample_rate=24_000, channels=1)
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 3.0, 0.02))
        told = await render(desk, out / "talk.mp3", preset="podcast")
        assert told["loudness_lufs"] == pytest.approx(-16.0, abs=0.1)
        assert told["true_peak_db"] <= -1.0
        assert (told["sample_rate"], told["channels"]) == (48_000, 1)


async def test_an_audiobook_is_checked_by_what_its_publisher_demands(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        track_id = await desk.track()
        await desk.clip(track_id, 0.0, path=tone(tmp_path / "given.wav", 3.0, 0.02))
        told = await render(desk, out / "book.mp3", preset="audiobook")
        assert [check["name"] for check in told["checks"]] == ["rms_db", "peak_db", "noise_floor_db"]
        assert not all(check["passed"] for check in told["checks"]), "no half second of it is quiet"
        await desk.clip(track_id, 3.0, silence_s=1.0)
        told = await render(desk, out / "book.mp3", preset="audiobook")
        assert all(check["passed"] for check in told["checks"]), told["checks"]
        tag = tinytag.TinyTag.get(out / "book.mp3")
        assert (tag.samplerate, round(tag.bitrate or 0), tag.title) == (44_100, 192, "Talk")


async def test_a_render_says_which_program_made_it(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        await render(desk, out / "talk.flac")
        tags = tinytag.TinyTag.get(out / "talk.flac").as_dict()
        assert (tags["title"], tags["encoded_by"]) == (["Talk"], [f"voicebox-sidecar {__version__}"])


async def test_markers_become_the_chapters_of_a_book(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 4.0))
        for at_s, title in ((0.0, "One"), (1.5, "Two"), (3.0, "Three")):
            await desk.call("add_marker", project_id=desk.project_id, at_s=at_s, title=title)
        await render(desk, out / "book.m4b", start_s=2.0)
        chapters = await asyncio.to_thread(chapters_of, out / "book.m4b")
        assert chapters == [(0.0, "Two"), (1.0, "Three")]


def chapters_of(path: Path) -> list[tuple[float, str]]:
    with av.open(str(path)) as container:
        return [(float(each["start"] * each["time_base"]), each["metadata"]["title"]) for each in container.chapters()]


async def test_subtitles_lie_beside_the_mix_and_what_has_no_words_is_said(
    data_dir: Path, out: Path, tmp_path: Path
) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        told = await render(desk, out / "talk.flac", subtitles=["srt", "json"])
        assert [Path(each).name for each in told["subtitles"]] == ["talk.srt", "talk.json"]
        assert names(out) == {"talk.flac", "talk.srt", "talk.json"}
        assert "'given.wav' has no text" in told["notes"][0]


async def test_what_is_cut_off_for_being_too_loud_is_said(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0, 0.9), gain_db=6.0)
        told = await render(desk, out / "talk.wav")
        assert told["clipped_samples"] > 0
        assert "true_peak_db" in told["notes"][0]
        told = await render(desk, out / "talk.wav", true_peak_db=-1.0)
        assert (told["clipped_samples"], told["notes"]) == (0, [])


NONSENSE: list[tuple[str, dict[str, Any]]] = [
    ("bit_depth", {"format": "mp3", "bit_depth": 24}),
    ("dither", {"format": "ogg", "dither": True}),
    ("dither", {"format": "wav", "bit_depth": 24, "dither": True}),
    ("chapters", {"format": "wav", "chapters": True}),
    ("cover_path", {"format": "ogg", "cover_path": "/nowhere.png"}),
    ("path", {"format": "wav", "path": "/tmp/talk.srt", "subtitles": True}),
    ("start_s", {"format": "wav", "start_s": 9.0}),
    ("start_s", {"format": "wav", "start_s": 1e305}),
    ("end_s", {"format": "wav", "end_s": 1e15}),
    ("loudness_lufs", {"format": "wav", "loudness_lufs": 1.0}),
    ("sample_rate", {"format": "wav", "sample_rate": 1}),
    ("volume", {"format": "wav", "volume": 1}),
]


async def test_what_makes_no_sense_is_refused_before_there_is_a_job(data_dir: Path, out: Path, tmp_path: Path) -> None:
    async with desk_in(data_dir) as desk:
        await desk.clip(await desk.track(), 0.0, path=tone(tmp_path / "given.wav", 1.0))
        for loc, how in NONSENSE:
            wanted = {"project_id": desk.project_id, "path": str(out / f"talk.{how['format']}")}
            error = await desk.refusal("render", **wanted | how)
            assert error["data"]["kind"] == "invalid_params"
            assert error["data"]["errors"][0]["loc"] == [loc], error
        missing = {"project_id": desk.project_id, "format": "wav", "path": str(out / "no" / "talk.wav")}
        assert (await desk.refusal("render", **missing))["data"]["kind"] == "not_found"
        assert (await desk.studio.call("jobs.list", kind="project_render"))["total"] == 0


async def test_an_empty_project_is_nothing_to_render(data_dir: Path, out: Path) -> None:
    async with desk_in(data_dir) as desk:
        how = {"project_id": desk.project_id, "format": "wav", "path": str(out / "talk.wav")}
        assert (await desk.refusal("render", **how))["data"]["kind"] == "conflict"
