"""The case as a whole: read, given another material, withdrawn (FLW-09, APP-08)."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import filetype

from services.chassis.http.preconditions import require
from services.chassis.sealing import Sealer
from services.chassis.service import Transaction, command
from services.chassis.storage.files import FileStore
from services.kernel.actor import Actor
from services.kernel.aggregate import Invalid
from services.workflow.commands.authority import AuthorityCommands
from services.workflow.domain.authority import EVERY_ITEM, SIGNING, authority_id
from services.workflow.domain.case import Case
from services.workflow.domain.facts import CaseMaterial

LARGEST = 20 << 20
_ADDED_TYPES = {"application/pdf", "image/jpeg", "image/png"}


class CaseCommands(AuthorityCommands):
    """The commands of a case; each is a transaction of its own, on the case as the caller has `seen` it."""

    files: FileStore
    _sealer: Sealer

    def case(self, case_id: UUID) -> Case:
        """Give a case; raise `NotFound`."""
        return Transaction(self).get(Case, case_id)

    def history(self, case_id: UUID) -> list[Any]:
        """Give every event of a case in its order; nothing is ever taken out of it."""
        return list(self.events.get(case_id))

    def application_of(self, case: Case) -> tuple[dict[str, Any], dict[str, Any]]:
        """Open what is sealed of a case: the applicant, and the form as it was filled in."""
        return self._sealer.unseal(case.applicant_sealed), self._sealer.unseal(case.form_sealed)

    @command
    def add_material(
        self, transaction: Transaction, case_id: UUID, name: str, content: bytes, reason: str, actor: Actor, now: datetime, seen: int | None = None
    ) -> Case:
        """Add a material (FLW-09)."""
        case = self._opened(transaction, case_id, actor, seen)
        self._check_granted(transaction, case, actor, *SIGNING)
        if len(content) > LARGEST:
            raise Invalid("file-too-large", f"文件超过 {LARGEST >> 20} MB。", "APP-04", {"file": f"文件不得超过 {LARGEST >> 20} MB"})
        media_type = filetype.guess_mime(content[:8192])
        if media_type not in _ADDED_TYPES:
            raise Invalid("file-type-wrong", "请上传 PDF、JPEG 或 PNG 文件。", "APP-04", {"file": "请上传 PDF、JPEG 或 PNG 文件"})
        code = f"added-{sum(material.added for material in case.materials) + 1}"
        material = CaseMaterial(code, name.strip(), paper=False, digest=sha256(content).hexdigest(), added=True, media_type=media_type)
        case.add_material(material, reason, actor, now)
        self.files.put(content)
        return case

    @command
    def withdraw(self, transaction: Transaction, case_id: UUID, reason: str, actor: Actor, now: datetime) -> Case:
        """End a case at the applicant's own wish (APP-08)."""
        case = transaction.get(Case, case_id)
        case.withdraw(reason, actor, now)
        return case

    def _opened(self, transaction: Transaction, case_id: UUID, actor: Actor, seen: int | None) -> Case:
        # Most officers may sign every item: what says so is read together with the case.
        transaction.read(case_id, *(authority_id(actor.subject, EVERY_ITEM, role) for role in SIGNING if actor.has(role)))
        case = transaction.get(Case, case_id)
        if seen is not None:
            require(seen, case.version)
        return case
