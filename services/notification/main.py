"""Puts notification together."""

from fastapi import FastAPI

from services.chassis.audit import api as checkpoints_api
from services.chassis.bus import letters_page
from services.chassis.http.application import create_app
from services.chassis.parts import Parts
from services.chassis.web.pages import Pages
from services.notification import api, pages, views
from services.notification.application import Notification


def create(parts: Parts) -> tuple[Notification, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("notification", views.tables())
    service = Notification(database, parts.sealer, parts.directory, parts.departments, parts.mail, parts.public_url)
    app = create_app("notification", "通知", access=parts.access, pages=Pages("notification", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters_page.router, include_in_schema=False)
    app.include_router(api.router, prefix="/api")
    app.include_router(checkpoints_api.router, prefix="/api")
    app.include_router(pages.router, include_in_schema=False)
    return service, app
