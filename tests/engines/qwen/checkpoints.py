"""Random checkpoints that the real `qwen_tts` loads and speaks with: of about 1 MB for tests, of real size to measure.

The numbers in a configuration depend on one another; the functions below are the list of how. Real dimensions are
those of the released config.json files; with them the parameter counts equal the released ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import torch
from safetensors.torch import save_file
from torch import nn

from sidecar.engines.qwen.library import load_library
from tests.engines.qwen.shapes import TINY, Shape

Kind = Literal["base", "custom_voice", "voice_design"]

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>")
MERGED_WORDS = ("assistant", "user")
"""Must be one token each: the library cuts the role off a text by counting tokens."""

CODEC_TOKENS = {"pad": 100, "bos": 101, "eos": 102, "think": 106, "nothink": 107, "think_bos": 108, "think_eos": 109}
LANGUAGES = {
    "english": 2,
    "german": 5,
    "spanish": 6,
    "chinese": 7,
    "japanese": 10,
    "french": 13,
    "korean": 16,
    "russian": 21,
    "italian": 22,
    "portuguese": 23,
}
DIALECTS = {"sichuan_dialect": 14, "beijing_dialect": 26}
SPEAKERS = {
    "aiden": 813,
    "sohee": 816,
    "ono_anna": 825,
    "eric": 827,
    "dylan": 830,
    "uncle_fu": 962,
    "ryan": 1013,
    "vivian": 1017,
    "serena": 1018,
}
"""Places within the 1,024 control codes that follow the codebook, as in the released configurations."""

LOUDNESS = 0.1
"""Standard deviation of what a random codec is scaled to say; unscaled, it would be clipped throughout."""


def make_checkpoint(
    folder: Path,
    kind: Kind,
    *,
    size: Literal["0b6", "1b7"] = "1b7",
    shape: Shape = TINY,
    seed: int = 0,
    eagerness: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Path:
    """Write a random checkpoint into `folder`, laid out as a released one, and return `folder`.

    `size` is only what the checkpoint calls itself (it decides about `instruct`); `shape` is how large it is.
    `eagerness` scales how much "end of speech" is for or against: with 3 random takes last for tens of frames, with
    0 the greedy ones never end. `dtype` is that of the model's file (the released ones hold bfloat16).
    """
    (folder / "speech_tokenizer").mkdir(parents=True, exist_ok=True)
    tokens, text_vocabulary = _write_tokenizer(folder)
    config = _model_config(kind, size, shape, tokens, shape.text_vocabulary or text_vocabulary)
    codec_config = _codec_config(shape)
    _write_json(folder / "config.json", config)
    _write_json(folder / "generation_config.json", _generation_config())
    _write_json(folder / "preprocessor_config.json", {"processor_class": "Qwen3TTSProcessor", "padding_side": "left"})
    _write_json(folder / "speech_tokenizer" / "config.json", codec_config)
    _write_json(folder / "speech_tokenizer" / "preprocessor_config.json", _feature_extractor_config())
    generator = torch.Generator().manual_seed(seed)
    weights = _model_weights(config, generator, dtype)
    weights["talker.codec_head.weight"][config["talker_config"]["codec_eos_token_id"]] *= eagerness
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _write_codec(folder / "speech_tokenizer", codec_config, generator)
    return folder


def _model_weights(config: dict[str, Any], generator: torch.Generator, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    load_library()
    from qwen_tts.core.models import Qwen3TTSConfig, Qwen3TTSForConditionalGeneration

    with torch.device("meta"):
        model = Qwen3TTSForConditionalGeneration(Qwen3TTSConfig(**_without_type(config)))
    return {name: _random_like(name, empty, generator).to(dtype) for name, empty in model.state_dict().items()}


def _random_like(name: str, empty: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Scales of norms are one, biases zero, matrices random such that outputs are as large as inputs."""
    if empty.dim() == 1:
        return torch.zeros(empty.shape) if name.endswith("bias") else torch.ones(empty.shape)
    fan_in = empty[0].numel()
    weight: torch.Tensor = torch.randn(empty.shape, generator=generator) / fan_in**0.5
    return weight


def _write_codec(folder: Path, config: dict[str, Any], generator: torch.Generator) -> None:
    load_library()
    from qwen_tts.core import Qwen3TTSTokenizerV2Config, Qwen3TTSTokenizerV2Model

    torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
    codec = Qwen3TTSTokenizerV2Model(Qwen3TTSTokenizerV2Config(**_without_type(config)))
    with torch.no_grad():
        for name, tensor in _tensors(codec):
            if name.endswith(("embedding_sum", "embed_sum")):
                tensor.copy_(torch.randn(tensor.shape, generator=generator))
            elif name.endswith(("cluster_usage", "initialized")):
                tensor.fill_(1.0)
            elif name.endswith("gamma"):
                tensor.fill_(0.5)
        _scale_to(LOUDNESS, codec.decoder, generator)
    weights = {name: tensor.contiguous().clone() for name, tensor in codec.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def _scale_to(loudness: float, decoder: Any, generator: torch.Generator) -> None:
    last = decoder.decoder[-1].conv
    groups, codebook = decoder.config.num_quantizers, decoder.config.codebook_size
    codes = torch.randint(codebook, (1, groups, 8), generator=generator)
    quiet = 1e-4
    last.weight.mul_(quiet)
    last.bias.zero_()
    said = decoder(codes)
    last.weight.mul_(loudness / float(said.std()))
    last.bias.copy_(-said.mean() * loudness / said.std())


def _tensors(module: nn.Module) -> Iterator[tuple[str, torch.Tensor]]:
    yield from module.named_parameters()
    yield from module.named_buffers()


def _write_tokenizer(folder: Path) -> tuple[dict[str, int], int]:
    """A byte-level tokenizer of Qwen2's type that knows bytes and `MERGED_WORDS`: token ids, size of vocabulary."""
    vocabulary = {character: index for index, character in enumerate(_byte_characters())}
    merges: list[str] = []
    for word in MERGED_WORDS:
        for end in range(1, len(word)):
            merges.append(f"{word[:end]} {word[end]}")
            vocabulary.setdefault(word[: end + 1], len(vocabulary))
    special = {token: len(vocabulary) + index for index, token in enumerate(SPECIAL_TOKENS)}
    _write_json(folder / "vocab.json", vocabulary)
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", encoding="utf-8")
    _write_json(folder / "tokenizer_config.json", _tokenizer_config(special))
    return special | {"assistant": vocabulary["assistant"]}, len(vocabulary) + len(special)


def _byte_characters() -> list[str]:
    """GPT-2's 256 printable stand-ins for bytes: printable Latin-1 as it is, the others from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return [chr(byte) for byte in printable] + [chr(256 + index) for index in range(len(others))]


def _tokenizer_config(special: dict[str, int]) -> dict[str, Any]:
    flags = {"lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}
    return {
        "add_prefix_space": False,
        "added_tokens_decoder": {str(index): {"content": token, **flags} for token, index in special.items()},
        "additional_special_tokens": list(SPECIAL_TOKENS[1:]),
        "bos_token": None,
        "clean_up_tokenization_spaces": False,
        "eos_token": "<|im_end|>",
        "errors": "replace",
        "model_max_length": 131_072,
        "pad_token": "<|endoftext|>",
        "tokenizer_class": "Qwen2Tokenizer",
        "unk_token": None,
        "processor_class": "Qwen3TTSProcessor",
    }


def _model_config(kind: Kind, size: str, shape: Shape, tokens: dict[str, int], text_vocabulary: int) -> dict[str, Any]:
    config = {
        "architectures": ["Qwen3TTSForConditionalGeneration"],
        "model_type": "qwen3_tts",
        "tokenizer_type": "qwen3_tts_tokenizer_12hz",
        "tts_model_size": size,
        "tts_model_type": kind,
        "assistant_token_id": tokens["assistant"],
        "im_start_token_id": tokens["<|im_start|>"],
        "im_end_token_id": tokens["<|im_end|>"],
        "tts_pad_token_id": tokens["<tts_pad>"],
        "tts_bos_token_id": tokens["<tts_text_bos>"],
        "tts_eos_token_id": tokens["<tts_text_eod>"],
        "talker_config": _talker_config(kind, shape, text_vocabulary),
    }
    if kind == "base":
        speaker_encoder = {"enc_dim": shape.hidden, "sample_rate": 24_000, **shape.speaker_encoder}
        config["speaker_encoder_config"] = speaker_encoder
    return config


def _talker_config(kind: Kind, shape: Shape, text_vocabulary: int) -> dict[str, Any]:
    languages = LANGUAGES | (DIALECTS if kind == "custom_voice" else {})
    speakers = SPEAKERS if kind == "custom_voice" else {}
    dialects: dict[str, bool | str] = dict.fromkeys(speakers, False)
    if speakers:
        dialects |= {"eric": "sichuan_dialect", "dylan": "beijing_dialect"}
    rope = {"interleaved": True, "mrope_section": list(shape.rotary), "rope_type": "default", "type": "default"}
    tokens = {
        "codec_pad_id": "pad",
        "codec_bos_id": "bos",
        "codec_eos_token_id": "eos",
        "codec_think_id": "think",
        "codec_nothink_id": "nothink",
        "codec_think_bos_id": "think_bos",
        "codec_think_eos_id": "think_eos",
    }
    return {
        "model_type": "qwen3_tts_talker",
        **_stack_config(shape, shape.hidden, shape.feed, shape.layers),
        **{key: shape.codebook + CODEC_TOKENS[name] for key, name in tokens.items()},
        "vocab_size": shape.codebook + 1024,
        "text_vocab_size": text_vocabulary,
        "text_hidden_size": shape.text_hidden,
        "rope_scaling": rope,
        "position_id_per_seconds": 13,
        "codec_language_id": {name: shape.codebook + place for name, place in languages.items()},
        "spk_id": {name: shape.codebook + place for name, place in speakers.items()},
        "spk_is_dialect": dialects,
        "code_predictor_config": {
            "model_type": "qwen3_tts_talker_code_predictor",
            **_stack_config(shape, shape.predictor_hidden, shape.predictor_feed, shape.predictor_layers),
            "vocab_size": shape.codebook,
            "rope_scaling": None,
        },
    }


def _stack_config(shape: Shape, hidden: int, feed: int, layers: int) -> dict[str, Any]:
    return {
        "hidden_size": hidden,
        "intermediate_size": feed,
        "num_hidden_layers": layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.key_heads,
        "head_dim": shape.head_dim,
        "num_code_groups": 16,
        "hidden_act": "silu",
        "max_position_embeddings": 32_768,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1_000_000,
        "attention_bias": False,
        "pad_token_id": None,
        "bos_token_id": None,
        "eos_token_id": None,
    }


def _codec_config(shape: Shape) -> dict[str, Any]:
    decoder = {
        **shape.codec_decoder,
        "codebook_size": shape.codebook,
        "semantic_codebook_size": 2 * shape.codebook,
        "num_quantizers": 16,
        "num_semantic_quantizers": 1,
        "attention_bias": False,
        "hidden_act": "silu",
        "max_position_embeddings": 8000,
        "rms_norm_eps": 1e-5,
        "rope_theta": 10_000,
        "sliding_window": 72,
        "upsample_rates": [8, 5, 4, 3],
        "upsampling_ratios": [2, 2],
    }
    encoder = {
        **shape.codec_encoder,
        "codebook_size": shape.codebook,
        "num_semantic_quantizers": 1,
        "_frame_rate": 12.5,
        "audio_channels": 1,
        "compress": 2,
        "dilation_growth_rate": 2,
        "hidden_act": "gelu",
        "kernel_size": 7,
        "last_kernel_size": 3,
        "max_position_embeddings": 8000,
        "norm_eps": 1e-5,
        "num_residual_layers": 1,
        "pad_mode": "constant",
        "residual_kernel_size": 3,
        "rope_theta": 10_000.0,
        "sampling_rate": 24_000,
        "sliding_window": 250,
        "upsampling_ratios": [8, 6, 5, 4],
        "use_cache": False,
        "use_causal_conv": True,
        "use_conv_shortcut": False,
        "use_streaming": False,
    }
    return {
        "architectures": ["Qwen3TTSTokenizerV2Model"],
        "model_type": "qwen3_tts_tokenizer_12hz",
        "encoder_valid_num_quantizers": 16,
        "input_sample_rate": 24_000,
        "output_sample_rate": 24_000,
        "decode_upsample_rate": 1920,
        "encode_downsample_rate": 1920,
        "decoder_config": decoder,
        "encoder_config": encoder,
    }


def _generation_config() -> dict[str, Any]:
    drawing = {"temperature": 0.9, "top_k": 50, "top_p": 1.0}
    subtalker = {f"subtalker_{name}": value for name, value in drawing.items()}
    return {
        **drawing,
        **subtalker,
        "do_sample": True,
        "subtalker_dosample": True,
        "repetition_penalty": 1.05,
        "max_new_tokens": 8192,
    }


def _feature_extractor_config() -> dict[str, Any]:
    return {
        "feature_extractor_type": "EncodecFeatureExtractor",
        "feature_size": 1,
        "sampling_rate": 24_000,
        "chunk_length_s": None,
        "overlap": None,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": True,
    }


def _without_type(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if key != "model_type"}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
