"""The standing torture harness: faults of every kind against real processes, and what must hold after each."""
