"""`onewindow certificate check` answers with no network and no database: from a file or a code, and the public keys (CER-05)."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from joserfc.jwk import ECKey
from typer.testing import CliRunner

from services.certificates.documents.authority import embedded_authority
from services.certificates.documents.pdf_signature import sign_pdf
from services.certificates.documents.render import DocumentContent, render
from services.certificates.documents.signing import Claims, public_keys, sign_claims
from services.chassis.secrets import Secrets
from services.console.cli import application

CLAIMS = Claims("MR2026-000041-J", "食品经营许可证", "百味餐饮公司（示例）", "示例区市场监督管理局", date(2026, 11, 25), date(2031, 11, 22))


def said(*words: str) -> tuple[int, str]:
    """Run the command, and give its exit code and what it said."""
    done = CliRunner().invoke(application(), ["certificate", "check", *words])
    return done.exit_code, done.output


@pytest.fixture
def at_hand(tmp_path: Path) -> dict[str, str]:
    """Give what an inspector carries: the keys, the root, and somebody's certificate with its code."""
    secrets = Secrets(tmp_path / "secrets")
    key: ECKey = secrets.signing_key("certificates")
    authority = embedded_authority(secrets.signing_key("root"), key)
    code = f"http://127.0.0.1:8000/certificates/check?token={sign_claims(CLAIMS, key)}"
    content = DocumentContent(
        number=CLAIMS.number,
        title=CLAIMS.title,
        granted=True,
        holder=CLAIMS.holder,
        authority=CLAIMS.authority,
        item_name="食品经营许可",
        fields=(),
        grounds="",
        reasons="",
        issued_on=CLAIMS.issued_on,
        valid_until=CLAIMS.valid_until,
    )
    files = {
        "keys": (tmp_path / "keys.json", json.dumps(public_keys(key)).encode()),
        "root": (tmp_path / "root.pem", authority.root_pem),
        "file": (tmp_path / "证照.pdf", sign_pdf(render(content, code), authority, CLAIMS.authority, datetime(2026, 11, 25, tzinfo=UTC))),
    }
    for path, written in files.values():
        path.write_bytes(written)
    return {"code": code, **{name: str(path) for name, (path, _) in files.items()}}


def test_an_authentic_file_and_code(at_hand: dict[str, str]) -> None:
    """Given a true certificate, the answer is 0 with what is printed on it, and that a revocation cannot be seen offline."""
    for what in (at_hand["file"], at_hand["code"]):
        code, answer = said(what, "--keys", at_hand["keys"], "--root", at_hand["root"], "--on", "2026-12-01")
        assert code == 0
        assert answer.startswith("真实有效（离线核验，不含撤销情况）")
        assert "编号：MR2026-000041-J" in answer
        assert "有效期至：2031-11-22" in answer


def test_an_expired_certificate(at_hand: dict[str, str]) -> None:
    """Given a day after the validity, the answer is 1 and says that it has expired."""
    code, answer = said(at_hand["file"], "--keys", at_hand["keys"], "--root", at_hand["root"], "--on", "2031-11-23")
    assert code == 1
    assert answer.startswith("真实，但已过有效期")


def test_an_altered_file_and_a_forged_code(at_hand: dict[str, str]) -> None:
    """Given one altered byte or a code of nobody, the answer is 1 in one line."""
    path = Path(at_hand["file"])
    path.write_bytes(path.read_bytes().replace(b"/Type", b"/type", 1))
    for what in (at_hand["file"], at_hand["code"].replace("token=e", "token=f")):
        code, answer = said(what, "--keys", at_hand["keys"], "--root", at_hand["root"])
        assert code == 1
        assert answer.startswith("核验不通过：不是本系统签发的，或者已被改动")
        assert "Traceback" not in answer


def test_what_is_missing_is_said(at_hand: dict[str, str]) -> None:
    """Given no root for a file, keys that are none, or no such file, the command says so and ends with 2."""
    assert said(at_hand["file"], "--keys", at_hand["keys"])[0] == 2
    assert said(at_hand["code"], "--keys", at_hand["root"])[0] == 2
    assert said("nothing.pdf", "--keys", at_hand["keys"], "--root", at_hand["root"])[0] == 2
