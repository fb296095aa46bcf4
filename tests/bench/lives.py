"""P11: whole lives of a case, opened and signed at six stages, in process and over HTTP, beside an embedded Flowable on the same database server."""

import itertools
import json
from collections.abc import Callable
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid4

from contracts import common, intake
from contracts.envelope import to_bytes, wrap
from services.chassis.bus.inbox import Inbox
from services.chassis.clock.calendars import load_calendars
from services.chassis.storage.database import Database
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import system_now
from services.identity.accounts import subject_of
from services.kernel.actor import Actor, Role
from services.kernel.calendar import local_day
from services.kernel.process import ProcessDefinition, StageDefinition
from services.workflow import views
from services.workflow.application import Workflow
from services.workflow.domain.authority import EVERY_ITEM
from services.workflow.publishing import to_snapshot
from tests.bench.engine import Flowable
from tests.bench.ground import Ground
from tests.bench.load import Conversation, Load, request
from tests.bench.measure import Result, rate, seconds
from tests.bench.storing import share
from tests.domain.workflow_cases import item
from tests.services.service_parts import SEALER

CLIENTS = 64
LIVES = 192
BATCH = 500
DEPARTMENT = "market-regulation"
STAGES = (
    ("examine", "受理审查", "market-handler", Role.HANDLER),
    ("handle", "承办", "market-handler", Role.HANDLER),
    ("inspect", "核查", "market-handler2", Role.HANDLER),
    ("compare", "复核", "market-head", Role.SECTION_HEAD),
    ("review", "审核", "market-head", Role.SECTION_HEAD),
    ("approve", "批准", "market-leader", Role.LEADER),
)
"""The code and the name of each stage, and who signs it."""
OFFICERS = {username: Actor(subject_of(username), username, frozenset({role}), DEPARTMENT) for _, _, username, role in STAGES}
OPINION = "材料齐全，符合规定条件，建议准予。"
GROUNDS = "《中华人民共和国食品安全法》第三十五条"


def _process() -> ProcessDefinition:
    definitions: list[StageDefinition] = []
    for code, name, _, role in STAGES:
        definitions.append(StageDefinition(code, name, DEPARTMENT, role, 3, tuple(one.code for one in definitions[-1:])))
    return ProcessDefinition(Role.HANDLER, tuple(definitions))


class Accepted(NamedTuple):
    """Accepted applications: their ids, and what intake says of them."""

    cases: list[UUID]
    bodies: list[bytes]


class Desk:
    """Workflow's own part of a life: applications come in from intake, and its officers may sign every item."""

    def __init__(self, url: str, ground: Ground) -> None:
        self.workflow = Workflow(Database(url, views.tables()), load_calendars(), FileStore(ground.folder / "files"), SEALER)
        self._inbox = Inbox(self.workflow, system_now)
        self._numbers = itertools.count(1)
        administrator = Actor("admin", "示例管理员", frozenset({Role.ADMINISTRATOR}))
        for one in OFFICERS.values():
            for role in one.roles:
                self.workflow.grant(one.subject, one.name, DEPARTMENT, EVERY_ITEM, role, administrator, system_now())

    def accepted(self, number: int) -> Accepted:
        """Make up what intake says of so many accepted applications."""
        snapshot, now = to_snapshot(item(_process(), department=DEPARTMENT)), system_now()
        details = {"kind": "PERSON", "name": "张三（示例）", "number": "110101199003074610", "phone": "000-1234", "email": "", "account": "zhangsan"}
        form = SEALER.seal({"filled": {"经营场所": "示例路 1 号"}, "printed": {"经营场所": "示例路 1 号"}})
        applicant = common.ApplicantReference(reference="a-1", kind="PERSON", sealed=SEALER.seal(details))
        materials = (intake.ReceivedMaterial(code="application-form", name="申请表", paper=False, digest="0" * 64),)
        cases, bodies = [], []
        for position in itertools.islice(self._numbers, number):
            said = intake.ApplicationAccepted(
                number=f"SJ20260302-{position:06d}-K",
                item=snapshot,
                applicant=applicant,
                channel="ONLINE",
                deemed=False,
                clock_start=local_day(now),
                materials=materials,
                form=form,
            )
            cases.append(uuid4())
            bodies.append(to_bytes(wrap(said, service="intake", subject=cases[-1], position=position, happened=now, recorded=now, actor="clerk")))
        return Accepted(cases, bodies)

    def open(self, accepted: Accepted) -> None:
        """Hear what was accepted, in batches as they come from the bus."""
        for first in range(0, len(accepted.bodies), BATCH):
            self._inbox.deliver(accepted.bodies[first : first + BATCH])

    def sign(self, case: UUID) -> None:
        """Sign a case at each stage, up to its decision."""
        for stage, _, username, _ in STAGES:
            self.workflow.sign(case, stage, OPINION, OFFICERS[username], system_now(), approves=True, grounds=GROUNDS)

    def live(self, accepted: Accepted) -> None:
        """Let cases live their whole lives, as many at once as there are clients."""
        self.open(accepted)
        share(self.sign, CLIENTS, accepted.cases)


def signed(tokens: dict[str, str], case: UUID) -> Conversation:
    """Look at a case once, then sign it at each stage, each time as the answer before showed it."""
    said = yield request("GET", f"/workflow/api/cases/{case}", tokens[STAGES[0][2]])
    for stage, _, username, _ in STAGES:
        seen = json.loads(said)["version"]
        body = {"opinion": OPINION, "approves": True, "grounds": GROUNDS}
        said = yield request("POST", f"/workflow/api/cases/{case}/stages/{stage}/sign", tokens[username], body, If_Match=f'"{seen}"')
    assert json.loads(said)["state"] == "DECIDED"


def living(ground: Ground) -> list[Result]:
    """P11."""
    ground.postgres.make("flowable")
    with Flowable(ground.postgres.url("flowable"), CLIENTS) as flowable:

        def floor() -> float:
            return LIVES / flowable.seconds(LIVES)

        floor()
        return [_in_process(ground, floor), *_over_http(ground, floor)]


def _in_process(ground: Ground, floor: Callable[[], float]) -> Result:
    desk = Desk(ground.schema(), ground)

    def ours() -> float:
        accepted = desk.accepted(LIVES)
        return LIVES / seconds(lambda: desk.live(accepted))

    ours()
    what = f"whole lives, six signed stages, in process ({CLIENTS} clients) ÷ six user tasks in embedded Flowable 7.1"
    found = rate("P11", what, "≥ 10", ours, floor, "lives/s")
    desk.workflow.close()
    return found


def _over_http(ground: Ground, floor: Callable[[], float]) -> list[Result]:
    with ground.district("workflow") as district, Load(CLIENTS) as load:
        # Its relay would work beside what is measured.
        district.topology.services["workflow"].stop()
        desk = Desk(district.settings.database_of("workflow"), ground)
        tokens = {username: district.token(username) for username in OFFICERS}

        def lived(port: int) -> float:
            accepted = desk.accepted(LIVES)
            return LIVES / (seconds(lambda: desk.open(accepted)) + load.seconds(port, partial(signed, tokens), accepted.cases))

        with district.served("workflow") as port:
            lived(port)
            what = f"the same over HTTP, tokens checked ({CLIENTS} connections, one process)"
            alone = rate("P11", what, "≥ 5", lambda: lived(port), floor, "lives/s")
        district.topology.start_services("workflow")
        district.wait_until_relayed("workflow")

        def relayed() -> float:
            found = lived(district.topology.ports["workflow"])
            district.wait_until_relayed("workflow")
            return found

        together = rate("P11", "the same while the process relays to Kafka, too, what it stores", "–", relayed, floor, "lives/s")
        desk.workflow.close()
    return [alone, together]
