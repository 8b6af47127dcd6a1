"""voicebox-sidecar: a voice studio's whole backend behind one pipe of JSON lines."""

__version__ = "0.1.0"
PROTOCOL_VERSION = 1
