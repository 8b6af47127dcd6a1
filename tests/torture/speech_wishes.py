"""Wishes about voices, what they say, and the files of it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.scripted_engine import VOICE
from tests.torture.ledger import Key, Wish
from tests.torture.wishes import EFFECTS, Chances

ENGINE = {"engine": "scripted"}
SAMPLE_TEXT = "La la la."
AUDIO_FORMATS = ("wav", "flac", "mp3", "ogg")
SETTINGS: dict[str, tuple[Any, ...]] = {
    "default_loudness_lufs": (-20.0, -18.0),
    "prompt_cache_bytes": (1 << 20, 1 << 24),
    "queue_limit": (1_000, 2_000),
}
"""None of these is the default one: a setting that is back at its default has no row."""


def create_profile(chances: Chances) -> Wish:
    """With samples or with the engine's own voice."""
    params: dict[str, Any] = {"name": chances.name()}
    if chances.often(0.5):
        params["samples"] = [{"path": chances.recording(), "text": SAMPLE_TEXT} for _ in range(2)]
    else:
        params["voice"] = VOICE
    return Wish("profiles.create", params)


def update_profile(chances: Chances) -> Wish:
    """Another name."""
    key, to = chances.any("profiles"), {"name": chances.name(), "description": chances.name()}
    return Wish("profiles.update", {"profile_id": key[1]} | to, key, to)


def duplicate_profile(chances: Chances) -> Wish:
    """With copies of its samples."""
    key = chances.any("profiles")
    return Wish("profiles.duplicate", {"profile_id": key[1]}, uses=(key,))


def delete_profile(chances: Chances) -> Wish:
    """Refused while something is spoken with it."""
    key = chances.any("profiles")
    return Wish("profiles.delete", {"profile_id": key[1]}, deletes=(key,))


def add_sample(chances: Chances) -> Wish:
    """A recording with its text, by its place or as bytes."""
    key = chances.any("profiles")
    recording = chances.recording()
    given = {"data": b64encode(Path(recording).read_bytes()).decode()} if chances.often(0.3) else {"path": recording}
    return Wish("profiles.add_sample", {"profile_id": key[1], "text": SAMPLE_TEXT} | given, uses=(key,))


def remove_sample(chances: Chances) -> Wish:
    """With its file."""
    key = chances.any("samples")
    return Wish("profiles.remove_sample", {"sample_id": key[1]}, deletes=(key,))


def prepare(chances: Chances) -> Wish:
    """A voice prompt on the disk."""
    key = chances.any("profiles")
    return Wish("profiles.prepare", {"profile_id": key[1]} | ENGINE, uses=(key,))


def export_profile(chances: Chances) -> Wish:
    """A bundle."""
    key = chances.any("profiles")
    params = {"profile_id": key[1], "path": chances.target("voice"), "include_prompts": chances.often(0.5)}
    return Wish("profiles.export", params, uses=(key,))


def import_profile(chances: Chances) -> Wish:
    """A bundle that was written before."""
    params = {"path": chances.exported("voice"), "on_conflict": "rename"}
    return Wish("profiles.import", params, revives=("profiles", "samples"))


def speak(chances: Chances) -> Wish:
    """A text, streamed or not, waited for or not."""
    key = chances.any("profiles")
    params: dict[str, Any] = {"profile_id": key[1], "text": chances.text()} | ENGINE
    params |= {"stream": chances.often(0.2), "wait": chances.often(0.2)}
    if chances.often(0.2):
        params["effects"] = chances.rng.choice(EFFECTS)
    return Wish("generation.create", params, uses=(key,))


def speak_many(chances: Chances) -> Wish:
    """A batch."""
    key = chances.any("profiles")
    items = [{"text": chances.text()} for _ in range(chances.rng.randint(2, 5))]
    return Wish("generation.batch", {"items": items, "defaults": {"profile_id": key[1]} | ENGINE}, uses=(key,))


def speak_again(chances: Chances) -> Wish:
    """Another take."""
    key = chances.any("generations")
    return Wish("generation.regenerate", {"generation_id": key[1]}, uses=(key,))


def retry(chances: Chances) -> Wish:
    """What was cancelled or has failed."""
    key = chances.any("generations")
    return Wish("generation.retry", {"generation_id": key[1]}, uses=(key,))


def apply_effects(chances: Chances) -> Wish:
    """A new version."""
    key = chances.any("generations")
    params = {"generation_id": key[1], "effects": chances.rng.choice(EFFECTS), "wait": chances.often(0.3)}
    return Wish("generation.apply_effects", params, uses=(key,))


def choose_version(chances: Chances) -> Wish:
    """Another one by default."""
    key = chances.any("versions")
    generation = chances.parent_of(key)
    params = {"generation_id": generation[1], "version_id": key[1]}
    return Wish("generation.set_default_version", params, uses=(generation, key))


def delete_version(chances: Chances) -> Wish:
    """Refused if it is the only one."""
    key = chances.any("versions")
    generation = chances.parent_of(key)
    params = {"generation_id": generation[1], "version_id": key[1]}
    return Wish("generation.delete_version", params, deletes=(key,), uses=(generation,))


def name_generation(chances: Chances) -> Wish:
    """A title and a mark."""
    key, to = chances.any("generations"), {"title": chances.name(), "favorite": chances.often(0.5)}
    return Wish("history.update", {"generation_id": key[1]} | to, key, to)


def delete_generations(chances: Chances) -> Wish:
    """Several, whatever is being done with them."""
    some: tuple[Key, ...] = tuple({chances.any("generations") for _ in range(chances.rng.randint(1, 4))})
    params = {"generation_ids": [key[1] for key in some], "on_use": chances.rng.choice(("refuse", "detach"))}
    return Wish("history.delete", params, deletes=some)


def cancel(chances: Chances) -> Wish:
    """The job of which the end was not told."""
    return Wish("jobs.cancel", {"job_id": chances.open_job()})


def export(chances: Chances) -> Wish:
    """One file."""
    key, ending = chances.any("generations"), chances.rng.choice(AUDIO_FORMATS)
    params = {"generation_id": key[1], "format": ending, "path": chances.target(ending)}
    return Wish("history.export", params | {"wait": chances.often(0.3)}, uses=(key,))


def export_zip(chances: Chances) -> Wish:
    """Several files in one."""
    some = tuple({chances.any("generations") for _ in range(3)})
    params = {"generation_ids": [key[1] for key in some], "path": chances.target("zip")}
    return Wish("history.export", params, uses=some)


def import_recording(chances: Chances) -> Wish:
    """Into the history."""
    return Wish("history.import_audio", {"path": chances.recording(), "wait": chances.often(0.3)})


def set_setting(chances: Chances) -> Wish:
    """One of those that change nothing here."""
    name = chances.rng.choice(sorted(SETTINGS))
    value = chances.rng.choice(SETTINGS[name])
    return Wish("settings.update", {name: value}, ("settings", name), {"value": value})


def create_preset(chances: Chances) -> Wish:
    """A chain of effects under a name."""
    return Wish("effects.presets_create", {"name": chances.name(), "effects": chances.rng.choice(EFFECTS)})


def delete_preset(chances: Chances) -> Wish:
    """One of one's own."""
    key = chances.any("effect_presets")
    return Wish("effects.presets_delete", {"preset_id": key[1]}, deletes=(key,))


def clear_cache(chances: Chances) -> Wish:
    """While it is in use, perhaps."""
    return Wish("cache.clear", {})


def back_up(chances: Chances) -> Wish:
    """The whole library."""
    return Wish("system.backup", {"path": chances.target("voicebox")})


def look(chances: Chances) -> Wish:
    """A list of everything."""
    return Wish("history.list", {"search": chances.rng.choice(("fox", "wiz", "no such thing")), "limit": 20})


WEIGHTS: dict[Callable[[Chances], Wish], int] = {
    create_profile: 3,
    update_profile: 2,
    duplicate_profile: 1,
    delete_profile: 1,
    add_sample: 3,
    remove_sample: 1,
    prepare: 2,
    export_profile: 1,
    import_profile: 1,
    speak: 8,
    speak_many: 2,
    speak_again: 2,
    retry: 1,
    apply_effects: 3,
    choose_version: 2,
    delete_version: 1,
    name_generation: 3,
    delete_generations: 2,
    cancel: 2,
    export: 3,
    export_zip: 1,
    import_recording: 2,
    set_setting: 2,
    create_preset: 1,
    delete_preset: 1,
    clear_cache: 1,
    back_up: 1,
    look: 2,
}
TIDYING: dict[str, tuple[int, Callable[[Chances], Wish]]] = {
    "profiles": (6, delete_profile),
    "samples": (10, remove_sample),
    "generations": (30, delete_generations),
    "versions": (45, delete_generations),
    "effect_presets": (3, delete_preset),
}
"""Of how many rows on the user tidies up, and how."""
