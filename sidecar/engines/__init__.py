"""The engines: what one is, the process they live in, its client, and one adapter a model family.

Two halves share this room. The sidecar's half (`table`, `client`, `protocol`) imports nothing heavy. The engine
process's half (`worker` and the adapters) imports numpy and the model libraries, and is never imported by
the sidecar process; import-linter keeps it so.
"""
