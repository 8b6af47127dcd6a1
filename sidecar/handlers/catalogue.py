"""`engines.list` and `voices.list`."""

from __future__ import annotations

from sidecar.engines.table import EngineSpec
from sidecar.schema.catalogue import (
    Capabilities,
    Engine,
    EngineList,
    Voice,
    VoiceList,
    VoicesListParams,
)
from sidecar.schema.common import Empty
from sidecar.services.models.catalogue import Catalogue


class EngineHandlers:
    """The capability table."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def list(self, params: Empty) -> EngineList:
        """List the engines and what each can do."""
        items = [self._engine(spec) for spec in self._catalogue.engines]
        return EngineList(items=items, total=len(items))

    def _engine(self, spec: EngineSpec) -> Engine:
        reason = self._catalogue.unavailable_reason(spec)
        slowest, fastest = self._catalogue.speed_range(spec)
        return Engine(
            id=spec.id,
            name=spec.name,
            languages=self._catalogue.languages(spec),
            voice_kinds=dict(spec.fidelity.items()),
            capabilities=Capabilities(
                instruct=spec.instruct,
                streaming=spec.streaming,
                speed=slowest < fastest,
                words=spec.words,
                batch=spec.batch,
            ),
            sample_rate=spec.sample_rate,
            limits={"max_chunk_chars": spec.max_chunk_chars, "speed_minimum": slowest, "speed_maximum": fastest},
            licence=spec.licence,
            models=[model.id for model in spec.models],
            remote=spec.remote,
            hosts=self._catalogue.hosts(spec),
            available=reason is None,
            reason=reason,
        )


class VoiceHandlers:
    """Preset voices."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def list(self, params: VoicesListParams) -> VoiceList:
        """List the voices that come with the engines."""
        items = [
            Voice(
                engine=spec.id, voice_id=voice.voice_id, name=voice.name, language=voice.language, gender=voice.gender
            )
            for spec, voice in self._catalogue.voices(params.engine, params.language)
        ]
        return VoiceList(items=items, total=len(items))
