"""Intake over HTTP: parse, call one command, answer."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Body, Depends, File, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.paging import Page, Sort
from services.chassis.preconditions import IdempotencyKey, SeenVersion, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now, TheParts
from services.intake import views
from services.intake.application import Intake
from services.intake.domain.facts import ApplicationState, Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.intake.reading import receipt_of, seen_by, summary
from services.intake.uploads import LARGEST, StoredFile
from services.intake.wire import (
    ApplicantIn,
    ApplicationIn,
    CorrectionsIn,
    FollowIn,
    MaterialIn,
    NoticeIn,
    OfflineIn,
    PreReviewIn,
    ReasonIn,
    Receipt,
    ReviewIn,
)
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid
from services.kernel.calendar import local_day

router = APIRouter()


async def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.service
    return intake


TheIntake = Annotated[Intake, Depends(_intake)]
Acceptor = Annotated[Actor, allow(Role.WINDOW_CLERK, Role.HANDLER)]
Registering = Annotated[Actor, allow(Role.WINDOW_CLERK, Role.HANDLER, Role.SUPERVISOR)]


@router.get("/items")
def list_items(
    intake: TheIntake,
    now: Now,
    _: Anyone,
    theme: str = "",
    department: str = "",
    kind: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """List the items on offer, in the order of departments and names."""
    rows, following = views.catalogue.items(intake.database, local_day(now), theme, department, kind, text, cursor)
    return Page(items=rows, next=following)


@router.get("/items/{code}")
def read_item(code: str, intake: TheIntake, now: Now, _: Anyone) -> ItemRevision:
    """Give the revision of an item that applies today."""
    return views.catalogue.current(intake.item(code), local_day(now))


@router.post("/items", status_code=201)
def publish_item(revision: ItemRevision, intake: TheIntake, parts: TheParts, now: Now, actor: Annotated[Actor, allow(Role.ADMINISTRATOR)]) -> dict[str, Any]:
    """Publish an item or a revision of it (CAT-03)."""
    if unknown := sorted(revision.departments - parts.departments.keys()):
        raise Invalid("department-unknown", f"没有这个部门：{'、'.join(unknown)}。", "CAT-01", {"department": f"没有这个部门：{'、'.join(unknown)}"})
    intake.publish_item(revision, actor, now)
    return {"code": revision.code, "revision": revision.revision}


@router.post("/items/{code}/withdraw")
def withdraw_item(
    code: str,
    last_day: Annotated[date, Body()],
    reason: Annotated[str, Body(max_length=2000)],
    intake: TheIntake,
    now: Now,
    actor: Annotated[Actor, allow(Role.ADMINISTRATOR)],
    basis: Annotated[str, Body(max_length=500)] = "",
) -> dict[str, Any]:
    """Cancel an item after a last day (CAT-03); `basis` names the document by which an authority did so."""
    intake.withdraw_item(code, last_day, reason, actor, now, basis)
    return {"code": code, "last_day": last_day}


@router.post("/applicants", status_code=201)
def register(body: ApplicantIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT)]) -> dict[str, Any]:
    """Register the real name for which the account acts (APP-01)."""
    return {"id": intake.register_applicant(body.details(), actor.subject, actor, now)}


@router.get("/applicants/mine")
def my_applicants(intake: TheIntake, actor: Annotated[Actor, allow(Role.APPLICANT)]) -> list[dict[str, Any]]:
    """Give the applicants for which the account acts."""
    return [{"id": one.id, "kind": one.details.kind, "name": one.details.name} for one in intake.applicants(actor.subject)]


@router.post("/files", status_code=201)
async def upload(
    intake: TheIntake, now: Now, file: Annotated[UploadFile, File()], actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK, Role.KIOSK)]
) -> StoredFile:
    """Store a file, by its content PDF, JPEG or PNG, up to 20 MB; a material of the same caller names it by its digest (APP-04)."""
    content = await file.read(LARGEST + 1)
    return await run_in_threadpool(intake.store_file, file.filename or "", content, actor, now)


@router.post("/applications", status_code=201)
def submit(
    body: ApplicationIn,
    intake: TheIntake,
    now: Now,
    response: Response,
    actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK, Role.KIOSK)],
    key: IdempotencyKey,
) -> Receipt:
    """Receive an application: online, at a window or at a kiosk, by who calls (APP-02). A kiosk must name its request (APP-07)."""
    channel = channel_of(actor)
    if channel is Channel.KIOSK and key is None:
        raise Problem(428, "idempotency-key-missing", "缺少幂等键", "自助终端提交时应当带上 Idempotency-Key。")
    details = body.applicant if isinstance(body.applicant, UUID) else body.applicant.details()
    materials = materials_of(intake, body.materials, actor)
    application = intake.submit(body.item, channel, details, body.form, materials, actor, now, key=key, commitment=body.commitment)
    response.headers["Location"] = f"applications/{application.id}"
    response.headers["ETag"] = etag(application.version)
    return receipt_of(intake, application)


@router.get("/applications/mine")
def my_applications(intake: TheIntake, actor: Annotated[Actor, allow(Role.APPLICANT)], sort: Sort = "-received", cursor: str = "") -> Page[dict[str, Any]]:
    """List the account's applications, newest first, or sorted by `received` or `number`."""
    rows, following = views.applications.of_account(intake.database, actor.subject, sort, cursor)
    return Page(items=rows, next=following)


@router.get("/applications/desk")
def desk(
    intake: TheIntake,
    actor: Acceptor,
    state: ApplicationState | None = None,
    department: str = "",
    text: Annotated[str, Query(max_length=60)] = "",
    sort: Sort = "",
    cursor: str = "",
) -> Page[dict[str, Any]]:
    """List what waits for the caller's acceptance, sorted by `due` (what is due first on top, where nothing else is said), `received` or `number`."""
    rows, following = views.applications.desk(
        intake.database, roles=sorted(actor.roles), department=actor.department, state=state or "", of=department, text=text, sort=sort, cursor=cursor
    )
    return Page(items=rows, next=following)


@router.post("/applications/follow")
def follow(body: FollowIn, intake: TheIntake, now: Now, _: Anyone) -> dict[str, Any]:
    """Follow an application by the number and the secret of its receipt; after some wrong secrets further tries wait (APP-06)."""
    application = intake.followed(body.number, body.secret, now)
    return {**summary(intake, application), "defects": application.defects, "progress": application.progress}


@router.get("/applications/{application_id}")
def read_application(application_id: UUID, intake: TheIntake, response: Response, actor: SignedIn) -> dict[str, Any]:
    """Give an application to its applicant, and to those who handle or supervise it."""
    application = seen_by(intake, application_id, actor)
    response.headers["ETag"] = etag(application.version)
    return {
        **summary(intake, application),
        "applicant": application.details,
        "form": application.form,
        "materials": application.materials,
        "defects": application.defects,
        "reasons": application.reasons,
        "progress": application.progress,
        "version": application.version,
    }


@router.get("/applications/{application_id}/materials/{code}")
def read_material(
    application_id: UUID, code: str, intake: TheIntake, actor: SignedIn, digest: Annotated[str, Query(max_length=64, pattern="^[0-9a-f]*$")] = ""
) -> Response:
    """Give the file of a material; by its digest also one in whose place another came."""
    application = seen_by(intake, application_id, actor)
    among = [one for one in intake.handed_in(application_id) if one.digest == digest] if digest else application.materials
    material = next((one for one in among if one.code == code and one.digest), None)
    if material is None or material.digest is None:
        raise Problem(404, "not-found", "没有找到", "没有这份电子材料。")
    headers = {"Content-Disposition": f'inline; filename="{code}"', "Content-Security-Policy": "sandbox"}
    return Response(intake.files.get(material.digest), media_type=material.media_type, headers=headers)


@router.post("/applications/{application_id}/accept")
def accept(application_id: UUID, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Accept (受理, COR-06)."""
    application = intake.accept(application_id, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/refuse")
def refuse(application_id: UUID, body: ReasonIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Refuse to accept (不予受理, COR-06)."""
    application = intake.refuse(application_id, body.reason, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/correction-notices")
def issue_notice(application_id: UUID, body: NoticeIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Tell everything that is to be corrected (COR-01)."""
    application = intake.issue_correction_notice(application_id, body.defects, body.justification, actor, now, seen)
    return summary(intake, application)


@router.post("/applications/{application_id}/corrections")
def submit_corrections(
    application_id: UUID, body: CorrectionsIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """Hand in what was asked for (COR-05)."""
    seen_by(intake, application_id, actor)
    application = intake.submit_corrections(application_id, materials_of(intake, body.materials, actor), actor, now)
    return summary(intake, application)


@router.post("/applications/{application_id}/pre-review")
def pre_review(application_id: UUID, body: PreReviewIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Tell what came of the pre-review of an online submission (APP-05)."""
    application = intake.pre_review(application_id, body.opinion, actor, now, seen, passed=body.passed)
    return summary(intake, application)


@router.post("/applications/{application_id}/paper/sign")
def sign_for_paper(application_id: UUID, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.HANDLER)], seen: SeenVersion) -> dict[str, Any]:
    """Sign for the paper that the window had received (HAL-04)."""
    application = intake.sign_for_paper(application_id, actor, now, seen)
    return summary(intake, application)


@router.post("/offline-approvals", status_code=201)
def register_offline(body: OfflineIn, intake: TheIntake, parts: TheParts, now: Now, actor: Registering) -> dict[str, Any]:
    """Enter an approval that a department gave outside the system."""
    if body.department and body.department not in parts.departments:
        raise Invalid("department-unknown", "没有这个部门。", "CAT-01", {"department": "没有这个部门"})
    identity = uuid4()
    officer = actor.subject if actor.has(Role.HANDLER) else None
    fields = (body.item, body.item_name, body.department, body.approved_on, body.cause, body.reason)
    return {"id": identity, "number": intake.register_offline(identity, *fields, officer, actor, now)}


@router.post("/applications/{application_id}/withdraw")
def withdraw(
    application_id: UUID, body: ReasonIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """Withdraw before acceptance (APP-08)."""
    seen_by(intake, application_id, actor)
    application = intake.withdraw(application_id, body.reason, actor, now)
    return summary(intake, application)


@router.post("/applications/{application_id}/reviews", status_code=201)
def review(application_id: UUID, body: ReviewIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT)]) -> dict[str, Any]:
    """Mark a stage of the service, once (SUP-25)."""
    seen_by(intake, application_id, actor)
    return {"reviews": intake.review(application_id, body.stage, body.level, body.tags, actor, now).reviews}


def channel_of(actor: Actor) -> Channel:
    """Give the channel by who calls."""
    if actor.has(Role.KIOSK):
        return Channel.KIOSK
    return Channel.WINDOW if actor.has(Role.WINDOW_CLERK) else Channel.ONLINE


def materials_of(intake: Intake, handed_in: list[MaterialIn], actor: Actor) -> list[SubmittedMaterial]:
    """Give the materials as the domain knows them: what a file is was read from the file, not from what the caller says."""
    files = intake.described_files({one.digest for one in handed_in if one.digest is not None}, actor)
    found = []
    for one in handed_in:
        if one.digest is None:
            found.append(SubmittedMaterial(one.code, "", paper=True, original_checked=one.original_checked))
            continue
        stored = files[one.digest].named(one.filename)
        found.append(SubmittedMaterial(one.code, "", False, stored.filename, stored.media_type, stored.size, stored.digest, one.original_checked))  # noqa: FBT003
    return found
