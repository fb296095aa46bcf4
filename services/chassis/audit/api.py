"""An auditor takes checkpoints of a service's log away, and later holds the log against them (AUD-02)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from services.chassis.audit.checkpoints import Heading, parse_heading, text
from services.chassis.audit.lines import CheckpointError
from services.chassis.audit.verification import Found, verify
from services.chassis.auth import allow
from services.chassis.problems import Problem
from services.chassis.service import Service
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role

router = APIRouter()
Auditor = Annotated[Actor, allow(Role.SUPERVISOR, Role.AUDITOR)]
MOST_FINDINGS = 1000


class FindingOut(BaseModel):
    """An event that is not as it was: where, what is wrong, and what is stored there now."""

    position: int
    found: Found
    aggregate: str | None
    version: int | None
    topic: str | None


class Verified(BaseModel):
    """What holding the log against a checkpoint showed: `findings` is empty where everything is as it was."""

    service: str
    after: int
    through: int
    made: datetime
    findings: list[FindingOut]
    is_complete: bool
    """False where there were more findings than are listed."""


@router.get("/checkpoint", response_class=StreamingResponse, responses={200: {"content": {"text/plain": {}}, "description": "the checkpoint as text"}})
def checkpoint(
    request: Request,
    _: Auditor,
    now: Now,
    after: Annotated[int, Query(ge=0, description="the position after which it begins: where the one before ends")] = 0,
    previous: Annotated[str, Query(pattern="^[0-9a-f]*$", max_length=128, description="the digest of the one before")] = "",
) -> StreamingResponse:
    """Give a checkpoint of the log as it is now, to be kept elsewhere."""
    service: Service = request.app.state.service
    through = max(after, service.recorder.max_notification_id() or 0)
    name = f"{service.name}-{through:012}.txt"
    content = text(service, Heading(service.name, after, through, now, previous))
    return StreamingResponse(content, media_type="text/plain", headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.post("/checkpoint/verification")
def verification(request: Request, _: Auditor, file: UploadFile) -> Verified:
    """Hold the log against a checkpoint that was taken earlier."""
    service: Service = request.app.state.service
    name = file.filename or "checkpoint"
    findings: list[FindingOut] = []
    try:
        heading = parse_heading(file.file.readline(), name)
        file.file.seek(0)
        found = verify(service, file.file, name)
        for one in found:
            if len(findings) == MOST_FINDINGS:
                return _verified(heading, findings, is_complete=False)
            event = one.event
            findings.append(
                FindingOut(
                    position=one.position,
                    found=one.found,
                    aggregate=str(event.originator_id) if event else None,
                    version=event.originator_version if event else None,
                    topic=event.topic if event else None,
                )
            )
    except CheckpointError as error:
        raise Problem(422, "no-checkpoint", "不是可用的检查点", str(error)) from error
    return _verified(heading, findings, is_complete=True)


def _verified(heading: Heading, findings: list[FindingOut], *, is_complete: bool) -> Verified:
    return Verified(service=heading.service, after=heading.after, through=heading.through, made=heading.made, findings=findings, is_complete=is_complete)
