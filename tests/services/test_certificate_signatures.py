"""Signatures of results: whoever has the public keys tells the true from the forged and the altered, with no network (CER-01, CER-05)."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, KeySet, OKPKey
from pypdf import PdfReader, PdfWriter

from services.certificates.documents.authority import Authority, embedded_authority
from services.certificates.documents.offline import check_code, check_pdf
from services.certificates.documents.pdf_signature import sign_pdf, verify_pdf
from services.certificates.documents.render import DocumentContent, render
from services.certificates.documents.signing import (
    CODE,
    BadSignature,
    Claims,
    LibraryEntry,
    SigningKey,
    digest,
    public_keys,
    sign_claims,
    sign_entry,
    verify_claims,
    verify_entry,
)
from services.certificates.domain.document import Status
from services.chassis.secrets import Secrets
from tests.examples import examples

CLAIMS = Claims("MR2026-000041-J", "食品经营许可证", "百味餐饮公司（示例）", "示例区市场监督管理局", date(2026, 11, 25), date(2031, 11, 22))
ENTRY = LibraryEntry(CLAIMS.number, "food-operation-licence", "ab" * 32, CLAIMS.issued_on, CLAIMS.valid_until, "cd" * 32, "sha256")
MOMENT = datetime(2026, 11, 25, 4, tzinfo=UTC)


def elliptic() -> ECKey:
    """Make a key as a deployment does."""
    key = ECKey.generate_key("P-256")
    return ECKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "ES256"})


def edwards() -> OKPKey:
    """Make a key of the other algorithm."""
    key = OKPKey.generate_key("Ed25519")
    return OKPKey.import_key({**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "Ed25519"})


def _encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def published(*keys: SigningKey) -> KeySet:
    """Give what everybody may know of the keys, having gone through bytes."""
    return KeySet.import_key_set(json.loads(json.dumps(public_keys(*keys))))


@dataclass(frozen=True)
class Issued:
    """A result as it is handed out, and what is public about who signed it."""

    pdf: bytes
    address: str
    keys: KeySet
    authority: Authority


@pytest.fixture(scope="module")
def issued() -> Issued:
    """Issue a result."""
    key = elliptic()
    authority = embedded_authority(elliptic(), key)
    address = f"http://127.0.0.1:8000/certificates/check?token={sign_claims(CLAIMS, key)}"
    fields = (("经营场所", "示例区人民路12号（示例）"),)
    content = DocumentContent(
        number=CLAIMS.number,
        title=CLAIMS.title,
        granted=True,
        holder=CLAIMS.holder,
        authority=CLAIMS.authority,
        item_name="食品经营许可",
        fields=fields,
        grounds="",
        reasons="",
        issued_on=CLAIMS.issued_on,
        valid_until=CLAIMS.valid_until,
    )
    pdf = sign_pdf(render(content, address), authority, CLAIMS.authority, MOMENT)
    return Issued(pdf, address, published(key), authority)


# Codes


@pytest.mark.parametrize("key", [elliptic(), edwards()], ids=["ES256", "Ed25519"])
def test_a_code_is_verified_with_the_public_key_alone(key: SigningKey) -> None:
    """Given a code signed with either algorithm, the published keys give its claims; they hold no private part."""
    assert verify_claims(sign_claims(CLAIMS, key), published(key)) == CLAIMS
    assert "d" not in public_keys(key)["keys"][0]


def test_an_old_key_still_verifies_after_a_new_one_came() -> None:
    """Given keys that were changed, codes of both are verified as long as both are published."""
    old, new = elliptic(), edwards()
    assert [verify_claims(sign_claims(CLAIMS, key), published(old, new)) for key in (old, new)] == [CLAIMS, CLAIMS]


def test_a_code_of_another_key_is_refused() -> None:
    """Given a code signed by somebody else, even under our key's id, it is refused."""
    ours, theirs = elliptic(), elliptic()
    forged = ECKey.import_key({**theirs.as_dict(private=True), "kid": str(ours.kid), "alg": "ES256"})
    for key in (theirs, forged):
        with pytest.raises(BadSignature):
            verify_claims(sign_claims(CLAIMS, key), published(ours))


def test_a_code_that_chooses_its_own_algorithm_is_refused() -> None:
    """Given the public key used as a shared secret, or no signature at all, the code is refused (algorithm confusion)."""
    key = elliptic()
    payload = sign_claims(CLAIMS, key).split(".")[1]
    none, shared = (_encoded(json.dumps({"alg": algorithm, "typ": CODE, "kid": str(key.kid)}).encode()) for algorithm in ("none", "HS256"))
    mac = _encoded(hmac.digest(key.as_pem(private=False), f"{shared}.{payload}".encode(), "sha256"))
    for token in (f"{none}.{payload}.", f"{shared}.{payload}.{mac}"):
        with pytest.raises(BadSignature):
            verify_claims(token, published(key))


def test_what_was_signed_for_the_library_is_no_code() -> None:
    """Given a true signature of the library, it is refused as a code, and a code as a signature of the library."""
    key = elliptic()
    with pytest.raises(BadSignature, match="not as"):
        verify_claims(sign_entry(ENTRY, key), published(key))
    with pytest.raises(BadSignature, match="not as"):
        verify_entry(sign_claims(CLAIMS, key), published(key))
    assert verify_entry(sign_entry(ENTRY, key), published(key)) == ENTRY


def test_a_true_signature_over_something_else_is_refused() -> None:
    """Given our own key and purpose but other content, it is refused and does not fail in another way."""
    key = elliptic()
    for payload in (b'{"number": 1}', b"[]", b"no json", b"\xff"):
        token = jws.serialize_compact({"alg": "ES256", "kid": key.kid, "typ": CODE}, payload, key)
        with pytest.raises(BadSignature):
            verify_claims(token, published(key))


FIXED = elliptic()
TOKEN = sign_claims(CLAIMS, FIXED)
KEYS = published(FIXED)


@given(st.text(max_size=80) | st.tuples(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20)).map(".".join))
@examples(60)
def test_any_text_is_refused_as_a_code(text: str) -> None:
    """Given any text that somebody puts into the address, it is refused as a bad signature, and nothing else happens."""
    with pytest.raises(BadSignature):
        check_code(text, KEYS, date(2026, 12, 1))


@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("AZaz09-_."))
@examples(150)
def test_a_code_altered_in_one_character_never_says_anything_else(place: int, other: str) -> None:
    """Given one character of a code replaced, it is refused, or it is another writing of the very same bytes."""
    altered = TOKEN[:place] + other + TOKEN[place + 1 :]
    try:
        found = verify_claims(altered, KEYS)
    except BadSignature:
        return
    assert found == CLAIMS
    assert altered == TOKEN or place == len(TOKEN) - 1, "only the last character has bits that count for nothing"


# Expiry


@pytest.mark.parametrize(
    ("day", "status"), [(date(2031, 11, 21), Status.AUTHENTIC), (date(2031, 11, 22), Status.AUTHENTIC), (date(2031, 11, 23), Status.EXPIRED)]
)
def test_the_last_day_of_a_validity_counts(day: date, status: Status) -> None:
    """Given a validity until 22 November, it has expired on the 23rd (CER-05)."""
    assert check_code(TOKEN, KEYS, day).status is status


def test_an_unlimited_result_never_expires() -> None:
    """Given no last day, a result is authentic in a hundred years."""
    assert check_code(sign_claims(replace(CLAIMS, valid_until=None), FIXED), KEYS, date(2126, 1, 1)).status is Status.AUTHENTIC


def test_a_file_expires_at_midnight_in_shanghai(issued: Issued) -> None:
    """Given the last day until 24:00 in Asia/Shanghai, one second decides (CER-05)."""
    midnight = datetime(2031, 11, 22, 16, tzinfo=UTC)
    before, after = (check_pdf(issued.pdf, issued.authority.root_pem, issued.keys, moment).status for moment in (midnight - timedelta(seconds=1), midnight))
    assert (before, after) == (Status.AUTHENTIC, Status.EXPIRED)


# Files


def test_a_file_is_verified_by_itself(issued: Issued) -> None:
    """Given the PDF alone, its signature holds and its claims are those of its code; it is still a readable PDF (CER-01)."""
    found = check_pdf(issued.pdf, issued.authority.root_pem, issued.keys, MOMENT)
    assert (found.status, found.claims) == (Status.AUTHENTIC, CLAIMS)
    reader = PdfReader(BytesIO(issued.pdf))
    assert CLAIMS.holder in "".join(reader.pages[0].extract_text().split())
    (field,) = (reader.get_fields() or {}).values()
    assert field.value is not None
    signature: Any = field.value
    assert (signature["/Name"], signature["/SubFilter"]) == (CLAIMS.authority, "/ETSI.CAdES.detached")
    assert signature["/M"].startswith("D:20261125040000"), "signed at the moment that was given"


def test_any_altered_byte_of_a_file_is_found(issued: Issued) -> None:
    """Given one altered byte anywhere in the document outside the signature's envelope, the check fails (CER-05)."""
    first = issued.pdf.index(b"/Contents <")
    last = issued.pdf.index(b">", first + 11)
    outside = [*range(first), *range(last + 1, len(issued.pdf))]
    for place in outside[:: len(outside) // 60]:
        altered = bytearray(issued.pdf)
        altered[place] ^= 1
        with pytest.raises(BadSignature):
            check_pdf(bytes(altered), issued.authority.root_pem, issued.keys, MOMENT)


def test_signing_never_runs_out_of_room(issued: Issued) -> None:
    """Given signatures of P-256, whose encoding is of varying length, each fits into the file."""
    unsigned = issued.pdf[: issued.pdf.index(b"%%EOF") + 6]
    for _ in range(20):
        assert verify_pdf(sign_pdf(unsigned, issued.authority, CLAIMS.authority, MOMENT), issued.authority.root_pem, MOMENT) == issued.address


def test_a_page_added_after_signing_is_found(issued: Issued) -> None:
    """Given a valid increment behind the signed bytes, which leaves those as they are, the check still fails."""
    writer = PdfWriter(BytesIO(issued.pdf), incremental=True)
    writer.add_blank_page()
    grown = BytesIO()
    writer.write(grown)
    assert grown.getvalue().startswith(issued.pdf)
    with pytest.raises(BadSignature, match="does not hold"):
        verify_pdf(grown.getvalue(), issued.authority.root_pem, MOMENT)


def test_a_file_signed_under_another_root_is_refused(issued: Issued) -> None:
    """Given a file that somebody signed for himself with the same names, it is not ours."""
    theirs = embedded_authority(elliptic(), elliptic())
    with pytest.raises(BadSignature, match="does not hold"):
        verify_pdf(issued.pdf, theirs.root_pem, MOMENT)


@pytest.mark.parametrize("content", [b"", b"no pdf", b"%PDF-1.7\n%%EOF\n", b"%PDF-1.7\ntrailer<</Root 1 0 R>>\nstartxref\n99999999\n%%EOF"])
def test_what_is_no_signed_file_is_refused(issued: Issued, content: bytes) -> None:
    """Given something else than a signed PDF, it is refused as such."""
    with pytest.raises(BadSignature):
        verify_pdf(content, issued.authority.root_pem, MOMENT)


def test_the_authority_is_the_same_after_a_restart(tmp_path: Path) -> None:
    """Given the keys kept in a folder, a second start has the same root, so that what viewers trusted stays trusted."""
    first, second = (embedded_authority(secrets.signing_key("root"), secrets.signing_key("certificates")) for secrets in (Secrets(tmp_path), Secrets(tmp_path)))
    assert first.root_pem == second.root_pem
    assert first.certificate == second.certificate


# Digests


def test_digests_are_those_of_the_standards() -> None:
    """Given "abc", the digests are those in FIPS 180-4 and in GB/T 32905; another algorithm is refused."""
    assert digest(b"abc") == hashlib.sha256(b"abc").hexdigest() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(b"abc", "sm3") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    with pytest.raises(ValueError, match="md5"):
        digest(b"abc", "md5")
