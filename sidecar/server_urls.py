"""The addresses of speech servers, as a setting names them, which of them a voice or a key may be sent to, and keys."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

MOST_SERVERS = 16


@dataclass(frozen=True)
class ServerUrl:
    """One server: what its paths are added to, and the name and port that people are told."""

    base: str
    host: str
    may_have_key: bool
    """Whether a key may be sent there: over https, or without leaving this machine."""


def parse_servers(text: str) -> tuple[ServerUrl, ...]:
    """The servers that a text names, separated by commas or white space, each once.

    Plain http would let everyone on the way listen. It is taken for this machine and for a private address given in
    numbers (RFC 1918, RFC 4193), as in http://192.168.1.20:8091, which does not leave the house; all else needs https.

    Raises:
        ValueError: an address makes no sense or is not allowed. The message never repeats an address, since it may
            hold a password.

    """
    addresses = [address for address in re.split(r"[,\s]+", text) if address]
    if not addresses:
        raise ValueError("name at least one server, as in https://speech.example.org")
    if len(addresses) > MOST_SERVERS:
        raise ValueError(f"{len(addresses)} servers are named; {MOST_SERVERS} are allowed")
    found = [_parse(address, f"address {number}") for number, address in enumerate(addresses, 1)]
    return tuple(dict.fromkeys(found))


def is_key(text: str) -> bool:
    """Whether a header can hold a text as a key: signs of ASCII that can be seen [RFC 6750, 2.1, allows fewer]."""
    return bool(text) and all("!" <= character <= "~" for character in text)


def _parse(address: str, which: str) -> ServerUrl:
    try:
        url = urlsplit(address)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError(f"{which} is no address; write it as in https://speech.example.org") from None
    if url.scheme not in ("http", "https") or not host:
        raise ValueError(f"{which} must begin with https:// or http:// and name a server")
    if "@" in url.netloc:
        raise ValueError(f"{which} holds a user name or a password; set a key with engines.set_key instead")
    if url.query or url.fragment:
        raise ValueError(f"{which} must end with the server's name, port or path, without ? and #")
    if url.scheme == "http" and not (_is_this_machine(host) or _is_private(host)):
        raise ValueError(
            f"{which} would carry voices over the network for all to hear; use https (plain http is for this machine "
            "and for private addresses in numbers, as in http://192.168.1.20:8091)"
        )
    return ServerUrl(_base(url), url.netloc.lower(), url.scheme == "https" or _is_this_machine(host))


def _base(url: SplitResult) -> str:
    path = url.path.rstrip("/").removesuffix("/v1")
    return f"{url.scheme}://{url.netloc.lower()}{path}"


def _is_this_machine(host: str) -> bool:
    address = _address(host)
    return address.is_loopback if address else host == "localhost" or host.endswith(".localhost")


def _is_private(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_private and not (address.is_link_local or address.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
