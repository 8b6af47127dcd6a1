"""Qwen3-TTS on vLLM-Omni servers elsewhere, spoken to over HTTP.

What is documented is from https://docs.vllm.ai/projects/vllm-omni/en/stable/serving/speech_api/ ("Speech API", read in
November 2026; its source is docs/serving/speech_api.md in https://github.com/vllm-project/vllm-omni), cited here as
[speech]; what only the server's code says is from vllm_omni/entrypoints/openai/ there: protocol/audio.py [protocol],
serving_speech.py [serving], tts_adapters/qwen3_tts.py [qwen].
"""
