"""What is found out while requests are taken in, once for all the requests of one transaction."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from sidecar.services.effects.chains import require_packages
from sidecar.services.effects.table import EffectValue
from sidecar.services.models.catalogue import Catalogue, Choice, Wish
from sidecar.services.profiles.voices import engine_voice, refuse_strange_voice
from sidecar.store import profiles
from sidecar.store.files import FileStore
from sidecar.store.values import Row


class Lookups:
    """Answers from what it has answered before: of a thousand requests most want the same voice of the same engine."""

    def __init__(self, connection: Connection, files: FileStore, catalogue: Catalogue) -> None:
        self._connection = connection
        self._files = files
        self._catalogue = catalogue
        self._profiles: dict[str, Row] = {}
        self._choices: dict[tuple[str, Wish], Choice] = {}
        self._has_packages = False

    def profile(self, id_or_name: str) -> Row:
        """The profile with this id or name. Raises `NotFound`."""
        if id_or_name not in self._profiles:
            self._profiles[id_or_name] = profiles.resolve(self._connection, id_or_name)
        return self._profiles[id_or_name]

    def choice(self, profile: Row, wish: Wish) -> Choice:
        """What serves the wish, in the profile's voice.

        Raises what `Catalogue.choose`, `refuse_strange_voice` and `engine_voice` raise.
        """
        key = profile["id"], wish
        if key not in self._choices:
            if wish.engine is not None:
                refuse_strange_voice(self._catalogue.engine(wish.engine), profile["voice"])
            choice = self._catalogue.choose(wish)
            engine_voice(self._connection, self._files, profile, choice)
            self._choices[key] = choice
        return self._choices[key]

    def require_packages(self, effects: Sequence[EffectValue]) -> None:
        """Raise `Unsupported` if there are effects and a package that they need is not installed."""
        if effects and not self._has_packages:
            require_packages(effects)
            self._has_packages = True
