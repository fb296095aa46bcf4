"""A department's system hears what concerns it: the public events of a service by position, over HTTP as a CloudEvents batch (EXC-01)."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from contracts import envelope as wire
from contracts.report import BATCH_TYPE
from services.chassis.auth import allow
from services.chassis.bus.concerning import concerning, said_to_all
from services.chassis.problems import Problem
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
    notifications = service.recorder.select_notifications(after, MOST, stop=said_to_all(service), inclusive_of_start=False)
    body = b"[" + b",".join(wire.to_bytes(envelope) for envelope in concerning(service, notifications, actor.department)) + b"]"
    reached = notifications[-1].id if notifications else after
    return Response(body, media_type=BATCH_TYPE, headers={"Link": f'<{request.url.path}?after={reached}>; rel="next"'})
