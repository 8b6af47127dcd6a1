"""What the manifests of every kind of bundle are written with."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from sidecar.store.archive import Form

Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200)]


def _one_line(name: str) -> str:
    if not name.isprintable() or name != name.strip():
        raise ValueError("a name is one line without spaces around it")
    return name


Name = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]


class BundledEffect(Form):
    """One effect of a chain."""

    type: Key
    params: dict[Key, float] = Field(max_length=50)
