"""What the talker reads: text, voice and language laid out as embeddings, as its checkpoints were trained to read.

The layout is that of `Qwen3TTSForConditionalGeneration.generate` and `generate_icl_prompt` (qwen_tts 0.1.1). Every
position is the sum of a text embedding and a codec embedding:

    text    assistant-tag   pad … pad  begin │ words of the reference, words to say, end
    codec   (nothing)       language, voice  │ begin, frames of the reference

Cloning reads text and frames side by side, and what text is left over frame by frame while it speaks; the preset and
designed voices read the whole text first. `D` is the talker's width.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from sidecar.engines.qwen.spec import LANGUAGE_NAMES


@dataclass(frozen=True)
class Script:
    """Embeddings to read before speaking, (1, T, D), and one for each frame spoken, (1, N, D), then `silence`."""

    prefix: torch.Tensor
    trailing: torch.Tensor
    silence: torch.Tensor
    text_tokens: int

    def text_at(self, frame: int) -> torch.Tensor:
        """What is read along with a frame, (1, 1, D): the next piece of text, or nothing more."""
        return self.trailing[:, frame : frame + 1] if frame < self.trailing.shape[1] else self.silence


@dataclass(frozen=True)
class ReferenceSpeech:
    """A recording to continue from: its transcript and its frames, (T, 16) int64."""

    text: str
    codes: torch.Tensor


class ScriptWriter:
    """Lays out scripts with a checkpoint's own embeddings and tokenizer."""

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._config = model.config
        self._talker = model.talker
        self._codec = model.config.talker_config
        self._tokenizer = tokenizer

    def count_tokens(self, text: str) -> int:
        """The number of text tokens that `text` is to the model."""
        return int(self._ids(text).shape[1])

    @torch.inference_mode()
    def clone(self, text: str, language: str, speaker: torch.Tensor, reference: ReferenceSpeech | None) -> Script:
        """Text in a cloned voice: `speaker` (D,) alone, or as the continuation of `reference` too."""
        opening = self._opening(self._tags(language), speaker.view(1, 1, -1))
        if reference is None:
            words, begin = self._text(self._ids(text)), self._codes(self._codec.codec_bos_id)
            prefix = torch.cat([opening, words[:, :1] + begin], dim=1)
            return self._script(text, prefix, torch.cat([words[:, 1:], self._end()], dim=1))
        words = torch.cat([self._text(self._ids(reference.text)), self._text(self._ids(text)), self._end()], dim=1)
        frames = torch.cat([self._codes(self._codec.codec_bos_id), self._frames(reference.codes)], dim=1)
        shared = min(words.shape[1], frames.shape[1])
        unread = words[:, shared:] if words.shape[1] > frames.shape[1] else self._silence()
        silent = self._silence().expand(-1, frames.shape[1] - shared, -1)
        beside = torch.cat([words[:, :shared], silent], dim=1) + frames
        return self._script(text, torch.cat([opening, beside], dim=1), unread)

    @torch.inference_mode()
    def preset(self, text: str, language: str, voice: str, instruct: str | None) -> Script:
        """Text in a stock voice, optionally in the manner that `instruct` asks for."""
        dialect = self._codec.spk_is_dialect[voice]
        tags = self._tags(language)
        if dialect and language in ("zh", "auto"):
            tags = self._thinking(self._codec.codec_language_id[dialect])
        return self._whole_text_first(text, self._opening(tags, self._codes(self._codec.spk_id[voice])), instruct)

    @torch.inference_mode()
    def design(self, text: str, language: str, description: str) -> Script:
        """Text in the voice that `description` describes."""
        return self._whole_text_first(text, self._opening(self._tags(language), None), description)

    def _whole_text_first(self, text: str, opening: torch.Tensor, instruct: str | None) -> Script:
        words = torch.cat([self._text(self._ids(text)), self._end()], dim=1)
        begin = self._silence() + self._codes(self._codec.codec_bos_id)
        parts = [opening, words + self._codes(self._codec.codec_pad_id), begin]
        if instruct:
            parts.insert(0, self._text(self._instruction(instruct)))
        return self._script(text, torch.cat(parts, dim=1), self._silence())

    def _script(self, text: str, prefix: torch.Tensor, trailing: torch.Tensor) -> Script:
        return Script(prefix, trailing, self._silence(), self.count_tokens(text))

    def _opening(self, tags: torch.Tensor, speaker: torch.Tensor | None) -> torch.Tensor:
        """The assistant's turn begins: its role, then language and voice beside padding."""
        codec = [tags, *([] if speaker is None else [speaker]), self._codes(self._codec.codec_pad_id)]
        beside = torch.cat(codec, dim=1)
        text = torch.cat([self._silence().expand(-1, beside.shape[1] - 1, -1), self._begin()], dim=1)
        role = self._text(self._ids("<|im_start|>assistant\n", special=True))
        return torch.cat([role, text + beside], dim=1)

    def _tags(self, language: str) -> torch.Tensor:
        if language == "auto":
            codec = self._codec
            return self._codes(codec.codec_nothink_id, codec.codec_think_bos_id, codec.codec_think_eos_id)
        return self._thinking(self._codec.codec_language_id[LANGUAGE_NAMES[language]])

    def _thinking(self, language_code: int) -> torch.Tensor:
        codec = self._codec
        return self._codes(codec.codec_think_id, codec.codec_think_bos_id, language_code, codec.codec_think_eos_id)

    def _instruction(self, instruct: str) -> torch.Tensor:
        opening = self._ids("<|im_start|>user\n", special=True)
        return torch.cat([opening, self._ids(instruct), self._ids("<|im_end|>\n", special=True)], dim=1)

    def _ids(self, text: str, *, special: bool = False) -> torch.Tensor:
        """Token ids (1, n). Unless `special`, a control token spelled out in the text is read as plain text."""
        ids = self._tokenizer(text.strip() if not special else text, split_special_tokens=not special)["input_ids"]
        return torch.tensor([ids], device=self._talker.device)

    def _text(self, ids: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._talker.text_projection(self._talker.get_text_embeddings()(ids))
        return embedded

    def _begin(self) -> torch.Tensor:
        return self._text_token(self._config.tts_bos_token_id)

    def _end(self) -> torch.Tensor:
        return self._text_token(self._config.tts_eos_token_id)

    def _silence(self) -> torch.Tensor:
        return self._text_token(self._config.tts_pad_token_id)

    def _text_token(self, token: int) -> torch.Tensor:
        return self._text(torch.tensor([[token]], device=self._talker.device))

    def _codes(self, *codes: int) -> torch.Tensor:
        embedded: torch.Tensor = self._talker.get_input_embeddings()(torch.tensor([codes], device=self._talker.device))
        return embedded

    def _frames(self, codes: torch.Tensor) -> torch.Tensor:
        """Frames (T, 16) as embeddings (1, T, D): the sum over a frame's codes."""
        tables = [self._talker.get_input_embeddings(), *self._talker.code_predictor.get_input_embeddings()]
        embedded = [table(codes[:, index : index + 1]) for index, table in enumerate(tables)]
        return torch.cat(embedded, dim=1).sum(dim=1).unsqueeze(0)
