"""Certificates' commands, and what it does when a case was decided."""

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts import workflow
from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.certificates import views
from services.certificates.documents.pdf_signature import sign_pdf
from services.certificates.documents.render import DocumentContent, render
from services.certificates.documents.signing import Claims, LibraryEntry, digest, sign_claims, sign_entry
from services.certificates.domain.document import Document, valid_until
from services.certificates.domain.result import Result, result_id
from services.certificates.inspection import AT_ONCE, INSPECTION, Inspection
from services.certificates.library import Library
from services.certificates.publishing import decision_of, to_public
from services.chassis.documents.typesetting import RenderError
from services.chassis.service import Transaction, command
from services.chassis.storage.database import Change, matching
from services.chassis.timers import timer
from services.kernel.actor import Actor
from services.kernel.calendar import local_day
from services.kernel.trace import caused_by

logger = logging.getLogger(__name__)
TRY_AGAIN = timedelta(hours=1)
PICKUP_WINDOW = "示例区政务服务中心综合出件窗口"
TO_BRING = ("领取人有效身份证件", "接件凭证")


class Certificates(Library):
    """The certificates service."""

    name = "certificates"
    hears = ("workflow",)

    def needed(self, envelopes: Sequence[Envelope]) -> Collection[UUID]:
        """Give the results of the cases."""
        return {result_id(envelope.subject) for envelope in envelopes}

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Order the result of a decision; a timer makes it, so that setting a document keeps nobody waiting. With the first, inspections begin."""
        if isinstance(event, workflow.CaseDecided) and transaction.find(Result, result_id(envelope.subject)) is None:
            account = self._sealer.unseal(event.applicant.sealed)["account"]
            transaction.add(Result.order(envelope.subject, decision_of(event), account, envelope.time, envelope.recorded))
            if transaction.find(Inspection, INSPECTION) is None:
                transaction.add(Inspection.begin_inspecting(envelope.recorded))

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:  # noqa: ARG002 - made when it can be
        """Make a document that was ordered (CER-01), or inspect the next results of the library (CER-07)."""
        if kind == "inspect":
            inspection = transaction.get(Inspection, subject)
            identities = views.made(self.database, inspection.through, AT_ONCE)
            altered = self._altered(identities)
            for identity in altered:
                transaction.get(Result, identity).find_altered(now)
            inspection.note(len(identities), tuple(altered.values()), identities[-1] if len(identities) == AT_ONCE else None, now)
        elif kind == "make":
            result = transaction.get(Result, subject)
            if result.document is None:
                try:
                    with caused_by(result.ordered_by):
                        result.issue(self._made(result, now), PICKUP_WINDOW, TO_BRING, now)
                except RenderError:
                    # Nobody gets a paper with a box in place of a letter; an operator sees why, and it is tried again with another font.
                    logger.exception("the result of case %s cannot be set", result.decision.case_number)
                    transaction.change(timer(self.database, "make", subject, now + TRY_AGAIN))

    def _made(self, result: Result, now: datetime) -> Document:
        decision = result.decision
        today = local_day(now)
        prefix = "".join(part[0] for part in decision.department.split("-")).upper()
        number = self.numbers.draw(f"{prefix}{today.year}")
        claims = Claims(
            number=number,
            title=decision.result_name if decision.granted else "不予行政许可决定书",
            holder=self._sealer.unseal(decision.applicant_sealed)["name"],
            authority=decision.authority,
            issued_on=today,
            valid_until=valid_until(decision.decided_on, decision.months) if decision.granted else None,
        )
        printed = self._sealer.unseal(decision.form_sealed)["printed"]
        content = DocumentContent(
            number=number,
            title=claims.title,
            granted=decision.granted,
            holder=claims.holder,
            authority=decision.authority,
            item_name=decision.item_name,
            fields=tuple(printed.items()),
            grounds=decision.grounds,
            reasons=decision.reasons,
            issued_on=today,
            valid_until=claims.valid_until,
            valid_from=decision.decided_on,
            case_number=decision.case_number,
        )
        pdf = render(content, f"{self._public_url}/certificates/check?token={sign_claims(claims, self._key)}")
        pdf = sign_pdf(pdf, self.authority, decision.authority, now)
        holder = digest(claims.holder.encode())
        entry = LibraryEntry(number, decision.item, holder, claims.issued_on, claims.valid_until, digest(pdf), "sha256")
        return Document(number, claims.title, claims.valid_until, entry.digest, entry.algorithm, self.files.put(pdf), sign_entry(entry, self._key))

    @command
    def deliver(self, transaction: Transaction, number: str, receiver: str, identity_shown: str, actor: Actor, now: datetime) -> None:
        """Hand a result over at the window (CER-03)."""
        self._by_number(transaction, number).deliver(receiver, identity_shown, actor, now)

    @command
    def make(self, transaction: Transaction, result: UUID, blank: str, actor: Actor, now: datetime) -> None:
        """Make a result that an officer prints on a numbered blank (CER-01)."""
        ordered = transaction.get(Result, result)
        ordered.check_may_make(blank, actor)
        ordered.issue(replace(self._made(ordered, now), blank=blank.strip()), PICKUP_WINDOW, TO_BRING, now, actor)

    @command
    def archive(self, transaction: Transaction, number: str, actor: Actor, now: datetime) -> None:
        """Close the file of a result that was handed over (CER-04)."""
        self._by_number(transaction, number).archive(self.numbers.draw(f"JJ{local_day(now):%Y%m%d}"), actor, now)

    def inspect(self, now: datetime) -> tuple[int, list[str]]:
        """Hold every result in force against what was signed; give how many, and the numbers of those that were altered (CER-07)."""
        identities = views.made(self.database)
        altered = self._altered(identities)
        for identity in altered:
            self._note_altered(identity, now)
        return len(identities), list(altered.values())

    @command
    def _note_altered(self, transaction: Transaction, result: UUID, now: datetime) -> None:
        transaction.get(Result, result).find_altered(now)

    @command
    def revoke(self, transaction: Transaction, number: str, reason: str, actor: Actor, now: datetime) -> None:
        """Take a result out of force (CER-07)."""
        self._by_number(transaction, number).revoke(reason, actor, now)

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        return views.project(self.database, aggregate)

    def concerning(self, subjects: Collection[UUID], department: str) -> set[UUID]:
        """Give those of some cases that the department handles."""
        return matching(self.database, "results", "case_id", subjects, "department", department)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of certificates' events
        """Say a private event in public."""
        return to_public(event)
