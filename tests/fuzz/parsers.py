"""Everything that reads what strangers wrote, called in this process: many thousands a second, without a pipe."""

from __future__ import annotations

import io
import json
import random
import tarfile
import tempfile
import wave
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save

from sidecar.engines.base import VoicePrompt
from sidecar.engines.vllm_omni.answer import SpeechAnswer
from sidecar.engines.vllm_omni.faults import ServerFault, seconds_to_wait, what_it_says
from sidecar.engines.vllm_omni.servers import checkpoints_told
from sidecar.engines.worker import install_ops
from sidecar.engines.worker.prompts import DETAILS, PromptCache
from sidecar.errors import VoiceboxError
from sidecar.rpc import envelope
from sidecar.rpc.lines import LineSplitter
from sidecar.services.projects.bundles.manifest import PROJECT_FORMAT as PROJECT
from sidecar.store.archive import BundledFile, open_bundle
from sidecar.store.zip_layout import LayoutFault, open_plain_zip
from sidecar.text import chunks, normalise, scripts, syllables, words
from sidecar.text.comparison import compare
from sidecar.text.dialogue.reading import Manner, read_dialogue
from tests.fuzz.damage import damaged

SCRIPT = (
    "# One\n\nANNA (softly): Hello [pause 1.5s] you.\n\n**Bob:** 12,345.67 € on 3/4/2021 at 10:30 a.m.\n\n***\n\n"
    "INT. HOUSE - DAY\n\nANNA\n(aside)\nWell /* no */ [[note]] then.\n\n> `code` [link](x)\n- a\n- b\n"
)
TABLE = 'speaker;text;pause_s;chapter\nAnna;"Hello; you";1.5;One\n;;2;\nBob;Yes;;\n'
JSON_LINE = '{"text": "Hello", "sampling": {"top_k": 50, "temperature": 1e400}}\n'


SHARES = {
    "lines": 45,
    "envelope": 45,
    "scripts": 4,
    "zip": 4,
    "dialogue": 1,
    "answer": 1,
    "server": 1,
    "bundle": 0.5,
    "text": 0.1,
}
"""Of a hundred tries; those not named get a twentieth of one. The wire is what anybody may write to."""
LEAST_SHARE = 0.05


@dataclass(frozen=True)
class Parser:
    """What is called with damage, the sound things that the damage is made of, and what it may raise."""

    name: str
    seeds: Sequence[bytes]
    read: Callable[[bytes, random.Random], object]
    may_raise: tuple[type[Exception], ...] = (VoiceboxError,)


def parser_faults(folder: Path, rng: random.Random, count: int) -> tuple[list[str], int]:
    """Give damage to the parsers so often in all; what each raised that it must not, and how often one took it."""
    faults, taken = [], 0
    known = parsers(folder)
    for parser in rng.choices(known, [SHARES.get(parser.name, LEAST_SHARE) for parser in known], k=count):
        data = damaged(rng, rng.choice(parser.seeds))
        try:
            parser.read(data, rng)
            taken += 1
        except parser.may_raise:
            continue
        except Exception as fault:
            faults.append(f"{parser.name}: {fault!r} of {data[:300]!r}")
    return faults, taken


def parsers(folder: Path) -> list[Parser]:
    """All of them; those that read files read one in `folder`."""
    file = folder / "damaged"

    def on_disk(read: Callable[[Path], object]) -> Callable[[bytes, random.Random], object]:
        def act(data: bytes, _: random.Random) -> object:
            file.write_bytes(data)
            return read(file)

        return act

    text_seeds = [SCRIPT.encode(), TABLE.encode()]
    return [
        Parser("lines", [b'{"a":1}\r\n[1]\n\n\xef\xbb\xbf{}\n' * 3], _split),
        Parser("envelope", [_REQUEST, b"[" + _REQUEST + b"," + _REQUEST + b"]"], _envelope, (ValueError,)),
        Parser("scripts", [*text_seeds, JSON_LINE.encode() * 3], _script),
        Parser("dialogue", text_seeds, _dialogue),
        Parser("text", text_seeds, _text),
        Parser("bundle", [_zip(_BUNDLE)], on_disk(_bundle)),
        Parser("zip", [_zip(_BUNDLE)], _plain_zip, (LayoutFault, zipfile.BadZipFile, NotImplementedError, ValueError)),
        Parser(
            "archive", [_zip({"m/a": b"12", "m/b": b"3"}), *map(_tar, ("w", "w:gz", "w:xz", "w:bz2"))], on_disk(_take)
        ),
        Parser("prompt", [_PROMPT], on_disk(_prompt)),
        Parser("answer", [_wav()], _answer, (ServerFault,)),
        Parser("server", _SERVER_SAYS, _server, (ValueError,)),
    ]


def _split(data: bytes, rng: random.Random) -> None:
    """Wherever the chunks are cut, the lines are the same."""
    limit = rng.choice((4, 16, 1 << 20))
    whole, cut = LineSplitter(limit), LineSplitter(limit)
    expected = [*map(_told, whole.feed(data)), *map(_told, whole.finish())]
    found: list[object] = []
    at = 0
    while at < len(data):
        to = at + rng.randint(1, 9)
        found += map(_told, cut.feed(data[at:to]))
        at = to
    found += map(_told, cut.finish())
    assert found == expected, (found, expected)


def _told(line: object) -> object:
    return line if isinstance(line, bytes) else None


def _envelope(data: bytes, _: random.Random) -> None:
    value = envelope.parse(data)
    for element in value if isinstance(value, list) else [value]:
        read = envelope.read_call(element)
        if isinstance(read, envelope.Malformed):
            assert b'"error"' in envelope.serialise(read.answer)


def _script(data: bytes, rng: random.Random) -> None:
    lines = data.decode("utf-8", "replace").splitlines()
    columns = {"text": True, "speaker": True, "pause_s": False, "sampling.top_k": False}
    readers: list[Callable[[Any], Iterator[Any]]] = [
        scripts.from_lines,
        scripts.from_paragraphs,
        scripts.from_json_lines,
        lambda given: scripts.from_table(given, columns),
    ]
    list(rng.choice(readers)(lines))


def _dialogue(data: bytes, rng: random.Random) -> None:
    text = data.decode("utf-8", "replace")
    read_dialogue(text, rng.choice(("plain", "markdown", "fountain", "csv")), Manner(narrated=rng.random() < 0.5))


def _text(data: bytes, rng: random.Random) -> None:
    text = data.decode("utf-8", "replace")
    language = rng.choice(("en", "de", "fr", "ja", "zh", "es"))
    try:
        spoken = normalise.spoken(text, language)
        assert normalise.spoken(spoken, language) == spoken, "a second reading differs"
    except VoiceboxError:
        spoken = text
    for chunk in chunks.plan(spoken, language, rng.choice((20, 100, 500)), 0.3):
        assert chunk.pause_after_s >= 0
    assert syllables.syllables(text, language) >= 0
    words.joined(words.written_words(text))
    compare(text[:400], spoken[:400], language)


def _bundle(path: Path) -> None:
    target = path.with_name("extracted")
    with open_bundle(path, PROJECT) as bundle:
        for file in bundle.manifest.files:
            target.unlink(missing_ok=True)
            bundle.extract(BundledFile(**file.model_dump()), target, lambda _: None)


def _plain_zip(data: bytes, _: random.Random) -> None:
    open_plain_zip(io.BytesIO(data), 10)


class _Control:
    """Never cancels, tells nobody."""

    def check(self) -> None:
        pass

    def progress(self, *_: object) -> None:
        pass


def _take(path: Path) -> None:
    def fact(size: int) -> dict[str, object]:
        return {"size": size, "blob": None, "checksums": []}

    files = {"a": fact(2), "b": fact(1)}
    with tempfile.TemporaryDirectory(dir=path.parent) as into:
        params = {"model": "m", "path": str(path), "into": into, "files": files, "limit_bytes": 1 << 20}
        install_ops.take(params, _Control())  # type: ignore[arg-type]


def _prompt(path: Path) -> None:
    built = VoicePrompt({"a": np.zeros(3, np.float32)}, {"k": 1})
    prompt, _ = PromptCache(1).get("k", path, lambda: built)
    assert isinstance(prompt.details, dict), prompt.details
    assert prompt.nbytes >= 0


def _answer(data: bytes, rng: random.Random) -> None:
    """However the speech of a server comes in pieces, it is samples or a fault of the server's."""
    answer = SpeechAnswer("host", 10.0)
    at = 0
    while at < len(data):
        to = at + rng.randint(1, 999)
        assert np.isfinite(answer.take(data[at:to])).all()
        at = to
    answer.end()


def _server(data: bytes, rng: random.Random) -> None:
    """What a server says when it does not speak."""
    said = what_it_says(data, rng.choice(("application/json", "text/html", "")), "sk-1")
    assert said.isprintable()
    assert "sk-1" not in said
    wait_s = seconds_to_wait(data.decode("latin-1"), 0.0)
    assert wait_s is None or 0.0 <= wait_s < 1e12
    checkpoints_told(data, "sk-1")


def _wav() -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(range(256)) * 4)
    return made.getvalue()


def _zip(contents: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _tar(mode: Any) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for name, content in {"m/a": b"12", "m/b": b"3", "ü" * 120: b"x"}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


_SERVER_SAYS = (
    b'{"error": {"message": "The key sk-1 is wrong.", "code": 401}}',
    b'{"object": "list", "data": [{"id": "tts", "root": "Qwen/Qwen3-TTS-12Hz-1.7B-Base"}]}',
    b"Fri, 29 May 2026 12:00:30 GMT",
    b"120",
)
_REQUEST = b'{"jsonrpc":"2.0","id":7,"method":"system.ping","params":{"a":[1,2.5,null,"\\ud83d\\ude00"]}}'
_HEAD = {"format": PROJECT.name, "format_version": PROJECT.version, "program_version": "1", "files": []}
_BUNDLE = {"a.wav": b"1234", "manifest.json": json.dumps(_HEAD).encode()}
_PROMPT = save({"a": np.zeros(3, np.float32), "b": np.ones((2, 2), np.int64)}, metadata={DETAILS: '{"k": 1}'})
