"""Input that no honest client sends: hostile requests, damaged lines, damaged files."""
