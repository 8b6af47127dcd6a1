"""SQLite, the folder of audio files, and what keeps the two in step."""
