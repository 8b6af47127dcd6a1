"""The wire as TypeScript: from the OpenRPC document of `rpc.discover` to the types of the client in `build/client`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

HEADER = "// Written by build/client.py from rpc.discover. Change the models of sidecar/schema, not this file.\n"
REFERENCE = "#/components/schemas/"
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}
NOTHING = "Record<string, never>"


def typescript(document: Schema) -> str:
    """TypeScript that declares every method's parameters and result, every event and every kind of error.

    `Methods`, `Events` and `ErrorKinds` map their wire names to them. Raises `ValueError` on a schema that has no
    equivalent here, rather than weakening it.
    """
    schemas: Schema = document["components"]["schemas"]
    inputs = {
        _params_name(method["name"]): _params_schema(method) for method in document["methods"] if method["params"]
    }
    roots = [*inputs.values(), *(method["result"]["schema"] for method in document["methods"])]
    roots += [event["params"] for event in document["x-notifications"]]
    used = {_identifier(name): schemas[name] for name in sorted(_reachable(roots, schemas))}
    if taken := sorted(used.keys() & inputs.keys()):
        raise ValueError(f"a schema and a method's parameters share the name {taken[0]}")
    declarations = [_declaration(name, schema) for name, schema in sorted((used | inputs).items())]
    return "\n".join([HEADER, *declarations, _methods(document), _events(document), _error_kinds(document)]).rstrip()


def _methods(document: Schema) -> str:
    entries = []
    for method in document["methods"]:
        params = _params_name(method["name"]) if method["params"] else NOTHING
        shape = f"{{ params: {params}; result: {_type(method['result']['schema'])} }}"
        entries.append((method["name"], shape, method["summary"]))
    return _map("Methods", "Every method: what it takes and what it answers.", entries)


def _events(document: Schema) -> str:
    entries = [(event["name"], _type(event["params"]), "") for event in document["x-notifications"]]
    return _map("Events", "Every notification that the sidecar sends, with its parameters.", entries)


def _error_kinds(document: Schema) -> str:
    entries = [(error["kind"], str(error["code"]), error["meaning"]) for error in document["x-errors"]]
    return _map("ErrorKinds", "Every kind of error, with its code.", entries)


def _map(name: str, meaning: str, entries: list[tuple[str, str, str]]) -> str:
    lines = [f"{_comment(about, '  ')}  {json.dumps(key)}: {type};\n" for key, type, about in entries]
    return f"{_comment(meaning)}export interface {name} {{\n{''.join(lines)}}}\n"


def _declaration(name: str, schema: Schema) -> str:
    comment = _comment(schema.get("description", ""))
    if not schema.get("properties"):
        return f"{comment}export type {name} = {_type(schema)};\n"
    required = set(schema.get("required", ()))
    fields = [_field(field, of, field in required) for field, of in schema["properties"].items()]
    if schema.get("additionalProperties", False) is not False:
        fields.append("  [key: string]: unknown;\n")
    return f"{comment}export interface {name} {{\n{''.join(fields)}}}\n"


def _field(name: str, schema: Schema, required: bool) -> str:
    default = schema.get("default")
    facts = [schema.get("description", "")]
    if not required and isinstance(default, str | int | float):
        facts.append(f"Default: {json.dumps(default)}.")
    mark = "" if required else "?"
    return f"{_comment(' '.join(filter(None, facts)), '  ')}  {_key(name)}{mark}: {_type(schema)};\n"


def _type(schema: Schema) -> str:
    """The expression of one schema. What only narrows a value (a length, a pattern, a bound) the sidecar checks."""
    if "$ref" in schema:
        return _identifier(_name_of(schema["$ref"]))
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " | ".join(map(json.dumps, schema["enum"]))
    if alternatives := schema.get("anyOf") or schema.get("oneOf"):
        return " | ".join(dict.fromkeys(map(_type, alternatives)))
    kind = schema.get("type")
    if kind == "array":
        return _array(schema)
    if kind == "object":
        return _object(schema)
    if isinstance(kind, str) and kind in PLAIN:
        return PLAIN[kind]
    if kind is None and not schema.keys() - {"description", "default", "title"}:
        return "unknown"
    raise ValueError(f"no TypeScript is known for the schema {json.dumps(schema)}")


def _array(schema: Schema) -> str:
    if "prefixItems" in schema:
        return f"[{', '.join(map(_type, schema['prefixItems']))}]"
    item = _type(schema.get("items", {}))
    return f"({item})[]" if "|" in item else f"{item}[]"


def _object(schema: Schema) -> str:
    if properties := schema.get("properties"):
        raise ValueError(f"an object with the fields {', '.join(properties)} needs a model of its own, with a name")
    rest = schema.get("additionalProperties", True)
    if rest is False:
        return NOTHING
    return f"Record<string, {'unknown' if rest is True else _type(rest)}>"


def _params_name(method: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[._]", method)) + "Params"


def _params_schema(method: Schema) -> Schema:
    return {
        "description": f"`{method['name']}`: {method['summary']}",
        "properties": {parameter["name"]: parameter["schema"] for parameter in method["params"]},
        "required": [parameter["name"] for parameter in method["params"] if parameter["required"]],
    }


def _reachable(roots: list[Schema], schemas: Schema) -> set[str]:
    found: set[str] = set()
    waiting = [name for root in roots for name in _references(root)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(_references(schemas[name]))
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield _name_of(value["$ref"])
        value = list(value.values())
    for inner in value if isinstance(value, list) else ():
        yield from _references(inner)


def _name_of(reference: str) -> str:
    return reference.removeprefix(REFERENCE)


def _identifier(name: str) -> str:
    """A schema's name as TypeScript takes it; one in two modes is `Name-Input` and `Name-Output` in the document."""
    return re.sub(r"\W", "", name)


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def _comment(text: str, indent: str = "") -> str:
    line = " ".join(text.split()).replace("*/", "*\\/")
    return f"{indent}/** {line} */\n" if line else ""
