"""`key=value` words into the parameters of a request."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sidecar.terminal.faults import UsageError, near
from sidecar.terminal.interface import ANY, Interface, Method, Schema

FILE_MARK = "@"
WAIT = "wait"


def parameters_of(interface: Interface, method: Method, words: Iterable[str], given: dict[str, Any]) -> dict[str, Any]:
    """The parameters that `given` and these words make, the words last; `wait` is true unless they say otherwise.

    A dot in a key leads into an object (`sampling.top_k=5`); a value that begins with @ is the text of that file. A
    value is text where the schema takes text, and JSON elsewhere; `null` is null wherever the schema allows it.

    Raises:
        UsageError: a word, a parameter or a value that the method has no use for, or a file that cannot be read.

    """
    params: dict[str, Any] = copy.deepcopy(given)
    for name in given:
        _known(name, method.parameters, method.name)
    for word in words:
        key, equals, text = word.partition("=")
        if not equals:
            raise UsageError(f"{word!r} is not of the form key=value.")
        _assign(interface, method, params, key, text)
    if WAIT in method.parameters:
        params.setdefault(WAIT, True)
    return params


def _assign(interface: Interface, method: Method, params: dict[str, Any], key: str, text: str) -> None:
    *outer, last = key.split(".")
    target, known, others, where = params, method.parameters, None, method.name
    for name in outer:
        schema = _known(name, known, where, others)
        if not {"object", ANY} & set(interface.types(schema)):
            raise UsageError(
                f"{where}: {name} is no object: give it whole, as in {name}={_example(interface, schema)}."
            )
        target = _object_in(target, name, where)
        known, others, where = interface.properties(schema), interface.others(schema), f"{where}: {name}"
    target[last] = _value(interface, _known(last, known, where, others), key, text)


def _object_in(params: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    inner = params.setdefault(name, {})
    if not isinstance(inner, dict):
        raise UsageError(f"{where}: {name} is given whole and in part; give it in one way.")
    return inner


def _known(name: str, known: dict[str, Schema], where: str, others: Schema | None = None) -> Schema:
    if name in known:
        return known[name]
    if others is not None:
        return others
    if not known:
        raise UsageError(f"{where} takes no parameters.")
    advice = near(name, known) or f" There are: {', '.join(known)}."
    raise UsageError(f"{where} has no parameter {name!r}.{advice}")


def _value(interface: Interface, schema: Schema, key: str, text: str) -> Any:
    if text.startswith(FILE_MARK):
        text = _file(key, text.removeprefix(FILE_MARK))
    types = interface.types(schema)
    if "null" in types and text == "null":
        return None
    if "string" in types:
        return text
    try:
        return json.loads(text)
    except ValueError:
        if ANY in types:
            return text
        raise UsageError(
            f"{key} is {' or '.join(types)}, and {text!r} is not; give JSON, as in {key}={_example(interface, schema)}."
        ) from None


def _file(key: str, name: str) -> str:
    try:
        return Path(name).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise UsageError(
            f"{key}: the file {name!r} cannot be read as UTF-8 text ({fault}). A text that itself begins with "
            f"{FILE_MARK} is given with --json."
        ) from None


def _example(interface: Interface, schema: Schema) -> str:
    """How a value of this type is typed in a shell."""
    examples = {"integer": "5", "number": "0.5", "boolean": "true", "array": "'[…]'", "object": "'{…}'", "null": "null"}
    return examples.get(interface.types(schema)[0], "…")
