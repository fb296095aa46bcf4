"""P8 and the wall: from the commit of an event to the live page, beside a bare message through the broker; and what a thousand viewers cost."""

import asyncio
import multiprocessing
import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.world import World, at, world_at

VIEWERS = 1_000
HAPPENED = 20


async def _view(address: str, token: str, number: int, ready: Any, seen: Any) -> None:
    """Open streams and note when each message came to each viewer."""
    host, port = re.fullmatch(r"http://([\d.]+):(\d+)", address).groups()  # type: ignore[union-attr]
    opened = 0
    all_open = asyncio.Event()

    async def one() -> None:
        nonlocal opened
        reader, writer = await asyncio.open_connection(host, int(port))
        request = f"GET /supervision/api/live?figures=true HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n"
        writer.write(request.encode())
        while (await reader.readline()).strip():
            pass
        opened += 1
        if opened == number:
            all_open.set()
        while line := await reader.readline():
            if line.startswith(b"id: "):
                seen.append((int(line[4:]), time.time()))

    tasks = [asyncio.create_task(one()) for _ in range(number)]
    await all_open.wait()
    ready.set()
    await asyncio.wait(tasks)


def _viewers(address: str, token: str, number: int, ready: Any, results: Any, done: Any) -> None:
    seen: list[tuple[int, float]] = []

    async def run() -> None:
        task = asyncio.create_task(_view(address, token, number, ready, seen))
        await asyncio.to_thread(done.wait)
        task.cancel()

    asyncio.run(run())
    results.put(seen)


def watched(world: World, number: int) -> tuple[float, float, float]:
    """Let so many watch while applications come in: give the median and the longest way to the last viewer, and the process's seconds a message."""
    context = multiprocessing.get_context("spawn")
    ready, done, results = context.Event(), context.Event(), context.Queue()
    viewers = context.Process(target=_viewers, args=(world.address, world.token("supervisor1"), number, ready, results, done))
    viewers.start()
    ready.wait(120)
    service = world.window.services["supervision"]
    begun = time.process_time()
    stored: dict[int, float] = {}
    for turn in range(HAPPENED):
        before = service.recorder.max_notification_id() or 0
        world.applied(key=f"{number}-{turn}")
        world.settle()
        moment = time.time()
        stored.update(dict.fromkeys(range(before + 1, (service.recorder.max_notification_id() or 0) + 1), moment))
        time.sleep(0.5)
    spent = (time.process_time() - begun) / HAPPENED
    time.sleep(3)
    done.set()
    seen: list[tuple[int, float]] = results.get(timeout=60)
    viewers.join(30)
    last: dict[int, float] = {}
    count: dict[int, int] = {}
    for position, moment in seen:
        last[position] = max(moment, last.get(position, 0))
        count[position] = count.get(position, 0) + 1
    assert all(found == number for found in count.values()), f"some viewers missed a message: {sorted(set(count.values()))}"
    ways = [last[position] - stored[position] for position in last if position in stored]
    return statistics.median(ways), max(ways), spent


def main() -> None:
    """Measure one viewer and a thousand, and print."""
    for number in (1, VIEWERS):
        with tempfile.TemporaryDirectory() as folder, world_at(Path(folder), at("2026-03-02 09:00")) as world:
            median, longest, spent = watched(world, number)
            sys.stdout.write(
                f"{number} viewers: an event is on the last screen {median * 1000:.0f} ms after it was stored (longest {longest * 1000:.0f} ms); "
                f"{spent * 1000:.0f} ms of this process for each application, {os.cpu_count()} cores\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
