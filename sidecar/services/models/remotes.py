"""Engines that speak on servers elsewhere: which servers the settings name, and why none may be asked."""

from __future__ import annotations

from collections.abc import Callable

from sidecar.engines.table import EngineSpec
from sidecar.server_urls import parse_servers
from sidecar.settings import Settings, variable


class Remotes:
    """Answers from the settings in force. Nothing is sent to any server from here."""

    def __init__(self, settings: Callable[[], Settings], offline: bool) -> None:
        self._settings = settings
        self._offline = offline

    def servers(self, spec: EngineSpec) -> str | None:
        """The addresses of an engine's servers, as they are set."""
        servers: str | None = getattr(self._settings(), spec.servers_setting)
        return servers

    def hosts(self, spec: EngineSpec) -> list[str]:
        """The hosts that what the engine speaks goes to."""
        return [url.host for url in parse_servers(self.servers(spec) or "")] if self.servers(spec) else []

    def refusal(self, spec: EngineSpec) -> str | None:
        """Why the engine may not be used, or None if it may."""
        if self._offline:
            return f"{spec.name}: VOICEBOX_OFFLINE=1 says never to use the network; start without it to speak there."
        if self.servers(spec) is None:
            name = spec.servers_setting
            return (
                f"{spec.name}: no server is named. Set {name} with settings.update, or the environment variable "
                f"{variable(name)}, to their addresses, as in https://speech.example.org. What is spoken there leaves "
                "this machine."
            )
        return None


NO_SERVERS = Remotes(Settings, offline=False)
