"""From JSON Schema to TypeScript."""

from __future__ import annotations

from typing import Any

import pytest

from sidecar.terminal.typescript import typescript


def document(
    result: dict[str, Any], schemas: dict[str, Any] | None = None, params: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """An OpenRPC document of one method, `voices.tune`, with this result."""
    method = {"name": "voices.tune", "summary": "Tune.", "params": params or [], "result": {"schema": result}}
    return {
        "methods": [method],
        "components": {"schemas": schemas or {}},
        "x-errors": [{"code": -32001, "kind": "not_found", "meaning": "Gone."}],
        "x-notifications": [],
    }


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "string", "maxLength": 5, "pattern": "a"}, "string"),
        ({"type": "integer", "minimum": 0}, "number"),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "number | null"),
        ({"anyOf": [{"type": "integer"}, {"type": "number"}]}, "number"),
        ({"enum": ["wav", "mp3"], "type": "string"}, '"wav" | "mp3"'),
        ({"const": "cloned", "type": "string"}, '"cloned"'),
        ({"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "null"}]}}, "(string | null)[]"),
        ({"type": "array", "prefixItems": [{"type": "string"}, {"type": "number"}]}, "[string, number]"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "Record<string, number>"),
        ({"type": "object", "additionalProperties": True}, "Record<string, unknown>"),
        ({"type": "object", "additionalProperties": False, "properties": {}}, "Record<string, never>"),
        ({"description": "Anything."}, "unknown"),
    ],
)
def test_a_schema_becomes_the_type_of_its_values(schema: dict[str, Any], written: str) -> None:
    assert f'"voices.tune": {{ params: Record<string, never>; result: {written} }};' in typescript(document(schema))


def test_a_schema_that_typescript_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="allOf"):
        typescript(document({"allOf": [{"type": "string"}]}))


def test_a_model_becomes_an_interface_with_its_optional_fields_and_defaults() -> None:
    pitch = {"type": "number", "default": 1.5, "description": "In octaves*/."}
    schemas = {
        "Tuning": {
            "description": "How.",
            "type": "object",
            "properties": {"at": {"$ref": "#/components/schemas/In-2"}},
        },
        "In-2": {"type": "object", "properties": {"pitch": pitch, "a-b": {"type": "null"}}, "required": ["a-b"]},
        "Unused": {"type": "string"},
    }
    written = typescript(document({"$ref": "#/components/schemas/Tuning"}, schemas))
    assert "/** How. */\nexport interface Tuning {\n  at?: In2;\n}\n" in written
    fields = '  /** In octaves*\\/. Default: 1.5. */\n  pitch?: number;\n  "a-b": null;\n'
    assert f"export interface In2 {{\n{fields}}}\n" in written
    assert "Unused" not in written


def test_parameters_become_a_type_named_after_their_method() -> None:
    params = [{"name": "voice_id", "required": True, "schema": {"type": "string"}}]
    written = typescript(document({"type": "boolean"}, params=params))
    assert "/** `voices.tune`: Tune. */\nexport interface VoicesTuneParams {\n  voice_id: string;\n}\n" in written
    assert '/** Tune. */\n  "voices.tune": { params: VoicesTuneParams; result: boolean };' in written


def test_errors_become_a_map_from_their_kinds_to_their_codes() -> None:
    assert '/** Gone. */\n  "not_found": -32001;\n' in typescript(document({"type": "null"}))
