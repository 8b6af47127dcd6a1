"""A play of sixty lines for three voices, and how near a render of it comes to what it says."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from statistics import median

from sidecar.text.comparison import comparable_words, word_error_rate
from tests.process.sidecar_process import Message, SidecarProcess

VOICES = {"Anna": "af_heart", "Ben": "am_michael", "Clara": "bf_emma"}
LANGUAGE = "en"
_TIMES = re.compile(r"^\d+$|-->")

PLAY = """\
Anna: Good morning. Is anybody there?
Ben: Only me. The others are still asleep.
Clara: I am not asleep. I am reading the newspaper.
Anna: Then tell us what is in it.
Clara: A ship was found in the river this morning.
Ben: A ship? The river is far too small for that.
Clara: It says so here, on the second page.
Anna: Perhaps it is a small ship.
Ben: Then it is a boat, and boats are not news.
Clara: It was empty, and nobody knows who owns it.
Anna: That sounds like a story to me.
Ben: Let us have breakfast first.
Anna: We can eat on the way to the bridge.
Clara: Somebody must bring the big umbrella.
Ben: Why? The sky is perfectly blue.
Clara: The newspaper says that it will rain at noon.
Anna: You believe everything that is printed.
Clara: I believe half of it, and today I choose the rain.
Ben: I have bread, cheese and three apples.
Anna: That will do. Close the door behind you.
Clara: Look, half of the village is here already.
Ben: There is the baker, with all of his children.
Anna: And there is the boat. It is longer than I thought.
Ben: I admit that it could be called a ship.
Clara: Thank you. I will remember that you said it.
Anna: There is a name painted on the side.
Ben: Can you read it from here?
Anna: The letters are old, but I think it says Mary.
Clara: My grandmother was called Mary.
Ben: So was every second woman in this country.
Clara: She always told us that she came here by water.
Anna: You never said a word about that.
Clara: Nobody ever asked me.
Ben: I am going to climb down and look inside.
Anna: Please be careful with the wet stones.
Ben: There is a wooden box under the seat.
Clara: Is it locked?
Ben: No, but the lid is very heavy.
Anna: Wait, I will come and help you.
Clara: What is in it? Tell me quickly.
Ben: Letters. There must be a hundred of them.
Anna: They are all addressed to the same house.
Clara: Which house?
Anna: Yours. The green house behind the church.
Clara: That cannot be true. Give me one of them.
Ben: The paper is dry, as if it were new.
Clara: This is the handwriting of my grandmother.
Anna: What does she write?
Clara: She writes that she will be late for dinner.
Ben: How late is she now?
Clara: About sixty years, if the date is right.
Anna: I can feel the first drops of rain.
Ben: It is noon. The newspaper was right after all.
Clara: Then open the big umbrella, please.
Anna: Let us take the letters to your kitchen.
Ben: And what shall we do with the ship?
Clara: We will give it back to the river.
Anna: Without knowing where it came from?
Clara: She wrote it down somewhere. We only have to read.
Ben: Then we had better put the kettle on.
"""


@dataclass(frozen=True)
class Likeness:
    """How near a render is to its script.

    Word error rates, shares of the words of the script: of the subtitles, and of what Whisper hears in the file
    against the subtitles. How many of the heard words are the subtitles', and by how many seconds their starts are
    apart there, in the middle and at worst.
    """

    written: float
    heard: float
    shared: float
    apart_s: float
    worst_s: float


def perform(sidecar: SidecarProcess, lines: int, path: Path, patience_s: float) -> Message:
    """So many lines of the play, from the script to an mp3 with subtitles in one call; gives its result."""
    for name, voice_id in VOICES.items():
        voice = {"kind": "preset", "engine": "kokoro", "voice_id": voice_id}
        sidecar.call("profiles.create", name=name, voice=voice)
    render = {"format": "mp3", "path": str(path), "subtitles": ["srt", "json"], "preset": "podcast"}
    text = "\n".join(PLAY.splitlines()[:lines])
    asked = {"name": "The ship", "text": text, "speakers": {name: name for name in VOICES}, "language": LANGUAGE}
    answer = sidecar.answer(
        sidecar.request("projects.from_script", **asked, seed=1, render=render, wait=True), patience_s
    )
    assert "result" in answer, answer
    return dict(answer["result"])


def likeness(sidecar: SidecarProcess, lines: int, path: Path, patience_s: float) -> Likeness:
    """Listen to a performance and read its subtitles."""
    asked = {"path": str(path), "language": LANGUAGE, "model": "whisper-base", "wait": True}
    answer = sidecar.answer(sidecar.request("transcription.create", **asked), patience_s)
    heard = answer["result"]["transcription"]
    script = " ".join(line.partition(": ")[2] for line in PLAY.splitlines()[:lines])
    subtitles = " ".join(
        line for line in path.with_suffix(".srt").read_text("utf-8").splitlines() if not _TIMES.search(line)
    )
    written = json.loads(path.with_suffix(".json").read_text("utf-8"))["words"]
    apart = _apart_s(written, heard["words"])
    return Likeness(
        written=word_error_rate(script, subtitles, LANGUAGE),
        heard=word_error_rate(subtitles, heard["text"], LANGUAGE),
        shared=len(apart) / len(written),
        apart_s=median(apart),
        worst_s=max(apart),
    )


def _apart_s(written: list[Message], heard: list[Message]) -> list[float]:
    """Of each word that is in both, by how many seconds its starts differ."""
    first, second = ([_bare(word["word"]) for word in words] for words in (written, heard))
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    pairs = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
    return [abs(written[here]["start_s"] - heard[there]["start_s"]) for here, there in pairs]


def _bare(word: str) -> str:
    return " ".join(comparable_words(word, LANGUAGE))
