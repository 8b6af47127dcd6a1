"""`projects.*`: projects as a whole, and their history."""

from __future__ import annotations

from sidecar.schema.common import Done, next_offset
from sidecar.schema.projects import (
    EditList,
    PastEdit,
    ProjectEdited,
    ProjectIdParams,
    ProjectList,
    ProjectResult,
    ProjectsCreateParams,
    ProjectsDuplicateParams,
    ProjectsEditsParams,
    ProjectsListParams,
    ProjectsStepParams,
    ProjectSummary,
    ProjectsUpdateParams,
)
from sidecar.services.projects.editing.editor import Editor
from sidecar.services.projects.service import ProjectService


class ProjectHandlers:
    """The audio studio's projects."""

    def __init__(self, projects: ProjectService, editor: Editor) -> None:
        self._projects = projects
        self._editor = editor

    async def create(self, params: ProjectsCreateParams) -> ProjectResult:
        """Make an empty project."""
        return ProjectResult(**await self._projects.create(params.model_dump()))

    async def get(self, params: ProjectIdParams) -> ProjectResult:
        """Fetch all of a project."""
        return ProjectResult(**await self._projects.get(params.project_id))

    async def list(self, params: ProjectsListParams) -> ProjectList:
        """List projects, those changed last first."""
        found, total = await self._projects.list_page(params.search, params.sort, params.limit, params.offset)
        items = [ProjectSummary(**view) for view in found]
        return ProjectList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))

    async def update(self, params: ProjectsUpdateParams) -> ProjectEdited:
        """Change a project's name, description, sample rate or number of channels; can be undone."""
        changes = params.model_dump(exclude={"project_id"}, exclude_unset=True)
        return ProjectEdited(**await self._projects.update(params.project_id, changes))

    async def delete(self, params: ProjectIdParams) -> Done:
        """Delete a project with its history and with the recordings that were copied in; generations stay."""
        await self._projects.delete(params.project_id)
        return Done()

    async def duplicate(self, params: ProjectsDuplicateParams) -> ProjectResult:
        """Copy a project without its history."""
        return ProjectResult(**await self._projects.duplicate(params.project_id, params.name))

    async def undo(self, params: ProjectsStepParams) -> ProjectEdited:
        """Take back the last edits."""
        return ProjectEdited(**await self._editor.undo(params.project_id, params.steps))

    async def redo(self, params: ProjectsStepParams) -> ProjectEdited:
        """Make edits again that were undone."""
        return ProjectEdited(**await self._editor.redo(params.project_id, params.steps))

    async def edits(self, params: ProjectsEditsParams) -> EditList:
        """List the edits of a project, newest first."""
        found, total = await self._projects.edits(params.project_id, params.limit, params.offset)
        items = [PastEdit(**view) for view in found]
        return EditList(items=items, total=total, next_offset=next_offset(params.offset, len(items), total))
