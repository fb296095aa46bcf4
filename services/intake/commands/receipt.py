"""An application is handed in once and acknowledged with a receipt (APP-03, APP-07)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import msgspec

from services.chassis.service import Transaction, command
from services.intake.commands.registration import RegistrationCommands
from services.intake.domain.applicant import Applicant, ApplicantDetails, applicant_id, checked
from services.intake.domain.application import Application
from services.intake.domain.facts import Channel
from services.intake.domain.form import SubmittedMaterial, checked_form, checked_materials
from services.intake.domain.service_item import ServiceItem, item_id
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid, NotAllowed, Refusal
from services.kernel.calendar import local_day


def application_id_of(actor: Actor, key: str) -> UUID:
    """Give the id of the application that an actor hands in under a key (APP-07)."""
    return uuid5(NAMESPACE_URL, f"urn:onewindow:application:{actor.subject}:{key}")


class ReceiptCommands(RegistrationCommands):
    """The commands by which applications come in."""

    def submit(
        self,
        item_code: str,
        channel: Channel,
        details: ApplicantDetails | UUID,
        form: Mapping[str, str],
        materials: Sequence[SubmittedMaterial],
        actor: Actor,
        now: datetime,
        *,
        key: str | None = None,
        commitment: bool = False,
    ) -> Application:
        """Receive an application and acknowledge it; the same key brings the same receipt (APP-03, APP-07).

        `details` are those of the applicant in person, or the id of one whom the actor's account may act for.
        """
        application_id = application_id_of(actor, key) if key else uuid4()
        return self._receive(application_id, item_code, channel, details, dict(form), tuple(materials), actor, now, commitment=commitment)

    @command
    def _receive(
        self,
        transaction: Transaction,
        application_id: UUID,
        item_code: str,
        channel: Channel,
        details: ApplicantDetails | UUID,
        form: dict[str, str],
        materials: tuple[SubmittedMaterial, ...],
        actor: Actor,
        now: datetime,
        *,
        commitment: bool,
    ) -> Application:
        digest = _digest(item_code, channel, details, form, materials, commitment=commitment)
        item_at = item_id(item_code)
        transaction.read(application_id, item_at, details if isinstance(details, UUID) else applicant_id(details.number))
        if (known := transaction.find(Application, application_id)) is not None:
            if known.request_digest != digest:
                raise Refusal("idempotency-key-reused", "同一个幂等键已经用于另一份申请。", "APP-07")
            return known
        item = transaction.get(ServiceItem, item_at).on(local_day(now))
        if channel is not Channel.ONLINE and isinstance(details, UUID):
            raise Invalid("applicant-missing", "窗口和自助终端收件应当登记申请人。", "APP-01", {"applicant": "请登记申请人"})
        account = actor.subject if channel is Channel.ONLINE else None
        if isinstance(details, UUID):
            applicant = transaction.get(Applicant, details)
            if actor.subject not in applicant.accounts:
                raise NotAllowed("not-your-applicant", "您的账号不能代表这个申请人。", "SEC-03")
        else:
            applicant = self._registered(transaction, checked(details, now), account, actor, now)
        if account is None and applicant.accounts:
            account = min(applicant.accounts)
        application = Application.receive(
            application_id,
            actor,
            now,
            number=self.numbers.draw(f"SJ{local_day(now):%Y%m%d}"),
            item=item,
            channel=channel,
            window=actor.subject if channel is Channel.WINDOW else None,
            applicant=applicant.id,
            account=account,
            details=applicant.details,
            form=checked_form(item, form),
            materials=checked_materials(item, materials, actor),
            commitment=commitment,
            acceptance_limit=max(item.limit_to_accept(commitment=commitment), 0),
            request_digest=digest,
        )
        transaction.add(application)
        return application


def _digest(
    item_code: str, channel: Channel, details: ApplicantDetails | UUID, form: Mapping[str, str], materials: Sequence[SubmittedMaterial], *, commitment: bool
) -> str:
    """Give the digest of what a caller asked for: the same words again are the same request, whatever the guide calls its materials meanwhile."""
    handed_in = [(one.code, one.paper, one.digest, one.original_checked) for one in materials]
    return sha256(msgspec.json.encode((item_code, channel, details, form, handed_in, commitment), order="sorted")).hexdigest()
