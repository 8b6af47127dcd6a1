"""The files of a render: where they lie, how they are made, what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sidecar import __version__
from sidecar.services.file_work import part_of
from sidecar.services.projects.rendering.plan import Arrangement
from sidecar.services.projects.rendering.presets import AS_IT_IS, PRESETS, judged
from sidecar.services.projects.spoken import SubtitleFormat
from sidecar.store.values import Row
from sidecar.text.file_names import numbered_name
from sidecar.timeline import Delivery, RenderPlan, Stem

NEAR_LU = 0.5
"""A loudness that is missed by more is worth a note."""


@dataclass(frozen=True)
class Outputs:
    """Every file of one render, in its place; until all are written each is a hidden part beside it."""

    mix: Path
    stems: dict[str, Path]
    """By the ids of their tracks."""
    subtitles: dict[SubtitleFormat, Path]
    job_id: str

    @classmethod
    def of(cls, wanted: Row, plan: RenderPlan, job_id: str) -> Outputs:
        """The names, all after that of the mix: "talk.wav" has "talk.1 Anna.wav" and "talk.srt" beside it."""
        mix = Path(wanted["path"])
        heard = [track for track in plan.audible if track.clips] if wanted["stems"] else []
        stems = {
            track.id: mix.with_name(f"{mix.stem}.{numbered_name(number, len(heard), track.name, mix.suffix)}")
            for number, track in enumerate(heard, 1)
        }
        return cls(mix, stems, {format: mix.with_suffix(f".{format}") for format in wanted["subtitles"]}, job_id)

    @property
    def paths(self) -> list[Path]:
        """All of them, the mix last."""
        return [*self.stems.values(), *self.subtitles.values(), self.mix]

    def part(self, path: Path) -> Path:
        """Where one of them is written."""
        return part_of(path, self.job_id)


def delivery(wanted: Row, arrangement: Arrangement, outputs: Outputs) -> Delivery:
    """What the engine process is to write."""
    rate, start = arrangement.rate, arrangement.start
    # What a chapter before the beginning leaves of itself begins with the file.
    chapters = tuple((max(0.0, (marker["at"] - start) / rate), marker["title"]) for marker in arrangement.markers)
    sound = ("format", "sample_rate", "channels", "bit_depth", "bit_rate", "dither")
    level = ("loudness_lufs", "rms_db", "true_peak_db")
    return Delivery(
        **{field: wanted[field] for field in (*sound, *level)},
        path=str(outputs.part(outputs.mix)),
        tags={"title": wanted["title"], "software": f"voicebox-sidecar {__version__}"},
        chapters=chapters if wanted["chapters"] else (),
        cover_path=wanted["cover_path"],
        stems=tuple(Stem(track_id=track_id, path=str(outputs.part(path))) for track_id, path in outputs.stems.items()),
    )


def results(wanted: Row, outputs: Outputs, measured: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """What the job tells of a finished render."""
    mastering = PRESETS[wanted["preset"]] if wanted["preset"] else AS_IT_IS
    return measured | {
        "path": str(outputs.mix),
        "channels": wanted["channels"],
        "stems": [str(path) for path in outputs.stems.values()],
        "subtitles": [str(path) for path in outputs.subtitles.values()],
        "checks": judged(mastering.requirements, measured),
        "notes": [*notes, *_notes(wanted, measured)],
    }


def _notes(wanted: Row, measured: dict[str, Any]) -> list[str]:
    notes = []
    if measured["clipped_samples"]:
        notes.append(
            f"{measured['clipped_samples']} samples are louder than full scale and are cut off. Lower the gains, or "
            "give true_peak_db or loudness_lufs, which turn peaks down."
        )
    target, reached = wanted["loudness_lufs"], measured["loudness_lufs"]
    if target is not None and reached is not None and abs(reached - target) > NEAR_LU:
        notes.append(f"The peaks leave room for {reached:.1f} LUFS, not for {target:g}.")
    return notes
