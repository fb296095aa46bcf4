"""The operator's pages for dead letters: why each could not be taken, mend it and let it be heard, or put it aside with a word why."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from services.chassis.auth import allow
from services.chassis.bus.letters import Letter, Letters
from services.chassis.service import Service
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal

router = APIRouter()
Operator = Annotated[Actor, allow(Role.ADMINISTRATOR)]
SERVICES = {"intake": "受理", "workflow": "审批", "supervision": "电子监察", "certificates": "证照", "notification": "通知"}
_DOORS = {"": "各服务之间的消息总线", "departments": "部门业务系统", "kiosks": "自助终端"}


def _letters(request: Request) -> Letters:
    service: Service = request.app.state.service
    return Letters(service)


@router.get("/letters")
def waiting(request: Request, pages: ThePages, _: Operator, done: str = "") -> Response:
    """List what waits for an operator."""
    said = {"replayed": "已经重新处理。", "aside": "已经搁置，理由记录在案。"}.get(done, "")
    return pages.render(request, "letters.html", letters=_letters(request).waiting(), services=SERVICES, doors=_DOORS, service=pages.service, done=said)


@router.get("/letters/{letter_id}")
def read(request: Request, letter_id: int, pages: ThePages, _: Operator) -> Response:
    """Show a letter."""
    letter = _letters(request).get(letter_id)
    return _page(request, pages, letter, _readable(letter.text))


@router.post("/letters/{letter_id}/replay")
def replay(request: Request, letter_id: int, pages: ThePages, now: Now, operator: Operator, body: Annotated[str, Form(max_length=2_000_000)]) -> Response:
    """Let a letter be heard, as it came or as the operator mended it."""
    letters = _letters(request)
    letter = letters.get(letter_id)
    is_mended = body.replace("\r\n", "\n").strip() != _readable(letter.text).strip()
    try:
        letters.replay(letter_id, now, mended=_compact(body) if is_mended else None, operator=operator.subject)
    except Refusal as refusal:
        return _page(request, pages, letter, body, refusal.message, 422 if isinstance(refusal, Invalid) else 409)
    return RedirectResponse("../../letters?done=replayed", 303)


@router.post("/letters/{letter_id}/aside")
def put_aside(request: Request, letter_id: int, pages: ThePages, now: Now, operator: Operator, note: Annotated[str, Form(max_length=1000)] = "") -> Response:
    """Put a letter aside."""
    letters = _letters(request)
    try:
        letters.put_aside(letter_id, note, operator.subject, now)
    except Refusal as refusal:
        letter = letters.get(letter_id)
        return _page(request, pages, letter, _readable(letter.text), refusal.message, 422 if isinstance(refusal, Invalid) else 409)
    return RedirectResponse("../../letters?done=aside", 303)


def _page(request: Request, pages: ThePages, letter: Letter, body: str, refused: str = "", status: int = 200) -> Response:
    return pages.render(request, "dead_letter.html", status=status, letter=letter, body=body, refused=refused, doors=_DOORS, values={"body": body}, errors={})


def _readable(text: str) -> str:
    """Give JSON with line breaks, anything else as it is."""
    try:
        return msgspec.json.format(text.encode(), indent=2).decode()
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text


def _compact(text: str) -> bytes:
    try:
        return msgspec.json.format(text.encode(), indent=-1)
    except msgspec.DecodeError:
        return text.encode()
