"""The public hall: what is offered, the guide of each item, and following by receipt."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from markupsafe import Markup

from services.chassis.auth import Anyone
from services.chassis.documents.typesetting import RenderError
from services.chassis.parts import Parts
from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.web.words import word
from services.chassis.wiring import Now, ThePages, TheParts
from services.intake import views
from services.intake.api import TheIntake
from services.intake.domain.item import ItemKind, Theme
from services.intake.pages.blank_form import blank_form
from services.intake.pages.explaining import shown
from services.intake.pages.flow_chart import flow_chart_svg
from services.kernel.calendar import local_day

router = APIRouter()


@router.get("/")
def hall(request: Request, intake: TheIntake, pages: ThePages, now: Now, _: Anyone) -> Response:
    """Show the hall."""
    today = local_day(now)
    return pages.render(request, "hall.html", popular=views.catalogue.popular(intake.database, today), counts=views.catalogue.counts(intake.database, today))


@router.get("/items")
def items(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    parts: TheParts,
    now: Now,
    _: Anyone,
    theme: str = "",
    department: str = "",
    kind: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Response:
    """List the items on offer."""
    rows, following = views.catalogue.items(intake.database, local_day(now), theme, department, kind, text, cursor)
    choices = {
        "theme_pairs": [(one.value, word(one)) for one in Theme],
        "kind_pairs": [(one.value, word(one)) for one in ItemKind],
        "department_pairs": [(code, department.short_name) for code, department in parts.departments.items()],
    }
    chosen = {"theme": theme, "department": department, "kind": kind, "text": text}
    return pages.render(request, "items.html", rows=rows, following=following, choices=choices, chosen=chosen)


@router.get("/items/{code}")
def guide(request: Request, code: str, intake: TheIntake, pages: ThePages, parts: TheParts, now: Now, _: Anyone) -> Response:
    """Show the guide of an item, complete (CAT-02)."""
    today = local_day(now)
    offered = intake.item(code)
    item = views.catalogue.current(offered, today)
    coming = next((revision for revision in offered.revisions if revision.effective_from > today), None)

    chart = flow_chart_svg(item.process, partial(_short_name, parts), acceptance_limit=item.acceptance_limit, result=item.result.name)
    is_over = offered.last_day is not None and offered.last_day < today
    context: dict[str, Any] = {"item": item, "coming": coming, "last_day": offered.last_day, "is_over": is_over}
    return pages.render(request, "guide.html", **context, chart=Markup(chart))  # noqa: S704 - drawn and escaped by us


@router.get("/items/{code}/form.pdf")
def form(code: str, intake: TheIntake, parts: TheParts, now: Now, _: Anyone) -> Response:
    """Give the blank application form of an item, to print and fill in by hand (CAT-02)."""
    try:
        pdf = blank_form(views.catalogue.current(intake.item(code), local_day(now)), partial(_short_name, parts))
    except RenderError as error:
        raise Problem(503, "form-not-set", "空白申请表暂时不能生成", f"{error}。请联系窗口取表。") from error
    return Response(pdf, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{code}.pdf"'})


def _short_name(parts: Parts, code: str) -> str:
    return parts.departments[code].short_name if code in parts.departments else code


@router.get("/follow")
def follow_page(request: Request, pages: ThePages, _: Anyone) -> Response:
    """Ask for the receipt's number and secret."""
    return pages.render(request, "follow.html", values={})


@router.post("/follow")
def follow(
    request: Request,
    intake: TheIntake,
    pages: ThePages,
    now: Now,
    _: Anyone,
    number: Annotated[str, Form(max_length=60)] = "",
    secret: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    """Show how far an application is (APP-06)."""
    try:
        application = intake.followed(number, secret, now)
    except NotFound:
        errors = {"number": "没有找到：请核对接件凭证上的编号和查询码"}
        return pages.render(request, "follow.html", status=404, values={"number": number}, errors=errors)
    context = shown(intake, application, local_day(now), letters="") | {"own": False, "at_window": False, "by_receipt": True}
    return pages.render(request, "application.html", **context, values={})
