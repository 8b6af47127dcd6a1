"""The composition root: builds every part once and hands each what it needs."""

from __future__ import annotations

import asyncio
import logging

from sidecar.config import Config
from sidecar.engines.pool import EnginePool
from sidecar.engines.specs import ENGINES
from sidecar.handlers.audio import AudioHandlers
from sidecar.handlers.catalogue import EngineHandlers, ModelHandlers, VoiceHandlers
from sidecar.handlers.effects import EffectHandlers
from sidecar.handlers.generation import GenerationHandlers
from sidecar.handlers.history import HistoryHandlers
from sidecar.handlers.jobs import JobHandlers
from sidecar.handlers.profiles import ProfileHandlers
from sidecar.handlers.rpc import RpcHandlers
from sidecar.handlers.system import SystemHandlers
from sidecar.handlers.transcription import TranscriptionHandlers
from sidecar.handlers.versions import VersionHandlers
from sidecar.handlers.words import WordHandlers
from sidecar.jobs.announce import Announcer
from sidecar.jobs.runner import JobRunner
from sidecar.rpc.registry import Registry
from sidecar.rpc.server import Notifier, Server
from sidecar.services.audio import AudioService
from sidecar.services.catalogue import Catalogue
from sidecar.services.design_job import DesignJob
from sidecar.services.effects import EffectService
from sidecar.services.effects_job import EffectsJob
from sidecar.services.equipment import Equipment
from sidecar.services.generation import GenerationService
from sidecar.services.generation_job import GenerationJob
from sidecar.services.history import HistoryService
from sidecar.services.jobs import JobService
from sidecar.services.model_table import MODELS
from sidecar.services.prepare import PrepareJob
from sidecar.services.profiles import ProfileService
from sidecar.services.residents import Residents
from sidecar.services.sample_texts import SampleTranscriptionJob
from sidecar.services.samples import SampleService
from sidecar.services.system import SystemService
from sidecar.services.transcription import TranscriptionService
from sidecar.services.transcription_job import TranscriptionJob
from sidecar.services.transfers import ExportJob, ImportJob
from sidecar.services.versions import VersionService
from sidecar.services.words import WordService
from sidecar.store.database import Database
from sidecar.store.files import FileStore
from sidecar.store.sweep import claimed_files

log = logging.getLogger(__name__)


class App:
    """The whole sidecar but its pipe: started once, stopped once."""

    def __init__(
        self, config: Config, files: FileStore, database: Database, notifier: Notifier, server: Server
    ) -> None:
        self.database = database
        self._files = files
        models = EnginePool(
            "model",
            1,
            files.logs / "engine.log",
            config.engine_idle_s,
            config.engine_ceiling_bytes,
            config.engine_silence_s,
        )
        audio = EnginePool(
            "audio",
            config.audio_processes,
            files.logs / "audio.log",
            config.audio_idle_s,
            config.audio_ceiling_bytes,
            config.engine_silence_s,
        )
        self._pools = {"model": models, "audio": audio}
        residents = Residents(self._pools)
        catalogue = Catalogue(ENGINES, MODELS, config.models_dirs)
        self.announcer = Announcer(database, notifier.send)
        equipment = Equipment(database, files, models, audio, catalogue, notifier, config.device, config.int8)
        kinds = (
            GenerationJob(equipment),
            PrepareJob(equipment),
            DesignJob(equipment),
            SampleTranscriptionJob(equipment),
            TranscriptionJob(equipment),
            EffectsJob(database, files, audio),
            ExportJob(audio),
            ImportJob(files, audio),
        )
        self.runner = JobRunner(database, self.announcer, kinds)
        jobs = JobService(database, self.runner)
        samples = SampleService(database, files, audio, self.runner, catalogue)
        profiles = ProfileService(database, files, samples, self.runner, catalogue)
        generation = GenerationService(database, files, self.runner, catalogue)
        history = HistoryService(database, files, audio, self.runner)
        transcription = TranscriptionService(database, files, audio, self.runner, catalogue)
        self.system = SystemService(config, database, files, residents, audio)
        registry = Registry()
        registry.add_namespace("rpc", RpcHandlers(registry))
        registry.add_namespace("system", SystemHandlers(self.system, server.stop))
        registry.add_namespace("profiles", ProfileHandlers(profiles, samples, jobs))
        registry.add_namespace("generation", GenerationHandlers(generation, jobs))
        versions = VersionService(database, files, self.runner)
        registry.add_namespace("generation", VersionHandlers(versions, generation, jobs))
        registry.add_namespace("generation", WordHandlers(WordService(equipment)))
        registry.add_namespace("effects", EffectHandlers(EffectService(database, files, audio)))
        registry.add_namespace("history", HistoryHandlers(history, generation, jobs))
        registry.add_namespace("transcription", TranscriptionHandlers(transcription, jobs))
        registry.add_namespace("audio", AudioHandlers(AudioService(database, files, audio)))
        registry.add_namespace("jobs", JobHandlers(jobs))
        registry.add_namespace("engines", EngineHandlers(catalogue))
        registry.add_namespace("voices", VoiceHandlers(catalogue))
        registry.add_namespace("models", ModelHandlers(catalogue, residents))
        self.registry = registry

    async def start(self) -> None:
        """Sweep what a kill has left behind, then take up the queue."""
        removed = self._files.sweep(await self.database.read(claimed_files))
        if removed:
            log.info("the sweep removed %d files that nothing names", len(removed))
        self._watching = asyncio.create_task(self.system.watch())
        await self.runner.start()

    async def stop(self) -> None:
        """Leave the running jobs to the next start, end every engine process, close the database."""
        self._watching.cancel()
        await self.runner.stop()
        await asyncio.gather(*(pool.close() for pool in self._pools.values()))
