"""What is said in a project, and when: the words of its clips' texts, laid out as the clips are."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import compress, groupby
from typing import Literal

from sidecar.services.projects.lengths import clip_end
from sidecar.store.values import Row
from sidecar.text.subtitles import Turn, cues_from_turns, srt, vtt
from sidecar.text.words import TimedWord
from sidecar.timeline import which_sound

SubtitleFormat = Literal["srt", "vtt", "json"]
USUAL_LANGUAGE = "en"
"""Whose sentences are sought in a text of which nobody has said what language it is in."""


@dataclass(frozen=True)
class ProjectWord(TimedWord):
    """A word on the timeline, who says it, and the clip that it is heard in."""

    speaker: str
    clip_id: str


@dataclass(frozen=True)
class Window:
    """The samples of the timeline, at the project's rate (Hz), from `first` to before `last`; None is the end."""

    rate: int
    first: int = 0
    last: int | None = None

    def shows(self, clip: Row) -> bool:
        """Whether any of a clip is heard."""
        start_s, end_s = self.part(clip)
        return start_s < end_s

    def part(self, clip: Row) -> tuple[float, float]:
        """The seconds from the window's beginning between which a clip is heard; empty if it is not."""
        end = clip_end(clip, self.rate)
        heard = max(clip["start"], self.first), end if self.last is None else min(end, self.last)
        return (heard[0] - self.first) / self.rate, (heard[1] - self.first) / self.rate


@dataclass(frozen=True)
class SpokenClip:
    """The words that are heard of one clip, in their order. Clips of one source that follow each other are one turn."""

    words: list[ProjectWord]
    language: str | None
    source_id: str


@dataclass(frozen=True)
class Spoken:
    """What is said, clip by clip as they begin, and notes on what is heard but has no words to be written."""

    clips: list[SpokenClip]
    notes: list[str]

    @property
    def words(self) -> list[ProjectWord]:
        """Every word in the order of the timeline."""
        return sorted((word for clip in self.clips for word in clip.words), key=lambda word: word.start_s)

    def written(self, format: SubtitleFormat) -> str:
        """As SubRip, as WebVTT with its speakers, or as JSON, `{"words": [the fields of ProjectWord, …]}`."""
        if format == "json":
            return json.dumps({"words": [asdict(word) for word in self.words]}, ensure_ascii=False, indent=1)
        cues = cues_from_turns(self._turns())
        return srt(cues) if format == "srt" else vtt(cues)

    def _turns(self) -> Iterator[Turn]:
        told = (clip for clip in self.clips if clip.words)
        for (_, speaker), group in groupby(told, key=lambda clip: (clip.source_id, clip.words[0].speaker)):
            clips = list(group)
            words = sorted((word for clip in clips for word in clip.words), key=lambda word: word.start_s)
            yield Turn(words, clips[0].language or USUAL_LANGUAGE, speaker)


def heard_words(clip: Row, words: Iterable[TimedWord], window: Window, speaker: str) -> list[ProjectWord]:
    """The words of a clip's source, of which times are its own, where they are heard on the timeline.

    A word belongs to the clip that its middle is in, so none is said twice where a clip was split in it; it is cut at
    the clip's edges.
    """
    begins_s, ends_s = window.part(clip)
    offset_s = (clip["start"] - clip["trim_start"] - window.first) / window.rate
    found = []
    for word in words:
        start_s, end_s = (offset_s + time_s / clip["speed"] for time_s in (word.start_s, word.end_s))
        if begins_s <= (start_s + end_s) / 2 < ends_s:
            span = max(start_s, begins_s), min(end_s, ends_s)
            found.append(ProjectWord(word.word, *span, word.probability, speaker, clip["id"]))
    return found


def sounding_clips(tracks: Iterable[Row], clips: Iterable[Row]) -> list[Row]:
    """The clips that are heard: none that is muted or on a muted track, and if any track is solo only those on one."""
    heard = sounding_tracks(tracks)
    return [clip for clip in clips if not clip["muted"] and clip["track_id"] in heard]


def sounding_tracks(tracks: Iterable[Row]) -> set[str]:
    """The ids of the tracks that are heard."""
    every = list(tracks)
    return {track["id"] for track in compress(every, which_sound([(each["muted"], each["solo"]) for each in every]))}


def speakers(tracks: Iterable[Row], clips: Iterable[Row], lines: Iterable[Row]) -> Mapping[str, str]:
    """Who speaks in each clip, by its id: whom the script names, else the track, else the profile.

    A track on which several profiles speak is nobody's; then each has its own name.
    """
    spoken = [clip for clip in clips if clip["text"]]
    voices: defaultdict[str, set[str]] = defaultdict(set)
    for clip in spoken:
        voices[clip["track_id"]].add(clip["profile_name"] or "")
    names = {track["id"]: track["name"] for track in tracks}
    by_script = {line["clip_id"]: line["speaker"] for line in lines}
    return {clip["id"]: by_script.get(clip["id"]) or _speaker(clip, names, voices) for clip in spoken}


def _speaker(clip: Row, names: Mapping[str, str], voices: Mapping[str, set[str]]) -> str:
    track = names[clip["track_id"]]
    return track if len(voices[clip["track_id"]]) == 1 else clip["profile_name"] or track
