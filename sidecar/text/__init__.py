"""Sentences, pauses, subtitles: pure functions on strings."""
