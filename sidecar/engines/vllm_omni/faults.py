"""What can be wrong with a server's answer, as errors of ours: what was wrong, whether to try again, whose fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from sidecar.engines.messages import BROKE_OFF
from sidecar.errors import Busy, EngineFailed, ModelUnavailable, Unsupported, VoiceboxError

MOST_SAID_CHARS = 300
USUAL_WAIT_S = 1.0
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Worth another try: speaking changes nothing on a server, so a request may be repeated [RFC 9110, 15.5 and 15.6]."""

_SECONDS = re.compile(r"\s*[0-9]{1,9}\s*")


@dataclass(frozen=True)
class _Meaning:
    """What a status means: how to tell it, and whether the server is to blame."""

    error: type[VoiceboxError]
    reason: str
    says: str
    advice: str
    blames: bool = False


_KEY = _Meaning(EngineFailed, "key", "refused the key", "Set the right one with engines.set_key.")
_WORDING = _Meaning(Unsupported, "wording", "cannot speak this", "Ask for it otherwise.")
_MEANINGS = {
    400: _WORDING,
    401: _KEY,
    403: _KEY,
    404: _Meaning(ModelUnavailable, "missing", "has no such thing", "Check its address and its model.", blames=True),
    413: _Meaning(EngineFailed, "too_large", "takes no request so large", "Use a shorter reference recording."),
    422: _WORDING,
    429: _Meaning(Busy, "busy", "has too much to do", "Try again later."),
}
_REDIRECT = _Meaning(EngineFailed, "redirect", "sends elsewhere", "Name the server that is meant.", blames=True)
_FAILURE = _Meaning(EngineFailed, "server", "failed", "Try again later; the server's log says why.", blames=True)


class ServerFault(Exception):
    """One request to one server that did not come off.

    `error` is what to tell of it. `passing` says that another try may do better, `blames` that the server is to blame,
    `retry_after_s` what it asked to wait.
    """

    def __init__(
        self, error: VoiceboxError, *, passing: bool, blames: bool = True, retry_after_s: float | None = None
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.passing = passing
        self.blames = blames
        self.retry_after_s = retry_after_s


def unreachable(host: str, why: str) -> ServerFault:
    """No connection, or none that lasted until an answer began."""
    message = f"{host} cannot be reached: {why}. Check that the server runs, and the setting vllm_omni_servers."
    return ServerFault(EngineFailed(message, reason="unreachable", host=host), passing=True)


def too_slow(host: str, what: str, limit_s: float) -> ServerFault:
    """It kept us waiting for longer than is sensible."""
    message = f"{host} {what} within {limit_s:g} s. It is overloaded or hangs; try again later, or use another server."
    return ServerFault(EngineFailed(message, reason="too_slow", host=host, limit_s=limit_s), passing=True)


def misspelt(host: str) -> ServerFault:
    """The setting names it so that nothing can be asked of it."""
    message = f"{host} is no address that can be asked. Mend the setting vllm_omni_servers."
    return ServerFault(EngineFailed(message, reason="misspelt", host=host), passing=False)


def broke_off(host: str, seconds: float) -> ServerFault:
    """The answer ended before it was whole."""
    message = f"{host} broke off after {seconds:.2f} s of speech. Try again; the server's log says why."
    return ServerFault(EngineFailed(message, reason=BROKE_OFF, host=host, measured=seconds), passing=True)


def fell_silent(host: str, seconds: float, limit_s: float) -> ServerFault:
    """Nothing more came of an answer that had begun. That may be tried again, like one that broke off."""
    message = f"{host} fell silent for {limit_s:g} s after {seconds:.2f} s of speech. Try again, or use another server."
    data = {"reason": BROKE_OFF, "host": host, "measured": seconds, "limit_s": limit_s}
    return ServerFault(EngineFailed(message, **data), passing=True)


def no_speech(host: str, what: str) -> ServerFault:
    """The answer is not the audio that was asked for. Asked again, the same server would say the same."""
    message = f"{host} answered with {what}, not with speech (16-bit mono WAV at 24,000 Hz). Is it a vLLM-Omni server?"
    return ServerFault(EngineFailed(message, reason="no_speech", host=host), passing=False)


def too_long(host: str, limit_s: float) -> ServerFault:
    """It went on for longer than any speech of this text can be."""
    message = f"{host} did not stop speaking after {limit_s:.0f} s, the most for this text. Try another seed."
    return ServerFault(EngineFailed(message, reason="too_long", host=host, limit=limit_s), passing=False)


def refused(host: str, status: int, said: str, retry_after_s: float | None) -> ServerFault:
    """The fault that an HTTP status other than 200 stands for; `said` is what the server wrote, cleaned and short."""
    meaning = _REDIRECT if 300 <= status < 400 else _MEANINGS.get(status, _FAILURE)
    told = f" It says: {said}" if said else ""
    data: dict[str, Any] = {"reason": meaning.reason, "host": host, "status": status}
    if meaning.error is Busy:
        data["retry_after_s"] = retry_after_s or USUAL_WAIT_S
    return ServerFault(
        meaning.error(f"{host} {meaning.says} (HTTP {status}).{told} {meaning.advice}", **data),
        passing=status in PASSING_STATUSES,
        blames=meaning.blames,
        retry_after_s=retry_after_s,
    )


def what_it_says(body: bytes, content_type: str, secret: str | None) -> str:
    """The message of an error body `{"error": {"message", "type", "param", "code"}}` [speech], made fit to show.

    FastAPI's own `{"detail": …}` is understood too; a page for browsers is not shown. A server that repeats the key
    does not get it into our messages.
    """
    if "html" in content_type:
        return "(a page for browsers)"
    return fit_to_show(_message_of(body) or body.decode("utf-8", errors="replace"), secret)


def fit_to_show(text: str, secret: str | None) -> str:
    """What somebody else wrote, short, in one line, and without the key."""
    if secret:
        text = text.replace(secret, "…")
    plain = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return plain[:MOST_SAID_CHARS]


def seconds_to_wait(header: str | None, now: float) -> float | None:
    """What the header Retry-After asks for, a number of seconds or a date [RFC 9110, 10.2.3]; `now` is Unix time."""
    if not header:
        return None
    if _SECONDS.fullmatch(header):
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (ValueError, OverflowError, OSError):
        return None


def _message_of(body: bytes) -> str | None:
    """The message, where it is a text and in its place."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        return None
    error = answer.get("error", answer.get("detail")) if isinstance(answer, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else None
