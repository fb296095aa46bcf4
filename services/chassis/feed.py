"""A department's system hears what concerns it: the public events of a service by position, over HTTP as a CloudEvents batch (EXC-01)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from contracts import envelope as wire
from contracts.report import BATCH_TYPE
from services.chassis.auth import allow
from services.chassis.problems import Problem
from services.chassis.relay import POSITION, to_envelope
from services.chassis.service import Service
from services.kernel.actor import Actor, Role

router = APIRouter()
MOST = 500


@router.get("/feed", responses={200: {"content": {BATCH_TYPE: {}}, "description": "a CloudEvents batch; `Link` with rel=next leads on"}})
def feed(
    request: Request,
    actor: Annotated[Actor, allow(Role.DEPARTMENT)],
    after: Annotated[int, Query(ge=0, description="the position after which to go on; 0 for the beginning")] = 0,
) -> Response:
    """Give what was said after a position about the department's cases, in order.

    The link leads on, also where none of these events concerned the department; where it leads nowhere further, there is no more yet.
    """
    service: Service = request.app.state.service
    if actor.department is None:
        raise Problem(403, "no-department", "无权读取", "令牌没有写明部门。")
    # No further than the bus: both say the same, in the same order.
    said = service.recorder.max_tracking_id(POSITION) or 0
    notifications = service.recorder.select_notifications(after, MOST, stop=said, inclusive_of_start=False)
    envelopes = [envelope for one in notifications if (envelope := to_envelope(service, one)) is not None]
    own = service.concerning({envelope.subject for envelope in envelopes}, actor.department) if envelopes else set()
    body = b"[" + b",".join(wire.to_bytes(envelope) for envelope in envelopes if envelope.subject in own) + b"]"
    reached = notifications[-1].id if notifications else after
    return Response(body, media_type=BATCH_TYPE, headers={"Link": f'<{request.url.path}?after={reached}>; rel="next"'})
