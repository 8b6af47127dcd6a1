"""SECURITY.md promises nothing that no test keeps: every claim names its tests, and every test named is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def claims() -> list[str]:
    """The rows of the table of claims."""
    text = (REPOSITORY / "SECURITY.md").read_text("utf-8")
    _, _, table = text.partition("| Claim | Tests |")
    return [line for line in table.splitlines() if line.startswith("| ") and not line.startswith("|---")]


def functions_of(path: Path) -> set[str]:
    """The names of a module's test functions."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, functions)}


def test_every_claim_names_a_test() -> None:
    assert len(claims()) > 20
    assert [claim for claim in claims() if not NAMED.search(claim)] == []


def test_every_test_that_a_claim_names_is_there() -> None:
    named = [pair for claim in claims() for pair in NAMED.findall(claim)]
    missing = [
        f"{path}::{name}"
        for path, name in named
        if not (REPOSITORY / path).is_file() or name not in functions_of(REPOSITORY / path)
    ]
    assert missing == []
