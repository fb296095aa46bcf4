"""Puts supervision together. It is given no HTTP client and no other service: it learns by events alone."""

from fastapi import FastAPI

from services.chassis.audit import api as checkpoints_api
from services.chassis.bus import feed, letters_page
from services.chassis.http.application import create_app
from services.chassis.parts import Parts
from services.chassis.web.pages import Pages
from services.supervision import api, card_api, complaint_api, pages, views
from services.supervision.application import Supervision
from services.supervision.live import Live
from services.supervision.pages import (
    accountability,
    appraisal,
    bulletin,
    card,
    complaints,
    disagreements,
    figures,
    histories,
    mutual_ratings,
    patterns,
    recomputed,
    reviews,
    rules,
    spot_checks,
    verifications,
    wall,
)
from services.supervision.wall import Wall

PARTS = (
    verifications,
    patterns,
    spot_checks,
    wall,
    complaints,
    appraisal,
    reviews,
    recomputed,
    figures,
    bulletin,
    disagreements,
    mutual_ratings,
    accountability,
    histories,
)
"""What has documents and pages in one module."""


def create(parts: Parts) -> tuple[Supervision, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("supervision", views.tables())
    service = Supervision(database, parts.calendars, parts.now, parts.sealer)
    app = create_app("supervision", "监察", access=parts.access, pages=Pages("supervision", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters_page.router, include_in_schema=False)
    app.state.wall = Wall(service, parts.directory.name)
    app.state.live = Live(service, app.state.wall, parts.now)
    app.include_router(api.router, prefix="/api")
    app.include_router(feed.router, prefix="/api")
    app.include_router(checkpoints_api.router, prefix="/api")
    app.include_router(card_api.router, prefix="/api")
    app.include_router(complaint_api.router, prefix="/api")
    for part in PARTS:
        app.include_router(part.documents, prefix="/api")
    for part in (pages, card, rules, *PARTS):
        app.include_router(part.router, include_in_schema=False)
    return service, app
