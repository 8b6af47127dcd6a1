"""A server that speaks vLLM-Omni's speech interface over real sockets, strictly, and misbehaves as it is told.

It answers as docs/serving/speech_api.md of vllm-project/vllm-omni says, with a tone a syllable for speech, and refuses
every field, type and combination that the documentation does not name.
"""

from __future__ import annotations

import base64
import io
import json
import struct
import threading
from collections import deque
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import soundfile

from sidecar.text.syllables import syllables

Task = Literal["Base", "CustomVoice", "VoiceDesign"]
Trouble = Literal[
    "400",
    "401",
    "413",
    "429",
    "500",
    "503",
    "cut",
    "die",
    "drip",
    "drop",
    "echo",
    "echo_type",
    "empty",
    "endless",
    "gzip",
    "hang",
    "html",
    "junk",
    "odd",
    "redirect",
    "short",
    "slow_rate",
    "stall",
]
"""What goes wrong with the next speech request: an HTTP status, or a body that is no good."""
RATE = 24_000
SYLLABLE_S, EDGE_S = 0.2, 0.1
PIECE_SAMPLES = 4_800
PATIENCE_S = 20.0
LANGUAGES = [
    "Auto",
    "Chinese",
    "English",
    "Japanese",
    "Korean",
    "German",
    "French",
    "Russian",
    "Portuguese",
    "Spanish",
    "Italian",
]
SPEAKERS = ["aiden", "dylan", "eric", "ono_anna", "ryan", "serena", "sohee", "uncle_fu", "vivian"]
FIELDS: dict[str, type] = {
    "input": str,
    "model": str,
    "voice": str,
    "response_format": str,
    "task_type": str,
    "language": str,
    "instructions": str,
    "max_new_tokens": int,
    "stream": bool,
    "stream_format": str,
    "ref_audio": str,
    "ref_text": str,
    "x_vector_only_mode": bool,
    "seed": int,
}


class VllmServer:
    """Listens from `with` on. `requests` holds the bodies of the speech requests, `heads` the headers of all."""

    def __init__(
        self, task: Task = "Base", size: str = "1.7B", key: str | None = None, name: str | None = None
    ) -> None:
        self.serve(task, size, name)
        self.key = key
        self.troubles: deque[Trouble] = deque()
        self.retry_after: str | None = None
        self.well = True
        self.requests: list[dict[str, Any]] = []
        self.heads: list[dict[str, str]] = []
        self.asked = threading.Event()
        """A speech request has come."""
        self.hung_up = threading.Event()
        """The client has closed a connection on which an answer was still to come."""
        self.released = threading.Event()
        """Ends every wait."""
        self._http = _Listener(self)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def serve(self, task: Task, size: str = "1.7B", name: str | None = None) -> None:
        """From now on it is this checkpoint."""
        self.task = task
        self.model = name or f"Qwen/Qwen3-TTS-12Hz-{size}-{task}"

    @property
    def url(self) -> str:
        """What the setting names."""
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def host(self) -> str:
        """What people are told."""
        return self.url.removeprefix("http://")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.die()

    def die(self) -> None:
        """Close the door and every connection."""
        self.released.set()
        if self._thread.is_alive():
            self._http.shutdown()
        self._http.server_close()
        self._http.drop_all()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, studio: VllmServer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.studio = studio
        self._open: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""

    def drop_all(self) -> None:
        for request in list(self._open):
            super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:
        """Tests tell what they find."""

    def do_GET(self) -> None:
        studio = self.server.studio
        studio.heads.append(dict(self.headers))
        if self.path == "/health":
            self._json({}, 200 if studio.well else 503)
        elif not self._admitted():
            self._error(401, "Unauthorized", "UnauthorizedError")
        elif self.path == "/v1/models":
            self._json({"object": "list", "data": [{"id": studio.model, "object": "model", "root": studio.model}]})
        elif self.path == "/v1/audio/voices":
            self._json({"voices": SPEAKERS, "uploaded_voices": []})
        else:
            self._error(404, "Not Found", "NotFoundError")

    def do_POST(self) -> None:
        studio = self.server.studio
        studio.heads.append(dict(self.headers))
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path != "/v1/audio/speech" or self.headers["Content-Type"] != "application/json":
            self._error(404, "Not Found", "NotFoundError")
            return
        body = json.loads(data)
        studio.requests.append(body)
        trouble = studio.troubles.popleft() if studio.troubles else None
        studio.asked.set()
        if not self._admitted():
            self._error(401, "Unauthorized", "UnauthorizedError")
        elif trouble:
            self._misbehave(trouble, body)
        elif complaint := _complaint(studio, body):
            self._error(400, complaint)
        elif body["model"] != studio.model:
            self._error(404, f"The model `{body['model']}` does not exist.", "NotFoundError")
        else:
            self._stream(_wav(speech(body)))

    def _admitted(self) -> bool:
        key = self.server.studio.key
        return key is None or self.headers["Authorization"] == f"Bearer {key}"

    def _misbehave(self, trouble: Trouble, body: dict[str, Any]) -> None:
        studio = self.server.studio
        whole = _wav(speech(body))
        match trouble:
            case "drop":
                self._hang_up()
            case "hang":
                self._wait_for_the_end()
            case "stall":
                self._begin()
                self._chunk(whole[: 44 + 2 * PIECE_SAMPLES])
                self._wait_for_the_end()
            case "cut":
                self._begin()
                self._chunk(whole[: 44 + 2 * PIECE_SAMPLES])
                self._hang_up()
            case "die":
                self._begin()
                self._chunk(whole[: 44 + 2 * PIECE_SAMPLES])
                studio.die()
            case "drip":
                self._begin()
                self._chunk(whole[: 44 + 2 * PIECE_SAMPLES])
                for byte in whole[44 + 2 * PIECE_SAMPLES :]:
                    self._chunk(bytes([byte]))
                    if studio.released.wait(0.02):
                        return
            case "endless":
                self._begin()
                self._chunk(whole)
                while not studio.released.is_set():
                    self._chunk(bytes(1 << 16))
            case "empty":
                self._stream(b"")
            case "odd":
                self._stream(whole[:-1])
            case "short":
                self._stream(_wav(speech(body), length=10 * len(whole)))
            case "junk":
                self._stream(b"ID3 this is no WAV file" * 100)
            case "slow_rate":
                self._stream(_wav(speech(body), rate=16_000))
            case "gzip":
                self._stream(whole, "Content-Encoding: gzip")
            case "redirect":
                self._answer(307, b"", "text/plain", Location="http://127.0.0.1:9/v1/audio/speech")
            case "html":
                self._answer(200, b"<html>Sign in to the hotel's network</html>", "text/html")
            case "echo":
                self._error(500, f"cannot speak with {self.headers['Authorization']}", "InternalServerError")
            case "echo_type":
                self._answer(200, b"", f"Text/{self.headers['Authorization']}")
            case status:
                more = {"Retry-After": studio.retry_after} if studio.retry_after else {}
                self._error(int(status), f"trouble {status}", "InternalServerError", **more)

    def _hang_up(self) -> None:
        self.close_connection = True
        self.server.shutdown_request(self.connection)

    def _wait_for_the_end(self) -> None:
        """Say nothing until the client hangs up or the test is over."""
        self.connection.settimeout(PATIENCE_S)
        if not self.connection.recv(1):
            self.server.studio.hung_up.set()
        self.close_connection = True

    def _stream(self, data: bytes, *headers: str) -> None:
        self._begin(*headers)
        for start in range(0, len(data), 2 * PIECE_SAMPLES):
            self._chunk(data[start : start + 2 * PIECE_SAMPLES])
        self.wfile.write(b"0\r\n\r\n")

    def _begin(self, *headers: str) -> None:
        self.send_response(200)
        for header in ("Content-Type: audio/wav", "Transfer-Encoding: chunked", *headers):
            self.send_header(*header.split(": "))
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _json(self, answer: dict[str, Any], status: int = 200, **headers: str) -> None:
        self._answer(status, json.dumps(answer).encode(), "application/json", **headers)

    def _error(self, status: int, message: str, type: str = "BadRequestError", **headers: str) -> None:
        self._json({"error": {"message": message, "type": type, "param": None, "code": status}}, status, **headers)

    def _answer(self, status: int, data: bytes, kind: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def speech(body: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.int16]]:
    """What the server says to a request: a tone a syllable, of a pitch that the seed decides."""
    count = max(1, round(syllables(body["input"], "en")))
    time = np.arange(round(SYLLABLE_S * RATE)) / RATE
    tone = 0.3 * np.sin(2 * np.pi * (200 + body.get("seed", 0) % 50) * time) * np.sin(np.pi * time / SYLLABLE_S)
    edge = np.zeros(round(EDGE_S * RATE))
    return np.round(np.concatenate([edge, np.tile(tone, count), edge]) * 32767).astype("<i2")


def _wav(samples: np.ndarray[Any, np.dtype[np.int16]], rate: int = RATE, length: int = 0xFFFFFFFF - 36) -> bytes:
    """With the length that a header has which is written before the length is known."""
    form = struct.pack("<HHIIHH", 1, 1, rate, 2 * rate, 2, 16)
    head = b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16) + form
    return head + b"data" + struct.pack("<I", length) + samples.tobytes()


def _complaint(studio: VllmServer, body: dict[str, Any]) -> str | None:
    """What is wrong with a request, as documented; None if nothing is."""
    return next(_complaints(studio, body), None)


def _complaints(studio: VllmServer, body: dict[str, Any]) -> Iterator[str]:
    for name, value in body.items():
        if type(value) is not FIELDS.get(name):
            yield f"the field {name!r} is unknown, or of a wrong type"
    task = body.get("task_type")
    if task != studio.task:
        yield f"Qwen3-TTS {studio.task} checkpoint does not support task_type={task!r}."
    if not body["input"].strip():
        yield "Input text cannot be empty"
    if body.get("language") not in LANGUAGES:
        yield f"Invalid language {body.get('language')!r}"
    if not (body.get("stream") and body.get("stream_format") == "audio" and body.get("response_format") == "wav"):
        yield "only raw WAV streams are served here"
    if not -(2**63) <= body.get("seed", 0) < 2**63 or not 1 <= body.get("max_new_tokens", 1) <= 4096:
        yield "a number is out of range"
    yield from _complaints_of_voice(task, body)


def _complaints_of_voice(task: str | None, body: dict[str, Any]) -> Iterator[str]:
    if task != "Base" and {"ref_audio", "ref_text", "x_vector_only_mode"} & body.keys():
        yield "a reference is only valid for Base task"
    if task == "CustomVoice" and body.get("voice") not in SPEAKERS:
        yield f"Invalid voice {body.get('voice')!r}. Supported: {', '.join(SPEAKERS)}"
    if task == "VoiceDesign" and not body.get("instructions"):
        yield "VoiceDesign task requires 'instructions' to describe the voice"
    if task == "Base":
        if {"voice", "instructions"} & body.keys():
            yield "cloning takes neither a voice of the server's nor instructions"
        head, _, data = body.get("ref_audio", "").partition(",")
        if head != "data:audio/wav;base64":
            yield "Base task requires 'ref_audio' for voice cloning"
        info = soundfile.info(io.BytesIO(base64.b64decode(data, validate=True)))
        if (info.samplerate, info.channels) != (RATE, 1):
            yield f"a reference of {info.channels} channels at {info.samplerate} Hz"
        if not (body.get("ref_text") or body.get("x_vector_only_mode")):
            yield "Base task requires non-empty 'ref_text' unless 'x_vector_only_mode' is enabled"
