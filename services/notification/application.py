"""Notification hears what people must be told of, words it, and sends it once."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from eventsourcing.domain import Aggregate

from contracts.envelope import Envelope
from contracts.registry import PublicEvent
from services.chassis.departments import Department
from services.chassis.mail import Mail, MailInDoubt, MailRefused
from services.chassis.parts import Directory
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Service, Transaction, command
from services.chassis.storage.database import Change, Database
from services.chassis.timers import timer
from services.kernel.actor import Actor, Role
from services.notification import gathering, views
from services.notification.contacts import contact_of
from services.notification.domain.choice import ChannelChoice, choice_id
from services.notification.domain.correspondence import Correspondence
from services.notification.domain.gathering import Gathering, past_card_id
from services.notification.domain.message import Message
from services.notification.notices import (
    TOLD,
    TOLD_AS_THE_CARD_WAS,
    TOLD_TO_APPLICANT,
    TOLD_TO_BOTH,
    TOLD_TO_COMPLAINANT,
    TOLD_TO_DEPARTMENT,
    TOLD_TO_SIDES,
    Addresses,
    applicant_notice,
    complaint_notices,
    disagreement_notices,
    mailbox,
    notices_for,
    officer_notices,
    recomputed_notices,
)
from services.notification.publishing import to_public

logger = logging.getLogger(__name__)


class Notification(Service):
    """The notification service. Without `mail`, people are told in the application alone."""

    name = "notification"
    hears = ("intake", "workflow", "supervision", "certificates")

    def __init__(
        self, database: Database, sealer: Sealer, directory: Directory, departments: Mapping[str, Department], mail: Mail | None, public_url: str
    ) -> None:
        self._sealer = sealer
        self._directory = Addresses(directory, departments)
        self._mail = mail
        self._public_url = public_url
        super().__init__(database)

    def needed(self, envelopes: Sequence[Envelope]) -> Collection[UUID]:
        """Give the matters of a batch, and the cards of the past that it may be about."""
        return {*super().needed(envelopes), *(past_card_id(envelope.data["card"]) for envelope in envelopes if "card" in envelope.data)}

    def policy(self, event: PublicEvent, envelope: Envelope, transaction: Transaction) -> None:
        """Tell those concerned of an event."""
        name = envelope.type.split(".")[-2]
        contact = contact_of(event, self._sealer)
        if (contact is None and name not in TOLD) or gathering.takes(event, envelope, transaction):
            return
        now = envelope.recorded
        correspondence = transaction.find(Correspondence, envelope.subject)
        if correspondence is None:
            correspondence = Correspondence.about(envelope.subject, envelope.time, now)
            transaction.add(correspondence)
        data = event.model_dump()
        mailed = partial(self._is_mailed, transaction)
        if contact is not None:
            correspondence.learn(contact, now, mailed=mailed)
        if name not in TOLD:
            return
        if name in TOLD_TO_APPLICANT:
            correspondence.tell(applicant_notice(name, envelope, data), now, mailed=mailed)
            return
        if name == TOLD_TO_BOTH:
            notices = recomputed_notices(envelope, data, self._directory)
        elif name in {TOLD_TO_COMPLAINANT, TOLD_TO_DEPARTMENT}:
            notices = complaint_notices(name, envelope, data, self._directory, self._sealer)
        elif name in TOLD_TO_SIDES:
            notices = disagreement_notices(name, envelope, data, self._directory)
        elif name == TOLD_AS_THE_CARD_WAS:
            notices = notices_for(list(correspondence.told_of_card(data["card"])), name, envelope, data, self._directory)
        else:
            notices = officer_notices(name, envelope, data, self._directory)
        for notice in notices:
            correspondence.tell(notice, now, mailed=mailed)

    def _is_mailed(self, transaction: Transaction, mailbox: str) -> bool:
        if self._mail is None:
            return False
        choice = transaction.find(ChannelChoice, choice_id(mailbox))
        return choice is None or choice.email

    def fire(self, kind: str, subject: UUID, due: datetime, now: datetime, transaction: Transaction) -> None:
        """Tell what was gathered; try what waits, one message after the other, once the timer is kept: a crash leaves the rest to the next start."""
        if kind == "gather":
            gathering.tell(transaction.get(Gathering, subject), now, transaction, self._directory, partial(self._is_mailed, transaction))
        elif kind == "send":
            for message in transaction.get(Correspondence, subject).waiting(now):
                transaction.change(timer(self.database, "send", subject, due))
                transaction.afterwards(partial(self._send, subject, message, now))

    def _send(self, case: UUID, identity: UUID, now: datetime) -> None:
        # That the try began is stored before the server is called: after a crash in between the message shows as SENDING and is not sent again.
        message = self._begin(case, identity, now)
        if message is not None:
            error, final = self._try(message)
            self._finish(case, identity, now, error, final=final)

    @command
    def _begin(self, transaction: Transaction, case: UUID, message: UUID, now: datetime) -> Message | None:
        return transaction.get(Correspondence, case).begin_sending(message, now)

    @command
    def _finish(self, transaction: Transaction, case: UUID, message: UUID, now: datetime, error: str, *, final: bool) -> None:
        transaction.get(Correspondence, case).finish_sending(message, now, error, final=final)

    def _try(self, message: Message) -> tuple[str, bool]:
        """Call the mail server; give the error, if any, and whether it is final. The error goes on the bus and names no address (SEC-02)."""
        if self._mail is None:
            return "没有配置邮件服务器", True
        text = f"{message.text}\n\n{self._public_url}/notification/messages\n一窗 · 示例区网上政务服务"
        try:
            self._mail.send(str(message.id), message.address, message.subject, text)
        except (MailRefused, MailInDoubt) as error:
            return str(error), True
        except OSError as error:
            return str(error), False
        except Exception:
            # Whatever is wrong with one message, the next ones must go out.
            logger.exception("message %s cannot be sent", message.id)
            return "邮件无法生成或者发送", True
        return "", False

    @command
    def mark_read(self, transaction: Transaction, message: UUID, actor: Actor, now: datetime) -> None:
        """Mark a message as read by its addressee."""
        row = views.message(self.database, message)
        if row is None or row["mailbox"] not in self.mailboxes(actor):
            raise NotFound(message)
        transaction.get(Correspondence, row["case_id"]).mark_read(message, actor, now)

    def mark_all_read(self, actor: Actor, now: datetime) -> None:
        """Mark all messages that an actor has not read as read."""
        for message in views.unread_ones(self.database, self.mailboxes(actor)):
            self.mark_read(message, actor, now)

    def channels(self, actor: Actor) -> dict[str, bool]:
        """Give by which channels an actor is told."""
        choice = Transaction(self).find(ChannelChoice, choice_id(actor.subject))
        return {"in_app": True, "email": choice is None or choice.email}

    @command
    def choose_channels(self, transaction: Transaction, actor: Actor, now: datetime, *, email: bool) -> None:
        """Choose whether one is told by e-mail, too (NOT-01)."""
        choice = transaction.find(ChannelChoice, choice_id(actor.subject))
        if choice is None:
            choice = ChannelChoice.of(actor, now)
            transaction.add(choice)
        choice.choose(actor, now, email=email)

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
        """Say a private event in public."""
        return to_public(event)
