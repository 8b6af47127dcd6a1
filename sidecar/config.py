"""What the command line and the environment say, read once, at the start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platformdirs import user_data_path

from sidecar.program import built_in_models
from sidecar.settings import YEAR_S, from_environment

APP_NAME = "voicebox"
MAX_LINE_BYTES = 64 << 20
ON = ("1", "true", "yes", "on")
OFF = ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Config:
    """Where things are and what the limits are. Times in seconds, sizes in bytes."""

    data_dir: Path
    models_dirs: tuple[Path, ...]
    built_in_models: Path | None = None
    """Models that came with the program, for reading only."""
    hub_cache: Path = field(default_factory=lambda: _hub_cache({}))
    """Where the hub client, and so other programs, keep models."""
    hub_cache_named: bool = False
    """Whether the user has said where that is, and so wants models there."""
    offline: bool = False
    max_line_bytes: int = MAX_LINE_BYTES
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What the environment fixes of the settings, sparse."""
    engine_ceiling_bytes: int = 4 << 30
    # importlib can hold the interpreter's lock for several seconds on a cold disk; a hung process holds it for ever.
    engine_silence_s: float = 30.0
    audio_processes: int = 2
    download_processes: int = 3
    """Two downloads, and an installation beside them."""
    audio_idle_s: float = 60.0
    audio_ceiling_bytes: int = 1 << 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], data_dir: Path | None, max_line_bytes: int) -> Config:
        """The configuration that `VOICEBOX_*` variables and the command line ask for.

        Raises:
            ValueError: a variable has a value that is not allowed, or there is no home for the data; the message says
                which.

        """
        folder = _data_folder(data_dir or _path(environment, "VOICEBOX_DATA_DIR"))
        elsewhere = _path(environment, "VOICEBOX_MODELS_DIR")
        config = cls(
            data_dir=folder,
            models_dirs=(elsewhere.absolute(), folder / "models") if elsewhere else (folder / "models",),
            built_in_models=built_in_models(),
            max_line_bytes=max_line_bytes,
            hub_cache=_hub_cache(environment),
            hub_cache_named=any(environment.get(name) for name in ("HF_HUB_CACHE", "HF_HOME")),
            offline=_is_on(environment, "VOICEBOX_OFFLINE") or _is_on(environment, "HF_HUB_OFFLINE"),
            settings=from_environment(environment),
        )
        if "engine_idle_s" in config.settings:
            config = replace(config, audio_idle_s=config.settings["engine_idle_s"])
        if silence := environment.get("VOICEBOX_ENGINE_SILENCE_S"):
            config = replace(config, engine_silence_s=_seconds("VOICEBOX_ENGINE_SILENCE_S", silence))
        return config


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None


def _is_on(environment: Mapping[str, str], name: str) -> bool:
    """A switch; who means to keep the program off the network must not be misunderstood."""
    value = environment.get(name, "").strip().lower()
    if value not in ON + OFF:
        raise ValueError(f"{name}: {value[:40]!r} is neither on nor off; say 1 or 0")
    return value in ON


def _seconds(name: str, value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0.0 < seconds <= YEAR_S:
        raise ValueError(f"{name}: {value[:40]!r} is no number of seconds above 0")
    return seconds


def _data_folder(named: Path | None) -> Path:
    try:
        return (named or user_data_path(APP_NAME, appauthor=False)).expanduser().absolute()
    except RuntimeError:
        raise ValueError("this user has no home folder; name a folder with --data-dir") from None


def _hub_cache(environment: Mapping[str, str]) -> Path:
    """The cache of huggingface_hub, found as that package finds it ("Environment variables" in its documentation).

    In a container there may be no home: the path is then one that does not exist.
    """
    caches = _path(environment, "XDG_CACHE_HOME") or Path("~/.cache")
    home = _path(environment, "HF_HOME") or caches / "huggingface"
    return Path(os.path.expanduser(_path(environment, "HF_HUB_CACHE") or home / "hub")).absolute()
