"""Pages of certificates: the public check, the holder's own results, and the pick-up desk."""

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from services.certificates import views
from services.certificates.api import Clerk, TheCertificates, checked_number, said, seen_by
from services.certificates.documents.signing import BadSignature
from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.http.paging import Sort
from services.chassis.problems import Problem
from services.chassis.service import NotFound
from services.chassis.wiring import Now, ThePages
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, Refusal
from services.kernel.calendar import local_day

router = APIRouter()


@router.get("/check")
def check(
    request: Request,
    certificates: TheCertificates,
    pages: ThePages,
    now: Now,
    _: Anyone,
    number: Annotated[str, Query(max_length=60)] = "",
    token: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    """Check a result by its number or its scanned code (CER-05)."""
    found: dict[str, Any] | None = None
    error = ""
    try:
        if token:
            found = said(certificates.check_token(token, local_day(now)), presented=True)
        elif number:
            found = said(certificates.check_number(checked_number(number), local_day(now)), presented=False)
    except BadSignature:
        error = "这个二维码不是本系统签发的，或者已被改动。"
    except NotFound:
        error = "没有这个编号的证照。请核对编号；如果证照上确有此编号，请拨打投诉电话。"
    except Problem as problem:
        error = problem.detail
    return pages.render(request, "check.html", status=422 if error else 200, found=found, error=error, number=number, altered=False)


@router.post("/check")
async def check_document(
    request: Request, certificates: TheCertificates, pages: ThePages, now: Now, _: Anyone, file: Annotated[UploadFile, File()]
) -> Response:
    """Check a document that somebody has."""
    content = await file.read()
    found = await run_in_threadpool(certificates.check_file, content, local_day(now)) if content else None
    shown = said(found, presented=True) if found else None
    error = "" if content else "请选择证照的 PDF 文件。"
    return pages.render(request, "check.html", found=shown, error=error, number="", altered=shown is None and not error)


@router.get("/mine")
def mine(
    request: Request,
    certificates: TheCertificates,
    pages: ThePages,
    now: Now,
    actor: Annotated[Actor, allow(Role.APPLICANT)],
    sort: Sort = "-decided",
    cursor: str = "",
) -> Response:
    """Show the holder's results."""
    rows, following = views.of_account(certificates.database, actor.subject, sort, cursor)
    return pages.render(request, "mine.html", rows=rows, following=following, sort=sort, day=local_day(now))


@router.get("/results/{number}")
def show(request: Request, number: str, certificates: TheCertificates, pages: ThePages, now: Now, actor: SignedIn) -> Response:
    """Show a result with its state."""
    result = seen_by(certificates, number, actor)
    return pages.render(request, "result.html", result=result, status_now=result.status(local_day(now)), values={})


@router.post("/results/{number}/revoke")
def revoke(
    request: Request,
    number: str,
    certificates: TheCertificates,
    pages: ThePages,
    now: Now,
    actor: Annotated[Actor, allow(Role.LEADER)],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Take a result out of force."""
    try:
        certificates.revoke(number, reason, actor, now)
    except Invalid as error:
        result = seen_by(certificates, number, actor)
        status = result.status(local_day(now))
        return pages.render(request, "result.html", result=result, status_now=status, values={"reason": reason}, refusal=error)
    return RedirectResponse(f"../{number}", 303)


@router.get("/pickup")
def pickup(
    request: Request,
    certificates: TheCertificates,
    pages: ThePages,
    _: Clerk,
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "decided",
    cursor: str = "",
    done: str = "",
) -> Response:
    """Show what waits at the window."""
    rows, following = views.waiting(certificates.database, text, sort, cursor)
    return pages.render(request, "pickup.html", rows=rows, following=following, sort=sort, text=text, done=done)


@router.get("/pickup/{number}")
def hand_over_page(request: Request, number: str, certificates: TheCertificates, pages: ThePages, _: Clerk) -> Response:
    """Show the form for handing a result over."""
    return pages.render(request, "hand_over.html", result=certificates.result(number), values={})


@router.post("/pickup/{number}")
def hand_over(
    request: Request,
    number: str,
    certificates: TheCertificates,
    pages: ThePages,
    now: Now,
    actor: Clerk,
    receiver: Annotated[str, Form()] = "",
    identity_shown: Annotated[str, Form()] = "",
) -> Response:
    """Hand a result over."""
    try:
        certificates.deliver(number, receiver, identity_shown, actor, now)
    except Refusal as error:
        fields = error.fields if isinstance(error, Invalid) else {"receiver": error.message}
        values = {"receiver": receiver, "identity_shown": identity_shown}
        return pages.render(request, "hand_over.html", status=422, result=certificates.result(number), values=values, errors=fields)
    return RedirectResponse(f"../pickup?done={number}", 303)
