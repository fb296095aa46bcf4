"""`onewindow certificate check` verifies a result without a network: with the public keys and the root certificate kept at hand (CER-05)."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from joserfc.jwk import KeySet

from services.certificates.documents.offline import Offline, check_code, check_pdf
from services.certificates.documents.signing import BadSignature
from services.certificates.domain.document import Status
from services.chassis.timekeeping import system_now
from services.kernel.calendar import SHANGHAI, local_day

SAID = {Status.AUTHENTIC: "真实有效", Status.EXPIRED: "真实，但已过有效期"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    certificate = typer.Typer(help="证照。", no_args_is_help=True)
    certificate.callback()(_certificate)
    certificate.command("check")(check)
    app.add_typer(certificate, name="certificate")


def _certificate() -> None:
    """证照的离线核验。"""


def check(
    what: Annotated[str, typer.Argument(help="证照的 PDF 文件，或者二维码的内容")],
    keys: Annotated[Path, typer.Option(help="签名公钥（JWKS 文件，取自 /certificates/api/keys）", exists=True, dir_okay=False)],
    root: Annotated[
        Path | None, typer.Option(help="根证书（PEM 文件，取自 /certificates/api/authority），核验 PDF 时需要", exists=True, dir_okay=False)
    ] = None,
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="按哪一天核验有效期，默认今天")] = None,
) -> None:
    """不联网核验一份证照：是否由本系统签发、是否改动、是否过期。是否已被撤销只有联网才能查到。真实有效时退出码为 0，否则为 1。"""
    # What the library finds in a broken file is said below in one line.
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    moment = on.replace(hour=12, tzinfo=SHANGHAI) if on else system_now()
    public = _keys(keys)
    try:
        file = _file(what)
        found = check_pdf(file.read_bytes(), _root(root), public, moment) if file else check_code(what, public, local_day(moment))
    except BadSignature as error:
        typer.echo(f"核验不通过：不是本系统签发的，或者已被改动（{error}）。")
        raise typer.Exit(1) from error
    typer.echo(_said(found))
    raise typer.Exit(0 if found.status is Status.AUTHENTIC else 1)


def _said(found: Offline) -> str:
    claims = found.claims
    until = claims.valid_until or "长期"
    facts = [("编号", claims.number), ("名称", claims.title), ("持有人", claims.holder), ("签发机关", claims.authority)]
    facts += [("签发日期", str(claims.issued_on)), ("有效期至", str(until))]
    lines = [f"{SAID[found.status]}（离线核验，不含撤销情况）", *(f"{label}：{value}" for label, value in facts)]
    return "\n".join(lines)


def _file(what: str) -> Path | None:
    if not what.lower().endswith(".pdf"):
        return None
    if not (path := Path(what)).is_file():
        raise typer.BadParameter(f"没有文件 {what}")
    return path


def _root(path: Path | None) -> bytes:
    if path is None:
        raise typer.BadParameter("核验 PDF 文件需要根证书，请用 --root 给出。")
    return path.read_bytes()


def _keys(path: Path) -> KeySet:
    try:
        document: Any = msgspec.json.decode(path.read_bytes())
        return KeySet.import_key_set(document)
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
        raise typer.BadParameter(f"{path} 不是 JWKS 文件：{error}") from error
