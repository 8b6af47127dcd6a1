"""A method in words, for `help` at the prompt."""

from __future__ import annotations

import json

from sidecar.terminal.interface import Interface, Method, Schema


def list_of_methods(interface: Interface) -> str:
    """Every method with the first sentence of its summary, a line each."""
    width = max(map(len, interface.methods))
    return "\n".join(
        f"{name:{width}}  {method.summary.partition('. ')[0].removesuffix('.')}."
        for name, method in interface.methods.items()
    )


def description(interface: Interface, method: Method) -> str:
    """What a method does, and a line for each parameter: its types or choices, its default, what it means."""
    lines = [f"{method.name}: {method.summary}"]
    for name, schema in method.parameters.items():
        mark = " (required)" if name in method.required else _default(schema)
        meaning = f": {schema['description']}" if "description" in schema else ""
        lines.append(f"  {name} = {_kind(interface, schema)}{mark}{meaning}")
        lines += (
            f"    {name}.{inner} = {_kind(interface, value)}" for inner, value in interface.properties(schema).items()
        )
    return "\n".join(lines)


def _kind(interface: Interface, schema: Schema) -> str:
    choices = interface.choices(schema)
    types = interface.types(schema)
    return " | ".join([*choices, *(type for type in types if not (choices and type == "string"))])


def _default(schema: Schema) -> str:
    default = schema.get("default")
    return "" if default is None or isinstance(default, dict) else f" (default {json.dumps(default)})"
