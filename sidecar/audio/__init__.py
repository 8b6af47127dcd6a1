"""Decode, measure, repair, join and encode: pure functions on mono float32 arrays, engine process only."""
