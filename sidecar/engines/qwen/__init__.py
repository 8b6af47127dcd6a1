"""Qwen3-TTS: cloned, preset and designed voices, streamed, from the pinned checkpoints of `spec`.

Only `spec` may be imported outside the engine process; every other module imports torch.
"""
