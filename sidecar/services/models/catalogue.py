"""Which engines and models there are, which are installed, and which one serves a wish; said before a job exists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from sidecar.engines.model_files import is_doubtful, size_of
from sidecar.engines.table import EngineSpec, StockVoice, VoiceKind
from sidecar.errors import InvalidParams, ModelUnavailable, NotFound, Unsupported
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.remotes import NO_SERVERS, Remotes
from sidecar.services.models.table import ModelEntry

State = Literal["absent", "partial", "installed"]
STRETCH_MODULES = ("python_stretch",)
STRETCH_EXTRA = "speed"
STRETCH_RANGE = (0.5, 2.0)
"""The speeds at which stretched speech still sounds like speech."""


@dataclass(frozen=True)
class Wish:
    """What a generation asks of an engine; None where it does not care. `prefer` goes first if it can do the rest."""

    voice_kind: VoiceKind
    language: str
    engine: str | None = None
    model: str | None = None
    instruct: bool = False
    sampling: bool = False
    speed: float = 1.0
    prefer: str | None = None


@dataclass(frozen=True)
class Choice:
    """The engine and the model that serve a wish: installed in a folder, or on the servers that a text names."""

    engine: EngineSpec
    model: ModelEntry
    model_dir: Path = Path()
    servers: str | None = None


class Catalogue:
    """Answers from two tables, the model folders, and the settings that name servers."""

    def __init__(
        self,
        engines: Sequence[EngineSpec],
        models: Sequence[ModelEntry],
        places: ModelPlaces,
        remotes: Remotes = NO_SERVERS,
    ) -> None:
        self._engines = {spec.id: spec for spec in engines}
        self._models = {entry.id: entry for entry in models}
        self._places = places
        self._remotes = remotes

    @property
    def engines(self) -> list[EngineSpec]:
        """Every engine, best first."""
        return list(self._engines.values())

    @property
    def models(self) -> list[ModelEntry]:
        """Every model that is or could be on this machine."""
        return [entry for entry in self._models.values() if not entry.remote]

    def engine(self, engine_id: str) -> EngineSpec:
        """One engine. Raises `NotFound`."""
        if engine_id not in self._engines:
            known = ", ".join(self._engines)
            raise NotFound(f"There is no engine {engine_id!r}; there are: {known}.", resource="engine", id=engine_id)
        return self._engines[engine_id]

    def languages(self, spec: EngineSpec) -> list[str]:
        """What an engine can speak here: some languages need a package that may not be installed."""
        return [*spec.languages, *(() if _missing(spec.extra_modules) else spec.extra_languages)]

    def speed_range(self, spec: EngineSpec) -> tuple[float, float]:
        """The slowest and fastest speed here: the engine's own, or a time-stretcher's where that is installed."""
        return spec.speed_range if spec.speed or _missing(STRETCH_MODULES) else STRETCH_RANGE

    def unavailable_reason(self, spec: EngineSpec) -> str | None:
        """Why an engine cannot work here, or None if it can."""
        if missing := _missing(spec.modules):
            return _how_to_install(spec, missing)
        if spec.remote:
            return self._remotes.refusal(spec)
        if any(self.location(self._models[model.id]) for model in spec.models):
            return None
        return _how_to_get(self._models[spec.models[0].id])

    def hosts(self, spec: EngineSpec) -> list[str]:
        """Where what an engine speaks goes: to none, if it works on this machine."""
        return self._remotes.hosts(spec) if spec.remote else []

    def is_remote(self, engine_id: str) -> bool:
        """Whether this is an engine that speaks on servers elsewhere."""
        spec = self._engines.get(engine_id)
        return spec is not None and spec.remote

    def voices(self, engine: str | None, language: str | None) -> list[tuple[EngineSpec, StockVoice]]:
        """Stock voices by engine and language."""
        specs: Iterable[EngineSpec] = [self.engine(engine)] if engine else self._engines.values()
        return [(spec, voice) for spec in specs for voice in spec.voices if language in (None, voice.language)]

    def require_voice(self, engine: str, voice_id: str) -> None:
        """Raise unless the engine has this stock voice."""
        spec = self.engine(engine)
        if not spec.has_voice(voice_id):
            raise NotFound(
                f"{spec.name} has no voice {voice_id!r}; voices.list says which it has.", resource="voice", id=voice_id
            )

    def state(self, entry: ModelEntry) -> tuple[State, Path | None]:
        """Whether a model's files are there with their sizes and not in doubt, and where."""
        best: tuple[State, Path | None] = "absent", None
        for here in self._places.candidates(entry):
            found = sum(_is_whole(here / name, size) for name, size in entry.files.items())
            doubtful = is_doubtful(here)
            if found == len(entry.files) and not doubtful:
                return "installed", here
            if found or doubtful:
                best = "partial", here
        return best

    def location(self, entry: ModelEntry) -> Path | None:
        """The folder of an installed model, else None."""
        state, here = self.state(entry)
        return here if state == "installed" else None

    def choose(self, wish: Wish) -> Choice:
        """The engine that is asked for, or else the preferred or best installed one that can do all that is asked.

        One that speaks elsewhere is never chosen but by its name, or by that of its model.

        Raises:
            NotFound: no such engine or model.
            InvalidParams: the model is not one of the engine's, or of none that speaks.
            Unsupported: the engine cannot do what is asked; or, where none was named, no engine can.
            ModelUnavailable: it could, but its model is not installed.

        """
        if wish.engine is not None:
            return self._serve(self.engine(wish.engine), wish)
        refusals: list[Unsupported | ModelUnavailable] = []
        eligible = [spec for spec in self._engines_with(wish.model) if _may_be_chosen(spec, wish)]
        for spec in sorted(eligible, key=lambda spec: spec.id != wish.prefer):
            try:
                return self._serve(spec, wish)
            except (Unsupported, ModelUnavailable) as refusal:
                refusals.append(refusal)
        # A model that can be fetched is better news than a thing that cannot be done.
        raise next((refusal for refusal in refusals if isinstance(refusal, ModelUnavailable)), refusals[0])

    def installed(self, spec: EngineSpec, models: Sequence[ModelEntry]) -> Choice:
        """The first of these models of an engine that is installed, or served. Raises `ModelUnavailable`."""
        if missing := _missing(spec.modules):
            raise ModelUnavailable(_how_to_install(spec, missing), model=models[0].id)
        if spec.remote:
            if refusal := self._remotes.refusal(spec):
                raise ModelUnavailable(refusal, model=models[0].id)
            return Choice(spec, models[0], servers=self._remotes.servers(spec))
        for entry in models:
            if here := self.location(entry):
                return Choice(spec, entry, here)
        raise _absent(models[0])

    def transcriber(self, language: str | None, model: str | None) -> tuple[ModelEntry, Path]:
        """The Whisper model that is asked for, or else the first installed one that knows the language.

        Raises:
            Unsupported: the model does not know the language, which it would get wrong without a word.
            ModelUnavailable: it is not installed.

        """
        known = [entry for entry in self._models.values() if entry.engine == "whisper"]
        if model is not None:
            known = [_require_whisper(self.model(model))]
        able = [entry for entry in known if _understands(entry, language)]
        if not able:
            raise Unsupported(
                f"{known[0].name} does not understand {language or 'just any language'}; name a language it knows, or "
                "use another model.",
                model=known[0].id,
                languages=list(known[0].languages),
            )
        for entry in able:
            if here := self.location(entry):
                return entry, here
        raise _absent(able[0])

    def _engines_with(self, model_id: str | None) -> list[EngineSpec]:
        """The engines that have this model, best first; all of them, if none is named."""
        if model_id is None:
            return self.engines
        entry = self.model(model_id)
        found = [spec for spec in self.engines if entry.id in {model.id for model in spec.models}]
        if not found:
            raise InvalidParams.about("model", f"{entry.id!r} does not speak; choose a model of one of engines.list.")
        return found

    def _serve(self, spec: EngineSpec, wish: Wish) -> Choice:
        return self.installed(spec, self._able(spec, wish))

    def _able(self, spec: EngineSpec, wish: Wish) -> list[ModelEntry]:
        """The models of an engine that can do what is asked, installed or not; there is one at least."""
        self._refuse_what_it_cannot(spec, wish)
        models = [model for model in spec.models if wish.model in (None, model.id)]
        if not models:
            self.model(wish.model or "")
            known = [model.id for model in spec.models]
            raise InvalidParams.about("model", f"{wish.model!r} is no model of {spec.name}; it has {known}.")
        kind = wish.voice_kind
        speaking = [model for model in models if kind in model.voice_kinds]
        able = [model for model in speaking if model.instruct or not wish.instruct]
        if not able:
            what = f"speak in a {kind} voice" if not speaking else "follow an instruction; leave out instruct"
            names = [model.id for model in speaking or models]
            raise Unsupported(f"{', '.join(names)} cannot {what}.", engine=spec.id, models=names)
        return [self._models[model.id] for model in able]

    def _refuse_what_it_cannot(self, spec: EngineSpec, wish: Wish) -> None:
        slowest, fastest = self.speed_range(spec)
        if wish.speed != 1.0 and slowest == fastest:
            raise _no_stretcher(spec)
        refusals = {
            f"speak in a {wish.voice_kind} voice (it can: {', '.join(spec.fidelity)})": (
                wish.voice_kind not in spec.fidelity
            ),
            f"speak {wish.language!r} here (it can: {', '.join(self.languages(spec))})": (
                wish.language not in self.languages(spec)
            ),
            "follow an instruction; leave out instruct": wish.instruct and not spec.instruct,
            "be sampled, as it draws nothing at random; leave out sampling": wish.sampling and not spec.sampling,
            f"speak at speed {wish.speed:g} (it can: {slowest:g} to {fastest:g})": not slowest <= wish.speed <= fastest,
        }
        for what, refused in refusals.items():
            if refused:
                raise Unsupported(f"{spec.name} cannot {what}.", engine=spec.id)

    def model(self, model_id: str) -> ModelEntry:
        """One model. Raises `NotFound`."""
        if model_id not in self._models:
            raise NotFound(
                f"There is no model {model_id!r}; models.list says which there are.", resource="model", id=model_id
            )
        return self._models[model_id]

    def local_model(self, model_id: str) -> ModelEntry:
        """One model that is or could be on this machine. Raises `NotFound`; `Unsupported` if it is on servers only."""
        entry = self.model(model_id)
        if entry.remote:
            raise Unsupported(f"{entry.name} is on servers elsewhere; there is nothing to be had here.", model=entry.id)
        return entry


def _may_be_chosen(spec: EngineSpec, wish: Wish) -> bool:
    return not spec.remote or wish.model is not None or spec.id == wish.prefer


def _require_whisper(entry: ModelEntry) -> ModelEntry:
    if entry.engine != "whisper":
        raise InvalidParams.about("model", f"{entry.id!r} does not transcribe; choose a Whisper model.")
    return entry


def _understands(entry: ModelEntry, language: str | None) -> bool:
    """A model of one language is never given speech whose language nobody named."""
    return language in entry.languages if language else len(entry.languages) > 1


def _absent(entry: ModelEntry) -> ModelUnavailable:
    return ModelUnavailable(f"{entry.name} is not installed. {_how_to_get(entry)}", model=entry.id)


def _how_to_get(entry: ModelEntry) -> str:
    if entry.repository:
        return f"Fetch it with models.download, or take it from a folder or archive with models.install ({entry.id!r})."
    return f"It comes from {entry.source}; put its files into a folder and call models.install ({entry.id!r})."


def _missing(modules: Sequence[str]) -> list[str]:
    return [module for module in modules if find_spec(module) is None]


def _how_to_install(spec: EngineSpec, missing: list[str]) -> str:
    return f"{spec.name} needs the packages {', '.join(missing)}; install voicebox-sidecar with the extra {spec.id!r}."


def _no_stretcher(spec: EngineSpec) -> Unsupported:
    slowest, fastest = STRETCH_RANGE
    return Unsupported(
        f"{spec.name} has no speed of its own. With {', '.join(STRETCH_MODULES)} it speaks at {slowest:g} to "
        f"{fastest:g}; install voicebox-sidecar with the extra {STRETCH_EXTRA!r}, or leave out speed.",
        engine=spec.id,
        extra=STRETCH_EXTRA,
    )


def _is_whole(path: Path, size: int | None) -> bool:
    found = size_of(path)
    return found == size if size is not None else bool(found)
