"""Endpoints wait in threads: what they give and raise comes back, in the context that asked, and no more threads are begun than are needed."""

import asyncio
from contextvars import ContextVar
from threading import Barrier, current_thread

import pytest

from services.chassis.http_threads import Threads

WHO: ContextVar[str] = ContextVar("who")


def test_a_call_is_made_with_the_variables_of_whoever_asked() -> None:
    """Given two who ask at once, when their calls are made, then each sees its own variable."""

    async def ask(threads: Threads, name: str) -> str:
        WHO.set(name)
        return await threads.do(WHO.get)

    async def both() -> list[str]:
        threads = Threads(2)
        return list(await asyncio.gather(ask(threads, "one"), ask(threads, "other")))

    assert asyncio.run(both()) == ["one", "other"]


@pytest.mark.parametrize(("raised", "told"), [(KeyError("k"), KeyError), (StopIteration(), RuntimeError)])
def test_what_a_call_raises_is_raised_where_it_was_asked_for(raised: Exception, told: type[Exception]) -> None:
    """Given a call that fails, when it is asked for, then its error comes, and the thread goes on."""

    def fail() -> None:
        raise raised

    async def ask() -> str:
        threads = Threads(1)
        with pytest.raises(told):
            await threads.do(fail)
        return await threads.do(lambda: "still there")

    assert asyncio.run(ask()) == "still there"


def test_threads_are_begun_as_they_are_needed_and_no_more_than_allowed() -> None:
    """Given room for two threads, when one call follows the other, one serves; when many come at once, two work at the same time, and all are answered."""
    meeting = Barrier(2)

    def meet() -> str:
        # Neither of two goes on before the other has come.
        meeting.wait(timeout=30)
        return current_thread().name

    async def ask() -> tuple[set[str], set[str]]:
        threads = Threads(2)
        one_by_one = {await threads.do(lambda: current_thread().name) for _ in range(5)}
        at_once = set(await asyncio.gather(*[threads.do(meet) for _ in range(6)]))
        return one_by_one, at_once

    one_by_one, at_once = asyncio.run(ask())

    assert (len(one_by_one), len(at_once)) == (1, 2)


def test_whoever_goes_away_is_not_waited_for() -> None:
    """Given a call under way, when whoever asked is cancelled, then its answer is dropped and the next is served."""

    async def ask() -> str:
        threads = Threads(1)
        meeting = Barrier(2)
        gone = asyncio.create_task(threads.do(lambda: meeting.wait(timeout=30)))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        meeting.wait(timeout=30)
        return await threads.do(lambda: "next")

    assert asyncio.run(ask()) == "next"
