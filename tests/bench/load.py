"""A load over HTTP from a process of its own: many clients, each with a connection that it keeps, and lean, so that the server is what is measured."""

import asyncio
import json
import multiprocessing
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any, Self, TypeVar

T = TypeVar("T")
Conversation = Generator[bytes, bytes, None]
"""Gives one request after the other, and is sent the body of each answer."""

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def request(method: str, path: str, token: str, body: object = None, **headers: str) -> bytes:
    """Give a request in bytes; an underscore in a header's name is a dash."""
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}", "Accept: application/json", f"Content-Length: {len(content)}"]
    lines += ["Content-Type: application/json"] if content else []
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def said_once(message: bytes) -> Conversation:
    """Say one thing and take the answer."""
    yield message


class Load:
    """So many clients in a process of their own, until `close`."""

    def __init__(self, clients: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, clients), daemon=True)
        self._process.start()

    def seconds(self, port: int, speak: Callable[[T], Conversation], about: Sequence[T]) -> float:
        """Hold a conversation about each of these, as many at once as there are clients; give the time from the first word to the last answer.

        `speak` goes to the other process by its name. Raises `RuntimeError` where a server answers anything but success.
        """
        self._pipe.send((port, speak, about))
        took, wrong = self._pipe.recv()
        if wrong:
            raise RuntimeError(wrong)
        return float(took)

    def close(self) -> None:
        """End the process."""
        self._pipe.send(None)
        self._process.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _work(pipe: "Connection[Any, Any]", clients: int) -> None:
    while (asked := pipe.recv()) is not None:
        port, speak, about = asked
        try:
            pipe.send((asyncio.run(_spoken(port, clients, map(speak, about))), ""))
        except Exception as error:  # noqa: BLE001 - raised by whoever asked
            pipe.send((0, repr(error)))


async def _spoken(port: int, clients: int, conversations: Iterator[Conversation]) -> float:
    loop = asyncio.get_running_loop()
    opened = [(await loop.create_connection(lambda: _Client(conversations), "127.0.0.1", port))[1] for _ in range(clients)]
    begun = loop.time()
    for client in opened:
        client.go_on()
    await asyncio.gather(*[client.done for client in opened])
    took = loop.time() - begun
    for client in opened:
        client.leave()
    return took


class _Client(asyncio.Protocol):
    """Holds one conversation after the other, as long as there are any."""

    def __init__(self, conversations: Iterator[Conversation]) -> None:
        self._conversations = conversations
        self._received = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to the server."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def go_on(self) -> None:
        """Begin the next conversation."""
        following = next(self._conversations, None)
        if following is None:
            self.done.set_result(None)
        else:
            self._conversation = following
            self._transport.write(next(following))

    def data_received(self, data: bytes) -> None:
        """Take an answer, and say what comes next."""
        self._received += data
        head, end, body = bytes(self._received).partition(b"\r\n\r\n")
        if not end:
            return
        length = _LENGTH.search(head)
        if length is None or not head.startswith(b"HTTP/1.1 2"):
            self.connection_lost(RuntimeError(bytes(self._received[:2000]).decode(errors="replace")))
            return
        if len(body) < int(length[1]):
            return
        self._received.clear()
        try:
            following = self._conversation.send(body)
        except StopIteration:
            self.go_on()
        else:
            self._transport.write(following)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that no answer comes."""
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def leave(self) -> None:
        """Hang up."""
        self._transport.close()
