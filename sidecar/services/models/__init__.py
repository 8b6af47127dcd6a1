"""Models: which there are, where they lie, how they come and go, and what they cost in memory."""
