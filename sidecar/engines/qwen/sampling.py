"""How the next code is drawn: the rules of transformers' `generate`, in its order, on its stream of random numbers.

`torch.multinomial` draws one number an entry of the vocabulary, so that a generator seeded alike gives the library's
codes only if it is asked the same questions: whole vocabularies, in the same order. Each utterance of a batch has a
generator of its own here, and so sounds the same alone and in company (the library shares one among all).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch

from sidecar.engines.base import Sampling
from sidecar.errors import EngineFailed

NEVER = -torch.inf


@dataclass(frozen=True)
class Rule:
    """One drawer's parameters. Temperature 0 is greedy; `top_k` 0 and `top_p` 1 keep everything."""

    temperature: float = 0.9
    top_k: int = 50
    top_p: float = 1.0
    repetition_penalty: float = 1.0


@dataclass(frozen=True)
class Recipe:
    """How both drawers draw: the talker its first codebook, the predictor the others."""

    talker: Rule
    predictor: Rule


def recipe(sampling: Sampling, defaults: Mapping[str, Any]) -> Recipe:
    """What was asked for, completed from a checkpoint's generation_config.json, else from the library's defaults."""

    def pick(asked: float | None, name: str, otherwise: float) -> float:
        return asked if asked is not None else float(defaults.get(name, otherwise))

    talker = Rule(
        pick(sampling.temperature, "temperature", 0.9),
        int(pick(sampling.top_k, "top_k", 50)),
        pick(sampling.top_p, "top_p", 1.0),
        pick(sampling.repetition_penalty, "repetition_penalty", 1.05),
    )
    predictor = Rule(
        pick(sampling.subtalker_temperature, "subtalker_temperature", 0.9),
        int(pick(sampling.subtalker_top_k, "subtalker_top_k", 50)),
        pick(sampling.subtalker_top_p, "subtalker_top_p", 1.0),
    )
    return Recipe(talker, predictor)


def draw(logits: torch.Tensor, rule: Rule, generator: torch.Generator) -> torch.Tensor:
    """One code index, shape (1,), from logits (1, vocabulary).

    Raises:
        EngineFailed: the logits hold no number to draw from (NaN).

    """
    scores = logits.float()
    if rule.temperature == 0.0:
        return scores.argmax(dim=-1)
    scores = _keep_likely(scores / rule.temperature, rule)
    probabilities = scores.softmax(dim=-1)
    if bool(probabilities[0, 0].isnan()):
        raise EngineFailed(
            "The model computed values that are not numbers. Its files may be damaged: verify the model."
        )
    return torch.multinomial(probabilities, 1, generator=generator)[0]


def penalise(logits: torch.Tensor, seen: torch.Tensor, penalty: float) -> torch.Tensor:
    """Logits (1, vocabulary) with those of `seen` codes (a mask of the same shape) made less likely.

    Keskar et al., "CTRL", 2019: positive logits are divided by the penalty, negative ones multiplied.
    """
    return torch.where(seen, torch.where(logits < 0, logits * penalty, logits / penalty), logits)


def _keep_likely(scores: torch.Tensor, rule: Rule) -> torch.Tensor:
    if rule.top_k:
        smallest_kept = scores.topk(min(rule.top_k, scores.shape[-1]), dim=-1).values[..., -1:]
        scores = scores.masked_fill(scores < smallest_kept, NEVER)
    if rule.top_p < 1.0:
        ascending, order = scores.sort(dim=-1)
        unlikely = ascending.softmax(dim=-1).cumsum(dim=-1) <= 1.0 - rule.top_p
        unlikely[..., -1] = False
        scores = scores.masked_fill(unlikely.scatter(-1, order, unlikely), NEVER)
    return scores
