"""The library of results: what is told of one that somebody presents (CER-05), and which are not kept as they were signed (CER-07)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from joserfc.jwk import ECKey, KeySet

from services.certificates import views
from services.certificates.documents.authority import Authority
from services.certificates.documents.signing import BadSignature, Claims, LibraryEntry, digest, public_keys, verify_claims, verify_entry
from services.certificates.domain.document import Document, Status
from services.certificates.domain.result import Result
from services.chassis.sealing import Sealer
from services.chassis.service import NotFound, Service, Transaction
from services.chassis.storage.database import Database
from services.chassis.storage.files import FileStore
from services.kernel.calendar import local_day


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: the status, and what is printed on the result."""

    status: Status
    claims: Claims
    revoked_on: date | None


class Library(Service):
    """What certificates is asked."""

    def __init__(self, database: Database, files: FileStore, sealer: Sealer, key: ECKey, authority: Authority, public_url: str) -> None:
        self.files = files
        self._sealer = sealer
        self._key = key
        self.authority = authority
        self._public_url = public_url
        super().__init__(database)

    def result(self, number: str) -> Result:
        """Give a result by its number; raise `NotFound`."""
        return self._by_number(Transaction(self), number)

    def _by_number(self, transaction: Transaction, number: str) -> Result:
        row = views.find(self.database, number=number.strip().upper())
        if row is None:
            raise NotFound(number)
        return transaction.get(Result, row["id"])

    def check_number(self, number: str, today: date) -> Checked:
        """Check a result by the number typed in (CER-05)."""
        return self._checked(self.result(number), today, None)

    def check_token(self, token: str, today: date) -> Checked:
        """Check a result by its scanned code; raise `BadSignature` where no key of ours has signed it."""
        claims = verify_claims(token, self.keys)
        found = self._checked(self.result(claims.number), today, None)
        return Checked(found.status if found.claims == claims else Status.ALTERED, claims, found.revoked_on)

    def check_document(self, document: bytes, number: str, today: date) -> Checked:
        """Check a document that somebody presents, against the number that it bears: one byte more or less shows."""
        return self._checked(self.result(number), today, digest(document))

    def check_file(self, document: bytes, today: date) -> Checked | None:
        """Check a document by itself; None where no result has this digest: it is altered, or none of ours."""
        row = views.find(self.database, digest=digest(document))
        return self._checked(self.result(row["number"]), today, row["digest"]) if row else None

    def _checked(self, result: Result, today: date, presented: str | None) -> Checked:
        status = result.status(today, presented)
        document = result.document
        if document is None:
            raise NotFound(result.id)
        holder = self._sealer.unseal(result.decision.applicant_sealed)["name"]
        claims = Claims(document.number, document.title, holder, result.decision.authority, self._issued_on(result), document.valid_until)
        if not self._is_kept_as_signed(document, self._entry(result, document)):
            # Somebody changed the library behind our back (SUP-R08).
            status = Status.ALTERED
        return Checked(status, claims, result.revoked_on)

    def _entry(self, result: Result, document: Document) -> LibraryEntry:
        holder = self._sealer.unseal(result.decision.applicant_sealed)["name"]
        return LibraryEntry(
            number=document.number,
            item=result.decision.item,
            holder_digest=digest(holder.encode()),
            issued_on=self._issued_on(result),
            valid_until=document.valid_until,
            digest=document.digest,
            algorithm=document.algorithm,
        )

    def _is_kept_as_signed(self, document: Document, entry: LibraryEntry) -> bool:
        """Say whether the record is as it was signed, whose it is and until when it holds too, and the file is the one that was signed."""
        try:
            signed = verify_entry(document.signature, self.keys)
            return signed == entry and signed.digest == digest(self.files.get(document.file), signed.algorithm)
        except (BadSignature, FileNotFoundError):
            return False

    def _issued_on(self, result: Result) -> date:
        for event in self.events.get(result.id):
            if isinstance(event, Result.Issued):
                return local_day(event.happened)
        raise NotFound(result.id)

    def document(self, result: Result) -> bytes:
        """Give the PDF of a result."""
        if result.document is None:
            raise NotFound(result.id)
        return self.files.get(result.document.file)

    @property
    def keys(self) -> KeySet:
        """The public keys by which signatures are checked, by us or offline."""
        return KeySet.import_key_set(public_keys(self._key))  # type: ignore[arg-type]

    def jwks(self) -> dict[str, Any]:
        """Give the public keys as a document."""
        return public_keys(self._key)

    def _altered(self, identities: Iterable[UUID]) -> dict[UUID, str]:
        """Give those of some results that are not kept as they were signed, with their numbers."""
        altered = {}
        for identity in identities:
            result = Transaction(self).get(Result, identity)
            if result.document is not None and not self._is_kept_as_signed(result.document, self._entry(result, result.document)):
                altered[identity] = result.document.number
        return altered
