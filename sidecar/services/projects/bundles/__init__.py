"""Projects as files, carried from one machine to another."""
