"""Noise that keeps quiet sound alive when it is rounded to 16 bits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from sidecar.audio.samples import Samples

SEED = 0
"""Any will do; always the same, so that equal arrangements become equal files."""
STEP = 2.0**-15
"""What 16 bits tell apart."""


def dithered(blocks: Iterable[Samples]) -> Iterator[Samples]:
    """The same with triangular noise of two steps' width added: the rounding error no longer depends on the sound.

    (Lipshitz, Wannamaker and Vanderkooy, "Quantization and dither", JAES 40, 1992.) The noise depends on the place
    alone, and not on how the sound is divided into blocks.
    """
    noise = np.random.default_rng(SEED)
    for block in blocks:
        uniform = noise.random((*block.shape, 2))
        yield block + ((uniform[..., 0] - uniform[..., 1]) * STEP).astype(np.float32)
