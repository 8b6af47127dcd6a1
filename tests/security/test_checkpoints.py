"""What was downloaded is data: no loader runs a pickle that lies in a model's folder."""

from __future__ import annotations

import ast
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sidecar.engines.base import Voice
from sidecar.engines.kokoro.adapter import KokoroEngine
from sidecar.engines.worker.control import OperationControl
from sidecar.errors import ModelUnavailable
from sidecar.services.models.table import MODELS

REPOSITORY = Path(__file__).parents[2]
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", "pytorch_model.bin")
UNPICKLING = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve"}
LIBRARIES = {"torch", "numpy"}
FORBIDDING = "allow_pickle=False"
sys.path.append(str(REPOSITORY / "build"))


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self._sprung = sprung

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self._sprung),)


@pytest.fixture
def sprung(tmp_path: Path) -> Path:
    """What a trap makes."""
    return tmp_path / "sprung"


def test_the_trap_is_one(sprung: Path) -> None:
    pickle.loads(pickle.dumps(Trap(sprung)))
    assert sprung.is_dir()


def test_a_checkpoint_whose_weights_are_a_pickle_is_refused_unread(tmp_path: Path, sprung: Path) -> None:
    from sidecar.engines.qwen.checkpoint import load_checkpoint
    from sidecar.engines.qwen.device import choose

    (tmp_path / "config.json").write_text('{"model_type": "qwen3_tts"}')
    (tmp_path / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(ModelUnavailable):
        load_checkpoint(tmp_path, choose("cpu"))
    assert not sprung.exists()


@pytest.mark.models
def test_stock_voices_with_a_pickle_in_them_are_refused_unread(sprung: Path, tmp_path: Path, models_dir: Path) -> None:
    np.savez(tmp_path / "voices.npz", evil=np.array([Trap(sprung)], dtype=object))
    for name in ("model.onnx", "config.json"):
        (tmp_path / name).symlink_to(models_dir / "kokoro-82m" / name)
    engine = KokoroEngine(tmp_path, "cpu")
    with pytest.raises(ValueError, match="allow_pickle"):
        engine.prepare(Voice("preset", voice_id="evil"), OperationControl(lambda _: None))
    assert not sprung.exists()


def test_the_speaker_encoders_checkpoint_is_read_without_running_it(tmp_path: Path, sprung: Path) -> None:
    import speaker_encoder

    (tmp_path / "evil.pt").write_bytes(pickle.dumps(Trap(sprung)))
    with pytest.raises(pickle.UnpicklingError, match="not allowed"):
        speaker_encoder.read_checkpoint(tmp_path / "evil.pt")
    assert not sprung.exists()


def test_no_model_in_the_catalogue_has_a_file_that_is_a_pickle() -> None:
    assert [name for model in MODELS for name in model.files if name.endswith(PICKLES)] == []


def test_nothing_in_the_program_unpickles() -> None:
    found = {path.name: unpickling(path.read_text("utf-8")) for path in (REPOSITORY / "sidecar").rglob("*.py")}
    assert {name: lines for name, lines in found.items() if lines} == {}
    assert {"adapter.py", "matching.py"} <= found.keys()


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import pickle as plain",
        "from pickle import loads",
        "from _pickle import Unpickler",
        "def later():\n    import joblib",
        "__import__('dill')",
        "importlib.import_module('pickle')",
        "numpy.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=allowed)",
        "np.load(path, None, True)",
        "np.load(path, **options)",
        "torch.load(path)",
        "from torch import load",
        "torch.load(path, weights_only=False)",
        "pandas.read_pickle(path)",
        "load_any = torch.load",
    ],
)
def test_every_way_to_unpickle_is_seen(source: str) -> None:
    assert unpickling(source)


def test_arrays_without_objects_are_no_pickles() -> None:
    assert not unpickling("with np.load(path, allow_pickle=False) as voices: json.load(voices)")


def unpickling(source: str) -> list[str]:
    """What in a module may unpickle, as it is written."""
    tree = ast.parse(source)
    return [ast.unparse(node) for node in ast.walk(tree) if may_unpickle(node)]


def may_unpickle(node: ast.AST) -> bool:
    """Whether this piece of a program imports what unpickles, or loads arrays without forbidding it."""
    match node:
        case ast.Import():
            return any(name.name.partition(".")[0] in UNPICKLING for name in node.names)
        case ast.ImportFrom():
            names = {name.name for name in node.names}
            return (node.module or "").partition(".")[0] in UNPICKLING or (node.module in LIBRARIES and "load" in names)
        case ast.Constant():
            return node.value in UNPICKLING
        case ast.Attribute(value=ast.Name(id="torch"), attr="load") | ast.Attribute(attr="read_pickle"):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np" | "numpy"), attr="load")):
            return FORBIDDING not in map(ast.unparse, node.keywords)
    return False
