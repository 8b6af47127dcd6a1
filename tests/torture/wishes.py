"""What wishes are made of: what there is at this moment, names, texts and files."""

from __future__ import annotations

import random
from pathlib import Path

import soundfile

from tests.conftest import MODELS
from tests.torture.ledger import Key, Ledger

NAMES = 10
"""How many names there are for files, so that new ones take the places of old ones."""
WORDS = ("quick", "brown", "fox", "jumps", "over", "lazy", "dog", "seven", "tall", "wizards", "brew", "coffee")
RECORDINGS = 3
RECORDING_S = 4.0
EFFECTS = ([{"type": "gain", "params": {"gain_db": -3.0}}], [{"type": "delay", "params": {}}])


class Nothing(Exception):
    """There is nothing now that such a wish could be about."""


class Chances:
    """What chance may choose from. Recordings are read from `folder`, and exports go there."""

    def __init__(self, ledger: Ledger, folder: Path, rng: random.Random) -> None:
        self.ledger, self.rng = ledger, rng
        self._recordings, self._exports = folder / "recordings", folder / "exports"
        self._exports.mkdir(exist_ok=True)
        if not self._recordings.exists():
            _cut_recordings(self._recordings)

    def any(self, table: str) -> Key:
        """Something that is there. Raises `Nothing`."""
        known = self.ledger.known(table)
        if not known:
            raise Nothing
        return table, self.rng.choice(known)

    def open_job(self) -> str:
        """A job whose end was not told. Raises `Nothing`."""
        if not self.ledger.untold:
            raise Nothing
        return self.rng.choice(list(self.ledger.untold))

    def parent_of(self, key: Key) -> Key:
        """What that goes with."""
        parent = self.ledger.things[key].parent
        assert parent, f"{key} goes with nothing"
        return parent

    def often(self, share: float) -> bool:
        """True so often."""
        return self.rng.random() < share

    def name(self) -> str:
        """One that nothing else has."""
        return " ".join(self.rng.sample(WORDS, 3)) + f" {self.rng.randrange(10**9)}"

    def text(self) -> str:
        """One sentence to many."""
        sentences = (" ".join(self.rng.choices(WORDS, k=self.rng.randint(3, 9))) for _ in range(self._length()))
        return " ".join(f"{sentence.capitalize()}." for sentence in sentences)

    def target(self, ending: str) -> str:
        """Where to write a file; often there is one already."""
        return str(self._exports / f"{self.rng.randrange(NAMES)}.{ending}")

    def exported(self, ending: str) -> str:
        """A file that was written. Raises `Nothing`."""
        found = sorted(self._exports.glob(f"[0-9]*.{ending}"))
        if not found:
            raise Nothing
        return str(self.rng.choice(found))

    def recording(self) -> str:
        """A file with sound in it."""
        return str(self._recordings / f"{self.rng.randrange(RECORDINGS)}.wav")

    def _length(self) -> int:
        return self.rng.choice((1, 1, 2, 2, 4, 12))


def _cut_recordings(folder: Path) -> None:
    """The beginnings of some recordings of real people: a sample without speech is refused."""
    folder.mkdir()
    for number, source in enumerate(sorted((MODELS / "recordings").glob("en_*.wav"))[:RECORDINGS]):
        samples, rate = soundfile.read(source, frames=round(RECORDING_S * soundfile.info(source).samplerate))
        soundfile.write(folder / f"{number}.wav", samples, rate)
