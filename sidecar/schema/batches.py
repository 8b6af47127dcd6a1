"""`generation.batch`: many generations in one call."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from sidecar.schema.common import WAIT, AbsolutePath, ErrorBody, Id, Params, Result
from sidecar.schema.generation import PROFILE, SpeechSettings, Text

MOST_ITEMS = 1_000


class BatchDefaults(SpeechSettings):
    """What holds for every item that does not say otherwise."""

    profile_id: Id | None = Field(default=None, description=PROFILE)


class BatchItem(BatchDefaults):
    """One generation. What is absent or null is as in the defaults; what is there takes the default's place whole."""

    text: Text


class BatchParams(Params):
    """What to speak: a list, or a file that names it.

    A .csv or .tsv file has a row of parameters' names, `text` among them, and a row an item, separated by comma,
    semicolon or tab; fields of `sampling` and `chunking` have columns of their own such as `sampling.top_k`, numbers
    and `effects` are written as in JSON, an empty cell is no value, and a cell holds 131,072 characters at most.
    A .jsonl or .ndjson file has an item as a JSON object on every line. A .txt or .md file has a text on every line,
    or in every paragraph, as `split` says. Files are UTF-8 and of 64 MiB at most; blank lines mean nothing.
    """

    items: list[BatchItem] | None = Field(default=None, min_length=1, max_length=MOST_ITEMS)
    path: AbsolutePath | None = None
    split: Literal["lines", "paragraphs"] | None = Field(
        default=None, description="What is one item of a plain text; lines, if null."
    )
    defaults: BatchDefaults = BatchDefaults()
    wait: bool = WAIT

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.items is None) == (self.path is None):
            raise ValueError("give exactly one of items and path")
        if self.split is not None and self.path is None:
            raise ValueError("split goes with the path of a plain text")
        return self


class BatchGeneration(Result):
    """A generation of a batch and the job that makes it."""

    id: str
    job_id: str


class BatchError(Result):
    """Why a generation failed."""

    generation_id: str
    error: ErrorBody


class BatchResult(Result):
    """How a batch has ended: counts, its generations in order, and the errors of the first hundred that failed."""

    completed: int
    failed: int
    cancelled: int
    generation_ids: list[str]
    errors: list[BatchError]


class BatchStarted(Result):
    """The generations in the order of the items, the job that watches over them, and, with `wait`, how it ended."""

    job_id: str
    generations: list[BatchGeneration]
    result: BatchResult | None


def columns() -> dict[str, bool]:
    """The names that may head a column of a table of items, and of each whether its cells are text (or else JSON)."""
    schema = BatchItem.model_json_schema()
    found: dict[str, bool] = {}
    for name, field in schema["properties"].items():
        inner = schema["$defs"].get(str(field.get("$ref")).rpartition("/")[2])
        if inner:
            found |= {f"{name}.{part}": _is_text(value) for part, value in inner["properties"].items()}
        else:
            found[name] = _is_text(field)
    return found


def _is_text(field: dict[str, Any]) -> bool:
    return "string" in {choice.get("type") for choice in field.get("anyOf", [field])}
