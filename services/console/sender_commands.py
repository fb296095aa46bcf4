"""`onewindow sender` admits a kiosk or a department's system to the bus: what it signs is taken, and a department hears what concerns it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from services.chassis.bus.kafka.outside import let_in, let_out
from services.chassis.bus.kafka.topics import WrongTopic, make_topics, topic, topic_for
from services.chassis.bus.senders import Senders, new_sender
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
    key: Annotated[Path | None, typer.Argument(help="私钥写到这个文件，只交给发送者")] = None,
    account: Annotated[str, typer.Option(help="代表哪个账号发送，默认同名；身份服务不是本系统时改用下面三项")] = "",
    subject: Annotated[str, typer.Option(help="账号的标识（令牌里的 sub）")] = "",
    role: Annotated[str, typer.Option(help="KIOSK 或 DEPARTMENT")] = "",
    department: Annotated[str, typer.Option(help="部门代码")] = "",
    password: Annotated[Path | None, typer.Option(help="总线的密码写到这个文件；从外面连总线（SASL/SCRAM）要用它")] = None,
    *,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="取消准许：密钥、密码和权限全部作废")] = False,
) -> None:
    """准许一台自助终端或者一个部门业务系统连上消息总线。

    部门有密码的，同时为它建立只有它能读的主题，送去与它有关的事件。重新运行即更换密钥和密码，原来的立即失效。
    """
    settings = Settings()
    if withdraw:
        _withdraw(settings, name)
        return
    if key is None:
        stop("请写明私钥写到哪个文件。")
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
    hears = password is not None and role == Role.DEPARTMENT
    admitted, private = new_sender(name, subject, Role(role), department or None, hears=hears)
    try:
        if password is not None:
            need_real_parts(settings)
            own = topic_for(settings.topics, department) if hears else None
            _write(password, asyncio.run(_let_in(settings, name, topic(settings.topics, DOOR_OF[Role(role)]), own)))
        Senders(settings.var / "senders").admit(admitted)
    except ValueError as error:
        stop(f"名称不能用：{error}")
    except (KafkaError, WrongTopic) as error:
        stop(f"总线不准许：{error}")
    _write(key, private)
    typer.echo(f"已准许 {name}（{role}）。私钥在 {key}{f'，总线密码在 {password}' if password else ''}，请只交给发送者。")
    if hears:
        typer.echo(f"与 {department} 有关的事件送到主题 {own}，只有它能读。")


async def _let_in(settings: Settings, name: str, door: str, own: str | None) -> str:
    if own is not None:
        await make_topics(settings.kafka, [own], replicas=settings.replicas)
    return await let_in(settings.kafka, name, writes=door, reads=own)


def _withdraw(settings: Settings, name: str) -> None:
    if settings.kafka:
        try:
            asyncio.run(let_out(settings.kafka, name))
        except KafkaError as error:
            stop(f"总线没有取消：{error}")
    was_there = Senders(settings.var / "senders").dismiss(name)
    typer.echo(f"已取消 {name}。" if was_there else f"没有名为 {name} 的发送者；它在总线上如有权限，已取消。")


def _write(file: Path, secret: str) -> None:
    file.touch(mode=0o600)
    file.write_text(secret, encoding="utf-8")
