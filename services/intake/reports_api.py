"""Intake for other systems: departments report by CloudEvents (EXC-01), kiosks fetch the key to seal for and the receipts of what they sent."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from contracts import report as wire
from contracts.envelope import Malformed
from services.chassis.auth import Anyone, allow
from services.chassis.problems import Problem
from services.chassis.sealing import SealedBox
from services.chassis.wiring import Now, TheParts
from services.intake.api import TheIntake
from services.intake.commands.receipt import application_id_of
from services.intake.doors import reporter_of
from services.intake.reading import receipt_of
from services.intake.reporting import MOST_AT_ONCE, ReportReceipt
from services.intake.wire import Receipt
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid

router = APIRouter()
System = Annotated[Actor, allow(Role.DEPARTMENT)]


class ReportAnswer(BaseModel):
    """What came of each report, in the order in which they were sent."""

    received: int
    known: int
    refused: int
    receipts: list[ReportReceipt]


_BODY = {
    "requestBody": {
        "required": True,
        "description": f"CloudEvents 1.0, one or a batch of up to {MOST_AT_ONCE}, of the types in asyncapi.yaml's channel `department`",
        "content": {kind: {} for kind in ("application/cloudevents+json", "application/cloudevents-batch+json")},
    }
}


@router.post("/reports", openapi_extra=_BODY)
async def report(request: Request, intake: TheIntake, parts: TheParts, now: Now, actor: System) -> ReportAnswer:
    """Take what a department's own system reports; sent again, it is known. A report that is refused says why, is kept, and keeps none of the others back."""
    reporter = reporter_of(actor, parts.departments)
    try:
        bodies = wire.parts_of(await request.body())
    except Malformed as error:
        raise Problem(400, "no-json", "请求不是 JSON", f"请求正文不是正确的 JSON：{error}") from error
    if not 1 <= len(bodies) <= MOST_AT_ONCE:
        raise Invalid("batch-size-wrong", f"一次上报 1 至 {MOST_AT_ONCE} 条。", "EXC-01", {"body": f"应有 1 至 {MOST_AT_ONCE} 条"})
    receipts = await run_in_threadpool(intake.take_reports, bodies, reporter, now)
    counts = {status.lower(): sum(one.status == status for one in receipts) for status in ("RECEIVED", "KNOWN", "REFUSED")}
    return ReportAnswer(receipts=receipts, **counts)


@router.get("/kiosks/key")
def kiosk_key(request: Request, _: Anyone) -> dict[str, Any]:
    """Give the public key (JWK) for which kiosks seal what is personal."""
    box: SealedBox = request.app.state.box
    return box.public


@router.get("/kiosks/receipts/{event_id}")
def kiosk_receipt(event_id: str, intake: TheIntake, actor: Annotated[Actor, allow(Role.KIOSK)]) -> Receipt:
    """Give a kiosk the receipt of an application that it sent over the bus; 404 until it has arrived (APP-07)."""
    return receipt_of(intake, intake.application(application_id_of(actor, event_id)))
