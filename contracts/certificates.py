"""What certificates says: results from their issue to their handing over. The subject is the case."""

from typing import Literal

from contracts.common import Day
from contracts.registry import PublicEvent, public


@public("gov.onewindow.certificates.certificate-issued.v1")
class CertificateIssued(PublicEvent):
    """A result document was made from the decision, with number, digest and signature (CER-01)."""

    certificate: str
    number: str
    name: str
    outcome: Literal["GRANTED", "REFUSED"]
    issued_on: Day
    valid_until: Day | None
    digest: str
    algorithm: str


@public("gov.onewindow.certificates.pickup-notice-issued.v1")
class PickupNoticeIssued(PublicEvent):
    """The result waits at a window; the materials to bring are listed (CER-03)."""

    number: str
    window: str
    materials: tuple[str, ...]


@public("gov.onewindow.certificates.result-delivered.v1")
class ResultDelivered(PublicEvent):
    """The result was handed over against a signature (CER-03)."""

    number: str
    manner: Literal["WINDOW"]
    delivered_on: Day


@public("gov.onewindow.certificates.certificate-revoked.v1")
class CertificateRevoked(PublicEvent):
    """A result is no longer in force (CER-05, CER-07)."""

    number: str
    revoked_on: Day
    reason: str


@public("gov.onewindow.certificates.result-archived.v1")
class ResultArchived(PublicEvent):
    """The handover sheet went back to the department and the file was closed (CER-04)."""

    number: str
    sheet: str
    archived_on: Day


@public("gov.onewindow.certificates.alteration-found.v1")
class AlterationFound(PublicEvent):
    """The library's own record or file of an effective result is no longer as it was signed (CER-07, SUP-R08)."""

    number: str
    found_on: Day
