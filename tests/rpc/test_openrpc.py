"""The document that `rpc.discover` answers, beside the wire contract that it must keep."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sidecar.app import App
from sidecar.config import Config
from sidecar.handlers.rpc import RpcHandlers
from sidecar.rpc.outbox import Outbox
from sidecar.rpc.pipe import Pipe
from sidecar.rpc.registry import MethodSpec, Registry
from sidecar.rpc.server import Notifier, Server
from sidecar.schema.common import Empty
from sidecar.store.database import Database
from sidecar.store.files import FileStore

CONTRACT = {
    "system.health": "",
    "system.info": "",
    "system.shutdown": "",
    "rpc.discover": "",
    "profiles.create": "name description? language? voice? samples? default_engine? default_effects? wait?",
    "profiles.get": "profile_id",
    "profiles.list": "search? sort? limit? offset?",
    "profiles.update": "profile_id name? description? language? default_engine? default_effects?",
    "profiles.delete": "profile_id delete_generations?",
    "profiles.duplicate": "profile_id",
    "profiles.add_sample": "profile_id path? data? text? start_s? end_s? wait?",
    "profiles.update_sample": "sample_id text? position?",
    "profiles.remove_sample": "sample_id",
    "profiles.list_samples": "profile_id",
    "profiles.prepare": "profile_id engine? wait?",
    "profiles.set_avatar": "profile_id path",
    "profiles.export": "profile_id path",
    "profiles.import": "path on_conflict?",
    "system.backup": "path",
    "system.restore": "path",
    "generation.create": "profile_id text language? engine? model? seed? instruct? sampling? speed? chunking? "
    "loudness_lufs? effects? wait?",
    "generation.batch": "items? path? split? defaults? wait?",
    "generation.retry": "generation_id wait?",
    "generation.list_versions": "generation_id",
    "generation.set_default_version": "generation_id version_id",
    "generation.delete_version": "generation_id version_id",
    "generation.apply_effects": "generation_id effects version_id? wait?",
    "effects.list": "",
    "effects.presets_list": "",
    "effects.presets_create": "name effects",
    "effects.presets_update": "preset_id name? effects?",
    "effects.presets_delete": "preset_id",
    "effects.preview": "effects generation_id? path?",
    "history.list": "search? profile_id? status? favorite? language? engine? since? until? sort? limit? offset?",
    "history.get": "generation_id",
    "history.update": "generation_id favorite? title?",
    "history.delete": "generation_ids",
    "history.stats": "",
    "history.export": "path generation_id? version_id? format? wait?",
    "history.import_audio": "path title? wait?",
    "transcription.create": "path? data? language? model? words? vad? wait?",
    "transcription.export": "transcription_id format path?",
    "transcription.list": "limit? offset?",
    "transcription.get": "transcription_id",
    "transcription.delete": "transcription_id",
    "models.list": "",
    "voices.list": "engine? language?",
    "engines.list": "",
    "audio.probe": "path? data?",
    "audio.validate": "path? data?",
    "audio.waveform": "path? data? generation_id? sample_id? buckets?",
    "audio.read": "path? generation_id? offset? length?",
    "audio.convert": "path path_out format sample_rate?",
    "jobs.list": "status? kind? parent_id? limit? offset?",
    "jobs.get": "job_id",
    "jobs.cancel": "job_id",
    "jobs.wait": "job_id timeout_s?",
    "settings.get": "",
    "settings.update": "device? force_cpu? int8? queue_limit? requests_per_second?",
    "settings.reset": "names?",
    "cache.stats": "",
    "cache.clear": "kinds?",
    "usage.get": "since? until? group_by?",
}
"""Every method of the contract that exists so far, with its parameters; those with a ? are optional."""

ERRORS = {
    "parse_error": -32700,
    "invalid_request": -32600,
    "method_not_found": -32601,
    "invalid_params": -32602,
    "internal": -32603,
    "cancelled": -32800,
    "not_found": -32001,
    "conflict": -32002,
    "invalid_audio": -32003,
    "model_unavailable": -32004,
    "unsupported": -32005,
    "busy": -32006,
    "storage": -32007,
    "engine_failed": -32008,
}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return asyncio.run(_discover(tmp_path_factory.mktemp("data")))


async def _discover(data_dir: Path) -> dict[str, Any]:
    files = FileStore(data_dir)
    database = Database(files.database)
    try:
        outbox = Outbox(1)
        server = Server(Pipe(-1, -1), outbox, 1)
        app = App(Config(data_dir, (data_dir / "models",)), files, database, Notifier(outbox), server)
        answer = await app.registry.methods["rpc.discover"].handler(Empty())
        return answer.model_dump(mode="json")
    finally:
        database.close()


def parameters(document: dict[str, Any], name: str) -> dict[str, bool]:
    """A method's parameters: whether each is required."""
    (method,) = (method for method in document["methods"] if method["name"] == name)
    return {parameter["name"]: parameter["required"] for parameter in method["params"]}


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from nodes(inner)


def fields(schemas: Any, document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field that schemas of the document describe, with its own schema, however deep it lies."""
    for node in nodes(schemas):
        yield from node.get("properties", {}).items()
        if "$ref" in node:
            yield from fields(document["components"]["schemas"][node["$ref"].rpartition("/")[2]], document)


@pytest.mark.parametrize("name", CONTRACT)
def test_the_contracts_parameters_are_there_and_required_where_it_says_so(document: dict[str, Any], name: str) -> None:
    promised = {word.rstrip("?"): not word.endswith("?") for word in CONTRACT[name].split()}
    found = parameters(document, name)
    assert {parameter: found.get(parameter) for parameter in promised} == promised
    # What is there beyond the contract must be optional, or a client written against the contract breaks.
    assert not [parameter for parameter in found if found[parameter] and parameter not in promised]


def test_every_time_that_a_client_gives_has_an_upper_bound(document: dict[str, Any]) -> None:
    parameters = [parameter for method in document["methods"] for parameter in method["params"]]
    given = [{"properties": {parameter["name"]: parameter["schema"]}} for parameter in parameters]
    times = [schema for name, schema in fields(given, document) if name.endswith("_s")]
    numbers = [node for schema in times for node in nodes(schema) if node.get("type") == "number"]
    assert numbers
    assert [node for node in numbers if not {"maximum", "exclusiveMaximum"} & node.keys()] == []


@pytest.mark.parametrize(
    "name", ["profiles.update", "generation.regenerate", "settings.update", "projects.update_line"]
)
def test_of_a_change_no_default_is_told_since_what_is_absent_stays(document: dict[str, Any], name: str) -> None:
    (method,) = (method for method in document["methods"] if method["name"] == name)
    told = {each["name"] for each in method["params"] if "default" in each["schema"]}
    assert told <= {"stream", "wait"}


def test_every_error_of_the_contract_is_told_with_its_code(document: dict[str, Any]) -> None:
    assert {error["kind"]: error["code"] for error in document["x-errors"]} == ERRORS
    assert all(error["meaning"] for error in document["x-errors"])


def test_the_notifications_of_the_contract_are_described(document: dict[str, Any]) -> None:
    described = {event["name"]: event["params"]["$ref"].rpartition("/")[2] for event in document["x-notifications"]}
    assert described.keys() == {"sidecar.ready", "job.progress", "job.finished", "generation.audio"}
    assert [event["name"] for event in document["x-client-notifications"]] == ["$/cancelRequest"]
    fields = document["components"]["schemas"][described["job.progress"]]["properties"].keys()
    assert fields == {"job_id", "kind", "stage", "completed", "total", "unit", "fraction", "eta_s", "message"}


def test_the_document_has_the_members_that_openrpc_demands(document: dict[str, Any]) -> None:
    assert document["openrpc"].startswith("1.3.")
    assert document["info"].keys() >= {"title", "version"}
    names = [method["name"] for method in document["methods"]]
    assert len(names) == len(set(names))
    for method in document["methods"]:
        assert method["paramStructure"] == "by-name"
        assert method["summary"], method["name"]
        for descriptor in [*method["params"], method["result"]]:
            assert descriptor.keys() >= {"name", "schema"}
        required = [parameter["required"] for parameter in method["params"]]
        assert required == sorted(required, reverse=True), "those that are required come first"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    references = [node["$ref"] for node in nodes(document) if isinstance(node.get("$ref"), str)]
    assert references
    for reference in references:
        prefix, _, name = reference.rpartition("/")
        assert (prefix, name in schemas) == ("#/components/schemas", True), reference


def test_every_schema_is_a_json_schema(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_results_are_objects_whose_every_field_is_promised(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for method in document["methods"]:
        result = schemas[method["result"]["schema"]["$ref"].rpartition("/")[2]]
        assert result["type"] == "object"
        assert set(result.get("required", ())) == set(result.get("properties", ())), method["name"]


def test_unknown_parameters_are_refused_by_every_type_of_parameters(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert all(schema["additionalProperties"] is False for name, schema in schemas.items() if name.endswith("Params"))


def test_no_field_has_a_title(document: dict[str, Any]) -> None:
    fields = [field for node in nodes(document["components"]) for field in node.get("properties", {}).values()]
    assert fields
    assert not [field for field in fields if "title" in field]


class CountingRegistry(Registry):
    """Tells how often it was described."""

    described = 0

    @property
    def methods(self) -> dict[str, MethodSpec]:
        self.described += 1
        return super().methods


async def test_however_many_ask_at_once_the_document_is_made_once() -> None:
    registry = CountingRegistry()
    handlers = RpcHandlers(registry)
    impatient = asyncio.create_task(handlers.discover(Empty()))
    asked = [asyncio.create_task(handlers.discover(Empty())) for _ in range(20)]
    await asyncio.sleep(0)
    impatient.cancel()
    assert len({id(await each) for each in asked}) == 1
    assert registry.described == 1
