"""What the command line and the environment say, read once, at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_data_path

APP_NAME = "voicebox"
MAX_LINE_BYTES = 64 << 20


@dataclass(frozen=True)
class Config:
    """Where things are and what the limits are. Times in seconds, sizes in bytes."""

    data_dir: Path
    models_dirs: tuple[Path, ...]
    max_line_bytes: int = MAX_LINE_BYTES
    device: str = "auto"
    int8: bool = False
    engine_idle_s: float = 300.0
    engine_ceiling_bytes: int = 4 << 30
    # importlib can hold the interpreter's lock for several seconds on a cold disk; a hung process holds it for ever.
    engine_silence_s: float = 30.0
    audio_processes: int = 2
    audio_idle_s: float = 60.0
    audio_ceiling_bytes: int = 1 << 30

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], data_dir: Path | None, max_line_bytes: int) -> Config:
        """The configuration that `VOICEBOX_*` variables and the command line ask for."""
        named = data_dir or _path(environment, "VOICEBOX_DATA_DIR") or user_data_path(APP_NAME, appauthor=False)
        folder = named.expanduser().absolute()
        elsewhere = _path(environment, "VOICEBOX_MODELS_DIR")
        config = cls(
            data_dir=folder,
            models_dirs=(elsewhere.absolute(), folder / "models") if elsewhere else (folder / "models",),
            max_line_bytes=max_line_bytes,
            device=environment.get("VOICEBOX_DEVICE") or "auto",
            int8=environment.get("VOICEBOX_INT8") == "1",
        )
        if idle := environment.get("VOICEBOX_ENGINE_IDLE_S"):
            config = replace(config, engine_idle_s=float(idle), audio_idle_s=float(idle))
        if silence := environment.get("VOICEBOX_ENGINE_SILENCE_S"):
            config = replace(config, engine_silence_s=float(silence))
        return config


def _path(environment: Mapping[str, str], name: str) -> Path | None:
    value = environment.get(name)
    return Path(value) if value else None
