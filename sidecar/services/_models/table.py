"""The models that this program knows, as data."""

from __future__ import annotations

from dataclasses import dataclass

from sidecar.engines.qwen.spec import CHECKPOINTS, LANGUAGES, Checkpoint

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

    A size of None stands for files that differ between a release and its fine-tuned descendants, which are welcome;
    `release_bytes` is then what the release takes.
    `memory_bytes` is what it takes loaded, measured on a 2-core x86-64 machine; `source` is where its files come from.
    """

    id: str
    engine: str
    name: str
    files: dict[str, int | None]
    memory_bytes: int
    licence: str
    languages: tuple[str, ...]
    source: str
    revision: str
    recommended: bool = False
    release_bytes: int = 0

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return self.release_bytes or sum(size or 0 for size in self.files.values())


_QWEN_FILES = (
    *("config.json", "generation_config.json", "merges.txt", "model.safetensors", "preprocessor_config.json"),
    *("tokenizer_config.json", "vocab.json", "speech_tokenizer/config.json", "speech_tokenizer/model.safetensors"),
    "speech_tokenizer/preprocessor_config.json",
)
# The codec inside every checkpoint, and the two sizes of the rest; measured on the released files.
_QWEN_CODEC_BYTES = 682_293_092
_QWEN_SMALL_BYTES = 1_829_344_272
_QWEN_LARGE_BYTES = 3_857_413_744


def _qwen(checkpoint: Checkpoint, weight_bytes: int) -> ModelEntry:
    """A checkpoint of Qwen3-TTS. Its weights are bfloat16 on the disk and float32 on a processor: twice as much."""
    return ModelEntry(
        id=checkpoint.model,
        engine="qwen",
        name=checkpoint.repository.removeprefix("Qwen/"),
        files=dict.fromkeys(_QWEN_FILES),
        memory_bytes=2 * weight_bytes + _QWEN_CODEC_BYTES,
        licence="Apache-2.0",
        languages=LANGUAGES,
        source=f"https://huggingface.co/{checkpoint.repository}/tree/{checkpoint.revision}",
        revision=checkpoint.revision,
        release_bytes=weight_bytes + _QWEN_CODEC_BYTES,
    )


MODELS = (
    *(
        _qwen(checkpoint, _QWEN_SMALL_BYTES if checkpoint.size == "0b6" else _QWEN_LARGE_BYTES)
        for checkpoint in CHECKPOINTS
    ),
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
