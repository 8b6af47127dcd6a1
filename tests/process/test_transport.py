from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.process.conftest import Start
from tests.process.sidecar_process import Refused, SidecarProcess

pytestmark = pytest.mark.process

STATS = '{"jsonrpc": "2.0", "id": %s, "method": "history.stats"}'


def is_served(sidecar: SidecarProcess) -> bool:
    return bool(sidecar.call("history.stats")["total"] >= 0)


def test_the_first_line_says_ready_and_what_is_ready(start: Start, data_dir: Path) -> None:
    with start(data_dir) as sidecar:
        sidecar.event("sidecar.ready")
        first = sidecar.messages[0]
        assert first["method"] == "sidecar.ready"
        assert first["params"]["pid"] == sidecar.process.pid
        assert first["params"]["data_dir"] == str(data_dir)
        assert first["params"]["protocol_version"] == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n"), (b"\n\n \r\n", b"\n"), (b" \t", b" \t\n"), (b"\n\xef\xbb\xbf", b"\r\n")],
    ids=["byte order mark", "carriage return", "blank lines before", "spaces around", "all at once"],
)
def test_what_editors_and_shells_add_to_a_line_is_tolerated(
    sidecar: SidecarProcess, before: bytes, after: bytes
) -> None:
    sidecar.send(before + (STATS % '"tolerated"').encode() + after)
    assert "result" in sidecar.answer("tolerated")


def test_a_line_may_come_in_pieces(sidecar: SidecarProcess) -> None:
    for byte in (STATS % '"piecemeal"').encode() + b"\n":
        sidecar.send(bytes([byte]))
    assert "result" in sidecar.answer("piecemeal")


@pytest.mark.parametrize(
    ("line", "code", "kind"),
    [
        (b"\xff\xfe\x00", -32700, "parse_error"),
        ((STATS % '"\xe9"').encode("latin-1"), -32700, "parse_error"),
        (b'{"jsonrpc": "2.0", "id": 1, "method": ', -32700, "parse_error"),
        (b"hello", -32700, "parse_error"),
        ((STATS % "NaN").encode(), -32700, "parse_error"),
        (
            b'{"jsonrpc": "2.0", "id": 1, "method": "history.list", "params": {"limit": -Infinity}}',
            -32700,
            "parse_error",
        ),
        (b"[" * 100_000, -32700, "parse_error"),
        (b"[]", -32600, "invalid_request"),
        (b"7", -32600, "invalid_request"),
        (b'"history.stats"', -32600, "invalid_request"),
        (b"{}", -32600, "invalid_request"),
        ((STATS % "1.5").encode(), -32600, "invalid_request"),
        ((STATS % "true").encode(), -32600, "invalid_request"),
        ((STATS % "null").encode(), -32600, "invalid_request"),
        ((STATS % ("9" * 25)).encode(), -32600, "invalid_request"),
    ],
    ids=lambda value: value[:40].decode("latin-1") if isinstance(value, bytes) else None,
)
def test_a_line_that_is_no_request_gets_its_error_and_the_next_one_is_served(
    sidecar: SidecarProcess, line: bytes, code: int, kind: str
) -> None:
    sidecar.send(line + b"\n")
    error = sidecar.answer(None)["error"]
    assert (error["code"], error["data"]["kind"]) == (code, kind)
    assert error["message"].endswith(".")
    assert is_served(sidecar)


def test_a_line_over_the_limit_is_refused_without_being_kept(start: Start, data_dir: Path) -> None:
    with start(data_dir, "--max-line-bytes", "4096") as sidecar:
        sidecar.send(b'{"padding": "' + b"x" * (1 << 20) + b'"}\n')
        error = sidecar.answer(None)["error"]
        assert error["code"] == -32700
        assert "4096" in error["message"]
        assert is_served(sidecar)


@pytest.mark.parametrize("request_id", [0, -1, 2**53, "1", "", "ünï 😀", "x" * 10_000])
def test_an_id_comes_back_as_it_was_sent(sidecar: SidecarProcess, request_id: str | int) -> None:
    sidecar.send_json({"jsonrpc": "2.0", "id": request_id, "method": "history.stats"})
    answer = sidecar.answer(request_id)
    assert answer["id"] == request_id
    assert type(answer["id"]) is type(request_id)


def test_a_batch_is_answered_element_by_element(sidecar: SidecarProcess) -> None:
    good = {"jsonrpc": "2.0", "id": "good", "method": "history.stats"}
    unknown = {"jsonrpc": "2.0", "id": "unknown", "method": "history.burn"}
    silent = {"jsonrpc": "2.0", "method": "history.stats"}
    answers = sidecar.batch([good, 1, unknown, silent])
    codes = {answer["id"]: answer.get("error", {}).get("code") for answer in answers}
    assert codes == {"good": None, None: -32600, "unknown": -32601}


def test_a_notification_is_never_answered(sidecar: SidecarProcess) -> None:
    before = len(sidecar.messages)
    sidecar.notify("history.burn")
    sidecar.notify("history.stats", surprise=1)
    sidecar.send_json([{"jsonrpc": "2.0", "method": "history.stats"}])
    assert is_served(sidecar)
    assert len(sidecar.messages) == before + 1


@pytest.mark.models
def test_a_slow_request_does_not_delay_a_fast_one(sidecar: SidecarProcess) -> None:
    slow = sidecar.request("generation.create", profile_id="heart", text="Slow and steady. " * 3, wait=True)
    sidecar.event("job.progress", stage="speaking")
    started = time.monotonic()
    for _ in range(20):
        assert is_served(sidecar)
    assert (time.monotonic() - started) / 20 < 0.1
    assert sidecar.result(slow)["generation"]["status"] == "completed"


@pytest.mark.models
def test_a_cancelled_request_is_answered_and_its_work_stops(sidecar: SidecarProcess) -> None:
    before = len(sidecar.events("job.progress"))
    number = sidecar.request(
        "generation.create", profile_id="heart", text="Never to be heard in full. " * 20, wait=True
    )
    job_id = sidecar.wait_for(lambda: next((told["job_id"] for told in sidecar.events("job.progress")[before:]), None))
    sidecar.event("job.progress", job_id=job_id, stage="speaking")
    started = time.monotonic()
    sidecar.notify("$/cancelRequest", id=number)
    with pytest.raises(Refused) as refused:
        sidecar.result(number)
    assert time.monotonic() - started < 1.0
    assert (refused.value.code, refused.value.data["kind"]) == (-32800, "cancelled")
    assert sidecar.event("job.finished", job_id=job_id)["status"] == "cancelled"


def test_cancelling_what_is_not_there_does_nothing(sidecar: SidecarProcess) -> None:
    for stranger in ("nobody", 10**6, None, [1], {"id": 1}):
        sidecar.notify("$/cancelRequest", id=stranger)
    assert is_served(sidecar)


def test_ten_thousand_requests_in_flight_are_all_answered(sidecar: SidecarProcess) -> None:
    count = 10_000
    heard = len(sidecar.messages)
    lines = [STATS % f'"flood {number}"' for number in range(count)]
    sidecar.send("\n".join(lines).encode() + b"\n")
    sidecar.wait_for(lambda: len(sidecar.messages) >= heard + count or None)
    ids = [message["id"] for message in sidecar.messages[heard:]]
    assert sorted(ids) == sorted(f"flood {number}" for number in range(count))
    assert all("result" in message for message in sidecar.messages[heard:])
