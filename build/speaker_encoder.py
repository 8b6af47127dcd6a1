"""Exports Resemblyzer's speaker encoder from its torch checkpoint to ONNX, without torch.

    python build/speaker_encoder.py pretrained.pt encoder.onnx

The network (Wan et al. 2018, "Generalized end-to-end loss for speaker verification", arXiv:1710.10467): three LSTM
layers of 256 over 40 mel bands, the last hidden state through a linear layer and a ReLU, scaled to unit length.
Needs numpy and onnx; `build/models.py` runs it with an interpreter that has both.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

CHECKPOINT_SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
MEL_BANDS = 40
HIDDEN = 256
LAYERS = 3
PICKLES_BEFORE_WEIGHTS = 5
"""torch's legacy format: magic number, format version, system, the objects, the order of the storages."""
OPSET = 17
IR_VERSION = 8

Array = NDArray[np.float32]


class _Storage:
    """A named run of float32 values whose bytes come after the pickles."""

    def __init__(self) -> None:
        self.values: Array = np.empty(0, np.float32)


class _Tensor:
    """A window on a storage; read once the storage's values have arrived."""

    def __init__(
        self,
        storage: _Storage,
        offset: int,
        shape: tuple[int, ...],
        strides: tuple[int, ...],
        *_: Any,
    ):
        self._storage, self._offset, self._shape, self._strides = (
            storage,
            offset,
            shape,
            strides,
        )

    def array(self) -> Array:
        view = np.lib.stride_tricks.as_strided(
            self._storage.values[self._offset :],
            self._shape,
            [4 * stride for stride in self._strides],
        )
        return view.copy()


class _CheckpointUnpickler(pickle.Unpickler):
    """Reads tensors and plain containers and nothing else, so that a checkpoint cannot run code."""

    ALLOWED: ClassVar[dict[tuple[str, str], Any]] = {
        ("collections", "OrderedDict"): OrderedDict,
        ("torch", "FloatStorage"): _Storage,
        ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
    }

    def __init__(self, file: IO[bytes], storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        try:
            return self.ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"The checkpoint asks for {module}.{name}, which is not allowed.") from None

    def persistent_load(self, reference: tuple[str, type[_Storage], str, str, int, Any]) -> _Storage:
        return self._storages.setdefault(reference[2], _Storage())


def read_checkpoint(path: Path) -> dict[str, Array]:
    """The weights of a torch checkpoint in the legacy (pre-1.6) format, by name, as float32 arrays."""
    storages: dict[str, _Storage] = {}
    with path.open("rb") as file:
        *_, content, order = (_CheckpointUnpickler(file, storages).load() for _ in range(PICKLES_BEFORE_WEIGHTS))
        for key in order:
            count = int.from_bytes(file.read(8), "little")
            storages[key].values = np.frombuffer(file.read(4 * count), "<f4")
    return {name: value.array() for name, value in content["model_state"].items()}


def build_model(weights: dict[str, Array]) -> onnx.ModelProto:
    """The network as ONNX: `mels` (windows, frames, 40) float32 to `embeddings` (windows, 256), of unit length."""
    initializers = [
        numpy_helper.from_array(weights["linear.weight"], "linear_weight"),
        numpy_helper.from_array(weights["linear.bias"], "linear_bias"),
        numpy_helper.from_array(np.array([0], np.int64), "first"),
    ]
    nodes = [helper.make_node("Transpose", ["mels"], ["sequence_0"], perm=[1, 0, 2])]
    for layer in range(LAYERS):
        initializers += _layer_weights(weights, layer)
        inputs = [f"sequence_{layer}", f"W_{layer}", f"R_{layer}", f"B_{layer}"]
        outputs = [f"directions_{layer}", f"last_{layer}"]
        nodes.append(helper.make_node("LSTM", inputs, outputs, hidden_size=HIDDEN))
        nodes.append(helper.make_node("Squeeze", [f"directions_{layer}", "one"], [f"sequence_{layer + 1}"]))
    initializers.append(numpy_helper.from_array(np.array([1], np.int64), "one"))
    nodes += [
        helper.make_node("Squeeze", [f"last_{LAYERS - 1}", "first"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "linear_weight", "linear_bias"], ["projected"], transB=1),
        helper.make_node("Relu", ["projected"], ["positive"]),
        helper.make_node("LpNormalization", ["positive"], ["embeddings"], axis=1, p=2),
    ]
    graph = helper.make_graph(
        nodes,
        "speaker_encoder",
        [helper.make_tensor_value_info("mels", onnx.TensorProto.FLOAT, ["windows", "frames", MEL_BANDS])],
        [helper.make_tensor_value_info("embeddings", onnx.TensorProto.FLOAT, ["windows", HIDDEN])],
        initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model


def _layer_weights(weights: dict[str, Array], layer: int) -> list[onnx.TensorProto]:
    bias = np.concatenate([_onnx_gates(weights[f"lstm.bias_{kind}_l{layer}"]) for kind in ("ih", "hh")])
    arrays = {
        f"W_{layer}": _onnx_gates(weights[f"lstm.weight_ih_l{layer}"]),
        f"R_{layer}": _onnx_gates(weights[f"lstm.weight_hh_l{layer}"]),
        f"B_{layer}": bias,
    }
    return [numpy_helper.from_array(array[np.newaxis], name) for name, array in arrays.items()]


def _onnx_gates(stacked: Array) -> Array:
    """torch stacks the gates as input, forget, cell, output; ONNX as input, output, forget, cell."""
    gate_in, forget, cell, gate_out = np.split(stacked, 4)
    return np.concatenate([gate_in, gate_out, forget, cell])


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:])
    if hashlib.sha256(source.read_bytes()).hexdigest() != CHECKPOINT_SHA256:
        sys.exit(f"{source} is not the published checkpoint: its SHA-256 is not {CHECKPOINT_SHA256}.")
    target.write_bytes(build_model(read_checkpoint(source)).SerializeToString(deterministic=True))
