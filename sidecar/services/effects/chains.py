"""Chains of effects as a client gives them: refused with what is allowed, or made whole with every default."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import Any

from sidecar.errors import InvalidParams, Unsupported
from sidecar.services.effects.table import EFFECTS, PACKAGES, EffectParameter, EffectValue

EXTRA = "effects"
_TYPES = {effect.type: effect for effect in EFFECTS}
_Fault = dict[str, Any]


def whole(effects: Sequence[EffectValue], parameter: str = "effects") -> list[EffectValue]:
    """The chain with every parameter of every effect.

    Raises:
        InvalidParams: an unknown type or parameter, or a value that is no number or out of range, each of them told
            with its place under `parameter` and with what is allowed.
    """
    faults = [fault for index, effect in enumerate(effects) for fault in _faults(effect, [parameter, index])]
    if faults:
        first, more = faults[0], len(faults) - 1
        where = ".".join(map(str, first["loc"]))
        raise InvalidParams(f"{where}: {first['message']}{f' ({more} more)' if more else ''}", errors=faults)
    return [
        {"type": effect["type"], "params": _defaults(effect["type"]) | _floats(effect["params"])} for effect in effects
    ]


def require_packages(effects: Sequence[EffectValue]) -> None:
    """Raise `Unsupported` if there are effects and a package that they need is not installed."""
    if effects and (missing := [package for package in PACKAGES if find_spec(package) is None]):
        raise Unsupported(
            f"Effects need the packages {', '.join(missing)}; install voicebox-sidecar with the extra {EXTRA!r}.",
            packages=missing,
            extra=EXTRA,
        )


def describe(effects: Sequence[EffectValue]) -> str:
    """The chain in a few words, for a label."""
    return ", ".join(_TYPES[effect["type"]].name for effect in effects)


def _faults(effect: EffectValue, place: list[str | int]) -> Iterator[_Fault]:
    known = _TYPES.get(effect["type"])
    if known is None:
        yield _fault([*place, "type"], f"There is no effect {effect['type']!r}; there are {', '.join(_TYPES)}.")
        return
    parameters = {parameter.name: parameter for parameter in known.parameters}
    for name, value in effect["params"].items():
        where = [*place, "params", name]
        if name not in parameters:
            yield _fault(where, f"{known.type} has no such parameter; it has {', '.join(parameters)}.")
        elif not _is_number(value) or not parameters[name].minimum <= value <= parameters[name].maximum:
            yield _fault(where, f"It is {value!r}; {_allowed(parameters[name])}.")


def _is_number(value: object) -> bool:
    """A bool is a number to Python, and to nobody else."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _allowed(parameter: EffectParameter) -> str:
    return f"a number from {parameter.minimum:g} to {parameter.maximum:g} ({parameter.unit}) is allowed"


def _fault(place: list[str | int], message: str) -> _Fault:
    return {"loc": place, "message": message, "type": "value_error"}


def _defaults(type: str) -> dict[str, float]:
    return {parameter.name: parameter.default for parameter in _TYPES[type].parameters}


def _floats(params: dict[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in params.items()}
