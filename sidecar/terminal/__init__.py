"""`voicebox-sidecar` for a person at a terminal: a client that knows the pipe and nothing behind it."""
