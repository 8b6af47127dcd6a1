"""The engine process: its loop, the models it holds, and the operations it offers. Never imported by the sidecar."""
