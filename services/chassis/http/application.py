"""The web application of a service: problems for every error, limits, security headers, metrics, health, documentation.

app = create_app("intake", "受理", access=parts.access, pages=Pages("intake", parts.now, parts.departments))
app.include_router(api.router, prefix="/api")              # JSON; every endpoint with its rule: actor: Annotated[Actor, allow(Role.HANDLER)]
app.include_router(hall.router, include_in_schema=False)   # pages: return pages.render(request, "guide.html", item=item)

Answered by themselves: `Problem`, `Refusal` (409, 403, 422), `NotFound` (404). Lists by cursor: `paging`. `If-Match`, `Idempotency-Key`: `preconditions`.
"""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from fastapi.telemetry import TelemetryConfig

from services.chassis.auth import Access, Anyone, VisitorMiddleware, session_router
from services.chassis.http.errors import PROBLEM, add_error_handlers, answer_problem, wants_page
from services.chassis.http.frame import Frame
from services.chassis.http.limits import MIB, BodyLimit
from services.chassis.http.openapi import document
from services.chassis.problems import Problem
from services.chassis.web import assets
from services.chassis.web.pages import Pages

__all__ = ["OWN_FIGURES", "PROBLEM", "answer_problem", "create_app", "wants_page"]

OWN_FIGURES: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""Traces, figures and logs are our own: FastAPI need not look anew for each request whether anybody wants its."""


def create_app(service: str, title: str, *, access: Access, pages: Pages, description: str = "", most_body: int = 64 * MIB, most_json: int = MIB) -> FastAPI:
    """Make the application of a service; it is served under `/<service>`, by a mount or behind a proxy.

    Bodies are read up to `most_json` bytes, uploads (multipart) up to `most_body` bytes; a larger one is answered 413.
    """
    app = FastAPI(title=title, description=description, docs_url=None, redoc_url=None, openapi_url=None, telemetry=OWN_FIGURES)
    app.state.access = access
    app.state.pages = pages
    app.add_middleware(VisitorMiddleware, secure=access.secure)
    app.add_middleware(BodyLimit, most=most_body, most_json=most_json)
    app.add_middleware(Frame, service=service, access=access)
    add_error_handlers(app)
    app.include_router(session_router())
    _add_common_routes(app)
    return app


def _add_common_routes(app: FastAPI) -> None:
    @app.get("/health", include_in_schema=False)
    def health(_: Anyone) -> dict[str, str]:
        return {"status": "alive"}

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request, _: Anyone) -> JSONResponse:
        return JSONResponse(document(app, request.scope.get("root_path", "")))

    @app.get("/docs", include_in_schema=False)
    def docs(request: Request, _: Anyone) -> Response:
        pages: Pages = app.state.pages
        return pages.render(request, "docs.html", title=app.title)

    @app.get("/assets/{version}/{name}", include_in_schema=False)
    def asset(version: str, name: str, _: Anyone) -> Response:
        found = assets.asset(name)
        if found is None or found.version != version:
            raise Problem(404, "not-found", "没有这个文件")
        headers = {"Cache-Control": "public, max-age=31536000, immutable"}
        return Response(found.content, media_type=found.media_type, headers=headers)
