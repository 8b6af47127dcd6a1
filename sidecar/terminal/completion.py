"""What can come next at the prompt."""

from __future__ import annotations

from sidecar.terminal.interface import Interface, Method, Schema

WORDS = ("exit", "help")


def completions(interface: Interface, before: str, word: str) -> list[str]:
    """Ways to go on with `word`, the last of a line of which `before` is the rest."""
    typed = before.split()
    if not typed:
        return _starting(word, [*interface.methods, *WORDS])
    if typed[0] == "help":
        return _starting(word, list(interface.methods))
    method = interface.methods.get(typed[0])
    if method is None:
        return []
    keys = _keys(interface, method)
    key, equals, value = word.partition("=")
    if equals:
        return [f"{key}={choice}" for choice in _starting(value, interface.choices(keys.get(key, {})))]
    given = {assignment.partition("=")[0] for assignment in typed[1:]}
    return _starting(word, [f"{key}=" for key in keys if key not in given])


def _keys(interface: Interface, method: Method) -> dict[str, Schema]:
    """Every key that can be assigned to: the parameters, and one dot deep what is in them."""
    keys: dict[str, Schema] = {}
    for name, schema in method.parameters.items():
        keys[name] = schema
        keys |= {f"{name}.{inner}": value for inner, value in interface.properties(schema).items()}
    return keys


def _starting(beginning: str, words: list[str]) -> list[str]:
    return [word for word in words if word.startswith(beginning)]
