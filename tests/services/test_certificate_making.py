"""Results are made when their time has come, kept as they were signed, and never made with a letter missing (CER-01, CER-05, CER-07)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from joserfc.jwk import KeySet

from services.certificates import views
from services.certificates.application import Certificates
from services.certificates.documents.authority import embedded_authority
from services.certificates.documents.offline import check_pdf
from services.certificates.documents.signing import digest, verify_entry
from services.certificates.domain.document import Decision, Status
from services.certificates.domain.result import Result, result_id
from services.chassis.sealing import Sealer
from services.chassis.secrets import Secrets
from services.chassis.service import Transaction
from services.chassis.storage.files import FileStore
from services.chassis.timekeeping import VirtualTime
from services.chassis.timers import Timers
from tests.databases import open_database

pytestmark = pytest.mark.usefixtures("on_both")

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CASE = UUID("0b7ab7f4-1f4b-4f0e-9df2-4d2f8b9f0a11")


class House:
    """The service with its timers on a virtual clock."""

    def __init__(self, folder: Path) -> None:
        secrets = Secrets(folder / "secrets")
        key = secrets.signing_key("certificates")
        self.folder = folder
        self.sealer = Sealer(secrets.key("sealing"))
        database = open_database(folder, "certificates", views.tables())
        authority = embedded_authority(secrets.signing_key("root"), key)
        self.service = Certificates(database, FileStore(folder / "files"), self.sealer, key, authority, "http://127.0.0.1:8000")
        self.now = VirtualTime(NOW)
        self.timers = Timers(self.service, self.now)

    def ordered(self, name: str = "百味餐饮公司（示例）", **changes: str | bool) -> None:
        """Order the result of a decision."""
        decision = Decision(
            case_number="BZ20261123-000007-Q",
            item="food-operation-licence",
            item_name="食品经营许可证核发",
            department="market-regulation",
            authority="示例区市场监督管理局",
            result_name="食品经营许可证",
            months=60,
            granted=True,
            grounds="《中华人民共和国食品安全法》第三十五条",
            reasons="",
            decided_on=TODAY,
            applicant="applicant-1",
            applicant_sealed=self.sealer.seal({"name": name}),
            form_sealed=self.sealer.seal({"printed": {"经营场所": "示例区人民路12号（示例）"}}),
        )
        transaction = Transaction(self.service)
        transaction.add(Result.order(CASE, replace(decision, **changes), "account-1", NOW, NOW))  # type: ignore[arg-type]
        transaction.commit()

    def result(self) -> Result:
        """Give the result as it is stored."""
        return Transaction(self.service).get(Result, result_id(CASE))

    def number(self) -> str:
        """Give the number of the result that was made."""
        document = self.result().document
        assert document is not None
        return document.number


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Build the service."""
    return House(tmp_path)


def test_a_decision_becomes_a_signed_document(house: House) -> None:
    """Given a decision, the next sweep makes the document: its signature names its digest, and the file holds by itself offline (CER-01)."""
    house.ordered()
    house.timers.sweep()
    document = house.result().document
    assert document is not None
    pdf = house.service.document(house.result())
    entry = verify_entry(document.signature, house.service.keys)
    assert (entry.number, entry.item, entry.digest) == (document.number, "food-operation-licence", digest(pdf))
    assert (entry.issued_on, entry.valid_until) == (TODAY, date(2031, 11, 22))
    offline = check_pdf(pdf, house.service.authority.root_pem, KeySet.import_key_set(house.service.jwks()), NOW)  # type: ignore[arg-type]
    assert (offline.status, offline.claims.number) == (Status.AUTHENTIC, document.number)
    assert house.service.check_file(pdf, TODAY) == house.service.check_number(document.number, TODAY)


def test_a_name_that_cannot_be_printed_waits_and_keeps_nobody_waiting(house: House) -> None:
    """Given a holder's name without a glyph, nothing is issued, it is tried again after an hour and not at every sweep, and no event is stored for it."""
    house.ordered(name="张\U0001f600三")
    assert house.timers.sweep() == 1
    assert house.result().document is None
    assert house.timers.sweep() == 0
    house.now.advance_to(NOW + timedelta(hours=1))
    assert house.timers.sweep() == 1
    assert house.result().version == 1


def test_a_file_changed_behind_our_back_is_found(house: House) -> None:
    """Given one byte changed in the library's own file, whoever checks the number hears that it is altered (CER-05, SUP-R08)."""
    house.ordered()
    house.timers.sweep()
    assert house.service.check_number(house.number(), TODAY).status is Status.AUTHENTIC
    (kept,) = (path for path in (house.folder / "files").rglob("*") if path.is_file())
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    assert house.service.check_number(house.number(), TODAY).status is Status.ALTERED


def test_a_file_that_is_gone_is_found(house: House) -> None:
    """Given the library's file is missing, a check by number says altered and does not fail (CER-05, SUP-R08)."""
    house.ordered()
    house.timers.sweep()
    for path in (house.folder / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    assert house.service.check_number(house.number(), TODAY).status is Status.ALTERED


def test_a_refusal_becomes_a_letter_without_an_end(house: House) -> None:
    """Given a refusal, a letter is made that never expires (CER-01)."""
    house.ordered(granted=False, reasons="未设置独立的冷菜间。")
    house.timers.sweep()
    found = house.service.check_number(house.number(), date(2126, 1, 1))
    assert (found.status, found.claims.title, found.claims.valid_until) == (Status.AUTHENTIC, "不予行政许可决定书", None)
