"""The decoding loop: from what the talker reads to frames of codes, sixteen codes for every 80 ms of speech.

Each frame is one step of the talker, which draws the first code, and fifteen of the code predictor, which draw the
rest; the sum of the sixteen codes' embeddings and of the next piece of text is what the talker reads next. With the
same seed the codes are those of `Qwen3TTSForConditionalGeneration.generate` (qwen_tts 0.1.1).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.nn import functional

from sidecar.engines.base import Spoken, StopReason
from sidecar.engines.qwen.graphs import Record
from sidecar.engines.qwen.linear import ExactLinear, Linear, MakeLinear
from sidecar.engines.qwen.sampling import NEVER, Recipe, draw, penalise
from sidecar.engines.qwen.script import Script
from sidecar.engines.qwen.stack import Stack, own_bytes
from sidecar.errors import EngineFailed

CONTROL_CODES = 1_024
"""The last entries of the talker's vocabulary are no sounds; of them only "end of speech" may be drawn (`generate`)."""

PLACES_AT_A_TIME = 256
"""The talker's cache grows by so many places, so that it (and what is recorded over it) mostly serves the next run."""

SHORTEST_TAKE = 2
"""Frames before "end of speech" may be drawn (`min_new_tokens` in `generate`)."""


@dataclass
class Take:
    """One utterance on its way: what is read, how codes are drawn, and how far it has come.

    `cap` is the most frames that it may have. `stop_reason` is None while it runs.
    """

    script: Script
    recipe: Recipe
    seed: int
    cap: int
    frames: int = 0
    stop_reason: StopReason | None = None
    generator: torch.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.generator = torch.Generator(self.script.prefix.device)
        self.generator.manual_seed(self.seed)

    @property
    def spoken(self) -> Spoken:
        """How the take ended.

        Raises:
            EngineFailed: it has not ended.

        """
        if self.stop_reason is None:
            raise EngineFailed("The model stopped before the speech had ended. Try again.")
        return Spoken(self.stop_reason, self.frames)


class FastLoop:
    """Talker and code predictor over static caches. Not for concurrent use: the caches hold one run.

    With `record` their steps are recorded (see `graphs`). Codes are drawn between the steps, never within: how they
    are drawn differs from take to take.
    """

    def __init__(self, talker: Any, make_linear: MakeLinear = ExactLinear, record: Record | None = None) -> None:
        self._config = talker.config
        self._groups: int = talker.config.num_code_groups
        predictor = talker.code_predictor
        self.talker = Stack(talker.model, talker.config, make_linear, record)
        self.predictor = Stack(predictor.model, predictor.config, make_linear, record)
        self._talker_head = make_linear(talker.codec_head)
        self._predictor_heads = [make_linear(head) for head in predictor.lm_head]
        self._first_embedding = talker.model.codec_embedding
        self._embeddings = predictor.model.codec_embedding
        self._project = predictor.small_to_mtp_projection
        self._forbidden = self._control_codes()

    @property
    def own_bytes(self) -> int:
        """Memory held besides the parameters of the talker that it was made of, in bytes."""
        heads: list[Linear] = [self._talker_head, *self._predictor_heads]
        stacks = (*own_bytes(self.talker), *own_bytes(self.predictor))
        return sum(stacks) + sum(head.own_bytes for head in heads)

    def release(self) -> None:
        """Give the caches' memory back; the next run takes new ones."""
        self.talker.release()
        self.predictor.release()

    @torch.inference_mode()
    def run(self, takes: Sequence[Take], check: Callable[[], None]) -> Iterator[torch.Tensor]:
        """Yield one frame of every take at a time, (len(takes), 16) codes, until all have stopped.

        A take's row is speech as long as its `stop_reason` is None, and must be ignored from then on. `check` is
        called before every frame, and what it raises ends the run.
        """
        prefixes = [take.script.prefix for take in takes]
        longest = max(prefix.shape[1] for prefix in prefixes)
        padding = [longest - prefix.shape[1] for prefix in prefixes]
        places = longest + max(take.cap for take in takes)
        self.talker.reserve(math.ceil(places / PLACES_AT_A_TIME) * PLACES_AT_A_TIME, padding)
        self.predictor.reserve(self._groups, [0] * len(takes))
        seen = self._forbidden.new_zeros(len(takes), self._config.vocab_size)
        check()
        rows = [functional.pad(prefix, (0, 0, padded, 0)) for prefix, padded in zip(prefixes, padding, strict=True)]
        hidden = self.talker.run(torch.cat(rows), 0)[:, -1:]
        for step in range(max(take.cap for take in takes) + 1):
            first = self._draw_first(hidden, seen, takes, step)
            self._stop_finished(takes, first)
            if all(take.stop_reason for take in takes):
                return
            check()
            codes, spoken = self._complete(hidden, first, takes)
            for take in takes:
                take.frames += take.stop_reason is None
            yield codes
            text = torch.cat([take.script.text_at(step) for take in takes])
            hidden = self.talker.step(spoken + text, longest + step)

    def _draw_first(self, hidden: torch.Tensor, seen: torch.Tensor, takes: Sequence[Take], step: int) -> torch.Tensor:
        """The first code of each take's next frame, (B,), or "end of speech"; notes it in `seen` (B, vocabulary)."""
        logits = self._talker_head(hidden)[:, -1].float()
        drawn = []
        for row, take in enumerate(takes):
            scores = penalise(logits[row : row + 1], seen[row : row + 1], take.recipe.talker.repetition_penalty)
            scores = scores.masked_fill(self._forbidden, NEVER)
            if step < SHORTEST_TAKE:
                scores[:, self._config.codec_eos_token_id] = NEVER
            drawn.append(draw(scores, take.recipe.talker, take.generator))
        first = torch.cat(drawn)
        seen.scatter_(1, first[:, None], True)
        return first

    def _stop_finished(self, takes: Sequence[Take], first: torch.Tensor) -> None:
        for take, code in zip(takes, first.tolist(), strict=True):
            if take.stop_reason is None and code == self._config.codec_eos_token_id:
                take.stop_reason = "eos"
            elif take.stop_reason is None and take.frames >= take.cap:
                take.stop_reason = "cap"

    def _complete(
        self, hidden: torch.Tensor, first: torch.Tensor, takes: Sequence[Take]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The frames that begin with `first` (B,): codes (B, 16), and the sum of their embeddings (B, 1, D)."""
        codes, embedded = [first], [self._first_embedding(first[:, None])]
        x = torch.cat([hidden, embedded[0]], dim=1)
        place = 0
        for head, embedding in zip(self._predictor_heads, self._embeddings, strict=True):
            state = self.predictor.step(self._project(x), place)
            place += x.shape[1]
            logits = head(state[:, -1:])[:, -1]
            code = torch.cat(
                [draw(logits[row : row + 1], take.recipe.predictor, take.generator) for row, take in enumerate(takes)]
            )
            codes.append(code)
            x = embedding(code[:, None])
            embedded.append(x)
        return torch.stack(codes, dim=1), torch.cat(embedded, dim=1).sum(dim=1, keepdim=True)

    def _control_codes(self) -> torch.Tensor:
        """A mask (vocabulary,) of what may never be drawn."""
        forbidden = torch.zeros(self._config.vocab_size, dtype=torch.bool, device=self._first_embedding.weight.device)
        forbidden[-CONTROL_CODES:] = True
        forbidden[self._config.codec_eos_token_id] = False
        return forbidden
