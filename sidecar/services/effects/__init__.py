"""Effects on what was spoken: chains as data, presets, versions that come of them."""
