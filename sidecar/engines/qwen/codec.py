"""From frames of codes to sound, piece by piece, exactly as if all were decoded at once.

Every layer of the codec's decoder (`Qwen3TTSTokenizerV2Decoder`, qwen_tts 0.1.1) is causal: its output depends on
the past alone. A stream therefore needs no context to be decoded again. It carries, for every layer, the little of
the past that the layer still needs:

- a convolution: the last inputs, as many as its kernel reaches back;
- a transposed convolution: the end of its last output, which overlaps with the next;
- attention: keys and values of the last `sliding_window` - 1 frames.

The library itself decodes 300 frames at a time with 25 of context, and has a seam at each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from sidecar.engines.base import Samples

CONVOLUTION_MEMORY = 25
"""Frames after which the convolutions have forgotten everything: they reach back some 10 frames in all."""


@dataclass
class CodecState:
    """Where a stream stands: frames heard so far, and every layer's past by the layer's name.

    Tensors are replaced, never written to, so that the arrays of a voice prompt can be gone on from again and again.
    """

    frames: int = 0
    past: dict[str, torch.Tensor] = field(default_factory=dict)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """The state as float32 arrays and one number, to be stored."""
        arrays: dict[str, NDArray[Any]] = {name: past.contiguous().cpu().numpy() for name, past in self.past.items()}
        return arrays | {"frames": np.array([self.frames], dtype=np.int64)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], device: torch.device) -> CodecState:
        """The state that `to_arrays` stored."""
        past = {name: torch.from_numpy(array).to(device) for name, array in arrays.items() if name != "frames"}
        return cls(int(arrays["frames"][0]), past)


class CodecDecoder:
    """Decodes codes in pieces of any size. Stateless itself: a stream's past is in its `CodecState`."""

    def __init__(self, decoder: Any) -> None:
        self._decoder = decoder
        self._window: int = decoder.config.sliding_window
        self._names: dict[Any, str] = {module: name for name, module in decoder.named_modules()}
        self._device = next(decoder.parameters()).device

    @torch.inference_mode()
    def decode(self, codes: torch.Tensor, state: CodecState) -> Samples:
        """The sound of frames (T, 16), shape (T * 1,920,), 24 kHz; `state` is moved on."""
        samples = self._sound(self._understand(codes, state), state)
        return np.asarray(samples.clamp(-1.0, 1.0)[0, 0].float().cpu().numpy(), dtype=np.float32)

    @torch.inference_mode()
    def prime(self, codes: torch.Tensor) -> CodecState:
        """The state of a stream that has just said frames (T, 16), without the cost of making their sound.

        Attention remembers through its layers for long, and reads all frames; the convolutions, which cost nearly
        everything, read only the last ones, before which their past makes no difference.
        """
        state = CodecState()
        features = self._understand(codes, state)
        self._sound(features[:, -CONVOLUTION_MEMORY:], state)
        return state

    def _understand(self, codes: torch.Tensor, state: CodecState) -> torch.Tensor:
        """Frames (T, 16) as features (1, T, channels): the part before the upsampling."""
        decoder = self._decoder
        x = decoder.quantizer.decode(codes.to(self._device).T.unsqueeze(0))
        x = self._convolve(decoder.pre_conv, x, state).transpose(1, 2)
        transformer = decoder.pre_transformer
        x = transformer.input_proj(x)
        frames = x.shape[1]
        positions = torch.arange(state.frames, state.frames + frames, device=self._device)
        rotation = transformer.rotary_emb(x, positions.unsqueeze(0))
        for layer in transformer.layers:
            attended = self._attend(layer.self_attn, layer.input_layernorm(x), rotation, positions, state)
            x = x + layer.self_attn_layer_scale(attended)
            x = x + layer.mlp_layer_scale(layer.mlp(layer.post_attention_layernorm(x)))
        state.frames += frames
        features: torch.Tensor = transformer.output_proj(transformer.norm(x))
        return features

    def _sound(self, features: torch.Tensor, state: CodecState) -> torch.Tensor:
        """Features (1, T, channels) as samples (1, 1, T * 1,920): the upsampling."""
        x = features.transpose(1, 2)
        for upsampling, smoothing in self._decoder.upsample:
            x = self._smooth(smoothing, self._upsample(upsampling, x, state), state)
        first, *blocks, activation, last = self._decoder.decoder
        x = self._convolve(first, x, state)
        for block in blocks:
            x = self._double(block, x, state)
        return self._convolve(last, activation(x), state)

    def _double(self, block: Any, x: torch.Tensor, state: CodecState) -> torch.Tensor:
        """One decoder block: more samples of fewer channels, then residual units."""
        activation, upsampling, *units = block.block
        x = self._upsample(upsampling, activation(x), state)
        for unit in units:
            inner = self._convolve(unit.conv1, unit.act1(x), state)
            x = x + self._convolve(unit.conv2, unit.act2(inner), state)
        return x

    def _smooth(self, block: Any, x: torch.Tensor, state: CodecState) -> torch.Tensor:
        """A ConvNeXt block (Liu et al. 2022, arXiv:2201.03545)."""
        inner = self._convolve(block.dwconv, x, state).transpose(1, 2)
        inner = block.gamma * block.pwconv2(block.act(block.pwconv1(block.norm(inner))))
        smoothed: torch.Tensor = x + inner.transpose(1, 2)
        return smoothed

    def _convolve(self, module: Any, x: torch.Tensor, state: CodecState) -> torch.Tensor:
        reach = module.padding
        if reach:
            name = self._names[module]
            past = state.past.get(name)
            x = functional.pad(x, (reach, 0)) if past is None else torch.cat([past, x], dim=-1)
            state.past[name] = x[..., -reach:].clone()
        convolved: torch.Tensor = module.conv(x)
        return convolved

    def _upsample(self, module: Any, x: torch.Tensor, state: CodecState) -> torch.Tensor:
        y: torch.Tensor = module.conv(x)
        overlap = module.right_pad
        if not overlap:
            return y
        name = self._names[module]
        past = state.past.get(name)
        if past is not None:
            y = torch.cat([y[..., :overlap] + past, y[..., overlap:]], dim=-1)
        # The bias is in both parts of an overlap, and must be added once.
        state.past[name] = y[..., -overlap:] - module.conv.bias[None, :, None]
        return y[..., :-overlap]

    def _attend(
        self,
        module: Any,
        x: torch.Tensor,
        rotation: tuple[torch.Tensor, torch.Tensor],
        positions: torch.Tensor,
        state: CodecState,
    ) -> torch.Tensor:
        """Sliding-window attention of x (1, T, channels) over itself and the last frames."""
        name = self._names[module]
        query, key, value = (
            part(x).view(1, x.shape[1], -1, module.head_dim).transpose(1, 2)
            for part in (module.q_proj, module.k_proj, module.v_proj)
        )
        cos, sin = rotation
        query, key = _rotate(query, cos, sin), _rotate(key, cos, sin)
        if f"{name}.keys" in state.past:
            key = torch.cat([state.past[f"{name}.keys"], key], dim=2)
            value = torch.cat([state.past[f"{name}.values"], value], dim=2)
        state.past[f"{name}.keys"] = key[:, :, -(self._window - 1) :].clone()
        state.past[f"{name}.values"] = value[:, :, -(self._window - 1) :].clone()
        earliest = int(positions[-1]) + 1 - key.shape[2]
        distance = positions[:, None] - torch.arange(earliest, earliest + key.shape[2], device=x.device)[None, :]
        near = (distance >= 0) & (distance < self._window)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=near, enable_gqa=True)
        mixed: torch.Tensor = module.o_proj(attended.transpose(1, 2).reshape(1, x.shape[1], -1))
        return mixed


def _rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = x.chunk(2, dim=-1)
    return x * cos.unsqueeze(1) + torch.cat([-second, first], dim=-1) * sin.unsqueeze(1)
