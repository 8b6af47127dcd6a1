from __future__ import annotations

import asyncio
import threading

import pytest

from sidecar.uninterrupted import in_thread, in_thread_until, to_the_end


async def test_what_a_thread_does_is_waited_for_though_the_caller_is_cancelled_meanwhile() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(10)
        done.set()

    async def caller() -> None:
        await in_thread(work)
        assert done.is_set()
        await asyncio.sleep(0)
        pytest.fail("the cancel has no effect")

    calling = asyncio.create_task(caller())
    await asyncio.to_thread(begun.wait, 10)
    calling.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_it_is_done_also_by_a_caller_that_is_cancelled_already() -> None:
    done = threading.Event()

    async def caller() -> None:
        cancelled = asyncio.current_task()
        assert cancelled
        cancelled.cancel()
        await in_thread(done.set)

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(caller())
    assert done.is_set()


async def test_what_the_work_raises_comes_before_the_cancel() -> None:
    async def work() -> None:
        await asyncio.sleep(0)
        raise OSError("the disk is full")

    async def caller() -> str:
        try:
            await to_the_end(work())
        except OSError as fault:
            return str(fault)
        return "nothing was raised"

    assert await asyncio.create_task(caller()) == "the disk is full"


async def test_work_that_can_be_given_up_is_given_up_when_its_caller_is_cancelled() -> None:
    begun, unwanted = threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        unwanted.wait(10)
        raise OSError("given up")

    calling = asyncio.create_task(in_thread_until(unwanted, work))
    await asyncio.to_thread(begun.wait, 10)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling


async def test_work_that_ends_well_in_spite_of_a_cancel_gives_what_it_made_first() -> None:
    begun, unwanted = threading.Event(), threading.Event()
    made: list[str] = []

    def work() -> str:
        begun.set()
        unwanted.wait(10)
        return "a letter"

    async def caller() -> None:
        made.append(await in_thread_until(unwanted, work))
        await asyncio.sleep(0)
        pytest.fail("the cancel has no effect")

    calling = asyncio.create_task(caller())
    await asyncio.to_thread(begun.wait, 10)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert made == ["a letter"]


async def test_what_goes_wrong_in_work_that_is_wanted_is_told() -> None:
    def work() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        await in_thread_until(threading.Event(), work)
