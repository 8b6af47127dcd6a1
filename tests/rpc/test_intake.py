from __future__ import annotations

import threading

from sidecar.rpc.intake import Intake
from sidecar.rpc.lines import LineTooLong

REQUEST = b'{"jsonrpc":"2.0","method":"m","id":1}'
PATIENCE_S = 60.0


def test_there_is_room_until_so_many_requests_are_in_flight() -> None:
    intake = Intake(2, 1_000)
    intake.took(REQUEST)
    assert intake.wait_for_room(0)
    intake.took(LineTooLong())
    assert not intake.wait_for_room(0)
    intake.answered(REQUEST)
    assert intake.wait_for_room(0)


def test_a_batch_counts_as_what_is_in_it() -> None:
    intake = Intake(3, 1_000)
    batch = b"[%s,%s,%s]" % (REQUEST, REQUEST, REQUEST)
    intake.took(batch)
    assert not intake.wait_for_room(0)
    intake.answered(batch)
    assert intake.wait_for_room(0)


def test_there_is_room_until_so_many_bytes_are_in_flight() -> None:
    intake = Intake(10, 3 * len(REQUEST))
    for _ in range(2):
        intake.took(REQUEST)
    assert intake.wait_for_room(0)
    intake.took(REQUEST)
    assert not intake.wait_for_room(0)


def test_one_line_of_any_length_gets_in_and_the_next_waits_for_its_answer() -> None:
    intake = Intake(10, 1)
    assert intake.wait_for_room(0)
    intake.took(REQUEST)
    waited: list[bool] = []
    waiting = threading.Thread(target=lambda: waited.append(intake.wait_for_room(PATIENCE_S)), daemon=True)
    waiting.start()
    intake.answered(REQUEST)
    waiting.join(PATIENCE_S)
    assert waited == [True]
