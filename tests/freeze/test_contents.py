from __future__ import annotations

import pytest
from contents import Contents
from targets import target_triple
from variants import VARIANTS


@pytest.mark.parametrize("variant", ["minimal", "no-gpl"])
def test_a_variant_without_gpl_parts_names_none_for_collection(variant: str) -> None:
    contents = Contents(VARIANTS[variant])
    assert not {"phonemizer", "espeakng_loader"} & {*contents.packages, *contents.with_data}


def test_minimal_holds_no_torch() -> None:
    contents = Contents(VARIANTS["minimal"])
    assert not {"torch", "transformers", "qwen_tts"} & set(contents.packages)
    assert contents.architectures == []
    assert "torch" not in contents.with_metadata


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("babel/locale-data/root.dat", True),
        ("babel/locale-data/de_AT.dat", True),
        ("babel/locale-data/ru.dat", True),
        ("babel/locale-data/cy.dat", False),
        ("espeakng_loader/espeak-ng-data/hi_dict", True),
        ("espeakng_loader/espeak-ng-data/ru_dict", False),
        ("espeakng_loader/espeak-ng-data/phondata", True),
        ("transformers/models/__init__.py", True),
        ("transformers/models/qwen3/modeling_qwen3.py", True),
        ("transformers/models/bert/modeling_bert.py", False),
        ("torch/nn/functional.py", True),
        ("torch/nn/modules/linear.py", False),
        ("torch/bin/torch_shm_manager", True),
        ("onnxruntime/capi/libonnxruntime.so.1.32.0", False),
    ],
)
def test_of_what_packages_bring_only_what_runs_is_kept(file: str, wanted: bool) -> None:
    assert Contents(VARIANTS["cpu"]).wants_file(file) is wanted


def test_metadata_comes_with_its_package_only() -> None:
    contents = Contents(VARIANTS["cpu"])
    assert contents.wants_metadata("jsonrpcserver-5.0.9.dist-info", ["jsonrpcserver"])
    assert not contents.wants_metadata("pytest-9.2.0.dist-info", ["jsonrpcserver"])
    assert contents.wants_metadata("numpy", [])


@pytest.mark.parametrize(
    ("system", "machine", "triple"),
    [
        ("linux", "x86_64", "x86_64-unknown-linux-gnu"),
        ("darwin", "arm64", "aarch64-apple-darwin"),
        ("darwin", "x86_64", "x86_64-apple-darwin"),
        ("win32", "AMD64", "x86_64-pc-windows-msvc"),
    ],
)
def test_platforms_are_named_as_rust_names_them(system: str, machine: str, triple: str) -> None:
    assert target_triple(system, machine) == triple


def test_a_platform_without_a_known_name_is_asked_for() -> None:
    with pytest.raises(SystemExit, match="--target-triple"):
        target_triple("plan9", "mips")
