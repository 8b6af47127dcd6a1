from __future__ import annotations

import pytest

from sidecar.rpc.registry import Registry
from sidecar.schema.common import Done, Empty


class Handlers:
    """Two methods and a helper."""

    async def list(self, params: Empty) -> Done:
        """List
        everything.
        """
        return await self._help(params)

    async def get(self, params: Empty) -> Done:
        return Done()

    async def import_(self, params: Empty) -> Done:
        return Done()

    async def _help(self, params: Empty) -> Done:
        return Done()


def test_the_public_methods_of_an_object_become_those_of_a_namespace() -> None:
    registry = Registry()
    registry.add_namespace("things", Handlers())
    assert registry.methods.keys() == {"things.list", "things.get", "things.import"}
    spec = registry.methods["things.list"]
    assert (spec.params, spec.result, spec.summary) == (Empty, Done, "List everything.")


def test_a_name_that_is_taken_is_refused() -> None:
    registry = Registry()
    registry.add_namespace("things", Handlers())
    with pytest.raises(ValueError, match=r"things\.list is registered twice"):
        registry.add("things.list", Handlers().list)


def test_the_table_of_methods_cannot_be_changed_from_outside() -> None:
    registry = Registry()
    registry.add_namespace("things", Handlers())
    registry.methods.clear()
    assert registry.methods
