"""`onewindow sender` admits a kiosk or a department's system to the bus: it gets a key, and what it signs with it is taken."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from services.chassis.kafka.outside import let_in
from services.chassis.kafka.topics import topic
from services.chassis.senders import Senders, new_sender
from services.console.serve_commands import need_real_parts, stop
from services.console.settings import Settings
from services.identity.accounts import AccountStore, subject_of
from services.kernel.actor import Role

DOOR_OF = {Role.KIOSK: "kiosks", Role.DEPARTMENT: "departments"}
"""Who may be admitted, and to which door."""


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
    password: Annotated[Path | None, typer.Option(help="总线的密码写到这个文件；从外面连总线（SASL/SCRAM）要用它")] = None,
) -> None:
    """准许一台自助终端或者一个部门业务系统通过消息总线发送。

    重新运行即更换密钥，原来的立即失效。
    """
    settings = Settings()
    if not subject:
        store = AccountStore(settings.var / "identity.sqlite")
        found = store.by_subject(subject_of(account or name))
        store.close()
        if found is None:
            stop(f"没有账号 {account or name}；请用 --account 指定，或者写明 --subject、--role、--department。")
        subject, department = found.subject, found.department or ""
        role = next((one.value for one in found.roles if one in DOOR_OF), "")
    if role not in DOOR_OF:
        stop("只准许自助终端（KIOSK）和部门业务系统（DEPARTMENT）。")
    for file in (key, password):
        if file is not None and file.exists():
            stop(f"{file} 已经存在，不覆盖。")
    admitted, private = new_sender(name, subject, Role(role), department or None)
    try:
        if password is not None:
            need_real_parts(settings)
            door = topic(settings.topics, DOOR_OF[Role(role)])
            _write(password, asyncio.run(let_in(settings.kafka, name, door)))
        Senders(settings.var / "senders").admit(admitted)
    except ValueError as error:
        stop(f"名称不能用：{error}")
    except KafkaError as error:
        stop(f"总线不准许：{error}")
    _write(key, private)
    typer.echo(f"已准许 {name}（{role}）。私钥在 {key}{f'，总线密码在 {password}' if password else ''}，请只交给发送者。")


def _write(file: Path, secret: str) -> None:
    file.touch(mode=0o600)
    file.write_text(secret, encoding="utf-8")
