"""A decoder-only transformer stack with a preallocated key-value cache: the talker's and the code predictor's.

The same mathematics as `Qwen3TTSTalkerModel` and `Qwen3TTSTalkerCodePredictorModel` (qwen_tts 0.1.1), without what
`generate` builds around every step: a new cache, masks, output objects. The talker's three rows of rotary positions
are always equal in speech (`get_rope_index`), so that its "multimodal" rotation is the ordinary one.

Shapes: B sequences, T new positions, H heads of size h in K key-value groups of g = H / K heads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from sidecar.engines.qwen.linear import Linear, MakeLinear


@dataclass(frozen=True)
class Layer:
    """The weights of one layer: four matrix products and four scales of root-mean-square norms."""

    attention_norm: torch.Tensor
    query_key_value: Linear
    query_norm: torch.Tensor
    key_norm: torch.Tensor
    attention_out: Linear
    feed_norm: torch.Tensor
    gate_up: Linear
    down: Linear

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The matrix products in order."""
        return self.query_key_value, self.attention_out, self.gate_up, self.down


class Stack:
    """Layers over a cache of fixed size. Call `reserve` once a generation, then `run` with growing `start`."""

    def __init__(self, model: nn.Module, config: Any, make_linear: MakeLinear) -> None:
        self._groups, self._size = config.num_key_value_heads, config.head_dim
        self._shared = config.num_attention_heads // config.num_key_value_heads
        self._eps = config.rms_norm_eps
        modules: Any = model
        self.layers = [_layer(module, make_linear) for module in modules.layers]
        self._final_norm: torch.Tensor = modules.norm.weight.detach()
        halves = torch.arange(0, self._size, 2, device=self._final_norm.device).float() / self._size
        self._frequencies = 1.0 / (config.rope_theta**halves)
        self._keys = self._values = self._cos = self._sin = self._nothing()

    def reserve(self, batch: int, length: int) -> None:
        """Have room for `batch` sequences of `length` positions; memory that is large enough is kept."""
        if self._keys.shape[1] == batch and self._keys.shape[3] >= length:
            return
        self.release()
        shape = (len(self.layers), batch, self._groups, length, self._size)
        self._keys, self._values = self._final_norm.new_empty(shape), self._final_norm.new_empty(shape)
        angles = torch.outer(torch.arange(length, device=self._final_norm.device).float(), self._frequencies)
        # The rotation's minus sign is folded into the first half of the sines.
        self._cos = torch.cat([angles.cos(), angles.cos()], dim=-1).to(self._final_norm.dtype)
        self._sin = torch.cat([-angles.sin(), angles.sin()], dim=-1).to(self._final_norm.dtype)

    def release(self) -> None:
        """Give the cache's memory back."""
        self._keys = self._values = self._cos = self._sin = self._nothing()

    @property
    def cache_bytes(self) -> int:
        """Memory of the cache, in bytes."""
        return self._keys.nbytes + self._values.nbytes

    def run(
        self, x: torch.Tensor, start: int, positions: torch.Tensor, mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Put x (B, T, D) through all layers at cache places start … start + T - 1; returns the same shape, normed.

        `positions` (B, T) are the rotary positions, which differ from cache places where a sequence is padded.
        `mask` (B, T, start + T) is True where a query may look; None lets it look at everything so far.
        """
        end = start + x.shape[1]
        rotation = self._cos[positions].unsqueeze(2), self._sin[positions].unsqueeze(2)
        grouped_mask = None if mask is None else mask.repeat(1, self._shared, 1).unsqueeze(1)
        for layer, keys, values in zip(self.layers, self._keys, self._values, strict=True):
            normed = self._norm(x, layer.attention_norm)
            x = x + self._attend(layer, normed, keys[:, :, :end], values[:, :, :end], rotation, grouped_mask)
            gate, up = layer.gate_up(self._norm(x, layer.feed_norm)).chunk(2, dim=-1)
            x = x + layer.down(functional.silu(gate) * up)
        return self._norm(x, self._final_norm)

    def _attend(
        self,
        layer: Layer,
        x: torch.Tensor,
        keys: torch.Tensor,
        values: torch.Tensor,
        rotation: tuple[torch.Tensor, torch.Tensor],
        mask: torch.Tensor | None,
    ) -> torch.Tensor:
        """Attention of x (B, T, D) over the cache up to now, (B, K, end, h), whose last T places it fills."""
        batch, steps, _ = x.shape
        heads = layer.query_key_value(x).view(batch, steps, -1, self._size)
        query, key, value = torch.split(heads, [self._groups * self._shared, self._groups, self._groups], dim=2)
        keys[:, :, -steps:] = _rotate(self._norm(key, layer.key_norm), rotation).transpose(1, 2)
        values[:, :, -steps:] = value.transpose(1, 2)
        query = _rotate(self._norm(query, layer.query_norm), rotation)
        # The heads of a group share keys: taken as more queries, so that no key is copied.
        grouped = query.view(batch, steps, self._groups, self._shared, self._size).permute(0, 2, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(grouped.flatten(2, 3), keys, values, attn_mask=mask)
        seen = seen.view(batch, self._groups, self._shared, steps, self._size).permute(0, 3, 1, 2, 4)
        return layer.attention_out(seen.flatten(2))

    def _nothing(self) -> torch.Tensor:
        return self._final_norm.new_empty((len(self.layers), 0, self._groups, 0, self._size))

    def _norm(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        normed: torch.Tensor = functional.rms_norm(x, (x.shape[-1],), weight, self._eps)
        return normed


def causal_mask(steps: int, padding: torch.Tensor) -> torch.Tensor:
    """Who may look where when B left-padded sequences of `steps` positions are read at once: (B, steps, steps).

    `padding` (B,) counts the padded places. A padded place looks at itself: a query without any key would become
    NaN, and NaN times a zero weight is still NaN.
    """
    places = torch.arange(steps, device=padding.device)
    causal = places[None, :] <= places[:, None]
    real = places[None, :] >= padding[:, None]
    itself = torch.eye(steps, dtype=torch.bool, device=padding.device)
    return (causal & real[:, None, :]) | itself


def _rotate(x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    cos, sin = rotation
    rotated: torch.Tensor = x * cos + x.roll(x.shape[-1] // 2, dims=-1) * sin
    return rotated


def _layer(module: Any, make_linear: MakeLinear) -> Layer:
    attention, feed = module.self_attn, module.mlp
    return Layer(
        attention_norm=module.input_layernorm.weight.detach(),
        query_key_value=make_linear(attention.q_proj, attention.k_proj, attention.v_proj),
        query_norm=attention.q_norm.weight.detach(),
        key_norm=attention.k_norm.weight.detach(),
        attention_out=make_linear(attention.o_proj),
        feed_norm=module.post_attention_layernorm.weight.detach(),
        gate_up=make_linear(feed.gate_proj, feed.up_proj),
        down=make_linear(feed.down_proj),
    )


def own_bytes(stack: Stack) -> Iterator[int]:
    """The memory of each of a stack's own weights (not those shared with the model), then of its cache, in bytes."""
    for layer in stack.layers:
        yield from (linear.own_bytes for linear in layer.linears)
    yield stack.cache_bytes
