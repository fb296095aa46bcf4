"""What happens, as it happens (SUP-22): one reader for the process, any number of viewers, and a resumption without gap or double."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

import msgspec
from prometheus_client import Gauge
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from services.chassis.service import Transaction
from services.chassis.timekeeping import Now
from services.kernel.calendar import local_day
from services.supervision import sentences
from services.supervision.application import Supervision
from services.supervision.domain.case_file import CaseFile
from services.supervision.wall import FRESH_SECONDS, Wall

logger = logging.getLogger(__name__)
KEPT = 2000
BATCH = 500
RECENT = 100
"""How far back a page that is opened begins: with what happened last."""
HEARTBEAT_SECONDS = 15.0
VIEWERS = Gauge("onewindow_live_viewers", "who watches the live stream now")
OVER = (CaseFile.YellowLightWentOut, CaseFile.CardWithdrawn, CaseFile.RectificationVerified, CaseFile.AppealDecided)


class Message(NamedTuple):
    """What a viewer is sent: what happened, with its position in the stream; or the wall's figures, which have none."""

    id: int | None
    sent: bytes
    """A server-sent event in bytes, made once for all viewers."""


class Live:
    """Reads supervision's own stream once, and hands each message to every viewer. Ids are positions in the stream.

    Whoever asks for figures, too, gets the wall's when they changed, at most once a second: they are counted and written once for all viewers.
    """

    def __init__(self, supervision: Supervision, wall: Wall, now: Now) -> None:
        self._supervision = supervision
        self._wall = wall
        self._now = now
        self._kept: deque[Message] = deque()
        self._kept_after = 0
        """Memory holds every message after this position."""
        self._read_through = 0
        self._news = asyncio.Event()
        self._starting = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._who_want_figures = 0
        self._figures, self._version = Message(None, b""), 0
        self._figures_of: date | None = None
        self._counted_at = float("-inf")

    async def follow(self, last_seen: int | None, *, figures: bool = False) -> AsyncGenerator[Message | None, None]:
        """Give what happened after `last_seen`, or from now on, without end; None now and then so that the connection shows that it lives."""
        newest = await run_in_threadpool(self._newest_stored)
        # Nobody has seen what is not stored: after a restored backup, positions begin anew below what a viewer remembers.
        position = newest if last_seen is None else min(last_seen, newest)
        version = 0 if figures else None
        VIEWERS.inc()
        self._who_want_figures += figures
        if figures:
            self._figures_of = None
        try:
            while True:
                await self._start()
                messages, position = await self._after(position)
                for message in messages:
                    yield message
                if version is not None and self._version > version:
                    version = self._version
                    yield self._figures
                try:
                    await asyncio.wait_for(self._until_news(position, version), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield None
        finally:
            self._who_want_figures -= figures
            VIEWERS.dec()

    async def _until_news(self, position: int, version: int | None) -> None:
        # No lock is held meanwhile: a viewer who is cancelled again and again on leaving would keep it, and everybody waiting.
        while not self._is_news(position, version):
            await self._news.wait()

    def _tell(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    def _is_news(self, position: int, version: int | None) -> bool:
        is_behind = position < max(self._kept_after, (self._kept[-1].id or 0) if self._kept else 0)
        return is_behind or (version is not None and self._version > version)

    def _newest_stored(self) -> int:
        return self._supervision.recorder.max_notification_id() or 0

    async def _after(self, position: int) -> tuple[list[Message], int]:
        """Give the messages after a position and how far they reach: from memory, or a batch of the stream where memory does not reach back so far."""
        if position < self._kept_after:
            return await run_in_threadpool(self._read, position)
        # From the end: nearly every viewer lacks the last one only.
        messages = list(takewhile(lambda message: (message.id or 0) > position, reversed(self._kept)))[::-1]
        return messages, (messages[-1].id or 0) if messages else position

    async def _start(self) -> None:
        async with self._starting:
            if self._reader is None:
                self._read_through = self._kept_after = max(0, await run_in_threadpool(self._newest_stored) - RECENT)
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._read_on())

    async def _read_on(self) -> None:
        read = self._read
        while True:
            before = self._read_through
            messages, self._read_through = await run_in_threadpool(read, before)
            if messages:
                self._figures_of = None
                self._kept.extend(messages)
                while len(self._kept) > KEPT:
                    self._kept_after = self._kept.popleft().id or 0
                self._tell()
            if self._counting is None or self._counting.done():
                # What happened is not kept waiting for the figures.
                self._counting = asyncio.create_task(self._count())
            read = self._read_news if self._read_through - before < BATCH else self._read

    async def _count(self) -> None:
        today = local_day(self._now())
        if self._figures_of == today or not self._who_want_figures or time.monotonic() - self._counted_at < FRESH_SECONDS:
            return
        self._figures_of, self._counted_at = today, time.monotonic()
        shown = await run_in_threadpool(self._wall.shown, today, anew=True)
        data = msgspec.json.encode({name: value for name, value in shown.items() if name != "position"}).decode()
        figures = Message(None, ServerSentEvent(data, event="figures").encode())
        if figures != self._figures:
            self._figures, self._version = figures, self._version + 1
            self._tell()

    def _read_news(self, position: int) -> tuple[list[Message], int]:
        # In one thread: what happened is read where it was awaited.
        self._supervision.recorder.wait_for_news(position, FRESH_SECONDS)
        return self._read(position)

    def _read(self, position: int) -> tuple[list[Message], int]:
        """Read messages of the stream after a position, and how far that was."""
        supervision = self._supervision
        notifications = supervision.recorder.select_notifications(position, BATCH, inclusive_of_start=False)
        # Each file is read once, however much happened to it.
        files = Transaction(supervision)
        messages = []
        for notification in notifications:
            try:
                message = _message(supervision, files, supervision.mapper.to_domain_event(notification))
            except Exception:
                # One that cannot be told must not keep all others from being seen.
                logger.exception("the live stream cannot tell what is at position %s", notification.id)
                continue
            if message is not None:
                event = ServerSentEvent(msgspec.json.encode(message).decode(), id=str(notification.id))
                messages.append(Message(notification.id, event.encode()))
        return messages, notifications[-1].id if notifications else position


def _message(supervision: Supervision, files: Transaction, event: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Give what viewers are shown of an event, None where it is nothing to see."""
    if isinstance(event, CaseFile.FactHeard):
        if event.fact.source == "notification":
            return None
        level, warning = "FACT", ""
    elif warning := sentences.of_warning(event):
        level = event.finding.level.value if hasattr(event, "finding") else "OVER" if isinstance(event, OVER) else "ANSWER"
    else:
        return None
    case = supervision.subject(event)
    picture = files.get(CaseFile, case).picture
    department, _ = picture.responsible(event.happened)
    return {
        "case": str(case),
        "number": picture.number,
        "item": picture.item.get("name", ""),
        "department": department,
        "level": level,
        "sentence": warning or sentences.of_fact(event.fact, picture.item),
        "happened": event.happened.isoformat(),
    }
