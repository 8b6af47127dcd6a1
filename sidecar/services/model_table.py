"""The models that this program knows, as data."""

from __future__ import annotations

from dataclasses import dataclass

WHISPER_LANGUAGES = (
    # The order of OpenAI's own table is of no use here; these are its 99 codes, sorted.
    *("af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en"),
    *(
        "es",
        "et",
        "eu",
        "fa",
        "fi",
        "fo",
        "fr",
        "gl",
        "gu",
        "ha",
        "haw",
        "he",
        "hi",
        "hr",
        "ht",
        "hu",
        "hy",
        "id",
        "is",
    ),
    *("it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la", "lb", "ln", "lo", "lt", "lv", "mg", "mi", "mk", "ml", "mn"),
    *("mr", "ms", "mt", "my", "ne", "nl", "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si", "sk"),
    *("sl", "sn", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz"),
    *("vi", "yi", "yo", "zh"),
)


@dataclass(frozen=True)
class ModelEntry:
    """One model: its folder's files with their sizes in bytes, and what choosing it means.

    `memory_bytes` is what it takes loaded, measured on a 2-core x86-64 machine; `source` is where its files come from.
    """

    id: str
    engine: str
    name: str
    files: dict[str, int]
    memory_bytes: int
    licence: str
    languages: tuple[str, ...]
    source: str
    revision: str
    recommended: bool = False

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return sum(self.files.values())


MODELS = (
    ModelEntry(
        id="kokoro-82m",
        engine="kokoro",
        name="Kokoro 82M v1.0 (int8)",
        files={"model.onnx": 92_361_271, "voices.npz": 28_214_398, "config.json": 2_351},
        memory_bytes=480 << 20,
        licence="Apache-2.0",
        languages=("en", "es", "fr", "it", "pt", "hi"),
        source="build/models.py, from registry packages",
        revision="1.0-int8",
        recommended=True,
    ),
    ModelEntry(
        id="speaker-encoder",
        engine="kokoro",
        name="Speaker encoder (Resemblyzer)",
        files={"encoder.onnx": 5_695_468},
        memory_bytes=30 << 20,
        licence="Apache-2.0",
        languages=(),
        source="build/models.py, from registry packages",
        revision="0.1.4",
        recommended=True,
    ),
    ModelEntry(
        id="whisper-base",
        engine="whisper",
        name="Whisper base",
        files={
            "model.bin": 145_217_532,
            "config.json": 2_309,
            "tokenizer.json": 2_203_239,
            "vocabulary.txt": 459_861,
        },
        memory_bytes=350 << 20,
        licence="MIT",
        languages=WHISPER_LANGUAGES,
        source="build/models.py, from registry packages",
        revision="base",
        recommended=True,
    ),
    ModelEntry(
        id="whisper-tiny.en",
        engine="whisper",
        name="Whisper tiny, English only",
        files={
            "model.bin": 75_537_502,
            "config.json": 2_317,
            "tokenizer.json": 2_128_466,
            "vocabulary.txt": 422_309,
        },
        memory_bytes=290 << 20,
        licence="MIT",
        languages=("en",),
        source="build/models.py, from registry packages",
        revision="tiny.en",
    ),
)
