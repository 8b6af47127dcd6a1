"""What the sidecar takes, as its own OpenRPC document says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sidecar.terminal.faults import UsageError, near

Schema = dict[str, Any]
ANY = "any"


@dataclass(frozen=True)
class Method:
    """One method: what it does, the schemas of its parameters, and which of them it must be given."""

    name: str
    summary: str
    parameters: dict[str, Schema]
    required: frozenset[str]


class Interface:
    """An OpenRPC document to ask."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]
        self.methods = {described["name"]: _method(described) for described in document["methods"]}

    def method(self, name: str) -> Method:
        """A method by name. Raises `UsageError`, which names those that are spelt nearly like it."""
        if name not in self.methods:
            raise UsageError(f"There is no method {name!r}.{near(name, self.methods) or ' rpc.discover lists them.'}")
        return self.methods[name]

    def takes_a_secret(self, line: str) -> bool:
        """Whether a line asks for a method that is given something which is never told again, as a key."""
        method = self.methods.get(line.partition(" ")[0])
        parameters = method.parameters.values() if method else ()
        return any(form.get("writeOnly") for schema in parameters for form in self.alternatives(schema))

    def alternatives(self, schema: Schema) -> list[Schema]:
        """Every form that a value may have: references followed, unions laid out."""
        if "$ref" in schema:
            return self.alternatives(self._schemas[schema["$ref"].rpartition("/")[2]])
        choices = schema.get("anyOf") or schema.get("oneOf")
        return [form for choice in choices for form in self.alternatives(choice)] if choices else [schema]

    def types(self, schema: Schema) -> list[str]:
        """The JSON types that a value may have; `any` where the schema does not say."""
        return list(dict.fromkeys(form.get("type", ANY) for form in self.alternatives(schema)))

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The properties that an object may have, whichever of its forms it takes."""
        found: dict[str, list[Schema]] = {}
        for form in self.alternatives(schema):
            for name, inner in form.get("properties", {}).items():
                found.setdefault(name, []).append(inner)
        return {name: {"anyOf": forms} for name, forms in found.items()}

    def others(self, schema: Schema) -> Schema | None:
        """What properties of any other name may be; None where there are none."""
        open_forms = [form for form in self.alternatives(schema) if isinstance(form.get("additionalProperties"), dict)]
        return open_forms[0]["additionalProperties"] if open_forms else None

    def choices(self, schema: Schema) -> list[str]:
        """The values that a closed list allows; none where the list is open."""
        forms = self.alternatives(schema)
        return [str(value) for form in forms for value in form.get("enum", [form["const"]] if "const" in form else [])]


def _method(described: dict[str, Any]) -> Method:
    params = described["params"]
    return Method(
        described["name"],
        described["summary"],
        {param["name"]: param["schema"] for param in params},
        frozenset(param["name"] for param in params if param["required"]),
    )
