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
            fault = {"loc": [], "message": "Parameters are named, not positional.", "type": "positional"}
            raise InvalidParams.listing([fault])
        try:
            validated = self.params.model_validate(params)
        except ValidationError as fault:
            raise InvalidParams.listing(errors_of(fault)) from None
        return await self.handler(validated)


def errors_of(fault: ValidationError) -> list[dict[str, Any]]:
    """What does not fit as the wire tells it: `{loc, message, type}` each."""
    return [{"loc": list(error["loc"]), "message": error["msg"], "type": error["type"]} for error in fault.errors()]


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
        """Register every public method of an object: `create` of the profiles' handlers becomes `profiles.create`.

        A trailing underscore, which keeps a name apart from Python's own words, is not part of the wire name.
        """
        for name, handler in inspect.getmembers(handlers, inspect.iscoroutinefunction):
            if not name.startswith("_"):
                self.add(f"{namespace}.{name.removesuffix('_')}", handler)

    @property
    def methods(self) -> dict[str, MethodSpec]:
        """Every method by name."""
        return dict(self._methods)
