"""Items over HTTP: the catalogue, and what administrators publish and withdraw (CAT-01, CAT-03)."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query

from services.chassis.auth import Anyone, allow
from services.chassis.http.paging import Page
from services.chassis.wiring import Now, TheParts
from services.intake import views
from services.intake.api import TheIntake
from services.intake.domain.item import ItemRevision
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid
from services.kernel.calendar import local_day

router = APIRouter()


@router.get("/items")
def list_items(
    intake: TheIntake,
    now: Now,
    _: Anyone,
    theme: str = "",
    department: str = "",
    kind: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """List the items on offer, in the order of departments and names."""
    rows, following = views.catalogue.items(intake.database, local_day(now), theme, department, kind, text, cursor)
    return Page(items=rows, next=following)


@router.get("/items/{code}")
def read_item(code: str, intake: TheIntake, now: Now, _: Anyone) -> ItemRevision:
    """Give the revision of an item that applies today."""
    return views.catalogue.current(intake.item(code), local_day(now))


@router.post("/items", status_code=201)
def publish_item(revision: ItemRevision, intake: TheIntake, parts: TheParts, now: Now, actor: Annotated[Actor, allow(Role.ADMINISTRATOR)]) -> dict[str, Any]:
    """Publish an item or a revision of it (CAT-03)."""
    if unknown := sorted(revision.departments - parts.departments.keys()):
        raise Invalid("department-unknown", f"没有这个部门：{'、'.join(unknown)}。", "CAT-01", {"department": f"没有这个部门：{'、'.join(unknown)}"})
    intake.publish_item(revision, actor, now)
    return {"code": revision.code, "revision": revision.revision}


@router.post("/items/{code}/withdraw")
def withdraw_item(
    code: str,
    last_day: Annotated[date, Body()],
    reason: Annotated[str, Body(max_length=2000)],
    intake: TheIntake,
    now: Now,
    actor: Annotated[Actor, allow(Role.ADMINISTRATOR)],
    basis: Annotated[str, Body(max_length=500)] = "",
) -> dict[str, Any]:
    """Cancel an item after a last day (CAT-03); `basis` names the document by which an authority did so."""
    intake.withdraw_item(code, last_day, reason, actor, now, basis)
    return {"code": code, "last_day": last_day}
