"""The part of `projects.*` that is about scripts and their lines."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import (
    WAIT,
    AbsolutePath,
    ChangeParams,
    ErrorBody,
    Id,
    LanguageOrAuto,
    Name,
    Page,
    Params,
    Result,
)
from sidecar.schema.effects import Effects
from sidecar.schema.generation import PROFILE, Sampling, SpeechSettings, Text, Verify
from sidecar.schema.project_render import ProjectRendered, RenderSettings
from sidecar.schema.projects import (
    Changes,
    Channels,
    Description,
    Project,
    ProjectIdParams,
    ProjectsCreateParams,
    SampleRate,
    Steps,
)

LONGEST_GAP_S = 3_600.0
LONGEST_SCRIPT = 20_000_000


Gap = Annotated[float, Field(ge=0, le=LONGEST_GAP_S)]


class FromScriptParams(SpeechSettings):
    """A project made of a script, which is given as text or as a file; every line is spoken as the settings say.

    Plain text: `Name: what is said`, with lines directly below going on; a name is up to four capitalised words, or
    one of `speakers`; other text is the narrator's; a row of three stars or dashes parts scenes. Markdown: the same,
    names may be bold, headings are chapters. Fountain: cues and dialogue; sections are chapters, the action is spoken
    by the narrator if one is named. Csv: columns speaker, text, direction, pause_s and chapter, `text` at least.
    [pause 1.5s] between lines is exactly so much silence. Other brackets, parentheses before the words or alone on a
    line, and those behind a name are directions: never spoken, followed by voices that follow an instruction.
    """

    name: Name
    description: Description | None = None
    text: str | None = Field(default=None, min_length=1, max_length=LONGEST_SCRIPT)
    path: AbsolutePath | None = None
    format: Literal["auto", "plain", "markdown", "fountain", "csv"] = Field(
        default="auto", description="auto goes by the ending of the file's name, else by the text's look."
    )
    speakers: dict[Name, Id] | None = Field(
        default=None,
        description="Profiles (ids or names) by the names of speakers. Null: whatever looks like a name is one; empty: "
        "nobody speaks but the narrator.",
    )
    narrator: Id | None = Field(default=None, description=f"Who speaks what nobody is named for. {PROFILE}")
    default_profile: Id | None = Field(default=None, description="Who speaks for all that have no voice of their own.")
    gap_s: float = Field(
        default=0.5,
        ge=0,
        le=10,
        description="Silence between two speakers; the rest keeps its proportion: 0.3 between lines of one speaker, "
        "0.1 more after a question, 0.6 after a paragraph, 1.5 after a scene, 2.5 after a chapter.",
    )
    speak_headings: bool = Field(default=False, description="The narrator says the chapters' titles too.")
    scene_chapters: bool = Field(default=False, description="In Fountain every scene is a chapter.")
    sample_rate: SampleRate = ProjectsCreateParams.model_fields["sample_rate"].default
    channels: Channels = ProjectsCreateParams.model_fields["channels"].default
    render: RenderSettings | None = Field(default=None, description="Render the project when it is laid out.")
    wait: bool = WAIT

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.text is None) == (self.path is None):
            raise ValueError("give exactly one of text and path")
        return self


class LayOutParams(ProjectIdParams):
    """Which project is laid out anew, and what it is rendered to, if it is."""

    retry: bool = Field(default=False, description="First try the lines again that failed or were cancelled.")
    render: RenderSettings | None = None
    wait: bool = WAIT


class ScriptLineError(Result):
    """A line that has no audio, and why; null if its generation was deleted."""

    id: str
    number: int | None
    speaker: str
    text: str
    generation_id: str | None
    status: str | None
    error: ErrorBody | None


class ScriptOutcome(Result):
    """How a script has ended: how many lines are spoken and not, the first hundred of the latter, and the render."""

    project_id: str
    spoken: int
    failed: int
    errors: list[ScriptLineError]
    render: ProjectRendered | None


class ScriptStarted(Result):
    """The project, the job that fills it, what the script was read as, what it is good to know, and, with `wait`, how
    it ended.
    """

    project: Project
    job_id: str
    lines_count: int
    format: Literal["plain", "markdown", "fountain", "csv"]
    notes: list[str]
    result: ScriptOutcome | None


class LaidOut(Result):
    """The project, the job that lays it out, and, with `wait`, how it ended."""

    project: Project
    job_id: str
    result: ScriptOutcome | None


class ScriptLine(Result):
    """A line of the script. `number` is where it stands in the script, counted from 1, `chapter` the title of the
    chapter that begins with it. Its times are null as long as no clip plays it; `status` is its generation's.
    """

    id: str
    project_id: str
    position: int
    number: int | None
    speaker: str
    text: str
    direction: str | None
    chapter: str | None
    profile_id: str | None
    generation_id: str | None
    clip_id: str | None
    gap_after_s: float
    start_s: float | None
    end_s: float | None
    status: Literal["queued", "running", "completed", "failed", "cancelled", "deleted"]
    error: ErrorBody | None


class LineList(Result):
    """One page of the lines of a script, in their order."""

    items: list[ScriptLine]
    total: int
    next_offset: int | None


class ListLinesParams(Page, ProjectIdParams):
    """Whose lines."""


class LineFields(Params):
    """What a line says and how; what is absent stays as it was, or is left to the product in a new line."""

    direction: str | None = Field(default=None, min_length=1, max_length=2_000, description="Null clears it.")
    profile_id: Id | None = Field(default=None, description=f"{PROFILE} That of the speaker's other lines, if null.")
    language: LanguageOrAuto | None = None
    engine: Id | None = None
    model: Id | None = None
    seed: int | None = Field(default=None, ge=0, le=2**53 - 1)
    instruct: str | None = Field(default=None, min_length=1, max_length=2_000)
    sampling: Sampling | None = None
    speed: float | None = Field(default=None, gt=0, le=10)
    loudness_lufs: float | None = Field(default=None, ge=-40, le=-12)
    effects: Effects | None = None
    verify: Verify | None = None
    normalise: bool | None = None
    wait: bool = WAIT


class UpdateLineParams(ChangeParams, LineFields):
    """What changes in a line. Where that can be heard, the line alone is spoken again, with a new seed if none is
    given, and what comes after it moves, once it is; a pause behind the text is the line's gap.
    """

    line_id: Id
    text: Text | None = None
    speaker: Name | None = None
    gap_after_s: Gap | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        said = self.model_fields_set - {"line_id", "wait"}
        if not said:
            raise ValueError("say what is to change")
        if nothing := sorted(name for name in said - {"direction"} if getattr(self, name) is None):
            raise ValueError(f"{nothing[0]} cannot be null; leave it out")
        return self


class AddLineParams(LineFields, ProjectIdParams):
    """A new line, and the place that it gets among the others: 0 is the first, null the last."""

    speaker: Name
    text: Text
    position: int | None = Field(default=None, ge=0)
    gap_after_s: Gap | None = Field(default=None, description="As it sounds natural, if null.")


class LineIdParams(Params):
    """Which line."""

    line_id: Id


class LineChanged(Steps):
    """The line, null for a new one that is not spoken yet. Either the job that is at work on it, or `changes`, what
    was changed; with `wait` both. `notes` say what of the directions the voice does not follow.
    """

    line: ScriptLine | None
    job_id: str | None
    changes: Changes | None
    notes: list[str]
