"""Certificates over HTTP: check by anyone, download by the holder, hand over at the window, revoke."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from services.certificates import views
from services.certificates.application import Certificates
from services.certificates.documents.signing import BadSignature
from services.certificates.domain.document import Status
from services.certificates.domain.result import Result
from services.certificates.library import Checked
from services.chassis.auth import Anyone, AnyProgram, SignedIn, allow
from services.chassis.http.paging import Page, Sort
from services.chassis.problems import Problem
from services.chassis.storage.numbers import is_sound
from services.chassis.web.pages import masked
from services.chassis.wiring import Now
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day

router = APIRouter()


async def _certificates(request: Request) -> Certificates:
    certificates: Certificates = request.app.state.service
    return certificates


TheCertificates = Annotated[Certificates, Depends(_certificates)]
Clerk = Annotated[Actor, allow(Role.WINDOW_CLERK)]
Maker = Annotated[Actor, allow(Role.HANDLER)]
Inspector = Annotated[Actor, allow(Role.SUPERVISOR, Role.AUDITOR)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class DeliveryIn(_Body):
    """Who took the result, and which paper was shown."""

    receiver: str = Field(max_length=100)
    identity_shown: str = Field(max_length=100)


class BlankIn(_Body):
    """The number of the blank on which a result is printed."""

    blank: str = Field(max_length=60)


class RevocationIn(_Body):
    """Why."""

    reason: str = Field(max_length=2000)


@router.get("/keys")
def keys(certificates: TheCertificates, _: Anyone) -> dict[str, Any]:
    """Give the public keys, with which anybody verifies a code offline (CER-05)."""
    return certificates.jwks()


@router.get("/authority")
def authority(certificates: TheCertificates, _: Anyone) -> Response:
    """Give the root certificate under which the PDF files are signed, as PEM, for viewers and for checks offline (CER-05)."""
    return Response(certificates.authority.root_pem, media_type="application/x-pem-file")


@router.get("/check")
def check(
    certificates: TheCertificates,
    now: Now,
    _: Anyone,
    number: Annotated[str, Query(max_length=60)] = "",
    token: Annotated[str, Query(max_length=4000)] = "",
) -> dict[str, Any]:
    """Check a result by its number, or by the token of its code (CER-05)."""
    today = local_day(now)
    if token:
        try:
            return said(certificates.check_token(token, today), presented=True)
        except BadSignature as error:
            raise Problem(422, "code-forged", "二维码无效", "这个二维码不是本系统签发的，或者已被改动。") from error
    return said(certificates.check_number(checked_number(number), today), presented=False)


@router.post("/check")
async def check_document(
    certificates: TheCertificates, now: Now, _: AnyProgram, file: Annotated[UploadFile, File()], number: Annotated[str, Form(max_length=60)] = ""
) -> dict[str, Any]:
    """Check a document that somebody has: one byte more or less shows (CER-05)."""
    document = await file.read()
    today = local_day(now)
    if number:
        found = await run_in_threadpool(certificates.check_document, document, checked_number(number), today)
        return said(found, presented=found.status is not Status.ALTERED)
    by_itself = await run_in_threadpool(certificates.check_file, document, today)
    if by_itself is None:
        return {"status": Status.ALTERED, "claims": None, "revoked_on": None}
    return said(by_itself, presented=True)


@router.get("/results/mine")
def mine(certificates: TheCertificates, actor: Annotated[Actor, allow(Role.APPLICANT)], sort: Sort = "-decided", cursor: str = "") -> Page[dict[str, Any]]:
    """List the account's results, newest first, or sorted by `decided` or `number`."""
    rows, following = views.of_account(certificates.database, actor.subject, sort, cursor)
    return Page(items=rows, next=following)


@router.get("/results/waiting")
def waiting(
    certificates: TheCertificates, _: Clerk, text: Annotated[str, Query(max_length=60)] = "", sort: Sort = "decided", cursor: str = ""
) -> Page[dict[str, Any]]:
    """List what waits at the window, oldest first, or sorted by `decided` or `number`."""
    rows, following = views.waiting(certificates.database, text, sort, cursor)
    return Page(items=rows, next=following)


@router.get("/results/to-make")
def to_make(certificates: TheCertificates, actor: Maker, sort: Sort = "decided", cursor: str = "") -> Page[dict[str, Any]]:
    """List what the caller's department must print on numbered blanks, oldest first, or sorted by `decided` or `case`."""
    rows, following = views.to_make(certificates.database, actor.department or "", sort, cursor)
    return Page(items=rows, next=following)


@router.post("/results/{result}/make")
def make(result: UUID, body: BlankIn, certificates: TheCertificates, now: Now, actor: Maker) -> dict[str, Any]:
    """Make a result that is printed on a numbered blank (CER-01)."""
    certificates.make(result, body.blank, actor, now)
    return {"id": result}


@router.get("/results/to-archive")
def to_archive(certificates: TheCertificates, _: Clerk, sort: Sort = "delivered", cursor: str = "") -> Page[dict[str, Any]]:
    """List what was handed over and is not archived, oldest first, or sorted by `delivered` or `number` (CER-04)."""
    rows, following = views.to_archive(certificates.database, sort, cursor)
    return Page(items=rows, next=following)


@router.post("/results/{number}/archive")
def archive(number: str, certificates: TheCertificates, now: Now, actor: Clerk) -> dict[str, Any]:
    """Close the file of a result that was handed over (CER-04)."""
    certificates.archive(number, actor, now)
    return {"number": number, "archived_on": certificates.result(number).archived_on}


@router.post("/library/inspect")
def inspect(certificates: TheCertificates, now: Now, _: Inspector) -> dict[str, Any]:
    """Hold every result in force against what was signed (CER-07, SUP-R08)."""
    inspected, altered = certificates.inspect(now)
    return {"inspected": inspected, "altered": altered}


@router.get("/results/{number}/document")
def document(number: str, certificates: TheCertificates, actor: SignedIn) -> Response:
    """Give the PDF."""
    result = seen_by(certificates, number, actor)
    headers = {"Content-Disposition": f'inline; filename="{number}.pdf"'}
    return Response(certificates.document(result), media_type="application/pdf", headers=headers)


@router.post("/results/{number}/deliver")
def deliver(number: str, body: DeliveryIn, certificates: TheCertificates, now: Now, actor: Clerk) -> dict[str, Any]:
    """Hand a result over at the window (CER-03)."""
    certificates.deliver(number, body.receiver, body.identity_shown, actor, now)
    return {"number": number, "delivered_on": certificates.result(number).delivered_on}


@router.post("/results/{number}/revoke")
def revoke(number: str, body: RevocationIn, certificates: TheCertificates, now: Now, actor: Annotated[Actor, allow(Role.LEADER)]) -> dict[str, Any]:
    """Take a result out of force (CER-07)."""
    certificates.revoke(number, body.reason, actor, now)
    return {"number": number, "revoked_on": certificates.result(number).revoked_on}


def checked_number(number: str) -> str:
    """Give a typed number in its normal form; refuse one with a slip before anything is looked up."""
    number = number.strip().upper()
    if not is_sound(number):
        raise Problem(422, "number-wrong", "编号不正确", "编号的校验位不符，请核对后重新输入。")
    return number


def said(found: Checked, *, presented: bool) -> dict[str, Any]:
    """Give what a check says; the holder's name in full only to whoever presents the document or its code."""
    claims = asdict(found.claims)
    if not presented:
        claims["holder"] = masked(found.claims.holder)
    return {"status": found.status, "claims": claims, "revoked_on": found.revoked_on}


def seen_by(certificates: Certificates, number: str, actor: Actor) -> Result:
    """Give a result to those who may read it."""
    result = certificates.result(number)
    if not result.may_see(actor):
        raise Problem(404 if actor.has(Role.APPLICANT) else 403, "not-yours", "无权查看", "这份结果不属于您。")
    return result
