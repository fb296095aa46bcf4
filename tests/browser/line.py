"""A line between a browser and the district that can be cut: a browser that is told to be offline keeps the connections that it has."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Carries bytes both ways. `address` is this end of it."""

    def __init__(self, far: int) -> None:
        self._far = far
        self._near = socket.create_server(("127.0.0.1", 0))
        self._connections: list[socket.socket] = []
        self._is_cut = False
        self.address = f"http://127.0.0.1:{self._near.getsockname()[1]}"
        threading.Thread(target=self._take, daemon=True).start()

    def cut(self) -> None:
        """Break every connection, and take none."""
        self._is_cut = True
        for one in self._connections:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._connections.clear()

    def mend(self) -> None:
        """Take connections again."""
        self._is_cut = False

    def close(self) -> None:
        """Cut it for good."""
        self.cut()
        self._near.close()

    def _take(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._near.accept()
                if self._is_cut:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self._far))
                self._connections += [near, far]
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=ends, daemon=True).start()


def _carry(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while some := source.recv(65536):
            target.sendall(some)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(port: int) -> Iterator[Line]:
    """Give a line to a port of this machine."""
    line = Line(port)
    try:
        yield line
    finally:
        line.close()
