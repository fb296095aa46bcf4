"""Threads in which endpoints wait for the database, and bring the answer back to the loop."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context, copy_context
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")
_Asked = tuple[Context, Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[_Done]"]
_Done = tuple[Any, BaseException | None]


class Threads:
    """At most so many threads, begun as they are needed. They end with the process.

    anyio's limiter and scopes, or the futures and locks of an executor, cost a request more than many an endpoint does.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun = 0
        self._busy = 0
        self._asked: SimpleQueue[_Asked] = SimpleQueue()

    async def do(self, call: Callable[[], T]) -> T:
        """Give what a call gives, or raise what it raises; it is made with the variables of this context."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Done] = loop.create_future()
        self._busy += 1
        if self._begun < min(self._busy, self._most):
            self._begun += 1
            Thread(target=self._work, name=f"request-{self._begun}", daemon=True).start()
        self._asked.put((copy_context(), call, loop, future))
        try:
            answer, error = await future
        finally:
            self._busy -= 1
        if error is not None:
            raise error
        given: T = answer
        return given

    def _work(self) -> None:
        while True:
            self._one()

    def _one(self) -> None:
        context, call, loop, future = self._asked.get()
        done: _Done
        try:
            done = (context.run(call), None)
        except BaseException as error:  # noqa: BLE001 - raised where it was asked for
            done = (None, error)
        with suppress(RuntimeError):
            # The loop may have been closed meanwhile: then nobody waits.
            loop.call_soon_threadsafe(_settle, future, done)


def _settle(future: "asyncio.Future[_Done]", done: _Done) -> None:
    if not future.done():
        future.set_result(done)
