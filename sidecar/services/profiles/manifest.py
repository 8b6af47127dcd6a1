"""What a profile's bundle says of the profile, by the same rules as for one that is made here: it may be anybody's."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from sidecar import __version__
from sidecar.services.bundled import BundledEffect, Key, Name, Uuid
from sidecar.store.archive import BundledFile, BundleFormat, Form, Items, Manifest, Time
from sidecar.store.values import Row

LONGEST_SAMPLE_S = 60.0
SAMPLE_FIELDS = ("text", "duration_s", "metrics", "warnings", "created_at")
PROFILE_FIELDS = ("name", "description", "language", "voice", "default_engine", "default_effects", "created_at")


class Cloned(Form):
    """The voice of the samples."""

    kind: Literal["cloned"]


class Preset(Form):
    """A voice that comes with an engine."""

    kind: Literal["preset"]
    engine: Key
    voice_id: Key


class Designed(Form):
    """A voice made from a description."""

    kind: Literal["designed"]
    instruct: str = Field(min_length=1, max_length=2_000)


class Measured(Form):
    """A sample's metrics, as `profiles.list_samples` shows them."""

    rms_db: float | None
    peak_db: float | None
    clipping: float
    snr_db: float | None
    speech_ratio: float
    loudness_lufs: float | None


class BundledSample(Form):
    """A sample; its place in the list is its position, `file` its audio."""

    id: Uuid
    file: str
    text: str | None = Field(max_length=100_000)
    duration_s: float = Field(gt=0, le=LONGEST_SAMPLE_S)
    metrics: Measured
    warnings: list[Annotated[str, StringConstraints(max_length=2_000)]] = Field(max_length=50)
    created_at: Time


class BundledProfile(Form):
    """The profile's own fields."""

    id: Uuid
    name: Name
    description: str | None = Field(max_length=2_000)
    language: str | None = Field(pattern=r"^[a-z]{2}$")
    voice: Cloned | Preset | Designed = Field(discriminator="kind")
    default_engine: Key | None
    default_effects: list[BundledEffect] = Field(max_length=50)
    created_at: Time


class ProfileManifest(Manifest):
    """A whole profile. Every file has one place in it: a sample's audio, the picture, or a cached voice prompt."""

    profile: BundledProfile
    samples: Items[BundledSample]
    avatar: str | None
    prompts: Items[str]

    @model_validator(mode="after")
    def _files_have_their_places(self) -> Self:
        places = [*(sample.file for sample in self.samples), *self.prompts, *filter(None, [self.avatar])]
        if sorted(places) != sorted(file.name for file in self.files):
            raise ValueError("every file must be a sample's, the avatar or a prompt, and only once")
        return self

    @property
    def by_name(self) -> dict[str, BundledFile]:
        """The files by their names."""
        return {file.name: file for file in self.files}


PROFILE_FORMAT = BundleFormat(
    name="voicebox-profile",
    version=1,
    manifest=ProfileManifest,
    most_files=1_000,
    most_file_bytes=64 << 20,
    most_manifest_bytes=8 << 20,
    most_values=150_000,
)


def sample_name(position: int) -> str:
    """What a sample's audio is called in a bundle."""
    return f"samples/{position:04}.wav"


def avatar_name(avatar_path: str) -> str:
    """What the picture is called in a bundle."""
    return f"avatar{PurePosixPath(avatar_path).suffix}"


def prompt_name(key: str) -> str:
    """What a cached voice prompt is called in a bundle."""
    return f"prompts/{key}.safetensors"


def describe_profile(profile: Row, samples: list[Row], prompts: list[str], files: list[BundledFile]) -> ProfileManifest:
    """The manifest of a profile whose files are in the bundle."""
    return ProfileManifest.model_validate(
        {
            "format": PROFILE_FORMAT.name,
            "format_version": PROFILE_FORMAT.version,
            "program_version": __version__,
            "files": files,
            "profile": {field: profile[field] for field in ("id", *PROFILE_FIELDS)}
            | {"default_effects": profile["default_effects"] or []},
            "samples": [
                {field: row[field] for field in ("id", *SAMPLE_FIELDS)} | {"file": sample_name(position)}
                for position, row in enumerate(samples)
            ],
            "avatar": profile["avatar_path"] and avatar_name(profile["avatar_path"]),
            "prompts": [prompt_name(key) for key in prompts],
        }
    )
