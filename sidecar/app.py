"""The composition root: builds every part once and hands each what it needs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from sidecar.config import Config
from sidecar.engines.fleet import EngineFleet
from sidecar.engines.messages import Limits
from sidecar.engines.pool import EnginePool
from sidecar.engines.specs import ENGINES
from sidecar.engines.table import EngineSpec
from sidecar.errors import VoiceboxError
from sidecar.handlers.audio import AudioHandlers
from sidecar.handlers.backup import BackupHandlers
from sidecar.handlers.batches import BatchHandlers
from sidecar.handlers.bundles import ProfileBundleHandlers
from sidecar.handlers.cache import CacheHandlers
from sidecar.handlers.catalogue import EngineHandlers, VoiceHandlers
from sidecar.handlers.effects import EffectHandlers
from sidecar.handlers.engine_keys import EngineKeyHandlers
from sidecar.handlers.generation import GenerationHandlers
from sidecar.handlers.history import HistoryHandlers
from sidecar.handlers.jobs import JobHandlers
from sidecar.handlers.models import ModelHandlers
from sidecar.handlers.profiles import ProfileHandlers
from sidecar.handlers.project_bundles import ProjectBundleHandlers
from sidecar.handlers.project_clips import ProjectClipHandlers
from sidecar.handlers.project_render import ProjectRenderHandlers
from sidecar.handlers.project_script import ProjectScriptHandlers
from sidecar.handlers.project_tracks import ProjectTrackHandlers
from sidecar.handlers.project_views import ProjectViewHandlers
from sidecar.handlers.projects import ProjectHandlers
from sidecar.handlers.residency import ResidencyHandlers
from sidecar.handlers.rpc import RpcHandlers
from sidecar.handlers.settings import SettingsHandlers
from sidecar.handlers.system import SystemHandlers
from sidecar.handlers.transcription import TranscriptionHandlers
from sidecar.handlers.usage import UsageHandlers
from sidecar.handlers.versions import VersionHandlers
from sidecar.handlers.words import WordHandlers
from sidecar.jobs.announce import Announcer
from sidecar.jobs.kind import JobKind
from sidecar.jobs.runner import JobRunner
from sidecar.rpc.registry import Registry
from sidecar.rpc.server import Notifier, Server
from sidecar.services.audio import AudioService
from sidecar.services.backup.backup_job import BackupJob
from sidecar.services.backup.restore_job import RestoreJob
from sidecar.services.backup.service import BackupService
from sidecar.services.cache import CacheService
from sidecar.services.effects.job import EffectsJob
from sidecar.services.effects.service import EffectService
from sidecar.services.engine_keys import EngineKeyService
from sidecar.services.equipment import REMOTE_LANE, Equipment
from sidecar.services.history.exports import ExportJob, ExportZipJob
from sidecar.services.history.service import HistoryService
from sidecar.services.history.transfers import ImportJob
from sidecar.services.jobs import JobService
from sidecar.services.limits import RequestLimit
from sidecar.services.models.advice import machine_of
from sidecar.services.models.catalogue import Catalogue
from sidecar.services.models.devices import Devices
from sidecar.services.models.jobs import DownloadJob, InstallJob, VerifyJob
from sidecar.services.models.move_job import MoveJob
from sidecar.services.models.places import ModelPlaces
from sidecar.services.models.remotes import Remotes
from sidecar.services.models.residents import Residents
from sidecar.services.models.service import ModelService
from sidecar.services.models.table import MODELS, ModelEntry
from sidecar.services.models.views import ModelViews
from sidecar.services.profiles.bundles import ProfileBundleService
from sidecar.services.profiles.design_job import DesignJob
from sidecar.services.profiles.export_job import ProfileExportJob
from sidecar.services.profiles.import_job import ProfileImportJob
from sidecar.services.profiles.prepare import PrepareJob
from sidecar.services.profiles.sample_texts import SampleTranscriptionJob
from sidecar.services.profiles.samples import SampleService
from sidecar.services.profiles.service import ProfileService
from sidecar.services.projects.arrivals import Arrivals
from sidecar.services.projects.bundles.export_job import ProjectExportJob
from sidecar.services.projects.bundles.import_job import ProjectImportJob
from sidecar.services.projects.bundles.service import ProjectBundleService
from sidecar.services.projects.editing.clip_service import ClipService
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.editing.snapping import Snapping
from sidecar.services.projects.editing.track_service import TrackService
from sidecar.services.projects.interchange.service import InterchangeService
from sidecar.services.projects.pictures.picture import PictureService
from sidecar.services.projects.pictures.waveform import WaveformService
from sidecar.services.projects.rendering.job import RenderJob
from sidecar.services.projects.rendering.service import RenderService
from sidecar.services.projects.scripts.job import ScriptJob
from sidecar.services.projects.scripts.line_job import LineJob
from sidecar.services.projects.scripts.lines import LineService
from sidecar.services.projects.scripts.service import ScriptService
from sidecar.services.projects.service import ProjectService
from sidecar.services.projects.words import ProjectWordService
from sidecar.services.residency import ENGINE_LANE, LoadJob, ResidencyService
from sidecar.services.settings import SettingsService
from sidecar.services.speech.batch_job import BatchJob
from sidecar.services.speech.batches import BatchService
from sidecar.services.speech.generation import GenerationService
from sidecar.services.speech.generation_job import GenerationJob
from sidecar.services.speech.versions import VersionService
from sidecar.services.speech.words import WordService
from sidecar.services.system import SystemService
from sidecar.services.tidying import Tidying
from sidecar.services.transcription.job import TranscriptionJob
from sidecar.services.transcription.service import TranscriptionService
from sidecar.services.usage import UsageService
from sidecar.store.database import Database
from sidecar.store.files import FileStore

log = logging.getLogger(__name__)

REMOTE_AT_ONCE = 2
"""How many jobs may wait for servers elsewhere at once, each in a process of its own."""


class App:
    """The whole sidecar but its pipe: started once, stopped once."""

    def __init__(
        self,
        config: Config,
        files: FileStore,
        database: Database,
        notifier: Notifier,
        server: Server,
        engines: Sequence[EngineSpec] = ENGINES,
        model_table: Sequence[ModelEntry] = MODELS,
    ) -> None:
        self._config, self._files, self.database = config, files, database
        self.settings = settings = SettingsService(database, config.settings, [spec.id for spec in engines])
        self.admit = RequestLimit(lambda: settings.values.requests_per_second).admit
        self._pools = _pools(config, files, settings)
        self._devices = Devices(self._pools["probe"], settings)
        self._fleet = _fleet(config, files, settings, self._devices)
        self._residents = Residents({"model": self._fleet, **self._pools})
        self._places = ModelPlaces(config.models_dirs, config.hub_cache, config.hub_cache_named, config.built_in_models)
        remotes = Remotes(lambda: settings.values, config.offline)
        self._catalogue = Catalogue(engines, model_table, self._places, remotes)
        self._views = ModelViews(self._catalogue, self._places, self._residents, lambda: machine_of(settings.values))
        self.announcer = Announcer(database, notifier.send)
        self._equipment = Equipment(
            database,
            files,
            self._fleet,
            self._pools["audio"],
            self._pools["remote"],
            self._catalogue,
            notifier,
            settings,
        )
        widths = {ENGINE_LANE: lambda: self._fleet.width, REMOTE_LANE: lambda: REMOTE_AT_ONCE}
        self.runner = JobRunner(
            database, self.announcer, self._job_kinds(), lambda: settings.values.queue_limit, widths
        )
        self._jobs = JobService(database, self.runner)
        self._cache = CacheService(files, settings)
        self._tidying = Tidying(database, files)
        self.system = SystemService(config, database, files, self._residents, self._devices, self._fleet, settings)
        self.models = ModelService(
            database, self.runner, self._catalogue, self._places, self._residents, self._views, config.offline
        )
        self.registry = Registry()
        self._register_voices_and_speech()
        self._register_audio_and_history()
        self._register_projects()
        self._register_models_and_system(server)

    def _job_kinds(self) -> tuple[JobKind, ...]:
        """Every kind of job."""
        files, audio, catalogue = self._files, self._pools["audio"], self._catalogue
        downloads, equipment = self._pools["download"], self._equipment
        render = RenderJob(equipment, ProjectWordService(self.database, files, WordService(equipment)))
        return (
            GenerationJob(equipment),
            BatchJob(self.database, self.announcer),
            PrepareJob(equipment),
            DesignJob(equipment),
            SampleTranscriptionJob(equipment),
            TranscriptionJob(equipment),
            LoadJob(equipment),
            DownloadJob(catalogue, self._views, self._places, downloads, self._config.offline),
            InstallJob(catalogue, self._views, self._places, downloads),
            VerifyJob(catalogue, self._views, self._places),
            MoveJob(self.database, catalogue, self._places),
            EffectsJob(self.database, files, audio),
            ExportJob(self.database, files, audio),
            ExportZipJob(self.database, files, audio),
            ImportJob(files, audio),
            ProfileExportJob(self.database, files, catalogue),
            ProfileImportJob(files, audio, catalogue),
            ProjectExportJob(self.database, files),
            ProjectImportJob(files, Arrivals(files, audio)),
            render,
            ScriptJob(self.database, files, self.announcer, render),
            LineJob(self.database, files, self.announcer),
            BackupJob(files),
            RestoreJob(self.database, files),
        )

    def _register_voices_and_speech(self) -> None:
        database, files, runner, jobs = self.database, self._files, self.runner, self._jobs
        samples = SampleService(database, files, self._pools["audio"], runner, self._catalogue)
        profiles = ProfileService(database, files, samples, runner, self._catalogue, self.settings)
        bundles = ProfileBundleService(files, runner, self._catalogue)
        self._generation = GenerationService(database, files, runner, self._catalogue, self.settings)
        versions = VersionService(database, files, runner)
        self._batches = BatchService(runner, self._generation)
        add = self.registry.add_namespace
        add("profiles", ProfileHandlers(profiles, samples, jobs))
        add("profiles", ProfileBundleHandlers(bundles, jobs))
        add("generation", GenerationHandlers(self._generation, jobs))
        add("generation", VersionHandlers(versions, self._generation, jobs))
        self._words = WordService(self._equipment)
        add("generation", WordHandlers(self._words))
        add("generation", BatchHandlers(self._batches, jobs))

    def _register_audio_and_history(self) -> None:
        database, files, runner, jobs, audio = self.database, self._files, self.runner, self._jobs, self._pools["audio"]
        history = HistoryService(database, files, audio, runner)
        transcription = TranscriptionService(database, files, audio, runner, self._catalogue)
        add = self.registry.add_namespace
        add("effects", EffectHandlers(EffectService(database, files, audio)))
        add("history", HistoryHandlers(history, self._generation, jobs))
        add("transcription", TranscriptionHandlers(transcription, jobs))
        add("audio", AudioHandlers(AudioService(database, files, audio)))
        add("jobs", JobHandlers(jobs))
        add("usage", UsageHandlers(UsageService(database)))

    def _register_projects(self) -> None:
        database, files, audio = self.database, self._files, self._pools["audio"]
        editor = Editor(database, files)
        clips = ClipService(database, editor, Arrivals(files, audio), Snapping(database, files, audio, self._words))
        add = self.registry.add_namespace
        projects, renders = ProjectService(database, files, self.runner, editor), RenderService(files, self.runner)
        scripts = ScriptService(self.runner, self._catalogue, self._generation, self._batches, renders)
        lines = LineService(database, self.runner, self._generation, editor)
        add("projects", ProjectHandlers(projects, editor))
        add("projects", ProjectTrackHandlers(TrackService(editor)))
        add("projects", ProjectClipHandlers(clips))
        add("projects", ProjectBundleHandlers(ProjectBundleService(files, self.runner), self._jobs))
        add("projects", ProjectRenderHandlers(renders, self._jobs))
        add(
            "projects",
            ProjectViewHandlers(
                ProjectWordService(database, files, self._words),
                WaveformService(database, files, audio),
                PictureService(database, files, audio),
                InterchangeService(database, files, audio),
            ),
        )
        add("projects", ProjectScriptHandlers(scripts, lines, projects, self._jobs))

    def _register_models_and_system(self, server: Server) -> None:
        files, runner, jobs = self._files, self.runner, self._jobs
        residency = ResidencyService(self._equipment, self._residents, runner)
        add = self.registry.add_namespace
        add("engines", EngineHandlers(self._catalogue))
        add("engines", EngineKeyHandlers(EngineKeyService(self._catalogue, self._pools["remote"])))
        add("voices", VoiceHandlers(self._catalogue))
        add("models", ModelHandlers(self.models, jobs))
        add("models", ResidencyHandlers(residency, jobs, self.models))
        add("settings", SettingsHandlers(self.settings))
        add("cache", CacheHandlers(self._cache))
        add("system", SystemHandlers(self.system, server.stop))
        add("system", BackupHandlers(BackupService(files, runner), jobs))
        add("rpc", RpcHandlers(self.registry))

    async def start(self) -> None:
        """Read the settings, sweep what a kill has left behind, then take up the queue."""
        await self.settings.load()
        await self.models.load()
        await self._tidying.start()
        await self.system.probe()
        self._watching = [
            asyncio.create_task(watch()) for watch in (self.system.watch, self._cache.watch, self._watch_devices)
        ]
        await self.runner.start()

    async def _watch_devices(self) -> None:
        """Use the devices of the settings, whenever these change, and let as many jobs run as there are."""
        changed = asyncio.Event()
        self.settings.on_change(changed.set)
        while True:
            try:
                await self._fleet.refresh()
            except VoiceboxError as fault:
                log.warning("the devices cannot be proven: %s", fault.message)
            self.runner.wake()
            await changed.wait()
            changed.clear()

    async def stop(self) -> None:
        """End what runs beside the jobs, then every engine process. The runner has stopped before."""
        for watching in self._watching:
            watching.cancel()
        await self._tidying.stop()
        await asyncio.gather(self._fleet.close(), *(pool.close() for pool in self._pools.values()))
        # What a disk in trouble would not let go when it was no longer needed.
        self._files.sweep_temporary()


def _pools(config: Config, files: FileStore, settings: SettingsService) -> dict[str, EnginePool]:
    """The engine processes but those that hold models, by what they do: handle audio, prove devices, fetch models."""

    def audio_idle_s() -> float:
        return config.audio_idle_s

    def remote_limits() -> Limits:
        return Limits(keep_alive_s=settings.values.model_stays_s)

    silence_s, ceiling = config.engine_silence_s, config.audio_ceiling_bytes
    audio_log, download_log = files.logs / "audio.log", files.logs / "download.log"
    return {
        "audio": EnginePool(
            "audio", config.audio_processes, audio_log, audio_idle_s, ceiling, silence_s, on_end=files.sweep_after
        ),
        "remote": EnginePool(
            "remote",
            REMOTE_AT_ONCE,
            files.logs / "remote.log",
            _stays(settings),
            ceiling,
            silence_s,
            remote_limits,
            on_end=files.sweep_after,
        ),
        "probe": EnginePool("probe", 1, audio_log, lambda: 0.0, 0, silence_s),
        "download": EnginePool("download", config.download_processes, download_log, audio_idle_s, ceiling, silence_s),
    }


def _fleet(config: Config, files: FileStore, settings: SettingsService, devices: Devices) -> EngineFleet:
    """The engine processes that hold models, one a device."""

    def limits() -> Limits:
        return Limits(settings.values.memory_budget_bytes, settings.values.model_stays_s)

    def pool(limits: Callable[[], Limits], environment: Mapping[str, str]) -> EnginePool:
        ceiling, silence_s = config.engine_ceiling_bytes, config.engine_silence_s
        log_file, idle_s = files.logs / "engine.log", _stays(settings)
        return EnginePool("model", 1, log_file, idle_s, ceiling, silence_s, limits, environment, files.sweep_after)

    return EngineFleet(devices.in_use, pool, limits)


def _stays(settings: SettingsService) -> Callable[[], float]:
    """How long an idle engine process stays, in seconds."""
    return lambda: settings.values.engine_idle_s
