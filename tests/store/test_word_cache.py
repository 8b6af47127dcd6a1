from __future__ import annotations

from pathlib import Path

from sidecar.store.files import FileStore
from sidecar.store.word_cache import WordCache

WORDS = [{"word": "Grüße", "start_s": 0.1, "end_s": 0.5, "probability": 0.9}]


def test_words_are_found_again_under_the_whole_of_their_key(tmp_path: Path) -> None:
    cache = WordCache(FileStore(tmp_path))
    cache.keep(WORDS, "audio/generations/1.wav", "Grüße", "de", "base")
    assert WordCache(FileStore(tmp_path)).find("audio/generations/1.wav", "Grüße", "de", "base") == WORDS
    assert cache.find("audio/generations/1.wav", "Grüße", "de", "tiny") is None
    assert cache.find("audio/generations/1.wav", "Grüßede", "", "base") is None


def test_a_file_that_is_damaged_counts_as_none(tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    cache = WordCache(files)
    cache.keep(WORDS, "1")
    (kept,) = files.words.iterdir()
    kept.write_bytes(kept.read_bytes()[:20])
    assert cache.find("1") is None
    cache.keep(WORDS, "1")
    assert cache.find("1") == WORDS
    assert not list((tmp_path / "tmp").iterdir())
