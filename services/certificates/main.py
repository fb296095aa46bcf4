"""Puts certificates together."""

from fastapi import FastAPI

from services.certificates import api, pages, views
from services.certificates.application import Certificates
from services.certificates.documents.authority import embedded_authority
from services.certificates.pages import work
from services.chassis.audit import api as checkpoints_api
from services.chassis.bus import feed, letters_page
from services.chassis.http.application import create_app
from services.chassis.parts import Parts
from services.chassis.web.pages import Pages


def create(parts: Parts) -> tuple[Certificates, FastAPI]:
    """Give the service and its web application."""
    database = parts.database("certificates", views.tables())
    key = parts.secrets.signing_key("certificates")
    authority = embedded_authority(parts.secrets.signing_key("certificates-root"), key)
    service = Certificates(database, parts.files("certificates"), parts.sealer, key, authority, parts.public_url)
    app = create_app("certificates", "证照", access=parts.access, pages=Pages("certificates", parts.now, parts.departments))
    app.state.service = service
    app.state.parts = parts
    app.include_router(letters_page.router, include_in_schema=False)
    app.include_router(api.router, prefix="/api")
    app.include_router(feed.router, prefix="/api")
    app.include_router(checkpoints_api.router, prefix="/api")
    for part in (pages, work):
        app.include_router(part.router, include_in_schema=False)
    return service, app
