"""Kokoro 82M: a small engine with 54 stock voices that runs faster than speech on two CPU cores."""
