"""Put before every Python process of a test by PYTHONPATH: no socket may be connected, no name looked up.

What was tried is written down, so that a library that swallows the refusal is caught too.
"""

from __future__ import annotations

import os
import sys

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto", "socket.bind")


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in NETWORK:
        with open(os.environ["VOICEBOX_TEST_NETWORK_LOG"], "a", encoding="utf-8") as log:
            log.write(f"{event} {arguments[1:]}\n")
        raise OSError("this test has no network")


sys.addaudithook(_refuse)
