"""Applicants follow their application by the secret on its receipt, and mark the service (APP-06, SUP-25)."""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from services.chassis.http.throttle import Throttle
from services.chassis.problems import Problem
from services.chassis.service import NotFound, Service, Transaction, command
from services.intake import views
from services.intake.domain.application import Application
from services.intake.domain.form import SubmittedMaterial
from services.intake.domain.review import ReviewStage, ReviewTag
from services.kernel.actor import Actor

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, 1, I, L or O, which look alike on paper."""
_SECRET_LENGTH = 10


class TooManyTries(Problem):
    """Somebody guesses at the secret of a receipt."""

    def __init__(self) -> None:
        super().__init__(429, "too-many-tries", "查询次数过多", "这个编号的查询码多次输入有误，请五分钟后再试。")


class FollowingCommands(Service):
    """What is known of an application, and what its applicant says of the service."""

    _secret_key: bytes
    _throttle: Throttle

    def application(self, application_id: UUID) -> Application:
        """Give an application; raise `NotFound`."""
        return Transaction(self).get(Application, application_id)

    def history(self, application_id: UUID) -> list[Any]:
        """Give every event of an application in its order."""
        return list(self.events.get(application_id))

    def handed_in(self, application_id: UUID) -> list[SubmittedMaterial]:
        """Give every material that was ever handed in with an application, those too in whose place others came."""
        handing_in = (Application.Received, Application.CorrectionsSubmitted)
        return [material for event in self.history(application_id) if isinstance(event, handing_in) for material in event.materials]

    def secret(self, application_id: UUID) -> str:
        """Give the secret on the receipt: derived, so that a repeated submission gets the same one (APP-06, APP-07)."""
        mac = hmac.new(self._secret_key, application_id.bytes, sha256).digest()
        return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in mac[:_SECRET_LENGTH])

    def followed(self, number: str, secret: str, now: datetime) -> Application:
        """Give the application of a receipt; raise `NotFound` for a wrong number and for a wrong secret alike, `TooManyTries` after some of them."""
        name, moment = number.strip().upper(), now.timestamp()
        if not self._throttle.allows(name, moment):
            raise TooManyTries
        row = views.applications.by_number(self.database, name)
        known = self.secret(row["id"]) if row else "-" * _SECRET_LENGTH
        if not hmac.compare_digest(known.encode(), secret.strip().upper().encode()) or row is None:
            self._throttle.failed(name, moment)
            raise NotFound(number)
        self._throttle.succeeded(name)
        return self.application(row["id"])

    @command
    def review(
        self, transaction: Transaction, application_id: UUID, stage: ReviewStage, level: int, tags: Sequence[ReviewTag], actor: Actor, now: datetime
    ) -> Application:
        """Mark a stage of the service (SUP-25)."""
        application = transaction.get(Application, application_id)
        application.review(stage, level, tuple(dict.fromkeys(tags)), actor, now)
        return application
