"""Where departments' systems and kiosks put something on the bus for intake: each is taken in the name of whoever signed it, or kept with the reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

import msgspec
from pydantic import ValidationError

from contracts import kiosk
from contracts import report as wire
from contracts.registry import NewerVersionError, UnknownTypeError
from contracts.report import Report
from services.chassis.bus.reasons import parted, reason_of
from services.chassis.bus.senders import NotSigned, Senders
from services.chassis.departments import Department
from services.chassis.problems import Problem
from services.chassis.sealing import SealedBox
from services.chassis.service import NotFound, Transaction
from services.intake.application import Intake
from services.intake.domain.facts import Channel
from services.intake.domain.form import SubmittedMaterial
from services.intake.reporting import MOST_AT_ONCE, Reporter, Reporting
from services.intake.wire import ApplicantIn
from services.kernel.actor import Actor, Role
from services.kernel.aggregate import Invalid, NotAllowed, Refusal

DEPARTMENTS, KIOSKS = "departments", "kiosks"


def reporter_of(actor: Actor, departments: Mapping[str, Department]) -> Reporter:
    """Say for which department a system reports, and since when; raise `NotAllowed` where it is none that was admitted."""
    department = departments.get(actor.department or "")
    if not actor.has(Role.DEPARTMENT) or department is None or department.system_since is None:
        raise NotAllowed("no-system", "没有登记这个部门的业务系统。", "EXC-01")
    return Reporter(actor, department.code, department.system_since)


class DepartmentDoor:
    """What departments' systems report."""

    def __init__(self, intake: Intake, senders: Senders, departments: Mapping[str, Department]) -> None:
        self._intake = intake
        self._senders = senders
        self._departments = departments

    def hear(self, bodies: Sequence[bytes], now: datetime) -> None:
        """Take a batch, as many at once as came one after the other from one department."""
        opened: list[tuple[Reporter, bytes]] = []
        for body in bodies:
            try:
                actor, payload = self._senders.opened(body)
                opened.append((reporter_of(actor, self._departments), payload))
            except (NotSigned, Refusal) as error:
                self._intake.keep_letter(DEPARTMENTS, body, reason_of(error), None, now)
        for _, several in groupby(opened, key=lambda one: one[0].department):
            listed = list(several)
            for first in range(0, len(listed), MOST_AT_ONCE):
                self._intake.take_reports([payload for _, payload in listed[first : first + MOST_AT_ONCE]], listed[0][0], now)

    def hear_again(self, body: bytes, sender: Actor | None, transaction: Transaction, now: datetime) -> None:
        """Take one report again; raise `Refusal` where it is still wrong."""
        if sender is None and not body.lstrip().startswith(b"{"):
            sender, body = self._senders.opened(body)
        if sender is None:
            raise NotAllowed("not-signed", "不知道是哪个部门的系统发出的，不能代为处理。", "EXC-01")
        (receipt,) = Reporting(transaction, reporter_of(sender, self._departments), self._intake.calendar, now).take([body])
        if receipt.status == "REFUSED":
            raise Refusal(receipt.code, receipt.detail, "EXC-01")


class KioskDoor:
    """What kiosks send: applications, sealed for intake (APP-02)."""

    def __init__(self, intake: Intake, senders: Senders, box: SealedBox) -> None:
        self._intake = intake
        self._senders = senders
        self._box = box

    def hear(self, bodies: Sequence[bytes], now: datetime) -> None:
        """Take each application, or keep it."""
        for body in bodies:
            try:
                actor, payload = self._senders.opened(body)
            except NotSigned as error:
                self._intake.keep_letter(KIOSKS, body, reason_of(error), None, now)
                continue
            try:
                self._receive(payload, actor, now)
            except (Refusal, Problem, ValueError, LookupError) as error:
                self._intake.keep_letter(KIOSKS, payload, reason_of(error), actor, now)

    def hear_again(self, body: bytes, sender: Actor | None, transaction: Transaction, now: datetime) -> None:  # noqa: ARG002 - the key makes it harmless
        """Take an application again."""
        if sender is None and not body.lstrip().startswith(b"{"):
            sender, body = self._senders.opened(body)
        if sender is None:
            raise NotAllowed("not-signed", "不知道是哪台自助终端发出的，不能代为处理。", "APP-02")
        try:
            self._receive(body, sender, now)
        except Problem as error:
            raise Refusal("letter-wrong", parted(reason_of(error))[0], "EXC-01") from error

    def _receive(self, body: bytes, actor: Actor, now: datetime) -> None:
        report = wire.from_bytes(body)
        if not actor.has(Role.KIOSK) or report.source != f"/kiosks/{actor.name}":
            raise NotAllowed("source-wrong", f"source 应为 /kiosks/{actor.name}，由自助终端签名。", "EXC-01")
        said = _submission(report)
        applicant = ApplicantIn.model_validate_json(self._box.open(said.applicant))
        form = msgspec.json.decode(self._box.open(said.form), type=dict[str, str])
        materials = [self._material(one, actor, now) for one in said.materials]
        try:
            self._intake.submit(said.item, Channel.KIOSK, applicant.details(), form, materials, actor, now, key=report.id)
        except NotFound as error:
            raise Refusal("item-unknown", f"目录中没有事项 {said.item}。", "CAT-01") from error

    def _material(self, said: kiosk.KioskMaterial, actor: Actor, now: datetime) -> SubmittedMaterial:
        if said.paper == (said.scan is not None):
            raise Invalid("materials-wrong", f"材料 {said.code} 应当或者是纸质，或者是扫描件，二者居其一。", "APP-04")
        if said.scan is None:
            return SubmittedMaterial(said.code, "", paper=True)
        stored = self._intake.store_file(said.filename, self._box.open(said.scan), actor, now)
        return SubmittedMaterial(said.code, "", False, stored.filename, stored.media_type, stored.size, stored.digest)  # noqa: FBT003


def _submission(report: Report) -> kiosk.ApplicationSubmitted:
    try:
        said = report.event()
    except (UnknownTypeError, NewerVersionError, ValidationError) as error:
        raise Invalid("data-wrong", parted(reason_of(error))[0], "EXC-02") from error
    if not isinstance(said, kiosk.ApplicationSubmitted):
        raise Invalid("type-unknown", f"没有 {report.type} 这种事件；见 asyncapi.yaml 的 kiosk 频道。", "EXC-02")
    return said
