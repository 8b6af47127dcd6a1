"""Values for a JSON Schema: what it allows, what it just does not allow, and what nobody would think of."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

DEEPEST = 4
LONGEST_TEXT = 300
"""Of allowed texts: a million characters a request would only be slow."""
LONGEST_LIMIT = 2_000
"""Limits up to here are tried at their very end."""
MOST_ITEMS = 4

HOSTILE_NUMBERS: tuple[Any, ...] = (
    *(0, -1, -0.0, 1e-308, 1.5, 2**31, 2**53 + 1, 2**63, -(2**63) - 1, 10**30, 1e308),
    *(float("nan"), float("inf"), float("-inf")),
)
HOSTILE_TEXTS: tuple[str, ...] = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800",
    "\udfff\ud800",
    "\u202egnirts",
    "e" + "\u0301" * 200,
    "👩‍👩‍👧‍👦" * 50,
    "\ufeff\ufffe\uffff",
    "\r\n\t\v\x1b[2J\x7f\x85\u2028",
    "'; DROP TABLE jobs; --",
    '" OR "" = "',
    "%s%n%x{0}{x!r}${HOME}$(id)`id`",
    'NEAR(a b) AND * ^ - : "',
    "../../../../etc/passwd",
    "..\\..\\windows\\system32\\config",
    "/dev/zero",
    "/dev/full",
    "/proc/self/mem",
    "file:///etc/passwd",
    "http://127.0.0.1:1/",
    "\\\\?\\C:\\x",
    "CON",
    "x" * 5_000,
    "/" + "x/" * 2_000,
    "[pause 99999999999s]" * 3,
    "[pause -1s][pause nan]",
    "0" * 400,
    "1e999999",
    "ß" * 201,
    "A" * 255 + "/",
)
HOSTILE_SHAPES: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"": None}, [None] * 50, {"kind": "nonsense"})
CHARACTERS = "abc xyz,.!?-\n'\"0123456789äéñ漢字かな한글𝄞"


class Values:
    """Makes values; `known` are ids and paths by the name of the parameter that takes them, from earlier answers."""

    def __init__(self, rng: random.Random, components: Mapping[str, Schema], known: Mapping[str, list[str]]) -> None:
        self._rng = rng
        self._components = components
        self._known = known

    def some(self, name: str, schema: Schema) -> Any:
        """A value that is allowed nine times in ten."""
        kind = self._rng.random()
        if kind < 0.90:
            return self.allowed(name, schema)
        return self.nearly(name, schema) if kind < 0.95 else self.hostile()

    def hostile(self) -> Any:
        """A value that has nothing to do with what was asked for."""
        chosen = self._rng.choice((HOSTILE_NUMBERS, HOSTILE_TEXTS, HOSTILE_SHAPES, (None,)))
        value = self._rng.choice(chosen)
        return self._nested() if value is None else value

    def allowed(self, name: str, schema: Schema, depth: int = 0) -> Any:
        """A value that the schema allows, or nearly always does: patterns are not read."""
        schema = self._resolved(schema)
        if (known := self._known.get(name)) and self._rng.random() < 0.9 and "string" in str(schema):
            return self._rng.choice(known)
        if "default" in schema and self._rng.random() < 0.3:
            return schema["default"]
        for choice in ("anyOf", "oneOf", "enum"):
            if choice in schema:
                value = self._rng.choice(schema[choice])
                return value if choice == "enum" else self.allowed(name, value, depth)
        if "const" in schema:
            return schema["const"]
        return self._of_type(name, schema, depth)

    def nearly(self, name: str, schema: Schema) -> Any:
        """A value just beyond a bound, or of the neighbouring type."""
        schema = self._resolved(schema)
        if options := schema.get("anyOf") or schema.get("oneOf"):
            return self.nearly(name, self._rng.choice(options))
        beyond: list[Any] = [str(self.allowed(name, schema)), [self.allowed(name, schema)]]
        for bound, step in (("maximum", 1), ("exclusiveMaximum", 0), ("minimum", -1), ("exclusiveMinimum", 0)):
            if bound in schema:
                beyond += [schema[bound] + step, schema[bound] * 10 + step * 0.5]
        if "maxLength" in schema and schema["maxLength"] <= LONGEST_LIMIT:
            beyond += ["x" * (schema["maxLength"] + 1), "x" * schema["maxLength"]]
        if schema.get("type") == "integer":
            beyond += [1.0, 1.5, True]
        return self._rng.choice(beyond)

    def _of_type(self, name: str, schema: Schema, depth: int) -> Any:
        rng = self._rng
        match schema.get("type"):
            case "string":
                return self._text(schema)
            case "integer":
                return rng.randint(schema.get("minimum", -3), min(schema.get("maximum", 1_000), 2**53))
            case "number":
                lowest = schema.get("minimum", schema.get("exclusiveMinimum", -3.0))
                return rng.uniform(lowest, min(schema.get("maximum", 100.0), lowest + 100.0))
            case "boolean":
                return rng.random() < 0.5
            case "array":
                few = rng.randint(schema.get("minItems", 0), MOST_ITEMS) if depth < DEEPEST else 0
                return [self.allowed(name, schema.get("items", {}), depth + 1) for _ in range(few)]
            case "object":
                return self._object(schema, depth)
            case "null":
                return None
        return rng.choice(HOSTILE_SHAPES)

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        required = schema.get("required", ())
        made = {
            name: self.allowed(name, inner, depth + 1)
            for name, inner in schema.get("properties", {}).items()
            if name in required or (depth < DEEPEST and self._rng.random() < 0.4)
        }
        more = schema.get("additionalProperties")
        if isinstance(more, dict) and self._rng.random() < 0.5:
            made[self._text({})] = self.allowed("", more, depth + 1)
        return made

    def _text(self, schema: Schema) -> str:
        rng = self._rng
        if rng.random() < 0.1:
            return rng.choice(HOSTILE_TEXTS)
        most = min(schema.get("maxLength", LONGEST_TEXT), LONGEST_TEXT)
        least = min(schema.get("minLength", 0), most)
        length = rng.randint(least, max(least, min(most, rng.choice((3, 20, LONGEST_TEXT)))))
        return "".join(rng.choices(CHARACTERS, k=length))

    def _nested(self) -> Any:
        value: Any = 1
        for _ in range(self._rng.choice((10, 200, 900))):
            value = [value] if self._rng.random() < 0.5 else {"x": value}
        return value

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" not in schema:
            return schema
        return {
            **self._components[schema["$ref"].rpartition("/")[2]],
            **{k: v for k, v in schema.items() if k != "$ref"},
        }
