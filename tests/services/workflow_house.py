"""Workflow as a composition root makes it, on a folder of the test: with granted authorities, and applications that it hears were accepted."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from fastapi import FastAPI
from fastapi.testclient import TestClient

from contracts import common, intake
from contracts.envelope import to_bytes, wrap
from services.chassis.auth import Access
from services.chassis.bus.inbox import Inbox
from services.chassis.clock.calendars import load_calendars
from services.chassis.departments import read_departments
from services.chassis.parts import Parts
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import VirtualTime
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.process import ProcessDefinition
from services.workflow import main
from services.workflow.application import Workflow
from services.workflow.domain.authority import EVERY_ITEM, SIGNING
from services.workflow.publishing import to_snapshot
from tests.databases import open_database
from tests.domain import workflow_cases as sample
from tests.services.frame_sample import access, tokens_of

CATALOGUE = Path(__file__).parents[2] / "deploy" / "catalogue"
ADMINISTRATOR = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}), "planning")
OFFICERS = (
    sample.HANDLER,
    sample.OTHER_HANDLER,
    sample.HEAD,
    sample.LEADER,
    sample.ENVIRONMENT,
    sample.SAFETY,
    sample.BUILDING,
    sample.HEALTH,
    sample.CLERK,
)


class Names:
    """Knows the sample's people by name."""

    def __init__(self) -> None:
        people = (*OFFICERS, sample.APPLICANT, sample.SUPERVISOR, ADMINISTRATOR)
        self._names: Mapping[str, str] = {one.subject: one.name for one in people}

    def name(self, subject: str) -> str:
        """Give a name."""
        return self._names.get(subject, subject)

    def email(self, subject: str) -> str | None:  # noqa: ARG002 - the protocol's
        """Give no address."""
        return None


@dataclass
class House:
    """Workflow, its web application, its time, and its inbox."""

    workflow: Workflow
    app: FastAPI
    now: VirtualTime
    inbox: Inbox
    sealer: Sealer
    heard: int = 0

    def grant(self, *officers: Actor) -> None:
        """Grant each officer the authority for every item, in each of his roles."""
        for officer in officers:
            for role in SIGNING:
                if role in officer.roles:
                    self.workflow.grant(officer.subject, officer.name, officer.department or "", EVERY_ITEM, role, ADMINISTRATOR, self.now())

    def accept(
        self,
        process: ProcessDefinition = sample.CHAIN,
        *,
        case_id: UUID | None = None,
        clock_start: date | None = None,
        account: str | None = "zhang",
        paper: bool = False,
    ) -> UUID:
        """Let workflow hear that an application was accepted just now; one with `paper` came in at a window."""
        self.heard += 1
        subject = case_id or uuid4()
        details = {"kind": "PERSON", "name": "张三（示例）", "number": "110101199003074610", "phone": "000-1234", "email": "", "account": account}
        form = {"filled": {"项目名称": "示例厂房", "建设地点": "示例路 1 号"}, "printed": {"项目名称": "示例厂房"}}
        event = intake.ApplicationAccepted(
            number=f"SJ20260302-{self.heard:06d}-K",
            item=to_snapshot(sample.item(process)),
            applicant=common.ApplicantReference(reference="a-1", kind="PERSON", sealed=self.sealer.seal(details)),
            channel="WINDOW" if paper else "ONLINE",
            deemed=False,
            clock_start=clock_start or local_day(self.now()),
            materials=(intake.ReceivedMaterial(code="application-form", name="申请表", paper=paper, digest=None if paper else "0" * 64),),
            form=self.sealer.seal(form),
        )
        now = self.now()
        envelope = wrap(event, service="intake", subject=subject, position=self.heard, happened=now, recorded=now, actor="clerk")
        self.inbox.deliver([to_bytes(envelope)])
        return subject

    def sign(self, case_id: UUID, *signatures: tuple[str, Actor]) -> None:
        """Let officers sign stages, all approving."""
        for code, actor in signatures:
            self.workflow.sign(case_id, code, "同意", actor, self.now(), approves=True, grounds="符合条件")

    def client(self, actor: Actor | None = None) -> TestClient:
        """Give a program that calls in the name of an actor."""
        headers = {"Authorization": f"Bearer {tokens_of(actor)}"} if actor else {}
        return TestClient(self.app, headers=headers, follow_redirects=False)


def house(folder: Path, now: datetime = sample.ACCEPTED, trusted: Access | None = None, granted: tuple[Actor, ...] = OFFICERS) -> House:
    """Put workflow together, with the authority of these officers."""
    time = VirtualTime(now)
    sealer = Sealer(b"s" * 32)
    parts = Parts(
        database=lambda name, metadata: open_database(folder, name, metadata),
        files=lambda name: FileStore(folder / name),
        now=time,
        calendars=load_calendars(),
        access=trusted or access(),
        sealer=sealer,
        secrets=Secrets(folder / "secrets"),
        departments=read_departments(CATALOGUE),
        directory=Names(),
        mail=None,
        senders=folder / "senders",
        public_url="http://onewindow.example",
    )
    workflow, app = main.create(parts)
    root = FastAPI(openapi_url=None)
    root.mount("/workflow", app)
    made = House(workflow, root, time, Inbox(workflow, time), sealer)
    made.grant(*granted)
    return made


def match(client: TestClient, case_id: UUID) -> dict[str, str]:
    """Give the header that says that the case was seen as it is now."""
    return {"If-Match": client.get(f"/workflow/api/cases/{case_id}").headers["etag"]}


def document(answer: Any) -> dict[str, Any]:
    """Give an answer's JSON."""
    said: dict[str, Any] = answer.json()
    return said
