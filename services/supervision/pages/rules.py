"""The page of the rules: what each enforces, how it is detected, what mends it, and who answers for it."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.chassis.wiring import ThePages
from services.supervision.api import Reader
from services.supervision.rules import RULES

router = APIRouter()


@router.get("/rules")
def rules(request: Request, pages: ThePages, _: Reader) -> Response:
    """List the rules of supervision."""
    return pages.render(request, "rules.html", rules=RULES)
