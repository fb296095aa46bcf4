"""Checks without a network (CER-05): a code or a PDF file against public keys kept at hand. A revocation alone cannot be seen so."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import parse_qs, urlsplit

from joserfc.jwk import KeySet

from services.certificates.documents.pdf_signature import verify_pdf
from services.certificates.documents.signing import Claims, verify_claims
from services.certificates.domain.document import Status
from services.kernel.calendar import local_day


@dataclass(frozen=True, slots=True)
class Offline:
    """What can be said without a network: AUTHENTIC or EXPIRED, and what is printed on the result."""

    status: Status
    claims: Claims


def check_code(code: str, keys: KeySet, today: date) -> Offline:
    """Check what was read from a QR code, an address or the token in it; the last day of a validity still counts. Raises `BadSignature`."""
    claims = verify_claims(_token(code), keys)
    expired = claims.valid_until is not None and today > claims.valid_until
    return Offline(Status.EXPIRED if expired else Status.AUTHENTIC, claims)


def check_pdf(document: bytes, root_pem: bytes, keys: KeySet, moment: datetime) -> Offline:
    """Check a PDF file: its own signature, then its code. Raises `BadSignature` where a byte was altered or the signature is none of ours."""
    return check_code(verify_pdf(document, root_pem, moment), keys, local_day(moment))


def _token(code: str) -> str:
    return parse_qs(urlsplit(code).query).get("token", [""])[0] if "://" in code else code.strip()
