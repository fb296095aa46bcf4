"""Puts workflow together."""

from fastapi import FastAPI

from services.chassis import checkpoints_api, feed
from services.chassis.http import create_app
from services.chassis.parts import Parts
from services.chassis.web import letters
from services.chassis.web.pages import Pages
from services.workflow import api, pages, views
from services.workflow.application import Workflow


def create(parts: Parts) -> tuple[Workflow, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("workflow", views.tables())
    service = Workflow(database, parts.calendars, parts.files("workflow"), parts.sealer)
    app = create_app("workflow", "审批", access=parts.access, pages=Pages("workflow", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters.router, include_in_schema=False)
    app.include_router(api.router, prefix="/api")
    app.include_router(feed.router, prefix="/api")
    app.include_router(checkpoints_api.router, prefix="/api")
    app.include_router(pages.router, include_in_schema=False)
    return service, app
