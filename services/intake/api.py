"""Intake over HTTP: parse, call one command, answer."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Body, Depends, File, Query, Request, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from services.chassis import clock_wire
from services.chassis.auth import Anyone, SignedIn, allow
from services.chassis.clock_wire import Refused
from services.chassis.paging import Page
from services.chassis.preconditions import IdempotencyKey, SeenVersion, etag
from services.chassis.problems import Problem
from services.chassis.wiring import Now, TheParts
from services.intake import views
from services.intake.application import Intake
from services.intake.domain.applicant import ApplicantDetails, ApplicantKind
from services.intake.domain.application import Application, Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.item import ItemRevision
from services.intake.uploads import LARGEST, StoredFile
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.clock import reckon

router = APIRouter()


def _intake(request: Request) -> Intake:
    intake: Intake = request.app.state.service
    return intake


TheIntake = Annotated[Intake, Depends(_intake)]
Acceptor = Annotated[Actor, allow(Role.WINDOW_CLERK, Role.HANDLER)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ApplicantIn(_Body):
    """An applicant in person, with id number or credit code."""

    kind: ApplicantKind
    name: str = Field(max_length=200)
    number: str = Field(max_length=40)
    phone: str = Field(max_length=40)
    email: str = Field("", max_length=200)
    agent_name: str = Field("", max_length=200)
    agent_number: str = Field("", max_length=40)

    def details(self) -> ApplicantDetails:
        """Give the domain's form."""
        return ApplicantDetails(**self.model_dump())


class MaterialIn(_Body):
    """A material: on paper, or an uploaded file by its digest."""

    code: str
    paper: bool = False
    filename: str = Field("", max_length=200)
    digest: str | None = Field(None, pattern=r"^[0-9a-f]{64}$")
    original_checked: bool = False


class ApplicationIn(_Body):
    """An application. `applicant` is the id of a registered one, or at windows and kiosks the applicant in person."""

    item: str
    applicant: UUID | ApplicantIn
    form: dict[str, str]
    materials: list[MaterialIn] = []
    commitment: bool = False


class ReasonIn(_Body):
    """Why."""

    reason: str = Field(max_length=2000)


class NoticeIn(_Body):
    """What is to be corrected: material codes with what is wrong with each."""

    defects: dict[str, str]
    justification: str = Field("", max_length=2000)


class CorrectionsIn(_Body):
    """The corrected materials."""

    materials: list[MaterialIn]


class FollowIn(_Body):
    """What stands on the receipt."""

    number: str = Field(max_length=60)
    secret: str = Field(max_length=60)


class Receipt(BaseModel):
    """What the applicant gets at once (APP-03)."""

    id: UUID
    number: str
    secret: str
    item: str
    received_on: date
    promised_limit: int
    acceptance_due: date | None


@router.get("/items")
def list_items(
    intake: TheIntake, now: Now, _: Anyone, theme: str = "", department: str = "", kind: str = "", text: Annotated[str, Query(max_length=60)] = ""
) -> list[dict[str, Any]]:
    """List the items on offer."""
    return views.items(intake.database, local_day(now), theme, department, kind, text)


@router.get("/items/{code}")
def read_item(code: str, intake: TheIntake, now: Now, _: Anyone) -> ItemRevision:
    """Give the revision of an item that applies today."""
    return views.current(intake.item(code), local_day(now))


@router.post("/items", status_code=201)
def publish_item(revision: ItemRevision, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.ADMINISTRATOR)]) -> dict[str, Any]:
    """Publish an item or a revision of it (CAT-03)."""
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
) -> dict[str, Any]:
    """Cancel an item after a last day (CAT-03)."""
    intake.withdraw_item(code, last_day, reason, actor, now)
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
    intake: TheIntake, file: Annotated[UploadFile, File()], _: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK, Role.KIOSK)]
) -> StoredFile:
    """Store a file; a material names it by its digest."""
    content = await file.read(LARGEST + 1)
    return await run_in_threadpool(intake.store_file, file.filename or "", content)


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
    materials = materials_of(intake, body.item, body.materials)
    application = intake.submit(body.item, channel, details, body.form, materials, actor, now, key=key, commitment=body.commitment)
    response.headers["Location"] = f"applications/{application.id}"
    response.headers["ETag"] = etag(application.version)
    return receipt_of(intake, application)


@router.get("/applications/mine")
def my_applications(intake: TheIntake, actor: Annotated[Actor, allow(Role.APPLICANT)], cursor: str = "") -> Page[dict[str, Any]]:
    """List the account's applications, newest first."""
    rows, following = views.applications_of(intake.database, actor.subject, cursor)
    return Page(items=rows, next=following)


@router.get("/applications/desk")
def desk(intake: TheIntake, actor: Acceptor, state: str = "", text: Annotated[str, Query(max_length=60)] = "", cursor: str = "") -> Page[dict[str, Any]]:
    """List what waits for the caller's acceptance, what is due first on top."""
    rows, following = views.desk(intake.database, roles=sorted(actor.roles), department=actor.department, state=state, text=text, cursor=cursor)
    return Page(items=rows, next=following)


@router.post("/applications/follow")
def follow(body: FollowIn, intake: TheIntake, _: Anyone) -> dict[str, Any]:
    """Follow an application by the number and the secret of its receipt (APP-06)."""
    application = intake.followed(body.number, body.secret)
    return {**_summary(intake, application), "defects": application.defects, "progress": application.progress}


@router.get("/applications/{application_id}")
def read_application(application_id: UUID, intake: TheIntake, response: Response, actor: SignedIn) -> dict[str, Any]:
    """Give an application to its applicant, and to those who handle or supervise it."""
    application = seen_by(intake, application_id, actor)
    response.headers["ETag"] = etag(application.version)
    return {
        **_summary(intake, application),
        "applicant": application.details,
        "form": application.form,
        "materials": application.materials,
        "defects": application.defects,
        "reasons": application.reasons,
        "progress": application.progress,
        "version": application.version,
    }


@router.get("/applications/{application_id}/materials/{code}")
def read_material(application_id: UUID, code: str, intake: TheIntake, actor: SignedIn) -> Response:
    """Give the file of a material."""
    application = seen_by(intake, application_id, actor)
    material = next((one for one in application.materials if one.code == code and one.digest), None)
    if material is None or material.digest is None:
        raise Problem(404, "not-found", "没有找到", "没有这份电子材料。")
    headers = {"Content-Disposition": f'inline; filename="{code}"', "Content-Security-Policy": "sandbox"}
    return Response(intake.files.get(material.digest), media_type=material.media_type, headers=headers)


@router.post("/applications/{application_id}/accept")
def accept(application_id: UUID, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Accept (受理, COR-06)."""
    intake.accept(application_id, actor, now, seen)
    return _summary(intake, intake.application(application_id))


@router.post("/applications/{application_id}/refuse")
def refuse(application_id: UUID, body: ReasonIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Refuse to accept (不予受理, COR-06)."""
    intake.refuse(application_id, body.reason, actor, now, seen)
    return _summary(intake, intake.application(application_id))


@router.post("/applications/{application_id}/correction-notices")
def issue_notice(application_id: UUID, body: NoticeIn, intake: TheIntake, now: Now, actor: Acceptor, seen: SeenVersion) -> dict[str, Any]:
    """Tell everything that is to be corrected (COR-01)."""
    intake.issue_correction_notice(application_id, body.defects, body.justification, actor, now, seen)
    return _summary(intake, intake.application(application_id))


@router.post("/applications/{application_id}/corrections")
def submit_corrections(
    application_id: UUID, body: CorrectionsIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """Hand in what was asked for (COR-05)."""
    application = seen_by(intake, application_id, actor)
    intake.submit_corrections(application_id, materials_of(intake, application.item.code, body.materials), actor, now)
    return _summary(intake, intake.application(application_id))


@router.post("/applications/{application_id}/withdraw")
def withdraw(
    application_id: UUID, body: ReasonIn, intake: TheIntake, now: Now, actor: Annotated[Actor, allow(Role.APPLICANT, Role.WINDOW_CLERK)]
) -> dict[str, Any]:
    """Withdraw before acceptance (APP-08)."""
    seen_by(intake, application_id, actor)
    intake.withdraw(application_id, body.reason, actor, now)
    return _summary(intake, intake.application(application_id))


@router.post("/clock")
async def clock(request: Request, parts: TheParts, _: Anyone) -> Response:
    """Answer what a clock says: the same document as `onewindow clock` takes and gives."""
    said = clock_wire.answer_line(await request.body(), parts.calendars)
    if isinstance(said, Refused):
        raise Problem(422, "clock-question-wrong", "计时问题有误", said.error)
    return Response(msgspec.json.encode(said), media_type="application/json")


def channel_of(actor: Actor) -> Channel:
    """Give the channel by who calls."""
    if actor.has(Role.KIOSK):
        return Channel.KIOSK
    return Channel.WINDOW if actor.has(Role.WINDOW_CLERK) else Channel.ONLINE


def materials_of(intake: Intake, item_code: str, handed_in: list[MaterialIn]) -> list[SubmittedMaterial]:
    """Give the materials as the domain knows them: what a file is is read from the file, not from what the caller says."""
    item = intake.item(item_code).revisions[-1]
    found = []
    for one in handed_in:
        definition = item.material(one.code)
        name = definition.name if definition else one.code
        if one.paper or one.digest is None:
            found.append(SubmittedMaterial(one.code, name, paper=True, original_checked=one.original_checked))
            continue
        stored = intake.described_file(one.digest, one.filename)
        found.append(SubmittedMaterial(one.code, name, False, stored.filename, stored.media_type, stored.size, stored.digest, one.original_checked))  # noqa: FBT003
    return found


def receipt_of(intake: Intake, application: Application) -> Receipt:
    """Give the receipt of an application."""
    return Receipt(
        id=application.id,
        number=application.number,
        secret=intake.secret(application.id),
        item=application.item.name,
        received_on=application.received_on,
        promised_limit=application.item.promised_limit,
        acceptance_due=acceptance_due(intake, application),
    )


def acceptance_due(intake: Intake, application: Application) -> date | None:
    """Give the last day of the acceptance limit."""
    facts = application.acceptance_clock()
    return reckon(facts, intake.calendar, facts.start).due


def seen_by(intake: Intake, application_id: UUID, actor: Actor) -> Application:
    """Give an application to those who may see it; to other applicants there is none."""
    application = intake.application(application_id)
    if not application.may_see(actor):
        if actor.has(Role.APPLICANT):
            raise Problem(404, "not-found", "没有找到", "没有这份申请，或者它不属于您。")
        raise Problem(403, "another-department", "无权查看", "该申请由其他部门办理。")
    return application


def _summary(intake: Intake, application: Application) -> dict[str, Any]:
    return {
        "id": application.id,
        "number": application.number,
        "item": application.item.code,
        "item_name": application.item.name,
        "department": application.item.department,
        "channel": application.channel,
        "state": application.state,
        "deemed": application.deemed,
        "received_on": application.received_on,
        "acceptance_due": acceptance_due(intake, application),
        "clock_start": application.clock_start,
        "promised_limit": application.item.promised_limit,
        "version": application.version,
    }
