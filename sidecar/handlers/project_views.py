"""`projects.*`: what is said in a project, what it looks like, and its timeline for other programs."""

from __future__ import annotations

from sidecar.schema.project_views import (
    ProjectPicture,
    ProjectsExportTimelineParams,
    ProjectsPictureParams,
    ProjectsSubtitlesParams,
    ProjectSubtitles,
    ProjectsWaveformParams,
    ProjectWaveform,
    TimelineExported,
)
from sidecar.services.projects.interchange.service import InterchangeService
from sidecar.services.projects.pictures.picture import PictureService
from sidecar.services.projects.pictures.waveform import WaveformService
from sidecar.services.projects.words import ProjectWordService


class ProjectViewHandlers:
    """Projects as words, as pictures, and for other programs."""

    def __init__(
        self,
        words: ProjectWordService,
        waveforms: WaveformService,
        pictures: PictureService,
        interchange: InterchangeService,
    ) -> None:
        self._words = words
        self._waveforms = waveforms
        self._pictures = pictures
        self._interchange = interchange

    async def subtitles(self, params: ProjectsSubtitlesParams) -> ProjectSubtitles:
        """Write what is said in a project, word by word or as subtitles, with who says it."""
        return ProjectSubtitles(**await self._words.subtitles(params.project_id, params.format, params.path))

    async def waveform(self, params: ProjectsWaveformParams) -> ProjectWaveform:
        """Give the outlines of a project's tracks, at any zoom."""
        drawn = await self._waveforms.waveform(
            params.project_id, params.track_id, params.start_s, params.end_s, params.buckets
        )
        return ProjectWaveform(**drawn)

    async def picture(self, params: ProjectsPictureParams) -> ProjectPicture:
        """Draw the whole of a project."""
        drawn = await self._pictures.picture(params.project_id, params.width, params.height, params.path)
        return ProjectPicture(**drawn)

    async def export_timeline(self, params: ProjectsExportTimelineParams) -> TimelineExported:
        """Write a project's timeline so that an editing program opens it; the sound stays where it is."""
        written = await self._interchange.export(params.project_id, params.format, params.path, params.frame_rate)
        return TimelineExported(**written)
