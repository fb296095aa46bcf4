"""Applications over HTTP, as applicants, windows and kiosks use them: parse, call one command, answer."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, File, Query, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.http.paging import Page, Sort
from services.chassis.http.preconditions import IdempotencyKey, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now
from services.intake import views
from services.intake.application import Intake
from services.intake.domain.facts import ApplicationState, Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.reading import receipt_of, seen_by, summary
from services.intake.uploads import LARGEST, StoredFile
from services.intake.wire import (
    ApplicantIn,
    ApplicationIn,
    CorrectionsIn,
    FollowIn,
    MaterialIn,
    ReasonIn,
    Receipt,
    ReviewIn,
)
from services.kernel.actor import Actor, Role

router = APIRouter()


async def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.service
    return intake


TheIntake = Annotated[Intake, Depends(_intake)]
Acceptor = Annotated[Actor, allow(Role.WINDOW_CLERK, Role.HANDLER)]
Registering = Annotated[Actor, allow(Role.WINDOW_CLERK, Role.HANDLER, Role.SUPERVISOR)]


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


@router.post("/applications/{application_id}/corrections")
def submit_corrections(
    application_id: UUID, body: CorrectionsIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """Hand in what was asked for (COR-05)."""
    seen_by(intake, application_id, actor)
    application = intake.submit_corrections(application_id, materials_of(intake, body.materials, actor), actor, now)
    return summary(intake, application)


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
