"""A body that is too large is refused before it is read to its end."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.problems import Problem

MIB = 1 << 20


class TooLarge(Problem):
    """The body is larger than this service reads."""

    def __init__(self, most: int) -> None:
        super().__init__(413, "body-too-large", "提交内容过大", f"一次提交不能超过 {most // MIB} MB。")


class BodyLimit:
    """Refuses bodies above `most` bytes, and JSON bodies above `most_json`."""

    def __init__(self, app: ASGIApp, most: int = 64 * MIB, most_json: int = MIB) -> None:
        self._app = app
        self._most = most
        self._most_json = most_json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name in {b"content-length", b"content-type"}}
        most = self._most if headers.get(b"content-type", b"").startswith(b"multipart/") else self._most_json
        declared = headers.get(b"content-length", b"0")
        received = 0

        async def counted() -> Message:
            nonlocal received
            if declared.isdigit() and int(declared) > most:
                raise TooLarge(most)
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise TooLarge(most)
            return message

        await self._app(scope, counted, send)
