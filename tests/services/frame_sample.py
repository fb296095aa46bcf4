"""A small application in the common frame, and an identity provider that is one key: what the tests of the frame call."""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Annotated

import httpx
from fastapi import APIRouter, FastAPI, Form, Request, Response, UploadFile
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, Field, field_validator

from services.chassis.auth import Access, Anyone, Provider, SignedIn, TokenVerifier, allow
from services.chassis.departments import Department
from services.chassis.http.application import create_app
from services.chassis.http.paging import Page, from_cursor, to_cursor
from services.chassis.http.preconditions import IdempotencyKey, SeenVersion, etag, require
from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.web.pages import Pages
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal

ISSUER = "http://provider.example"
NOW = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
SECRET = "postgres://keys-of-the-house"
_KEY = ECKey.generate_key("P-256", {"kid": "1", "use": "sig", "alg": "ES256"})
DEPARTMENTS: Mapping[str, Department] = {
    "market-regulation": Department(code="market-regulation", name="示例区市场监督管理局", short_name="市场监管局", address="示例路1号", phone="000-0000")
}

logger = logging.getLogger("sample")


class Handed(BaseModel):
    """What the sample takes."""

    name: str = Field(min_length=2, max_length=20)
    copies: int = Field(ge=1, le=9)
    on: date

    @field_validator("name")
    @classmethod
    def _no_blank(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("不能全是空格")
        return name


router = APIRouter()


@router.post("/things", status_code=201)
def hand_in(handed: Handed, key: IdempotencyKey, _: Anyone) -> dict[str, str | None]:
    """Take a thing."""
    return {"name": handed.name, "key": key}


@router.get("/things")
def things(_: Anyone, cursor: str | None = None) -> Page[int]:
    """List twelve things, five a page."""
    last = from_cursor(cursor, int)[0] if cursor else 0
    items = list(range(last + 1, min(last + 6, 13)))
    return Page(items=items, next=to_cursor(items[-1]) if items[-1] < 12 else None)


@router.put("/things/{thing}")
def change(thing: int, seen: SeenVersion, response: Response, _: Annotated[Actor, allow(Role.HANDLER)]) -> dict[str, int]:
    """Change a thing that is at version 3."""
    require(seen, 3)
    response.headers["ETag"] = etag(4)
    return {"thing": thing}


@router.post("/files")
def store(file: UploadFile, _: Anyone) -> int | None:
    """Take a file."""
    return file.size


@router.post("/unread")
def unread(_: Anyone) -> str:
    """Answer without reading the body."""
    return "done"


@router.get("/mine")
def mine(actor: SignedIn) -> str:
    """Say who is signed in."""
    return actor.name


@router.get("/wrong/{what}")
def wrong(what: str, _: Anyone) -> None:
    """Fail in many ways."""
    logger.warning("about to fail")
    raise {
        "refused": Refusal("already-decided", "该办件已经办结。", "行政许可法 第四十二条"),
        "not-allowed": NotAllowed("no-authority", "您没有这个环节的审批权限。"),
        "invalid": Invalid("content-wrong", "请改正。", fields={"opinion": "意见不能为空"}),
        "missing": NotFound(),
        "problem": Problem(409, "taken", "已被占用", "换一个时段。", slots=["09:00"]),
        "bug": RuntimeError(SECRET),
    }[what]


class Ticket(BaseModel):
    """A form of the sample page."""

    opinion: str = ""


def tokens_of(actor: Actor) -> str:
    """Give an access token for an actor, good for an hour after `NOW`."""
    claims = {
        "iss": ISSUER,
        "aud": "onewindow",
        "sub": actor.subject,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "department": actor.department,
        "exp": int(NOW.timestamp()) + 3600,
    }
    return jwt.encode({"alg": "ES256", "kid": "1"}, claims, _KEY)


def access() -> Access:
    """Give access that trusts the key of this module."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/jwks"):
            return httpx.Response(200, json={"keys": [_KEY.as_dict(private=False)]})
        endpoints = {"jwks_uri": f"{ISSUER}/jwks", "authorization_endpoint": f"{ISSUER}/authorize", "end_session_endpoint": f"{ISSUER}/end"}
        return httpx.Response(200, json={"issuer": ISSUER, **endpoints})

    provider = Provider(ISSUER, httpx.Client(transport=httpx.MockTransport(answer)))
    return Access(provider, TokenVerifier(provider, lambda: NOW), "onewindow", b"sample" * 8, lambda: NOW)


def sample_app(pages: Pages | None = None) -> FastAPI:
    """Give the sample's application as a house serves it: under /sample. JSON up to 1000 bytes, uploads up to 5000."""
    frame = pages or Pages("sample", lambda: NOW, DEPARTMENTS)
    app = create_app("sample", "样例", access=access(), pages=frame, most_body=5000, most_json=1000)
    app.include_router(router, prefix="/api")

    @app.post("/opinions", include_in_schema=False)
    def opinions(ticket: Annotated[Ticket, Form()], request: Request, _: Anyone) -> Response:
        return frame.render(request, "problem.html", problem=Problem(200, "taken-down", "已记录", ticket.opinion), trace="")

    house = FastAPI(openapi_url=None)
    house.mount("/sample", app)
    return house


def sample_client() -> TestClient:
    """Give a client of the sample that follows no redirect."""
    return TestClient(sample_app(), follow_redirects=False)
