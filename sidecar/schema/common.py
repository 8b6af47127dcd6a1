"""What the types of every namespace are made of."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

JobStatus = Literal["queued", "running", "completed", "failed", "cancelled"]


class Params(BaseModel):
    """Parameters of a method: exact types, unknown names refused, no NaN."""

    # Validators are built when first used: building all of them would double what the program's own start takes. What
    # is not valid may be what is said, and its error may be logged.
    model_config = ConfigDict(
        extra="forbid", strict=True, allow_inf_nan=False, defer_build=True, hide_input_in_errors=True
    )


def without_defaults(schema: dict[str, Any]) -> None:
    """Leave out what a form would fill in: of a change, what is absent stays as it was, whatever that is."""
    for name, field in schema["properties"].items():
        if name not in ("stream", "wait"):
            field.pop("default", None)


class ChangeParams(Params):
    """What changes in a thing; a field that is absent stays."""

    model_config = ConfigDict(json_schema_extra=without_defaults)


class Result(BaseModel):
    """What a method answers: always an object, with every field present."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
        defer_build=True,
        hide_input_in_errors=True,
    )


class Empty(Params):
    """No parameters."""


class Done(Result):
    """Nothing to tell but that it is done."""


def _absolute(path: str) -> str:
    if "\0" in path:
        raise ValueError("a path cannot hold a null character")
    if not Path(path).is_absolute():
        raise ValueError(f"{path!r} must be an absolute path")
    return path


def _printable(name: str) -> str:
    if not all(character.isprintable() for character in name):
        raise ValueError("a name cannot hold line breaks or control characters")
    return name


def _in_the_calendar(moment: str) -> str:
    datetime.fromisoformat(moment)
    return moment


def _whole(number: object) -> object:
    if type(number) is not int:
        raise ValueError("it must be a whole number")
    return number


def _to_the_microsecond(moment: str) -> str:
    seconds, _, fraction = moment.removesuffix("Z").partition(".")
    return f"{seconds}.{fraction[:6]:0<6}Z"


WHOLE = BeforeValidator(_whole)
"""For literals of integers, which take true for 1, and 2.0 for 2."""
Id = Annotated[str, StringConstraints(min_length=1, max_length=200)]
AbsolutePath = Annotated[str, AfterValidator(_absolute), Field(description="An absolute path on this machine.")]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$"), Field(description="An ISO 639-1 code.")]
LanguageOrAuto = Annotated[
    str, StringConstraints(pattern=r"^([a-z]{2}|auto)$"), Field(description="An ISO 639-1 code, or auto.")
]
Timestamp = Annotated[
    str,
    StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"),
    # As times are stored, so that the two sort as they should.
    AfterValidator(_to_the_microsecond),
    AfterValidator(_in_the_calendar),
    Field(description="RFC 3339, UTC, with Z."),
]
Limit = Annotated[int, Field(ge=1, le=200)]
Offset = Annotated[int, Field(ge=0, le=2**53)]
OnUse = Annotated[
    Literal["refuse", "detach"],
    Field(description="When a project's clips play it: leave everything as it is, or leave the audio to the project."),
]
WAIT = Field(default=False, description="Answer when the job has ended, with what it made.")


class Page(Params):
    """Which part of a list is wanted."""

    limit: Limit = 50
    offset: Offset = 0


class AudioIn(Params):
    """Audio that is given: exactly one of a file's path and its bytes."""

    path: AbsolutePath | None = None
    data: str | None = Field(default=None, description="The file's bytes in base64.")

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.path is None) == (self.data is None):
            raise ValueError("give exactly one of path and data")
        return self


class ErrorBody(Result):
    """An error as a job or a row keeps it."""

    kind: str
    message: str
    data: dict[str, Any] = Field(default_factory=dict)


def next_offset(offset: int, shown: int, total: int) -> int | None:
    """Where the next page begins, or None on the last one."""
    return offset + shown if offset + shown < total else None
