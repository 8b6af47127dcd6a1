import pytest

from sidecar.engines.vllm_omni.faults import MOST_SAID_CHARS, refused, seconds_to_wait, what_it_says

NOON = 1_780_056_000.0
"""29 May 2026, 12:00 UTC."""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7.0),
        ("Fri, 29 May 2026 12:00:30 GMT", 30.0),
        ("Fri, 29 May 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        ("²", None),
        ("9" * 400, None),
    ],
)
def test_a_server_may_ask_for_seconds_or_name_a_time(header: str | None, seconds: float | None) -> None:
    assert seconds_to_wait(header, NOON) == seconds


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"error": {"message": "Invalid voice", "code": 400}}', "application/json", "Invalid voice"),
        (b'{"detail": "Not Found"}', "application/json", "Not Found"),
        (b'{"error": "no"}', "application/json", "no"),
        (b"[1]", "application/json", "[1]"),
        (b"upstream\n gone \x00", "text/plain", "upstream gone"),
        (b"\xff\xfe", "text/plain", "\ufffd\ufffd"),
        (b"<html>secret</html>", "text/html; charset=utf-8", "(a page for browsers)"),
        (b'{"error": {"message": "key sk-1 is wrong"}}', "application/json", "key … is wrong"),
        (b"[" * 16_000, "application/json", "[" * MOST_SAID_CHARS),
        (b'{"error": {"message": [[]]}}', "application/json", '{"error": {"message": [[]]}}'),
        (b"x" * 5_000, "text/plain", "x" * MOST_SAID_CHARS),
    ],
)
def test_what_a_server_says_is_made_short_plain_and_without_the_key(body: bytes, kind: str, said: str) -> None:
    assert what_it_says(body, kind, "sk-1") == said


def test_an_error_names_the_host_the_status_and_what_the_server_says() -> None:
    fault = refused("tts.example", 500, "CUDA out of memory", None)
    assert fault.passing
    assert fault.blames
    assert fault.error.message.startswith("tts.example failed (HTTP 500). It says: CUDA out of memory")
