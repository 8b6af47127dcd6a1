"""The dimensions of checkpoints: tiny ones for tests, and those of the released config.json files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """The free dimensions of a checkpoint; everything else follows from them."""

    hidden: int
    feed: int
    layers: int
    heads: int
    key_heads: int
    head_dim: int
    rotary: tuple[int, int, int]
    text_hidden: int
    text_vocabulary: int | None
    codebook: int
    predictor_hidden: int
    predictor_feed: int
    predictor_layers: int
    speaker_encoder: dict[str, Any]
    codec_decoder: dict[str, Any]
    codec_encoder: dict[str, Any]


TINY = Shape(
    hidden=32,
    feed=64,
    layers=2,
    heads=2,
    key_heads=1,
    head_dim=16,
    rotary=(4, 2, 2),
    text_hidden=32,
    text_vocabulary=None,
    codebook=64,
    predictor_hidden=32,
    predictor_feed=64,
    predictor_layers=2,
    speaker_encoder={
        "mel_dim": 128,
        "enc_channels": [16, 16, 16, 16, 48],
        "enc_kernel_sizes": [5, 3, 3, 3, 1],
        "enc_dilations": [1, 2, 3, 4, 1],
        "enc_attention_channels": 8,
        "enc_res2net_scale": 4,
        "enc_se_channels": 8,
    },
    codec_decoder={
        "latent_dim": 16,
        "codebook_dim": 16,
        "decoder_dim": 32,
        "hidden_size": 16,
        "intermediate_size": 32,
        "head_dim": 8,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "num_hidden_layers": 2,
        "vector_quantization_hidden_dimension": 16,
        "layer_scale_initial_scale": 0.5,
    },
    codec_encoder={
        "codebook_dim": 16,
        "head_dim": 8,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_attention_heads": 4,
        "num_filters": 2,
        "num_hidden_layers": 1,
        "num_key_value_heads": 4,
        "num_quantizers": 16,
        "upsample_groups": 32,
        "vector_quantization_hidden_dimension": 16,
        "layer_scale_initial_scale": 0.5,
    },
)

_REAL: dict[str, Any] = {
    "layers": 28,
    "heads": 16,
    "key_heads": 8,
    "head_dim": 128,
    "rotary": (24, 20, 20),
    "text_hidden": 2048,
    "text_vocabulary": 151_936,
    "codebook": 2048,
    "predictor_hidden": 1024,
    "predictor_feed": 3072,
    "predictor_layers": 5,
    "speaker_encoder": {},
    "codec_decoder": {
        "latent_dim": 1024,
        "codebook_dim": 512,
        "decoder_dim": 1536,
        "hidden_size": 512,
        "intermediate_size": 1024,
        "head_dim": 64,
        "num_attention_heads": 16,
        "num_key_value_heads": 16,
        "num_hidden_layers": 8,
        "vector_quantization_hidden_dimension": 512,
        "layer_scale_initial_scale": 0.01,
    },
    "codec_encoder": {
        "codebook_dim": 256,
        "head_dim": 64,
        "hidden_size": 512,
        "intermediate_size": 2048,
        "num_attention_heads": 8,
        "num_filters": 64,
        "num_hidden_layers": 8,
        "num_key_value_heads": 8,
        "num_quantizers": 32,
        "upsample_groups": 512,
        "vector_quantization_hidden_dimension": 256,
        "layer_scale_initial_scale": 0.01,
    },
}
REAL_SHAPES = {
    "0.6b": Shape(hidden=1024, feed=3072, **_REAL),
    "1.7b": Shape(hidden=2048, feed=6144, **_REAL),
}
