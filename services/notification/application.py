"""Notification hears what people must be told of, words it, and sends it once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts import intake
from contracts import notification as public
from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.database import Change, Database
from services.chassis.mail import Mail, MailRefused
from services.chassis.parts import Directory
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Service, Transaction, command
from services.kernel.actor import Actor, Role
from services.notification import views
from services.notification.domain import Contact, Correspondence, Message
from services.notification.notices import TOLD_TO_APPLICANT, TOLD_TO_OFFICERS, applicant_notice, mailbox, officer_notices
from services.notification.wording import worded


class Notification(Service):
    """The notification service. Without `mail`, people are told in the application alone."""

    name = "notification"

    def __init__(self, database: Database, sealer: Sealer, directory: Directory, mail: Mail | None, public_url: str) -> None:
        self._sealer = sealer
        self._directory = directory
        self._mail = mail
        self._public_url = public_url
        super().__init__(database)

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Tell those concerned of an event."""
        name = envelope.type.split(".")[-2]
        if name not in TOLD_TO_APPLICANT | TOLD_TO_OFFICERS:
            return
        now = envelope.recorded
        correspondence = transaction.find(Correspondence, envelope.subject)
        if correspondence is None:
            correspondence = Correspondence.about(envelope.subject, envelope.time, now)
            transaction.add(correspondence)
        data = event.model_dump(mode="json")
        mail = self._mail is not None
        if isinstance(event, intake.ApplicationReceived):
            correspondence.learn(self._contact(event), now, mail=mail)
        if name in TOLD_TO_APPLICANT:
            correspondence.tell(applicant_notice(name, envelope, data), now, mail=mail)
        else:
            for notice in officer_notices(name, envelope, data, self._directory):
                correspondence.tell(notice, now, mail=mail)

    def _contact(self, event: intake.ApplicationReceived) -> Contact:
        known = self._sealer.unseal(event.applicant.sealed)
        return Contact(event.applicant.reference, known["account"], known["email"], event.number, event.item.name)

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:  # noqa: ARG002 - sent when it can be
        """Begin to send what waits; the server is called when that is stored, so that nothing goes out twice."""
        if kind != "send":
            return
        correspondence = transaction.get(Correspondence, subject)
        ready = [one.id for one in correspondence.messages.values() if one.next_try is not None and one.next_try <= now]
        for identity in ready:
            if (message := correspondence.begin_sending(identity, now)) is not None:
                transaction.afterwards(partial(self._send, subject, message, now))

    def _send(self, case: UUID, message: Message, now: datetime) -> None:
        error, final = self._try(message)
        self._finish(case, message.id, now, error, final=final)

    @command
    def _finish(self, transaction: Transaction, case: UUID, message: UUID, now: datetime, error: str, *, final: bool) -> None:
        transaction.get(Correspondence, case).finish_sending(message, now, error, final=final)

    def _try(self, message: Message) -> tuple[str, bool]:
        """Call the mail server; give the error, if any, and whether it is final."""
        if self._mail is None:
            return "没有配置邮件服务器", True
        subject, text = worded(message.notice)
        try:
            self._mail.send(str(message.id), message.address, subject, f"{text}\n\n{self._public_url}/notification/messages\n一窗 · 示例区网上政务服务")
        except MailRefused as error:
            return str(error), True
        except OSError as error:
            return str(error), False
        return "", False

    @command
    def mark_read(self, transaction: Transaction, message: UUID, actor: Actor, now: datetime) -> None:
        """Mark a message as read by its addressee."""
        row = views.message(self.database, message)
        if row is None or row["mailbox"] not in self.mailboxes(actor):
            raise NotFound(message)
        transaction.get(Correspondence, row["case_id"]).mark_read(message, actor, now)

    def mailboxes(self, actor: Actor) -> list[str]:
        """Give the mailboxes that an actor reads: his own, and those of his roles in his department."""
        own = [actor.subject]
        if actor.department:
            own += [mailbox(Role(role), actor.department) for role in sorted(actor.roles)]
        return own

    def project(self, aggregate: Aggregate, events: Sequence[Any]) -> Iterable[Change]:  # noqa: ARG002 - rows are whole
        """Give the rows of an aggregate."""
        return views.project(self.database, aggregate)

    def publish(self, event: Any) -> PublicEvent | None:  # noqa: ANN401 - any of notification's events
        """Say in public how a sending ended."""
        match event:
            case Correspondence.Sent():
                return public.MessageSent(message=str(event.message), template=event.template, channel=event.channel.value, recipient=event.recipient)
            case Correspondence.Failed():
                return public.MessageFailed(
                    message=str(event.message),
                    template=event.template,
                    channel=event.channel.value,
                    recipient=event.recipient,
                    reason=event.reason,
                    tries=event.tries,
                )
            case _:
                return None
