"""The table of methods: a name, the pydantic types of its parameters and result, and the handler."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ValidationError

from sidecar.errors import InvalidParams


@dataclass(frozen=True)
class MethodSpec:
    """One method as `rpc.discover` describes it; the summary is the handler's docstring."""

    name: str
    params: type[BaseModel]
    result: type[BaseModel]
    summary: str
    handler: Callable[[Any], Awaitable[BaseModel]]

    async def __call__(self, /, *args: Any, **params: Any) -> BaseModel:
        """Validate, then handle. Positional parameters are refused: the contract names every one."""
        if args:
            raise _invalid([{"loc": [], "message": "Parameters are named, not positional.", "type": "positional"}])
        try:
            validated = self.params.model_validate(params)
        except ValidationError as fault:
            raise _invalid(
                [{"loc": list(e["loc"]), "message": e["msg"], "type": e["type"]} for e in fault.errors()]
            ) from None
        return await self.handler(validated)


class Registry:
    """Collects methods; refuses a name that is taken."""

    def __init__(self) -> None:
        self._methods: dict[str, MethodSpec] = {}

    def add(self, name: str, handler: Callable[[Any], Awaitable[BaseModel]]) -> None:
        """Register a handler, `async (params: SomeParams) -> SomeResult`, under its wire name."""
        if name in self._methods:
            raise ValueError(f"the method {name} is registered twice")
        hints = get_type_hints(handler)
        result = hints.pop("return")
        (params,) = hints.values()
        summary = " ".join((handler.__doc__ or "").split())
        self._methods[name] = MethodSpec(name, params, result, summary, handler)

    def add_namespace(self, namespace: str, handlers: object) -> None:
        """Register every public method of an object: `create` of the profiles' handlers becomes `profiles.create`."""
        for name, handler in inspect.getmembers(handlers, inspect.iscoroutinefunction):
            if not name.startswith("_"):
                self.add(f"{namespace}.{name}", handler)

    @property
    def methods(self) -> dict[str, MethodSpec]:
        """Every method by name."""
        return dict(self._methods)


def _invalid(errors: list[dict[str, Any]]) -> InvalidParams:
    first = errors[0]
    where = ".".join(map(str, first["loc"])) or "params"
    what = first["message"].removeprefix("Value error, ").removesuffix(".")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InvalidParams(f"{where}: {what}{more}.", errors=errors)
