"""Voices: profiles, their samples, their prompts, and how they travel."""
