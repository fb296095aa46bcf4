"""`onewindow sender` admits a kiosk or a department's system to the bus: it gets a key, and what it signs with it is taken."""

from pathlib import Path
from typing import Annotated

import typer

from services.chassis.senders import Senders, new_sender
from services.console.serve_commands import stop
from services.console.settings import Settings
from services.identity.accounts import AccountStore, subject_of
from services.kernel.actor import Role

ADMITTED = (Role.KIOSK, Role.DEPARTMENT)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("sender")(sender)


def sender(
    name: Annotated[str, typer.Argument(help="发送者的名称，如 kiosk1、housing-system；写在签名的 kid 里")],
    key: Annotated[Path, typer.Argument(help="私钥写到这个文件，只交给发送者")],
    account: Annotated[str, typer.Option(help="代表哪个账号发送，默认同名；身份服务不是本系统时改用下面三项")] = "",
    subject: Annotated[str, typer.Option(help="账号的标识（令牌里的 sub）")] = "",
    role: Annotated[str, typer.Option(help="KIOSK 或 DEPARTMENT")] = "",
    department: Annotated[str, typer.Option(help="部门代码")] = "",
) -> None:
    """准许一台自助终端或者一个部门业务系统通过消息总线发送；重新运行即更换密钥，原来的立即失效。"""
    settings = Settings()
    if not subject:
        store = AccountStore(settings.var / "identity.sqlite")
        found = store.by_subject(subject_of(account or name))
        store.close()
        if found is None:
            stop(f"没有账号 {account or name}；请用 --account 指定，或者写明 --subject、--role、--department。")
        subject, department = found.subject, found.department or ""
        role = next((one.value for one in found.roles if one in ADMITTED), "")
    if role not in ADMITTED:
        stop("只准许自助终端（KIOSK）和部门业务系统（DEPARTMENT）。")
    if key.exists():
        stop(f"{key} 已经存在，不覆盖。")
    admitted, private = new_sender(name, subject, Role(role), department or None)
    key.touch(mode=0o600)
    key.write_text(private, encoding="utf-8")
    try:
        Senders(settings.var / "senders").admit(admitted)
    except ValueError as error:
        key.unlink()
        stop(f"名称不能用：{error}")
    typer.echo(f"已准许 {name}（{role}）。私钥在 {key}，请只交给发送者。")
