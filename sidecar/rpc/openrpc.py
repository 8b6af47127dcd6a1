"""`rpc.discover`: the OpenRPC 1.3 document, built from the pydantic models that validate the calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from sidecar.rpc.registry import MethodSpec

OPENRPC_VERSION = "1.3.2"
REFERENCE = "#/components/schemas/{model}"

CANCEL = {
    "name": "$/cancelRequest",
    "summary": "Cancel the request with this id, which is answered all the same.",
    "params": {"type": "object", "properties": {"id": {"type": ["string", "integer"]}}, "required": ["id"]},
}


class _WithoutFieldTitles(GenerateJsonSchema):
    """A property's title says what its name says already, and makes code generators invent types."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def openrpc_document(
    methods: Mapping[str, MethodSpec],
    events: Mapping[str, type[BaseModel]],
    errors: list[dict[str, Any]],
    title: str,
    version: str,
) -> dict[str, Any]:
    """The document for these methods; notifications and errors go into extension fields."""
    inputs: list[tuple[type[BaseModel], JsonSchemaMode]] = [(spec.params, "validation") for spec in methods.values()]
    results = [*(spec.result for spec in methods.values()), *events.values()]
    outputs: list[tuple[type[BaseModel], JsonSchemaMode]] = [(result, "serialization") for result in results]
    references, definitions = models_json_schema(
        list(dict.fromkeys(inputs + outputs)), ref_template=REFERENCE, schema_generator=_WithoutFieldTitles
    )
    schemas = definitions["$defs"]
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {"title": title, "version": version},
        "methods": [
            {
                "name": name,
                "summary": spec.summary,
                "paramStructure": "by-name",
                "params": _parameters(references[spec.params, "validation"], schemas),
                "result": {"name": "result", "schema": references[spec.result, "serialization"]},
            }
            for name, spec in sorted(methods.items())
        ],
        "components": {"schemas": schemas},
        "x-errors": errors,
        "x-notifications": [
            {"name": name, "params": references[event, "serialization"]} for name, event in events.items()
        ],
        "x-client-notifications": [CANCEL],
    }


def _parameters(reference: dict[str, Any], schemas: dict[str, Any]) -> list[dict[str, Any]]:
    """One content descriptor a property of the parameters' model; those without a default first, as OpenRPC asks."""
    model = schemas[reference["$ref"].rpartition("/")[2]]
    required = set(model.get("required", ()))
    descriptors = [
        {"name": name, "required": name in required, "schema": schema}
        for name, schema in model.get("properties", {}).items()
    ]
    return sorted(descriptors, key=lambda descriptor: not descriptor["required"])
