"""Two pages that show every part of pages, served over HTTP for a browser to look at."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.routing import Mount

from services.chassis.auth import Anyone
from services.chassis.clock.calendars import load_calendars
from services.chassis.web.pages import Pages
from services.kernel.clock import ClockFacts, Stop, explain
from tests.services.frame_sample import DEPARTMENTS, NOW, sample_app

FACTS = ClockFacts(date(2026, 2, 11), 10, stops=(Stop(date(2026, 3, 2), date(2026, 3, 4), "EXPERT_REVIEW"),))
DUE = date(2026, 3, 9)
ENTRIES = [
    {"when": NOW, "title": "专家评审开始，暂停计时", "who": "示例承办人", "tone": "standing", "text": "评审会定于 3月4日 召开。"},
    {"when": NOW - timedelta(days=4), "title": "黄灯：承诺时限只剩一个工作日", "tone": "warning"},
    {"when": NOW - timedelta(days=19), "title": "受理", "who": "示例窗口人员", "address": "/sample/"},
    {"when": NOW - timedelta(days=20), "title": "提交申请"},
]
VALUES = {"name": "示例餐饮有限公司", "kind": "kitchen", "scope": ["hot"], "delivery": "window"}
ERRORS = {
    "phone": "联系电话应为 11 位手机号码或带区号的固定电话",
    "delivery": "请选择领取方式",
    "plan": "经营场所平面图不能超过 20 MB",
    "consent": "请作出承诺",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the sample desk."""

    number: str
    item: str
    stage: str
    state: str
    due: date | None
    left: int
    clock: str
    copies: int


ROWS = [
    Row("SL-2026-000101-2", "食品经营许可", "审查", "OPEN", DUE - timedelta(days=10), -2, "BREACHED", 2),
    Row("SL-2026-000117-8", "公共场所卫生许可", "审查", "OPEN", DUE - timedelta(days=7), 0, "RUNNING", 1),
    Row("SL-2026-000119-0", "劳务派遣经营许可", "决定", "OPEN", DUE - timedelta(days=6), 1, "RUNNING", 1),
    Row("SL-2026-000123-4", "建筑工程施工许可（并联审批，涉及住房建设、消防、人防）", "专家评审", "OPEN", None, 4, "STANDING", 12),
    Row("SL-2026-000130-7", "特种设备使用登记", "受理", "RECEIVED", DUE, 5, "RUNNING", 3),
]


def pattern_app() -> FastAPI:
    """Give the sample application with the pages /sample/pattern, /sample/desk and a stream of events that breaks off after each and is refused once."""
    pages = Pages("sample", lambda: NOW, DEPARTMENTS, folders=[Path(__file__).parent / "templates"])
    house = sample_app(pages)
    app = next(route.app for route in house.routes if isinstance(route, Mount))
    assert isinstance(app, FastAPI)

    @app.get("/pattern", include_in_schema=False)
    def pattern(request: Request, _: Anyone, wrong: Annotated[str, Query()] = "") -> Response:
        days = list(explain(FACTS, load_calendars().newest, date(2026, 3, 4)))
        return pages.render(request, "pattern.html", due=DUE, days=days, entries=ENTRIES, values=VALUES, errors=ERRORS if wrong else {})

    @app.get("/desk", include_in_schema=False)
    def desk(request: Request, _: Anyone) -> Response:
        return pages.render(request, "desk.html", rows=ROWS, next="MTA")

    refusals = iter([False, False, True])

    @app.get("/stream", include_in_schema=False)
    def stream(request: Request, _: Anyone, last_event_id: int = 0) -> Response:
        if next(refusals, False):
            return Response(status_code=503)
        last = int(request.headers.get("last-event-id") or last_event_id)
        return StreamingResponse(iter([f"retry: 50\nid: {last + 1}\ndata: {last + 1}\n\n"]), media_type="text/event-stream")

    return house


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port while the block runs; give its address."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(5)
