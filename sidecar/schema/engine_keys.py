"""`engines.set_key` and `engines.key`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr

from sidecar.schema.common import Id, Params, Result
from sidecar.server_urls import is_key


def _fit_for_a_header(key: SecretStr) -> SecretStr:
    if not is_key(key.get_secret_value()):
        raise ValueError("a key consists of letters, digits and signs of ASCII, without spaces")
    return key


class EngineParams(Params):
    """Which engine."""

    engine: Id


class EngineSetKeyParams(EngineParams):
    """The key to keep for an engine's servers; null forgets the one there is."""

    key: Annotated[SecretStr, Field(min_length=1, max_length=4096), AfterValidator(_fit_for_a_header)] | None


class EngineKey(Result):
    """Whether there is a key, and what keeps it; never the key itself."""

    engine: str
    has_key: bool
    source: Literal["keyring", "environment"] | None
