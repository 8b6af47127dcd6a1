"""The models that this program knows, as data: one entry a model, and the one to recommend for each purpose.

Where an entry names a repository, its revision is a commit, so that what is fetched today is what was tested.
Qwen3-TTS's codec ("Qwen3-TTS-Tokenizer-12Hz") lies inside every checkpoint and needs no entry of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.engines.model_files import Facts, FileFact
from sidecar.engines.qwen.spec import CHECKPOINTS, LANGUAGES, Checkpoint
from sidecar.engines.vllm_omni.spec import ENGINE, SERVED, ServedModel
from sidecar.engines.whisper_releases import RELEASES, WhisperRelease


@dataclass(frozen=True)
class ModelEntry:
    """One model: its folder's files with their sizes in bytes, and what choosing it means.

    A size of None stands for files that differ between a release and its fine-tuned descendants, which are welcome;
    `release_bytes` is then what the release takes. `sha256` holds the checksums that are known.
    `memory_bytes` is what it takes loaded on a processor, `memory` the same by device and type, where that differs.
    `source` says where its files come from; `repository` is None where no hub has them as they are used here. A
    `remote` one is on servers elsewhere and has no files here.
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
    repository: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    recommended_for: str = ""
    memory: Mapping[str, int] = field(default_factory=dict)
    release_bytes: int = 0
    remote: bool = False

    @property
    def size_bytes(self) -> int:
        """The size of all files."""
        return self.release_bytes or sum(size or 0 for size in self.files.values())

    @property
    def facts(self) -> Facts:
        """What is known of each file."""
        return {
            name: FileFact(size, checksums=(self.sha256[name],) if name in self.sha256 else ())
            for name, size in self.files.items()
        }


@dataclass(frozen=True)
class Purpose:
    """What models are for, and those to recommend for it, best first: the first that fits is the one."""

    name: str
    on_processor: tuple[str, ...]
    on_card: tuple[str, ...]


PURPOSES = (
    Purpose("cloning", ("qwen3-tts-0.6b-base",), ("qwen3-tts-1.7b-base", "qwen3-tts-0.6b-base")),
    Purpose("preset voices", ("kokoro-82m",), ("qwen3-tts-1.7b-custom-voice", "kokoro-82m")),
    Purpose("designed voices", ("qwen3-tts-1.7b-voice-design",), ("qwen3-tts-1.7b-voice-design",)),
    Purpose(
        "transcription", ("whisper-base", "whisper-tiny"), ("whisper-large-v3-turbo", "whisper-small", "whisper-base")
    ),
    Purpose("voice matching", ("speaker-encoder",), ("speaker-encoder",)),
)

_QWEN_FILES = (
    *("config.json", "generation_config.json", "merges.txt", "model.safetensors", "preprocessor_config.json"),
    *("tokenizer_config.json", "vocab.json", "speech_tokenizer/config.json", "speech_tokenizer/model.safetensors"),
    "speech_tokenizer/preprocessor_config.json",
)
# The codec inside every checkpoint, and the two sizes of the rest; measured on the released files.
_QWEN_CODEC_BYTES = 682_293_092
_QWEN_SMALL_BYTES = 1_829_344_272
_QWEN_LARGE_BYTES = 3_857_413_744


_QWEN_FOR = {
    "qwen3-tts-0.6b-base": "cloning a voice on any machine",
    "qwen3-tts-1.7b-base": "cloning a voice as closely as possible, on a graphics card",
    "qwen3-tts-0.6b-custom-voice": "nine ready voices in ten languages on any machine",
    "qwen3-tts-1.7b-custom-voice": "nine ready voices that follow spoken directions, on a graphics card",
    "qwen3-tts-1.7b-voice-design": "inventing a voice from a description",
}


def _qwen(checkpoint: Checkpoint) -> ModelEntry:
    """A checkpoint of Qwen3-TTS. Its weights are bfloat16 on the disk and on cards, float32 on a processor."""
    weight_bytes = _QWEN_SMALL_BYTES if checkpoint.size == "0b6" else _QWEN_LARGE_BYTES
    on_processor = 2 * weight_bytes + _QWEN_CODEC_BYTES
    return ModelEntry(
        id=checkpoint.model,
        engine="qwen",
        name=checkpoint.repository.removeprefix("Qwen/"),
        files=dict.fromkeys(_QWEN_FILES),
        memory_bytes=on_processor,
        memory={"cpu/float32": on_processor, "cuda/bfloat16": weight_bytes + _QWEN_CODEC_BYTES},
        licence="Apache-2.0",
        languages=LANGUAGES,
        source=f"https://huggingface.co/{checkpoint.repository}/tree/{checkpoint.revision}",
        repository=checkpoint.repository,
        revision=checkpoint.revision,
        capabilities=("speech", f"{checkpoint.voice_kind} voices", *(("instruct",) if checkpoint.instruct else ())),
        recommended_for=_QWEN_FOR[checkpoint.model],
        release_bytes=weight_bytes + _QWEN_CODEC_BYTES,
    )


_WHISPER_WORKING_BYTES = 200_000_000
"""Beside the weights, as `sidecar.engines.whisper` counts it."""


def _whisper(release: WhisperRelease) -> ModelEntry:
    """A Whisper model converted for CTranslate2."""
    return ModelEntry(
        id=f"whisper-{release.size}",
        engine="whisper",
        name=release.name,
        files={file: size for file, (size, _) in release.files.items()},
        sha256={file: sha256 for file, (_, sha256) in release.files.items()},
        memory_bytes=release.files["model.bin"][0] + _WHISPER_WORKING_BYTES,
        licence="MIT",
        languages=release.languages,
        source=f"https://huggingface.co/{release.repository}/tree/{release.revision}",
        repository=release.repository,
        revision=release.revision,
        capabilities=("transcription", "words"),
        recommended_for=release.recommended_for,
    )


def _served(served: ServedModel) -> ModelEntry:
    """A model of vLLM-Omni's servers; which revision they have, they do not say."""
    return ModelEntry(
        id=served.model,
        engine=ENGINE,
        name=served.name,
        files={},
        memory_bytes=0,
        licence="Apache-2.0",
        languages=LANGUAGES,
        source="the servers of the setting vllm_omni_servers",
        revision="as served",
        capabilities=("speech", f"{served.voice_kind} voices", *(("instruct",) if served.instruct else ())),
        remote=True,
    )


MODELS = (
    *(_qwen(checkpoint) for checkpoint in CHECKPOINTS),
    ModelEntry(
        id="kokoro-82m",
        engine="kokoro",
        name="Kokoro 82M v1.0 (int8)",
        files={"model.onnx": 92_361_271, "voices.npz": 28_214_398, "config.json": 2_351},
        sha256={
            "model.onnx": "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
            "voices.npz": "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
            "config.json": "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f",
        },
        memory_bytes=480 << 20,
        licence="Apache-2.0",
        languages=("en", "es", "fr", "it", "pt", "hi"),
        source="build/models.py, from registry packages",
        revision="1.0-int8",
        capabilities=("speech", "preset voices", "cloned voices, approximately"),
        recommended_for="quick ready voices on any machine",
    ),
    ModelEntry(
        id="speaker-encoder",
        engine="kokoro",
        name="Speaker encoder (Resemblyzer)",
        files={"encoder.onnx": 5_695_468},
        sha256={"encoder.onnx": "cc6ff4d2cb52492bbcd95935eb03f0303432b7908214f7784031e02d36a1ffdf"},
        memory_bytes=30 << 20,
        licence="Apache-2.0",
        languages=(),
        source="build/models.py, from registry packages",
        revision="0.1.4",
        capabilities=("speaker similarity",),
        recommended_for="approximate voice matching, and telling speakers apart",
    ),
    *(_whisper(release) for release in RELEASES),
    *map(_served, SERVED),
)
