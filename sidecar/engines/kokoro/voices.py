"""Kokoro 82M as data: its stock voices and its entry in the capability table. Imports nothing heavy."""

from __future__ import annotations

from sidecar.engines.table import EngineModel, EngineSpec, StockVoice

VOICE_IDS = (
    *("af_alloy", "af_aoede", "af_bella", "af_heart", "af_jessica", "af_kore", "af_nicole", "af_nova", "af_river"),
    *("af_sarah", "af_sky", "am_adam", "am_echo", "am_eric", "am_fenrir", "am_liam", "am_michael", "am_onyx"),
    *("am_puck", "am_santa", "bf_alice", "bf_emma", "bf_isabella", "bf_lily", "bm_daniel", "bm_fable", "bm_george"),
    *("bm_lewis", "ef_dora", "em_alex", "em_santa", "ff_siwis", "hf_alpha", "hf_beta", "hm_omega", "hm_psi"),
    *("if_sara", "im_nicola", "jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo", "pf_dora"),
    *("pm_alex", "pm_santa", "zf_xiaobei", "zf_xiaoni", "zf_xiaoxiao", "zf_xiaoyi", "zm_yunjian", "zm_yunxi"),
    *("zm_yunxia", "zm_yunyang"),
)
"""As published: the first letter tells the accent, the second the gender."""

ACCENTS = {
    "a": ("en", "American"),
    "b": ("en", "British"),
    "e": ("es", "Spanish"),
    "f": ("fr", "French"),
    "h": ("hi", "Hindi"),
    "i": ("it", "Italian"),
    "j": ("ja", "Japanese"),
    "p": ("pt", "Brazilian"),
    "z": ("zh", "Chinese"),
}


def stock_voice(voice_id: str) -> StockVoice:
    """What a published voice id says. A voice speaks every language of the engine, with the accent of its own."""
    language, accent = ACCENTS[voice_id[0]]
    name = f"{voice_id[3:].title()} ({accent})"
    return StockVoice(voice_id, name, language, "female" if voice_id[1] == "f" else "male")


VOICES = tuple(map(stock_voice, VOICE_IDS))

SPEC = EngineSpec(
    id="kokoro",
    name="Kokoro 82M",
    adapter="sidecar.engines.kokoro.adapter:KokoroEngine",
    models=(EngineModel("kokoro-82m", ("preset", "cloned")),),
    fidelity={"preset": "preset", "cloned": "matched"},
    languages=("en",),
    sample_rate=24_000,
    licence="Apache-2.0",
    max_chunk_chars=400,
    prompt_version=1,
    streaming=True,
    speed=True,
    speed_range=(0.5, 2.0),
    reads_numbers=("en",),
    voices=VOICES,
    modules=("onnxruntime", "sanotts", "num2words", "soxr", "scipy"),
    extra_languages=("es", "fr", "it", "pt", "hi"),
    extra_modules=("phonemizer", "espeakng_loader"),
)
