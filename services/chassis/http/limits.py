"""A body that is too large is refused before it is read to its end, whether its length was declared or not."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.problems import Problem

MIB = 1 << 20


class TooLarge(Problem):
    """The body is larger than this service reads."""

    def __init__(self, most: int) -> None:
        size = f"{most // MIB} MB" if most >= MIB else f"{most} 字节"
        super().__init__(413, "body-too-large", "提交内容过大", f"一次提交不能超过 {size}。")


class BodyLimit:
    """Raises `TooLarge` for multipart bodies above `most` bytes and for all others above `most_json`; the frame around it answers."""

    def __init__(self, app: ASGIApp, most: int = 64 * MIB, most_json: int = MIB) -> None:
        self._app = app
        self._most = most
        self._most_json = most_json

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count what is received; what the application says of a body cut short is not sent."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name: value for name, value in scope["headers"] if name in {b"content-length", b"content-type"}}
        most = self._most if headers.get(b"content-type", b"").lower().startswith(b"multipart/") else self._most_json
        declared = headers.get(b"content-length", b"")
        if declared.isdigit() and int(declared) > most:
            raise TooLarge(most)
        received = 0
        started = False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise TooLarge(most)
            return message

        async def answered(message: Message) -> None:
            # FastAPI makes a 400 of whatever is raised while it reads a body, and our 413 would be lost.
            nonlocal started
            if received > most and not started:
                return
            started = True
            await send(message)

        await self._app(scope, counted, answered)
        if received > most and not started:
            raise TooLarge(most)
