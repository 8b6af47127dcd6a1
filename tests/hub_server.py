"""A model hub on loopback that speaks as much of the real one's protocol as its client needs, and fails as told.

Large files are answered with a redirect to another address, as the real hub does, and carry their SHA-256; small ones
carry the id of their git blob.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

BLOCK = 64 << 10
STALL_S = 30.0


@dataclass(frozen=True)
class HubFile:
    """A file of a repository: a pattern, repeated up to a size, so that large ones cost nothing."""

    pattern: bytes
    size: int
    large: bool = False
    etag: str = ""

    @classmethod
    def small(cls, content: bytes) -> HubFile:
        """A file whose ETag is the id of its git blob."""
        git = hashlib.sha1(f"blob {len(content)}\0".encode() + content)
        return cls(content, len(content), etag=git.hexdigest())

    @classmethod
    def big(cls, size: int, pattern: bytes = b"\0") -> HubFile:
        """A file whose ETag is its SHA-256."""
        pattern = (pattern * (BLOCK // len(pattern) + 1))[:BLOCK]
        digest = hashlib.sha256()
        for _ in range(size // BLOCK):
            digest.update(pattern)
        digest.update(pattern[: size % BLOCK])
        return cls(pattern, size, large=True, etag=digest.hexdigest())

    def blocks(self, start: int) -> Iterator[bytes]:
        """The content from an offset on."""
        while start < self.size:
            offset = start % len(self.pattern)
            block = self.pattern[offset : offset + min(BLOCK, self.size - start)]
            yield block
            start += len(block)


@dataclass(frozen=True)
class Fault:
    """How the answer to one request goes wrong: a status instead, or a cut or a stall after some bytes."""

    status: int = 0
    error_code: str = ""
    cut_after: int | None = None
    stall_after: int | None = None
    flip: bool = False
    pace_s: float = 0.0


NO_FAULT = Fault()
Plan = Callable[[str, str, int], Fault]
"""From method, path in the repository and offset to what goes wrong."""


def flawless(method: str, name: str, start: int) -> Fault:
    """Nothing goes wrong."""
    return NO_FAULT


class Hub:
    """The server, for a `with` block; `sent` counts each file's bytes, `asked` each method's requests for a file."""

    def __init__(self, files: dict[str, HubFile], plan: Plan = flawless) -> None:
        self.files = files
        self.plan = plan
        self.sent: Counter[str] = Counter()
        self.asked: Counter[tuple[str, str]] = Counter()
        self.tokens: set[str] = set()
        self.last_sent_at = 0.0
        self._closing = threading.Event()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Its address, for HF_ENDPOINT."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def fetched(self) -> int:
        """How many bytes of files it has sent in all."""
        return sum(self.sent.values())

    def _handler(hub) -> type[BaseHTTPRequestHandler]:  # noqa: N805  # `self` is the handler's below
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self._answer()

            def log_message(self, format: str, *args: object) -> None:
                pass

            def _answer(self) -> None:
                if self.path == "/":
                    self._head(200, {"Content-Length": "0"})
                    return
                # /ORG/NAME/resolve/COMMIT/path/of/file, or /cdn/ORG/NAME/… for what the first one redirects to.
                on_cdn = self.path.startswith("/cdn/")
                _, _, _, commit, name = self.path.removeprefix("/cdn").lstrip("/").split("/", 4)
                start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
                with hub.lock:
                    hub.asked[self.command, name] += 1
                    hub.tokens.add(self.headers.get("Authorization", ""))
                file = hub.files.get(name)
                if file is None:
                    self._refuse(404, "EntryNotFound")
                    return
                told = {"X-Repo-Commit": commit, "ETag": f'"{file.etag}"', "Accept-Ranges": "bytes"}
                if file.large and not on_cdn:
                    told |= {"X-Linked-Etag": f'"{file.etag}"', "X-Linked-Size": str(file.size)}
                    fault = hub.plan("HEAD", name, start) if self.command == "HEAD" else NO_FAULT
                    if fault.status:
                        self._refuse(fault.status, fault.error_code)
                    else:
                        self._head(302, told | {"Location": f"{hub.url}/cdn{self.path}", "Content-Length": "0"})
                    return
                self._send(name, file, start, told)

            def _send(self, name: str, file: HubFile, start: int, told: dict[str, str]) -> None:
                fault = hub.plan(self.command, name, start)
                if fault.status:
                    self._refuse(fault.status, fault.error_code)
                    return
                told |= {"Content-Length": str(file.size - start)}
                if start:
                    told |= {"Content-Range": f"bytes {start}-{file.size - 1}/{file.size}"}
                self._head(206 if start else 200, told)
                if self.command == "GET":
                    self._stream(name, file.blocks(start), fault)

            def _stream(self, name: str, blocks: Iterator[bytes], fault: Fault) -> None:
                end = min((limit for limit in (fault.cut_after, fault.stall_after) if limit is not None), default=None)
                done = 0
                try:
                    for block in blocks:
                        if fault.flip:
                            block = bytes([block[0] ^ 1]) + block[1:]
                        piece = block if end is None else block[: end - done]
                        self.wfile.write(piece)
                        done += len(piece)
                        with hub.lock:
                            hub.sent[name] += len(piece)
                            hub.last_sent_at = time.monotonic()
                        if end is not None and done >= end:
                            break
                        if fault.pace_s:
                            hub._closing.wait(fault.pace_s)
                except OSError:
                    self.close_connection = True
                    return
                if end is not None:
                    self.wfile.flush()
                    if fault.stall_after is not None:
                        hub._closing.wait(STALL_S)
                    self.close_connection = True

            def _refuse(self, status: int, error_code: str) -> None:
                self._head(status, {"Content-Length": "0"} | ({"X-Error-Code": error_code} if error_code else {}))

            def _head(self, status: int, headers: dict[str, str]) -> None:
                self.send_response(status)
                for key, value in headers.items():
                    self.send_header(key, value)
                self.end_headers()

        return Handler
