"""Puts workflow together."""

from fastapi import FastAPI

from services.chassis.audit import api as checkpoints_api
from services.chassis.bus import feed, letters_page
from services.chassis.http.application import create_app
from services.chassis.parts import Parts
from services.chassis.web.pages import Pages
from services.workflow import api, authority_api, clock_api, pages, stage_api, views
from services.workflow.application import Workflow


def create(parts: Parts) -> tuple[Workflow, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("workflow", views.tables())
    service = Workflow(database, parts.calendars, parts.files("workflow"), parts.sealer)
    app = create_app("workflow", "审批", access=parts.access, pages=Pages("workflow", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters_page.router, include_in_schema=False)
    for documents in (api, stage_api, clock_api, authority_api, feed, checkpoints_api):
        app.include_router(documents.router, prefix="/api")
    app.include_router(pages.router, include_in_schema=False)
    return service, app
