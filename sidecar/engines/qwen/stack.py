"""A decoder-only transformer stack with a preallocated key-value cache: the talker's and the code predictor's.

The same mathematics as `Qwen3TTSTalkerModel` and `Qwen3TTSTalkerCodePredictorModel` (qwen_tts 0.1.1), without what
`generate` builds around every step: a new cache, masks, output objects. The talker's three rows of rotary positions
are always equal in speech (`get_rope_index`), so that its "multimodal" rotation is the ordinary one.

Shapes: B sequences, T new positions, H heads of size h in K key-value groups of g = H / K heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from sidecar.engines.qwen.graphs import Record, Step
from sidecar.engines.qwen.linear import Linear, MakeLinear


@dataclass(frozen=True)
class Layer:
    """The weights of one layer: four matrix products and three scales of root-mean-square norms.

    `head_norms` (H + K, h) scales every query's head, then every key's.
    """

    attention_norm: torch.Tensor
    query_key_value: Linear
    head_norms: torch.Tensor
    attention_out: Linear
    feed_norm: torch.Tensor
    gate_up: Linear
    down: Linear

    @property
    def linears(self) -> tuple[Linear, ...]:
        """The matrix products in order."""
        return self.query_key_value, self.attention_out, self.gate_up, self.down


class Stack:
    """Layers over a cache of fixed size. Call `reserve` once a generation, then `run` or `step` with growing `start`.

    Every position has a place in the cache, the same for all sequences; a shorter sequence begins with padding. With
    `record`, steps are recorded: they then look at the whole cache, through a mask, so that all of them are alike.
    """

    def __init__(self, model: nn.Module, config: Any, make_linear: MakeLinear, record: Record | None = None) -> None:
        self._groups, self._size = config.num_key_value_heads, config.head_dim
        self._heads = config.num_attention_heads
        self._eps = config.rms_norm_eps
        modules: Any = model
        self.layers = [_layer(module, config, make_linear) for module in modules.layers]
        self._final_norm: torch.Tensor = modules.norm.weight.detach()
        halves = torch.arange(0, self._size, 2, device=self._final_norm.device).float() / self._size
        self._frequencies = 1.0 / (config.rope_theta**halves)
        self._record, self._padded = record, False
        self._recorded: dict[int, Step] = {}
        self._keys = self._values = self._cos = self._sin = self._padding = self._nothing()

    def reserve(self, length: int, padding: Sequence[int]) -> None:
        """Have room for sequences of `length` places, padded by so many; memory that is large enough is kept."""
        batch = len(padding)
        if self._keys.shape[1] != batch or self._keys.shape[3] < length:
            self.release()
            shape = (len(self.layers), batch, self._groups, length, self._size)
            self._keys, self._values = self._final_norm.new_empty(shape), self._final_norm.new_empty(shape)
            angles = torch.outer(torch.arange(length, device=self._final_norm.device).float(), self._frequencies)
            # The rotation's minus sign is folded into the first half of the sines.
            self._cos = torch.cat([angles.cos(), angles.cos()], dim=-1).to(self._final_norm.dtype)
            self._sin = torch.cat([-angles.sin(), angles.sin()], dim=-1).to(self._final_norm.dtype)
            self._padding = torch.empty(batch, dtype=torch.long, device=self._final_norm.device)
        self._padding.copy_(torch.tensor(padding))
        self._padded = any(padding)
        if self._record is not None:
            # A mask hides what is not yet written, but zero times NaN would still be NaN.
            self._keys.zero_()
            self._values.zero_()

    def release(self) -> None:
        """Give the cache's memory back."""
        self._recorded = {}
        self._keys = self._values = self._cos = self._sin = self._padding = self._nothing()

    @property
    def cache_bytes(self) -> int:
        """Memory of the cache, in bytes."""
        return self._keys.nbytes + self._values.nbytes

    def run(self, x: torch.Tensor, start: int) -> torch.Tensor:
        """Put x (B, T, D) through all layers at places start … start + T - 1; returns the same shape, normed."""
        steps = x.shape[1]
        places = self._places(start, steps)
        # A single new position sees everything so far, unless there is padding.
        mask = self._mask(places, start + steps) if steps > 1 or self._padded else None
        return self._through(x, places, start + steps, mask)

    def step(self, x: torch.Tensor, start: int) -> torch.Tensor:
        """What `run` returns, for a T that comes again and again. The next step of the same T may overwrite it."""
        if self._record is None:
            return self.run(x, start)
        steps = x.shape[1]
        places = self._places(start, steps)
        if steps not in self._recorded:
            self._recorded[steps] = self._record(self._through_whole_cache, x, places)
        return self._recorded[steps](x, places)

    def _nothing(self) -> torch.Tensor:
        return self._final_norm.new_empty((len(self.layers), 0, self._groups, 0, self._size))

    def _places(self, start: int, steps: int) -> torch.Tensor:
        return torch.arange(start, start + steps, device=self._final_norm.device)

    def _mask(self, places: torch.Tensor, length: int) -> torch.Tensor:
        """Who may look where, (B, T, length): at what is real and not later than oneself.

        Padding looks at itself: a query without any key would become NaN.
        """
        keys = torch.arange(length, device=places.device)
        real = keys[None, :] >= self._padding[:, None]
        return (keys[None, :] <= places[:, None]) & real[:, None, :] | (keys[None, :] == places[:, None])

    def _through_whole_cache(self, x: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        length = self._keys.shape[3]
        return self._through(x, places, length, self._mask(places, length))

    def _through(self, x: torch.Tensor, places: torch.Tensor, length: int, mask: torch.Tensor | None) -> torch.Tensor:
        """Put x (B, T, D) through all layers at `places` (T,), over `length` places of the cache, as `mask` allows."""
        positions = (places[None, :] - self._padding[:, None]).clamp_min(0)
        rotation = self._cos[positions].unsqueeze(2), self._sin[positions].unsqueeze(2)
        grouped_mask = None if mask is None else mask.repeat(1, self._heads // self._groups, 1).unsqueeze(1)
        for layer, keys, values in zip(self.layers, self._keys, self._values, strict=True):
            query, key, value = self._look(layer, self._norm(x, layer.attention_norm), rotation)
            keys.index_copy_(2, places, key)
            values.index_copy_(2, places, value)
            x = x + self._attend(layer, query, keys[:, :, :length], values[:, :, :length], grouped_mask)
            gate, up = layer.gate_up(self._norm(x, layer.feed_norm)).chunk(2, dim=-1)
            x = x + layer.down(functional.silu(gate) * up)
        return self._norm(x, self._final_norm)

    def _look(
        self, layer: Layer, x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Queries (B, T, H, h), keys (B, K, T, h) and values (B, K, T, h) of x (B, T, D)."""
        heads = layer.query_key_value(x).view(*x.shape[:2], -1, self._size)
        query_key, value = torch.split(heads, [self._heads + self._groups, self._groups], dim=2)
        scaled = functional.rms_norm(query_key, (self._size,), None, self._eps) * layer.head_norms
        query, key = torch.split(_rotate(scaled, rotation), [self._heads, self._groups], dim=2)
        return query, key.transpose(1, 2), value.transpose(1, 2)

    def _attend(
        self, layer: Layer, query: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, mask: torch.Tensor | None
    ) -> torch.Tensor:
        """What queries (B, T, H, h) find in keys and values (B, K, length, h): (B, T, D)."""
        batch, steps = query.shape[:2]
        # The heads of a group share keys: taken as more queries, so that no key is copied.
        grouped = query.view(batch, steps, self._groups, -1, self._size).permute(0, 2, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(grouped.flatten(2, 3), keys, values, attn_mask=mask)
        seen = seen.view(batch, self._groups, -1, steps, self._size).permute(0, 3, 1, 2, 4)
        return layer.attention_out(seen.flatten(2))

    def _norm(self, x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        normed: torch.Tensor = functional.rms_norm(x, (x.shape[-1],), weight, self._eps)
        return normed


def _rotate(x: torch.Tensor, rotation: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
    cos, sin = rotation
    rotated: torch.Tensor = x * cos + x.roll(x.shape[-1] // 2, dims=-1) * sin
    return rotated


def _layer(module: Any, config: Any, make_linear: MakeLinear) -> Layer:
    attention, feed = module.self_attn, module.mlp
    norms = [(attention.q_norm, config.num_attention_heads), (attention.k_norm, config.num_key_value_heads)]
    return Layer(
        attention_norm=module.input_layernorm.weight.detach(),
        query_key_value=make_linear(attention.q_proj, attention.k_proj, attention.v_proj),
        head_norms=torch.cat([norm.weight.detach().expand(heads, -1) for norm, heads in norms]),
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
