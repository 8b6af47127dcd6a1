"""What is arranged on a timeline as one sound, block by block at constant memory: engine process only."""
