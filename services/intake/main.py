"""Puts intake together."""

from fastapi import FastAPI

from services.chassis.audit import api as checkpoints_api
from services.chassis.bus import feed, letters_page
from services.chassis.bus.senders import Senders
from services.chassis.http.application import create_app
from services.chassis.parts import Parts
from services.chassis.sealing import SealedBox
from services.chassis.web.pages import Pages
from services.intake import acceptance_api, api, calendar_api, item_api, reports_api, views
from services.intake.application import Intake
from services.intake.doors import DEPARTMENTS, KIOSKS, DepartmentDoor, KioskDoor
from services.intake.pages import applying, calculator, calendars, desk, hall, mine, offline, window


def create(parts: Parts) -> tuple[Intake, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("intake", views.tables())
    service = Intake(database, parts.calendars, parts.files("intake"), parts.sealer, parts.secrets.key("receipts"))
    app = create_app("intake", "受理", access=parts.access, pages=Pages("intake", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters_page.router, include_in_schema=False)
    senders = Senders(parts.senders)
    box = SealedBox(parts.secrets.sealing_key("kiosks"))
    service.doors = {DEPARTMENTS: DepartmentDoor(service, senders, parts.departments), KIOSKS: KioskDoor(service, senders, box)}
    app.state.box = box
    for documents in (api, item_api, acceptance_api, calendar_api, reports_api, feed, checkpoints_api):
        app.include_router(documents.router, prefix="/api")
    for pages in (hall, calculator, applying, mine, window, desk, offline, calendars):
        app.include_router(pages.router, include_in_schema=False)
    return service, app
